// Asks the other servers of a set: its Sentinels, its master, its members. All I/O of the set.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "config/config.hpp"
#include "redis/replication.hpp"
#include "resp/client.hpp"

namespace arc::redis {

[[nodiscard]] Result<Replication> ask_replication(const Url& server, const Config& config,
                                                  Deadline deadline);
// The declared server.
[[nodiscard]] Result<Replication> ask_own(const Config& config, Deadline deadline);
[[nodiscard]] std::vector<Result<Replication>> ask_members(const Config& config, Deadline deadline);

// The master of redis.master_name, by the word of each declared Sentinel.
[[nodiscard]] resp::MasterAnswers ask_sentinels(const Config& config, Deadline deadline);

// One command, with the credentials of the servers or of the Sentinels. An error reply is an error.
[[nodiscard]] Result<resp::Reply> tell(const Url& server, const Config& config,
                                       const resp::Command& command, Deadline deadline);
[[nodiscard]] Result<resp::Reply> tell_sentinel(const Url& sentinel, const Config& config,
                                                const resp::Command& command, Deadline deadline);

// The URL of a server that another one named.
[[nodiscard]] Url url_of(const Endpoint& endpoint, const Config& config);

// Whether a host is this machine: one of its addresses can be bound here.
[[nodiscard]] bool is_here(const std::string& host, Deadline deadline);

// The declared member that is the server on this machine and port, "HOST:PORT"; the host's name and
// the port if none is.
[[nodiscard]] std::string own_member(const Config& config, std::uint16_t port, Deadline deadline);

}  // namespace arc::redis
