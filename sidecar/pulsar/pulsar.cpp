#include "pulsar/pulsar.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/lasting.hpp"
#include "base/volume.hpp"
#include "health/restart.hpp"
#include "pulsar/apply.hpp"
#include "pulsar/assess.hpp"
#include "pulsar/client.hpp"
#include "pulsar/deep.hpp"
#include "pulsar/plan.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

constexpr const char* kService = "pulsar";

// Where a lookup costs the broker least: a topic that is there, whose bundle its clients need
// loaded anyway; without one, a name in public/default, which is not created by it.
std::string topic_to_look_up(const PulsarConfig& config, const Objects& objects) {
    for (const TopicSpec& spec : config.topics) {
        if (const std::int64_t* partitions = find_known(objects.topics, spec.name)) {
            return *partitions > 0 ? spec.name + "-partition-0" : spec.name;
        }
    }
    return "public/default/arc-sidecar";
}

// A broker on its way up whose objects are still being made is not asked for deep health: it has
// enough to do.
bool worth_asking(const Facts& facts, const std::optional<AgentState>& agent) {
    const bool pending = agent && agent->phase == Phase::pending;
    if (!pending || !facts.objects || !*facts.objects) {
        return true;
    }
    const auto there = [](const auto& entry) { return entry.second.has_value(); };
    const Objects& objects = **facts.objects;
    return std::ranges::all_of(objects.tenants, there) &&
           std::ranges::all_of(objects.namespaces, there) &&
           std::ranges::all_of(objects.topics, there);
}

Facts gather(const Config& config, const std::optional<AgentState>& agent, Deadline deadline) {
    Facts facts;
    AdminClient admin{config.pulsar};
    climb(config.pulsar, admin, deadline, facts);
    if (first_obstacle(config.pulsar, facts)) {
        return facts;
    }
    facts.version = admin.version(deadline).value_or("");
    facts.objects = gather_objects(config.pulsar, admin, deadline);
    if (!config.pulsar.advertised->empty() && *facts.objects) {
        facts.broker_url = admin.lookup(topic_to_look_up(config.pulsar, **facts.objects), deadline);
    }
    if (worth_asking(facts, agent)) {
        facts.deep = deep_fact(config, admin, deadline);
    }
    return facts;
}

// What keeps bootstrap from acting, for the agent to try again: nothing is written to a broker that
// would answer 412 or lose it.
std::optional<Error> not_ready(const PulsarConfig& config, const Facts& facts) {
    const auto obstacle = first_obstacle(config, facts);
    if (!obstacle) {
        return std::nullopt;
    }
    const ErrorKind kind =
        obstacle->kind == ErrorKind::rejected ? ErrorKind::timeout : obstacle->kind;
    return Error{kind,
                 fmt::format("not ready: {}: {}", stage_text(obstacle->stage), obstacle->text)};
}

std::optional<Error> plan_and_apply(const PulsarConfig& config, const Facts& facts, bool dry_run,
                                    AdminClient& admin, Deadline deadline,
                                    std::vector<Action>& actions) {
    const auto objects = gather_objects(config, admin, deadline);
    if (!objects) {
        return objects.error();
    }
    const auto clusters =
        facts.clusters && *facts.clusters ? std::optional{**facts.clusters} : std::nullopt;
    std::vector<Step> steps = plan(config, clusters, *objects);
    std::optional<Error> error = dry_run ? std::nullopt : apply(steps, admin, deadline);
    for (Step& step : steps) {
        actions.push_back(std::move(step.action));
    }
    return error;
}

// Looked for where somebody asked for the server to be ended. The broker does not say where its
// data is: it is where it was declared, or the start would have been refused.
RestartFacts restart_facts(const Config& config) {
    const std::string& volume = *config.pulsar.data_dir;
    if (config.end_unhealthy_after->count() == 0 || volume.empty()) {
        return {};
    }
    const auto lost = why_lost(look_at_volume(volume, volume), volume, volume);
    if (!lost) {
        return {};
    }
    const auto data = lost->empty() ? RestartFacts::Data::safe : RestartFacts::Data::at_stake;
    return {.data = data, .why = *lost, .no_room = is_nearly_full(volume)};
}

}  // namespace

Verdict check(const Config& config, Deadline deadline) {
    const auto start = Deadline::Clock::now();
    const auto agent = read_agent_state(*config.state_dir, kService);
    Verdict verdict = assess(config.pulsar, gather(config, agent, deadline), agent);
    verdict.restart = restart_facts(config);
    apply_levels(verdict, config.levels);
    apply_restart(verdict);
    verdict.elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - start);
    return verdict;
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    BootstrapReport report{.service = kService, .actions = {}, .error = {}};
    AdminClient admin{config.pulsar};
    Facts facts;
    climb(config.pulsar, admin, deadline, facts);
    report.error = not_ready(config.pulsar, facts);
    if (!report.error) {
        report.error =
            plan_and_apply(config.pulsar, facts, options.dry_run, admin, deadline, report.actions);
    }
    return report;
}

}  // namespace arc::pulsar
