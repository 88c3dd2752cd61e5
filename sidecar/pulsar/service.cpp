// Pulsar standalone.
#include "service.hpp"

#include <fmt/format.h>

#include "base/durability.hpp"
#include "pulsar/apply.hpp"
#include "pulsar/assess.hpp"
#include "pulsar/client.hpp"
#include "pulsar/deep.hpp"
#include "pulsar/findings.hpp"
#include "pulsar/gather.hpp"
#include "pulsar/plan.hpp"
#include "pulsar/preflight.hpp"
#include "pulsar/process.hpp"
#include "pulsar/stages.hpp"

namespace arc::pulsar {
namespace {

constexpr const char* kName = "pulsar";

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url, *config_of(config).admin_url};
}

// The effect of a restart on the data. At stake: the declared volume does not survive it. Unknown:
// the volume was not inspected.
RestartFacts restart_facts(const Facts& facts, const Config& config) {
    const std::string& volume = *config_of(config).data_dir;
    const auto lost = facts.volume ? why_lost(*facts.volume, volume, volume) : std::nullopt;
    if (!lost) {
        return {};
    }
    const auto data = lost->empty() ? RestartFacts::Data::safe : RestartFacts::Data::at_stake;
    return {.data = data, .why = *lost, .disk_full = is_nearly_full(*facts.volume)};
}

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

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, kName)));
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    BootstrapReport report{.service = kName, .actions = {}, .error = {}};
    AdminClient admin{config_of(config)};
    const Facts facts = gather_stages(config_of(config), admin, deadline);
    report.error = not_ready(facts, config_of(config));
    if (!report.error) {
        report.error = plan_and_apply(facts, config_of(config), options.dry_run, admin, deadline,
                                      report.actions);
    }
    return report;
}

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Pulsar",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .protocol = &kProtocol,
    .bootstrap = &bootstrap,
    .deep = &probe_deep,
    .preflight = &kPreflight,
    .start_patience_ms = kStartPatience.count(),
};

}  // namespace arc::pulsar
