// A reply of the HTTP server, and its status line and headers as bytes. Pure, except for the date.
#pragma once

#include <memory>
#include <string>

#include "net/http_client.hpp"

namespace arc::http {

// Shared by all clients that get the same body.
using Body = std::shared_ptr<const std::string>;

struct Reply {
    int status = 200;
    // NOLINTBEGIN(readability-redundant-member-init): gcc demands them in designated initializers
    std::string phrase = {};  // empty: the standard phrase of the status
    HttpHeaders headers = {};
    // NOLINTEND(readability-redundant-member-init)
    Body body = nullptr;  // nullptr: an empty body. The server omits the body in a reply to HEAD
};

// A text/plain reply.
[[nodiscard]] Reply text_reply(int status, std::string text);

// The status line, the headers and the empty line after them. Adds Content-Length and Date if
// `reply` has none, and Connection. `keep`: the connection stays open after this reply.
[[nodiscard]] std::string format_head(const Reply& reply, bool keep);

}  // namespace arc::http
