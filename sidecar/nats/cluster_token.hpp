// The stop token: one message in a stream that takes only one. Publishing it is the
// compare-and-set: with discard=new the stream rejects a second message. The token ends when its
// holder deletes it, or at the stream's max_age.
#pragma once

#include <chrono>
#include <string>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "health/stop.hpp"

namespace arc::nats {

inline constexpr const char* kTokenStream = "ARC_SIDECAR_STOP";
inline constexpr const char* kTokenSubject = "_ARC_SIDECAR.stop";
// At least 60 s longer than a drain and a stop of the usual durations take.
inline constexpr std::chrono::milliseconds kTokenAge{180'000};

struct TokenTry {
    TokenAnswer answer;
    std::string holder = {};  // NOLINT(readability-redundant-member-init): of taken_by_other
};

// Creates the stream if it is missing, with three replicas if the cluster has as many members. A
// token of `holder`, a server's name, is renewed.
[[nodiscard]] TokenTry take_stop_token(const Config& config, const std::string& holder,
                                       Deadline deadline);

// Deletes the token if `holder` has it. True: it does not have it any more.
[[nodiscard]] bool return_stop_token(const Config& config, const std::string& holder,
                                     Deadline deadline);

}  // namespace arc::nats
