// Whether a restart helps: the rules, what is known of a server, and both together.
#include "health/restart.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "codes.hpp"
#include "config/config.hpp"
#include "health/catalogue.hpp"
#include "health/report.hpp"
#include "nats/assess.hpp"
#include "redis/gather.hpp"
#include "redis/restart.hpp"
#include "redis_fixtures.hpp"
#include "temporary.hpp"

using namespace arc;
using Data = RestartFacts::Data;

namespace {

Finding finding(std::string_view code, Level level = Level::unhealthy, bool liveness = false) {
    return {.code = testing::code(code),
            .level = level,
            .text = "t",
            .measured = {},
            .wanted = {},
            .advice = {},
            .liveness = liveness};
}

RestartFacts known(Data data) {
    return {.data = data, .why = data == Data::at_stake ? "the append-only file is off" : ""};
}

}  // namespace

TEST_CASE("restart: what it does about each condition, by what is known") {
    struct Row {
        const char* code;
        bool silent;
        Restart safe, at_stake, unknown;
    };
    using enum Restart;
    const std::vector<Row> rows{
        // Nothing answers: a restart is what is left.
        {"nats.connection.timeout", true, helps, harms, neither},
        {"nats.connection.refused", true, helps, harms, neither},
        {"redis.connection.timeout", true, helps, harms, neither},
        {"redis.connection.refused", true, helps, harms, neither},
        {"pulsar.connection.refused", true, helps, harms, neither},
        {"pulsar.connection.timeout", true, helps, harms, neither},
        // Something answers, and a restart is known to mend it.
        {"nats.stream.stuck", false, helps, harms, neither},
        {"pulsar.canary.failed", false, helps, harms, neither},
        {"pulsar.health.failed", false, helps, harms, neither},
        // The same codes when something answers, and what no restart mends.
        {"nats.connection.refused", false, neither, harms, neither},  // it listens on another port
        {"pulsar.broker.unready", false, neither, harms, neither},
        {"nats.authentication.failed", false, neither, harms, neither},
        {"nats.connection.tls", false, neither, harms, neither},
        {"nats.connection.unresolved", true, neither, harms, neither},
        {"nats.connection.unreachable", true, neither, harms, neither},
        {"nats.cluster.leaderless", false, neither, harms, neither},
        {"nats.stream.leaderless", false, neither, harms, neither},
        {"nats.jetstream.disabled", false, neither, harms, neither},
        {"nats.jetstream.timeout", false, neither, harms, neither},
        {"nats.stream.missing", false, neither, harms, neither},
        {"nats.disk.full", false, neither, harms, neither},
        {"redis.authentication.failed", false, neither, harms, neither},
        {"redis.authentication.required", false, neither, harms, neither},
        {"redis.cluster.down", false, neither, harms, neither},
        {"redis.memory.full", false, neither, harms, neither},
        {"redis.canary.failed", false, neither, harms, neither},
        {"redis.appendonly.drift", false, neither, harms, neither},
        {"pulsar.authentication.failed", false, neither, harms, neither},
        {"pulsar.topic.missing", false, neither, harms, neither},
        // It would lose data, or do more harm to it, whatever else is known.
        {"redis.aof_write.failed", false, harms, harms, harms},
        {"redis.persistence.failed", false, harms, harms, harms},
        {"nats.stream.damaged", false, harms, harms, harms},
        {"nats.store.outside", false, harms, harms, harms},
        {"nats.store.unmounted", false, harms, harms, harms},
        {"nats.store.volatile", false, harms, harms, harms},
    };
    for (const Row& row : rows) {
        CAPTURE(row.code);
        const Finding bad = finding(row.code, Level::unhealthy, row.silent);
        CHECK(restart_effect(bad, known(Data::safe)) == row.safe);
        CHECK(restart_effect(bad, known(Data::at_stake)) == row.at_stake);
        CHECK(restart_effect(bad, known(Data::unknown)) == row.unknown);
        CHECK(restart_effect(finding(row.code, Level::starting, row.silent),
                             known(Data::at_stake)) == neither);
        CHECK(restart_effect(finding(row.code, Level::ok), known(Data::at_stake)) == neither);
    }
}

TEST_CASE("restart: a full disk or a missing way there is not mended by it") {
    RestartFacts full = known(Data::safe);
    full.disk_full = true;
    CHECK(restart_effect(finding("nats.stream.stuck"), full) == Restart::neither);
    Finding silent = finding("pulsar.connection.refused", Level::unhealthy, true);
    CHECK(restart_effect(silent, known(Data::safe)) == Restart::helps);
    silent.no_way = true;
    CHECK(restart_effect(silent, known(Data::safe)) == Restart::neither);
}

TEST_CASE("restart: a verdict is helped when something unhealthy is, and nothing is harmed") {
    Verdict verdict{.service = "redis",
                    .server = {},
                    .verified = {},
                    .findings = {finding("redis.connection.timeout", Level::unhealthy, true)}};
    verdict.restart = known(Data::safe);
    apply_restart(verdict);
    CHECK(restart_helps(verdict));
    CHECK(json_report({&verdict, 1}).contains(R"("restart":"helps")"));
    verdict.findings.front().level = Level::degraded;  // an operator set that level
    apply_restart(verdict);
    CHECK_FALSE(restart_helps(verdict));
    verdict.findings.front().level = Level::unhealthy;
    verdict.findings.push_back(finding("redis.aof_rewrite.failed", Level::degraded));
    apply_restart(verdict);
    CHECK_FALSE(restart_helps(verdict));
    CHECK(restart_refusal(verdict) == "would lose data: t");
    verdict.findings.pop_back();
    verdict.restart = known(Data::at_stake);
    apply_restart(verdict);
    CHECK(restart_refusal(verdict) == "would lose data: the append-only file is off");
    verdict.restart = {};
    apply_restart(verdict);
    CHECK(restart_refusal(verdict) == "might lose data: what is stored where could not be seen");
    verdict.findings.front() = finding("redis.authentication.failed");
    apply_restart(verdict);
    CHECK(restart_refusal(verdict) == "does not help");
}

TEST_CASE("restart: what a Redis would lose") {
    using arc::redis::fixtures::facts_from;
    const arc::redis::Answers good = facts_from(arc::redis::fixtures::good_replies(), false);
    struct Row {
        const char* why;  // nullptr: it does not say
        void (*change)(arc::redis::Answers&);
    };
    for (const Row& row :
         {Row{"", [](auto&) {}},
          Row{"the append-only file is off", [](auto& f) { f.appendonly = false; }},
          Row{"the append-only file cannot be written",
              [](auto& f) { f.aof_write_status = "err"; }},
          Row{"the last rewrite of the append-only file failed",
              [](auto& f) { f.aof_rewrite_status = "err"; }},
          Row{"it cannot save (MISCONF)",
              [](auto& f) { f.ping_error = "MISCONF Redis is configured to save"; }},
          // the append-only file is what counts
          Row{"", [](auto& f) { f.rdb_save_status = "err"; }},
          Row{nullptr, [](auto& f) { f.appendonly.reset(); }},
          Row{nullptr, [](auto& f) { f.aof_write_status.reset(); }},
          Row{nullptr, [](auto& f) { f.loading.emplace(); }}}) {
        arc::redis::Answers facts = good;
        row.change(facts);
        CHECK(why_unsaved(facts) ==
              (row.why == nullptr ? std::nullopt : std::optional<std::string>{row.why}));
    }
}

TEST_CASE("restart: where a Redis has its data counts, too") {
    const arc::testing::TemporaryDirectory directory;
    arc::redis::Answers facts =
        arc::redis::fixtures::facts_from(arc::redis::fixtures::good_replies(), false);
    Config config = default_config();
    const auto facts_of = [&] {
        return restart_facts(
            arc::redis::Facts{.server = facts, .volume = look_at_files(facts, config)}, config);
    };
    CHECK(facts_of().data == Data::unknown);  // nobody asked for an end
    config.end_unhealthy_after.value = std::chrono::seconds{1};
    CHECK(facts_of().data == Data::unknown);  // it does not say where
    facts.dir = "/proc";
    CHECK(facts_of().data == Data::safe);
    redis::config_of(config).data_dir.value = "/proc";
    CHECK(facts_of().data == Data::safe);
    redis::config_of(config).data_dir.value = directory.path();
    CHECK(facts_of().why == "/proc is not on the declared volume " + directory.path());
    facts.dir = "/no/such/directory";
    CHECK(facts_of().data == Data::unknown);
    facts.dir = "/dev/shm";
    redis::config_of(config).data_dir.value.clear();
    CHECK(facts_of().why == "/dev/shm is in memory (tmpfs)");
    facts.dir = "/proc";
    redis::config_of(config).url.value.host = "redis.example";  // another machine's files
    CHECK(facts_of().data == Data::unknown);
}

TEST_CASE("restart: what a NATS would lose") {
    namespace n = arc::nats;
    n::MonitorFacts monitor{{200, true, {}}, {}};
    monitor.varz.jetstream = n::Storage{.store_dir = "/proc", .file = {}, .memory = {}};
    n::Facts facts{.jetstream = n::JetStreamRunning{},
                   .monitor = monitor,
                   .canary = {},
                   .store = {},
                   .max_payload = {}};
    const Config config = default_config();
    CHECK(restart_facts(facts, config).data == Data::unknown);  // its store is not visible
    facts.store.real_store = "/proc";
    CHECK(restart_facts(facts, config).data == Data::safe);
    facts.store.available = 0;
    CHECK(restart_facts(facts, config).disk_full);
    facts.store.in_memory = true;
    CHECK(restart_facts(facts, config).why == "/proc is in memory (tmpfs)");
    facts.store.in_memory = false;
    n::Stream stream;
    stream.spec.storage = "memory";
    facts.jetstream = n::JetStreamRunning{.streams = {stream}};
    CHECK(restart_facts(facts, config).why == "a declared stream is in memory");
    facts.jetstream = n::JetStreamRunning{};
    monitor.varz.jetstream->memory.used = 2048;
    facts.monitor = monitor;
    CHECK(restart_facts(facts, config).why == "streams in memory hold 2 KiB");
    monitor.health.problems.push_back({"stream A is damaged", n::HealthProblem::Damaged{"A"}});
    facts.monitor = monitor;
    CHECK(restart_facts(facts, config).why == "stream A is damaged");
    facts.monitor = Error{ErrorKind::refused, "r"};
    CHECK(restart_facts(facts, config).data == Data::unknown);
}
