// Prints to standard output and standard error. No other code does (tests/host/test_output.py). All
// text except string literals passes through shown().
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/shown.hpp"

namespace arc {

// Text of several lines, or JSON, whose parts have already passed through shown(). print() does not
// change it again: redaction of a field's or metric's name would break the format.
struct Composed {
    std::string text;
};

namespace detail {

template <class T>
concept Text = std::convertible_to<const T&, std::string_view>;

inline const std::string& printable(const Composed& composed) {
    return composed.text;
}
inline std::string printable(const Text auto& text) {
    return shown(text);
}
template <class T>
    requires(!Text<T>)
const T& printable(const T& value) {
    // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): used within one call alone
    return value;
}

template <class T>
using Printable = std::remove_cvref_t<decltype(printable(std::declval<const T&>()))>;

}  // namespace detail

// As fmt::print(), but passes each text argument through shown().
template <class... Args>
void print(std::FILE* to, fmt::format_string<detail::Printable<Args>...> format,
           const Args&... args) {
    const std::string line = fmt::format(fmt::runtime(format), detail::printable(args)...);
    std::fwrite(line.data(), 1, line.size(), to);
}

template <class... Args>
void print(fmt::format_string<detail::Printable<Args>...> format, const Args&... args) {
    arc::print(stdout, format, args...);
}

}  // namespace arc
