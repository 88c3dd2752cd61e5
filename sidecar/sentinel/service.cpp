// Redis Sentinel.
#include "service.hpp"

#include "sentinel/config.hpp"
#include "sentinel/findings.hpp"
#include "sentinel/process.hpp"
#include "sentinel/sentinel.hpp"

namespace arc::sentinel {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url};
}

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Sentinel",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .by_name_only = true,
    .listen_port = 9121,  // where redis_exporter listens
};

}  // namespace arc::sentinel
