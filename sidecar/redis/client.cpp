#include "redis/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/units.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "net/unix_socket.hpp"

namespace arc::redis {
namespace {

// One exchange with one server.
struct Exchange {
    Channel channel;
    ReplyReader reader;
    std::string where;  // "127.0.0.1:6379", for messages
    Deadline deadline;
    const TlsOptions& tls;
};

std::unexpected<Error> late(const Exchange& exchange) {
    return fail(ErrorKind::timeout,
                fmt::format("{} accepted the connection and did not answer within {}",
                            exchange.where, format_duration(exchange.deadline.budget())));
}

std::unexpected<Error> lost(const Exchange& exchange, std::string_view reason) {
    return fail(
        ErrorKind::unreachable,
        fmt::format("{} closed the connection before it answered ({})", exchange.where, reason));
}

bool can_continue(const Exchange& exchange, short event) {
    return wait_ready(exchange.channel.fd(), exchange.channel.waits_for(event), exchange.deadline);
}

Result<void> send_all(Exchange& exchange, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = exchange.channel.send(bytes);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!can_continue(exchange, POLLOUT)) {
                return late(exchange);
            }
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return {};  // closed already, perhaps after an error reply
        } else if (errno != EINTR) {
            return lost(exchange, ::strerrordesc_np(errno));
        }
    }
    return {};
}

// The peer closed the connection. A single error reply is a valid answer (see ask()).
Result<void> ended(Exchange& exchange, std::string_view reason) {
    const bool refusal = exchange.reader.replies().size() == 1 &&
                         exchange.reader.replies().front().kind == Reply::Kind::error;
    return refusal ? Result<void>{} : lost(exchange, reason);
}

Result<void> receive_all(Exchange& exchange, std::size_t wanted, std::size_t optional) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): recv() fills it
    std::array<char, std::size_t{16} * 1024> buffer;
    while (exchange.reader.replies().size() < wanted) {
        const ssize_t size = exchange.channel.receive(buffer);
        if (size == 0) {
            return ended(exchange, "end of file");
        }
        if (size < 0 && errno == EAGAIN) {
            if (!can_continue(exchange, POLLIN)) {
                return exchange.reader.replies().size() + optional >= wanted ? Result<void>{}
                                                                             : late(exchange);
            }
            continue;
        }
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && wants_certificate(exchange.channel.words())) {
            return std::unexpected(
                tls_error(exchange.channel.words(), exchange.tls, exchange.where, exchange.where));
        }
        if (size < 0) {
            return ended(exchange, ::strerrordesc_np(errno));
        }
        if (const auto fed = exchange.reader.feed({buffer.data(), static_cast<std::size_t>(size)});
            !fed) {
            return fail(fed.error().kind, fmt::format("{} {}", exchange.where, fed.error().text));
        }
    }
    return {};
}

Error wrong_scheme(const Exchange& exchange, std::string_view spoken, std::string_view scheme) {
    return {ErrorKind::tls, fmt::format("{} {}. Set {}URL to {}://{}", exchange.where, spoken,
                                        exchange.tls.settings, scheme, exchange.where)};
}

// A server that requires TLS closes the connection of a plain client without a reply, or sends a
// TLS alert.
Error with_tls_named(Error error, const Url& server, const Exchange& exchange) {
    constexpr std::chrono::seconds kLimit{1};
    const bool unclear = error.kind == ErrorKind::unreachable || error.kind == ErrorKind::protocol;
    return server.scheme == "redis" && unclear &&
                   speaks_tls(server.host, server.port, exchange.deadline.capped(kLimit))
               ? wrong_scheme(exchange, "speaks TLS, and the URL is for a plain port", "rediss")
               : std::move(error);
}

// Whether a plain client gets a reply.
bool speaks_plain(const Url& server, Deadline deadline) {
    const auto socket = connect_host(server.host, server.port, deadline);
    constexpr std::string_view kPing = "PING\r\n";
    if (!socket || ::send(socket->get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) < 0 ||
        !wait_ready(socket->get(), POLLIN, deadline)) {
        return false;
    }
    char first = 0;
    return ::recv(socket->get(), &first, 1, 0) == 1 && (first == '+' || first == '-');
}

// A plain server waits for the end of a line, which a ClientHello does not have. So the handshake
// has two thirds of the time, and a plain client has the rest.
Result<void> start_tls(Exchange& exchange, const Url& server) {
    const auto started =
        exchange.channel.start_tls(exchange.tls, server.host, exchange.where,
                                   exchange.deadline.capped(exchange.deadline.remaining() * 2 / 3));
    if (started || started.error().kind != ErrorKind::timeout) {
        return started;
    }
    if (speaks_plain(server, exchange.deadline)) {
        return std::unexpected(
            wrong_scheme(exchange, "does not speak TLS, and the URL requires it", "redis"));
    }
    return fail(ErrorKind::timeout,
                fmt::format("{} did not finish the TLS handshake within {}", exchange.where,
                            format_duration(exchange.deadline.budget())));
}

}  // namespace

Result<Exchanged> ask(const Url& server, const TlsOptions& tls, std::span<const Command> commands,
                      Deadline deadline, const ReplyLimits& limits, std::size_t optional) {
    const auto began = Deadline::Clock::now();
    auto socket = server.scheme == "unix" ? connect_unix(server.path, deadline)
                                          : connect_host(server.host, server.port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    Exchange exchange{.channel = Channel{std::move(*socket)},
                      .reader = ReplyReader{limits},
                      .where = address_of(server),
                      .deadline = deadline,
                      .tls = tls};
    if (server.scheme == "rediss") {
        if (const auto started = start_tls(exchange, server); !started) {
            return std::unexpected(started.error());
        }
    }
    const auto connecting =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - began);
    return send_all(exchange, encoded(commands))
        .and_then([&] { return receive_all(exchange, commands.size(), optional); })
        .transform_error(
            [&](Error error) { return with_tls_named(std::move(error), server, exchange); })
        .transform([&] { return Exchanged{std::move(exchange.reader.replies()), connecting}; });
}

}  // namespace arc::redis
