#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/ascii.hpp"

namespace arc {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t factor;
};

// 100 years. A longer duration is a typing error, and the arithmetic of deadlines must not
// overflow.
constexpr std::int64_t kMaxDurationMs = 100LL * 366 * 24 * 3600 * 1000;

constexpr std::array kDurations{Unit{"ms", 1},        Unit{"s", 1000},       Unit{"m", 60'000},
                                Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"", 1000}};

constexpr std::int64_t kKi = 1024;
constexpr std::array kSizes{Unit{"", 1},
                            Unit{"b", 1},
                            Unit{"k", 1000},
                            Unit{"m", 1'000'000},
                            Unit{"g", 1'000'000'000},
                            Unit{"kb", kKi},
                            Unit{"mb", kKi* kKi},
                            Unit{"gb", kKi* kKi* kKi},
                            Unit{"kib", kKi},
                            Unit{"mib", kKi* kKi},
                            Unit{"gib", kKi* kKi* kKi}};

// An integer followed by one of `units`. -1 for any other text, or if the product exceeds `limit`.
template <std::size_t N>
std::int64_t parse_with_units(std::string_view text, const std::array<Unit, N>& units,
                              std::int64_t limit) {
    std::int64_t number = -1;
    const char* last = text.data() + text.size();
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): `last` is its end
    const auto [end, status] = std::from_chars(text.data(), last, number);
    if (status != std::errc{} || number < 0) {
        return -1;
    }
    const std::string unit = lower(std::string_view(end, last));
    const auto found = std::ranges::find(units, unit, &Unit::name);
    if (found == units.end() || number > limit / found->factor) {
        return -1;
    }
    return number * found->factor;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const std::int64_t value = parse_with_units(text, kDurations, kMaxDurationMs);
    if (value < 0) {
        return fail(ErrorKind::config,
                    fmt::format("'{}' is not a duration, such as 200ms, 3s, 2m, 24h or 7d", text));
    }
    return std::chrono::milliseconds{value};
}

Result<std::int64_t> parse_size(std::string_view text) {
    const std::int64_t value =
        parse_with_units(text, kSizes, std::numeric_limits<std::int64_t>::max());
    if (value < 0) {
        return fail(
            ErrorKind::config,
            fmt::format("'{}' is not a size, such as 512mb, 2gb or a number of bytes", text));
    }
    return value;
}

Result<bool> parse_boolean(std::string_view text) {
    const std::string word = lower(text);
    if (word == "yes" || word == "true" || word == "on" || word == "1") {
        return true;
    }
    if (word == "no" || word == "false" || word == "off" || word == "0") {
        return false;
    }
    return fail(ErrorKind::config, fmt::format("'{}' is not yes or no", text));
}

std::string format_duration(std::chrono::milliseconds duration) {
    const std::int64_t ms = duration.count();
    if (ms == 0) {
        return "0s";
    }
    for (const Unit& unit : {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000}}) {
        if (ms % unit.factor == 0) {
            return fmt::format("{}{}", ms / unit.factor, unit.name);
        }
    }
    return fmt::format("{}ms", ms);
}

std::string format_size(std::int64_t bytes) {
    constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.95 and more would be printed as 1024.0 of the smaller unit.
    while (value >= 1023.95 && unit + 1 < kNames.size()) {
        value /= 1024.0;
        ++unit;
    }
    return value == static_cast<double>(static_cast<std::int64_t>(value))
               ? fmt::format("{:.0f} {}", value, kNames.at(unit))
               : fmt::format("{:.1f} {}", value, kNames.at(unit));
}

}  // namespace arc
