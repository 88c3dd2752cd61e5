// Two tools for std::variant that the standard library lacks.
#pragma once

#include <variant>

namespace arc {

// Lambdas as one visitor: an alternative without a lambda does not compile.
template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};

// std::holds_alternative<T>() as a function object, for algorithms.
template <class T>
inline constexpr auto holds =
    [](const auto& variant) noexcept { return std::holds_alternative<T>(variant); };

}  // namespace arc
