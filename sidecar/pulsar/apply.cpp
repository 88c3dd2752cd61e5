#include "pulsar/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/variant.hpp"
#include "pulsar/gather.hpp"

namespace arc::pulsar {
namespace {

using std::chrono::milliseconds;

constexpr int kConflict = 409;
constexpr int kPrecondition = 412;
constexpr int kServerError = 500;

constexpr milliseconds kRetryFor{5000};
constexpr milliseconds kRetryEvery{200};

// The limit of one write leaves time to read the object again.
constexpr milliseconds kWriteTime{10'000};

void declare(PulsarConfig& config, const TenantSpec& spec) {
    config.tenants = {spec};
}
void declare(PulsarConfig& config, const NamespaceSpec& spec) {
    config.namespaces = {spec};
}
void declare(PulsarConfig& config, const TopicSpec& spec) {
    config.topics = {spec};
}

// Reads the object again and compares it.
Result<Comparison> reread(const Step& step, AdminClient& admin, Deadline deadline) {
    return std::visit(
        [&](const auto* spec) {
            PulsarConfig only;
            declare(only, *spec);
            return gather_objects(only, admin, deadline).transform([&](const Objects& objects) {
                return compare(*spec, only, objects);
            });
        },
        step.target);
}

// Writes the object, and retries while the answer is 412.
Result<WriteAnswer> write(const Step& step, AdminClient& admin, Deadline deadline) {
    const Deadline retries = deadline.capped(kRetryFor);
    for (;;) {
        const Deadline limit = deadline.capped(std::min(kWriteTime, deadline.remaining() / 2));
        auto answer =
            std::visit([&](const auto* spec) { return admin.create(*spec, limit); }, step.target);
        if (!answer || answer->status != kPrecondition || retries.remaining() <= kRetryEvery) {
            return answer;
        }
        std::this_thread::sleep_for(kRetryEvery);
    }
}

// Reads the object after a 409 or no answer. `when_same` is the action for an object as declared.
std::optional<Error> settle(Step& step, ActionKind when_same, AdminClient& admin,
                            Deadline deadline) {
    const auto now = reread(step, admin, deadline);
    if (!now) {
        return Error{now.error().kind, fmt::format("{} may have been created ({}). Run this again",
                                                   step.action.object, now.error().text)};
    }
    step.action = action_for(*now);
    if (holds<Same>(now->standing)) {
        step.action.kind = when_same;
        step.action.done = when_same == ActionKind::create;
    }
    return std::nullopt;
}

// Whether the object is still absent.
bool open(const Step& step) {
    return step.action.kind == ActionKind::create && !step.action.done;
}

// The broker rejected the write. A 500 is a failure, or the answer to the loser of two simultaneous
// writes ("Version mismatch", observed). Only reading the object decides.
std::optional<Error> refused(Step& step, const WriteAnswer& answer, AdminClient& admin,
                             Deadline deadline) {
    const std::string why = fmt::format("the broker answered {}{}{}", answer.status,
                                        answer.reason.empty() ? "" : ": ", answer.reason);
    if (answer.status != kConflict && answer.status < kServerError) {
        step.action.detail += ": " + why;
        return std::nullopt;
    }
    const auto stopped = settle(step, ActionKind::same, admin, deadline);
    return stopped || !open(step)
               ? stopped
               : std::optional{
                     Error{ErrorKind::rejected, fmt::format("{}: {}", step.action.object, why)}};
}

std::optional<Error> carry_out(Step& step, AdminClient& admin, Deadline deadline) {
    const auto answer = write(step, admin, deadline);
    if (answer && answer->status < 300) {
        step.action.done = true;
        return std::nullopt;
    }
    if (answer) {
        return refused(step, *answer, admin, deadline);
    }
    if (is_denied(answer.error())) {  // the admin of a tenant may still create other objects
        step.action.kind = ActionKind::refuse;
        step.action.detail = "the token does not permit to create it: " + answer.error().text;
        return std::nullopt;
    }
    Error error{answer.error().kind,
                fmt::format("{}: {}", step.action.object, answer.error().text)};
    if (error.kind != ErrorKind::timeout) {
        return error;
    }
    const auto stopped = settle(step, ActionKind::create, admin, deadline);
    return stopped || !open(step) ? stopped : std::optional{std::move(error)};
}

}  // namespace

std::optional<Error> apply(std::span<Step> steps, AdminClient& admin, Deadline deadline) {
    for (Step& step : steps) {
        if (step.action.kind == ActionKind::create) {
            if (auto error = carry_out(step, admin, deadline)) {
                return error;
            }
        }
    }
    return std::nullopt;
}

}  // namespace arc::pulsar
