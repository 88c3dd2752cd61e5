#include "http/eviction.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace arc::http {
namespace {

using State = ClientConnection::State;

// Connections with a lower rank are closed first.
constexpr int kStays = 7;

int eviction_rank(const ClientConnection& connection, Time now) {
    const bool young = now - connection.since < kYoung;
    if (connection.is_new) {
        return kStays;
    }
    switch (connection.state) {
        case State::closing:
            return 0;
        case State::reading:
            return connection.input.empty() ? (young ? 5 : 1) : (young ? 4 : 2);
        case State::writing:
            return young ? 6 : 3;
        case State::waiting:
            break;
    }
    return kStays;
}

}  // namespace

Time times_out_at(const ClientConnection& connection) {
    switch (connection.state) {
        case State::reading:
            return connection.since + (connection.input.empty() ? kIdleTime : kRequestTime);
        case State::waiting:
            return connection.reply_by;
        case State::writing:
            return std::min(connection.progress + kStallTime, connection.since + kAnswerTime);
        case State::closing:
            break;
    }
    return connection.since + kLingerTime;
}

Connections::iterator find_eviction(Connections& connections, Time now) {
    const auto found = std::ranges::min_element(connections, {}, [now](const auto& each) {
        return std::pair{eviction_rank(each.second, now), each.second.since};
    });
    const bool stays = found == connections.end() || eviction_rank(found->second, now) == kStays;
    return stays ? connections.end() : found;
}

std::vector<std::uint64_t> cut_slow_readers(Connections& connections,
                                            const ClientConnection& newest, std::size_t limit) {
    constexpr std::size_t kSmall = std::size_t{64} * 1024;
    std::vector<std::uint64_t> cut;
    if (!newest.body || newest.body->size() < kSmall) {
        return cut;
    }
    std::vector<std::pair<Time, std::uint64_t>> readers;
    std::map<const std::string*, std::size_t> clients_of{{newest.body.get(), 1}};
    std::size_t size = newest.body->size();
    for (const auto& [number, connection] : connections) {
        if (connection.body && &connection != &newest) {
            readers.emplace_back(connection.since, number);
            size += clients_of[connection.body.get()]++ == 0 ? connection.body->size() : 0;
        }
    }
    std::ranges::sort(readers);
    for (const auto& [since, number] : readers) {
        if (size <= limit) {
            break;
        }
        ClientConnection& slow = connections.at(number);
        size -= --clients_of[slow.body.get()] == 0 ? slow.body->size() : 0;
        slow.body.reset();
        slow.state = State::closing;  // the server writes no more to it in this turn
        cut.push_back(number);
    }
    return cut;
}

bool exceeds_input_limit(const Connections& connections) {
    std::size_t size = 0;
    for (const auto& [number, connection] : connections) {
        size += connection.input.size();
    }
    return size > kMaxIn;
}

Connections::const_iterator largest_input(const Connections& connections) {
    return std::ranges::max_element(connections, {},
                                    [](const auto& each) { return each.second.input.size(); });
}

}  // namespace arc::http
