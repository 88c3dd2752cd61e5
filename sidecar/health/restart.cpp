#include "health/restart.hpp"

#include <algorithm>

namespace arc {
namespace {

using Data = RestartFacts::Data;

bool condition_helps(const Finding& finding, RestartEffect effect) {
    return effect == RestartEffect::helps ||
           (effect == RestartEffect::helps_silence && finding.liveness && !finding.no_way);
}

}  // namespace

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
    const RestartEffect effect = finding.code->restart;
    if (effect == RestartEffect::harms || facts.data == Data::at_stake) {
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
