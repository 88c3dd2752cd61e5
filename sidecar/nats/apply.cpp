#include "nats/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "nats/stream_api.hpp"

namespace arc::nats {
namespace {

constexpr std::chrono::milliseconds kPause{20};
constexpr int kReadTries = 10;
// A server takes milliseconds; in a cluster without a leader it never answers.
constexpr std::chrono::milliseconds kPatience{5000};

// A refusal concerns this step only, so it is no error of the run.
std::nullopt_t refuse(Step& step, std::string detail) {
    step.action.kind = ActionKind::refuse;
    step.action.detail = std::move(detail);
    return std::nullopt;
}

// Reads the stream. A stream that another client is creating is not found for a moment.
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
        return refuse(step, fmt::format("could not be read back ({})", describe(stream->error())));
    }
    const auto found = differences(**stream, step.declared);
    if (!found.empty()) {
        return refuse(step, fmt::format("differs after the change ({})", describe(found)));
    }
    step.action.done = true;
    return std::nullopt;
}

// Why the server rejected it. The plan did not contain an overlap, so it is new.
std::string reason(Client& client, const Step& step, const ApiError& error, Deadline deadline) {
    if (error.err_code == kSubjectOverlap) {
        const auto existing = list_streams(client, deadline);
        if (std::string text = existing
                                   ? overlap_with(step.declared, *existing, index_of(*existing))
                                   : std::string{};
            !text.empty()) {
            return text;
        }
    }
    return fmt::format("the server rejected it ({})", describe(error));
}

// An update sends the whole configuration that was compared. It would silently revert a later
// change by another client.
std::optional<Error> compare_again(Client& client, Step& step, Deadline deadline) {
    const auto now = stream_request(client, "INFO", step.declared.name, {}, deadline, KeepRaw::yes);
    if (!now) {
        return now.error();
    }
    if (!*now) {
        return refuse(step, fmt::format("could not be read again ({})", describe(now->error())));
    }
    if ((*now)->raw_config != step.raw_config) {
        return refuse(step, "was changed by another client since the comparison. Run this again.");
    }
    return std::nullopt;
}

// One stream that the server does not answer about must not stop the others.
std::optional<Error> not_done(Step& step, const Error& error) {
    const bool of_this_stream =
        error.kind == ErrorKind::permission || error.kind == ErrorKind::timeout;
    step.action.transient = error.kind == ErrorKind::timeout;
    return of_this_stream ? refuse(step, error.text) : std::optional{error};
}

std::optional<Error> apply_one(Client& client, Step& step, Deadline deadline) {
    const bool create = step.action.kind == ActionKind::create;
    if (!create) {
        if (auto error = compare_again(client, step, deadline);
            error || step.action.kind == ActionKind::refuse) {
            return error ? not_done(step, *error) : std::nullopt;
        }
    }
    const std::string body = create ? create_request(step.declared)
                                    : update_request(step.raw_config, step.declared, step.changes);
    if (body.empty()) {
        return refuse(step, "the server's configuration could not be read");
    }
    const auto answer =
        stream_request(client, create ? "CREATE" : "UPDATE", step.declared.name, body, deadline);
    if (!answer) {
        return not_done(step, answer.error());
    }
    const bool already_created = create && !*answer && answer->error().err_code == kNameInUse;
    if (!*answer && !already_created) {
        step.action.transient = is_temporary(answer->error());
        return refuse(step, reason(client, step, answer->error(), deadline));
    }
    const auto error = verify(client, step, deadline);
    return error ? not_done(step, *error) : std::nullopt;
}

}  // namespace

std::optional<Error> apply(Client& client, std::vector<Step>& steps, Deadline deadline) {
    for (Step& step : steps) {
        if (step.action.kind != ActionKind::create && step.action.kind != ActionKind::change) {
            continue;
        }
        if (auto error = apply_one(client, step, deadline.capped(kPatience))) {
            return error;
        }
    }
    return std::nullopt;
}

}  // namespace arc::nats
