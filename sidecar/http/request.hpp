// HTTP/1.x requests from bytes (RFC 9112), within limits. Pure; written to refuse: what a probe, a
// scraper or a browser does not send is an error.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/limits.hpp"
#include "net/http_client.hpp"

namespace arc::http {

inline constexpr std::size_t kMostIncomplete = 2 * kMaxEmptyLines + kMaxHead + kMaxBody;

struct Parsed {
    enum class State { incomplete, complete, bad } state = State::incomplete;

    // Complete: the request, how many bytes of the input were it, and whether the connection may
    // carry another one.
    HttpMessage request;
    std::size_t used = 0;
    bool keep = false;

    // Bad: the status to answer before the connection is closed: 400, 411 (a body without a
    // length), 413, 414, 431, 501 (a method), 505.
    int status = 0;
};

// The first request in `bytes`. A target that is a whole URL, as proxies send it, is its path; any
// other that does not begin with '/' is "/". At most kMostIncomplete bytes can be incomplete.
[[nodiscard]] Parsed parse_request(std::string_view bytes);

}  // namespace arc::http
