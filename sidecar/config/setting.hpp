// A value of the configuration that knows where it came from.
#pragma once

#include <string>

namespace arc {

// Where a value came from: "default", "/etc/arc/sidecar.toml:12", "ARC_NATS_URL", "--nats-url".
struct Origin {
    std::string where = "default";
    bool declared = false;  // somebody chose it: not a default
};

template <class T>
struct Setting {
    T value{};
    Origin origin{};

    [[nodiscard]] const T& operator*() const noexcept { return value; }
    [[nodiscard]] const T* operator->() const noexcept { return &value; }
    [[nodiscard]] bool declared() const noexcept { return origin.declared; }
};

}  // namespace arc
