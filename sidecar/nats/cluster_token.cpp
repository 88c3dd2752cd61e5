#include "nats/cluster_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <expected>
#include <optional>

#include "nats/cluster_judge.hpp"
#include "nats/cluster_wire.hpp"
#include "nats/config.hpp"
#include "nats/stream_api.hpp"

namespace arc::nats {
namespace {

constexpr std::int64_t kNoMessage = 10037;
constexpr std::int64_t kStoreFailed = 10077;  // of a full stream with discard=new

StreamSpec token_stream(const Config& config) {
    const ClusterConfig& cluster = config.cluster;
    StreamSpec spec;
    spec.name = kTokenStream;
    spec.subjects = {kTokenSubject};
    spec.description = "arc-sidecar: the member that stops";
    spec.discard = "new";
    spec.max_msgs = 1;
    spec.max_age = std::max(
        kTokenAge, *cluster.stop_drain + *cluster.stop_reserve + std::chrono::milliseconds{60'000});
    spec.replicas = std::ssize(*cluster.members) >= kFewestReplicas ? kFewestReplicas : 1;
    return spec;
}

// Why the token cannot be published. nullopt: the stream exists and has its subject.
std::optional<std::string> stream_obstacle(Client& client, const Config& config,
                                           Deadline deadline) {
    const StreamSpec wanted = token_stream(config);
    auto stream = stream_request(client, "INFO", kTokenStream, {}, deadline);
    if (stream && !*stream && stream->error().err_code == kNotFound) {
        stream = stream_request(client, "CREATE", kTokenStream, create_request(wanted), deadline);
    }
    if (!stream) {
        return stream.error().text;
    }
    if (!*stream) {
        return fmt::format("stream {}: {}", kTokenStream, describe(stream->error()));
    }
    const StreamSpec& spec = (**stream).spec;
    const bool ours = spec.subjects == wanted.subjects && spec.max_msgs == wanted.max_msgs &&
                      spec.discard == wanted.discard;
    return ours ? std::nullopt
                : std::optional{fmt::format("stream {} is not the sidecar's own", kTokenStream)};
}

// nullopt: nobody has it.
Result<std::optional<StopToken>> read_token(Client& client, Deadline deadline) {
    const auto answer = client.request({fmt::format("$JS.API.STREAM.MSG.GET.{}", kTokenStream),
                                        fmt::format(R"({{"last_by_subj":"{}"}})", kTokenSubject)},
                                       deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    auto token = parse_stop_token(*answer);
    if (token) {
        return std::move(*token);
    }
    const bool none = token.error().err_code == kNoMessage || token.error().err_code == kNotFound;
    return none ? Result<std::optional<StopToken>>{std::nullopt}
                : fail(ErrorKind::rejected, describe(token.error()));
}

Result<void> delete_token(Client& client, std::int64_t seq, Deadline deadline) {
    const auto answer = client.request({fmt::format("$JS.API.STREAM.MSG.DELETE.{}", kTokenStream),
                                        fmt::format(R"({{"seq":{}}})", seq)},
                                       deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const auto error = api_error(*answer);
    return error && error->err_code != kNoMessage ? fail(ErrorKind::rejected, describe(*error))
                                                  : Result<void>{};
}

TokenTry unavailable(std::string reason) {
    return {.answer = {
                .kind = TokenAnswer::Kind::unavailable, .reason = std::move(reason), .absent = {}}};
}

TokenTry taken(const StopToken& token) {
    const double now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    return {.answer = {.kind = TokenAnswer::Kind::taken_by_other,
                       .reason = fmt::format("{} stops since {:.0f} s", token.holder,
                                             std::max(0.0, now - token.taken)),
                       .absent = {}},
            .holder = token.holder};
}

// nullopt: another member published first.
std::optional<TokenTry> publish(Client& client, const std::string& holder, Deadline deadline) {
    const auto answer = client.request({kTokenSubject, stop_token_text(holder)}, deadline);
    if (!answer) {
        return unavailable(answer.error().text);
    }
    const auto error = api_error(*answer);
    if (!error) {
        return TokenTry{};
    }
    return error->err_code == kStoreFailed ? std::nullopt
                                           : std::optional{unavailable(describe(*error))};
}

TokenTry take(Client& client, const std::string& holder, Deadline deadline) {
    constexpr int kTries = 3;  // the token may end between two questions
    for (int tries = 0; tries < kTries; ++tries) {
        if (auto answer = publish(client, holder, deadline)) {
            return std::move(*answer);
        }
        const auto token = read_token(client, deadline);
        if (!token) {
            return unavailable(token.error().text);
        }
        if (*token && (*token)->holder != holder) {
            return taken(**token);
        }
        const auto deleted =
            *token ? delete_token(client, (*token)->seq, deadline) : Result<void>{};
        if (!deleted) {
            return unavailable(deleted.error().text);
        }
    }
    return unavailable("the token changes all the time");
}

}  // namespace

TokenTry take_stop_token(const Config& config, const std::string& holder, Deadline deadline) {
    auto client = Client::connect(config_of(config), deadline);
    if (!client) {
        return unavailable(client.error().text);
    }
    if (auto obstacle = stream_obstacle(*client, config, deadline)) {
        return unavailable(std::move(*obstacle));
    }
    return take(*client, holder, deadline);
}

bool return_stop_token(const Config& config, const std::string& holder, Deadline deadline) {
    auto client = Client::connect(config_of(config), deadline);
    if (!client) {
        return false;
    }
    const auto token = read_token(*client, deadline);
    if (!token) {
        return false;
    }
    return !*token || (*token)->holder != holder ||
           delete_token(*client, (*token)->seq, deadline).has_value();
}

}  // namespace arc::nats
