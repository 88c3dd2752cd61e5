// Postpones the initialization of OpenSSL (its configuration file, tables of algorithms and error
// texts), which is a large part of a short check. libcurl requests it even without TLS. OpenSSL
// initializes itself with the first TLS connection.
#pragma once

namespace arc {

// While an object exists, requests of this thread to initialize OpenSSL succeed without any effect.
class PostponeOpenSsl {
public:
    PostponeOpenSsl() noexcept;
    ~PostponeOpenSsl();
    PostponeOpenSsl(const PostponeOpenSsl&) = delete;
    PostponeOpenSsl& operator=(const PostponeOpenSsl&) = delete;
};

}  // namespace arc
