#include "redis/server_config.hpp"

#include <doctest/doctest.h>

#include <map>

#include "base/secrets.hpp"
#include "redis/config_words.hpp"

using namespace arc::redis;
using Words = std::vector<std::string>;

namespace {

const std::map<std::string, std::string> kFiles{
    {"/redis.conf",
     "# dir /commented\nDIR \"/with space\"\r\nappendonly no\ninclude /more.conf\nsave \"\"\n"},
    {"/more.conf", "appendonly yes\nmaxmemory 2mb\nappendfilename x.aof\n"},
    {"/itself.conf", "include /itself.conf\ninclude /itself.conf\n"},
    {"/d/a.conf", "appendonly yes\nmaxmemory 1"},
    {"/d/b.conf", "gb\nappendfilename b.aof\n"},
    {"/bad.conf", "port 1\n\nappendonly maybe\n"},
    {"/nul.conf", std::string{"port 1\0\n", 8}}};

RedisSettings redis(const Words& arguments, std::string_view program = "redis-server") {
    return parse_redis_settings(
        program, arguments,
        {.read = [](const std::string& path) -> std::optional<std::string> {
             const auto found = kFiles.find(path);
             return found == kFiles.end() ? std::nullopt : std::optional{found->second};
         },
         .match =
             [](const std::string& pattern) {
                 return pattern == "/d/*.conf" ? Words{"/d/a.conf", "/d/b.conf"} : Words{};
             },
         .look =
             [](const std::string& path) {
                 return path.contains("absent") ? ServerFiles::Kind::absent
                                                : ServerFiles::Kind::directory;
             }});
}

// Of one line in the server's options.
std::string rejected(const Words& arguments) {
    return redis(arguments).rejected;
}

}  // namespace

TEST_CASE("redis-server's configuration: the file, then the options; the last value applies") {
    const RedisSettings settings =
        redis({"/redis.conf", "--maxmemory", "1gb", "--save", "60", "1", "--appenddirname", "aof"});
    CHECK(settings.unread.empty());
    CHECK(settings.rejected.empty());
    CHECK(settings.doubts.empty());
    CHECK(settings.dir == "/with space");
    CHECK(settings.appendonly);
    CHECK(settings.says_appendonly);
    CHECK(settings.appendfilename == "x.aof");
    CHECK(settings.maxmemory == 1LL << 30);
    CHECK(settings.appenddirname == "aof");
    CHECK(redis({}).dir == ".");
    CHECK_FALSE(redis({}).appendonly);
    CHECK_FALSE(redis({}).says_appendonly);
    CHECK(redis({}).bind == Words{"*", "-::*"});
}

TEST_CASE("redis-server's configuration: words and quotes") {
    CHECK(split_words(R"(a "b c"  'd"e' f"g h" "")") == Words{"a", "b c", "d\"e", "fg h", ""});
    CHECK(split_words("a\v\"b\"\v'c'") == Words{"a\vb", "c"});
    CHECK(split_words(R"("\x41\n\q" 'it\'s\n' \x41)") == Words{"A\nq", R"(it's\n)", R"(\x41)"});
    CHECK(split_words(" \t\v ") == Words{});
    for (const char* line : {"\"a", "'a", "a \"b\"c", "'a'b", "\"a\\", "x\""}) {
        CAPTURE(line);
        CHECK_FALSE(split_words(line));
    }
}

TEST_CASE("redis-server's configuration: escapes, as CONFIG REWRITE writes them") {
    CHECK(redis({R"(--dir "/d\xc3\xa4ta\"\\")"}).dir == "/d\u00e4ta\"\\");
    CHECK(redis({R"(--appendfilename "a\tb\x4")"}).appendfilename == "a\tbx4");
    CHECK(redis({R"(--appendfilename 'it\'s')"}).appendfilename == "it's");
    CHECK(redis({"--appendfilename", "a\n\"b\" \xc3\xa4"}).appendfilename == "a\n\"b\" \xc3\xa4");
    CHECK(redis({"--dbfilename", R"(a\b)"}).rejected ==
          "the command line: dbfilename is a path, not a name");
    CHECK(redis({R"(--dbfilename "a\x00b")"}).dbfilename == "a");
}

TEST_CASE("redis-server's configuration: a secret is not printed") {
    arc::forget_secrets();
    redis({R"(--requirepass "caf\xc3\xa9-9431")", "--user", "a", "on", ">pass-of-a-51", "#hash"});
    CHECK(arc::redacted("caf\u00e9-9431, pass-of-a-51") == "***, ***");
    CHECK(redis({"--requirepass", "x"}).has_password);
    CHECK_FALSE(redis({"--requirepass", "x", "--requirepass", ""}).has_password);
    arc::forget_secrets();
}

TEST_CASE("redis-server's configuration: paths count from the directory that it has changed to") {
    CHECK(redis({"--dir", "/data", "--dir", "sub"}).dir == "/data/sub");
    CHECK(redis({"--dir", "sub", "--dir", "../b"}).dir == "./sub/../b");
    CHECK(redis({"--dir", "sub", "--dir", "/data"}).dir == "/data");
    CHECK(redis({"--dir", "/", "--include", "more.conf"}).appendonly);
    CHECK(redis({"--include", "more.conf"}).unread ==
          "the command line: include ./more.conf: cannot be read");
    CHECK(redis({"--dir", "/absent"}).absent_dir ==
          "the command line: there is no directory '/absent'. The server exits with 1, unless "
          "something creates it first");
    CHECK_FALSE(redis({"--dir", ""}).absent_dir.empty());
}

TEST_CASE("redis-server's configuration: the files of a pattern are one text") {
    const RedisSettings settings = redis({"--dir", "/d", "--include", "*.conf"});
    CHECK(settings.unread.empty());
    CHECK(settings.maxmemory == 1LL << 30);
    CHECK(settings.appendfilename == "b.aof");
    CHECK(redis({"--include", "/none/*"}).unread.empty());
}

TEST_CASE("redis-server's configuration: an option and its values in one argument or several") {
    const RedisSettings settings = redis({"--dir /data", "--appendonly yes", "--maxmemory", "1gb"});
    CHECK(settings.dir == "/data");
    CHECK(settings.appendonly);
    CHECK(settings.maxmemory == 1LL << 30);
    CHECK(redis({"--dir /data\nappendonly yes"}).appendonly);
    CHECK(redis({"--bind", "127.0.0.1", "-::1"}).bind == Words{"127.0.0.1", "-::1"});
    CHECK(redis({"--bind", "127.0.0.1 -::1"}).bind == Words{"127.0.0.1", "-::1"});
    CHECK(redis({"--bind", ""}).bind == Words{});
    // An option without a value takes the next argument, with two exceptions.
    CHECK(redis({"--requirepass", "--appendonly", "--port", "7"}).port == 7);
    CHECK_FALSE(redis({"--requirepass", "--appendonly", "--port", "7"}).says_appendonly);
    CHECK(redis({"--save", "--appendonly", "yes"}).appendonly);
    CHECK(redis({"--appendonly", "yes", "--save"}).rejected.empty());
    CHECK(options_text(Words{"f", "--port", "1", "--save", "--hz 5"}) ==
          "port \"1\" \nsave \"\"\nhz 5 ");
}

TEST_CASE("redis-server's configuration: numbers and sizes") {
    CHECK(parse_memory("1GB") == 1ULL << 30);
    CHECK(parse_memory("1g") == 1'000'000'000);
    CHECK(parse_memory("Kb") == 0);
    CHECK(parse_memory("99999999999999999999") == ~0ULL);
    for (const char* text : {"1kib", "-1", "+1", "1 mb", "1.5gb", "1t", "50%"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_memory(text));
    }
    CHECK(parse_integer("-5") == -5);
    CHECK(parse_integer("0") == 0);
    for (const char* text : {"", "-", "-0", "01", "+1", "1 ", "0x1", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_integer(text));
    }
}

TEST_CASE("redis-server's configuration: what the server rejects is named with its line") {
    CHECK(rejected({"/bad.conf"}) == "/bad.conf:3: appendonly is neither yes nor no");
    CHECK(rejected({"--maxmemory", "1kib"}) == "the command line: maxmemory is not a size");
    CHECK(rejected({"--port", "70000"}) == "the command line: port is not between 0 and 65535");
    CHECK(rejected({"--dir", "/a", "/b"}) == "the command line: dir needs one value");
    CHECK(rejected({"--dir \"/a"}) ==
          "the command line: a quote is not closed, or no blank follows it");
    CHECK(rejected({"--sentinel monitor a"}) ==
          "the command line: sentinel is for a server that was started with --sentinel");
    CHECK(rejected({"--hz", "x"}) == "the command line: hz is not a number");
    CHECK(rejected({"--save", "60"}) ==
          "the command line: save needs pairs of seconds and changes");
    CHECK(rejected({"--port", "0"}) == "the settings of redis-server: the server listens nowhere");
    CHECK(rejected({"--port", "0", "--unixsocket", "x"}).empty());
    CHECK(rejected({"--bind", ""}) == "the settings of redis-server: the server listens nowhere");
    CHECK(rejected({"--tls-port", "1"}) ==
          "the settings of redis-server: tls-port is set, and tls-cert-file is not");
    CHECK(rejected({"--user", "a", "on", "--user", "a", "on"}) ==
          "the command line: a user is declared twice");
    CHECK(redis({"--loadmodule", "/absent.so"}).doubts.size() == 1);
    CHECK(redis({"--apendonly", "yes"}).doubts.size() == 1);
    CHECK(redis({"stray", "--port", "1"}).unread == "stray: cannot be read");
    CHECK(redis({"--port", "1", "/redis.conf"}).rejected ==
          "the command line: port needs one value");
}

TEST_CASE("redis-server's configuration: an unreadable source is named, and the rest is read") {
    CHECK(redis({"/absent.conf", "--dir", "/x"}).unread == "/absent.conf: cannot be read");
    CHECK(redis({"/absent.conf", "--dir", "/x"}).dir == "/x");
    CHECK(redis({"-"}).unread == "standard input: it is the server's to read");
    CHECK(redis({"--port", "1", "-"}).unread == "standard input: it is the server's to read");
    CHECK(redis({"--dir", "/x", "-"}).dir == "/x");
    CHECK(redis({"/nul.conf"}).unread == "/nul.conf: holds a byte 0x00 or 0xff");
    CHECK_FALSE(redis({"/itself.conf"}).unread.empty());
}

TEST_CASE(
    "redis-server's configuration: quotes in an argument, which Valkey 8.1.1 does not escape") {
    CHECK(redis({"--requirepass", R"(a\b)"}).unread.empty());
    CHECK(redis({"--requirepass", R"(a\b)"}, "valkey-server").unread.empty());
    CHECK(redis({"--appendfilename", R"(a"b)"}).appendfilename == R"(a"b)");
    CHECK_FALSE(redis({"--appendfilename", R"(a"b)"}, "valkey-server").unread.empty());
    CHECK(redis({R"(--appendfilename "a\"b")"}, "valkey-server").unread.empty());
}

TEST_CASE("redis-server's configuration: a Sentinel, and a command that only prints") {
    CHECK(redis({"/redis.conf", "--sentinel"}).mode == RedisMode::sentinel);
    CHECK(redis({"/redis.conf"}, "/usr/bin/valkey-sentinel").mode == RedisMode::sentinel);
    CHECK(redis({"/redis.conf", "--sentinel"}).port == 26379);
    CHECK(redis({"--version"}).mode == RedisMode::answers);
    CHECK(redis({"/redis.conf", "--port", "1"}).mode == RedisMode::server);
}
