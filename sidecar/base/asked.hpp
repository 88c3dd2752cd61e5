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

// A question that was asked.
template <class T>
[[nodiscard]] Asked<T> asked(Result<T> answer) {
    return answer ? Asked<T>{std::move(*answer)} : Asked<T>{std::move(answer.error())};
}

}  // namespace arc
