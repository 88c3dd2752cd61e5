#include "nats/client.hpp"

#include <fmt/format.h>
#include <nats/nats.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/units.hpp"
#include "nats/greeting.hpp"
#include "nats/nkey.hpp"
#include "nats/subject.hpp"
#include "nats/tls_bridge.hpp"
#include "net/listener.hpp"
#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

template <auto kDestroy>
struct HandleDeleter {
    void operator()(auto* handle) const noexcept { kDestroy(handle); }
};
using Options = std::unique_ptr<natsOptions, HandleDeleter<natsOptions_Destroy>>;
using Message = std::unique_ptr<natsMsg, HandleDeleter<natsMsg_Destroy>>;

// cnats does not escape credentials in the JSON of CONNECT.
std::string json_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            escaped += '\\';
        }
        if (static_cast<unsigned char>(c) < 0x20U) {
            escaped +=
                fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            escaped += c;
        }
    }
    return escaped;
}

// cnats's text without the source location at its start: "(conn.c:1946): Authorization
// Violation".
std::string last_library_error() {
    natsStatus status = NATS_OK;
    const char* raw = nats_GetLastError(&status);
    std::string_view text = raw == nullptr ? std::string_view{} : raw;
    if (const std::size_t end = text.find("): ");
        text.starts_with('(') && end != std::string_view::npos) {
        text.remove_prefix(end + 3);
    }
    return std::string(text.empty() ? natsStatus_GetText(status) : text);
}

// cnats calls it for an -ERR. Its default prints to stderr.
void ignore_error(natsConnection*, natsSubscription*, natsStatus, void*) {}

// The event loop that cnats gets: what to poll for.
struct Loop {
    int fd = -1;               // owned: cnats leaves the closing to its event loop
    bool wants_write = false;  // cnats has something to send
};

// cnats's event loop callbacks. cnats holds its own lock during the call, so they only set a flag.
natsStatus on_attach(void** data, void* loop, natsConnection*, natsSock socket) {
    static_cast<Loop*>(loop)->fd = socket;
    *data = loop;
    return NATS_OK;
}
natsStatus on_read(void*, bool) {
    return NATS_OK;  // always polled for
}
natsStatus on_write(void* data, bool add) {
    static_cast<Loop*>(data)->wants_write = add;
    return NATS_OK;
}
natsStatus on_detach(void*) {
    return NATS_OK;
}

bool is_loopback(std::string_view address) {
    return address.starts_with("127.") || address == "::1";
}

Options make_options(const NatsConfig& config, const std::string& url, Deadline deadline,
                     Loop& loop) {
    natsOptions* raw = nullptr;
    // 0: no spinning on locks.
    if (nats_Open(0) != NATS_OK || natsOptions_Create(&raw) != NATS_OK) {
        return nullptr;
    }
    Options options{raw};
    bool good =
        natsOptions_SetURL(raw, url.c_str()) == NATS_OK &&
        natsOptions_SetTimeout(raw, deadline.remaining().count() + 1) == NATS_OK &&
        natsOptions_SetAllowReconnect(raw, false) == NATS_OK &&
        natsOptions_SetIgnoreDiscoveredServers(raw, true) == NATS_OK &&
        natsOptions_SetName(raw, "arc-sidecar") == NATS_OK &&
        // No thread that flushes, no timer that pings.
        natsOptions_SetSendAsap(raw, true) == NATS_OK &&
        natsOptions_SetPingInterval(raw, 0) == NATS_OK &&
        natsOptions_SetErrorHandler(raw, ignore_error, nullptr) == NATS_OK &&
        natsOptions_SetEventLoop(raw, &loop, on_attach, on_read, on_write, on_detach) == NATS_OK;
    if (good && (config.url->scheme == "tls" || *config.tls_first)) {
        good = natsOptions_SetSecure(raw, true) == NATS_OK &&
               (!*config.tls_first || natsOptions_TLSHandshakeFirst(raw) == NATS_OK);
    }
    return good ? std::move(options) : nullptr;
}

// cnats asks for the signature of the server's nonce; `closure` is the seed. The memory is cnats's
// to free.
natsStatus sign(char**, unsigned char** signature, int* size, const char* nonce, void* closure) {
    return nats_Sign(static_cast<const std::string*>(closure)->c_str(), nonce, signature, size);
}

// The seed must outlive the connection's start: it is `seed`.
Result<void> use_nkey(natsOptions* options, const NatsConfig& config, std::string& seed) {
    auto found = find_user_seed(config.nkey->reveal());
    const auto shown = found.and_then([](const std::string& text) { return public_key(text); });
    if (!shown) {
        return fail(ErrorKind::config, fmt::format("ARC_NATS_NKEY_FILE: {}", shown.error().text));
    }
    seed = std::move(*found);
    const bool good = natsOptions_SetNKey(options, shown->c_str(), sign, &seed) == NATS_OK;
    return good ? Result<void>{} : fail(ErrorKind::io, last_library_error());
}

// The first that is set, the strongest first.
Result<void> use_credentials(natsOptions* options, const NatsConfig& config, std::string& seed) {
    natsStatus status = NATS_OK;
    if (!config.creds->empty()) {
        status = natsOptions_SetUserCredentialsFromMemory(options, config.creds->reveal().c_str());
    } else if (!config.nkey->empty()) {
        return use_nkey(options, config, seed);
    } else if (!config.token->empty()) {
        status = natsOptions_SetToken(options, json_escaped(config.token->reveal()).c_str());
    } else if (!config.user->empty()) {
        status = natsOptions_SetUserInfo(options, json_escaped(*config.user).c_str(),
                                         json_escaped(config.password->reveal()).c_str());
    }
    return status == NATS_OK ? Result<void>{} : fail(ErrorKind::io, last_library_error());
}

// The number at the end of a reply subject, or `limit` when there is none.
std::size_t reply_number(std::string_view subject, std::size_t prefix, std::size_t limit) {
    std::size_t number = limit;
    if (subject.size() > prefix) {
        std::from_chars(subject.data() + prefix, subject.data() + subject.size(), number);
    }
    return number;
}

// The answers to the outstanding requests so far.
struct Round {
    std::vector<std::optional<Answer>> answers;  // by request; std::nullopt: not yet
    std::size_t answered = 0;                    // of them
    // statuses 503: cnats does not pass the message on, so the request is unknown
    std::size_t no_responders = 0;
    bool denied = false;  // one was

    void put(std::size_t request, Answer answer) {
        answered += answers[request] ? 0 : 1;
        denied = denied || std::holds_alternative<Denied>(answer);
        answers[request] = std::move(answer);
    }
    [[nodiscard]] bool complete() const { return answered + no_responders >= answers.size(); }
};

// Marks the requests without an answer. False if none has one, or if a status 503 belongs to one.
bool mark_silent(Round& round) {
    if (round.answered == 0 || round.no_responders > 0) {
        return false;
    }
    for (std::optional<Answer>& answer : round.answers) {
        answer = answer ? std::move(answer) : Silent{};
    }
    return true;
}

}  // namespace

struct Client::Impl {
    natsConnection* connection = nullptr;
    natsSubscription* inbox = nullptr;
    Loop loop;
    std::string prefix;  // of reply subjects: "_INBOX.<22 characters>."
    std::string where;   // "127.0.0.1:4222"
    std::string server_id;
    std::string seed;  // of an nkey; cnats signs with it while it connects
    bool loopback = false;
    std::size_t next_reply = 0;  // the number of the next request's reply subject
    std::vector<Request> asked;  // the requests whose answers are outstanding
    // the last -ERR about a subject of a request: cnats keeps it
    std::string denied;

    Impl() = default;
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl();

    Result<void> open(const NatsConfig& config, const std::string& address, Deadline deadline);
    Result<void> subscribe();
    Result<void> pump(Deadline deadline);
    Result<void> flush(Deadline deadline);
    Result<void> send(std::span<const Request> requests, Deadline deadline);
    Result<Round> receive(Deadline deadline);
    Result<Answer> ask_again(const Request& request, Deadline deadline);
    Result<void> drain(Round& round);
    bool mark_denied(Round& round, const std::string& refusal);
    [[nodiscard]] Result<void> state() const;
    [[nodiscard]] Error connect_error(natsStatus status, const NatsConfig& config,
                                      const TlsBridge& bridge, const std::string& address,
                                      Deadline deadline) const;
    void drop_unsent() noexcept;
};

Client::Impl::~Impl() {
    drop_unsent();
    if (connection != nullptr) {
        natsConnection_Close(connection);
    }
    natsSubscription_Destroy(inbox);
    natsConnection_Destroy(connection);
    if (loop.fd >= 0) {
        ::close(loop.fd);
    }
}

// With unsent data, natsConnection_Close() would wait for the server (500 ms). If the socket is
// shut down, cnats closes the connection itself, without waiting.
void Client::Impl::drop_unsent() noexcept {
    if (connection == nullptr || natsConnection_Buffered(connection) <= 0 || loop.fd < 0) {
        return;
    }
    ::shutdown(loop.fd, SHUT_RDWR);
    for (int reads = 0; reads < 64 && !natsConnection_IsClosed(connection); ++reads) {
        natsConnection_ProcessReadEvent(connection);
    }
}

Error Client::Impl::connect_error(natsStatus status, const NatsConfig& config,
                                  const TlsBridge& bridge, const std::string& address,
                                  Deadline deadline) const {
    if (const auto& error = bridge.error()) {
        return *error;
    }
    // A fatal alert reaches cnats as the end of the connection.
    const std::string alert = bridge.encrypted() ? tls_words() : std::string{};
    const std::string text = alert.empty() ? last_library_error() : alert;
    if (wants_certificate(text)) {
        return tls_error(text, tls_of(config), config.url->host, where);
    }
    switch (status) {
        case NATS_CONNECTION_AUTH_FAILED:
            return {ErrorKind::auth, text};
        case NATS_NO_MEMORY:
            return {ErrorKind::shortage, fmt::format("{}: no memory to connect", where)};
        case NATS_PROTOCOL_ERROR:
        case NATS_LINE_TOO_LONG:
            return {ErrorKind::protocol, fmt::format("{} does not speak NATS", where)};
        case NATS_SECURE_CONNECTION_WANTED:
            return {ErrorKind::tls, where + " does not offer TLS, which ARC_NATS_URL requires",
                    fmt::format("Set ARC_NATS_URL to nats://{}, or give the server a `tls` block.",
                                where)};
        case NATS_SSL_ERROR:
            return {ErrorKind::tls, fmt::format("TLS with {}: {}", where, text)};
        case NATS_NOT_FOUND:
        case NATS_INVALID_ARG:
            if (!config.creds->empty()) {
                return {ErrorKind::config, "ARC_NATS_CREDS_FILE has no JWT and seed of a user"};
            }
            break;
        case NATS_ERR:
            return {ErrorKind::rejected,
                    fmt::format("{} rejects the connection ({})", where, text)};
        default:
            break;
    }
    if (deadline.remaining() <= std::chrono::milliseconds{1}) {
        return {ErrorKind::timeout, fmt::format("{} did not answer within {}", where,
                                                format_duration(deadline.budget()))};
    }
    if (auto lack = own_shortage(where)) {
        return std::move(*lack);
    }
    if (status == NATS_SYS_ERROR && text.contains("thread")) {
        return {ErrorKind::shortage, fmt::format("{}: no thread: {}", where, text)};
    }
    // cnats reports a refusal like other failures.
    if (const auto accepted = try_connect(address, config.url->port, deadline); !accepted) {
        return accepted.error();
    }
    return {ErrorKind::unreachable,
            fmt::format("{} accepted the connection and closed it ({})", where, text)};
}

Result<void> Client::Impl::open(const NatsConfig& config, const std::string& address,
                                Deadline deadline) {
    const std::uint16_t port = config.url->port;
    where = host_and_port(address, port);
    loopback = is_loopback(address);
    const Options options = make_options(config, "nats://" + where, deadline, loop);
    if (!options) {
        // The library has only started threads so far, so this process lacks a resource.
        return fail(ErrorKind::shortage, "no thread or no memory to start the NATS library");
    }
    if (const auto used = use_credentials(options.get(), config, seed); !used) {
        return used;
    }
    const TlsOptions tls = tls_of(config);
    const TlsBridge bridge{tls, config.url->host, where, deadline};
    const natsStatus status = natsConnection_Connect(&connection, options.get());
    if (status != NATS_OK) {
        return std::unexpected(connect_error(status, config, bridge, address, deadline));
    }
    std::array<char, 128> id{};
    if (natsConnection_GetConnectedServerId(connection, id.data(), id.size()) == NATS_OK) {
        server_id = id.data();
    }
    return subscribe();
}

// One subscription for the answers to all requests: the last token of a reply subject is the
// request's number.
Result<void> Client::Impl::subscribe() {
    natsInbox* name = nullptr;
    if (natsInbox_Create(&name) == NATS_OK) {
        prefix = fmt::format("{}.", static_cast<const char*>(name));
        natsInbox_Destroy(name);
        if (natsConnection_SubscribeSync(&inbox, connection, (prefix + "*").c_str()) == NATS_OK) {
            return {};
        }
    }
    return fail(ErrorKind::io,
                fmt::format("{}: no subscription for answers: {}", where, last_library_error()));
}

Result<void> Client::Impl::state() const {
    std::array<char, 512> text{};
    const natsStatus status = natsConnection_ReadLastError(connection, text.data(), text.size());
    if (status == NATS_NOT_PERMITTED) {
        std::string refusal = fmt::format("-ERR '{}'", text.data());
        return refusal == denied ? Result<void>{} : fail(ErrorKind::permission, std::move(refusal));
    }
    if (!natsConnection_IsClosed(connection)) {
        return {};
    }
    if (status == NATS_CONNECTION_AUTH_FAILED) {
        return fail(ErrorKind::auth, text.data());
    }
    return fail(status == NATS_ERR ? ErrorKind::rejected : ErrorKind::unreachable,
                fmt::format("{} closed the connection ({})", where, text.data()));
}

// Waits for the socket once and lets cnats read and write. An error is a state that no answer can
// follow.
Result<void> Client::Impl::pump(Deadline deadline) {
    const auto events = static_cast<short>(loop.wants_write ? POLLIN | POLLOUT : POLLIN);
    if (deadline.expired() || !wait_ready(loop.fd, events, deadline)) {
        return fail(ErrorKind::timeout, fmt::format("{} answers PING, but no request within {}",
                                                    where, format_duration(deadline.budget())));
    }
    if (loop.wants_write) {
        natsConnection_ProcessWriteEvent(connection);
    }
    natsConnection_ProcessReadEvent(connection);
    return state();
}

Result<void> Client::Impl::flush(Deadline deadline) {
    // Nearly always the socket takes everything at once.
    if (loop.wants_write) {
        natsConnection_ProcessWriteEvent(connection);
    }
    while (loop.wants_write) {
        if (const auto pumped = pump(deadline); !pumped) {
            return pumped;
        }
    }
    return {};
}

// Takes what has arrived for the requests in `asked`, which have the last numbers.
Result<void> Client::Impl::drain(Round& round) {
    const std::size_t first = next_reply - asked.size();
    natsMsg* raw = nullptr;
    natsStatus status = NATS_OK;
    while (!round.complete() &&
           (status = natsSubscription_NextMsg(&raw, inbox, 0)) != NATS_TIMEOUT) {
        if (status == NATS_NO_RESPONDERS) {
            ++round.no_responders;
            continue;
        }
        if (status != NATS_OK) {
            return fail(ErrorKind::unreachable,
                        fmt::format("{}: {}", where, natsStatus_GetText(status)));
        }
        const Message message{raw};
        const std::size_t number =
            reply_number(natsMsg_GetSubject(raw), prefix.size(), next_reply) - first;
        if (number < round.answers.size() && !round.answers[number]) {
            round.put(number, std::string(natsMsg_GetData(raw),
                                          static_cast<std::size_t>(natsMsg_GetDataLength(raw))));
        }
    }
    return {};
}

// Whether the refusal is about one that was asked.
bool Client::Impl::mark_denied(Round& round, const std::string& refusal) {
    const auto found = std::ranges::find(asked, denied_subject(refusal), &Request::subject);
    if (found == asked.end()) {
        return false;
    }
    denied = refusal;
    round.put(static_cast<std::size_t>(found - asked.begin()), Denied{refusal});
    return true;
}

Result<void> Client::Impl::send(std::span<const Request> requests, Deadline deadline) {
    for (const Request& request : requests) {
        const std::string reply = fmt::format("{}{}", prefix, next_reply++);
        const natsStatus status = natsConnection_PublishRequest(
            connection, request.subject.c_str(), reply.c_str(), request.payload.data(),
            static_cast<int>(request.payload.size()));
        if (status != NATS_OK) {
            return fail(ErrorKind::unreachable, fmt::format("{}: {}: {}", where, request.subject,
                                                            natsStatus_GetText(status)));
        }
    }
    asked.assign(requests.begin(), requests.end());
    return flush(deadline);
}

// Until all have an answer, or one was denied, or the time is over with some answers.
Result<Round> Client::Impl::receive(Deadline deadline) {
    Round round;
    round.answers.resize(asked.size());
    while (true) {
        if (const auto drained = drain(round); !drained) {
            return std::unexpected(drained.error());
        }
        if (round.complete() || round.denied) {
            return round;
        }
        const auto pumped = pump(deadline);
        if (!pumped && pumped.error().kind == ErrorKind::timeout && mark_silent(round)) {
            return round;
        }
        if (!pumped && (pumped.error().kind != ErrorKind::permission ||
                        !mark_denied(round, pumped.error().text))) {
            return std::unexpected(pumped.error());
        }
    }
}

// A request that is still without an answer after another was denied.
Result<Answer> Client::Impl::ask_again(const Request& request, Deadline deadline) {
    const auto sent = send({&request, 1}, deadline);
    auto round = sent ? receive(deadline) : std::unexpected(sent.error());
    if (!round) {
        return round.error().kind == ErrorKind::timeout ? Result<Answer>{Silent{}}
                                                        : std::unexpected(std::move(round.error()));
    }
    return std::move(round->answers.front()).value_or(NoResponders{});
}

Client::Client(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Client> Client::connect(const NatsConfig& config, Deadline deadline) {
    const auto address = reachable_address(config.url->host, config.url->port, deadline);
    if (!address) {
        return std::unexpected(address.error());
    }
    auto impl = std::make_unique<Impl>();
    if (const auto opened = impl->open(config, *address, first_answer_by(deadline)); !opened) {
        const Attempt attempt{.host = *address,
                              .port = config.url->port,
                              .protocol = kProtocol.name,
                              .tls = *config.tls_first,
                              .setting = "ARC_NATS_URL",
                              .if_tls = "Set ARC_NATS_TLS_FIRST to yes.",
                              .if_plain = "Set ARC_NATS_TLS_FIRST to no."};
        return std::unexpected(explain_failure(opened.error(), attempt, deadline));
    }
    return Client{std::move(impl)};
}

Result<void> Client::send(std::span<const Request> requests, Deadline deadline) {
    return impl_->send(requests, deadline);
}

Result<std::vector<Answer>> Client::receive(Deadline deadline) {
    auto round = impl_->receive(deadline);
    if (!round) {
        return std::unexpected(round.error());
    }
    const std::vector<Request> requests = std::move(impl_->asked);
    std::vector<Answer> answers;
    answers.reserve(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
        std::optional<Answer>& answer = round->answers[i];
        if (!answer && round->denied) {
            // Half of what is left for each: one that is silent must not cost the next.
            auto again = impl_->ask_again(requests[i], deadline.capped(deadline.remaining() / 2));
            if (!again) {
                return std::unexpected(again.error());
            }
            answer = std::move(*again);
        }
        answers.push_back(std::move(answer).value_or(NoResponders{}));
    }
    return answers;
}

Result<std::string> Client::request(const Request& request, Deadline deadline) {
    if (const auto sent = send({&request, 1}, deadline); !sent) {
        return std::unexpected(sent.error());
    }
    auto answers = receive(deadline);
    if (!answers) {
        return std::unexpected(answers.error());
    }
    if (auto* payload = std::get_if<std::string>(&answers->front())) {
        return std::move(*payload);
    }
    if (auto* denied = std::get_if<Denied>(&answers->front())) {
        return fail(ErrorKind::permission, std::move(denied->text));
    }
    return fail(ErrorKind::rejected, fmt::format("no responders for {}", request.subject));
}

const std::string& Client::server_id() const noexcept {
    return impl_->server_id;
}

std::uint64_t Client::connection_id() const noexcept {
    std::uint64_t id = 0;
    return natsConnection_GetClientID(impl_->connection, &id) == NATS_OK ? id : 0;
}

std::int64_t Client::max_payload() const noexcept {
    return natsConnection_GetMaxPayload(impl_->connection);
}

bool Client::loopback() const noexcept {
    return impl_->loopback;
}

}  // namespace arc::nats
