#include <doctest/doctest.h>

#include "nats/metrics.hpp"
#include "nats/wire.hpp"

using namespace arc;
using namespace arc::nats;

namespace {

Result<HttpResponse> answer(std::string body, int status = 200) {
    return HttpResponse{status, std::move(body)};
}

MonitorAnswers good() {
    return {
        .varz = answer(
            R"({"server_id":"NABC","server_name":"flash","version":"2.10.27","start":"2026-11-25T09:32:07.5Z","cpu":0.5,
                               "cluster":{},"leaf":{"x":1},"gateway":{"port":7},"http_req_stats":{"/":1,"/jsz":2,"/varz":3},
                               "jetstream":{"stats":{"api":{"total":10}}},"now":"2026-11-25T09:32:08Z","tls_required":true})"),
        .connz = answer(
            R"({"server_id":"NABC","num_connections":2,"connections":[{"cid":1,"in_msgs":5},{"cid":2,"in_msgs":7}]})"),
        .jsz = answer(
            R"({"server_id":"NABC","streams":1,"config":{"max_memory":18446744073709551615,"domain":"hub"},
                              "account_details":[{"name":"$G","id":"$G","reserved_memory":18446744073709551615,
                              "stream_detail":[{"name":"A","cluster":{"leader":"flash"},"state":{"messages":3},"config":{"max_msgs":-1},
                              "consumer_detail":[{"name":"c1","num_pending":4,"config":{"description":"d"}},{"name":"c2"}]}]}]})"),
        .healthz = answer(R"({"status":"ok"})")};
}

struct Exposed {
    metrics::Scrape scrape;
    std::string text;
};

Exposed exposed(const MonitorAnswers& answers, MetricsMemory& memory) {
    metrics::Exposition exposition;
    Exposed result;
    result.scrape = expose(answers, memory, exposition);
    result.text = exposition.text();
    return result;
}

}  // namespace

TEST_CASE("nats metrics: numbers by their path, moments in milliseconds, texts in a label") {
    MetricsMemory memory;
    const auto [scrape, text] = exposed(good(), memory);
    CHECK(scrape.up);
    CHECK(scrape.unread.empty());
    CHECK(scrape.start_time == 1795599127.5);
    for (const char* line : {"gnatsd_varz_cpu{server_id=\"flash\"} 0.5\n",
                             "gnatsd_varz_http_req_stats{server_id=\"flash\"} 1\n",
                             "gnatsd_varz_http_req_stats_jsz{server_id=\"flash\"} 2\n",
                             "gnatsd_varz_jetstream_stats_api_total{server_id=\"flash\"} 10\n",
                             "gnatsd_varz_start{server_id=\"flash\"} 1795599127500\n",
                             "gnatsd_varz_version{server_id=\"flash\",value=\"2.10.27\"} 1\n",
                             "gnatsd_connz_in_msgs{server_id=\"flash\"} 12\n",
                             "gnatsd_healthz_status{server_id=\"flash\"} 0\n",
                             "gnatsd_healthz_status_value{server_id=\"flash\",value=\"ok\"} 1\n"}) {
        CHECK_MESSAGE(text.contains(line), line, text);
    }
    for (const char* absent : {"gnatsd_varz_now", "tls_required", "gateway_port", "varz_leaf"}) {
        CHECK_MESSAGE(!text.contains(absent), absent);
    }
}

TEST_CASE("nats metrics: no limit is -1, not 1.8e19") {
    MetricsMemory memory;
    const std::string text = exposed(good(), memory).text;
    CHECK(text.contains("is_meta_leader=\"true\"} -1\n"));
    CHECK(text.contains("jetstream_account_max_memory{"));
    CHECK(!text.contains("e+19"));
    CHECK(!text.contains("18446744073709551615"));
}

TEST_CASE("nats metrics: a consumer without a description does not get another's") {
    MetricsMemory memory;
    const std::string text = exposed(good(), memory).text;
    CHECK(
        text.contains("consumer_name=\"c1\",consumer_leader=\"\",is_consumer_leader=\"true\","
                      "consumer_desc=\"d\"} 4\n"));
    CHECK(
        text.contains("consumer_name=\"c2\",consumer_leader=\"\",is_consumer_leader=\"true\","
                      "consumer_desc=\"\"} 0\n"));
}

TEST_CASE("nats metrics: nobody answers") {
    MetricsMemory memory;
    static_cast<void>(exposed(good(), memory));
    const auto silence = [] {
        return std::unexpected(Error{ErrorKind::refused, "127.0.0.1:8223 refused the connection"});
    };
    const auto [scrape, text] = exposed({silence(), silence(), silence(), silence()}, memory);
    CHECK(!scrape.up);
    CHECK(scrape.unread.front() == "/varz: 127.0.0.1:8223 refused the connection");
    CHECK(text.ends_with(
        "\ngnatsd_healthz_status_value{server_id=\"flash\",value=\"unreachable\"} 0\n"));
    CHECK(!text.contains("gnatsd_varz"));
    CHECK(!text.contains("gnatsd_healthz_status{"));
}

TEST_CASE("nats metrics: it recovers its streams, or answers in part") {
    MetricsMemory memory;
    MonitorAnswers answers = good();
    answers.healthz = answer(
        R"({"status":"unavailable","status_code":503,"error":"JetStream is still recovering meta layer"})",
        503);
    CHECK(!exposed(answers, memory).scrape.up);
    answers = good();
    answers.jsz = answer("<html>", 502);
    const auto [scrape, text] = exposed(answers, memory);
    CHECK(scrape.up);  // it answers
    CHECK(scrape.unread.front() == "/jsz: HTTP 502, not the answer of a nats-server's monitor");
    CHECK(text.contains("gnatsd_varz_cpu"));
    CHECK(!text.contains("jetstream_server"));
}

TEST_CASE(
    "nats metrics: what closed connections had moved stays counted, until the server is another "
    "one") {
    ConnectionTotals totals;
    CHECK(totals.add("run1", {{1, {.in_msgs = 5}}, {2, {.in_msgs = 7}}}).in_msgs == 12);
    CHECK(totals.add("run1", {{2, {.in_msgs = 8}}}).in_msgs == 13);
    CHECK(totals.add("run1", {{2, {.in_msgs = 8}}, {3, {.in_msgs = 1}}}).in_msgs == 14);
    CHECK(totals.add("run1", {}).in_msgs == 14);
    CHECK(totals.add("run2", {{1, {.in_msgs = 2}}}).in_msgs == 2);
}

TEST_CASE("nats metrics: RFC 3339") {
    CHECK(parse_time("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_time("1970-01-01T02:00:00.25+02:00") == 0.25);
    CHECK(parse_time("1969-12-31T22:00:00-02:00") == 0);
    CHECK(!parse_time("yesterday"));
    CHECK(!parse_time("1970-01-01T00:00:00"));
    CHECK(!parse_time(""));
}
