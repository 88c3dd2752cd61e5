#include <doctest/doctest.h>

#include <string>

#include "base/token_bucket.hpp"
#include "http/limits.hpp"
#include "http/request.hpp"

using namespace arc;
using namespace arc::http;

namespace {

using State = Parsed::State;

Parsed one(const std::string& bytes) {
    Parsed parsed = parse_request(bytes);
    REQUIRE(parsed.state == State::complete);
    return parsed;
}

int status(const std::string& bytes) {
    const Parsed parsed = parse_request(bytes);
    return parsed.state == State::bad ? parsed.status : 0;
}

std::string with(const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
    return line + "\r\n" + fields + "\r\n";
}

}  // namespace

TEST_CASE("http request: method, path, headers, body and the bytes after it") {
    const std::string bytes =
        "POST /connz?sort=rtt HTTP/1.1\r\nHost: x\r\nA:  b c \r\nContent-Length: 3\r\n\r\nabcGET";
    const Parsed parsed = one(bytes);
    CHECK(parsed.request.method == "POST");
    CHECK(parsed.request.target == "/connz?sort=rtt");
    CHECK(parsed.request.headers ==
          HttpHeaders{{"Host", "x"}, {"A", "b c"}, {"Content-Length", "3"}});
    CHECK(parsed.request.body == "abc");
    CHECK(bytes.substr(parsed.used) == "GET");
    CHECK(parsed.keep);
}

TEST_CASE("http request: every prefix of a request is incomplete") {
    const std::string bytes = "\r\nGET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        CHECK(parse_request(bytes.substr(0, size)).state == State::incomplete);
    }
    CHECK(one(bytes).used == bytes.size());
    // Line ends without \r, as typed by hand.
    CHECK(one("GET / HTTP/1.1\nHost: x\n\n").request.headers.size() == 1);
}

TEST_CASE("http request: whether the connection stays open") {
    CHECK(one(with("")).keep);
    CHECK_FALSE(one(with("Connection: close\r\n")).keep);
    CHECK_FALSE(one(with("", "GET / HTTP/1.0")).keep);
    CHECK(one(with("Connection: Keep-Alive\r\n", "GET / HTTP/1.0")).keep);
}

TEST_CASE("http request: targets") {
    CHECK(one(with("", "GET http://a:1/x?y HTTP/1.1")).request.target == "/x?y");
    CHECK(one(with("", "GET http://a HTTP/1.1")).request.target == "/");
    CHECK(one(with("", "OPTIONS * HTTP/1.1")).request.target == "/");
}

TEST_CASE("http request: rejected requests and their status") {
    CHECK(status("nonsense\r\n\r\n") == 400);
    CHECK(status("GET\r\n\r\n") == 400);
    CHECK(status(with("", "GET / HTTP/9.9")) == 505);
    CHECK(status(with("", "GET / FTP/1.1")) == 400);
    CHECK(status(with("", "TRACE / HTTP/1.1")) == 501);
    CHECK(status(with("", "GET /\x01 HTTP/1.1")) == 400);
    CHECK(status(with("no colon\r\n")) == 400);
    CHECK(status(with("A: b\r\n c\r\n")) == 400);
    CHECK(status(with("A : b\r\n")) == 400);
    CHECK(status(with("A: \x01\r\n")) == 400);
    CHECK(status(with("Transfer-Encoding: chunked\r\n")) == 411);
    CHECK(status(with("Content-Length: -1\r\n")) == 400);
    CHECK(status(with("Content-Length:\r\n")) == 400);
    CHECK(status(with("Content-Length: 1\r\nContent-Length: 2\r\n")) == 400);
    CHECK(status(with("Content-Length: 65537\r\n")) == 413);
    CHECK(status(with("Content-Length: 99999999999999999999999\r\n")) == 413);
    CHECK(status("\x16\x03\x01\x02\r\n\r\n") == 400);
}

TEST_CASE("http request: limits on the head") {
    std::string fields;
    for (std::size_t i = 0; i < kMaxFields; ++i) {
        fields += "A: b\r\n";
    }
    CHECK(one(with(fields)).request.headers.size() == kMaxFields);
    CHECK(status(with(fields + "A: b\r\n")) == 431);
    CHECK(status(with("A: " + std::string(kMaxHead, 'b') + "\r\n")) == 431);
    CHECK(status("GET /" + std::string(kMaxHead, 'b')) == 414);
    CHECK(status(std::string(kMaxHead, '\n')) == 400);
    CHECK(one("\r\n\r\n\r\n\r\n" + with("")).request.method == "GET");
    CHECK(status("\r\n\r\n\r\n\r\n\r\n" + with("")) == 400);
    CHECK(one(with("Content-Length: 65536\r\n") + std::string(kMaxBody, 'x')).request.body.size() ==
          kMaxBody);
}

TEST_CASE("token bucket: a burst, then a rate") {
    TokenBucket budget{2, 3};
    const TokenBucket::Time start = TokenBucket::Time{} + std::chrono::hours{1};
    for (int i = 0; i < 3; ++i) {
        CHECK(budget.take(start));
    }
    CHECK_FALSE(budget.take(start));
    CHECK_FALSE(budget.take(start + std::chrono::milliseconds{400}));
    CHECK(budget.take(start + std::chrono::milliseconds{500}));
    CHECK_FALSE(budget.take(start + std::chrono::milliseconds{500}));
    for (int i = 0; i < 3; ++i) {
        CHECK(budget.take(start + std::chrono::hours{1}));
    }
    CHECK_FALSE(budget.take(start + std::chrono::hours{1}));
}
