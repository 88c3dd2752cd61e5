#include "health/purpose.hpp"

#include <algorithm>

#include "base/exit_codes.hpp"

namespace arc {
namespace {

bool live(const Verdict& verdict) noexcept {
    return std::ranges::none_of(verdict.findings, [](const Finding& f) {
        return f.liveness && f.level == Level::unhealthy;
    });
}

bool starting(const Verdict& verdict) noexcept {
    return std::ranges::any_of(verdict.findings,
                               [](const Finding& f) { return f.level == Level::starting; });
}

}  // namespace

bool passes(const Verdict& verdict, Purpose purpose, bool strict) noexcept {
    switch (purpose) {
        case Purpose::live:
            return live(verdict);
        case Purpose::startup:
            return live(verdict) && !starting(verdict);
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
        case Purpose::startup:
            return passed ? "started" : "not started";
        case Purpose::ready:
            break;
    }
    return {};
}

}  // namespace arc
