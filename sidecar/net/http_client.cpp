#include "net/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "base/ascii.hpp"
#include "base/units.hpp"
#include "net/listener.hpp"
#include "net/openssl_start.hpp"
#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"

namespace arc {
namespace {

constexpr int kBadRequest = 400;

struct EasyFree {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct ListFree {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListFree>;

// Initializes libcurl once per process. Initializing OpenSSL is a large part of a short check, so
// it happens only for https.
void start_curl(bool with_tls) {
    static std::once_flag plain;
    static std::once_flag tls;
    if (with_tls) {
        std::call_once(tls, [] { curl_global_init(CURL_GLOBAL_SSL); });
    } else {
        std::call_once(plain, [] {
            const PostponeOpenSsl guard;
            curl_global_init(CURL_GLOBAL_NOTHING);
        });
    }
}

void append(List& list, const std::string& text) {
    if (curl_slist* longer = curl_slist_append(list.get(), text.c_str()); longer != nullptr) {
        static_cast<void>(list.release());  // `longer` now owns it
        list.reset(longer);
    }
}

// libcurl takes options through a variadic function. It fails only if it was built without the
// option.
template <class T>
void set(CURL* handle, CURLoption option, T value) {
    static_cast<void>(curl_easy_setopt(handle, option, value));
}

ErrorKind kind_of(CURLcode code) {
    switch (code) {
        case CURLE_OPERATION_TIMEDOUT:
            return ErrorKind::timeout;
        case CURLE_COULDNT_CONNECT:
            return ErrorKind::refused;
        case CURLE_COULDNT_RESOLVE_HOST:
            return ErrorKind::unresolved;
        case CURLE_OUT_OF_MEMORY:
            return ErrorKind::shortage;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CONNECT_ERROR:
            return ErrorKind::tls;
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
            return ErrorKind::config;
        case CURLE_WRITE_ERROR:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return ErrorKind::protocol;
        default:
            return ErrorKind::unreachable;
    }
}

}  // namespace

bool is_hop_by_hop(std::string_view name) {
    constexpr std::array<std::string_view, 10> names{"connection",
                                                     "keep-alive",
                                                     "proxy-authenticate",
                                                     "proxy-authorization",
                                                     "proxy-connection",
                                                     "te",
                                                     "trailer",
                                                     "transfer-encoding",
                                                     "upgrade",
                                                     "expect"};
    return std::ranges::any_of(names,
                               [name](std::string_view each) { return same_letters(name, each); });
}

struct HttpClient::Impl {
    Url base;
    HttpOptions options;
    std::unique_ptr<CURL, EasyFree> handle;
    List resolved;  // the addresses of base.host in libcurl's format; empty for a literal address
    HttpResponse response;
    std::string status_line;  // of the last response
    HttpHeaders fields;       // of the last response to forward()

    // libcurl's header callback. libcurl passes one line per call, the status line first. An
    // interim response (1xx) has its own status line.
    static std::size_t receive_line(char* data, std::size_t size, std::size_t count, void* self) {
        auto& impl = *static_cast<Impl*>(self);
        return impl.kept([&] { impl.take_line({data, size * count}); }) ? size * count : 0;
    }

    void take_line(std::string_view line) {
        line = line.substr(0, line.find_last_not_of("\r\n") + 1);
        const std::size_t colon = line.find(':');
        if (line.starts_with("HTTP/")) {
            status_line = line;
            fields.clear();
        } else if (colon != std::string_view::npos) {
            std::string_view value = line.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
            fields.emplace_back(line.substr(0, colon), value);
        }
    }

    bool has_answered = false;  // an earlier request
    bool too_long = false;      // the last body exceeded max_body
    bool no_memory = false;     // there was no memory for the last response

    // Calls `take` and returns whether it had enough memory. No exception may propagate through
    // libcurl, which is C code.
    template <class Take>
    bool kept(Take&& take) {
        try {
            take();
        } catch (const std::bad_alloc&) {
            no_memory = true;
        }
        return !no_memory;
    }

    int socket_error = 0;  // errno of the last failed socket(), or 0

    // libcurl's callback for a new socket. It keeps errno, because libcurl would only report that
    // it could not connect.
    static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
        const int fd =
            ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        static_cast<Impl*>(self)->socket_error = fd < 0 ? errno : 0;
        return fd;
    }

    // libcurl's write callback.
    static std::size_t receive(char* data, std::size_t size, std::size_t count, void* self) {
        auto& impl = *static_cast<Impl*>(self);
        const std::size_t bytes = size * count;
        impl.too_long = impl.response.body.size() + bytes > impl.options.max_body;
        return !impl.too_long && impl.kept([&] { impl.response.body.append(data, bytes); }) ? bytes
                                                                                            : 0;
    }

    std::array<char, CURL_ERROR_SIZE> message{};  // libcurl's message for the last error

    // Called by libcurl before each handshake.
    static CURLcode before_handshake(CURL*, void* context, void* self) {
        auto& impl = *static_cast<Impl*>(self);
        tls_prepare(static_cast<ssl_ctx_st*>(context), impl.options.tls, impl.base.host);
        return CURLE_OK;
    }

    Result<void> prepare(Deadline deadline);
    void prepare_tls();
    [[nodiscard]] const std::string& url_host() const {
        const bool named = base.scheme == "https" && !options.tls.server_name.empty();
        return named ? options.tls.server_name : base.host;
    }
    [[nodiscard]] std::string url_of(std::string_view path) const {
        return to_string(Url{base.scheme, url_host(), base.port, base.path}) + std::string(path);
    }

    struct Sent {
        std::string method;
        std::string url;
        const char* target;  // the request target; nullptr: that of the URL
        List headers;
        const std::string* body;  // nullptr: none
    };
    Result<HttpResponse> exchange(const Sent& sent, Deadline deadline);
    Result<HttpResponse> perform(std::string_view method, std::string_view path,
                                 const std::string* body, Deadline deadline);
    Result<HttpMessage> forward(const HttpMessage& request, Deadline deadline);
    List forwarded_headers(const HttpMessage& request) const;
    HttpResponse take_response();
    Result<HttpResponse> finish(CURLcode code, Deadline deadline);
    [[nodiscard]] Attempt attempt() const {
        return attempt_of(base, kHttp.name, "http", "https",
                          options.tls.settings + options.tls.url);
    }
    List headers(bool with_body) const;
};

// Resolves the name once and passes the addresses to libcurl, whose own resolver blocks.
Result<void> HttpClient::Impl::prepare(Deadline deadline) {
    if (handle) {
        return {};
    }
    const auto addresses = resolve(base.host, deadline);
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    start_curl(base.scheme == "https");
    handle.reset(curl_easy_init());
    if (!handle) {
        return fail(ErrorKind::shortage, "cannot initialize libcurl: no memory");
    }
    if (addresses->size() > 1 || addresses->front() != url_host()) {
        std::string entry = fmt::format("{}:{}:", url_host(), base.port);
        for (const std::string& address : *addresses) {
            entry += (entry.ends_with(':') ? "" : ",") +
                     (address.find(':') == std::string::npos ? address : "[" + address + "]");
        }
        append(resolved, entry);
        set(handle.get(), CURLOPT_RESOLVE, resolved.get());
    }
    set(handle.get(), CURLOPT_NOSIGNAL, 1L);
    set(handle.get(), CURLOPT_PROXY, "");
    set(handle.get(), CURLOPT_NOPROXY, "*");
    set(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle.get(), CURLOPT_USERAGENT, "arc-sidecar");
    set(handle.get(), CURLOPT_WRITEFUNCTION, &Impl::receive);
    set(handle.get(), CURLOPT_OPENSOCKETFUNCTION, &Impl::open_socket);
    set(handle.get(), CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(handle.get(), CURLOPT_ERRORBUFFER, message.data());
    if (base.scheme == "https") {
        prepare_tls();
    }
    return {};
}

void HttpClient::Impl::prepare_tls() {
    const auto file = [this](CURLoption option, const std::string& path) {
        if (!path.empty()) {
            set(handle.get(), option, path.c_str());
        }
    };
    file(CURLOPT_CAINFO, options.tls.ca_file);
    file(CURLOPT_SSLCERT, options.tls.cert_file);
    file(CURLOPT_SSLKEY,
         options.tls.key_file.empty() ? options.tls.cert_file : options.tls.key_file);
    set(handle.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(handle.get(), CURLOPT_SSL_VERIFYPEER, options.tls.verify ? 1L : 0L);
    // The handshake itself verifies the name (tls_prepare()). Only there can an error list the
    // names of the certificate.
    set(handle.get(), CURLOPT_SSL_VERIFYHOST, 0L);
    set(handle.get(), CURLOPT_SSL_CTX_FUNCTION, &Impl::before_handshake);
    set(handle.get(), CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
}

List HttpClient::Impl::headers(bool with_body) const {
    List list;
    append(list, "Expect:");
    if (with_body) {
        append(list, "Content-Type: application/json");
    }
    if (!options.bearer.empty()) {
        append(list, "Authorization: Bearer " + options.bearer);
    }
    return list;
}

HttpResponse HttpClient::Impl::take_response() {
    has_answered = true;
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    const char* location = nullptr;
    curl_easy_getinfo(handle.get(), CURLINFO_REDIRECT_URL, &location);
    response.location = location == nullptr ? "" : location;
    return std::move(response);
}

Result<HttpResponse> HttpClient::Impl::finish(CURLcode code, Deadline deadline) {
    if (code == CURLE_OK) {
        return take_response();
    }
    const std::string where = host_and_port(base.host, base.port);
    const bool is_own = is_shortage(socket_error) || no_memory;
    const ErrorKind kind = is_own ? ErrorKind::shortage : kind_of(code);
    if (too_long) {
        const auto most = static_cast<std::int64_t>(options.max_body);
        return fail(ErrorKind::protocol,
                    fmt::format("{}: the response is larger than {}", where, format_size(most)));
    }
    if (kind == ErrorKind::shortage) {
        return fail(kind,
                    fmt::format("{}: {}", where,
                                socket_error != 0 ? ::strerrordesc_np(socket_error) : "no memory"));
    }
    if (code == CURLE_FAILED_INIT) {
        if (auto lack = own_shortage(where)) {
            return std::unexpected(std::move(*lack));
        }
    }
    if (kind == ErrorKind::timeout) {
        return fail(
            kind, fmt::format("{} did not answer within {} ms", where, deadline.budget().count()));
    }
    if (kind == ErrorKind::refused) {
        std::string tried = resolved ? fmt::format(" (tried {})", resolved->data) : std::string{};
        return fail(kind, fmt::format("{} refused the connection{}", where, tried));
    }
    if (kind == ErrorKind::tls || wants_certificate(message.data())) {
        return std::unexpected(tls_error(message.data(), options.tls, base.host, where));
    }
    if (kind == ErrorKind::config) {
        return fail(kind,
                    fmt::format("{}CA_FILE, {}CERT_FILE or {}KEY_FILE: {}", options.tls.settings,
                                options.tls.settings, options.tls.settings, message.data()));
    }
    if (kind == ErrorKind::protocol) {
        return fail(kind, fmt::format("{} does not speak HTTP", where));
    }
    if (code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) {
        return fail(kind, fmt::format("{} closed the connection before it answered", where));
    }
    return fail(kind, fmt::format("{}: {}", where, curl_easy_strerror(code)));
}

// Sends one request and returns its response.
Result<HttpResponse> HttpClient::Impl::exchange(const Sent& sent, Deadline deadline) {
    if (deadline.expired()) {
        return finish(CURLE_OPERATION_TIMEDOUT, deadline);
    }
    CURL* curl = handle.get();
    response = {};
    fields.clear();
    socket_error = 0;
    too_long = false;
    no_memory = false;
    set(curl, CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(curl, CURLOPT_URL, sent.url.c_str());
    set(curl, CURLOPT_REQUEST_TARGET, sent.target);
    // A plain server may wait for the rest of a TLS handshake for ever.
    const bool is_first = base.scheme == "https" && !has_answered;
    const Deadline end = is_first ? first_answer_by(deadline) : deadline;
    set(curl, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(end.remaining().count())));
    set(curl, CURLOPT_HTTPHEADER, sent.headers.get());
    set(curl, CURLOPT_NOBODY, sent.method == "HEAD" ? 1L : 0L);
    if (sent.body != nullptr) {
        set(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.body->size()));
        set(curl, CURLOPT_POSTFIELDS, sent.body->c_str());
    } else if (sent.method != "HEAD") {
        set(curl, CURLOPT_HTTPGET, 1L);
    }
    set(curl, CURLOPT_CUSTOMREQUEST, sent.method.c_str());
    return finish(curl_easy_perform(curl), deadline);
}

Result<HttpResponse> HttpClient::Impl::perform(std::string_view method, std::string_view path,
                                               const std::string* body, Deadline deadline) {
    if (const auto ready = prepare(deadline); !ready) {
        return std::unexpected(ready.error());
    }
    const bool is_first = !has_answered;
    auto answer = exchange(
        {std::string(method), url_of(path), nullptr, headers(body != nullptr), body}, deadline);
    // An https server may answer a plain request with 400.
    const bool is_odd = answer && answer->status == kBadRequest && base.scheme == "http";
    if (!is_first || (answer && !is_odd)) {
        return answer;
    }
    Error explained = explain_failure(answer ? Error{ErrorKind::protocol, {}} : answer.error(),
                                      attempt(), deadline);
    return explained.text.empty() ? std::move(answer) : std::unexpected(std::move(explained));
}

// The empty headers stop libcurl from adding its own. For a header with an empty value, libcurl
// requires a semicolon after the name.
List HttpClient::Impl::forwarded_headers(const HttpMessage& request) const {
    List list;
    append(list, "Expect:");
    append(list, "Accept:");
    append(list, "Content-Type:");
    for (const auto& [name, value] : request.headers) {
        const bool plain = value.find_first_of("\r\n") == std::string::npos;
        if (plain && !is_hop_by_hop(name) && !same_letters(name, "content-length")) {
            append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
        }
    }
    return list;
}

Result<HttpMessage> HttpClient::Impl::forward(const HttpMessage& request, Deadline deadline) {
    if (const auto ready = prepare(deadline); !ready) {
        return std::unexpected(ready.error());
    }
    set(handle.get(), CURLOPT_HEADERFUNCTION, &Impl::receive_line);
    set(handle.get(), CURLOPT_HEADERDATA, static_cast<void*>(this));
    const std::string* body = request.body.empty() ? nullptr : &request.body;
    const std::string target = base.path + request.target;
    auto answer = exchange(
        {request.method, url_of("/"), target.c_str(), forwarded_headers(request), body}, deadline);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    std::erase_if(fields, [](const auto& field) { return is_hop_by_hop(field.first); });
    const std::size_t phrase =
        std::min(status_line.find(' ', status_line.find(' ') + 1), status_line.size());
    return HttpMessage{.method = {},
                       .target = {},
                       .status = answer->status,
                       .phrase = status_line.substr(std::min(phrase + 1, status_line.size())),
                       .headers = std::move(fields),
                       .body = std::move(answer->body)};
}

HttpClient::HttpClient(Url base, HttpOptions options) : impl_(std::make_unique<Impl>()) {
    impl_->base = std::move(base);
    impl_->options = std::move(options);
}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::get(std::string_view path, Deadline deadline) {
    return impl_->perform("GET", path, nullptr, deadline);
}

Result<HttpResponse> HttpClient::put_json(std::string_view path, std::string_view body,
                                          Deadline deadline) {
    const std::string text{body};
    return impl_->perform("PUT", path, &text, deadline);
}

Result<HttpResponse> HttpClient::post_json(std::string_view path, std::string_view body,
                                           Deadline deadline) {
    const std::string text{body};
    return impl_->perform("POST", path, &text, deadline);
}

Result<HttpMessage> HttpClient::forward(const HttpMessage& request, Deadline deadline) {
    return impl_->forward(request, deadline);
}

}  // namespace arc
