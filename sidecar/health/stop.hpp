// Whether a member of a cluster may stop, as the service's hooks answer (ClusterHooks in
// service.hpp).
#pragma once

#include <string>
#include <string_view>

namespace arc {

// Whether the others can do without this member.
struct StopAnswer {
    enum class Kind {
        safe,       // enough of the others hold all that is here, and are current
        wait,       // not yet, and waiting can change it
        pointless,  // not, and no wait changes it (no quorum, starting, hung)
    };
    Kind kind = Kind::safe;
    // One clause, as in the text of a finding: "stream ORDERS: replica n2 is 120 messages behind".
    // Of a safe answer: what a stop interrupts nevertheless (a stream with one replica), or empty.
    std::string reason;
    // Of `wait`: the members that do not run, if the wait is only for their return ("n2"). Empty:
    // it is for a member that runs. The gate waits for an absent member for a limited time.
    std::string absent;
};

// The answer of the cluster's own store about the one stop token.
struct TokenAnswer {
    enum class Kind {
        held,            // by this member, until return_token() or its age ends it
        taken_by_other,  // named in the reason
        unavailable,     // the store does not answer
    };
    Kind kind = Kind::held;
    std::string reason;  // "n2 stops since 3 s"
    std::string absent;  // of taken_by_other: the holder, if it does not run; otherwise empty
};

[[nodiscard]] std::string_view to_string(StopAnswer::Kind kind) noexcept;

// "wait: nats: stream ORDERS: replica n2 is 120 messages behind", "safe: nats".
[[nodiscard]] std::string stop_line(std::string_view service, const StopAnswer& answer);

}  // namespace arc
