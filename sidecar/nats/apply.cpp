#include "nats/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "nats/wire.hpp"

namespace arc::nats {
namespace {

constexpr std::size_t kMaxStreams = 100'000;
constexpr std::chrono::milliseconds kPause{20};
constexpr int kReadTries = 10;

constexpr std::int64_t kNameInUse = 10058;
constexpr std::int64_t kOverlap = 10065;

void refuse(Step& step, std::string detail) {
    step.action.kind = ActionKind::refuse;
    step.action.detail = std::move(detail);
}

Result<ApiResult<Stream>> stream_request(Client& client, std::string_view what,
                                         const std::string& name, std::string body,
                                         Deadline deadline, KeepRaw keep = KeepRaw::no) {
    return client
        .request({fmt::format("$JS.API.STREAM.{}.{}", what, name), std::move(body)}, deadline)
        .transform([keep](const std::string& answer) { return parse_stream(answer, keep); });
}

// The stream as it is now. One that somebody else is just creating is not found for a moment.
Result<ApiResult<Stream>> read_back(Client& client, const std::string& name, Deadline deadline) {
    auto stream = stream_request(client, "INFO", name, {}, deadline);
    for (int tries = 1; tries < kReadTries && stream && !*stream && !deadline.expired(); ++tries) {
        std::this_thread::sleep_for(kPause);
        stream = stream_request(client, "INFO", name, {}, deadline);
    }
    return stream;
}

std::optional<Error> verify(Client& client, Step& step, Deadline deadline) {
    const auto stream = read_back(client, step.declared.name, deadline);
    if (!stream) {
        return stream.error();
    }
    if (!*stream) {
        refuse(step, fmt::format("could not be read back: {}", describe(stream->error())));
        return std::nullopt;
    }
    const auto found = differences(**stream, step.declared);
    if (!found.empty()) {
        refuse(step, fmt::format("differs: {}", describe(found)));
        return std::nullopt;
    }
    step.action.done = true;
    return std::nullopt;
}

// Why the server did not take it. An overlap that the plan did not see has come into being since.
std::string reason(Client& client, const Step& step, const ApiError& error, Deadline deadline) {
    if (error.err_code == kOverlap) {
        const auto existing = list_streams(client, deadline);
        if (std::string text = existing
                                   ? overlap_with(step.declared, *existing, index_of(*existing))
                                   : std::string{};
            !text.empty()) {
            return text;
        }
    }
    return fmt::format("the server refused it: {}", describe(error));
}

// An update sends the configuration that was compared, whole: what somebody else has changed since
// would be undone unseen.
std::optional<Error> compare_again(Client& client, Step& step, Deadline deadline) {
    const auto now = stream_request(client, "INFO", step.declared.name, {}, deadline, KeepRaw::yes);
    if (!now) {
        return now.error();
    }
    if (!*now) {
        refuse(step, fmt::format("could not be read again: {}", describe(now->error())));
    } else if ((*now)->raw_config != step.raw_config) {
        refuse(step,
               "was changed by somebody else since it was compared, left as it is: run this again");
    }
    return std::nullopt;
}

std::optional<Error> apply_one(Client& client, Step& step, Deadline deadline) {
    const bool create = step.action.kind == ActionKind::create;
    if (!create) {
        if (auto error = compare_again(client, step, deadline);
            error || step.action.kind == ActionKind::refuse) {
            return error;
        }
    }
    const std::string body = create ? create_request(step.declared)
                                    : update_request(step.raw_config, step.declared, step.changes);
    if (body.empty()) {
        refuse(step, "the server's configuration could not be read");
        return std::nullopt;
    }
    const auto answer =
        stream_request(client, create ? "CREATE" : "UPDATE", step.declared.name, body, deadline);
    if (!answer && answer.error().kind == ErrorKind::permission) {  // of this stream alone
        refuse(step, answer.error().text);
        return std::nullopt;
    }
    if (!answer) {
        return answer.error();
    }
    const bool somebody_was_first = create && !*answer && answer->error().err_code == kNameInUse;
    if (!*answer && !somebody_was_first) {
        refuse(step, reason(client, step, answer->error(), deadline));
        return std::nullopt;
    }
    return verify(client, step, deadline);
}

}  // namespace

Result<std::vector<Stream>> list_streams(Client& client, Deadline deadline) {
    std::vector<Stream> all;
    while (all.size() < kMaxStreams) {
        const auto answer =
            client.request({"$JS.API.STREAM.LIST", page_request(all.size())}, deadline);
        if (!answer) {
            return std::unexpected(answer.error());
        }
        auto page = parse_stream_page(*answer);
        if (!page) {
            return fail(ErrorKind::rejected,
                        fmt::format("the streams could not be listed: {}", describe(page.error())));
        }
        std::ranges::move(page->streams, std::back_inserter(all));
        if (page->streams.empty() || static_cast<std::int64_t>(all.size()) >= page->total) {
            break;
        }
    }
    return all;
}

std::optional<Error> apply(Client& client, std::vector<Step>& steps, Deadline deadline) {
    for (Step& step : steps) {
        if (step.action.kind != ActionKind::create && step.action.kind != ActionKind::change) {
            continue;
        }
        if (auto error = apply_one(client, step, deadline)) {
            return error;
        }
    }
    return std::nullopt;
}

}  // namespace arc::nats
