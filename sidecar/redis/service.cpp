// Redis and Valkey.
#include "service.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "redis/config.hpp"
#include "redis/findings.hpp"
#include "redis/metrics.hpp"
#include "redis/preflight.hpp"
#include "redis/process.hpp"
#include "redis/redis.hpp"
#include "redis/stop.hpp"
#include "resp/client.hpp"

namespace arc::redis {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url};
}

std::string library() {
    return fmt::format("hiredis {}.{}.{}", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Redis",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .protocol = &resp::kProtocol,
    .metrics = &metrics_source,
    .preflight = &kPreflight,
    .listen_port = 9121,  // where redis_exporter listens
    .cluster = &kClusterHooks,
    .still_answers = ", as Redis does while it cannot save what is in memory",
    .library = &library,
};

}  // namespace arc::redis
