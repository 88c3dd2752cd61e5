// The result of a query that may not have been sent.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace arc {

struct NotAsked {};

// NotAsked, an error, or one of the possible answers.
template <class... Answers>
using Asked = std::variant<NotAsked, Error, Answers...>;

// The answer to a query that has only one possible answer.
struct Done {};

// The result of a query that was sent.
template <class T>
[[nodiscard]] Asked<T> asked(Result<T> answer) {
    return answer ? Asked<T>{std::move(*answer)} : Asked<T>{std::move(answer.error())};
}
[[nodiscard]] inline Asked<Done> asked(Result<void> answer) {
    return answer ? Asked<Done>{Done{}} : Asked<Done>{std::move(answer.error())};
}

// The same, with the answer `None` for std::nullopt.
template <class None, class T>
[[nodiscard]] Asked<None, T> asked_or(Result<std::optional<T>> answer) {
    if (!answer) {
        return std::move(answer.error());
    }
    std::optional<T>& value = *answer;
    return value ? Asked<None, T>{std::move(*value)} : None{};
}

}  // namespace arc
