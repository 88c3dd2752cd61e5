#include "pulsar/canary.hpp"

#include <fmt/format.h>

#include "pulsar/names.hpp"

namespace arc::pulsar {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;

// With less time a timeout would say nothing about the broker.
constexpr std::chrono::milliseconds kLeastTime{500};

CanaryResult failed(std::string text) {
    return {Level::unhealthy, std::move(text)};
}

CanaryResult unavailable(std::string_view reason) {
    return {Level::degraded, fmt::format("no test message was sent ({})", reason)};
}

// `start` is the start of the probe.
CanaryResult of_error(const Error& error, Deadline::Clock::time_point start) {
    if (error.kind != ErrorKind::timeout) {
        return unavailable(error.text);
    }
    const std::chrono::duration<double> waited = Deadline::Clock::now() - start;
    return failed(fmt::format(
        "a test message that needs a new ledger was not acknowledged in {:.1f} s", waited.count()));
}

std::string shown(const WriteAnswer& answer) {
    return fmt::format("{}{}{}", answer.status, answer.reason.empty() ? "" : ": ", answer.reason);
}

// Creates the topic. Returns the reason if it does not exist afterwards.
std::optional<CanaryResult> make_topic(AdminClient& admin, const std::string& cluster,
                                       Deadline deadline) {
    const auto start = Deadline::Clock::now();
    const TenantSpec tenant{.name = std::string(tenant_of(kCanaryTopic)),
                            .allowed_clusters = {cluster},
                            .admin_roles = {}};
    const NamespaceSpec space{.name = std::string(namespace_of(kCanaryTopic))};
    const auto exists = [](const WriteAnswer& answer) {
        return answer.status < 300 || answer.status == kConflict;
    };
    auto answer = admin.create(tenant, deadline);
    if (answer && exists(*answer)) {
        answer = admin.create(space, deadline);
    }
    if (answer && exists(*answer)) {
        answer = admin.create(TopicSpec{.name = kCanaryTopic}, deadline);
    }
    if (!answer) {
        return of_error(answer.error(), start);
    }
    if (exists(*answer)) {
        return std::nullopt;
    }
    std::string text = "its topic cannot be created: " + shown(*answer);
    return answer->status >= 500 ? failed(std::move(text)) : unavailable(text);
}

// Closes the topic, so that the next message needs a new ledger.
std::optional<CanaryResult> close_topic(AdminClient& admin, const std::string& cluster,
                                        Deadline deadline) {
    const auto start = Deadline::Clock::now();
    const auto closed = admin.unload_topic(kCanaryTopic, deadline);
    if (!closed) {
        return of_error(closed.error(), start);
    }
    return closed->status == kNotFound ? make_topic(admin, cluster, deadline) : std::nullopt;
}

}  // namespace

CanaryResult write_canary(AdminClient& admin, const std::string& cluster, Deadline deadline) {
    if (deadline.remaining() < kLeastTime) {
        return unavailable("no time was left");
    }
    const auto start = Deadline::Clock::now();
    if (auto trouble = close_topic(admin, cluster, deadline)) {
        return std::move(*trouble);
    }
    const auto answer = admin.publish(kCanaryTopic, "canary", deadline);
    if (!answer) {
        return of_error(answer.error(), start);
    }
    if (answer->status == kNotFound) {
        return unavailable(shown(*answer));
    }
    if (answer->status != kOk || !answer->reason.empty()) {
        return failed("a test message that needs a new ledger was rejected: " + shown(*answer));
    }
    return {Level::ok, "a test message was stored in a new ledger"};
}

}  // namespace arc::pulsar
