#include "nats/greeting.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <chrono>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
// A server greets at once. This is for a slow network.
constexpr std::chrono::milliseconds kPatience{200};
// A handshake of TLS without content, which a TLS server answers with an alert.
constexpr std::string_view kHello{"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n", 14};
// A request or a command of other protocols.
constexpr std::string_view kLine = "PING\r\n\r\n";

// Everything that arrives until `done` is satisfied, the peer closes, or the deadline passes.
template <class Done>
std::string read_until(const Fd& socket, Done done, Deadline deadline) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() < kMostBytes && !done(text) && wait_ready(socket.get(), POLLIN, deadline)) {
        const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

bool has_line(std::string_view text) {
    return text.contains('\n');
}

bool has_refusal(std::string_view text) {
    return !refusal_in(text).empty();
}

bool has_any(std::string_view text) {
    return !text.empty();
}

bool is_tls(std::string_view answer) {
    return answer.starts_with('\x15') || answer.starts_with('\x16');
}

// What the peer sends on a new connection after `request`.
template <class Done>
std::string answer_to(std::string_view request, Done done, const std::string& address,
                      std::uint16_t port, Deadline deadline) {
    const auto socket = connect_tcp(address, port, deadline);
    const bool sent = socket && (request.empty() || ::send(socket->get(), request.data(),
                                                           request.size(), MSG_NOSIGNAL) >= 0);
    return sent ? read_until(*socket, done, deadline) : std::string{};
}

}  // namespace

std::string_view refusal_in(std::string_view greeting) noexcept {
    constexpr std::string_view kMark = "-ERR '";
    const std::size_t begin = greeting.find(kMark);
    const std::size_t end =
        begin == std::string_view::npos ? begin : greeting.find('\'', begin + kMark.size());
    return end == std::string_view::npos
               ? std::string_view{}
               : greeting.substr(begin + kMark.size(), end - begin - kMark.size());
}

Result<std::string> read_server_id(const std::string& address, std::uint16_t port,
                                   Deadline deadline) {
    constexpr std::string_view kInfo = "INFO ";
    const auto socket = connect_tcp(address, port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    const std::string text = read_until(*socket, has_line, deadline);
    const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    std::string id = line.starts_with(kInfo)
                         ? json_text(parse_json(line.substr(kInfo.size())), "server_id")
                         : std::string{};
    return id.empty() ? fail(ErrorKind::protocol, fmt::format("{} does not greet as a nats-server",
                                                              host_and_port(address, port)))
                      : Result<std::string>{std::move(id)};
}

Error plain_greeting(Error error, const std::string& address, std::uint16_t port,
                     Deadline deadline) {
    const bool greets = error.kind == ErrorKind::tls &&
                        read_server_id(address, port, deadline.capped(kPatience)).has_value();
    return greets ? Error{ErrorKind::tls,
                          fmt::format("{} sends its INFO before the TLS handshake, so set "
                                      "ARC_NATS_TLS_FIRST=false",
                                      host_and_port(address, port))}
                  : error;
}

Error explain_connection(Error error, const std::string& address, std::uint16_t port,
                         Deadline deadline) {
    const std::string where = host_and_port(address, port);
    // A client that timed out has waited for the greeting.
    const std::string greeting =
        error.kind == ErrorKind::timeout
            ? std::string{}
            : answer_to({}, has_refusal, address, port, deadline.capped(kPatience));
    if (const std::string_view refusal = refusal_in(greeting); !refusal.empty()) {
        return {ErrorKind::rejected,
                fmt::format("{} rejects the connection (-ERR '{}')", where, refusal)};
    }
    if (!greeting.empty()) {
        return error;
    }
    std::string answer =
        answer_to(kHello, has_any, address, port, deadline.capped(deadline.remaining() / 2));
    if (is_tls(answer)) {
        return {
            ErrorKind::tls,
            fmt::format("{} expects a TLS handshake first, so set ARC_NATS_TLS_FIRST=true", where)};
    }
    if (answer.empty()) {
        answer = answer_to(kLine, has_any, address, port, deadline);
    }
    if (answer.starts_with("HTTP/") || answer.starts_with("<")) {  // a page
        return {ErrorKind::protocol, fmt::format("{} speaks HTTP, not NATS", where)};
    }
    return answer.empty()
               ? error
               : Error{ErrorKind::protocol, fmt::format("{} does not speak NATS", where)};
}

}  // namespace arc::nats
