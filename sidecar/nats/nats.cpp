#include "nats/nats.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nats/apply.hpp"
#include "nats/assess.hpp"
#include "nats/gather.hpp"
#include "nats/plan.hpp"
#include "nats/restart.hpp"
#include "state/state.hpp"

namespace arc::nats {
namespace {

// A client error with its advice, as bootstrap's last line.
Error explained(const Error& error, const NatsConfig& config) {
    const Finding finding = no_client(error, config, Level::unhealthy);
    return {error.kind, fmt::format("{}: {}", finding.text, finding.advice)};
}

// After the connection stood: it is not the server that is absent.
Error unanswered(const Error& error, const NatsConfig& config) {
    return error.kind == ErrorKind::timeout
               ? Error{error.kind, fmt::format("{}: {}", error.text, kSilentAdvice)}
               : explained(error, config);
}

std::optional<Error> converge(const NatsConfig& config, const BootstrapOptions& options,
                              Deadline deadline, std::vector<Step>& steps) {
    auto client = Client::connect(config, deadline);
    if (!client) {
        return explained(client.error(), config);
    }
    const auto there = gather_plan_facts(*client, config, deadline);
    if (!there) {
        return unanswered(there.error(), config);
    }
    steps = plan(config.streams, *there, options);
    return options.dry_run ? std::nullopt : apply(*client, steps, deadline);
}

}  // namespace

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, "nats")));
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    BootstrapReport report{.service = "nats", .actions = {}, .error = {}};
    std::vector<Step> steps;
    report.error = converge(config_of(config), options, deadline, steps);
    std::ranges::transform(steps, std::back_inserter(report.actions),
                           [](Step& step) { return std::move(step.action); });
    return report;
}

}  // namespace arc::nats
