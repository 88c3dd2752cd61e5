// NATS JetStream.
#include "service.hpp"

#include <fmt/format.h>
#include <nats/nats.h>

#include "nats/config.hpp"
#include "nats/findings.hpp"
#include "nats/metrics.hpp"
#include "nats/nats.hpp"
#include "nats/preflight.hpp"
#include "nats/process.hpp"
#include "nats/server_info.hpp"

namespace arc::nats {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).monitor_url, *config_of(config).url};
}

Monitor monitor(const Config& config) {
    return {*config_of(config).monitor_url, tls_of(config_of(config))};
}

std::string library() {
    return fmt::format("cnats {}", nats_GetVersion());
}

constexpr ServerInfoHooks kServerInfo{.read = &read_server_info, .apply = &apply_server_info};

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "NATS",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .bootstrap = &bootstrap,
    .bootstrap_help =
        {.update = "change streams that differ, if no message, consumer or access can be lost",
         .force = "create missing streams even if the server's monitoring port cannot be asked "
                  "whether it has damaged ones"},
    .metrics = &metrics_source,
    .preflight = &kPreflight,
    .listen_port = 8222,  // where scrapers look for the server's own monitor
    .monitor = &monitor,
    .server_info = &kServerInfo,
    .library = &library,
};

}  // namespace arc::nats
