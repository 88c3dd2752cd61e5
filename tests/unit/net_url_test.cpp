#include <doctest/doctest.h>

#include "net/url.hpp"

using namespace arc;

namespace {

Result<Url> parse(std::string_view text) {
    return parse_url(text, "redis", 6379);
}

}  // namespace

TEST_CASE("net url: accepted URLs") {
    CHECK(parse("redis://cache:7000") == Url{"redis", "cache", 7000});
    CHECK(parse("REDIS://cache/") == Url{"redis", "cache", 6379});
    CHECK(parse("cache") == Url{"redis", "cache", 6379});
    CHECK(parse("cache:1") == Url{"redis", "cache", 1});
    CHECK(parse("cache:") == Url{"redis", "cache", 6379});
    CHECK(parse("127.0.0.1:65535") == Url{"redis", "127.0.0.1", 65535});
    CHECK(parse("[::1]:7000") == Url{"redis", "::1", 7000});
    CHECK(parse("http://[fe80::1]") == Url{"http", "fe80::1", 6379});
    CHECK(parse("https://a/b/c/") == Url{"https", "a", 6379, "/b/c"});
    CHECK(parse("http://a:1/b%20c") == Url{"http", "a", 1, "/b%20c"});
    CHECK(parse("unix:///run/redis.sock") == Url{"unix", "", 0, "/run/redis.sock"});
    CHECK(parse("arc_cache.arc-net") == Url{"redis", "arc_cache.arc-net", 6379});
}

TEST_CASE("net url: rejected URLs and the reason") {
    const auto why = [](std::string_view text) {
        const auto url = parse(text);
        return url ? std::string("accepted") : url.error().text;
    };
    for (const char* text :
         {"unix://", "unix://run/r.sock", "unix:///run/", "unix:///r.sock?db=1"}) {
        CHECK(why(text).find("unix:///run/redis/redis.sock") != std::string::npos);
    }
    CHECK(why("unix:///" + std::string(106, 'a')) == "accepted");
    CHECK(why("unix:///" + std::string(107, 'a')) == "the path of a socket has at most 107 bytes");
    CHECK(why("").find("not a host name") != std::string::npos);
    CHECK(why("redis://").find("not a host name") != std::string::npos);
    CHECK(why("a b").find("not a host name") != std::string::npos);
    CHECK(why(std::string(256, 'a')).find("not a host name") != std::string::npos);
    CHECK(why("a:0") == "the port is not a number from 1 to 65535");
    CHECK(why("a:65536") == "the port is not a number from 1 to 65535");
    CHECK(why("a:6379x") == "the port is not a number from 1 to 65535");
    CHECK(why("a:-1") == "the port is not a number from 1 to 65535");
    CHECK(why("::1").find("brackets") != std::string::npos);
    CHECK(why("[::1").find("not closed") != std::string::npos);
    CHECK(why("[::1]7").find("only :port") != std::string::npos);
    CHECK(why("redis://a/0").find("drop the path") != std::string::npos);
    CHECK(why("redis://a?x=1").find("drop the path") != std::string::npos);
    for (const char* text : {"http://a/b?x", "http://a/b#c", "http://a//b", "http://a/b c"}) {
        CHECK(why(text).find("drop the path") != std::string::npos);
    }
    const std::string credentials = why("redis://user:hunter2@a");
    CHECK(credentials.find("credentials do not belong in a URL") != std::string::npos);
    CHECK(credentials.find("hunter2") == std::string::npos);
}

TEST_CASE("net url: an error does not quote the URL") {
    for (const char* text :
         {"redis:6379,password=hunter2,ssl=False", "hunter2://a/b", "redis://a:hunter2",
          "redis://a/hunter2", "[hunter2", "[::1]hunter2", "hunter2::1", "redis://hunter2 hunter2",
          "redis://a?password=hunter2", "hunter2@a", "a:6379#hunter2"}) {
        const auto url = parse(text);
        REQUIRE(!url);
        CHECK_MESSAGE(url.error().text.find("hunter2") == std::string::npos, url.error().text);
    }
}

TEST_CASE("net url: formatting") {
    CHECK(to_string(Url{"redis", "a", 1}) == "redis://a:1");
    CHECK(to_string(Url{"redis", "::1", 1}) == "redis://[::1]:1");
    CHECK(to_string(Url{"http", "a", 1, "/b"}) == "http://a:1/b");
    CHECK(to_string(Url{"unix", "", 0, "/r.sock"}) == "unix:///r.sock");
    CHECK(address_of(Url{"unix", "", 0, "/r.sock"}) == "/r.sock");
    CHECK(address_of(Url{"redis", "a", 1}) == "a:1");
    CHECK(host_and_port("a", 80) == "a:80");
}
