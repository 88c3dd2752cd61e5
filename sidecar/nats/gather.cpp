#include "nats/gather.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/variant.hpp"
#include "nats/api_server.hpp"
#include "nats/canary.hpp"
#include "nats/monitor.hpp"
#include "nats/stream_api.hpp"
#include "nats/subject.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

bool is_jetstream_off(const ApiError& error) {
    return error.err_code == 10039 || error.err_code == 10076;
}

StreamState state_of(const Answer& answer, KeepRaw keep) {
    if (const auto* denied = std::get_if<Denied>(&answer)) {
        return *denied;
    }
    const auto* payload = std::get_if<std::string>(&answer);
    if (payload == nullptr) {
        return Silent{};
    }
    auto stream = parse_stream(*payload, keep);
    if (stream) {
        return std::move(*stream);
    }
    return stream.error().err_code == kNotFound ? StreamState{Missing{}} : stream.error();
}

AccountState account_of(const Answer& answer) {
    if (const auto* denied = std::get_if<Denied>(&answer)) {
        return *denied;
    }
    const auto* payload = std::get_if<std::string>(&answer);
    if (payload == nullptr) {
        return Silent{};
    }
    auto account = parse_account(*payload);
    return account ? AccountState{std::move(*account)} : account.error();
}

// Each subject has a limit of its own, and the stream rejects messages beyond it.
bool limits_subjects(const StreamState& state) {
    const auto* stream = std::get_if<Stream>(&state);
    return stream != nullptr && stream->discard_new_per_subject &&
           stream->spec.max_msgs_per_subject.value_or(0) > 0;
}

// The number of messages of a subject, which only such streams need. Without an answer it stays
// unknown.
void count_subjects(Client& client, JetStreamRunning& running, Deadline deadline) {
    for (StreamState& state : running.streams) {
        if (limits_subjects(state)) {
            auto& stream = std::get<Stream>(state);
            const auto answer = client.request(
                {"$JS.API.STREAM.INFO." + stream.spec.name, std::string(kCountSubjects)}, deadline);
            stream.use.largest_subject = answer ? parse_largest_subject(*answer) : 0;
        }
    }
}

// Servers before 2.10 do not answer.
std::optional<std::string> account_name(Client& client, Deadline deadline) {
    const auto answer = client.request({"$SYS.REQ.USER.INFO", {}}, deadline);
    return answer ? parse_user_account(*answer) : std::nullopt;
}

// The answers to what was sent. Without one, the server let us in and answered our PING, and it is
// JetStream that is silent.
Result<JetStreamState> receive_answers(Client& client, const std::vector<StreamSpec>& streams,
                                       KeepRaw keep, Deadline deadline) {
    const auto answers = client.receive(deadline);
    if (answers) {
        return read_answers(streams, *answers, keep);
    }
    return answers.error().kind == ErrorKind::timeout
               ? Result<JetStreamState>{JetStreamSilent{answers.error().text}}
               : std::unexpected(answers.error());
}

// The monitor of another server says nothing of this one.
Result<MonitorFacts> ask_monitor_of(const std::string& server_id, const NatsConfig& config,
                                    Deadline deadline) {
    auto facts = ask_monitor(config, deadline);
    return !facts || facts->varz.server_id == server_id
               ? std::move(facts)
               : fail(ErrorKind::protocol,
                      fmt::format(
                          "the monitor at {} belongs to another server than the client port",
                          host_and_port(config.monitor_url->host, config.monitor_url->port)));
}

// A write probe takes its time, which is over where an answer is missing.
bool has_answered(const Result<JetStreamState>& jetstream) {
    const auto* running = jetstream ? std::get_if<JetStreamRunning>(&*jetstream) : nullptr;
    return running != nullptr && std::ranges::none_of(running->streams, holds<Silent>);
}

Deadline half(Deadline deadline) {
    return deadline.capped(deadline.remaining() / 2);
}

// A request that is sent while a cluster has no leader is never answered. So bootstrap keeps time
// for another attempt, unless there are so many streams that the answers may take longer.
std::chrono::milliseconds patience(std::size_t streams) {
    constexpr std::chrono::milliseconds kPatience{5000};
    return kPatience + std::chrono::milliseconds{10} * static_cast<std::int64_t>(streams);
}

// The state of `streams`. It waits for half of the time: a stream that does not answer must not
// delay the others. If none answers, it waits for all of the time.
Result<JetStreamState> ask_streams(Client& client, const std::vector<StreamSpec>& streams,
                                   Deadline deadline) {
    if (const auto sent = client.send(questions(streams), deadline); !sent) {
        return std::unexpected(sent.error());
    }
    auto jetstream = receive_answers(client, streams, KeepRaw::yes, half(deadline));
    if (jetstream && std::holds_alternative<JetStreamSilent>(*jetstream)) {
        jetstream = receive_answers(client, streams, KeepRaw::yes, deadline);
    }
    return jetstream;
}

// What the answers so far leave open.
void add_details(Client& client, Facts& facts, Deadline deadline) {
    facts.max_payload = client.max_payload();
    if (!facts.jetstream) {
        return;
    }
    if (auto* running = std::get_if<JetStreamRunning>(&*facts.jetstream)) {
        count_subjects(client, *running, deadline);
    } else if (auto* off = std::get_if<JetStreamDisabled>(&*facts.jetstream)) {
        off->account = account_name(client, deadline);
    }
}

}  // namespace

Facts gather(const Config& config, Deadline deadline) {
    const NatsConfig& nats = config_of(config);
    auto client = Client::connect(nats, deadline);
    const auto sent =
        client ? client->send(questions(nats.streams), deadline) : std::unexpected(client.error());
    Facts facts;
    if (!sent) {
        facts.jetstream = std::unexpected(sent.error());
        // The monitor may know why the port is closed, and whether the server is live.
        if (sent.error().kind == ErrorKind::refused ||
            sent.error().kind == ErrorKind::unreachable) {
            facts.monitor = asked(ask_monitor(nats, deadline));
        }
        return facts;
    }
    // The server works on the questions while its monitor is asked, for half of what is left: one
    // that hangs must not cost the answers that have come.
    facts.monitor = asked(ask_monitor_of(client->server_id(), nats, half(deadline)));
    facts.jetstream = receive_answers(*client, nats.streams, KeepRaw::no, deadline);
    add_details(*client, facts, half(deadline));
    if (*nats.canary && has_answered(facts.jetstream)) {
        facts.canary = write_canary(*client, nats, deadline);
    }
    const Storage* storage = find_storage(facts);
    const bool beside = client->loopback() || config.is_beside("nats", *nats.url);
    if (storage != nullptr && facts.jetstream && beside) {
        facts.store = look_at_volume(storage->store_dir, *nats.data_dir);
    }
    return facts;
}

Result<PlanAnswer> gather_plan_facts(Client& client, const NatsConfig& config, Deadline deadline) {
    auto jetstream =
        ask_streams(client, config.streams, deadline.capped(patience(config.streams.size())));
    if (!jetstream) {
        return std::unexpected(jetstream.error());
    }
    auto* running = std::get_if<JetStreamRunning>(&*jetstream);
    if (auto* off = std::get_if<JetStreamDisabled>(&*jetstream)) {
        off->account = account_name(client, half(deadline));
    }
    if (running == nullptr) {
        return std::visit(Match{[](JetStreamRunning&&) { return PlanAnswer{}; },
                                [](auto&& other) { return PlanAnswer{std::move(other)}; }},
                          std::move(*jetstream));
    }
    PlanFacts observed{.declared = std::move(running->streams)};
    if (std::ranges::none_of(observed.declared, holds<Missing>)) {
        return observed;
    }
    // Before anything is created, and on the same run of the server: this connection would not have
    // outlived a restart.
    auto monitor = ask_monitor_of(client.server_id(), config, half(deadline));
    const Deadline looks = half(deadline);
    const auto before =
        monitor ? account_jetstream(client, config, looks) : std::unexpected(monitor.error());
    auto existing = list_streams(client, half(deadline));
    if (!existing) {
        return std::unexpected(existing.error());
    }
    observed.existing = std::move(*existing);
    observed.other_server = another_server(client, config, before, looks);
    observed.monitor = asked(std::move(monitor));
    return observed;
}

std::vector<Request> questions(const std::vector<StreamSpec>& streams) {
    std::vector<Request> requests;
    requests.reserve(streams.size() + 1);
    for (const StreamSpec& stream : streams) {
        if (valid_stream_name(stream.name)) {
            requests.push_back({"$JS.API.STREAM.INFO." + stream.name, {}});
        }
    }
    requests.push_back({"$JS.API.INFO", {}});
    return requests;
}

Result<JetStreamState> read_answers(const std::vector<StreamSpec>& streams,
                                    std::span<const Answer> answers, KeepRaw keep) {
    if (answers.empty() || std::ranges::any_of(answers, holds<NoResponders>)) {
        return JetStreamDisabled{};
    }
    const auto of_streams = answers.first(std::max<std::size_t>(answers.size() - 1, 1));
    if (std::ranges::all_of(of_streams, holds<Denied>)) {
        return fail(ErrorKind::permission, std::get<Denied>(answers.front()).text);
    }
    if (!streams.empty() && std::ranges::all_of(of_streams, holds<Silent>)) {
        const AccountState account = account_of(answers.back());
        const auto* reason = std::get_if<ApiError>(&account);
        return JetStreamSilent{reason == nullptr ? "no answer about any stream"
                                                 : describe(*reason)};
    }
    JetStreamRunning running{.streams = {}, .account = account_of(answers.back())};
    const auto* error = std::get_if<ApiError>(&running.account);
    auto next = answers.begin();
    for (const StreamSpec& stream : streams) {
        const bool asked = valid_stream_name(stream.name) && next + 1 < answers.end();
        running.streams.push_back(asked ? state_of(*next++, keep)
                                        : ApiError{{}, "not a stream's name"});
    }
    for (const StreamState& stream : running.streams) {  // JetStream is off for all or for none
        error = error == nullptr ? std::get_if<ApiError>(&stream) : error;
    }
    return error != nullptr && is_jetstream_off(*error)
               ? JetStreamState{JetStreamDisabled{.reason = describe(*error), .account = {}}}
               : std::move(running);
}

}  // namespace arc::nats
