#include "pulsar/answers.hpp"

#include <doctest/doctest.h>

using namespace arc;
using namespace arc::pulsar;

TEST_CASE("pulsar: lists of names as the admin API answers them") {
    CHECK(parse_names(R"(["public","pulsar"])").value() == Names{"public", "pulsar"});
    CHECK(parse_names("[]").value().empty());
    for (const char* body : {"", "{}", "[1]", "[\"a\"", "<html>", "null", "\"a\""}) {
        CAPTURE(body);
        REQUIRE_FALSE(parse_names(body));
        CHECK(parse_names(body).error().kind == ErrorKind::protocol);
    }
}

TEST_CASE("pulsar: a tenant's lists are sets; absent and null are empty") {
    const auto tenant =
        parse_tenant(R"({"adminRoles":["b","a","b"],"allowedClusters":["standalone"]})");
    REQUIRE(tenant);
    CHECK(tenant->admin_roles == Names{"a", "b"});
    CHECK(tenant->allowed_clusters == Names{"standalone"});
    CHECK(parse_tenant(R"({"adminRoles":null})").value().admin_roles.empty());
    CHECK_FALSE(parse_tenant(R"({"adminRoles":"a"})"));
    CHECK_FALSE(parse_tenant("[]"));
}

TEST_CASE("pulsar: partitions") {
    CHECK(parse_partitions(R"({"partitions":3,"deleted":false})").value() == 3);
    CHECK(parse_partitions(R"({"partitions":0})").value() == 0);
    for (const char* body :
         {"3", "{}", R"({"partitions":"3"})", R"({"partitions":-1})", R"({"partitions":1.5})"}) {
        CAPTURE(body);
        CHECK_FALSE(parse_partitions(body));
    }
}

TEST_CASE("pulsar: a lookup's broker URL") {
    CHECK(parse_broker_url(
              R"({"brokerUrl":"pulsar://localhost:6650","httpUrl":"http://localhost:8080"})")
              .value() == "pulsar://localhost:6650");
    CHECK_FALSE(parse_broker_url(R"({"brokerUrl":""})"));
    CHECK_FALSE(parse_broker_url(R"({"brokerUrl":null})"));
}

TEST_CASE("pulsar: whether a published message was stored") {
    CHECK(
        parse_publish(
            R"({"messagePublishResults":[{"messageId":"5:0:-1","errorCode":0,"schemaVersion":0}],"schemaVersion":0})")
            .empty());
    CHECK(
        parse_publish(
            R"({"messagePublishResults":[{"errorCode":2,"errorMsg":"org.a.ManagedLedgerException: Not enough bookies"}]})") ==
        "Not enough bookies");
    for (const char* body :
         {"", "[]", "{}", R"({"messagePublishResults":[]})",
          R"({"messagePublishResults":[{"errorCode":"0"}]})", R"({"messagePublishResults":[1]})"}) {
        CAPTURE(body);
        CHECK_FALSE(parse_publish(body).empty());
    }
}

TEST_CASE("pulsar: a version is a short plain word or nothing") {
    CHECK(parse_version("3.3.6") == "3.3.6");
    CHECK(parse_version("\"4.0.8-SNAPSHOT\"\n") == "4.0.8-SNAPSHOT");
    CHECK(parse_version("<html>no</html>").empty());
    CHECK(parse_version(std::string(100, '1')).empty());
}

TEST_CASE("pulsar: of a reason the first line is kept, of a stack trace the message") {
    CHECK(parse_reason(R"({"reason":"Tenant not found"})") == "Tenant not found");
    CHECK(
        parse_reason(
            R"({"reason":"\n --- An unexpected error occurred in the server ---\n\nMessage: org.a.PersistenceException: )"
            R"(org.b.ManagedLedgerException: Not enough non-faulty bookies available error code: -6\n\nStacktrace:\n\nat x"})") ==
        "Not enough non-faulty bookies available error code: -6");
    CHECK(parse_reason("<html>500</html>").empty());
    CHECK(parse_reason(R"({"reason":null})").empty());
    CHECK(parse_reason(R"({"reason":""})").empty());
    CHECK(parse_reason("{\"reason\":\"" + std::string(119, 'x') + "\xC3\xA4\"}") ==
          std::string(119, 'x'));
}

TEST_CASE("pulsar: the policies of a namespace; what was never set has its default") {
    const auto state =
        parse_namespace(R"({"replication_clusters":["standalone"],"deleted":false})");
    REQUIRE(state);
    CHECK_FALSE(state->deleted);
    CHECK(state->new_subscriptions);
    CHECK(state->clusters == Names{"standalone"});
    const auto set = parse_namespace(
        R"({"replication_clusters":[],"deleted":true,"encryption_required":true,)"
        R"("schema_validation_enforced":true,"subscription_types_enabled":["Shared"],)"
        R"("autoSubscriptionCreationOverride":{"allowAutoSubscriptionCreation":false},)"
        R"("persistence":{"bookkeeperEnsemble":3},"max_subscriptions_per_topic":2})");
    REQUIRE(set);
    CHECK((set->deleted && set->encryption && set->schema && !set->new_subscriptions));
    CHECK(set->bookies == 3);
    CHECK(set->subscriptions == 2);
    CHECK(set->subscription_types == Names{"Shared"});
    for (const char* body : {"", "[]", "{}", R"({"replication_clusters":[1]})"}) {
        CAPTURE(body);
        CHECK_FALSE(parse_namespace(body));
    }
}

TEST_CASE("pulsar: the internal info names the terminated partitions") {
    CHECK(parse_terminated(R"({"version":1,"ledgers":[]})").value().empty());
    CHECK(parse_terminated(R"({"terminatedPosition":{"ledgerId":1}})").value() == Names{""});
    CHECK(parse_terminated(
              R"({"partitions":{"persistent://t/n/x-partition-0":{"version":0},)"
              R"("persistent://t/n/x-partition-1":{"terminatedPosition":{"ledgerId":1}}}})")
              .value() == Names{"persistent://t/n/x-partition-1"});
    CHECK_FALSE(parse_terminated("[]"));
    CHECK(parse_terminated(R"({"partitions":3})").value().empty());
}

TEST_CASE("pulsar: the use of each partition") {
    const auto plain =
        parse_use(R"({"backlogSize":5,"backlogQuotaLimitSize":10,"publishers":[{},{}],)"
                  R"("subscriptions":{"s":{"consumers":[{}]},"t":{}}})");
    REQUIRE(plain);
    REQUIRE(plain->size() == 1);
    CHECK(plain->front().backlog == 5);
    CHECK(plain->front().backlog_limit == 10);
    CHECK(plain->front().producers == 2);
    CHECK(plain->front().consumers == 1);
    CHECK(plain->front().subscriptions == 2);
    CHECK(parse_use(R"({"backlogSize":0,"partitions":{"a":{"backlogSize":1},"b":{}}})")->size() ==
          2);
    CHECK(parse_use(R"({"backlogSize":0,"partitions":{}})")->empty());
    CHECK_FALSE(parse_use("{}"));
    CHECK(parse_use(R"({"backlogSize":0})")->front().backlog_limit == -1);
}

TEST_CASE("pulsar: only a quota that rejects producers blocks") {
    const auto quotas = parse_quotas(
        R"({"destination_storage":{"limitSize":200,"limitTime":-1,"policy":"producer_exception"},)"
        R"("message_age":{"limitSize":1,"limitTime":60,"policy":"consumer_backlog_eviction"}})");
    REQUIRE(quotas);
    CHECK(quotas->size.limit == 200);
    CHECK(quotas->age.limit == -1);
    CHECK_FALSE(parse_quotas("3"));
    CHECK(parse_limit("3").value() == 3);
    CHECK_FALSE(parse_limit("null"));
    CHECK(parse_bookies(R"({"bookies":[{"bookieId":"a"}]})").value() == 1);
    CHECK_FALSE(parse_bookies("{}"));
}
