// Parses HTTP/1.x requests (RFC 9112) within limits. It is strict: a request that no probe, scraper
// or browser sends is an error. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/limits.hpp"
#include "net/http_client.hpp"

namespace arc::http {

inline constexpr std::size_t kMostIncomplete = 2 * kMaxEmptyLines + kMaxHead + kMaxBody;

struct Parsed {
    enum class State { incomplete, complete, bad } state = State::incomplete;

    // If complete: the request, its size in bytes, and whether the connection stays open for
    // another one.
    HttpMessage request;
    std::size_t used = 0;
    bool keep = false;

    // If bad: the status of the reply before the connection is closed: 400, 411 (a body without a
    // length), 413, 414, 431, 501 (unknown method), 505.
    int status = 0;
};

// Parses the first request in `bytes`. If the target is a complete URL, as proxies send it, the
// result has its path. Any other target that does not begin with '/' becomes "/". An incomplete
// request has at most kMostIncomplete bytes.
[[nodiscard]] Parsed parse_request(std::string_view bytes);

}  // namespace arc::http
