#include <doctest/doctest.h>

#include "redis/data_files.hpp"

using namespace arc::redis;
using namespace std::string_literals;
using State = AofEnd::State;

namespace {

const std::string kAux =
    "\xFA\x09redis-ver\x06"
    "7.0.15\xFA\x0Aredis-bits\xC0\x40\xFA\x05"
    "ctime\xC2\x11\x22\x33\x44"s;
const std::string kSet = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n"s;

State end_of(std::string_view tail, bool whole = true) {
    return judge_aof_end({.bytes = tail, .whole_file = whole, .snapshot = false}).state;
}

AofEnd of_snapshot(std::string_view tail) {
    return judge_aof_end({.bytes = tail, .whole_file = true, .snapshot = true});
}

}  // namespace

TEST_CASE("redis data files: a snapshot with and without data") {
    CHECK_FALSE(snapshot_holds_data("REDIS0010" + kAux + "\xFF" + "checksum"));
    CHECK(snapshot_holds_data("REDIS0010" + kAux + "\xFE\x00"s));
    CHECK(snapshot_holds_data("REDIS0010" + kAux + "\xF5"));      // functions
    CHECK(snapshot_holds_data("REDIS0010\xFA\xC3"));              // compressed: not looked into
    CHECK(snapshot_holds_data("REDIS0010" + kAux.substr(0, 5)));  // cut
    CHECK(snapshot_holds_data("something else altogether"));
    CHECK(snapshot_holds_data(""));
}

TEST_CASE("redis data files: who wrote a snapshot, and in which format") {
    CHECK(snapshot_format("REDIS0010" + kAux) == 10);
    CHECK(snapshot_format("VALKEY080") == 80);
    CHECK_FALSE(snapshot_format("REDIS001"));
    CHECK_FALSE(snapshot_format("REDIS00x0"));
    CHECK_FALSE(snapshot_format("*3\r\n$3\r\nSET"));
    CHECK(snapshot_writer("REDIS0010" + kAux) == "Redis 7.0.15");
    CHECK(snapshot_writer("REDIS0011\xFA\x0Avalkey-ver\x05"s + "8.1.1") == "Valkey 8.1.1");
    CHECK(snapshot_writer("REDIS0010\xFA\xC3"s).empty());
}

TEST_CASE("redis data files: the version of the server") {
    const auto redis = parse_release("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0");
    REQUIRE(redis);
    CHECK(redis->text == "Redis 7.0.15");
    CHECK(redis->has_manifest());
    CHECK(newest_format(*redis) == 10);
    const auto valkey = parse_release("Valkey server v=8.1.1 sha=00000000:0");
    REQUIRE(valkey);
    CHECK(valkey->text == "Valkey 8.1.1");
    CHECK(newest_format(*valkey) == 11);
    CHECK_FALSE(newest_format(*parse_release("Redis server v=9.9.9 sha=0")));
    for (const char* text : {"", "redis-server: not found", "Redis server v=8", "x v=."}) {
        CHECK_FALSE(parse_release(text));
    }
}

TEST_CASE("redis data files: the manifest's files, in the order in which they are loaded") {
    const auto names = [](std::string_view manifest) {
        std::string text;
        for (const AofFile& file : aof_files(manifest)) {
            text += file.name + (file.base ? "! " : " ");
        }
        return text;
    };
    CHECK(names("file a.1.incr.aof seq 1 type i\r\nfile a.1.base.rdb seq 1 type b\nfile "
                "a.2.incr.aof seq 2 type i\n") == "a.1.base.rdb! a.1.incr.aof a.2.incr.aof ");
    CHECK(names("file a.1.base.rdb seq 1 type h\nfile a.2.base.rdb seq 2 type b\n") ==
          "a.2.base.rdb! ");
    CHECK(names("").empty());
    CHECK(names("file\nfile a seq 1\n").empty());
}

TEST_CASE("redis data files: how an append-only file ends") {
    CHECK(end_of(kSet) == State::whole);
    CHECK(end_of("#TS:1700000000\r\n" + kSet) == State::whole);
    // a value that looks like a command
    CHECK(end_of("*1\r\n$4\r\n*1\r\n\r\n" + kSet) == State::whole);
    for (std::size_t cut = 1; cut < kSet.size(); ++cut) {
        CAPTURE(cut);
        CHECK(end_of(kSet + kSet.substr(0, cut)) == State::cut);
    }
    CHECK(end_of(kSet + "rubbish\r\n") == State::unclear);
    CHECK(end_of("*x\r\n") == State::unclear);
}

TEST_CASE("redis data files: NUL bytes at the end are counted, those inside a value are none") {
    CHECK(judge_aof_end(
              {.bytes = kSet + std::string(12, '\0'), .whole_file = true, .snapshot = false})
              .nuls == 12);
    CHECK(end_of(kSet + std::string(12, '\0')) == State::nuls);
    CHECK(end_of(std::string(5, '\0')) == State::nuls);
    CHECK(end_of("*1\r\n$3\r\n\0\0\0\r\n"s) == State::whole);
}

TEST_CASE("redis data files: judged from the middle of a file") {
    const std::string tail = "alue\r\n" + kSet + kSet;
    CHECK(end_of(tail, false) == State::whole);
    CHECK(end_of(tail.substr(0, tail.size() - 7), false) == State::cut);
    CHECK(end_of("x\r\n*9 no command\r\n" + kSet, false) == State::whole);
    CHECK(end_of("one long value and no line end", false) == State::unclear);
}

TEST_CASE("redis data files: an append-only file that begins as a snapshot") {
    const std::string snapshot = "REDIS0011" + kAux + "\xFE\x00";
    const std::string unchecked = snapshot + "\xFF" + std::string(8, '\0');  // rdbchecksum no
    CHECK(begins_as_snapshot(snapshot));
    CHECK(begins_as_snapshot("VALKEY080"));
    CHECK_FALSE(begins_as_snapshot(kSet));
    CHECK(of_snapshot(unchecked).state == State::whole);
    CHECK(of_snapshot(snapshot + "\xFF"
                                 "checks\0\0"s)
              .state == State::whole);
    // where the commands begin is not known
    CHECK(of_snapshot(unchecked + kSet).state == State::unclear);
    CHECK(of_snapshot(unchecked + kSet + kSet).state == State::whole);
    CHECK(of_snapshot(unchecked + kSet + kSet.substr(0, 9)).state == State::cut);
    CHECK(of_snapshot(unchecked + kSet + std::string(3, '\0')).nuls == 3);
    // twelve of them: no checksum is that long
    CHECK(of_snapshot(unchecked + std::string(4, '\0')).state == State::nuls);
    // cut inside, or not: Redis will say
    CHECK(of_snapshot(snapshot + "value\0\0"s).state == State::unclear);
    CHECK(of_snapshot("REDIS").state == State::unclear);
}
