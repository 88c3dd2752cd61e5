// The facts about a Sentinel, as plain data.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/asked.hpp"
#include "base/error.hpp"
#include "resp/watched_master.hpp"

namespace arc::sentinel {

// An error reply as the server wrote it: "NOQUORUM 1 usable Sentinels. …".
struct ErrorReply {
    std::string text;
};

// A replica or another Sentinel, as this Sentinel sees it.
struct Peer {
    resp::Endpoint at;
    // since when it does not answer this Sentinel; nullopt: it answers
    std::optional<std::chrono::milliseconds> down_for;
};

// Another Sentinel, and the master that it names.
struct Vote {
    resp::Endpoint from;
    Result<std::optional<resp::WatchedMaster>> master;
};

struct Names {
    bool resolved = false;   // resolve-hostnames
    bool announced = false;  // announce-hostnames
};

// The answers of one exchange. An empty optional: the server did not report it.
struct Answers {
    std::optional<std::string> login_error;  // the error replies to these commands
    std::optional<std::string> ping_error;
    std::string product = "Sentinel";
    std::optional<std::string> version;
    std::optional<std::string> mode;  // "sentinel", "standalone", "cluster"
    bool tilt = false;
    // an error: SENTINEL is not permitted; nullopt: no such master
    Result<std::optional<resp::WatchedMaster>> master;
    std::variant<NotAsked, Done, ErrorReply> quorum;  // SENTINEL CKQUORUM
    std::vector<Peer> replicas;
    std::vector<Peer> sentinels;
    std::vector<Vote> votes;  // of the other Sentinels that answer this one
    std::optional<Names> names;
};

// The facts of one check: gather() collects them, assess() judges them.
struct Facts {
    Result<Answers> server;
};

}  // namespace arc::sentinel
