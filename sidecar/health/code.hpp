// The code of a finding is a row of the catalogue. Each service has a constexpr table of its rows
// (<service>/findings.hpp); a code that is in no table does not compile. Pure data.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "health/level.hpp"

namespace arc {

// What a finding is about.
enum class Scope {
    node,     // the server that was asked, or the sidecar
    object,   // one declared object: a stream, a tenant, a namespace, a topic
    cluster,  // the servers together
};

[[nodiscard]] std::string_view to_string(Scope scope) noexcept;

// The effect of a restart of the server, where nothing is known that says otherwise (restart.hpp).
enum class RestartEffect {
    none,
    helps,
    helps_silence,  // helps where nothing answers on a port that can be reached
    harms,
};

[[nodiscard]] std::string_view to_string(RestartEffect effect) noexcept;

// One code: `<service>.<subject>.<condition>`. The condition is the same word for the same
// condition in every service, and `ok` for a finding that is never worse than ok.
struct CatalogueRow {
    std::string_view code;  // "nats.stream.missing"; scripts, alerts and overrides rely on it
    Level worst;            // the worst level that it can have
    Scope scope = Scope::node;
    RestartEffect restart = RestartEffect::none;
    // Its level `starting` can come again after the start, and lasts as long as the data is large.
    // So it does not fail the probe of the start, which would end the server.
    bool past_start = false;
    // Why a server does not exit after a request to stop: 1 is the most likely cause, 0 is none.
    int delays_stop = 0;
    // NOLINTBEGIN(readability-redundant-member-init): gcc demands them in designated initializers
    // Sentences in Markdown. `reason` is why the level is right; ok has no reason and no remedy.
    std::string_view meaning = {};
    std::string_view measurement = {};
    std::string_view reason = {};
    std::string_view remedy = {};
    // its codes in 0.1.0, with a blank between two
    std::string_view before = {};
    // NOLINTEND(readability-redundant-member-init)

    // At its worst. Readiness follows from the level alone: ok and degraded pass, also in a finding
    // whose level an operator has set.
    [[nodiscard]] constexpr bool fails_readiness() const noexcept {
        return worst >= Level::starting;
    }
};

class Code {
public:
    // `row` must outlive the code: a row of a table.
    explicit constexpr Code(const CatalogueRow& row) noexcept : row_(&row) {}

    [[nodiscard]] constexpr const CatalogueRow& row() const noexcept { return *row_; }
    [[nodiscard]] constexpr const CatalogueRow* operator->() const noexcept { return row_; }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return row_->code; }

    friend constexpr bool operator==(Code a, Code b) noexcept { return a.row_ == b.row_; }
    friend constexpr bool operator==(Code a, std::string_view b) noexcept { return a.text() == b; }

    // for fmt
    friend constexpr std::string_view format_as(Code code) noexcept { return code.text(); }

private:
    const CatalogueRow* row_;
};

// A compiler that reports a call of this has met a code that is not in the table.
void no_such_code();

// A code of one table: CodeIn<kFindings>("nats.stream.missing").
template <const auto& kTable>
class CodeIn : public Code {
public:
    // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): a literal is the code
    consteval CodeIn(const char* literal) : Code(find(literal)) {}

private:
    template <const auto&>
    friend class ConnectionCodes;
    explicit constexpr CodeIn(const CatalogueRow& row) noexcept : Code(row) {}

    static consteval const CatalogueRow& find(std::string_view code) {
        for (const CatalogueRow& row : kTable) {
            if (row.code == code) {
                return row;
            }
        }
        no_such_code();
        return kTable.front();
    }
};

// Three parts of lower-case letters and underscores, the first of which is `service`.
consteval bool is_code_of(std::string_view service, std::string_view code) {
    std::size_t dots = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool after_dot = i == 0 || code[i - 1] == '.';
        if (code[i] == '.' ? after_dot : code[i] != '_' && (code[i] < 'a' || code[i] > 'z')) {
            return false;
        }
        dots += code[i] == '.' ? 1 : 0;
    }
    return dots == 2 && !code.ends_with('.') && code.starts_with(service) &&
           code[service.size()] == '.';
}

// Whether a table is complete: codes of one service, each once and sorted; every text there.
template <std::size_t kSize>
consteval bool is_catalogue(std::string_view service,
                            const std::array<CatalogueRow, kSize>& table) {
    std::string_view last;
    for (const CatalogueRow& row : table) {
        const bool ok = row.worst == Level::ok;
        if (!is_code_of(service, row.code) || row.code <= last || row.code.ends_with(".ok") != ok ||
            row.meaning.empty() || row.measurement.empty() || row.reason.empty() != ok ||
            row.remedy.empty() != ok) {
            return false;
        }
        last = row.code;
    }
    return true;
}

}  // namespace arc
