// A service that exists in this test alone (docs/architecture.md, "Add a service").
#include "service.hpp"

#include "toy/check.hpp"
#include "toy/client.hpp"
#include "toy/cluster.hpp"
#include "toy/config.hpp"
#include "toy/findings.hpp"
#include "toy/metrics.hpp"
#include "toy/preflight.hpp"
#include "toy/process.hpp"

namespace arc::toy {
namespace {

std::vector<Url> urls(const Config& config) {
    return {*config_of(config).url};
}

std::string library() {
    return "libtoy 0.7";
}

}  // namespace

extern constexpr Service kService{
    .process = kProcess,
    .title = "Toy",
    .section = kSection,
    .check = &check,
    .urls = &urls,
    .findings = kFindings,
    .protocol = &kProtocol,
    .metrics = &metrics_source,
    .preflight = &kPreflight,
    .listen_port = 7071,
    .cluster = &kCluster,
    .library = &library,
};

}  // namespace arc::toy
