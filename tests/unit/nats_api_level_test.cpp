#include <doctest/doctest.h>

#include "nats/api_level.hpp"

using namespace arc::nats;

TEST_CASE("nats API level: of a server") {
    CHECK(api_level("nats-server: v2.9.25") == 0);
    CHECK(api_level("nats-server: v2.10.27") == 0);
    CHECK(api_level("nats-server: v2.11.0") == 1);
    CHECK(api_level("nats-server: v2.12.1-RC.2") == 2);
    CHECK_FALSE(api_level("nats-server: v2.15.2"));
    CHECK_FALSE(api_level("nats-server: v3.0.0"));
    CHECK_FALSE(api_level("nats-server: v2"));
    CHECK_FALSE(api_level("Redis server v=7.0.15"));
    CHECK_FALSE(api_level(""));
}

TEST_CASE("nats API level: of a stream") {
    CHECK(required_level(R"({"name":"S","metadata":{"_nats.req.level":"2"}})") == 2);
    CHECK(required_level(R"({"name":"S","metadata":{"_nats.req.level":"0"}})") == 0);
    CHECK(required_level(R"({"name":"S","metadata":{"_nats.req.level":"x"}})") == 0);
    CHECK(required_level(R"({"name":"S","metadata":{"_nats.req.level":7}})") == 0);
    CHECK(required_level(R"({"name":"S"})") == 0);
    CHECK(required_level("") == 0);
}
