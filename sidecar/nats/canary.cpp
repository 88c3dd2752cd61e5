#include "nats/canary.hpp"

#include <fmt/format.h>

#include "nats/monitor.hpp"
#include "nats/stream_api.hpp"

namespace arc::nats {
namespace {

StreamSpec canary_stream() {
    StreamSpec spec;
    spec.name = kCanaryStream;
    spec.subjects = {kCanarySubject};
    spec.description = "arc-sidecar: whether a message can be stored";
    spec.max_msgs = 1;
    spec.max_age = std::chrono::hours{1};
    return spec;
}

// Why the stream cannot be published to. nullopt: it exists and has our subject.
std::optional<std::string> stream_obstacle(Client& client, Deadline deadline) {
    auto stream = stream_request(client, "INFO", kCanaryStream, {}, deadline);
    if (stream && !*stream && stream->error().err_code == kNotFound) {
        stream = stream_request(client, "CREATE", kCanaryStream, create_request(canary_stream()),
                                deadline);
    }
    if (!stream) {
        return stream.error().text;
    }
    if (!*stream) {
        return fmt::format("stream {}: {}", kCanaryStream, describe(stream->error()));
    }
    const bool ours = (**stream).spec.subjects == canary_stream().subjects && !(**stream).mirror;
    return ours ? std::nullopt
                : std::optional{fmt::format("stream {} has other subjects", kCanaryStream)};
}

// The monitor's text if the server could not write to our stream (2.15).
std::string write_error(const MonitorFacts& monitor) {
    for (const HealthProblem& problem : monitor.health.problems) {
        const auto* stuck = std::get_if<HealthProblem::Stuck>(&problem.cause);
        if (stuck != nullptr && stuck->stream == kCanaryStream) {
            return problem.text;
        }
    }
    return "no acknowledgement in time";
}

// After a failed write the server accepts no message for that stream, even when its disk has space
// again (2.15). So the stream is deleted, and the next probe recreates it. Without the permission
// the stream stays.
Canary unacknowledged(Client& client, const NatsConfig& config, Deadline deadline) {
    const auto monitor = ask_monitor(config, deadline.capped(deadline.remaining() / 2));
    static_cast<void>(stream_request(client, "DELETE", kCanaryStream, {}, deadline));
    return CanaryFailed{write_error(monitor.value_or(MonitorFacts{}))};
}

}  // namespace

Canary write_canary(Client& client, const NatsConfig& config, Deadline deadline) {
    const Deadline writes = deadline.capped(deadline.remaining() * 3 / 4);
    if (auto obstacle = stream_obstacle(client, writes)) {
        return CanaryUnavailable{std::move(*obstacle)};
    }
    const auto ack = client.request({kCanarySubject, std::string(kCanaryBytes, 'c')}, writes);
    if (!ack && ack.error().kind == ErrorKind::timeout) {
        return unacknowledged(client, config, deadline);
    }
    if (!ack) {
        return CanaryUnavailable{ack.error().text};
    }
    if (const auto error = api_error(*ack)) {
        return CanaryFailed{describe(*error)};
    }
    return CanaryStored{};
}

}  // namespace arc::nats
