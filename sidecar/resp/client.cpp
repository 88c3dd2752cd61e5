#include "resp/client.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "base/units.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"
#include "net/unix_socket.hpp"

namespace arc::resp {
namespace {

// One exchange with one server.
struct Exchange {
    Channel channel;
    ReplyReader reader;
    std::string where;  // "127.0.0.1:6379", for messages
    Deadline deadline;  // of the first reply, then `limit`
    Deadline limit;
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
        exchange.deadline = exchange.limit;
        if (const auto fed = exchange.reader.feed({buffer.data(), static_cast<std::size_t>(size)});
            !fed) {
            return fail(fed.error().kind, fmt::format("{} {}", exchange.where, fed.error().text));
        }
    }
    return {};
}

Result<Exchanged> ask_server(const Url& server, const TlsOptions& tls,
                             std::span<const Command> commands, Deadline deadline,
                             const ReplyLimits& limits, std::size_t optional) {
    const auto began = Deadline::Clock::now();
    auto socket = server.scheme == "unix" ? connect_unix(server.path, deadline)
                                          : connect_host(server.host, server.port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    Exchange exchange{.channel = Channel{std::move(*socket)},
                      .reader = ReplyReader{limits},
                      .where = address_of(server),
                      .deadline = first_answer_by(deadline),
                      .limit = deadline,
                      .tls = tls};
    if (server.scheme == "rediss") {
        if (const auto started =
                exchange.channel.start_tls(tls, server.host, exchange.where, exchange.deadline);
            !started) {
            return std::unexpected(started.error());
        }
    }
    const auto connecting =
        std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - began);
    return send_all(exchange, encoded(commands))
        .and_then([&] { return receive_all(exchange, commands.size(), optional); })
        .transform([&] { return Exchanged{std::move(exchange.reader.replies()), connecting}; });
}

// The errors are those of a client that is not logged in, or of a server that does not work.
bool speaks_redis(std::string_view first) {
    constexpr std::array<std::string_view, 7> kAnswers{
        "+PONG", "-NOAUTH ", "-DENIED ", "-LOADING ", "-MASTERDOWN ", "-BUSY ", "-ERR "};
    return !first.starts_with("-ERR '") &&
           std::ranges::any_of(kAnswers, [first](auto each) { return first.starts_with(each); });
}

}  // namespace

constinit const Protocol kProtocol{.name = "Redis", .question = {}, .speaks = &speaks_redis};

Result<Exchanged> ask(const Url& server, const TlsOptions& tls, std::span<const Command> commands,
                      Deadline deadline, const ReplyLimits& limits, std::size_t optional) {
    return ask_server(server, tls, commands, deadline, limits, optional)
        .transform_error([&](Error error) {
            return server.scheme == "unix"
                       ? error
                       : explain_failure(std::move(error),
                                         attempt_of(server, kProtocol.name, "redis", "rediss",
                                                    tls.settings + tls.url),
                                         deadline);
        });
}

std::vector<Result<Exchanged>> ask_each(std::span<const Url> servers, const TlsOptions& tls,
                                        std::span<const Command> commands, Deadline deadline,
                                        const ReplyLimits& limits) {
    std::vector<Result<Exchanged>> answers(servers.size());
    const auto ask_one = [&](std::size_t i) {
        answers[i] = ask(servers[i], tls, commands, deadline, limits);
    };
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < servers.size(); ++i) {
        others.emplace_back(ask_one, i);
    }
    if (!servers.empty()) {
        ask_one(0);
    }
    others.clear();  // waits for them
    return answers;
}

std::vector<Command> auth_command(const Credentials& credentials) {
    if (!credentials.user.empty()) {
        return {{"AUTH", credentials.user, credentials.password}};
    }
    return credentials.password.empty() ? std::vector<Command>{}
                                        : std::vector<Command>{{"AUTH", credentials.password}};
}

}  // namespace arc::resp
