// The connections to close, by their timeouts and by the limits on connections and memory. Pure,
// given the connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "http/connection.hpp"

namespace arc::http {

// The time at which the connection's state times out.
[[nodiscard]] Time times_out_at(const ClientConnection& connection);

// The connection to close if there are too many; end() if all must stay. A connection stays if it
// waits for a worker, or if the server has not handled its events yet. Of the others, those in
// `closing` go first, then idle, slow and young ones. Of equal ones, the oldest goes first.
[[nodiscard]] Connections::iterator find_eviction(Connections& connections, Time now);

// Limits the bytes of unsent replies to `limit`, after the reply of `newest` has started. A body
// counts once, even if several clients read it. Takes the replies away from the clients that have
// been reading for the longest time, and returns the numbers of their connections, which are to be
// closed.
[[nodiscard]] std::vector<std::uint64_t> cut_slow_readers(Connections& connections,
                                                          const ClientConnection& newest,
                                                          std::size_t limit);

// Whether all incomplete requests together exceed kMaxIn.
[[nodiscard]] bool exceeds_input_limit(const Connections& connections);

// The connection with the most bytes of an incomplete request; end() if there is no connection.
[[nodiscard]] Connections::const_iterator largest_input(const Connections& connections);

}  // namespace arc::http
