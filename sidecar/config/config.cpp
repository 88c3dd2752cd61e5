#include "config/config.hpp"

#include "config/section.hpp"
#include "net/url.hpp"

namespace arc {

Config::Config() {
    for (const Section* section : sections()) {
        sections_.push_back(section->defaults());
    }
}

bool Config::is_beside(std::string_view server, const Url& url) const noexcept {
    return *service == server || url.scheme == "unix" || is_loopback(url.host);
}

Config default_config() {
    return {};
}

}  // namespace arc
