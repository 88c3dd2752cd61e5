#include "service.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <system_error>

#include "health/shortage.hpp"
#include "nats/metrics.hpp"
#include "nats/nats.hpp"
#include "pulsar/deep.hpp"
#include "pulsar/pulsar.hpp"
#include "redis/metrics.hpp"
#include "redis/redis.hpp"

namespace arc {
namespace {

constexpr std::array kServices{
    Service{"nats", &nats::check, &nats::bootstrap, nullptr, &nats::metrics_source, 60'000},
    Service{"pulsar", &pulsar::check, &pulsar::bootstrap, &pulsar::probe_deep, nullptr, 120'000},
    Service{"redis", &redis::check, nullptr, nullptr, &redis::metrics_source, 60'000},
};

}  // namespace

Verdict ask(const Service& service, const Config& config, Deadline deadline) {
    const char* lack = nullptr;
    try {
        return service.check(config, deadline);
    } catch (const std::bad_alloc&) {
        lack = "no memory";
    } catch (const std::system_error&) {
        lack = "no thread";
    }
    const Level absent =
        absent_level(read_agent_state(*config.state_dir, std::string(service.name)));
    return {.service = std::string(service.name),
            .server = {},
            .verified = {},
            .findings = {shortage(lack, absent)}};
}

std::span<const Service> services() noexcept {
    return kServices;
}

const Service* find_service(std::string_view name) noexcept {
    const auto found = std::ranges::find(kServices, name, &Service::name);
    return found == kServices.end() ? nullptr : &*found;
}

}  // namespace arc
