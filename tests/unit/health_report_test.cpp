#include <doctest/doctest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "health/report.hpp"

#include "codes.hpp"

using namespace arc;

namespace {

Verdict verdict_of(Level level, std::string text) {
    return {.service = "redis",
            .server = "Redis 8.0.2",
            .verified = "all well",
            .findings = {{.code = testing::code("redis.ping.failed"),
                          .level = level,
                          .text = std::move(text),
                          .measured = {},
                          .wanted = {},
                          .advice = {}}}};
}

std::string line_of(std::string text) {
    return headline(verdict_of(Level::degraded, std::move(text)));
}

std::string report_of(const Verdict& verdict) {
    return text_report(std::span(&verdict, 1));
}

}  // namespace

TEST_CASE("health report: the first line") {
    CHECK(headline(verdict_of(Level::ok, "t")) == "ok: redis: Redis 8.0.2: all well");
    Verdict verdict = verdict_of(Level::degraded, "maxmemory");
    verdict.findings[0].measured = "1 GiB";
    verdict.findings[0].wanted = "512 MiB";
    verdict.findings[0].advice = "Set it.";
    CHECK(headline(verdict) == "degraded: redis: maxmemory is 1 GiB, declared 512 MiB. Set it.");
    CHECK(headline(Verdict{
              .service = "nats", .server = "nats-server 2.10", .verified = {}, .findings = {}}) ==
          "ok: nats: nats-server 2.10");
}

TEST_CASE("health report: what a finding does not state comes from the catalogue") {
    const Finding finding{.code = testing::code("redis.authentication.required")};
    CHECK(finding.level == Level::unhealthy);
    CHECK(
        full_text(finding) ==
        "the server requires a password (NOAUTH), and none is set. Set `ARC_REDIS_PASSWORD_FILE`.");
    const Finding fine{.code = finding.code, .level = Level::ok};
    CHECK(full_text(fine) == "the server requires a password (NOAUTH), and none is set");
}

TEST_CASE("health report: the first line is cut at a character's edge, with a mark") {
    for (std::size_t shift = 0; shift < 4; ++shift) {
        std::string text(shift, 'x');
        while (text.size() < 400) {
            text += "\xE2\x82\xAC";  // the euro sign, three bytes
        }
        const std::string line = line_of(text);
        CHECK(line.size() <= kMaxFirstLine);
        CHECK(line.size() > kMaxFirstLine - 4);
        CHECK(line.ends_with("…"));
        CHECK_NOTHROW(static_cast<void>(nlohmann::json(line).dump()));  // throws on invalid UTF-8
    }
    const std::string prefix = "degraded: redis: ";
    CHECK(line_of(std::string(kMaxFirstLine - prefix.size(), 'y')).ends_with("y"));
}

TEST_CASE("health report: what a server said cannot break the line or the terminal") {
    CHECK(line_of("a\nb\r\tc\x1b[31m\x7f") == R"(degraded: redis: a\nb\r\tc\x1b[31m\x7f)");
    CHECK(line_of("a\xC2\x9B"
                  "31m") == "degraded: redis: a\\u009b31m");  // U+009B is an escape of its own
    CHECK(line_of("gr\xC3\xBC\xC3\x9F\xF0\x9F\x99\x82") ==
          "degraded: redis: gr\xC3\xBC\xC3\x9F\xF0\x9F\x99\x82");
}

TEST_CASE("health report: invalid UTF-8 is escaped") {
    for (const char* wrong : {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                              "\xF4\x90\x80\x80", "\xF5", "\xE2\x82", "\xC3"}) {
        const std::string line = line_of(std::string("a") + wrong);
        CHECK(line.starts_with("degraded: redis: a\\x"));
        CHECK_NOTHROW(static_cast<void>(nlohmann::json(line).dump()));
    }
    const std::string line = line_of(std::string(1000, '\x80'));
    CHECK(line.size() <= kMaxFirstLine);
    CHECK(line.size() > kMaxFirstLine - 4);
}

TEST_CASE("health report: a line a finding, bounded as a whole") {
    Verdict verdict = verdict_of(Level::unhealthy, "one");
    CHECK(report_of(verdict) == "unhealthy: redis: one\n  unhealthy redis.ping.failed: one\n");
    for (int i = 0; i < 1000; ++i) {
        verdict.findings.push_back(verdict.findings[0]);
    }
    const std::string report = report_of(verdict);
    CHECK(report.size() <= kMaxReport);
    CHECK(report.ends_with("\n"));
    CHECK(text_report({}).empty());
}

TEST_CASE("health report: with several services the worst speaks first") {
    const std::array verdicts{verdict_of(Level::ok, "fine"), verdict_of(Level::unhealthy, "bad"),
                              verdict_of(Level::degraded, "so so")};
    const std::string report = text_report(verdicts);
    CHECK(report.starts_with("unhealthy: redis: bad\n"));
    CHECK(report.find("\nok: redis: ") != std::string::npos);
    CHECK(report.find("\ndegraded: redis: so so\n") != std::string::npos);
}

TEST_CASE("health report: JSON is one line and holds everything") {
    Verdict verdict = verdict_of(Level::degraded, "a \"b\"\n\xff");
    verdict.findings[0].measured = "1";
    verdict.elapsed = std::chrono::microseconds{1500};
    const std::string text = json_report(std::span(&verdict, 1));
    CHECK(text.find('\n') == text.size() - 1);
    const auto report = nlohmann::json::parse(text);
    CHECK(report["level"] == "degraded");
    const auto& service = report["services"][0];
    CHECK(service["service"] == "redis");
    CHECK(service["server"] == "Redis 8.0.2");
    CHECK(service["elapsed_ms"] == 1.5);
    CHECK(service["findings"][0]["code"] == "redis.ping.failed");
    CHECK(service["findings"][0]["text"] == R"(a "b"\n\xff)");
    CHECK(service["findings"][0]["measured"] == "1");
    CHECK(!service["findings"][0].contains("wanted"));
    CHECK(nlohmann::json::parse(json_report({}))["services"].empty());
}
