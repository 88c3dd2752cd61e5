#include "health/restart.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace arc {
namespace {

using Data = RestartFacts::Data;
using Effect = RestartRule::Effect;

constexpr std::array kRules{
    RestartRule{"nats.connection.refused", Effect::helps_silence},
    RestartRule{"nats.connection.timeout", Effect::helps_silence},
    RestartRule{"nats.store.outside", Effect::harms},
    RestartRule{"nats.store.unmounted", Effect::harms},
    RestartRule{"nats.store.volatile", Effect::harms},
    // its files are there, and a start may do more to them
    RestartRule{"nats.stream.damaged", Effect::harms},
    RestartRule{"nats.stream.stuck", Effect::helps},
    RestartRule{"pulsar.canary.failed", Effect::helps},
    RestartRule{"pulsar.health.failed", Effect::helps},
    RestartRule{"pulsar.connection.refused", Effect::helps_silence},
    RestartRule{"pulsar.connection.timeout", Effect::helps_silence},
    RestartRule{"redis.aof_rewrite.failed",
                Effect::harms},  // of the first one: nothing is on the disk
    RestartRule{"redis.aof_write.failed", Effect::harms},
    RestartRule{"redis.persistence.failed", Effect::harms},
    RestartRule{"redis.connection.refused", Effect::helps_silence},
    RestartRule{"redis.connection.timeout", Effect::helps_silence},
};

std::optional<Effect> effect_of(std::string_view code) {
    const auto* const found = std::ranges::find(kRules, code, &RestartRule::code);
    return found == kRules.end() ? std::nullopt : std::optional{found->effect};
}

bool condition_helps(const Finding& finding, std::optional<Effect> effect) {
    return effect == Effect::helps ||
           (effect == Effect::helps_silence && finding.liveness && !finding.no_way);
}

}  // namespace

std::span<const RestartRule> restart_rules() noexcept {
    return kRules;
}

std::string_view to_string(Restart restart) noexcept {
    switch (restart) {
        case Restart::neither:
            return "neither";
        case Restart::helps:
            return "helps";
        case Restart::harms:
            break;
    }
    return "harms";
}

Restart restart_effect(const Finding& finding, const RestartFacts& facts) {
    if (finding.level != Level::degraded && finding.level != Level::unhealthy) {
        return Restart::neither;
    }
    const auto effect = effect_of(finding.code);
    if (effect == Effect::harms || facts.data == Data::at_stake) {
        return Restart::harms;
    }
    const bool possible = facts.data == Data::safe && !facts.disk_full;
    return possible && condition_helps(finding, effect) ? Restart::helps : Restart::neither;
}

void apply_restart(Verdict& verdict) {
    for (Finding& finding : verdict.findings) {
        finding.restart = restart_effect(finding, verdict.restart);
    }
}

bool restart_helps(const Verdict& verdict) noexcept {
    const auto helps = [](const Finding& finding) {
        return finding.level == Level::unhealthy && finding.restart == Restart::helps;
    };
    const auto harms = [](const Finding& finding) { return finding.restart == Restart::harms; };
    return std::ranges::any_of(verdict.findings, helps) &&
           std::ranges::none_of(verdict.findings, harms);
}

std::string restart_refusal(const Verdict& verdict) {
    const auto harmed = std::ranges::find(verdict.findings, Restart::harms, &Finding::restart);
    if (harmed != verdict.findings.end()) {
        return "would lose data: " +
               (verdict.restart.why.empty() ? harmed->text : verdict.restart.why);
    }
    const auto unknown = [&](const Finding& finding) {
        return restart_effect(finding, {.data = Data::safe, .why = {}}) == Restart::helps;
    };
    if (verdict.restart.data == Data::unknown && std::ranges::any_of(verdict.findings, unknown)) {
        return "might lose data: what is stored where could not be seen";
    }
    return verdict.restart.disk_full ? "does not help: its disk is full" : "does not help";
}

}  // namespace arc
