// A small HTTP client over libcurl for one server. It keeps the connection open between calls. A
// deadline limits each call. It never uses a proxy, because http_proxy would redirect a probe of
// loopback. It follows no redirect, keeps no cookies, and supports only http and https.
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
    // Of a redirect, as an absolute URL; otherwise empty.
    std::string location = {};  // NOLINT(readability-redundant-member-init): gcc demands it
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// A complete request or response, for forwarding.
struct HttpMessage {
    std::string method;  // of a request: "GET"
    std::string target;  // of a request, unchanged: "/connz?sort=rtt"; begins with '/'
    int status = 0;      // of a response, with its phrase
    std::string phrase;
    HttpHeaders headers;
    std::string body;
};

struct HttpOptions {
    // The token of the Authorization header; empty: none.
    std::string bearer;
    // Bytes. A longer response is a protocol error.
    std::size_t max_body = std::size_t{4} * 1024 * 1024;
    TlsOptions tls = {};  // for https
};

// Whether a header applies to one connection only (RFC 9110, 7.6.1). Ignores the case of `name`.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

class HttpClient {
public:
    // `base` has the scheme http or https. Its path precedes that of each request. The first
    // request opens the connection.
    HttpClient(Url base, HttpOptions options);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    // `path` begins with '/'. A response may have any status, also 404 or 500.
    // Errors: unresolved, refused, timeout, unreachable, protocol, tls, config (a file of TLS),
    // shortage (in this process). The text names host and port.
    [[nodiscard]] Result<HttpResponse> get(std::string_view path, Deadline deadline);
    [[nodiscard]] Result<HttpResponse> put_json(std::string_view path, std::string_view body,
                                                Deadline deadline);
    [[nodiscard]] Result<HttpResponse> post_json(std::string_view path, std::string_view body,
                                                 Deadline deadline);

    // Forwards a request and returns the response. Both stay unchanged, except that the path of
    // `base` precedes the target, and headers for one connection are removed (is_hop_by_hop()). A
    // compressed body stays compressed. Errors as above.
    [[nodiscard]] Result<HttpMessage> forward(const HttpMessage& request, Deadline deadline);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc
