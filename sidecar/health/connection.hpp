// The codes of a server or a port that gives no usable answer. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/error.hpp"
#include "health/code.hpp"

namespace arc {

// The condition of a code, `<service>.connection.<condition>`, for a kind of error.
[[nodiscard]] constexpr std::string_view connection_condition(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::timeout:
            return "timeout";
        case ErrorKind::refused:
            return "refused";
        case ErrorKind::unreachable:
            return "unreachable";
        case ErrorKind::unresolved:
            return "unresolved";
        case ErrorKind::tls:
            return "tls";
        case ErrorKind::config:
            return "misconfigured";
        case ErrorKind::io:
        case ErrorKind::shortage:
            return "broken";
        case ErrorKind::auth:
        case ErrorKind::permission:
        case ErrorKind::protocol:
        case ErrorKind::rejected:
            break;
    }
    return "protocol";
}

// The codes `<subject>.<condition>` of one table. A code that is not in the table does not compile:
//   constexpr ConnectionCodes<kFindings> kConnection{"redis.connection."};
template <const auto& kTable>
class ConnectionCodes {
public:
    explicit consteval ConnectionCodes(std::string_view subject) : rows_{} {
        for (std::size_t kind = 0; kind < rows_.size(); ++kind) {
            rows_[kind] = find(subject, connection_condition(static_cast<ErrorKind>(kind)));
        }
    }

    [[nodiscard]] constexpr CodeIn<kTable> of(ErrorKind kind) const noexcept {
        return CodeIn<kTable>{*rows_[static_cast<std::size_t>(kind)]};
    }

private:
    static consteval const CatalogueRow* find(std::string_view subject,
                                              std::string_view condition) {
        for (const CatalogueRow& row : kTable) {
            if (row.code.starts_with(subject) && row.code.substr(subject.size()) == condition) {
                return &row;
            }
        }
        no_such_code();
        return nullptr;
    }

    std::array<const CatalogueRow*, static_cast<std::size_t>(ErrorKind::shortage) + 1> rows_;
};

}  // namespace arc
