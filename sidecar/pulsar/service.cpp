// Pulsar standalone.
#include "service.hpp"

#include "pulsar/config.hpp"
#include "pulsar/deep.hpp"
#include "pulsar/findings.hpp"
#include "pulsar/preflight.hpp"
#include "pulsar/process.hpp"
#include "pulsar/pulsar.hpp"

namespace arc::pulsar {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url, *config_of(config).admin_url};
}

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Pulsar",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .bootstrap = &bootstrap,
    .deep = &probe_deep,
    .preflight = &kPreflight,
    .start_patience_ms = 120'000,  // a cold start takes minutes on a loaded machine
};

}  // namespace arc::pulsar
