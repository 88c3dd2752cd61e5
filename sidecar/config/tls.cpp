#include "config/tls.hpp"

#include <utility>

namespace arc {

TlsOptions tls_options(const TlsConfig& config, std::string settings) {
    return {.ca_file = *config.ca_file,
            .cert_file = *config.cert_file,
            .key_file = *config.key_file,
            .server_name = *config.server_name,
            .verify = *config.verify,
            .settings = std::move(settings)};
}

}  // namespace arc
