#include <doctest/doctest.h>
#include <fmt/format.h>

#include <ostream>
#include <set>
#include <type_traits>

#include "config/keys.hpp"
#include "config/section.hpp"
#include "health/catalogue.hpp"
#include "redis/config.hpp"

using namespace arc;

namespace {

Result<void> set(Config& config, std::string_view path, std::string_view text) {
    const Key* key = find_key(path);
    REQUIRE(key != nullptr);
    return assign(config, *key, text, {"test", true});
}

}  // namespace

// A secret has no way into a text: neither fmt nor a stream takes it, and it does not become a
// string by itself.
static_assert(!fmt::is_formattable<Secret>::value);
static_assert(!std::is_convertible_v<Secret, std::string> &&
              !std::is_convertible_v<Secret, std::string_view>);
template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(!Streamable<Secret> && Streamable<std::string>);

TEST_CASE("config keys: names in the environment and as flags") {
    const Key* key = find_key("redis.maxmemory_policy");
    REQUIRE(key != nullptr);
    CHECK(environment_name(*key) == "ARC_REDIS_MAXMEMORY_POLICY");
    CHECK(flag_name(*key) == "--redis-maxmemory-policy");
    CHECK(find_key("redis") == nullptr);
    CHECK(find_key("") == nullptr);
    std::set<std::string> names;
    for (const Key& each : keys()) {
        CHECK(names.insert(environment_name(each)).second);
        CHECK(!each.help.empty());
    }
}

TEST_CASE("config keys: each declaration about a server names its findings") {
    const auto check_use = [](const std::string& name, const Use& use) {
        CAPTURE(name);
        CHECK(use.kind != Use::Kind::unstated);
        if (use.kind == Use::Kind::declaration) {
            const auto differs = find_code(use.differs);
            const auto unverified = find_code(use.unverified);
            REQUIRE(differs);
            REQUIRE(unverified);
            CHECK(differs->row().worst != Level::ok);
            CHECK(unverified->row().worst != Level::ok);
        }
    };
    for (const Key& key : keys()) {
        check_use(key.path(), key.use);
    }
    for (const Section* section : sections()) {
        for (const ObjectKind* kind : section->objects) {
            check_use(std::string(kind->name), kind->use);
        }
    }
}

TEST_CASE("config keys: each type of setting is parsed") {
    Config config = default_config();
    CHECK(set(config, "redis.appendonly", "no"));
    CHECK(!*redis::config_of(config).appendonly);
    CHECK(redis::config_of(config).appendonly.declared());
    CHECK(redis::config_of(config).appendonly.origin.where == "test");
    CHECK(set(config, "redis.maxmemory", "1gb"));
    CHECK(*redis::config_of(config).maxmemory == 1024LL * 1024 * 1024);
    CHECK(set(config, "timeout", "500ms"));
    CHECK(config.timeout->count() == 500);
    CHECK(set(config, "redis.url", "rediS://Cache"));
    CHECK(*redis::config_of(config).url == Url{"redis", "Cache", 6379});
    CHECK(set(config, "redis.appendfsync", "always"));
    CHECK(*redis::config_of(config).appendfsync == "always");
}

TEST_CASE(
    "config keys: a URL without a port means the default port, not the one that it overrides") {
    Config config = default_config();
    CHECK(set(config, "redis.url", "redis://a:7000"));
    CHECK(set(config, "redis.url", "b"));
    CHECK(redis::config_of(config).url->port == 6379);
}

TEST_CASE("config keys: wrong values name the setting, say why and suggest, and change nothing") {
    Config config = default_config();
    const auto wrong = [&config](std::string_view path, std::string_view text) {
        const auto stored = set(config, path, text);
        return stored ? std::string("stored") : stored.error().text;
    };
    CHECK(wrong("redis.appendfsync", "evrysec") ==
          "redis.appendfsync: 'evrysec' is none of always|everysec|no; did you mean 'everysec'?");
    CHECK(wrong("redis.appendfsync", "always|everysec").find("none of") != std::string::npos);
    CHECK(wrong("redis.appendonly", "maybe") == "redis.appendonly: 'maybe' is not yes or no");
    CHECK(wrong("redis.maxmemory", "lots").starts_with("redis.maxmemory: 'lots' is not a size"));
    CHECK(wrong("timeout", "0") == "timeout: must be more than 0");
    CHECK(wrong("redis.url", "http://a").find("only redis://") != std::string::npos);
    CHECK(wrong("redis.url", "redis://user:hunter2@a").find("hunter2") == std::string::npos);
    CHECK(wrong("redis.url", "hunter2://a").find("hunter2") == std::string::npos);
    CHECK(wrong("pulsar.url", "pulsar:6650,token=hunter2").find("hunter2") == std::string::npos);
    CHECK(*redis::config_of(config).appendfsync == "everysec");
    CHECK(!redis::config_of(config).url.declared());
}

TEST_CASE("config keys: secrets are stored and never shown") {
    Config config = default_config();
    for (const Key& key : keys()) {
        if (!is_secret(key)) {
            continue;
        }
        CHECK(show(config, key).value == "(not set)");
        CHECK(assign(config, key, "hunter2", {"test", true}));
        CHECK(show(config, key).value == "(set)");
    }
    CHECK(redis::config_of(config).password->reveal() == "hunter2");
    CHECK(!is_secret(*find_key("redis.user")));
}

TEST_CASE("config keys: what is shown reads back") {
    Config config = default_config();
    for (const Key& key : keys()) {
        const ShownSetting shown = show(config, key);
        CAPTURE(key.path());
        CHECK(shown.origin == "default");
        if (!is_secret(key) && !shown.value.empty()) {
            CHECK(assign(config, key, shown.value, {}));
            CHECK(show(config, key).value == shown.value);
        }
    }
}
