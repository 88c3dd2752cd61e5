// What a Sentinel says about the master that it watches (SENTINEL MASTER). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"
#include "resp/client.hpp"

namespace arc::resp {

// Where a server is, as another server names it: a literal address, or a name.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    [[nodiscard]] bool operator==(const Endpoint&) const = default;
};

[[nodiscard]] std::string to_string(const Endpoint& endpoint);  // "10.0.0.5:6379", "[::1]:6379"

struct WatchedMaster {
    Endpoint at;
    std::string flags;  // "master,s_down,o_down"
    std::int64_t quorum = 0;
    std::int64_t replicas = 0;  // known to this Sentinel, dead ones included
    std::int64_t others = 0;    // other Sentinels known to this one, dead ones included
    std::chrono::milliseconds down_after{0};

    [[nodiscard]] bool has(std::string_view flag) const;
};

// nullopt: the Sentinel watches no master of this name. An error reply is an error of the kind
// rejected; one of a login is of the kind auth.
[[nodiscard]] Result<std::optional<WatchedMaster>> read_master(const Reply& reply);

// The commands for one master. Views into the arguments.
[[nodiscard]] std::vector<Command> master_commands(const Credentials& credentials,
                                                   std::string_view master);

// The answers of several Sentinels to master_commands(), in their order. All Sentinels share the
// deadline.
using MasterAnswers = std::vector<Result<std::optional<WatchedMaster>>>;
[[nodiscard]] MasterAnswers ask_masters(std::span<const Url> sentinels, const TlsOptions& tls,
                                        const Credentials& credentials, std::string_view master,
                                        Deadline deadline);

// The master that more than half of all the Sentinels asked name; nullptr: none.
[[nodiscard]] const WatchedMaster* named_by_majority(const MasterAnswers& answers);

}  // namespace arc::resp
