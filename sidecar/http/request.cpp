#include "http/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "base/ascii.hpp"

namespace arc::http {
namespace {

constexpr std::array<std::string_view, 7> kMethods{"GET",    "HEAD",    "POST", "PUT",
                                                   "DELETE", "OPTIONS", "PATCH"};

Parsed bad(int status) {
    Parsed parsed;
    parsed.state = Parsed::State::bad;
    parsed.status = status;
    return parsed;
}

constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";  // in a token, besides letters and digits

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               kMarks.contains(c);
    });
}

bool is_visible(std::string_view text, bool spaces) {
    return std::ranges::all_of(text, [spaces](char c) {
        const auto code = static_cast<unsigned char>(c);
        return (code > 0x20 && code != 0x7f) || (spaces && (c == ' ' || c == '\t'));
    });
}

// The bytes up to and including the empty line that ends the headers; 0 if it has not arrived yet.
std::size_t head_size(std::string_view bytes) {
    const std::size_t usual = bytes.find("\r\n\r\n");
    const std::size_t bare = bytes.substr(0, usual).find("\n\n");
    return bare != std::string_view::npos    ? bare + 2
           : usual != std::string_view::npos ? usual + 4
                                             : 0;
}

std::string_view take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

std::string path_of_target(std::string_view target) {
    if (target.starts_with('/')) {
        return std::string(target);
    }
    const std::size_t scheme = target.find("://");
    const std::size_t path =
        scheme == std::string_view::npos ? scheme : target.find('/', scheme + 3);
    return path == std::string_view::npos ? "/" : std::string(target.substr(path));
}

// Returns 0 or the status of the rejection. `newer`: HTTP/1.1, whose connections stay open.
int read_first_line(std::string_view line, HttpMessage& request, bool& newer) {
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
        return 400;
    }
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    newer = version == "HTTP/1.1";
    if (!is_token(method) || target.empty() || !is_visible(target, false)) {
        return 400;
    }
    if (!newer && version != "HTTP/1.0") {
        return version.starts_with("HTTP/") ? 505 : 400;
    }
    request.method = method;
    request.target = path_of_target(target);
    return std::ranges::find(kMethods, method) == kMethods.end() ? 501 : 0;
}

int read_fields(std::string_view rest, HttpMessage& request) {
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
        const std::size_t colon = line.find(':');
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = colon == std::string_view::npos
                                           ? std::string_view{}
                                           : trimmed(line.substr(colon + 1), " \t");
        if (colon == std::string_view::npos || !is_token(name) || !is_visible(value, true)) {
            // This also rejects an obsolete continuation line, which begins with a space.
            return 400;
        }
        if (request.headers.size() >= kMaxFields) {
            return 431;
        }
        request.headers.emplace_back(name, value);
    }
    return 0;
}

struct Framing {
    int status = 0;
    std::size_t length = 0;
    bool keep = false;
};

std::optional<std::size_t> number(std::string_view text) {
    std::size_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size() ? std::optional{value}
                                                                           : std::nullopt;
}

// The length of the body, and whether the connection stays open.
Framing framing_of(const HttpMessage& request, bool newer) {
    Framing framing{.keep = newer};
    bool sized = false;
    for (const auto& [name, value] : request.headers) {
        if (same_letters(name, "Transfer-Encoding")) {
            framing.status = 411;
        } else if (same_letters(name, "Content-Length")) {
            const auto length = number(value);
            const bool digits =
                std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
            if (!digits || value.empty() || (sized && length != framing.length)) {
                return {.status = 400};
            }
            if (!length || *length > kMaxBody) {
                return {.status = 413};
            }
            sized = true;
            framing.length = *length;
        } else if (same_letters(name, "Connection")) {
            framing.keep = same_letters(value, "close")
                               ? false
                               : framing.keep || same_letters(value, "keep-alive");
        }
    }
    return framing;
}

Parsed read_body(std::string_view rest, std::size_t used, HttpMessage request,
                 const Framing& framing) {
    Parsed parsed;
    if (rest.size() < framing.length) {
        return parsed;
    }
    request.body = rest.substr(0, framing.length);
    parsed.state = Parsed::State::complete;
    parsed.request = std::move(request);
    parsed.used = used + framing.length;
    parsed.keep = framing.keep;
    return parsed;
}

}  // namespace

Parsed parse_request(std::string_view bytes) {
    // Skips empty lines before a request, because old clients send one after a body.
    std::size_t skipped = 0;
    while (skipped < kMaxEmptyLines * 2 && bytes.substr(skipped).starts_with("\r\n")) {
        skipped += 2;
    }
    const std::string_view given = bytes.substr(skipped);
    const std::size_t head = head_size(given.substr(0, kMaxHead));
    if (head == 0) {
        const bool line_ended = given.contains('\n');
        return given.size() < kMaxHead ? Parsed{} : bad(line_ended ? 431 : 414);
    }
    std::string_view rest = given.substr(0, head);
    HttpMessage request;
    bool newer = false;
    int status = read_first_line(take_line(rest), request, newer);
    status = status == 0 ? read_fields(rest, request) : status;
    const Framing framing = status == 0 ? framing_of(request, newer) : Framing{.status = status};
    return framing.status != 0
               ? bad(framing.status)
               : read_body(given.substr(head), skipped + head, std::move(request), framing);
}

}  // namespace arc::http
