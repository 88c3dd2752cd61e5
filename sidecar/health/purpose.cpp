#include "health/purpose.hpp"

#include <algorithm>

#include "base/exit_codes.hpp"
#include "health/findings.hpp"

namespace arc {
namespace {

bool live(const Verdict& verdict) noexcept {
    return std::ranges::none_of(verdict.findings, [](const Finding& f) {
        return f.liveness && f.level == Level::unhealthy;
    });
}

bool is_member(const Verdict& verdict) noexcept {
    return std::ranges::none_of(verdict.findings, [](const Finding& f) {
        return f.liveness && f.level == Level::unhealthy && f.code->scope == Scope::node;
    });
}

bool starting(const Verdict& verdict) noexcept {
    return std::ranges::any_of(verdict.findings, [](const Finding& f) {
        return f.level == Level::starting && !f.code->past_start;
    });
}

const Finding* worst_of_node(const Verdict& verdict) noexcept {
    const Finding* worst = nullptr;
    for (const Finding& finding : verdict.findings) {
        if (finding.code->scope == Scope::node && finding.level != Level::ok &&
            (worst == nullptr || finding.level > worst->level)) {
            worst = &finding;
        }
    }
    return worst;
}

}  // namespace

const Finding* worst_finding(const Verdict& verdict, Purpose purpose) noexcept {
    const bool of_node = purpose == Purpose::ready_node && !passes(verdict, purpose);
    return of_node ? worst_of_node(verdict) : verdict.worst();
}

bool is_fit(const Verdict& verdict, Purpose purpose) noexcept {
    const auto unasked = [](const Finding& finding) {
        return finding.code == SidecarCode("sidecar.resources.exhausted");
    };
    return passes(verdict, purpose) && std::ranges::none_of(verdict.findings, unasked);
}

bool passes(const Verdict& verdict, Purpose purpose, bool strict) noexcept {
    switch (purpose) {
        case Purpose::live:
            return live(verdict);
        case Purpose::member:
            return is_member(verdict);
        case Purpose::startup:
            return live(verdict) && !starting(verdict);
        case Purpose::ready_node: {
            const Finding* worst = worst_of_node(verdict);
            return exit_code(worst == nullptr ? Level::ok : worst->level, strict) == kExitOk;
        }
        case Purpose::ready:
            break;
    }
    return exit_code(verdict.level(), strict) == kExitOk;
}

bool passes(std::span<const Verdict> verdicts, Purpose purpose, bool strict) noexcept {
    return std::ranges::all_of(
        verdicts, [=](const Verdict& verdict) { return passes(verdict, purpose, strict); });
}

std::string_view outcome(Purpose purpose, bool passed) noexcept {
    switch (purpose) {
        case Purpose::live:
            return passed ? "live" : "not live";
        case Purpose::member:
            return passed ? "member" : "not a member";
        case Purpose::startup:
            return passed ? "started" : "not started";
        case Purpose::ready_node:
            return passed ? "ready" : "not ready";
        case Purpose::ready:
            break;
    }
    return {};
}

}  // namespace arc
