// The TLS settings of one service's connections.
#pragma once

#include <string>

namespace arc {

struct TlsOptions {
    std::string ca_file;      // PEM; empty: the system's
    std::string cert_file;    // PEM, the chain included; empty: no client certificate
    std::string key_file;     // PEM; empty: it is in cert_file
    std::string server_name;  // the name that the certificate must have; empty: the host of the URL
    bool verify = true;
    std::string settings;     // the prefix of the settings' names, for messages: "ARC_NATS_"
    std::string url = "URL";  // the setting with the URL, behind the prefix
};

}  // namespace arc
