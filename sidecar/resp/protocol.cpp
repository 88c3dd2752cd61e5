#include "resp/protocol.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>

#include "base/shown.hpp"
#include "base/units.hpp"

namespace arc::resp {
namespace {

struct ReplyFree {
    void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};

std::string text_of(const redisReply& reply) {
    return reply.str == nullptr ? std::string{} : std::string(reply.str, reply.len);
}

Reply::Kind kind_of(const redisReply& raw) {
    switch (raw.type) {
        case REDIS_REPLY_STATUS:
        case REDIS_REPLY_STRING:
            return Reply::Kind::text;
        case REDIS_REPLY_ERROR:
            return Reply::Kind::error;
        case REDIS_REPLY_ARRAY:
            return Reply::Kind::list;
        case REDIS_REPLY_INTEGER:
            return Reply::Kind::integer;
        default:
            return Reply::Kind::other;
    }
}

// Recursive; the parser limits the depth (hiredis: 9).
Reply converted(const redisReply& raw) {
    Reply reply;
    reply.kind = kind_of(raw);
    reply.text = text_of(raw);
    reply.integer = reply.kind == Reply::Kind::integer ? raw.integer : 0;
    if (reply.kind == Reply::Kind::list) {
        for (const redisReply* item : std::span(raw.element, raw.elements)) {
            reply.list.push_back(item == nullptr ? Reply{} : converted(*item));
        }
    }
    return reply;
}

// The first line from a peer that is no Redis, shortened.
std::string excerpt(std::string_view head) {
    constexpr std::size_t kLongest = 48;
    return clipped(shown(head.substr(0, head.find_first_of("\r\n"))), kLongest);
}

}  // namespace

std::string encoded(std::span<const Command> commands) {
    std::string bytes;
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const Command& command : commands) {
        arguments.clear();
        sizes.clear();
        for (const std::string_view argument : command) {
            arguments.push_back(argument.data());
            sizes.push_back(argument.size());
        }
        char* formatted = nullptr;
        const long long size = redisFormatCommandArgv(
            &formatted, static_cast<int>(arguments.size()), arguments.data(), sizes.data());
        if (size > 0) {
            bytes.append(formatted, static_cast<std::size_t>(size));
        }
        redisFreeCommand(formatted);
    }
    return bytes;
}

void ReplyReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(const ReplyLimits& limits)
    : reader_(redisReaderCreate()), limits_(limits) {
    if (reader_) {
        reader_->maxelements = limits_.elements;
    }
}

Result<void> ReplyReader::take_whole() {
    while (true) {
        void* raw = nullptr;
        if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
            return fail(
                ErrorKind::protocol,
                fmt::format("does not speak Redis's protocol: it said '{}'", excerpt(head_)));
        }
        if (raw == nullptr) {
            return {};
        }
        const std::unique_ptr<redisReply, ReplyFree> reply{static_cast<redisReply*>(raw)};
        replies_.push_back(converted(*reply));
    }
}

Result<void> ReplyReader::feed(std::string_view bytes) {
    // more than excerpt() shows: a secret that is cut here would not be redacted
    constexpr std::size_t kHead = 512;
    if (!reader_) {
        return fail(ErrorKind::shortage, "no memory to read answers");
    }
    head_ += bytes.substr(0, kHead - std::min(kHead, head_.size()));
    received_ += bytes.size();
    if (received_ > limits_.bytes) {
        return fail(ErrorKind::protocol,
                    fmt::format("answers more than {}",
                                format_size(static_cast<std::int64_t>(limits_.bytes))));
    }
    redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
    return take_whole();
}

}  // namespace arc::resp
