// What parses bytes from outside, each as a function that may do anything but crash, hang or
// misbehave under the sanitizers. libFuzzer feeds them (libfuzzer.cpp), and the unit tests feed
// them what is stored in corpus/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace arc::fuzz {

struct Target {
    const char* name;  // of its folder in tests/fuzz/corpus
    void (*run)(std::string_view bytes);
};

[[nodiscard]] std::span<const Target> targets() noexcept;
[[nodiscard]] const Target* find_target(std::string_view name) noexcept;

}  // namespace arc::fuzz
