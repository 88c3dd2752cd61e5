#include "cli/select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "state/server_note.hpp"

namespace arc::cli {

std::optional<Config> load_or_report(const std::string& command, const LoadOptions& options) {
    auto config = load_config(options);
    if (!config) {
        fmt::print(stderr, "arc-sidecar {}: configuration: {}\n", command, config.error().text);
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
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        others.emplace_back([&, i] { verdicts[i] = chosen[i]->check(config, deadline); });
    }
    if (!chosen.empty()) {
        verdicts[0] = chosen[0]->check(config, deadline);
    }
    others.clear();  // joins
    return verdicts;
}

}  // namespace arc::cli
