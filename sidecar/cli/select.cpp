#include "cli/select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <thread>

#include "state/server_note.hpp"
#include "text/print.hpp"

namespace arc::cli {

void report_wrong_configuration(std::string_view command, const Error& error) {
    arc::print(stderr, "arc-sidecar {}: configuration: {}\n", command, error.text);
}

std::optional<Config> load_or_report(const std::string& command, const LoadOptions& options) {
    auto config = load_config(options);
    if (!config) {
        report_wrong_configuration(command, config.error());
        return std::nullopt;
    }
    apply_server_note(*config);
    return std::move(*config);
}

void apply_server_note(Config& config) {
    const bool nats = config.service->empty() || *config.service == "nats";
    if (const auto note = nats ? read_server_note(*config.state_dir, "nats") : std::nullopt) {
        apply(*note, config);
    }
}

std::vector<const Service*> select(const std::vector<std::string>& names, const Config& config) {
    std::vector<const Service*> chosen;
    for (const Service& service : services()) {
        const bool named = std::ranges::find(names, service.name) != names.end();
        const bool own = names.empty() && (config.service->empty() || *config.service == service.name);
        if (named || own) {
            chosen.push_back(&service);
        }
    }
    return chosen;
}

std::vector<Verdict> probe(std::span<const Service* const> chosen, const Config& config, Deadline deadline) {
    std::vector<Verdict> verdicts(chosen.size());
    std::vector<std::jthread> others;
    const auto probe_one = [&](std::size_t i) { verdicts[i] = ask(*chosen[i], config, deadline); };
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        try {
            others.emplace_back(probe_one, i);
        } catch (const std::system_error&) {
            probe_one(i);  // no thread is left (pids_limit): one after the other
        }
    }
    if (!chosen.empty()) {
        probe_one(0);
    }
    others.clear();  // joins
    return verdicts;
}

}  // namespace arc::cli
