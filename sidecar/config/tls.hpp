// TLS of one service's connections: its settings, and their rows.
#pragma once

#include <array>
#include <string>

#include "config/keys.hpp"
#include "net/tls_options.hpp"

namespace arc {

// It is used where the URL's scheme says so (https://, for one), and where a server demands it.
struct TlsConfig {
    Setting<std::string> ca_file;    // PEM of the authorities to trust; empty: the system's
    Setting<std::string> cert_file;  // PEM of the client's certificate, its chain included
    Setting<std::string> key_file;   // PEM of its key; empty: in cert_file
    // the name that the certificate must have; empty: the host of the URL
    Setting<std::string> server_name;
    Setting<bool> verify{true};
};

// `settings` is the prefix of this section's variables in the environment: "ARC_CACHE_".
[[nodiscard]] TlsOptions tls_options(const TlsConfig& config, std::string settings);

// The rows of a section's TlsConfig: tls_keys<&CacheConfig::tls>().
template <auto Tls>
[[nodiscard]] constexpr std::array<Key, 5> tls_keys() {
    return {{{.name = "ca_file",
              .access = setting_at<Tls, &TlsConfig::ca_file>,
              .help = "TLS: trusted CA certificates, PEM; default: the system's",
              .use = kConnection},
             {.name = "cert_file",
              .access = setting_at<Tls, &TlsConfig::cert_file>,
              .help = "TLS: client certificate, PEM",
              .use = kConnection},
             {.name = "key_file",
              .access = setting_at<Tls, &TlsConfig::key_file>,
              .help = "TLS: client key, PEM; default: cert_file also holds the key",
              .use = kConnection},
             {.name = "server_name",
              .access = setting_at<Tls, &TlsConfig::server_name>,
              .help = "TLS: name in the server's certificate, if it differs from the URL's host",
              .use = kConnection},
             {.name = "tls_verify",
              .access = setting_at<Tls, &TlsConfig::verify>,
              .help = "TLS: verify the server's certificate",
              .use = kConnection}}};
}

}  // namespace arc
