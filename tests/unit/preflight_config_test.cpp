// What the servers' own configurations say, as preflight reads them.
#include <doctest/doctest.h>

#include <array>

#include "base/secrets.hpp"
#include "preflight/command.hpp"
#include "preflight/report.hpp"

using namespace arc::preflight;
using Words = std::vector<std::string>;

TEST_CASE("preflight: the server is found behind an entry point, not inside a shell's words") {
    constexpr std::array<std::string_view, 1> names{"redis-server"};
    const Words plain{"/usr/bin/redis-server", "/redis.conf"};
    const Words wrapped{"docker-entrypoint.sh", "redis-server", "--port", "1"};
    const Words shell{"sh", "-c", "redis-server --port 1"};
    CHECK(find_server(plain, names)->arguments == Words{"/redis.conf"});
    CHECK(find_server(wrapped, names)->arguments == Words{"--port", "1"});
    CHECK(find_server(shell, names).error() == "`sh -c` runs a script, which is not read");
    CHECK_FALSE(find_server(Words{"/bin/bash", "-ec", "redis-server"}, names));
    CHECK(find_server(Words{"/entry.sh", "--appendonly", "yes"}, names).error() ==
          "/entry.sh: not redis-server, and no word behind it is: a script, or a program under "
          "another name");
    CHECK(find_server(Words{"sh", "entry.sh", "redis-server"}, names));
    CHECK_FALSE(find_server(Words{}, names));
    CHECK(find_server(Words{"bash", "-l", "-o", "pipefail", "-c", "redis-server"}, names).error() ==
          "`bash -c` runs a script, which is not read");
    CHECK_FALSE(
        find_server(Words{"su", "redis", "-c", "cd /data; exec /usr/bin/redis-server"}, names));
    CHECK(find_server(Words{"env", "-C", "/data", "redis-server"}, names).error() ==
          "-C starts it in another directory");
    CHECK_FALSE(find_server(Words{"env", "--chdir=/data", "redis-server"}, names));
    CHECK_FALSE(find_server(Words{"chroot", "/image", "redis-server"}, names));
    CHECK(find_server(Words{"gosu", "redis-server", "redis-server", "/redis.conf"}, names)
              ->arguments == Words{"/redis.conf"});
    CHECK(find_server(Words{"redis-server", "-C"}, names)->arguments == Words{"-C"});
}

TEST_CASE("preflight: what a command says in plain words, wherever") {
    CHECK(spoken_value(Words{"sh", "-c", "exec redis-server --appendonly yes"}, "appendonly") ==
          "yes");
    CHECK(spoken_value(Words{"sh", "-c", "printf 'appendonly no\\n' | redis-server - ; x"},
                       "appendonly") == "no\\n");
    CHECK(spoken_value(Words{"x", "--dir", "/data"}, "dir") == "/data");
    CHECK_FALSE(spoken_value(Words{"x", "--appendonly"}, "appendonly"));
    CHECK_FALSE(spoken_value(Words{"x", "/data/dir", "y"}, "dir"));
}

TEST_CASE("preflight: flags in Go's forms, the last one counts") {
    constexpr std::array<std::string_view, 2> config{"c", "config"};
    CHECK(flag_value(Words{"-c", "a", "--config=b"}, config) == "b");
    CHECK(flag_value(Words{"-c"}, config) == "");
    CHECK_FALSE(flag_value(Words{"-cx", "c"}, config));
}

TEST_CASE("preflight: a report survives the way through the pipe") {
    const Report report{
        .refusals = {"one\ntwo"},
        .warnings = {"three"},
        .arguments = {"--replicaof", "10.0.0.2", "6379"},
        .locks = {{"/data/a b", "/data", 7, 1}, {"/data", "/", 1LL << 57, 1LL << 56}},
        .locks_named = true,
        .log_format = arc::LogFormat::json};
    const Report read = from_lines(to_lines(report) + "torn li");
    CHECK(read.refusals == Words{"one two"});
    CHECK(read.warnings == Words{"three"});
    CHECK(read.arguments == report.arguments);
    CHECK(from_lines("arguments: --replicaof\t10.0").arguments.empty());
    CHECK(read.locks == report.locks);
    CHECK(read.locks_named);
    CHECK(read.log_format == arc::LogFormat::json);
    CHECK_FALSE(from_lines("log_format: xml\nlog_format: js").log_format);
}

TEST_CASE("preflight: the torn words of a process that died name no lock that is not one") {
    for (const char* text : {"lock: ", "lock: 1 1 /data\t/da", "lock: x 1 /data\t/data\n",
                             "lock: 1 /data\t/data\n", "lock: -1 1 /a\t/b\n", "lock: 1 0 /a\t/b\n",
                             "lock: 1 1 /a\n", "locks: named", "locks: nam\n"}) {
        CAPTURE(text);
        const Report read = from_lines(text);
        CHECK(read.locks.empty());
        CHECK_FALSE(read.locks_named);
    }
}
