#include "toy/config.hpp"

#include <array>

namespace arc::toy {
namespace {

constexpr auto kKeys =
    joined(std::array{Key{.name = "url",
                          .access = setting_at<&ToyConfig::url>,
                          .help = "the server",
                          .use = kConnection,
                          .scheme = "toy|toys"}},
           tls_keys<&ToyConfig::tls>(),
           std::array{Key{.name = "max_jobs",
                          .access = setting_at<&ToyConfig::max_jobs>,
                          .help = "more waiting jobs are too many",
                          .use = declaration("toy.jobs.excessive", "toy.connection.broken")},
                      Key{.name = "data_dir",
                          .access = setting_at<&ToyConfig::data_dir>,
                          .help = "the volume that the spool must be on",
                          .use = kOwn}});

std::any defaults() {
    return ToyConfig{};
}

}  // namespace

constinit const Section kSection{
    .name = "toy", .settings = kKeys, .objects = {}, .defaults = &defaults};

const ToyConfig& config_of(const Config& config) {
    return config.section<ToyConfig>();
}

}  // namespace arc::toy
