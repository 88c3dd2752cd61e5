#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/variant.hpp"
#include "nats/wire.hpp"

using namespace arc;
using namespace arc::nats;
using std::chrono::hours;

namespace {

// As nats-server 2.10.27 answers, with two fields that this program does not know.
const char* const kInfo =
    R"({"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,"limit":0,
"config":{"name":"A","description":"d","subjects":["a.>","b"],"retention":"interest","max_consumers":-1,"max_msgs":7,"max_bytes":1024,
"max_age":86400000000000,"max_msgs_per_subject":3,"max_msg_size":512,"discard":"new","storage":"memory","num_replicas":1,
"duplicate_window":120000000000,"compression":"s2","allow_direct":true,"mirror_direct":false,"sealed":true,"deny_delete":true,
"deny_purge":true,"allow_rollup_hdrs":true,"consumer_limits":{"inactive_threshold":5},"metadata":{"_nats.ver":"2.12.0","mine":"1"}},
"created":"2026-01-01T00:00:00Z","state":{"messages":3,"bytes":90,"consumer_count":2,"first_ts":"2026-01-01T00:00:00Z"},
"discarded":0,"ts":"2026-01-01T01:00:00Z"})";

}  // namespace

TEST_CASE("nats wire: a stream's configuration") {
    const auto stream = parse_stream(kInfo, KeepRaw::no);
    REQUIRE(stream);
    const StreamSpec& spec = stream->spec;
    CHECK(spec.name == "A");
    CHECK(spec.subjects == std::vector<std::string>{"a.>", "b"});
    CHECK(spec.retention == "interest");
    CHECK(spec.storage == "memory");
    CHECK(spec.discard == "new");
    CHECK(spec.compression == "s2");
    CHECK(spec.max_age == hours{24});
    CHECK(spec.max_msgs == 7);
    CHECK(spec.max_bytes == 1024);
    CHECK(spec.max_msg_size == 512);
    CHECK(spec.max_msgs_per_subject == 3);
    CHECK(spec.allow_direct);
    CHECK(spec.deny_delete);
    CHECK(spec.deny_purge);
    CHECK(spec.allow_rollup);
    REQUIRE(stream->others.size() == 3);
    CHECK(stream->others[0].name == "consumer_limits");
    CHECK(stream->others[0].value == R"({"inactive_threshold":5})");
    CHECK(stream->others[1].value == R"({"mine":"1"})");  // metadata, without that of the server
    CHECK(stream->others[2].name == "sealed");
    CHECK(stream->others[2].value == "yes");
    CHECK(stream->use.messages == 3);
    CHECK(stream->use.bytes == 90);
    CHECK(stream->use.consumers == 2);
    CHECK(stream->use.oldest == hours{1});
    CHECK_FALSE(stream->raw_config);
}

TEST_CASE("nats wire: where a stream's copies are") {
    const auto copies = [](const std::string& cluster) {
        return parse_stream(R"({"config":{"name":"A"},"cluster":)" + cluster + "}", KeepRaw::no)
            ->copies;
    };
    const Copies well =
        copies(R"({"name":"c","leader":"n1","replicas":[{"name":"n0","current":true,"active":123},
        {"name":"n2","current":false,"active":5000000,"lag":7}]})");
    CHECK_FALSE(well.leaderless);
    CHECK(well.servers == std::vector<std::string>{"n1", "n0", "n2"});
    CHECK(well.lost.empty());  // n2 is a little behind
    // Not heard of for long, never since the leader was chosen, and gone by its own word.
    const Copies lost =
        copies(R"({"leader":"n1","replicas":[{"name":"n0","current":false,"active":10000000000},
        {"name":"n2","current":false,"active":0,"lag":3},{"name":"n3","current":false,"offline":true,"active":5}]})");
    CHECK(lost.lost == std::vector<std::string>{"n0", "n2", "n3"});
    const Copies headless =
        copies(R"({"name":"c","replicas":[{"name":"n0","current":false,"active":6580000000}]})");
    CHECK(headless.leaderless);
    CHECK(headless.servers == std::vector<std::string>{"n0"});
    CHECK_FALSE(copies(R"({"leader":"alone"})").leaderless);
    CHECK_FALSE(copies("null").leaderless);
    CHECK(copies(R"({"leader":"n1","replicas":[7,{"name":5}]})").servers.size() == 3);
}

TEST_CASE("nats wire: an update edits what the server sent and nothing else") {
    const auto stream = parse_stream(kInfo, KeepRaw::yes);
    REQUIRE(stream);
    StreamSpec wanted = stream->spec;
    wanted.max_age = hours{48};
    wanted.description = "ignored: not among the changes";
    const std::vector<Difference> changes{{"max_age", "24h", "48h", ""}};
    const auto before = nlohmann::json::parse(*stream->raw_config);
    const auto after = nlohmann::json::parse(update_request(*stream->raw_config, wanted, changes));
    auto expected = before;
    expected["max_age"] = 172800000000000;
    CHECK(after == expected);
    CHECK(after["metadata"]["mine"] == "1");
    CHECK(after["consumer_limits"]["inactive_threshold"] == 5);
    CHECK(update_request("no JSON", wanted, changes).empty());
}

TEST_CASE("nats wire: errors of the API") {
    const auto missing = parse_stream(
        R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})", KeepRaw::no);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().err_code == 10059);
    CHECK(describe(missing.error()) == "stream not found (err_code 10059)");
    for (const char* odd : {"", "null", "[]", "{", "{}", R"({"config":7})", R"({"error":"x"})"}) {
        CAPTURE(odd);
        const auto stream = parse_stream(odd, KeepRaw::no);
        REQUIRE_FALSE(stream);
        CHECK_FALSE(stream.error().err_code);
    }
}

TEST_CASE("nats wire: values of another type read as absent") {
    const auto stream = parse_stream(
        R"({"config":{"name":5,"subjects":["a",7,null],"max_age":"24h","max_msgs":1.5,"sealed":"yes","mirror":[],
        "max_bytes":18446744073709551615}})",
        KeepRaw::no);
    REQUIRE(stream);
    CHECK(stream->spec.name.empty());
    CHECK(stream->spec.subjects == std::vector<std::string>{"a"});
    CHECK_FALSE(stream->spec.max_age);
    CHECK_FALSE(stream->spec.max_msgs);
    CHECK(stream->spec.max_bytes == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(stream->mirror);
}

TEST_CASE(
    "nats wire: what is created is spelled out, and nothing that an old or strict server does not "
    "know") {
    StreamSpec spec;
    spec.name = "SYSTEM_METRICS";
    spec.subjects = {"metrics.>"};
    spec.max_age = hours{6};
    const auto request = nlohmann::json::parse(create_request(spec));
    const auto expected = nlohmann::json::parse(
        R"({"name":"SYSTEM_METRICS","subjects":["metrics.>"],"retention":"limits","max_consumers":-1,
        "max_msgs":-1,"max_bytes":-1,"max_age":21600000000000,"max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old","storage":"file",
        "num_replicas":1,"duplicate_window":120000000000,"allow_direct":false,"deny_delete":false,"deny_purge":false,
        "allow_rollup_hdrs":false})");
    CHECK(request == expected);
    spec.compression = "s2";
    spec.description = "d";
    const auto more = nlohmann::json::parse(create_request(spec));
    CHECK(more["compression"] == "s2");
    CHECK(more["description"] == "d");
}

TEST_CASE("nats wire: a page of streams") {
    const auto page = parse_stream_page(
        R"({"total":300,"offset":0,"limit":256,"streams":[{"config":{"name":"A","subjects":["a"]}},{"config":
        {"name":"M","mirror":{"name":"A"}}},{"state":{}}]})");
    REQUIRE(page);
    CHECK(page->total == 300);
    REQUIRE(page->streams.size() == 2);
    CHECK(page->streams[1].mirror == "A");
    CHECK(page_request(256) == R"({"offset":256})");
    CHECK(parse_stream_page(R"({"total":0,"streams":null})")->streams.empty());
}

TEST_CASE("nats wire: /healthz with and without details") {
    const auto good = parse_healthz(200, R"({"status":"ok"})");
    REQUIRE(good);
    CHECK(good->problems.empty());
    const auto details = parse_healthz(
        503, R"({"status":"error","errors":[{"type":"STREAM","account":"$G","stream":"A",
        "error":"JetStream stream '$G > A' could not be recovered"},{"type":"STREAM","error":"JetStream stream '$G > B' could not be recovered"},
        {"type":"STREAM","error":"JetStream stream '$G > .GONE' could not be recovered"}]})");
    REQUIRE(details);
    CHECK(details->complete);
    REQUIRE(details->problems.size() == 2);
    CHECK(std::get<HealthProblem::Damaged>(details->problems[0].cause).stream == "A");
    CHECK(std::get<HealthProblem::Damaged>(details->problems[1].cause).stream == "B");
    const auto plain = parse_healthz(
        503,
        R"({"status":"unavailable","error":"JetStream stream '$G > A' could not be recovered"})");
    REQUIRE(plain);
    CHECK_FALSE(plain->complete);
    CHECK(std::get<HealthProblem::Damaged>(plain->problems.front().cause).stream == "A");
    const auto later = parse_healthz(
        503,
        R"({"status":"error","errors":[{"error":"JetStream is still recovering meta layer"}]})");
    CHECK(holds<HealthProblem::Leaderless>(later->problems.front().cause));
    const auto alone = parse_healthz(
        503,
        R"({"status":"unavailable","error":"JetStream has not established contact with a meta leader"})");
    CHECK(holds<HealthProblem::Leaderless>(alone->problems.front().cause));
    const auto behind = parse_healthz(
        503, R"({"status":"unavailable","error":"JetStream is not current with the meta leader"})");
    CHECK(holds<HealthProblem::Recovering>(behind->problems.front().cause));
    const auto stuck = parse_healthz(
        503, R"({"status":"error","errors":[{"type":"STREAM","account":"$G","stream":"A",
        "error":"JetStream stream '$G > A' write error: write /data/jetstream/$G > x/2.blk: no space left on device"}]})");
    CHECK(std::get<HealthProblem::Stuck>(stuck->problems.front().cause).stream == "A");
    CHECK_FALSE(parse_healthz(200, "<html>"));
    CHECK_FALSE(parse_healthz(200, "[]"));
}

TEST_CASE("nats wire: /varz") {
    const auto varz = parse_varz(
        R"({"server_id":"ND","version":"2.10.27","port":4222,"jetstream":{"config":{"max_memory":100,"max_storage":200,
        "store_dir":"/data/jetstream"},"stats":{"memory":1,"storage":2,"reserved_memory":3,"reserved_storage":4}}})");
    REQUIRE(varz);
    CHECK(varz->version == "2.10.27");
    REQUIRE(varz->jetstream);
    CHECK(varz->jetstream->store_dir == "/data/jetstream");
    CHECK(varz->jetstream->file.used == 2);
    CHECK(varz->jetstream->file.reserved == 4);
    CHECK(varz->jetstream->file.limit == 200);
    CHECK(varz->jetstream->memory.limit == 100);
    const auto off =
        parse_varz(R"({"server_id":"ND","version":"2.10.27","port":4222,"jetstream":{}})");
    REQUIRE(off);
    CHECK_FALSE(off->jetstream);
    CHECK_FALSE(off->uptime);
    CHECK_FALSE(parse_varz(R"({"version":"2"})"));
    const auto started = parse_varz(
        R"({"server_id":"ND","start":"2026-01-01T10:00:00.5Z","now":"2026-01-01T11:00:02+01:00"})");
    REQUIRE(started);
    CHECK(started->uptime == std::chrono::milliseconds{1'500});
    const auto turned = parse_varz(
        R"({"server_id":"ND","start":"2026-01-01T10:00:01Z","now":"2026-01-01T10:00:00Z"})");
    REQUIRE(turned);
    CHECK_FALSE(turned->uptime);
}

TEST_CASE("nats wire: JetStream of a connection's account") {
    CHECK(parse_connection_account(R"({"connections":[{"cid":7,"account":"APP"}]})") == "APP");
    CHECK(parse_connection_account(R"({"connections":[{"cid":7}]})") == "$G");
    CHECK_FALSE(parse_connection_account(R"({"connections":[]})"));
    CHECK_FALSE(parse_connection_account(R"({"connections":[7]})"));
    CHECK_FALSE(parse_connection_account("<html>"));
    const auto on = parse_account_jetstream(
        R"({"config":{"domain":"hub"},"account_details":[{"name":"APP","api":{"total":5}}]})");
    CHECK(on.enabled);
    CHECK_FALSE(on.clustered);
    CHECK(on.domain == "hub");
    CHECK(on.answered == 5);
    CHECK(parse_account_jetstream(R"({"meta_cluster":{"name":"c"},"account_details":[{}]})")
              .clustered);
    CHECK_FALSE(parse_account_jetstream(R"({"disabled":true,"config":{}})").enabled);
    CHECK_FALSE(parse_account_jetstream("").enabled);
    CHECK(parse_domain(R"({"domain":"hub"})") == "hub");
    CHECK_FALSE(parse_domain(R"({"streams":0})")->has_value());
    CHECK_FALSE(parse_domain(R"({"error":{"code":503}})"));
}

TEST_CASE("nats wire: any answer's error") {
    CHECK_FALSE(
        api_error(R"({"type":"io.nats.jetstream.api.v1.account_info_response","memory":0})"));
    CHECK(
        api_error(
            R"({"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}})")
            ->err_code == 10039);
    CHECK_FALSE(api_error("nonsense")->err_code);
}

TEST_CASE("nats wire: a newer server's fields that are false, 0 or empty are no difference") {
    const auto others = [](const std::string& field) {
        return parse_stream(R"({"config":{"name":"A",)" + field + "}}", KeepRaw::no)->others;
    };
    for (const char* empty :
         {"false", "0", "0.0", R"("")", "null", "[]", "{}", R"({"a":0,"b":[""]})"}) {
        CHECK(others(std::string(R"("new":)") + empty).empty());
    }
    for (const char* value : {"true", "1", "-1", R"("x")", "[0,1]", R"({"a":{"b":true}})"}) {
        const auto found = others(std::string(R"("new":)") + value);
        REQUIRE(found.size() == 1);
        CHECK(found.front().name == "new");
    }
    CHECK(others(R"("metadata":{"_nats.level":"5","_nats.ver":"2.15.2"})").empty());
    CHECK(others(R"("metadata":{"_nats.level":"5","owner":"me"})").front().value ==
          R"({"owner":"me"})");
}

TEST_CASE("nats wire: an update removes what is not declared and keeps the rest") {
    StreamSpec spec;
    spec.name = "A";
    spec.max_msgs = 5;
    const std::vector<Difference> changes{{.field = "max_msgs", .measured = "", .wanted = ""},
                                          {.field = "republish", .measured = "", .wanted = ""}};
    const auto update = nlohmann::json::parse(
        update_request(R"({"name":"A","max_msgs":9,"republish":{"src":"a"},"metadata":{"x":"y"}})",
                       spec, changes));
    CHECK(update == nlohmann::json::parse(R"({"name":"A","max_msgs":5,"metadata":{"x":"y"}})"));
}
