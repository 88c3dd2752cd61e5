// The answer to a question that may not have been asked at all.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/error.hpp"

namespace arc {

struct NotAsked {};

// NotAsked, the error, or one of the possible answers.
template <class... Answers>
using Asked = std::variant<NotAsked, Error, Answers...>;

// The answer to a question that has only one.
struct Done {};

// A question that was asked.
template <class T>
[[nodiscard]] Asked<T> asked(Result<T> answer) {
    return answer ? Asked<T>{std::move(*answer)} : Asked<T>{std::move(answer.error())};
}
[[nodiscard]] inline Asked<Done> asked(Result<void> answer) {
    return answer ? Asked<Done>{Done{}} : Asked<Done>{std::move(answer.error())};
}

// The same, where std::nullopt is the answer `None`.
template <class None, class T>
[[nodiscard]] Asked<None, T> asked_or(Result<std::optional<T>> answer) {
    if (!answer) {
        return std::move(answer.error());
    }
    return *answer ? Asked<None, T>{std::move(**answer)} : None{};
}

}  // namespace arc
