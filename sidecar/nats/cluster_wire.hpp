// The JSON of a monitor about its cluster. Pure. A value of another type reads as absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nats/cluster_facts.hpp"
#include "nats/wire.hpp"

namespace arc::nats {

inline constexpr std::string_view kClusterQuestion =
    "/jsz?accounts=1&streams=1&consumers=1&config=1&raft=1";

// The bodies of /varz and of kClusterQuestion. A body that is not a nats-server's is a protocol
// error.
[[nodiscard]] Result<ServerView> parse_server_view(std::string_view varz, std::string_view jsz);

// server_name of /varz; empty: not a nats-server's.
[[nodiscard]] std::string parse_server_name(std::string_view varz);

// The stop token, as its stream has it.
struct StopToken {
    std::string holder;    // a server's name
    std::int64_t seq = 0;  // of the message
    double taken = 0;      // seconds since 1970, by the clock of the stream's leader
};

// The text of the message, and the answer to $JS.API.STREAM.MSG.GET.
[[nodiscard]] std::string stop_token_text(const std::string& holder);
[[nodiscard]] ApiResult<StopToken> parse_stop_token(std::string_view json);

}  // namespace arc::nats
