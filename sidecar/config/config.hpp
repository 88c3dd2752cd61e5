// The whole configuration, typed: the general settings, those of the cluster, and a section for
// each service, whose type the service's directory owns. Flags override the environment, which
// overrides the file, which overrides the defaults; each value knows where it came from. With no
// file at all the program works against servers on loopback.
#pragma once

#include <any>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secrets.hpp"
#include "config/cluster.hpp"
#include "config/listen.hpp"
#include "config/setting.hpp"
#include "health/levels.hpp"
#include "health/purpose.hpp"

namespace arc {

// A value that must not be shown. It has no way to a stream or to fmt; only reveal() at the point
// of use hands it out. Whatever quotes it is shown without it (base/secrets.hpp).
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) { keep_secret(text_); }
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    std::string text_;
};

// Of one check.
inline constexpr std::chrono::milliseconds kDefaultTimeout{3000};

struct Url;

class Config {
public:
    // The defaults, those of each section (config/section.hpp) included.
    Config();

    // The values of the section whose type is T, such as nats::NatsConfig. T must be the type of a
    // registered section.
    template <class T>
    [[nodiscard]] const T& section() const {
        for (const std::any& values : sections_) {
            if (const T* found = std::any_cast<T>(&values)) {
                return *found;
            }
        }
        throw std::bad_any_cast{};
    }
    template <class T>
    [[nodiscard]] T& section() {
        // The object is not const: this function is not.
        return const_cast<T&>(  // NOLINT(cppcoreguidelines-pro-type-const-cast)
            std::as_const(*this).template section<T>());
    }

    // the service of this image: a section's name; empty: every service
    Setting<std::string> service;
    // where the agent leaves its state for `check`
    Setting<std::string> state_dir{"/run/arc"};
    // of one check
    Setting<std::chrono::milliseconds> timeout{kDefaultTimeout};
    // of `wait`
    Setting<std::chrono::milliseconds> wait_timeout{std::chrono::milliseconds{120'000}};
    // of one `bootstrap`
    Setting<std::chrono::milliseconds> bootstrap_timeout{std::chrono::milliseconds{60'000}};
    // of the agent; without it no server is ended
    Setting<std::optional<std::chrono::milliseconds>> end_unhealthy_after;
    // where the agent answers /metrics and probes
    Setting<Listen> listen;
    // node | cluster: the findings that count for readiness (health/purpose.hpp)
    Setting<std::string> ready_scope{"cluster"};
    // text | json
    Setting<std::string> log_format{"text"};
    ClusterConfig cluster;
    LevelOverrides levels;  // by code: the findings whose level is not the usual one

    // Whether a server runs where this process does, so that both see the same files: it is the
    // service of this image, or `url` is a socket or an address of loopback.
    [[nodiscard]] bool is_beside(std::string_view server, const Url& url) const noexcept;

    [[nodiscard]] Purpose readiness() const {
        return *ready_scope == "node" ? Purpose::ready_node : Purpose::ready;
    }

private:
    std::vector<std::any> sections_;
};

// The same as Config{}, for callers to whom the defaults matter.
[[nodiscard]] Config default_config();

}  // namespace arc
