// MAY_STOP and DRAIN: "safe REASON", "wait ABSENT REASON" or "pointless REASON", where ABSENT is
// the member that does not run, or "-". TAKE MEMBER: "held" or "taken ABSENT REASON". RETURN
// MEMBER: "returned". A member is the port of its toyd.
#include "toy/cluster.hpp"

#include <fmt/format.h>

#include <utility>

#include "toy/client.hpp"
#include "toy/config.hpp"

namespace arc::toy {
namespace {

// The first word, and what follows it.
std::pair<std::string, std::string> cut(const std::string& text) {
    const std::size_t blank = text.find(' ');
    return {text.substr(0, blank), blank == std::string::npos ? "" : text.substr(blank + 1)};
}

std::pair<std::string, std::string> absent_and_reason(const std::string& text) {
    auto [absent, reason] = cut(text);
    return {absent == "-" ? std::string{} : absent, reason};
}

Result<std::string> ask(const Config& config, std::string_view question, Deadline deadline) {
    const ToyConfig& toy = config_of(config);
    return ask_line(toy, fmt::format("{} {}\n", question, toy.url->port), deadline);
}

StopAnswer stop_answer(const Result<std::string>& line) {
    if (!line) {
        return {.kind = StopAnswer::Kind::pointless, .reason = line.error().text, .absent = {}};
    }
    const auto [word, rest] = cut(*line);
    if (word == "wait") {
        const auto [absent, reason] = absent_and_reason(rest);
        return {.kind = StopAnswer::Kind::wait, .reason = reason, .absent = absent};
    }
    return {.kind = word == "safe" ? StopAnswer::Kind::safe : StopAnswer::Kind::pointless,
            .reason = rest,
            .absent = {}};
}

StopAnswer may_stop(const Config& config, Deadline deadline) {
    return stop_answer(ask(config, "MAY_STOP", deadline));
}

StopAnswer drain(const Config& config, Deadline deadline) {
    return stop_answer(ask(config, "DRAIN", deadline));
}

TokenAnswer take_token(const Config& config, Deadline deadline) {
    const auto line = ask(config, "TAKE", deadline);
    const auto [word, rest] = cut(line.value_or("unavailable"));
    if (word == "taken") {
        const auto [absent, reason] = absent_and_reason(rest);
        return {.kind = TokenAnswer::Kind::taken_by_other, .reason = reason, .absent = absent};
    }
    return {.kind = word == "held" ? TokenAnswer::Kind::held : TokenAnswer::Kind::unavailable,
            .reason = rest,
            .absent = {}};
}

bool return_token(const Config& config, Deadline deadline) {
    return ask(config, "RETURN", deadline) == "returned";
}

}  // namespace

extern constexpr ClusterHooks kCluster{.may_stop = &may_stop,
                                       .take_token = &take_token,
                                       .return_token = &return_token,
                                       .drain = &drain};

}  // namespace arc::toy
