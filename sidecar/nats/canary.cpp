#include "nats/canary.hpp"

#include <fmt/format.h>

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
    const auto answer = client.request(
        {fmt::format("$JS.API.STREAM.{}.{}", what, kCanaryStream), std::move(body)}, deadline);
    return answer.transform(
        [](const Answer& got) { return parse_stream(got.payload, KeepRaw::no); });
}

Canary unavailable(std::string why) {
    return {.outcome = Canary::Outcome::unavailable, .text = std::move(why)};
}

// Why it cannot be published to; empty when it is there and has our subject.
std::string trouble_with(Client& client, Deadline deadline) {
    auto stream = ask(client, "INFO", {}, deadline);
    if (stream && !*stream && stream->error().err_code == kNotFound) {
        stream = ask(client, "CREATE", create_request(canary_stream()), deadline);
    }
    if (!stream) {
        return stream.error().text;
    }
    if (!*stream) {
        return fmt::format("stream {}: {}", kCanaryStream, words_of(stream->error()));
    }
    const bool ours =
        (**stream).spec.subjects == canary_stream().subjects && (**stream).mirror.empty();
    return ours ? std::string{}
                : fmt::format("stream {} is not ours: it has other subjects", kCanaryStream);
}

}  // namespace

Canary fly_canary(Client& client, Deadline deadline) {
    if (std::string trouble = trouble_with(client, deadline); !trouble.empty()) {
        return unavailable(std::move(trouble));
    }
    const auto ack = client.request({kCanarySubject, std::string(kCanaryBytes, 'c')}, deadline);
    if (!ack) {
        const bool silent = ack.error().kind == ErrorKind::timeout;
        return silent ? Canary{.outcome = Canary::Outcome::failed,
                               .text = "a message was not acknowledged in time",
                               .silent = true}
                      : unavailable(ack.error().text);
    }
    if (const auto error = api_error(ack->payload)) {
        return {.outcome = Canary::Outcome::failed,
                .text = fmt::format("a message was refused: {}", words_of(*error))};
    }
    return ack->no_responders ? unavailable("nobody took the message")
                              : Canary{.outcome = Canary::Outcome::stored, .text = {}};
}

void remove_canary_stream(Client& client, Deadline deadline) {
    [[maybe_unused]] const auto removed = ask(client, "DELETE", {}, deadline);
}

}  // namespace arc::nats
