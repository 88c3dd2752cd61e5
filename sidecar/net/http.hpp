// A small HTTP client over libcurl: one server, kept alive between calls, each call bounded by a deadline. No proxy, ever: the
// environment's http_proxy would divert a probe of loopback. No redirect is followed, no cookie kept, no file scheme spoken.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "deadline.hpp"
#include "error.hpp"
#include "net/tls_options.hpp"
#include "net/url.hpp"

namespace arc {

struct HttpResponse {
    int status = 0;    // 100..599
    std::string body;  // at most HttpOptions::max_body bytes
};

struct HttpOptions {
    std::string bearer;                                   // a token for the Authorization header; empty: none
    std::size_t max_body = std::size_t{4} * 1024 * 1024;  // bytes; a longer answer is a protocol error
    TlsOptions tls = {};                                  // for https
};

class HttpClient {
public:
    // `base` has the scheme http or https. Nothing is opened yet.
    HttpClient(Url base, HttpOptions options);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    // `path` begins with '/'. Any status is a response, 404 and 500 too.
    // Errors: unresolved, refused, timeout, unreachable, protocol, tls, config (a file of TLS); the text names host and port.
    [[nodiscard]] Result<HttpResponse> get(std::string_view path, Deadline deadline);
    [[nodiscard]] Result<HttpResponse> put_json(std::string_view path, std::string_view body, Deadline deadline);
    [[nodiscard]] Result<HttpResponse> post_json(std::string_view path, std::string_view body, Deadline deadline);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace arc
