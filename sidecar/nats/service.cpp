// NATS JetStream.
#include "service.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>

#include "nats/apply.hpp"
#include "nats/assess.hpp"
#include "nats/cluster.hpp"
#include "nats/cluster_gather.hpp"
#include "nats/cluster_plan.hpp"
#include "nats/config.hpp"
#include "nats/findings.hpp"
#include "nats/gather.hpp"
#include "nats/greeting.hpp"
#include "nats/metrics.hpp"
#include "nats/monitor.hpp"
#include "nats/plan.hpp"
#include "nats/preflight.hpp"
#include "nats/process.hpp"
#include "nats/server_info.hpp"
#include "state/state.hpp"

namespace arc::nats {
namespace {

// A member that the meta group lacks is why declared streams cannot be created.
void add_member(Verdict& verdict, Finding seen) {
    const bool lacks = std::ranges::contains(verdict.findings, NatsCode("nats.stream.missing"),
                                             [](const Finding& each) { return each.code; });
    if (seen.code == NatsCode("nats.member.outside") && lacks) {
        seen.level = Level::unhealthy;
        verdict.findings.insert(verdict.findings.begin(), std::move(seen));
    } else {
        verdict.findings.push_back(std::move(seen));
    }
}

Verdict check(const Config& config, Deadline deadline) {
    const Facts facts = gather(config, deadline);
    Verdict verdict =
        assess(facts, config, absent_level(read_agent_state(*config.state_dir, "nats")));
    verdict.restart = restart_facts(facts, config);
    if (config.cluster.is_member()) {
        const Deadline looks = deadline.capped(deadline.remaining() / 2);
        if (auto seen = member_finding(look_at_cluster(config, looks, Look::members))) {
            add_member(verdict, std::move(*seen));
        }
    }
    return verdict;
}

Error error_of(const Finding& finding, ErrorKind kind) {
    return {kind, full_text(finding)};
}

// A member asks the others before it creates or changes anything.
void hold_back(std::vector<Step>& steps, const Config& config, const BootstrapOptions& options,
               Deadline deadline) {
    constexpr std::chrono::milliseconds kLook{1'500};
    const bool writes = std::ranges::any_of(steps, [](const Step& step) {
        return step.action.kind == ActionKind::create || step.action.kind == ActionKind::change;
    });
    if (config.cluster.is_member() && writes) {
        keep_to_cluster(steps, look_at_cluster(config, deadline.capped(kLook)), config.cluster,
                        options);
    }
}

std::optional<Error> converge(const Config& declared, const BootstrapOptions& options,
                              Deadline deadline, std::vector<Step>& steps) {
    const NatsConfig& config = config_of(declared);
    auto client = Client::connect(config, deadline);
    const auto answer =
        client ? gather_plan_facts(*client, config, deadline) : std::unexpected(client.error());
    if (!answer) {
        return error_of(no_client(answer.error(), config, Level::unhealthy), answer.error().kind);
    }
    if (const auto* off = std::get_if<JetStreamDisabled>(&*answer)) {
        return error_of(not_running(*off), ErrorKind::config);
    }
    if (const auto* silence = std::get_if<JetStreamSilent>(&*answer)) {
        const auto monitor = ask_monitor(config, deadline);
        return error_of(not_running(*silence, monitor ? &*monitor : nullptr, Level::unhealthy),
                        ErrorKind::timeout);
    }
    steps = plan(config.streams, std::get<PlanFacts>(*answer), options);
    hold_back(steps, declared, options, deadline);
    return options.dry_run ? std::nullopt : apply(*client, steps, deadline);
}

BootstrapReport bootstrap(const Config& config, const BootstrapOptions& options,
                          Deadline deadline) {
    BootstrapReport report{.service = "nats", .actions = {}, .error = {}};
    std::vector<Step> steps;
    report.error = converge(config, options, deadline, steps);
    std::ranges::transform(steps, std::back_inserter(report.actions),
                           [](Step& step) { return std::move(step.action); });
    return report;
}

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).monitor_url, *config_of(config).url};
}

Monitor monitor(const Config& config) {
    return {*config_of(config).monitor_url, monitor_tls(config_of(config))};
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
    .protocol = &kProtocol,
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
    .cluster = &kCluster,
    .library = &library,
};

}  // namespace arc::nats
