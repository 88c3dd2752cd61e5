// Redis and Valkey.
#include "service.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <array>

#include "redis/config.hpp"
#include "redis/metrics.hpp"
#include "redis/preflight.hpp"
#include "redis/process.hpp"
#include "redis/redis.hpp"

namespace arc::redis {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url};
}

std::string library() {
    return fmt::format("hiredis {}.{}.{}", HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
}

// Redis does not exit before all is on the disk.
constexpr std::array<std::string_view, 4> kDelaysStop{
    "redis.persistence.failed", "redis.rdb_save.failed", "redis.aof_write.failed",
    "redis.aof_rewrite.failed"};

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Redis",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .metrics = &metrics_source,
    .preflight = &kPreflight,
    .listen_port = 9121,  // where redis_exporter listens
    .stop_hints = {.codes = kDelaysStop,
                   .still_answers = ", as Redis does while it cannot save what is in memory"},
    .library = &library,
};

}  // namespace arc::redis
