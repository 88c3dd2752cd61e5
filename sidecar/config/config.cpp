#include "config/config.hpp"

#include "config/section.hpp"

namespace arc {

Config::Config() {
    for (const Section* section : sections()) {
        sections_.push_back(section->defaults());
    }
}

Config default_config() {
    return {};
}

}  // namespace arc
