#include "net/listener.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

#include "net/tcp.hpp"
#include "net/tls.hpp"

namespace arc {
namespace {

using std::chrono::milliseconds;

// A server that speaks first does so at once.
constexpr milliseconds kGreeting{60};
constexpr milliseconds kLongest{300};
constexpr std::size_t kMost = 4096;

// What the peer sends until it pauses, closes or has sent kMost bytes. The pause after the first
// bytes is short.
std::string receive(Channel& channel, Deadline deadline) {
    std::array<char, kMost> buffer{};
    std::string text;
    while (text.size() < kMost) {
        const ssize_t size = channel.receive(buffer);
        if (size > 0) {
            text.append(buffer.data(), static_cast<std::size_t>(size));
            continue;
        }
        const bool may_come = size < 0 && (errno == EAGAIN || errno == EINTR);
        const Deadline pause = text.empty() ? deadline : deadline.capped(kGreeting);
        if (!may_come || !wait_ready(channel.fd(), channel.waits_for(POLLIN), pause)) {
            break;
        }
    }
    return text;
}

// Every server of a protocol of lines answers it, and HTTP servers do.
constexpr std::string_view kLine = "PING\r\n\r\n";

// The greeting of the peer, or its answer to `question`.
std::string converse(Channel& channel, std::string_view question, Deadline deadline) {
    std::string greeting = receive(channel, deadline.capped(kGreeting));
    if (!greeting.empty() || channel.send(question) <= 0) {
        return greeting;
    }
    return receive(channel, deadline);
}

bool speaks_http(std::string_view first) {
    return first.starts_with("HTTP/") || first.starts_with("<");  // a page
}

bool speaks_ssh(std::string_view first) {
    return first.starts_with("SSH-");
}

constexpr Protocol kSsh{.name = "SSH", .question = {}, .speaks = &speaks_ssh};

// The name of the protocol; empty: unknown.
std::string_view protocol_of(std::string_view first) {
    for (const Protocol* each : {&kHttp, &kSsh}) {
        if (each->speaks(first)) {
            return each->name;
        }
    }
    const auto found = std::ranges::find_if(
        protocols(), [first](const Protocol* each) { return each->speaks(first); });
    return found == protocols().end() ? std::string_view{} : (*found)->name;
}

// "maximum connections exceeded" of "-ERR 'maximum connections exceeded'".
std::string refusal_in(std::string_view first) {
    constexpr std::string_view kStart = "-ERR ";
    const std::size_t start = first.find(kStart);
    if (start == std::string_view::npos) {
        return {};
    }
    std::string_view text = first.substr(start + kStart.size());
    text = text.substr(0, text.find_first_of("\r\n"));
    return std::string(text.starts_with('\'') ? text.substr(1, text.size() - 2) : text);
}

// The record of a handshake or an alert of TLS 1.x.
bool is_tls_record(std::string_view first) {
    return first.size() >= 2 && (first[0] == '\x16' || first[0] == '\x15') && first[1] == '\x03';
}

struct Listener {
    bool tls = false;           // it answers a TLS handshake
    std::string_view protocol;  // the name; empty: unknown
    std::string first;          // the first bytes that it sent, behind TLS if `tls`
};

// What the peer says on a new connection, in the clear.
std::string ask_plainly(const Attempt& attempt, std::string_view question, Deadline deadline) {
    auto socket = connect_host(attempt.host, attempt.port, deadline);
    if (!socket) {
        return {};
    }
    Channel channel{std::move(*socket)};
    return converse(channel, question, deadline);
}

Listener ask_by_tls(const Attempt& attempt, Deadline deadline) {
    auto socket = connect_host(attempt.host, attempt.port, deadline);
    if (!socket) {
        return {};
    }
    Channel channel{std::move(*socket)};
    TlsOptions any;
    any.verify = false;
    const auto started = channel.start_tls(any, attempt.host, {}, deadline);
    // An alert is an answer, too: the server requires a client certificate, or another version.
    if (!started) {
        const Error& error = started.error();
        const bool is_plain = error.text.ends_with("does not speak TLS");
        return {.tls = error.kind == ErrorKind::tls && !is_plain, .protocol = {}, .first = {}};
    }
    std::string first = converse(channel, kLine, deadline);
    return {.tls = true, .protocol = protocol_of(first), .first = std::move(first)};
}

// A port that says nothing is an empty Listener.
Listener identify(const Attempt& attempt, Deadline deadline) {
    std::vector<std::string_view> questions{kLine};
    for (const Protocol* each : protocols()) {
        if (!each->question.empty()) {
            questions.push_back(each->question);
        }
    }
    for (std::size_t left = questions.size(); left > 0; --left) {
        const auto share = deadline.remaining() / static_cast<int>(left + 1);
        std::string first =
            ask_plainly(attempt, questions[questions.size() - left], deadline.capped(share));
        if (is_tls_record(first)) {
            break;
        }
        if (!first.empty()) {
            return {.tls = false, .protocol = protocol_of(first), .first = std::move(first)};
        }
    }
    return ask_by_tls(attempt, deadline);
}

bool may_be_another(ErrorKind kind) {
    return kind == ErrorKind::timeout || kind == ErrorKind::unreachable || kind == ErrorKind::tls ||
           kind == ErrorKind::protocol;
}

}  // namespace

constinit const Protocol kHttp{.name = "HTTP", .question = {}, .speaks = &speaks_http};

Attempt attempt_of(const Url& url, std::string_view protocol, std::string_view plain_scheme,
                   std::string_view tls_scheme, std::string_view setting) {
    const std::string where = host_and_port(url.host, url.port);
    return {
        .host = url.host,
        .port = url.port,
        .protocol = protocol,
        .tls = url.scheme == tls_scheme,
        .setting = std::string(setting),
        .if_tls = fmt::format("Set {} to {}://{}{}.", setting, tls_scheme, where, url.path),
        .if_plain = fmt::format("Set {} to {}://{}{}.", setting, plain_scheme, where, url.path)};
}

Deadline first_answer_by(Deadline deadline) noexcept {
    return deadline.earlier(std::min(deadline.remaining() / 4, kLongest));
}

Error explain_failure(Error error, const Attempt& attempt, Deadline deadline) {
    if (!may_be_another(error.kind) || deadline.expired()) {
        return error;
    }
    const Listener found = identify(attempt, deadline.capped(kLongest + kGreeting));
    const std::string where = host_and_port(attempt.host, attempt.port);
    if (!found.protocol.empty() && found.protocol != attempt.protocol) {
        return {ErrorKind::protocol,
                fmt::format("{} speaks {}{} and not {}", where, found.protocol,
                            found.tls ? " with TLS" : "", attempt.protocol),
                fmt::format("Compare {} with the server's port.", attempt.setting)};
    }
    if (found.tls && !attempt.tls) {
        return {ErrorKind::tls, where + " requires TLS", attempt.if_tls};
    }
    if (!found.tls && attempt.tls && !found.protocol.empty()) {
        return {ErrorKind::tls, where + " does not begin with TLS", attempt.if_plain};
    }
    // It talks, and rejects clients: at its limit, NATS may close before its reason is read.
    const std::string refusal = refusal_in(found.first);
    if (error.kind == ErrorKind::unreachable && !refusal.empty()) {
        return {ErrorKind::rejected, fmt::format("{} rejects the connection ({})", where, refusal)};
    }
    return error;
}

}  // namespace arc
