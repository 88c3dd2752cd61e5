#include "pulsar/assess.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "codes.hpp"
#include "health/report.hpp"
#include "pulsar/findings.hpp"
#include "pulsar_fixtures.hpp"

using namespace arc;
using namespace arc::pulsar;
using namespace arc::pulsar::fixtures;

namespace {

// An agent's phase, or that there is none.
using Agent = std::optional<Phase>;

const Agent kPending{Phase::pending};
const Agent kConverged{Phase::converged};
const Agent kFailing{Phase::failing};

Verdict assess(const PulsarConfig& pulsar, Facts facts, Agent agent) {
    Config config = default_config();
    pulsar::config_of(config) = pulsar;
    facts.agent = agent;
    return assess(facts, config, agent == Phase::pending ? Level::starting : Level::unhealthy);
}

std::string line(const PulsarConfig& config, const Facts& facts, const Agent& agent = {}) {
    return headline(assess(config, facts, agent));
}

std::string line(const Facts& facts, const Agent& agent = {}) {
    return line(small_config(), facts, agent);
}

Objects& objects_of(Facts& facts) {
    return std::get<Objects>(facts.objects);
}

DeepResult& deep_of(Facts& facts) {
    return std::get<DeepFromAgent>(facts.deep).result;
}

const Finding* find(const Verdict& verdict, std::string_view code) {
    const auto found = std::ranges::find(verdict.findings, testing::code(code), &Finding::code);
    return found == verdict.findings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("pulsar: a good broker's first line says what was verified, and each stage has a line") {
    const Verdict verdict = assess(small_config(), good_facts(), {});
    CHECK(headline(verdict) ==
          "ok: pulsar: Pulsar 3.3.6: 1 tenant, 1 namespace, 1 topic as declared, deep health ok 12 "
          "s ago");
    CHECK(verdict.findings.size() == 8);
    for (const char* code : {"pulsar.connection.ok", "pulsar.broker.ok", "pulsar.cluster.ok",
                             "pulsar.public_default.ok", "pulsar.health.ok"}) {
        CAPTURE(code);
        REQUIRE(find(verdict, code) != nullptr);
        CHECK(find(verdict, code)->level == Level::ok);
    }
}

TEST_CASE("pulsar: a broker that is climbing is starting, with its stage first") {
    Facts facts = good_facts();
    facts.clusters = Names{};
    CHECK(line(facts) ==
          "starting: pulsar: stage 3 of 6: the cluster standalone is not registered yet");
    CHECK(line(facts, kPending).starts_with("starting: pulsar: stage 3 of 6: "));
}

TEST_CASE("pulsar: a broker that had been further, or was waited for in vain, is not starting") {
    Facts facts = good_facts();
    facts.clusters = Names{};
    CHECK(line(facts, kConverged).starts_with("unhealthy: pulsar: the cluster standalone"));
    CHECK(line(facts, kFailing).starts_with("unhealthy: "));
}

TEST_CASE("pulsar: nobody listening is starting only while the agent waits for it") {
    Facts facts;
    facts.binary_port = error(ErrorKind::refused, "127.0.0.1:6650: Connection refused");
    CHECK(line(facts) ==
          "unhealthy: pulsar: the binary port cannot be reached (127.0.0.1:6650: Connection "
          "refused). Check the server's log.");
    CHECK(line(facts, kPending) ==
          "starting: pulsar: stage 1 of 6: the binary port cannot be reached (127.0.0.1:6650: "
          "Connection refused)");
    CHECK(line(facts, kConverged).starts_with("unhealthy: "));
}

TEST_CASE("pulsar: our own want of descriptors is about the sidecar, at every stage") {
    const auto lack = [] {
        return error(ErrorKind::shortage, "127.0.0.1:8080: Too many open files");
    };
    const std::string words =
        "degraded: pulsar: the sidecar itself ran out of a resource, so the server was not "
        "queried: 127.0.0.1:8080: Too many open files";
    Facts facts;
    facts.binary_port = lack();
    CHECK(line(facts).starts_with(words));
    facts = good_facts();
    facts.ready = lack();
    CHECK(line(facts).starts_with(words));
    facts = good_facts();
    facts.clusters = lack();
    CHECK(line(facts).starts_with(words));
    facts = good_facts();
    facts.objects = lack();
    CHECK(line(facts).starts_with(words));
    CHECK(line(facts, kPending).starts_with("starting: pulsar: "));
}

TEST_CASE("pulsar: silence is unhealthy, said as health that did not answer") {
    Facts facts = good_facts();
    facts.ready = error(ErrorKind::timeout,
                        "did not answer in 3.0 s (/admin/v2/brokers/ready on 127.0.0.1:8080)");
    CHECK(line(facts).starts_with("unhealthy: pulsar: health did not answer in 3.0 s"));
    facts = good_facts();
    facts.deep = DeepAsked{{Level::unhealthy, "health did not answer in 2.9 s", 1}};
    CHECK(line(facts).starts_with("unhealthy: pulsar: health did not answer in 2.9 s"));
    CHECK(
        line(facts, kPending).starts_with("starting: pulsar: stage 6 of 6: health did not answer"));
}

TEST_CASE("pulsar: what the token may see is judged beside what it may not") {
    Facts facts = good_facts();
    objects_of(facts).tenants["t"] = Denied{"/admin/v2/tenants/t answered 401"};
    const Verdict verdict = assess(small_config(), facts, {});
    CHECK(
        headline(verdict).starts_with("degraded: pulsar: the token is not a superuser's and does "
                                      "not permit /admin/v2/tenants/t. Set a superuser's token"));
    CHECK(std::ranges::count(verdict.findings, pulsar::PulsarCode("pulsar.tenant.missing"),
                             &Finding::code) == 0);
    CHECK(std::ranges::count(verdict.findings, pulsar::PulsarCode("pulsar.topic.ok"),
                             &Finding::code) == 1);
}

TEST_CASE("pulsar: the canary beside deep health") {
    Facts facts = good_facts();
    deep_of(facts).canary = CanaryResult{Level::ok, "a test message was stored in a new ledger"};
    CHECK(line(facts).starts_with("ok: "));
    deep_of(facts).canary =
        CanaryResult{Level::degraded, "no test message was sent (/admin answered 401)"};
    CHECK(line(facts).starts_with(
        "degraded: pulsar: no test message was sent (/admin answered 401). Permit"));
    deep_of(facts).canary =
        CanaryResult{Level::unhealthy, "a test message was not acknowledged in 2.9 s"};
    CHECK(line(facts) ==
          "unhealthy: pulsar: a test message was not acknowledged in 2.9 s. Check the server's "
          "log, then restart the server.");
}

TEST_CASE("pulsar: authentication is told as such, and a weak token only degrades") {
    Facts facts = good_facts();
    facts.ready = error(ErrorKind::auth);
    CHECK(line(facts, kPending)
              .starts_with("unhealthy: pulsar: the broker requires a token, or rejects"));
    facts = good_facts();
    facts.clusters = error(ErrorKind::auth);
    facts.public_namespaces = error(ErrorKind::auth);
    objects_of(facts).tenants["t"] = Denied{"/admin/v2/tenants/t answered 401"};
    facts.deep = DeepAsked{{Level::degraded, "the token is not a superuser's", 1}};
    CHECK(line(facts).starts_with("degraded: pulsar: the token is not a superuser's"));
}

TEST_CASE("pulsar: absent objects are unhealthy, or a stage while they are being made") {
    Facts facts = good_facts();
    facts.objects = nothing_there();
    CHECK(line(facts) ==
          "unhealthy: pulsar: tenant t is missing. Run `arc-sidecar bootstrap pulsar`.");
    CHECK(line(facts, kPending) == "starting: pulsar: stage 5 of 6: tenant t is missing");
    CHECK(find(assess(small_config(), facts, {}), "pulsar.topic.missing") != nullptr);
}

TEST_CASE("pulsar: an object that differs is degraded, with both values") {
    Facts facts = good_facts();
    objects_of(facts).topics["t/n/x"] = TopicFacts{.partitions = 5};
    std::get<TenantSpec>(objects_of(facts).tenants["t"]).admin_roles = {"ops"};
    const Verdict verdict = assess(small_config(), facts, kConverged);
    CHECK(verdict.level() == Level::degraded);
    CHECK(find(verdict, "pulsar.topic.drift")->measured == "5");
    CHECK(find(verdict, "pulsar.topic.drift")->wanted == "3");
    CHECK(find(verdict, "pulsar.tenant.drift")->text == "admin_roles of tenant t");
    CHECK(find(verdict, "pulsar.tenant.drift")->measured == "ops");
    CHECK(find(verdict, "pulsar.tenant.drift")->wanted == "none");
}

TEST_CASE("pulsar: a topic that is not partitioned is not one with fewer partitions") {
    Facts facts = good_facts();
    objects_of(facts).topics["t/n/x"] = TopicFacts{.partitions = 0};
    CHECK(line(facts).starts_with(
        "degraded: pulsar: partitions of topic t/n/x is 0, declared 3. Run"));
}

TEST_CASE("pulsar: where clients are sent matters only where it is declared") {
    PulsarConfig config = small_config();
    Facts facts = good_facts();
    CHECK(line(config, facts).starts_with("ok: "));
    config.advertised = {"arc-streaming", {"test", true}};
    facts.broker_url = std::string{"pulsar://arc-streaming:6650"};
    CHECK(line(config, facts).starts_with("ok: "));
    for (const char* url :
         {"pulsar://localhost:6650", "pulsar://127.0.0.1:6650", "pulsar://[::1]:6650"}) {
        CAPTURE(url);
        facts.broker_url = std::string{url};
        CHECK(assess(config, facts, {}).worst()->code == "pulsar.advertised.loopback");
        CHECK(assess(config, facts, {}).level() == Level::degraded);
    }
    facts.broker_url = std::string{"pulsar://elsewhere:6650"};
    CHECK(assess(config, facts, {}).worst()->code == "pulsar.advertised.drift");
    config.advertised = {"localhost", {"test", true}};
    facts.broker_url = std::string{"pulsar://localhost:6650"};
    CHECK(assess(config, facts, {}).level() == Level::ok);
}

TEST_CASE(
    "pulsar: a lookup that fails is degraded; one that another broker answers is not verified") {
    PulsarConfig config = small_config();
    config.advertised = {"arc-streaming", {"test", true}};
    Facts facts = good_facts();
    facts.broker_url = error(ErrorKind::rejected);
    CHECK(assess(config, facts, {}).worst()->code == "pulsar.lookup.failed");
    facts.broker_url = OtherBroker{};
    CHECK(assess(config, facts, {}).worst()->code == "pulsar.advertised.unverified");
}

TEST_CASE("pulsar: a deep question of another process is waited for by nobody") {
    Facts facts = good_facts();
    facts.deep = DeepBusy{};
    CHECK(line(facts) ==
          "degraded: pulsar: health is not verified, another process is asking. "
          "Raise `--timeout`, or set a superuser's token (docs/permissions.md).");
    CHECK(line(facts, kPending).starts_with("starting: pulsar: stage 6 of 6"));
    facts.deep =
        DeepBusy{DeepFromAgent{{Level::unhealthy, "health did not answer in 10.0 s", 1}, 100'000}};
    CHECK(
        line(facts).starts_with("unhealthy: pulsar: health did not answer in 10.0 s (100 s ago), "
                                "another process is asking"));
    facts.deep = DeepNoTime{};
    CHECK(line(facts).starts_with("degraded: pulsar: health is not verified, no time was left"));
}

TEST_CASE("pulsar: a first line fits whatever the objects are called") {
    PulsarConfig config = small_config();
    config.tenants.front().name = std::string(300, 'x');
    CHECK(line(config, good_facts()).size() < 200);
}

TEST_CASE(
    "pulsar: a full disk is the cause of a failed deep probe, and a nearly full one is named") {
    Facts facts = good_facts();
    PulsarConfig config = small_config();
    config.data_dir = {"/pulsar/data", {"test", true}};
    VolumeFacts volume;
    volume.size = 100 << 20;
    volume.available = 50 << 20;
    volume.mounted = true;
    facts.volume = volume;
    CHECK(line(config, facts).starts_with("ok: "));
    facts.volume->available = 4 << 20;
    CHECK(line(config, facts)
              .starts_with(
                  "degraded: pulsar: /pulsar/data has 4 MiB free of 100 MiB. Free disk space"));
    facts.volume->available = 0;
    facts.deep = DeepAsked{{Level::unhealthy, "health did not answer in 2.9 s", 1}};
    CHECK(line(config, facts).starts_with("unhealthy: pulsar: /pulsar/data has 0 B free of"));
    CHECK(find(assess(config, facts, {}), "pulsar.health.failed") != nullptr);
    facts = Facts{};
    facts.binary_port = error(ErrorKind::refused);
    facts.volume = volume;
    facts.volume->available = 0;
    CHECK(line(config, facts).starts_with("unhealthy: pulsar: /pulsar/data has 0 B free of"));
}

TEST_CASE("pulsar: silence soon after the bootstrap is starting, until deep health was ok once") {
    Facts facts = good_facts();
    facts.is_young = true;
    facts.deep = DeepAsked{{Level::unhealthy, "health did not answer in 2.9 s", 1}};
    CHECK(line(facts, kConverged).starts_with("starting: pulsar: stage 6 of 6: health did not"));
    facts.objects = error(ErrorKind::timeout, "did not answer in 2.9 s");
    CHECK(line(facts, kConverged).starts_with("starting: pulsar: stage 5 of 6: health did not"));
    facts.objects = nothing_there();
    CHECK(line(facts, kConverged).starts_with("unhealthy: pulsar: tenant t is missing"));
    facts = good_facts();
    facts.is_young = true;
    facts.ready = error(ErrorKind::timeout, "did not answer in 2.9 s");
    CHECK(line(facts, kConverged).starts_with("starting: pulsar: stage 2 of 6: health did not"));
    facts.is_young = false;
    CHECK(line(facts, kConverged).starts_with("unhealthy: pulsar: health did not"));
}

TEST_CASE("pulsar: a topic whose backlog was not read is named") {
    Facts facts = good_facts();
    objects_of(facts).use_complete = false;
    CHECK(line(facts).starts_with(
        "degraded: pulsar: the backlog of 1 topic is not verified, no time was left. "));
}
