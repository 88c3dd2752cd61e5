// What a service's directory offers to the commands, to the agent and to PID 1. Each directory
// defines one constant of this type, `kService`, in <service>/service.cpp; services.def lists them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "base/process_facts.hpp"
#include "bootstrap/plan.hpp"
#include "config/section.hpp"
#include "health/code.hpp"
#include "health/stop.hpp"
#include "health/verdict.hpp"
#include "metrics/source.hpp"
#include "net/listener.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"
#include "preflight/preflight.hpp"
#include "state/state.hpp"

namespace arc {

// What the flags of `bootstrap` do for one service, as their help says it. Empty: nothing.
struct BootstrapHelp {
    std::string_view update;
    std::string_view force;
    std::string_view accept_loss = {};
};

// The HTTP port of the server itself. Where the agent listens on the port that clients expect it
// on, the agent passes on to it every request that is not its own.
struct Monitor {
    Url url;
    TlsOptions tls;
};

// What the agent reads in the command line and the configuration of its server.
struct ServerInfoHooks {
    // nullopt: nothing is known
    std::optional<ServerInfo> (*read)(std::span<const std::string> command);
    // Corrects what was declared.
    void (*apply)(const ServerInfo& info, Config& config);
};

// What the stop of a member asks of its cluster. Each call takes its deadline, and asks this member
// and its peers. None throws.
struct ClusterHooks {
    // Reads only.
    StopAnswer (*may_stop)(const Config& config, Deadline deadline);
    // Compare-and-set in the cluster's own store. The token outlives its holder's exit by at least
    // 60 s, unless it is returned. Taking a token that this member holds renews it.
    TokenAnswer (*take_token)(const Config& config, Deadline deadline);
    // Gives the token back, if this member holds it: after a stop that did not happen, and by the
    // agent once the member is back and current. True: this member does not hold it any more.
    bool (*return_token)(const Config& config, Deadline deadline);
    // Hands over what this member leads, and waits for the new leader until the deadline. safe: it
    // leads nothing now. Otherwise the reason; what was paused works again.
    StopAnswer (*drain)(const Config& config, Deadline deadline);
};

struct Service {
    // Required.

    const ProcessFacts& process;  // its name, and what PID 1 knows
    std::string_view title;       // the name in prose
    const Section& section;       // its part of the configuration

    // One probe: gathers facts within the deadline and assesses them. What cannot be learned is a
    // finding. ask() adds what is the same for every service.
    Verdict (*check)(const Config& config, Deadline deadline);

    // The ports of the server. On loopback the agent never listens on them.
    std::vector<Url> (*urls)(const Config& config);

    // Its codes (<service>/findings.hpp).
    std::span<const CatalogueRow> findings;

    // Optional; nullptr unless the service has it.

    // How its server is recognized on the port of another service.
    const Protocol* protocol = nullptr;

    // Compares what is declared with what is there, and, unless `options.dry_run`, converges.
    BootstrapReport (*bootstrap)(const Config& config, const BootstrapOptions& options,
                                 Deadline deadline) = nullptr;
    BootstrapHelp bootstrap_help = {};

    // A probe that is too expensive for every `check`: the agent makes it at intervals, and `check`
    // uses its result.
    DeepResult (*deep)(const Config& config, Deadline deadline) = nullptr;

    // The source of its series. nullptr: the server has an exporter of its own. The source must not
    // outlive `config`.
    std::unique_ptr<metrics::Source> (*metrics)(const Config& config) = nullptr;

    // What is inspected before the server starts. nullptr: nothing, and no lock on its data.
    const preflight::Hooks* preflight = nullptr;

    // Whether a command without a service leaves it out: few machines run one.
    bool by_name_only = false;

    // The port of /metrics and the probes for `listen = auto`; behind it comes kFallbackPort.
    std::uint16_t listen_port = kFallbackPort;

    Monitor (*monitor)(const Config& config) = nullptr;
    const ServerInfoHooks* server_info = nullptr;
    // nullptr: its servers form no cluster that a stop could wait for.
    const ClusterHooks* cluster = nullptr;
    // Why it does not exit after a request to stop, where no finding explains it; behind "it still
    // answers": ", as Redis does while …".
    std::string_view still_answers = {};  // NOLINT(readability-redundant-member-init)

    // The client library for `--version`: "cnats 3.8.2".
    std::string (*library)() = nullptr;

    // From the server's start until "not there yet" counts as failing.
    std::int64_t start_patience_ms = 60'000;

    [[nodiscard]] constexpr std::string_view name() const noexcept { return process.name; }
};

// Whether a stop of this server asks its cluster: it is a member, and the service has hooks.
[[nodiscard]] bool has_stop_gate(const Service& service, const Config& config) noexcept;

// One probe with all that is the same for every service: the levels that were set, the effect of a
// restart, the time that it took. Never throws: a shortage of memory or threads is a finding about
// the sidecar, never about the server.
[[nodiscard]] Verdict ask(const Service& service, const Config& config, Deadline deadline);

}  // namespace arc
