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
