#include "pulsar/names.hpp"

#include <doctest/doctest.h>

using namespace arc::pulsar;

TEST_CASE("pulsar: a topic's name has its tenant and its namespace") {
    CHECK(tenant_of("arc-system/logs/application") == "arc-system");
    CHECK(tenant_of("arc-system") == "arc-system");
    CHECK(namespace_of("arc-system/logs/application") == "arc-system/logs");
    CHECK(namespace_of("arc-system/logs") == "arc-system/logs");
    CHECK(namespace_of("arc-system") == "arc-system");
    CHECK(tenant_of("") == "");
}

TEST_CASE("pulsar: names that the broker would refuse are known before it is asked") {
    CHECK_FALSE(tenant_problem("arc-system"));
    CHECK(tenant_problem(""));
    CHECK(tenant_problem("a b"));
    CHECK(tenant_problem("a/b"));
    CHECK_FALSE(namespace_problem("arc-system/logs"));
    CHECK(namespace_problem("logs"));
    CHECK(namespace_problem("arc-system/"));
    CHECK(namespace_problem("/logs"));
    CHECK(namespace_problem("a/b/c"));
    CHECK_FALSE(topic_problem("a/b/any thing", true));
    CHECK(topic_problem("a/b", true));
    CHECK(topic_problem("a/b/", true));
    CHECK(topic_problem("a/b/c/d", true));
    CHECK(topic_problem("persistent://a/b/c", false));
}

TEST_CASE("pulsar: a partition's name is the broker's own, unless the topic is not partitioned") {
    CHECK(topic_problem("a/b/c-partition-1", true));
    CHECK_FALSE(topic_problem("a/b/c-partition-1", false));
}

TEST_CASE("pulsar: a path keeps the slashes between the parts and encodes everything else") {
    CHECK(path_of("arc-system") == "arc-system");
    CHECK(path_of("arc-system/logs") == "arc-system/logs");
    CHECK(path_of("arc-system/logs/application") == "arc-system/logs/application");
    CHECK(path_of("a/b/c d?e#f%") == "a/b/c%20d%3Fe%23f%25");
    CHECK(path_of("a/b/c/d") == "a/b/c%2Fd");
    CHECK(path_of("a/b/\xC3\xA4\n") == "a/b/%C3%A4%0A");
}
