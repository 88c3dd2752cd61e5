// Helpers for std::variant.
#pragma once

#include <variant>

namespace arc {

// Combines lambdas into one visitor. An alternative without a lambda does not compile.
template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};

// std::holds_alternative<T>() as a function object, for algorithms.
template <class T>
inline constexpr auto holds =
    [](const auto& variant) noexcept { return std::holds_alternative<T>(variant); };

}  // namespace arc
