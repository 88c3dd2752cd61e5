// The toy's section of the configuration.
#pragma once

#include <cstdint>
#include <string>

#include "config/config.hpp"
#include "config/section.hpp"
#include "config/tls.hpp"
#include "net/url.hpp"

namespace arc::toy {

struct ToyConfig {
    Setting<Url> url{{"toy", "127.0.0.1", 7070}};
    TlsConfig tls;
    Setting<std::int64_t> max_jobs{100};
    Setting<std::string> data_dir;  // the declared volume; empty: not declared
};

extern const Section kSection;

[[nodiscard]] const ToyConfig& config_of(const Config& config);

}  // namespace arc::toy
