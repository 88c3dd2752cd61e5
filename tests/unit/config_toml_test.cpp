#include <doctest/doctest.h>

#include "config/toml_file.hpp"
#include "nats/config.hpp"
#include "pulsar/config.hpp"
#include "redis/config.hpp"

using namespace arc;

namespace {

std::string error_of(const std::string& text) {
    Config config = default_config();
    const auto loaded = load_toml_text(text, "f.toml", config);
    return loaded ? std::string("loaded") : loaded.error().text;
}

Config loaded(const std::string& text) {
    Config config = default_config();
    const auto done = load_toml_text(text, "f.toml", config);
    REQUIRE_MESSAGE(done, (done ? std::string{} : done.error().text));
    return config;
}

}  // namespace

TEST_CASE("config toml: values and where they came from") {
    const Config config = loaded(
        "timeout = \"2s\"\n[redis]\nurl = \"redis://cache:7000\"\nappendonly = false\nmaxmemory = "
        "\"1gb\"\n");
    CHECK(config.timeout->count() == 2000);
    CHECK(*redis::config_of(config).url == Url{"redis", "cache", 7000});
    CHECK(!*redis::config_of(config).appendonly);
    CHECK(redis::config_of(config).appendonly.declared());
    CHECK(redis::config_of(config).appendonly.origin.where == "f.toml:4");
    CHECK(*redis::config_of(config).maxmemory == 1024LL * 1024 * 1024);
    CHECK(!redis::config_of(config).appendfsync.declared());
    CHECK(loaded("timeout = 2").timeout->count() == 2000);
}

TEST_CASE("config toml: nesting that only an attack has is refused, with its line") {
    const std::string deep = "f.toml:2: nested deeper than any setting";
    CHECK(error_of("a = 1\nb = " + std::string(100'000, '[')) == deep);
    CHECK(error_of("a = 1\nb = " + std::string(50, '[') + std::string(50, ']')) == deep);
    std::string dotted = "a = 1\nb";
    for (int i = 0; i < 100'000; ++i) {
        dotted += ".c";
    }
    CHECK(error_of(dotted + " = 1\n") == deep);
    // In strings and comments brackets and dots are text.
    const std::string brackets(100, '[');
    const std::string dots(100, '.');
    CHECK(error_of("# " + brackets + dots + "\nstate_dir = \"" + brackets + "\\\"" + dots +
                   "\"\n") == "loaded");
    CHECK(error_of("state_dir = '" + brackets + dots + "'\nlog_format = 'text'\n") == "loaded");
    CHECK(error_of("state_dir = \"\"\"" + brackets + "\n" + dots + "\"\"\"\n") == "loaded");
}

TEST_CASE("config toml: an empty file is a right one") {
    for (const char* text : {"", "# nothing\n"}) {
        const Config config = loaded(text);
        CHECK(nats::config_of(config).streams.size() == 3);
        CHECK(pulsar::config_of(config).topics.size() == 3);
    }
}

TEST_CASE(
    "config toml: what is not UTF-8 text is refused with its line, before the parser sees it") {
    CHECK(error_of("# \xC3\xBC\ntimeout = \"2s\"\n").starts_with("loaded"));
    CHECK(error_of("timeout = \"2s\"\n# What" + std::string(60, '\xFF') + "sh~s\n") ==
          "f.toml:2: not TOML: this line has bytes that are no UTF-8 text: save the file in that "
          "encoding, without control characters");
    CHECK(error_of("# \xED\xA0\x80\n").contains("f.toml:1: not TOML: this line has bytes"));
    CHECK(error_of(std::string("x = 1\n# a\0b\n", 12))
              .contains("f.toml:2: not TOML: this line has bytes"));
    CHECK(error_of("# a\rb\nx = 1\n").contains("f.toml:1: not TOML: this line has bytes"));
    CHECK(error_of("# a\r\ntimeout = \"2s\"\r\n").starts_with("loaded"));
    CHECK(error_of("# a\x7F\n").contains("f.toml:1: not TOML: this line has bytes"));
}

TEST_CASE("config toml: lists replace the default ones as a whole") {
    const Config config = loaded(
        "[[nats.stream]]\nname = \"A\"\nsubjects = [\"a.>\"]\nmax_age = \"1h\"\nmax_bytes = -1\n");
    REQUIRE(nats::config_of(config).streams.size() == 1);
    const nats::StreamSpec& stream = nats::config_of(config).streams.front();
    CHECK(stream.name == "A");
    CHECK(stream.subjects == std::vector<std::string>{"a.>"});
    CHECK(stream.max_age == std::chrono::hours{1});
    CHECK_FALSE(stream.max_bytes);
    CHECK(stream.declared_at == "f.toml:1");
    CHECK(pulsar::config_of(config).topics.size() == 3);
    const Config none = loaded("[pulsar]\ntopic = []\n");
    CHECK(pulsar::config_of(none).topics.empty());
    const Config one = loaded("[pulsar]\ntopic = [{name = \"a/b/c\", partitions = 2}]\n");
    CHECK(pulsar::config_of(one).topics.front().partitions == 2);
}

TEST_CASE("config toml: errors have file, line and a suggestion") {
    CHECK(error_of("[redis]\nappendonyl = true\n") ==
          "f.toml:2: no setting 'redis.appendonyl'; did you mean 'redis.appendonly'?");
    CHECK(error_of("\n\ntimeuot = 3\n") ==
          "f.toml:3: no setting 'timeuot'; did you mean 'timeout'?");
    CHECK(error_of("[redsi]\nurl = \"a\"\n").starts_with("f.toml:1: no setting 'redsi'"));
    CHECK(error_of("[redis]\nappendfsync = \"evrysec\"\n") ==
          "f.toml:2: redis.appendfsync: 'evrysec' is none of always|everysec|no; did you mean "
          "'everysec'?");
    CHECK(error_of("timeout = 1.5\n") ==
          "f.toml:1: timeout is a text, a whole number or true/false");
    CHECK(error_of("redis = 3\n").starts_with("f.toml:1: no setting 'redis'"));
    CHECK(error_of("[[nats.stream]]\nname = \"A\"\nsubject = [\"a\"]\n") ==
          "f.toml:3: nats.stream has no key 'subject'; did you mean 'subjects'?");
    CHECK(error_of("[[nats.stream]]\nname = \"A\"\nretention = \"limit\"\n") ==
          "f.toml:3: nats.stream.retention: 'limit' is none of limits|interest|workqueue; did you "
          "mean 'limits'?");
    CHECK(error_of("[[nats.stream]]\nname = \"A\"\nsubjects = \"a\"\n")
              .starts_with("f.toml:3: subjects is a list of strings"));
    CHECK(error_of("[[nats.stream]]\nsubjects = [\"a\"]\n") ==
          "f.toml:1: this nats.stream needs a name");
    CHECK(error_of("[nats.stream]\nname = \"A\"\n")
              .starts_with("f.toml:1: write each as a table of its own: [[nats.stream]]"));
    CHECK(error_of("[[pulsar.tenant]]\nname = \"a\"\n[[pulsar.tenant]]\nname = \"a\"\n") ==
          "f.toml:3: pulsar.tenant 'a' is declared twice");
}

TEST_CASE("config toml: what is not TOML is said in one line") {
    for (const char* text : {"timeout = \n", "timeout\n", "[redis\n", "a = 1\na = 2\n",
                             "a = \"\xff\"\n", "\x01", "= 1"}) {
        const std::string said = error_of(text);
        CAPTURE(said);
        CHECK(said.starts_with("f.toml:"));
        CHECK(said.find("not TOML") != std::string::npos);
        CHECK(said.find('\n') == std::string::npos);
    }
}

TEST_CASE("config toml: an error never repeats a secret") {
    CHECK(error_of("[redis]\npassword = [\"hunter2\"]\n").find("hunter2") == std::string::npos);
    CHECK(error_of("[redis]\npassword = \"hunter2\n").find("hunter2") == std::string::npos);
    CHECK(error_of("[redis]\nurl = \"redis://:hunter2@a\"\n").find("hunter2") == std::string::npos);
}

TEST_CASE("config toml: a file that cannot be read is an error") {
    Config config;
    CHECK(!load_toml("/nonexistent/arc.toml", config));
    CHECK(!load_toml("/", config));
    CHECK(load_toml("/dev/null", config));
    CHECK(load_toml("/dev/zero", config).error().text.find("longer than") != std::string::npos);
}
