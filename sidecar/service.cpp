#include "service.hpp"

#include <chrono>
#include <new>
#include <system_error>

#include "health/levels.hpp"
#include "health/restart.hpp"

namespace arc {
namespace {

Verdict check(const Service& service, const Config& config, Deadline deadline) {
    const char* lack = nullptr;
    try {
        return service.check(config, deadline);
    } catch (const std::bad_alloc&) {
        lack = "no memory";
    } catch (const std::system_error&) {
        lack = "no thread";
    }
    const std::string name(service.name());
    return {.service = name,
            .server = {},
            .verified = {},
            .findings = {shortage(lack, absent_level(read_agent_state(*config.state_dir, name)))}};
}

}  // namespace

bool has_stop_gate(const Service& service, const Config& config) noexcept {
    return service.cluster != nullptr && !config.cluster.is_standalone();
}

Verdict ask(const Service& service, const Config& config, Deadline deadline) {
    const auto started = Deadline::Clock::now();
    Verdict verdict = check(service, config, deadline);
    apply_levels(verdict, config.levels);
    apply_restart(verdict);
    verdict.elapsed =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - started);
    return verdict;
}

}  // namespace arc
