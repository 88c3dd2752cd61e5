#include <doctest/doctest.h>

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/toml_file.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::Environment;
using arc::testing::TemporaryDirectory;
using namespace std::chrono_literals;

namespace {

std::string hosts_error(std::string_view text) {
    const auto hosts = parse_hosts(text);
    return hosts ? std::string("parsed") : hosts.error().text;
}

Config loaded(const std::string& text) {
    Config config;
    const auto read = load_toml_text(text, "file", config);
    REQUIRE_MESSAGE(read, read.error().text);
    return config;
}

std::string load_error(const std::string& text) {
    const TemporaryDirectory directory;
    const auto config = load_config({.file = directory.file("f.toml", text), .flags = {}});
    return config ? std::string("loaded") : config.error().text;
}

}  // namespace

TEST_CASE("config cluster: a list of hosts") {
    CHECK(parse_hosts("")->empty());
    CHECK(*parse_hosts("a, b:6379,[::1]:4222 ,[fd00::2]") ==
          Hosts{{"a", 0}, {"b", 6379}, {"::1", 4222}, {"fd00::2", 0}});
    for (const std::string_view text : {"a", "a, b:6379, [::1]:4222, [fd00::2]"}) {
        CHECK(to_string(*parse_hosts(text)) == text);
    }
    CHECK(hosts_error("a,b,a").contains("a is in the list twice"));
    CHECK(hosts_error("a b").contains("'a b' is neither a host nor host:port"));
    CHECK(hosts_error("nats://a").contains("neither a host"));
    CHECK(hosts_error("a:70000").contains("neither a host"));
    CHECK(!hosts_error("user:hunter22@a").contains("hunter22"));
}

TEST_CASE("config cluster: standalone by default, without a stop gate") {
    const Config config;
    CHECK(config.cluster.is_standalone());
    CHECK(!config.cluster.stop_budget());
    CHECK(check_cluster(config.cluster));
}

TEST_CASE("config cluster: members from the file and from the environment") {
    const Config config = loaded("[cluster]\nrole = \"member\"\nmembers = [\"a\", \"b:1\"]\n");
    CHECK(config.cluster.is_member());
    CHECK(*config.cluster.members == Hosts{{"a", 0}, {"b", 1}});
    CHECK(config.cluster.members.origin.where == "file:3");
    CHECK(!config.cluster.stop_budget());

    Environment environment;
    environment.set("ARC_CLUSTER_ROLE", "member");
    environment.set("ARC_CLUSTER_MEMBERS", "a,b,c");
    environment.set("ARC_CLUSTER_GRACE", "2m");
    const auto of_environment = load_config({});
    REQUIRE(of_environment);
    CHECK(of_environment->cluster.members->size() == 3);
    CHECK(of_environment->cluster.stop_budget() == 105s);
}

TEST_CASE("config cluster: the reserve is taken from the grace first") {
    Config config;
    config.cluster.grace.value = 2min;
    CHECK(!config.cluster.stop_budget());  // standalone
    config.cluster.role.value = "sentinel";
    CHECK(config.cluster.stop_budget() == 105s);
    config.cluster.grace.value = 15s;
    CHECK(!config.cluster.stop_budget());
}

TEST_CASE("config cluster: errors name the place and the remedy") {
    CHECK(load_error("[cluster]\nrole = \"member\"\n").contains("names none. List all members"));
    CHECK(load_error("[cluster]\nrole = \"member\"\nmembers = [\"a\"]\n")
              .contains(":2: cluster.role is member, but cluster.members names only one"));
    CHECK(load_error("[cluster]\nrole = \"membr\"\n").contains("did you mean 'member'?"));
    CHECK(load_error("[cluster]\nmember = [\"a\"]\n").contains("did you mean 'cluster.members'"));
    CHECK(load_error("[cluster]\nmembers = 3\n").contains("cluster.members is a list of texts"));
    CHECK(load_error("[cluster]\ngrace = \"0s\"\n").contains("cluster.grace: must be more than 0"));
    CHECK(load_error("[cluster]\nrole = \"sentinel\"\n") == "loaded");
}

TEST_CASE("config cluster: an unknown variable is named") {
    Environment environment;
    environment.set("ARC_CLUSTER_MEMBER", "a,b");
    const auto unknown = unknown_environment();
    REQUIRE(unknown.size() == 1);
    CHECK(unknown.front().contains("did you mean 'ARC_CLUSTER_MEMBERS'?"));
}
