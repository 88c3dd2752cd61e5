#include <curl/curl.h>
#include <event2/event.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <CLI/Version.hpp>
#include <nlohmann/detail/abi_macros.hpp>
#include <toml11/version.hpp>

#include <string>

#include "base/build_info.hpp"
#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "cli/commands.hpp"
#include "services.hpp"

namespace arc::cli {
namespace {

// "10.1.1" out of fmt's 100101.
std::string fmt_version() {
    return fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

std::string three(int major, int minor, int patch) {
    return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

// What is linked says its own version where it can; of the others only the headers do.
int version() {
    arc::print("arc-sidecar {} ({})\n", release(), commit());
    std::string clients;
    for (const Service* service : services()) {
        clients += service->library == nullptr ? std::string{} : service->library() + ", ";
    }
    arc::print("linked: {}libcurl {}, libevent {}, OpenSSL {}\n", clients,
               curl_version_info(CURLVERSION_NOW)->version, event_get_version(),
               OpenSSL_version(OPENSSL_VERSION_STRING));
    arc::print("compiled in: CLI11 {}, fmt {}, nlohmann/json {}, toml11 {}\n", CLI11_VERSION,
               fmt_version(),
               three(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                     NLOHMANN_JSON_VERSION_PATCH),
               three(TOML11_VERSION_MAJOR, TOML11_VERSION_MINOR, TOML11_VERSION_PATCH));
    return kExitOk;
}

}  // namespace arc::cli
