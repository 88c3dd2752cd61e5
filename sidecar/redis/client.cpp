#include "redis/client.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "config/values.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"

namespace arc::redis {
namespace {

struct ReaderFree {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};
struct ReplyFree {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reader = std::unique_ptr<redisReader, ReaderFree>;

// One exchange with one server.
struct Exchange {
    Channel channel;
    Reader reader;
    std::string where;  // "127.0.0.1:6379", for messages
    Deadline deadline;
    const TlsOptions& tls;
    std::string head;  // the first bytes that came, to name a peer that is no Redis
    std::size_t received = 0;
    std::vector<Reply> replies;
};

std::string encoded(std::span<const Command> commands) {
    std::string bytes;
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const Command& command : commands) {
        words.clear();
        sizes.clear();
        for (const std::string_view word : command) {
            words.push_back(word.data());
            sizes.push_back(word.size());
        }
        char* formatted = nullptr;
        const long long size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), words.data(), sizes.data());
        if (size > 0) {
            bytes.append(formatted, static_cast<std::size_t>(size));
        }
        redisFreeCommand(formatted);
    }
    return bytes;
}

std::string text_of(const redisReply& reply) {
    return reply.str == nullptr ? std::string{} : std::string(reply.str, reply.len);
}

Reply converted(const redisReply& raw) {
    Reply reply;
    switch (raw.type) {
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
            reply.kind = Reply::Kind::text;
            break;
        case REDIS_REPLY_ERROR:
            reply.kind = Reply::Kind::error;
            break;
        case REDIS_REPLY_ARRAY:
            reply.kind = Reply::Kind::list;
            break;
        default:
            return reply;
    }
    reply.text = text_of(raw);
    for (const redisReply* item : std::span(raw.element, raw.elements)) {
        reply.list.push_back(item == nullptr ? std::string{} : text_of(*item));
    }
    return reply;
}

std::unexpected<Error> late(const Exchange& exchange) {
    return fail(ErrorKind::timeout, fmt::format("{} accepted the connection and did not answer within {}", exchange.where,
                                                format_duration(exchange.deadline.budget())));
}

std::unexpected<Error> lost(const Exchange& exchange, std::string_view reason) {
    return fail(ErrorKind::unreachable, fmt::format("{} closed the connection before it answered ({})", exchange.where, reason));
}

// What a peer said that is no Redis: its first line, shortened, without anything that a terminal would act on.
std::string excerpt(std::string_view head) {
    std::string text{head.substr(0, head.find_first_of("\r\n"))};
    std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
    return text;
}

Result<void> send_all(Exchange& exchange, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = exchange.channel.send(bytes);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!wait_ready(exchange.channel.fd(), exchange.channel.waits_for(POLLOUT), exchange.deadline)) {
                return late(exchange);
            }
        } else if (errno == EPIPE || errno == ECONNRESET) {
            return {};  // closed already: perhaps it said why
        } else if (errno != EINTR) {
            return lost(exchange, ::strerrordesc_np(errno));
        }
    }
    return {};
}

// Takes every reply that has come whole.
Result<void> take_replies(Exchange& exchange) {
    while (true) {
        void* raw = nullptr;
        if (redisReaderGetReply(exchange.reader.get(), &raw) != REDIS_OK) {
            return fail(ErrorKind::protocol,
                        fmt::format("{} does not speak Redis's protocol: it said '{}'", exchange.where, excerpt(exchange.head)));
        }
        if (raw == nullptr) {
            return {};
        }
        const std::unique_ptr<redisReply, ReplyFree> reply{static_cast<redisReply*>(raw)};
        exchange.replies.push_back(converted(*reply));
    }
}

Result<void> feed(Exchange& exchange, std::string_view bytes) {
    constexpr std::size_t kHead = 40;
    exchange.head += bytes.substr(0, kHead - std::min(kHead, exchange.head.size()));
    exchange.received += bytes.size();
    if (exchange.received > kMaxReplyBytes) {
        return fail(ErrorKind::protocol, fmt::format("{} answers more than {}", exchange.where, format_size(kMaxReplyBytes)));
    }
    redisReaderFeed(exchange.reader.get(), bytes.data(), bytes.size());
    return take_replies(exchange);
}

// The end of the connection. One error reply alone is an answer (see ask()); anything else is not.
Result<void> ended(Exchange& exchange, std::string_view reason) {
    const bool refusal = exchange.replies.size() == 1 && exchange.replies.front().kind == Reply::Kind::error;
    return refusal ? Result<void>{} : lost(exchange, reason);
}

Result<void> receive_all(Exchange& exchange, std::size_t wanted) {
    std::array<char, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): recv() fills it
    while (exchange.replies.size() < wanted) {
        const ssize_t size = exchange.channel.receive(buffer);
        if (size == 0) {
            return ended(exchange, "end of file");
        }
        if (size < 0 && errno == EAGAIN) {
            if (!wait_ready(exchange.channel.fd(), exchange.channel.waits_for(POLLIN), exchange.deadline)) {
                return late(exchange);
            }
            continue;
        }
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0 && wants_certificate(exchange.channel.words())) {
            return std::unexpected(tls_error(exchange.channel.words(), exchange.tls, exchange.where, exchange.where));
        }
        if (size < 0) {
            return ended(exchange, ::strerrordesc_np(errno));
        }
        if (const auto fed = feed(exchange, {buffer.data(), static_cast<std::size_t>(size)}); !fed) {
            return fed;
        }
    }
    return {};
}

}  // namespace

Result<std::vector<Reply>> ask(const Url& server, const TlsOptions& tls, std::span<const Command> commands, Deadline deadline) {
    auto socket = connect_host(server.host, server.port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    Exchange exchange{.channel = Channel{std::move(*socket)},
                      .reader = Reader{redisReaderCreate()},
                      .where = host_and_port(server.host, server.port),
                      .deadline = deadline,
                      .tls = tls,
                      .head = {},
                      .replies = {}};
    if (!exchange.reader) {
        return fail(ErrorKind::io, "out of memory");
    }
    exchange.reader->maxelements = kMaxReplyElements;
    if (server.scheme == "rediss") {
        if (const auto started = exchange.channel.start_tls(tls, server.host, exchange.where, deadline); !started) {
            return std::unexpected(started.error());
        }
    }
    return send_all(exchange, encoded(commands)).and_then([&] { return receive_all(exchange, commands.size()); }).transform([&] {
        return std::move(exchange.replies);
    });
}

}  // namespace arc::redis
