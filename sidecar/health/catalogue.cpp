#include "health/catalogue.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/suggest.hpp"

namespace arc {
namespace {

std::vector<Code> all_codes() {
    std::vector<Code> codes;
    for (const CatalogueSection& section : catalogue()) {
        for (const CatalogueRow& row : section.rows) {
            codes.emplace_back(row);
        }
    }
    return codes;
}

}  // namespace

std::string_view to_string(Scope scope) noexcept {
    switch (scope) {
        case Scope::node:
            return "node";
        case Scope::object:
            return "object";
        case Scope::cluster:
            break;
    }
    return "cluster";
}

std::string_view to_string(RestartEffect effect) noexcept {
    switch (effect) {
        case RestartEffect::none:
            return "none";
        case RestartEffect::helps:
            return "helps";
        case RestartEffect::helps_silence:
            return "helps_silence";
        case RestartEffect::harms:
            break;
    }
    return "harms";
}

std::optional<Code> find_code(std::string_view text) noexcept {
    for (const CatalogueSection& section : catalogue()) {
        const auto found = std::ranges::find(section.rows, text, &CatalogueRow::code);
        if (found != section.rows.end()) {
            return Code(*found);
        }
    }
    return std::nullopt;
}

std::vector<Code> successors(std::string_view old_code) {
    std::vector<Code> codes = all_codes();
    std::erase_if(codes, [old_code](Code code) {
        return !std::ranges::contains(split(code->before, ' '), old_code);
    });
    return codes;
}

std::string hint_for(std::string_view unknown) {
    std::vector<std::string_view> names;
    if (std::vector<Code> codes = successors(unknown); !codes.empty()) {
        const auto is_ok = [](Code code) { return code->worst == Level::ok; };
        if (!std::ranges::all_of(codes, is_ok)) {
            std::erase_if(codes, is_ok);
        }
        std::ranges::transform(codes, std::back_inserter(names), &Code::text);
        return fmt::format("; it was renamed to '{}' after 0.1.0", fmt::join(names, "' or '"));
    }
    std::ranges::transform(all_codes(), std::back_inserter(names), &Code::text);
    return did_you_mean(unknown, names);
}

}  // namespace arc
