// NATS JetStream.
#include "service.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "nats/apply.hpp"
#include "nats/assess.hpp"
#include "nats/config.hpp"
#include "nats/findings.hpp"
#include "nats/gather.hpp"
#include "nats/metrics.hpp"
#include "nats/monitor.hpp"
#include "nats/plan.hpp"
#include "nats/preflight.hpp"
#include "nats/process.hpp"
#include "nats/server_info.hpp"
#include "state/state.hpp"

namespace arc::nats {
namespace {

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, "nats")));
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

// One attempt at a bootstrap.
struct Attempt {
    std::vector<Step> steps;
    std::optional<Error> error;
    bool temporary = false;  // the error can pass
};

Attempt failed(const Finding& finding, ErrorKind kind, bool temporary) {
    return {.steps = {}, .error = Error{kind, full_text(finding)}, .temporary = temporary};
}

// A request that is sent while a cluster has no leader is never answered, so it must be repeated.
Deadline for_questions(Deadline deadline) {
    constexpr std::chrono::milliseconds kPatience{5000};
    return deadline.capped(std::max(kPatience, deadline.remaining() / 4));
}

Attempt attempt(const NatsConfig& config, const BootstrapOptions& options, Deadline deadline) {
    auto client = Client::connect(config, deadline);
    if (!client) {
        return failed(no_client(client.error(), config, Level::unhealthy), client.error().kind,
                      false);
    }
    const auto answer = gather_plan_facts(*client, config, for_questions(deadline));
    if (!answer) {
        return failed(no_client(answer.error(), config, Level::unhealthy), answer.error().kind,
                      false);
    }
    if (const auto* off = std::get_if<JetStreamDisabled>(&*answer)) {
        return failed(not_running(*off), ErrorKind::rejected, false);
    }
    if (const auto* silence = std::get_if<JetStreamSilent>(&*answer)) {
        const auto monitor = ask_monitor(config, deadline);
        return failed(not_running(*silence, monitor ? &*monitor : nullptr, Level::unhealthy),
                      ErrorKind::timeout, true);
    }
    Attempt made{.steps = plan(config.streams, std::get<PlanFacts>(*answer), options), .error = {}};
    if (!options.dry_run) {
        made.error = apply(*client, made.steps, deadline);
    }
    return made;
}

// A stream that an earlier attempt created is now as declared, and reported as created.
void keep_done(const std::vector<Step>& before, std::vector<Step>& now) {
    for (std::size_t i = 0; i < now.size() && i < before.size(); ++i) {
        if (before[i].action.done && now[i].action.kind == ActionKind::same) {
            now[i].action = before[i].action;
        }
    }
}

Attempt converge(const NatsConfig& config, const BootstrapOptions& options, Deadline deadline) {
    constexpr std::chrono::milliseconds kPause{500};
    Attempt last = attempt(config, options, deadline);
    while (!options.dry_run && deadline.remaining() > kPause &&
           (last.temporary || std::ranges::any_of(last.steps, &Step::temporary))) {
        std::this_thread::sleep_for(kPause);
        Attempt next = attempt(config, options, deadline);
        if (next.steps.empty() && !last.steps.empty()) {
            break;  // the earlier attempt says more
        }
        keep_done(last.steps, next.steps);
        last = std::move(next);
    }
    return last;
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    Attempt result = converge(config_of(config), options, deadline);
    BootstrapReport report{.service = "nats", .actions = {}, .error = std::move(result.error)};
    std::ranges::transform(result.steps, std::back_inserter(report.actions),
                           [](Step& step) { return std::move(step.action); });
    return report;
}

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).monitor_url, *config_of(config).url};
}

Monitor monitor(const Config& config) {
    return {*config_of(config).monitor_url, tls_of(config_of(config))};
}

std::string library() {
    return fmt::format("cnats {}", nats_GetVersion());
}

constexpr ServerInfoHooks kServerInfo{.read = &read_server_info, .apply = &apply_server_info};

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "NATS",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .bootstrap = &bootstrap,
    .bootstrap_help =
        {.update = "change streams that differ, if no message, consumer or access can be lost",
         .force = "create missing streams even if the server's monitoring port cannot be asked "
                  "whether it has damaged ones",
         .accept_loss = "name of a stream to change although that can lose messages"},
    .metrics = &metrics_source,
    .preflight = &kPreflight,
    .listen_port = 8222,  // where scrapers look for the server's own monitor
    .monitor = &monitor,
    .server_info = &kServerInfo,
    .library = &library,
};

}  // namespace arc::nats
