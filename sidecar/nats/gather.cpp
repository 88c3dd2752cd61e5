#include "nats/gather.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/volume.hpp"
#include "nats/canary.hpp"
#include "nats/monitor.hpp"
#include "nats/subject.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

constexpr std::chrono::milliseconds kSettle{50};  // a stream is created within milliseconds
constexpr int kSettleTries = 3;

bool jetstream_off(const ApiError& error) {
    return error.err_code == 10039 || error.err_code == 10076;
}

StreamState state_of(const Answer& answer, KeepRaw keep) {
    if (!answer.denied.empty()) {
        return {{}, {}, answer.denied, false};
    }
    if (answer.silent) {
        return {{}, {}, {}, true};
    }
    auto stream = parse_stream(answer.payload, keep);
    if (stream) {
        return {std::move(*stream), {}, {}, false};
    }
    constexpr std::int64_t kNotFound = 10059;
    return stream.error().err_code == kNotFound ? StreamState{}
                                                : StreamState{{}, stream.error(), {}, false};
}

// The server let us in and answered our PING; it is JetStream that does not answer. So it is in a
// cluster that has no leader (measured).
ClientFacts silent(const Error& error) {
    ClientFacts facts;
    facts.jetstream = true;
    facts.silence = error.text;
    return facts;
}

Result<ClientFacts> ask_streams(Client& client, const std::vector<StreamSpec>& streams,
                                Deadline deadline) {
    const auto answers = client.receive(deadline);
    if (!answers && answers.error().kind != ErrorKind::timeout) {
        return std::unexpected(answers.error());
    }
    if (const auto refusal = answers ? all_denied(*answers) : std::nullopt) {
        return std::unexpected(*refusal);
    }
    ClientFacts facts =
        answers ? read_answers(streams, *answers, KeepRaw::no) : silent(answers.error());
    facts.server_id = client.server_id();
    facts.loopback = client.loopback();
    return facts;
}

// What the monitor of a server says that left the canary without a word: it could not write it
// (2.15).
std::string words_for_silence(const NatsConfig& config, Deadline deadline) {
    const auto facts =
        ask_monitor(*config.monitor_url, deadline, tls_options(config.tls, "ARC_NATS_"));
    const auto ours = [](const HealthProblem& problem) {
        return problem.kind == HealthProblem::Kind::stuck && problem.stream == kCanaryStream;
    };
    if (!facts || std::ranges::none_of(facts->health.problems, ours)) {
        return {};
    }
    return std::ranges::find_if(facts->health.problems, ours)->text;
}

Canary fly(Client& client, const NatsConfig& config, Deadline deadline) {
    Canary canary = fly_canary(client, deadline.capped(deadline.remaining() * 3 / 4));
    if (canary.silent) {
        if (std::string words =
                words_for_silence(config, deadline.capped(deadline.remaining() / 2));
            !words.empty()) {
            canary.text = std::move(words);
        }
        remove_canary_stream(client, deadline);
    }
    return canary;
}

// A canary takes its time, which is over where an answer is missing.
bool answered(const ClientFacts& client) {
    return client.silence.empty() && std::ranges::none_of(client.streams, &StreamState::silent);
}

bool damaged(const HealthProblem& problem) {
    return problem.kind == HealthProblem::Kind::damaged;
}

// The monitor of a server whose client port gave no answer: only when the port was refused can it
// tell why.
Facts without_client(const Error& error, const NatsConfig& config, Deadline deadline) {
    Facts facts{std::unexpected(error), fail(ErrorKind::unreachable, "not asked"), {}};
    if (error.kind == ErrorKind::refused) {
        facts.monitor =
            ask_monitor(*config.monitor_url, deadline, tls_options(config.tls, "ARC_NATS_"));
    }
    return facts;
}

}  // namespace

std::vector<Request> questions(const std::vector<StreamSpec>& streams) {
    std::vector<Request> requests;
    requests.reserve(streams.size() + 1);
    for (const StreamSpec& stream : streams) {
        if (valid_stream_name(stream.name)) {
            requests.push_back({"$JS.API.STREAM.INFO." + stream.name, {}});
        }
    }
    if (requests.empty()) {
        requests.push_back({"$JS.API.INFO", {}});
    }
    return requests;
}

std::optional<Error> all_denied(std::span<const Answer> answers) {
    const auto denied = [](const Answer& answer) { return !answer.denied.empty(); };
    if (answers.empty() || !std::ranges::all_of(answers, denied)) {
        return std::nullopt;
    }
    return Error{ErrorKind::permission, answers.front().denied};
}

ClientFacts read_answers(const std::vector<StreamSpec>& streams, std::span<const Answer> answers,
                         KeepRaw keep) {
    ClientFacts facts;
    if (answers.empty() || std::ranges::any_of(answers, &Answer::no_responders)) {
        return facts;
    }
    std::size_t next = 0;
    std::optional<ApiError> error;  // any will do: JetStream is off for all or for none
    for (const StreamSpec& stream : streams) {
        const bool asked = valid_stream_name(stream.name) && next < answers.size();
        facts.streams.push_back(
            asked ? state_of(answers[next++], keep)
                  : StreamState{{}, ApiError{400, 0, "not a stream's name"}, {}, false});
        error = asked && facts.streams.back().error ? facts.streams.back().error : error;
    }
    if (next == 0) {
        error = api_error(answers.front().payload);
    }
    facts.jetstream = !error || !jetstream_off(*error);
    facts.jetstream_error =
        error && (next == 0 || !facts.jetstream) ? error->description : std::string{};
    return facts;
}

Result<MonitorFacts> own_monitor(const NatsConfig& config, const std::string& server_id,
                                 Deadline deadline) {
    auto facts = ask_monitor(*config.monitor_url, deadline, tls_options(config.tls, "ARC_NATS_"));
    for (int tries = 1;
         tries < kSettleTries && facts && std::ranges::any_of(facts->health.problems, damaged);
         ++tries) {
        std::this_thread::sleep_for(std::min<Deadline::Duration>(kSettle, deadline.remaining()));
        auto again =
            ask_monitor(*config.monitor_url, deadline, tls_options(config.tls, "ARC_NATS_"));
        if (!again) {
            break;
        }
        facts = std::move(again);
    }
    if (facts && facts->varz.server_id != server_id) {
        return fail(ErrorKind::protocol,
                    fmt::format("the monitor at {} belongs to another server than the client port",
                                host_and_port(config.monitor_url->host, config.monitor_url->port)));
    }
    return facts;
}

Facts gather(const NatsConfig& config, Deadline deadline) {
    auto client = Client::connect(config, deadline);
    if (!client) {
        return without_client(client.error(), config, deadline);
    }
    // The server works on the requests while the monitor is asked.
    if (const auto sent = client->send(questions(config.streams), deadline); !sent) {
        return without_client(sent.error(), config, deadline);
    }
    // Half of what is left: a monitor that hangs must not cost the answers that have come.
    auto monitor =
        own_monitor(config, client->server_id(), deadline.capped(deadline.remaining() / 2));
    auto streams = ask_streams(*client, config.streams, deadline);
    Facts facts{std::move(streams), std::move(monitor), {}};
    if (facts.client && facts.client->jetstream && answered(*facts.client) && *config.canary) {
        facts.client->canary = fly(*client, config, deadline);
    }
    if (facts.client && facts.client->loopback && facts.monitor) {
        facts.store = look_at_volume(facts.monitor->varz.store_dir, *config.data_dir);
    }
    return facts;
}

}  // namespace arc::nats
