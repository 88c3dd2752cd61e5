#include <doctest/doctest.h>

#include <algorithm>

#include "redis/commands.hpp"
#include "redis_fixtures.hpp"

using namespace arc;
using namespace arc::redis;
using arc::redis::fixtures::error;
using arc::redis::fixtures::facts_from;
using arc::redis::fixtures::good_replies;
using arc::redis::fixtures::list;
using arc::redis::fixtures::text;

TEST_CASE("redis info: a field is a whole line's name") {
    const std::string_view info =
        "# "
        "Memory\r\nused_memory_rss:9\r\nused_memory:7\r\nmaxmemory_policy:noeviction\r\nempty:"
        "\r\nlast:1";
    CHECK(info_field(info, "used_memory") == "7");
    CHECK(info_field(info, "maxmemory_policy") == "noeviction");
    CHECK(info_field(info, "empty").empty());
    CHECK(info_field(info, "last") == "1");
    CHECK(info_field(info, "memory").empty());
    CHECK(info_field(info, "policy").empty());
    CHECK(info_field("", "x").empty());
    CHECK(info_field("x", "x").empty());
    CHECK(info_field("x:", "x").empty());
}

TEST_CASE("redis questions: AUTH only with credentials") {
    RedisConfig config;
    CHECK(check_commands(config).front() == Command{"PING"});
    config.password.value = Secret{"word"};
    CHECK(check_commands(config).front() == Command{"AUTH", "word"});
    config.user.value = "probe";
    CHECK(check_commands(config).front() == Command{"AUTH", "probe", "word"});
    // A server that wants a password reads no more than ten words of a command before it is given.
    for (const Command& command : check_commands(config)) {
        CHECK(command.size() <= 10);
    }
}

TEST_CASE("redis questions: one section and one name in each command, as Redis 6.2 accepts them") {
    for (const Command& command : check_commands(RedisConfig{})) {
        CHECK((command == Command{"PING"} || command == Command{"INFO"} ||
               (command.size() == 3 && command[0] == "CONFIG" && command[1] == "GET")));
    }
}

TEST_CASE("redis facts: an unknown setting is no error of CONFIG, and one error is") {
    auto replies = good_replies();
    CHECK_FALSE(facts_from(replies, false).config_error);
    replies.back() = error("ERR unknown option");
    CHECK(facts_from(replies, false).config_error == "ERR unknown option");
    CHECK(facts_from(replies, false).appendfsync == "everysec");
}

TEST_CASE("redis facts: keys of all databases, those with a lifetime, and other fields of memory") {
    auto replies = good_replies();
    replies[1].text +=
        "used_memory_startup:700000\r\nmem_clients_normal:20000\r\n"
        "mem_not_counted_for_evict:1000\r\ndbx:keys=5\r\n# Keyspace\r\n"
        "db0:keys=3,expires=1,avg_ttl=7,subexpiry=0\r\ndb15:keys=2,expires=2,avg_ttl=0\r\n";
    const Memory memory = facts_from(replies, false).memory;
    CHECK(memory.needs == 720'000);
    CHECK(memory.uncounted == 1000);
    CHECK(memory.keys == 5);
    CHECK(memory.volatile_keys == 3);
}

TEST_CASE("redis facts: the clients besides this one") {
    auto replies = good_replies();
    CHECK_FALSE(facts_from(replies, false).clients);
    replies[1].text +=
        "connected_clients:5\r\nmaxclients:10\r\nconnected_slaves:2\r\n"
        "cluster_connections:4\r\n";
    // connected_slaves is 0 in the section before
    CHECK(facts_from(replies, false).clients->connected == 8);
    CHECK(facts_from(replies, false).clients->limit == 10);
}

TEST_CASE("redis facts: writes that wait, as INFO reports it") {
    auto replies = good_replies();
    const auto paused = [&](const char* info) {
        replies[1] = text(info);
        return facts_from(replies, false).paused_by.value_or("");
    };
    CHECK(paused("role:master\r\n").empty());
    CHECK(paused("paused_actions:none\r\nmaster_failover_state:no-failover\r\n").empty());
    CHECK(paused("paused_actions:write\r\n") == "CLIENT PAUSE");
    CHECK(paused("master_failover_state:waiting-for-sync\r\n") == "FAILOVER");
}

TEST_CASE("redis facts: a reply to CLUSTER INFO without the state is none") {
    CHECK(std::holds_alternative<ErrorReply>(read_cluster(std::vector{text("")})));
    CHECK(std::holds_alternative<ErrorReply>(
        read_cluster(std::vector{text("cluster_state:ok\r\n")})));
}

TEST_CASE("redis facts: of a good server") {
    const Answers facts = facts_from(good_replies(), false);
    CHECK(facts.product == "Redis");
    CHECK(facts.version == "8.0.2");
    CHECK_FALSE(facts.ping_error);
    CHECK(!facts.loading);
    CHECK(facts.appendonly == true);
    CHECK(facts.appendfsync == "everysec");
    CHECK(facts.memory.used == 1'153'434);
    CHECK(facts.maxmemory == 536'870'912);
    CHECK(facts.bind == "* -::*");
    CHECK(facts.protected_mode == false);
    CHECK(!facts.master);
}

TEST_CASE("redis facts: INFO stands against CONFIG, which fills in what INFO does not say") {
    auto replies = good_replies();
    fixtures::set(replies, "appendonly", "no");
    fixtures::set(replies, "maxmemory", "1");
    fixtures::set(replies, "maxmemory-policy", "allkeys-lru");
    Answers facts = facts_from(replies, false);
    CHECK(facts.appendonly == true);
    CHECK(facts.maxmemory == 536'870'912);
    CHECK(facts.maxmemory_policy == "noeviction");
    replies[1] = error("ERR unknown command 'INFO', with args beginning with: ");
    facts = facts_from(replies, false);
    CHECK(facts.appendonly == false);
    CHECK(facts.maxmemory == 1);
    CHECK(facts.maxmemory_policy == "allkeys-lru");
    CHECK_FALSE(facts.version);
}

TEST_CASE("redis facts: while loading only CONFIG knows of the append-only file") {
    auto replies = good_replies();
    replies[1] = text(
        "loading:1\r\nloading_loaded_perc:63.12\r\nloading_eta_seconds:4\r\naof_enabled:0\r\n");
    const Answers facts = facts_from(replies, false);
    REQUIRE(facts.loading);
    CHECK(facts.loading->percent == "63.12");
    CHECK(facts.loading->seconds_left == 4);
    CHECK(facts.appendonly == true);
}

TEST_CASE("redis facts: numbers that are none are not facts") {
    auto replies = good_replies();
    replies[1] = text("used_memory:12x\r\nmaxmemory:\r\nerrorstat_OOM:count=x\r\n");
    const Answers facts = facts_from(replies, false);
    CHECK(!facts.memory.used);
    CHECK(facts.memory.rejected_writes == 0);
}

TEST_CASE("redis facts: a replica, its master and the link") {
    auto replies = good_replies();
    replies[1] = text(
        "role:slave\r\nmaster_host:10.0.0.5\r\nmaster_port:6379\r\nmaster_link_status:up\r\nmaster_"
        "sync_in_progress:0\r\n");
    const Answers facts = facts_from(replies, false);
    REQUIRE(facts.master);
    CHECK(facts.master->address == "10.0.0.5:6379");
    CHECK(facts.master->link_up);
    CHECK(facts.master->read_only);
}

TEST_CASE(
    "redis facts: the mode, by the name that each server has for it, and the state of a cluster") {
    CHECK(facts_from(fixtures::good_replies(), false).mode == "standalone");
    auto replies = fixtures::good_replies();
    replies[1] = fixtures::text(
        "# "
        "Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\nserver_"
        "mode:cluster\r\n");
    Answers facts = facts_from(replies, false);
    CHECK(facts.mode == "cluster");
    const std::vector<Reply> state{
        fixtures::text("OK"),
        fixtures::text(
            "cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:16000\r\n"
            "cluster_slots_pfail:0\r\ncluster_slots_fail:384\r\ncluster_known_nodes:3\r\n")};
    const ClusterState known = read_cluster(state);
    const auto* cluster = std::get_if<Cluster>(&known);
    REQUIRE(cluster != nullptr);
    CHECK(cluster->up);
    CHECK(cluster->served == 16000);
    CHECK(cluster->nodes == 3);
    const ClusterState refused = read_cluster(std::vector{fixtures::error("NOPERM no")});
    CHECK(std::get<ErrorReply>(refused).text == "NOPERM no");
}

TEST_CASE("redis facts: fewer replies than questions are the server's refusal") {
    CHECK(facts_from(std::vector{error("DENIED Redis is running in protected mode")}, false)
              .ping_error == "DENIED Redis is running in protected mode");
    CHECK(facts_from({}, false).ping_error);
    CHECK(facts_from(std::vector{error("ERR max number of clients reached")}, true).ping_error ==
          "ERR max number of clients reached");
}

TEST_CASE("redis facts: replies of another kind are no answers") {
    std::vector<Reply> replies(good_replies().size());
    Answers facts = facts_from(replies, false);
    CHECK(facts.ping_error);
    CHECK(facts.info_error);
    CHECK(facts.config_error);
    replies = good_replies();
    for (Reply& reply : replies) {
        reply.list.resize(std::min(reply.list.size(), std::size_t{1}));  // a name without a value
    }
    facts = facts_from(replies, false);
    CHECK_FALSE(facts.config_error);
    CHECK_FALSE(facts.appendfsync);
}

TEST_CASE("redis facts: the write probe, whose answer may stay out") {
    RedisConfig config;
    config.canary.value = true;
    CHECK(check_commands(config).size() == check_commands(RedisConfig{}).size() + 1);
    auto replies = good_replies();
    CHECK(std::holds_alternative<Unacknowledged>(read_answers(replies, config).canary));
    CHECK(std::holds_alternative<NotAsked>(read_answers(replies, RedisConfig{}).canary));
    replies.push_back(text("OK"));
    CHECK(std::holds_alternative<Done>(read_answers(replies, config).canary));
    replies.back() = error("OOM command not allowed");
    CHECK(std::get<ErrorReply>(read_answers(replies, config).canary).text ==
          "OOM command not allowed");
}

TEST_CASE("redis cluster: the nodes by their flags and addresses") {
    const auto nodes = read_nodes(
        "a1 10.0.0.1:6379@16379,n1 myself,master - 0 0 1 connected 0-5460\n"
        "b2 fd00::2:6380@16380 slave,fail a1 0 0 2 connected\n"
        "c3 :0@0 master,noaddr - 0 0 3 disconnected\n"
        "d4 10.0.0.4:6379@16379 handshake - 0 0 0 connected\n"
        "e5 10.0.0.5:6379@16379 master,fail? - 0 0 4 connected\nvars currentEpoch 6\n");
    REQUIRE(nodes.size() == 5);
    CHECK(nodes[0].at == resp::Endpoint{"10.0.0.1", 6379});
    CHECK((nodes[0].is_self && !nodes[0].failed && nodes[0].joined));
    CHECK(nodes[1].at == resp::Endpoint{"fd00::2", 6380});
    CHECK((nodes[1].failed && nodes[2].failed));
    CHECK(nodes[2].at.host.empty());
    CHECK_FALSE(nodes[3].joined);
    CHECK_FALSE(nodes[4].failed);  // one node suspects it
}
