#include <doctest/doctest.h>

#include <algorithm>

#include "config/load.hpp"
#include "redis/config.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::Environment;
using arc::testing::TemporaryDirectory;

namespace {

std::string error_of(const LoadOptions& options) {
    const auto config = load_config(options);
    return config ? std::string("loaded") : config.error().text;
}

}  // namespace

TEST_CASE(
    "config load: flags beat the environment, which beats the file, which beats the defaults") {
    const TemporaryDirectory directory;
    Environment environment;
    LoadOptions options{
        .file = directory.file(
            "f.toml", "[redis]\nappendfsync = \"no\"\nmaxmemory = \"1gb\"\nuser = \"file\"\n"),
        .flags = {}};
    environment.set("ARC_REDIS_MAXMEMORY", "2gb");
    environment.set("ARC_REDIS_USER", "variable");
    options.flags = {{"redis.user", "flag"}};
    const auto config = load_config(options);
    REQUIRE(config);
    CHECK(*redis::config_of(*config).appendonly);
    CHECK(redis::config_of(*config).appendonly.origin.where == "default");
    CHECK(*redis::config_of(*config).appendfsync == "no");
    CHECK(redis::config_of(*config).appendfsync.origin.where == options.file + ":2");
    CHECK(*redis::config_of(*config).maxmemory == 2LL * 1024 * 1024 * 1024);
    CHECK(redis::config_of(*config).maxmemory.origin.where == "ARC_REDIS_MAXMEMORY");
    CHECK(*redis::config_of(*config).user == "flag");
    CHECK(redis::config_of(*config).user.origin.where == "--redis-user");
}

TEST_CASE("config load: an empty variable is none") {
    const TemporaryDirectory directory;
    Environment environment;
    environment.set("ARC_CONFIG", "");
    environment.set("ARC_REDIS_URL", "");
    environment.set("ARC_REDIS_PASSWORD", "");
    environment.set("ARC_REDIS_PASSWORD_FILE", directory.file("secret", "word"));
    const auto config = load_config({});
    REQUIRE(config);
    CHECK(!redis::config_of(*config).url.declared());
    CHECK(redis::config_of(*config).password->reveal() == "word");
}

TEST_CASE("config load: a file that was asked for must be there") {
    Environment environment;
    environment.set("ARC_CONFIG", "/nonexistent/arc.toml");
    CHECK(error_of({}) == "/nonexistent/arc.toml: no such file (from ARC_CONFIG)");
    CHECK(error_of({.file = "/nonexistent/b.toml", .flags = {}}) ==
          "/nonexistent/b.toml: no such file (from --config)");
}

TEST_CASE("config load: secrets from files") {
    const TemporaryDirectory directory;
    Environment environment;
    environment.set("ARC_CONFIG", "/dev/null");
    const auto read = [&](const std::string& path) {
        environment.set("ARC_REDIS_PASSWORD_FILE", path);
        const auto config = load_config({});
        return config ? redis::config_of(*config).password->reveal() : config.error().text;
    };
    CHECK(read(directory.file("plain", "hunter2")) == "hunter2");
    CHECK(read(directory.file("line", "hunter2\n")) == "hunter2");
    CHECK(read(directory.file("dos", "hunter2\r\n")) == "hunter2");
    CHECK(read(directory.file("lines", "two\nlines\n\n")) == "two\nlines\n");
    CHECK(read(directory.file("spaces", " a b ")) == " a b ");
    CHECK(read("/nonexistent/secret")
              .starts_with(
                  "ARC_REDIS_PASSWORD_FILE: /nonexistent/secret: cannot be read: No such file"));
    CHECK(read(directory.path()).find("Is a directory") != std::string::npos);
    CHECK(read(directory.file("empty", "\n")).ends_with("empty: empty"));
    CHECK(read("/dev/zero").find("longer than") != std::string::npos);
}

TEST_CASE("config load: a secret is given once") {
    const TemporaryDirectory directory;
    Environment environment;
    environment.set("ARC_CONFIG", "/dev/null");
    environment.set("ARC_NATS_TOKEN", "hunter2");
    environment.set("ARC_NATS_TOKEN_FILE", directory.file("secret", "hunter3"));
    CHECK(error_of({}) == "ARC_NATS_TOKEN and ARC_NATS_TOKEN_FILE are both set: keep one");
}

TEST_CASE("config load: only secrets have a _FILE") {
    Environment environment;
    environment.set("ARC_CONFIG", "/dev/null");
    environment.set("ARC_REDIS_USER_FILE", "/nonexistent");
    CHECK(error_of({}) == "loaded");
    const auto unknown = unknown_environment();
    CHECK(std::ranges::find(
              unknown, "ARC_REDIS_USER_FILE means nothing here; did you mean 'ARC_REDIS_USER'?") !=
          unknown.end());
}

TEST_CASE("config load: errors name the variable or the flag") {
    Environment environment;
    environment.set("ARC_CONFIG", "/dev/null");
    environment.set("ARC_REDIS_APPENDFSYNC", "sometimes");
    CHECK(error_of({}).starts_with(
        "ARC_REDIS_APPENDFSYNC: redis.appendfsync: 'sometimes' is none of"));
    environment.set("ARC_REDIS_APPENDFSYNC", "no");
    CHECK(error_of({.file = {}, .flags = {{"redis.maxmemory", "x"}}})
              .starts_with("--redis-maxmemory: redis.maxmemory: 'x' is not a size"));
    CHECK(error_of({.file = {}, .flags = {{"redis.nothing", "x"}}}) ==
          "no setting 'redis.nothing'");
}

TEST_CASE(
    "config load: variables that mean nothing are told with a suggestion, others are let be") {
    Environment environment;
    environment.set("ARC_REDIS_PASWORD", "hunter2");
    environment.set("ARC_CACHE_PORT_6379_TCP", "tcp://10.0.0.1:6379");  // an orchestrator's
    const auto unknown = unknown_environment();
    CHECK(
        std::ranges::find(
            unknown, "ARC_REDIS_PASWORD means nothing here; did you mean 'ARC_REDIS_PASSWORD'?") !=
        unknown.end());
    for (const std::string& line : unknown) {
        CHECK(line.find("hunter2") == std::string::npos);
        CHECK(!line.starts_with("ARC_CACHE"));
    }
}
