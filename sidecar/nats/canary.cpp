#include "nats/canary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "nats/monitor.hpp"
#include "nats/wire.hpp"

namespace arc::nats {
namespace {

constexpr std::int64_t kNotFound = 10059;

StreamSpec canary_stream() {
    StreamSpec spec;
    spec.name = kCanaryStream;
    spec.subjects = {kCanarySubject};
    spec.description = "arc-sidecar: whether a message can be stored";
    spec.max_msgs = 1;
    spec.max_age = std::chrono::hours{1};
    return spec;
}

Result<ApiResult<Stream>> ask(Client& client, std::string_view what, std::string body,
                              Deadline deadline) {
    return client
        .request({fmt::format("$JS.API.STREAM.{}.{}", what, kCanaryStream), std::move(body)},
                 deadline)
        .transform([](const std::string& answer) { return parse_stream(answer, KeepRaw::no); });
}

// Why the stream cannot be published to; nothing when it is there and has our subject.
std::optional<std::string> trouble_with(Client& client, Deadline deadline) {
    auto stream = ask(client, "INFO", {}, deadline);
    if (stream && !*stream && stream->error().err_code == kNotFound) {
        stream = ask(client, "CREATE", create_request(canary_stream()), deadline);
    }
    if (!stream) {
        return stream.error().text;
    }
    if (!*stream) {
        return fmt::format("stream {}: {}", kCanaryStream, describe(stream->error()));
    }
    const bool ours = (**stream).spec.subjects == canary_stream().subjects && !(**stream).mirror;
    return ours ? std::nullopt
                : std::optional{
                      fmt::format("stream {} is not ours: it has other subjects", kCanaryStream)};
}

// The monitor's text about our stream: the server could not write the message (2.15).
std::optional<std::string> write_error(const Result<MonitorFacts>& monitor) {
    const auto ours = [](const HealthProblem& problem) {
        const auto* stuck = std::get_if<HealthProblem::Stuck>(&problem.cause);
        return stuck != nullptr && stuck->stream == kCanaryStream;
    };
    if (!monitor || std::ranges::none_of(monitor->health.problems, ours)) {
        return std::nullopt;
    }
    return std::ranges::find_if(monitor->health.problems, ours)->text;
}

// A server that could not write a message takes none for that stream any more, even when its disk
// has space again (2.15): our own is made anew by the next probe. Without the permission nothing
// happens.
Canary unacknowledged(Client& client, const NatsConfig& config, Deadline deadline) {
    const auto monitor = ask_monitor(config, deadline.capped(deadline.remaining() / 2));
    static_cast<void>(ask(client, "DELETE", {}, deadline));
    return CanaryFailed{write_error(monitor).value_or("a message was not acknowledged in time")};
}

}  // namespace

Canary write_canary(Client& client, const NatsConfig& config, Deadline deadline) {
    const Deadline writes = deadline.capped(deadline.remaining() * 3 / 4);
    if (auto trouble = trouble_with(client, writes)) {
        return CanaryUnavailable{std::move(*trouble)};
    }
    const auto ack = client.request({kCanarySubject, std::string(kCanaryBytes, 'c')}, writes);
    if (!ack && ack.error().kind == ErrorKind::timeout) {
        return unacknowledged(client, config, deadline);
    }
    if (!ack) {
        return CanaryUnavailable{ack.error().text};
    }
    if (const auto error = api_error(*ack)) {
        return CanaryFailed{fmt::format("a message was refused: {}", describe(*error))};
    }
    return CanaryStored{};
}

}  // namespace arc::nats
