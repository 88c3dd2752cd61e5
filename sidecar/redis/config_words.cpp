#include "redis/config_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/ascii.hpp"
#include "base/unescape.hpp"

namespace arc::redis {
namespace {

constexpr std::string_view kBlanks = " \t\n\v\f\r";
constexpr std::string_view kWordEnds = " \t\n\r";  // not \v and \f

// Reads the quoted text that begins after `at` up to its closing quote. Sets `at` to that quote.
// False: there is none, or something else follows it.
bool take_quoted(std::string_view line, std::size_t& at, std::string& word) {
    const char quote = line[at];
    for (++at; at < line.size() && line[at] != quote; ++at) {
        const bool has_next = line[at] == '\\' && at + 1 < line.size();
        const bool escaped = has_next && (quote == '"' || line[at + 1] == '\'');
        word += escaped ? unescape(line, at) : line[at];
    }
    return at < line.size() && (at + 1 == line.size() || kBlanks.contains(line[at + 1]));
}

// Quotes a text; with `escapes`, so that split_words() returns it.
std::string quote_word(std::string_view text, bool escapes) {
    const std::string_view special = std::string_view{"\n\r\t\a\b\\\""}.substr(0, escapes ? 7 : 5);
    constexpr std::string_view letters = "nrtab\\\"";
    std::string result = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (const std::size_t at = special.find(c); at != std::string_view::npos) {
            result += {'\\', letters[at]};
        } else if (byte < 0x20 || byte > 0x7e) {
            result += fmt::format("\\x{:02x}", byte);
        } else {
            result += c;
        }
    }
    return result + '"';
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while ((at = line.find_first_not_of(kBlanks, at)) != std::string_view::npos) {
        std::string word;
        for (; at < line.size() && !kWordEnds.contains(line[at]); ++at) {
            if (line[at] != '"' && line[at] != '\'') {
                word += line[at];
            } else if (take_quoted(line, at, word)) {
                ++at;
                break;
            } else {
                return std::nullopt;
            }
        }
        words.push_back(std::move(word));
    }
    return words;
}

std::string options_text(std::span<const std::string> arguments, bool escapes) {
    std::string text;
    bool complete = true;  // the last option has a value
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const bool is_last = i + 1 == arguments.size();
        if ((i == 0 && !word.starts_with('-')) || (word == "-" && (i == 0 || is_last))) {
            continue;
        }
        if (!complete || !word.starts_with("--")) {
            text += quote_word(word, escapes) + ' ';
            complete = true;
            continue;
        }
        text += (text.empty() ? "" : "\n") + word.substr(2) + ' ';
        const auto words = split_words(word);
        complete = !words || words->size() != 1;
        // These two may stand without a value.
        const bool next_is_option = !is_last && arguments[i + 1].starts_with("--");
        if (!complete && word == "--save" && (is_last || next_is_option)) {
            text += "\"\"";
        }
        complete = complete || (next_is_option && (word == "--save" || word == "--sentinel"));
    }
    return text;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
    const bool canonical = text == "0" || (!digits.empty() && digits.front() != '0');
    std::int64_t number = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
    return canonical && status == std::errc{} && end == text.data() + text.size()
               ? std::optional{number}
               : std::nullopt;
}

std::optional<std::uint64_t> parse_memory(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::uint64_t factor;
    };
    constexpr std::uint64_t ki = 1024;
    constexpr std::array units{Unit{"", 1},
                               Unit{"b", 1},
                               Unit{"k", 1000},
                               Unit{"kb", ki},
                               Unit{"m", 1'000'000},
                               Unit{"mb", ki * ki},
                               Unit{"g", 1'000'000'000},
                               Unit{"gb", ki * ki * ki}};
    constexpr std::size_t max_digits = 127;
    const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string unit = lower(text.substr(size));
    const auto found = std::ranges::find(units, unit, &Unit::name);
    if (found == units.end() || size > max_digits) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): `size` is the end
    const auto status = std::from_chars(text.data(), text.data() + size, number).ec;
    return (status == std::errc::result_out_of_range ? std::numeric_limits<std::uint64_t>::max()
                                                     : number) *
           found->factor;
}

}  // namespace arc::redis
