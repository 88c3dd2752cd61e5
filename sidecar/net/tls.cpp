#include "net/tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/units.hpp"

// The linker redirects other calls of SSL_do_handshake() to nats/tls_bridge.cpp.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the linker defines the name
extern "C" int __real_SSL_do_handshake(SSL* ssl);

namespace arc {
namespace {

// The verification result of the last handshake in this thread.
struct Verified {
    int error = X509_V_OK;
    std::string names;   // in the peer's own certificate: "DNS:nats.example, IP:10.0.0.5"
    std::string issuer;  // of the certificate that failed
    std::string until;   // its last day
};
thread_local Verified verified;

std::string one_line(const X509_NAME* name) {
    std::array<char, 200> text{};
    X509_NAME_oneline(name, text.data(), static_cast<int>(text.size()));
    return text.data();
}

std::string time_text(const ASN1_TIME* time) {
    std::tm when{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &when) != 1) {
        return "?";
    }
    return fmt::format("{:04}-{:02}-{:02}", when.tm_year + 1900, when.tm_mon + 1, when.tm_mday);
}

// OpenSSL accepts an address of any length in a certificate, but inet_ntop() always reads 4 or 16
// bytes.
std::string address_text(const ASN1_OCTET_STRING* address) {
    constexpr int kShort = sizeof(in_addr);
    constexpr int kLong = sizeof(in6_addr);
    const int length = ASN1_STRING_length(address);
    if (length != kShort && length != kLong) {
        return fmt::format("an address of {} bytes", length);
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* done = ::inet_ntop(length == kShort ? AF_INET : AF_INET6,
                                   ASN1_STRING_get0_data(address), text.data(), text.size());
    return done == nullptr ? "?" : done;
}

std::string name_text(const GENERAL_NAME* name) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_DNS) {
        const auto* text = static_cast<const ASN1_STRING*>(value);
        return fmt::format(
            "DNS:{}", std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                       static_cast<std::size_t>(ASN1_STRING_length(text))));
    }
    return type == GEN_IPADD ? "IP:" + address_text(static_cast<const ASN1_OCTET_STRING*>(value))
                             : "";
}

int record_verification(int good, X509_STORE_CTX* store) {
    X509* certificate = X509_STORE_CTX_get_current_cert(store);
    if (good == 0 && verified.error == X509_V_OK && certificate != nullptr) {
        verified.error = X509_STORE_CTX_get_error(store);
        verified.issuer = one_line(X509_get_issuer_name(certificate));
        verified.until = time_text(X509_get0_notAfter(certificate));
        if (X509* own = X509_STORE_CTX_get0_cert(store); own != nullptr) {
            verified.names = certificate_names(own);
        }
    }
    return good;
}

const std::string& wanted_name(const TlsOptions& options, const std::string& host) {
    return options.server_name.empty() ? host : options.server_name;
}

bool is_address(const std::string& host) {
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

void want_name(X509_VERIFY_PARAM* parameters, const std::string& name) {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // Removes names that a library has set, because they would be required as well.
    X509_VERIFY_PARAM_set1_host(parameters, nullptr, 0);
    X509_VERIFY_PARAM_set1_ip(parameters, nullptr, 0);
    if (is_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str());
    } else {
        X509_VERIFY_PARAM_set1_host(parameters, name.c_str(), name.size());
    }
}

std::unexpected<Error> unreadable(const TlsOptions& options, std::string_view setting,
                                  const std::string& path) {
    const char* reason =
        ::access(path.c_str(), R_OK) == 0 ? "has no PEM of that kind" : ::strerrordesc_np(errno);
    ERR_clear_error();
    return fail(ErrorKind::config,
                fmt::format("{}{}: {}: {}", options.settings, setting, path, reason));
}

// Loads the trusted authorities. The static OpenSSL searches Debian's default directory. Other
// systems have one file instead.
Result<void> load_authorities(SSL* ssl, const TlsOptions& options) {
    X509_STORE* store = X509_STORE_new();
    const bool own = !options.ca_file.empty();
    bool loaded = own ? X509_STORE_load_file(store, options.ca_file.c_str()) == 1
                      : X509_STORE_set_default_paths(store) == 1;
    if (!own) {
        for (const char* bundle : {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem"}) {
            loaded =
                (::access(bundle, R_OK) == 0 && X509_STORE_load_file(store, bundle) == 1) || loaded;
        }
        ERR_clear_error();  // missing authorities show later as an untrusted certificate
    }
    SSL_set1_verify_cert_store(ssl, store);
    X509_STORE_free(store);
    return loaded || !own ? Result<void>{} : unreadable(options, "CA_FILE", options.ca_file);
}

Result<void> load_own_certificate(SSL* ssl, const TlsOptions& options) {
    if (options.cert_file.empty()) {
        return {};
    }
    if (SSL_use_certificate_chain_file(ssl, options.cert_file.c_str()) != 1) {
        return unreadable(options, "CERT_FILE", options.cert_file);
    }
    const std::string& key = options.key_file.empty() ? options.cert_file : options.key_file;
    if (SSL_use_PrivateKey_file(ssl, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return unreadable(options, options.key_file.empty() ? "CERT_FILE" : "KEY_FILE", key);
    }
    return {};
}

Result<void> configure(SSL* ssl, const TlsOptions& options, const std::string& host) {
    const std::string& name = wanted_name(options, host);
    SSL_set_connect_state(ssl);
    SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
    // After a partial write, the rest may be written from another buffer.
    SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_verify(ssl, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, &record_verification);
    // Instead of the macro, which has a C cast. SNI must not contain an address (RFC 6066).
    std::string server = name;
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             is_address(name) ? nullptr : server.data());
    if (options.verify) {
        want_name(SSL_get0_param(ssl), name);
        if (const auto loaded = load_authorities(ssl, options); !loaded) {
            return loaded;
        }
    }
    return load_own_certificate(ssl, options);
}

short events_of(int error) {
    return error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
}

// OpenSSL writes to sockets without MSG_NOSIGNAL, so SIGPIPE would end the process.
void ignore_broken_pipes() {
    struct sigaction now{};
    if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
        std::signal(SIGPIPE, SIG_IGN);
    }
}

Error refused_certificate(const TlsOptions& options, const std::string& where,
                          std::string_view message) {
    const std::string& prefix = options.settings;
    if (options.cert_file.empty()) {
        return {ErrorKind::tls, where + " requires a client certificate",
                fmt::format("Set {}CERT_FILE and {}KEY_FILE.", prefix, prefix)};
    }
    return {ErrorKind::tls, fmt::format("{} rejects the client certificate of {}CERT_FILE ({})",
                                        where, prefix, message)};
}

// Why the certificate is not accepted.
Error refusal_of_certificate(const TlsOptions& options, const std::string& host,
                             const std::string& where) {
    const std::string& prefix = options.settings;
    switch (verified.error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {ErrorKind::tls,
                    fmt::format("the certificate of {} expired on {}", where, verified.until),
                    "Renew it on the server."};
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {ErrorKind::tls, fmt::format("the certificate of {} is not valid yet", where),
                    "Compare the clocks."};
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return {ErrorKind::tls,
                    fmt::format("the certificate of {} is for {} and not for '{}'", where,
                                verified.names, wanted_name(options, host)),
                    fmt::format("Set {}SERVER_NAME to one of its names.", prefix)};
        default:
            return {
                ErrorKind::tls,
                fmt::format("the certificate of {} is not trusted, unknown CA ({}; issuer {})",
                            where, X509_verify_cert_error_string(verified.error), verified.issuer),
                fmt::format("Set {}CA_FILE.", prefix)};
    }
}

// A library's message for a peer that closed the connection without an alert.
bool is_closed(std::string_view message) {
    constexpr std::array<std::string_view, 4> kMessages{"unexpected eof", "reset by peer",
                                                        "Broken pipe", "SSL_ERROR_SYSCALL"};
    return message.empty() || std::ranges::any_of(kMessages, [message](std::string_view each) {
               return message.contains(each);
           });
}

}  // namespace

std::string certificate_names(const X509* certificate) {
    constexpr std::size_t kEnough = 1024;  // a certificate may have thousands
    std::string names;
    auto* all = static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int i = 0; i < sk_GENERAL_NAME_num(all) && names.size() < kEnough; ++i) {
        const std::string name = name_text(sk_GENERAL_NAME_value(all, i));
        names += (names.empty() || name.empty() ? "" : ", ") + name;
    }
    GENERAL_NAMES_free(all);
    return names.empty() ? one_line(X509_get_subject_name(certificate)) : names;
}

bool wants_certificate(std::string_view message) noexcept {
    return message.find("certificate required") != std::string_view::npos ||
           message.find("alert bad certificate") != std::string_view::npos ||
           message.find("handshake failure") != std::string_view::npos ||
           message.find("alert unknown ca") != std::string_view::npos;
}

std::string tls_words() {
    std::string message;
    while (const unsigned long code = ERR_get_error()) {
        if (const char* reason = ERR_reason_error_string(code);
            reason != nullptr && message.empty()) {
            message = reason;
        }
    }
    return message;
}

Error tls_error(std::string_view message, const TlsOptions& options, const std::string& host,
                const std::string& where) {
    if (verified.error != X509_V_OK) {
        return refusal_of_certificate(options, host, where);
    }
    if (wants_certificate(message)) {
        return refused_certificate(options, where, message);
    }
    if (message.find("wrong version number") != std::string_view::npos ||
        message.find("packet length too long") != std::string_view::npos) {
        return {ErrorKind::tls, where + " does not speak TLS",
                fmt::format("Compare {}{} with the server's port.", options.settings, options.url)};
    }
    if (is_closed(message)) {
        return {ErrorKind::unreachable,
                fmt::format("{} closed the connection during the TLS handshake", where)};
    }
    return {ErrorKind::tls, fmt::format("the TLS handshake with {} failed ({})", where, message)};
}

Result<void> tls_handshake(SSL* ssl, const TlsOptions& options, const std::string& host,
                           const std::string& where, Deadline deadline) {
    verified = {};
    ERR_clear_error();
    ignore_broken_pipes();
    if (const auto configured = configure(ssl, options, host); !configured) {
        return configured;
    }
    while (true) {
        const int done = __real_SSL_do_handshake(ssl);
        if (done == 1) {
            return {};
        }
        const int error = SSL_get_error(ssl, done);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            return std::unexpected(tls_error(tls_words(), options, host, where));
        }
        if (!wait_ready(SSL_get_fd(ssl), events_of(error), deadline)) {
            return fail(ErrorKind::timeout,
                        fmt::format("{} did not finish the TLS handshake within {}", where,
                                    format_duration(deadline.budget())));
        }
    }
}

void tls_prepare(SSL_CTX* context, const TlsOptions& options, const std::string& host) {
    verified = {};
    if (options.verify) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &record_verification);
        want_name(SSL_CTX_get0_param(context), wanted_name(options, host));
    }
}

void Channel::Free::operator()(SSL* ssl) const noexcept {
    SSL_free(ssl);
}

Result<void> Channel::start_tls(const TlsOptions& options, const std::string& host,
                                const std::string& where, Deadline deadline) {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    ssl_.reset(context == nullptr ? nullptr : SSL_new(context));
    SSL_CTX_free(context);  // the SSL keeps it
    if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.get()) != 1) {
        return fail(ErrorKind::io, fmt::format("cannot initialize OpenSSL: {}", tls_words()));
    }
    return tls_handshake(ssl_.get(), options, host, where, deadline);
}

// Converts OpenSSL's result to that of recv() and send().
ssize_t Channel::result(int returned) noexcept {
    waits_for_ = 0;
    if (returned > 0) {
        return returned;
    }
    const int code = errno;
    const int error = SSL_get_error(ssl_.get(), returned);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        waits_for_ = events_of(error);
        errno = EAGAIN;
        return -1;
    }
    words_ = tls_words();
    if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && code == 0)) {
        return 0;
    }
    errno = error == SSL_ERROR_SYSCALL ? code : ECONNRESET;
    return -1;
}

ssize_t Channel::receive(std::span<char> buffer) noexcept {
    if (!ssl_) {
        return ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    }
    ERR_clear_error();
    errno = 0;
    return result(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())));
}

ssize_t Channel::send(std::string_view bytes) noexcept {
    if (!ssl_) {
        return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    ERR_clear_error();
    errno = 0;
    return result(SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace arc
