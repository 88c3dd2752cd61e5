// OpenSSL's start-up (its configuration file, tables of algorithms and error texts) is a large part
// of a short check. libcurl asks for it when it is initialized, whether TLS is wanted or not;
// OpenSSL itself starts what it needs when the first TLS connection is made.
#pragma once

namespace arc {

// While one lives, this thread's requests to start OpenSSL beforehand succeed without doing
// anything.
class PostponeOpenSsl {
public:
    PostponeOpenSsl() noexcept;
    ~PostponeOpenSsl();
    PostponeOpenSsl(const PostponeOpenSsl&) = delete;
    PostponeOpenSsl& operator=(const PostponeOpenSsl&) = delete;
};

}  // namespace arc
