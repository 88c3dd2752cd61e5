#include "pulsar/pulsar.hpp"

#include <fmt/format.h>

#include "pulsar/apply.hpp"
#include "pulsar/assess.hpp"
#include "pulsar/client.hpp"
#include "pulsar/gather.hpp"
#include "pulsar/plan.hpp"
#include "pulsar/restart.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

constexpr const char* kService = "pulsar";

// The error of a broker that is not ready for bootstrap; the agent retries. Such a broker would
// answer 412, or lose the write.
std::optional<Error> not_ready(const Facts& facts, const PulsarConfig& config) {
    const auto obstacle = first_obstacle(facts, config);
    if (!obstacle) {
        return std::nullopt;
    }
    const ErrorKind kind =
        obstacle->kind == ErrorKind::rejected ? ErrorKind::timeout : obstacle->kind;
    return Error{kind,
                 fmt::format("not ready: {}: {}", stage_text(obstacle->stage), obstacle->text)};
}

std::optional<Error> plan_and_apply(const Facts& facts, const PulsarConfig& config, bool dry_run,
                                    AdminClient& admin, Deadline deadline,
                                    std::vector<Action>& actions) {
    const auto objects = gather_objects(config, admin, deadline);
    if (!objects) {
        return objects.error();
    }
    std::vector<Step> steps = plan(config, std::get_if<Names>(&facts.clusters), *objects);
    std::optional<Error> error = dry_run ? std::nullopt : apply(steps, admin, deadline);
    for (Step& step : steps) {
        actions.push_back(std::move(step.action));
    }
    return error;
}

}  // namespace

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, kService)));
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    BootstrapReport report{.service = kService, .actions = {}, .error = {}};
    AdminClient admin{config_of(config)};
    const Facts facts = gather_stages(config_of(config), admin, deadline);
    report.error = not_ready(facts, config_of(config));
    if (!report.error) {
        report.error = plan_and_apply(facts, config_of(config), options.dry_run, admin, deadline,
                                      report.actions);
    }
    return report;
}

}  // namespace arc::pulsar
