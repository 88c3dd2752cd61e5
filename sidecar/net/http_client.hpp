// A small HTTP client over libcurl: one server, kept alive between calls, each call bounded by a
// deadline. No proxy, ever: the environment's http_proxy would divert a probe of loopback. No
// redirect is followed, no cookie kept, no file scheme spoken.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"

namespace arc {

struct HttpResponse {
    int status = 0;    // 100..599
    std::string body;  // at most HttpOptions::max_body bytes
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// A request and an answer whole, for passing them on.
struct HttpMessage {
    std::string method;  // of a request: "GET"
    std::string target;  // of a request, as it was sent: "/connz?sort=rtt"; begins with '/'
    int status = 0;      // of an answer, with its phrase
    std::string phrase;
    HttpHeaders headers;
    std::string body;
};

struct HttpOptions {
    // a token for the Authorization header; empty: none
    std::string bearer;
    // bytes; a longer answer is a protocol error
    std::size_t max_body = std::size_t{4} * 1024 * 1024;
    TlsOptions tls = {};  // for https
};

// Whether a header concerns one connection only, by its name in any case.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

class HttpClient {
public:
    // `base` has the scheme http or https. Nothing is opened yet.
    HttpClient(Url base, HttpOptions options);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    // `path` begins with '/'. Any status is a response, 404 and 500 too.
    // Errors: unresolved, refused, timeout, unreachable, protocol, tls, config (a file of TLS),
    // shortage (ours); the text names host and port.
    [[nodiscard]] Result<HttpResponse> get(std::string_view path, Deadline deadline);
    [[nodiscard]] Result<HttpResponse> put_json(std::string_view path, std::string_view body,
                                                Deadline deadline);
    [[nodiscard]] Result<HttpResponse> post_json(std::string_view path, std::string_view body,
                                                 Deadline deadline);

    // Passes a request on as it is and brings the answer as it came; what concerns one connection
    // only (RFC 9110, 7.6.1) is left out of both. Nothing is unpacked: a compressed body stays so.
    // Errors as above.
    [[nodiscard]] Result<HttpMessage> forward(const HttpMessage& request, Deadline deadline);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc
