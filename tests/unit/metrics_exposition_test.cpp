#include <doctest/doctest.h>

#include <limits>

#include "codes.hpp"
#include "metrics/exposition.hpp"
#include "metrics/own.hpp"

using namespace arc;
using namespace arc::metrics;

namespace {

Finding found(const char* code, Level level, const char* wanted = "") {
    Finding finding{.code = testing::code(code), .level = level};
    finding.wanted = wanted;
    return finding;
}

}  // namespace

TEST_CASE("exposition: the samples of a family are together, and the text ends with one line end") {
    Exposition exposition;
    exposition.gauge("b", 1.5, "of b");
    exposition.counter("a_total", 3, "of a", {{"x", "1"}});
    exposition.gauge("b", 2, "another help is not taken", {{"x", "1"}});
    exposition.counter("a_total", 4, "", {{"x", "2"}});
    CHECK(exposition.text() ==
          "# HELP b of b\n# TYPE b gauge\nb 1.5\nb{x=\"1\"} 2\n"
          "# HELP a_total of a\n# TYPE a_total counter\na_total{x=\"1\"} 3\na_total{x=\"2\"} 4\n");
    CHECK(Exposition{}.text().empty());
}

TEST_CASE("exposition: exact numbers, integers without an exponent") {
    Exposition exposition;
    Family& family = exposition.family("n", Type::gauge, "");
    int i = 0;
    const auto add = [&](double value) { family.add(value, {{"i", std::to_string(i++)}}); };
    add(18957385728.0);
    add(-1);
    add(0.000001);
    add(1e300);
    add(std::numeric_limits<double>::infinity());
    add(-std::numeric_limits<double>::infinity());
    add(std::numeric_limits<double>::quiet_NaN());
    const std::string text = exposition.text();
    for (const char* line :
         {"n{i=\"0\"} 18957385728\n", "n{i=\"1\"} -1\n", "n{i=\"2\"} 1e-06\n",
          "n{i=\"3\"} 1e+300\n", "n{i=\"4\"} +Inf\n", "n{i=\"5\"} -Inf\n", "n{i=\"6\"} NaN\n"}) {
        CHECK_MESSAGE(text.contains(line), text);
    }
}

TEST_CASE("exposition: an unusual label value affects no other series") {
    Exposition exposition;
    exposition.gauge("x", 1, "back\\slash\nline", {{"server", "a\"b\\c\nd"}});
    exposition.gauge("x", 2, "", {{"server", "\xFF\xFE"}});
    exposition.gauge("x", 3, "", {{"server", "\xFF\xFE"}});  // a duplicate
    exposition.gauge("x", 4, "", {{"server", "\xC3\xBC"}});
    CHECK(exposition.text() ==
          "# HELP x back\\\\slash\\\\nline\n# TYPE x gauge\nx{server=\"a\\\"b\\\\c\\\\nd\"} "
          "1\nx{server=\"\\\\xff\\\\xfe\"} "
          "2\nx{server=\"\xC3\xBC\"} 4\n");
}

TEST_CASE("exposition: names are reduced to what the format allows") {
    CHECK(valid_name("http_req_stats_/a-b") == "http_req_stats__a_b");
    CHECK(valid_name("9lives") == "_9lives");
    CHECK(valid_name("") == "_");
    CHECK(valid_name("\xC3\xBC") == "__");
}

TEST_CASE("exposition: an empty family is left out") {
    Exposition exposition;
    static_cast<void>(exposition.family("nothing", Type::histogram, "of nothing"));
    CHECK(exposition.text().empty());
}

TEST_CASE("own series: level, findings, drift") {
    Own own;
    own.verdict.service = "nats";
    own.verdict.findings = {found("nats.connection.ok", Level::ok),
                            found("nats.stream.missing", Level::unhealthy),
                            found("nats.stream.missing", Level::unhealthy),
                            found("nats.stream.drift", Level::degraded, "2h"),
                            found("nats.disk.full", Level::degraded)};
    own.phase = Phase::drift;
    own.scrape = {.up = true, .start_time = 12.5, .unread = {"/jsz: late"}};
    Exposition exposition;
    expose_own(own, exposition);
    const std::string text = exposition.text();
    for (const char* line : {"arc_sidecar_up{service=\"nats\"} 1\n",
                             "arc_sidecar_level{service=\"nats\",level=\"unhealthy\"} 1\n",
                             "arc_sidecar_level{service=\"nats\",level=\"ok\"} 0\n",
                             "arc_sidecar_finding{service=\"nats\",code=\"nats.stream.missing\","
                             "level=\"unhealthy\"} 2\n",
                             "arc_sidecar_bootstrap_drift{service=\"nats\"} 3\n",
                             "arc_sidecar_bootstrap_done{service=\"nats\"} 0\n",
                             "arc_sidecar_server_start_time_seconds{service=\"nats\"} 12.5\n",
                             "arc_sidecar_scrape_errors{service=\"nats\"} 1\n"}) {
        CHECK_MESSAGE(text.contains(line), text);
    }
    CHECK(!text.contains("code=\"nats.connection.ok\""));
}

TEST_CASE("own series: a bootstrap that left only differences is done") {
    Own own;
    own.verdict.service = "nats";
    own.verdict.findings = {found("nats.stream.drift", Level::degraded, "2h")};
    const auto done = [&own](Phase phase) {
        own.phase = phase;
        Exposition exposition;
        expose_own(own, exposition);
        return exposition.text().contains("arc_sidecar_bootstrap_done{service=\"nats\"} 1\n");
    };
    CHECK(done(Phase::converged));
    CHECK(done(Phase::drift));
    CHECK(!done(Phase::pending));
    CHECK(!done(Phase::failing));
    own.verdict.findings.push_back(found("nats.stream.missing", Level::unhealthy));
    CHECK(!done(Phase::drift));
}

TEST_CASE("own series: a server that does not answer or is starting is not up") {
    Verdict verdict;
    CHECK(answers(verdict));
    verdict.findings = {found("pulsar.lookup.failed", Level::unhealthy)};
    CHECK(answers(verdict));
    verdict.findings.front().liveness = true;
    CHECK(!answers(verdict));
    verdict.findings = {found("redis.dataset.loading", Level::starting)};
    CHECK(!answers(verdict));
}
