#include "pulsar/shell_settings.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/ascii.hpp"
#include "base/suggest.hpp"

namespace arc::pulsar {
namespace {

constexpr int kMaxDepth = 16;  // nested defaults

bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::string_view name_at(std::string_view text) {
    return text.substr(
        0, std::min(text.size(), static_cast<std::size_t>(std::ranges::distance(
                                     text.begin(), std::ranges::find_if_not(text, is_name)))));
}

class Expander {
public:
    Expander(std::string_view text, const ShellVariables& variables, const Environment& environment)
        : text_(text), variables_(variables), environment_(environment) {}

    // The value that the whole text means; nullopt: only a shell can find it.
    std::optional<std::string> value() {
        auto value = take({});
        const std::string_view rest = trimmed(text_.substr(std::min(at_, text_.size())), " \t\r");
        return is_lost_ || !(rest.empty() || rest.starts_with('#')) ? std::nullopt : value;
    }

private:
    // Up to `end` ('"' or '}'), or without it to a blank.
    std::optional<std::string> take(std::optional<char> end, bool in_quotes = false) {
        std::string value;
        for (; at_ < text_.size() && !is_lost_; ++at_) {
            const char c = text_[at_];
            if (end ? c == *end : std::string_view{" \t\r"}.contains(c)) {
                at_ += end ? 1 : 0;
                return value;
            }
            if (!take_special(c, in_quotes, value)) {
                value += c;
            }
        }
        is_lost_ = is_lost_ || end.has_value();
        return value;
    }

    bool take_special(char c, bool in_quotes, std::string& value) {
        if (c == '$') {
            take_variable(in_quotes, value);
        } else if (c == '"') {
            ++at_;
            value += take('"', true).value_or("");
            --at_;
        } else if (c == '\'' && !in_quotes) {
            const std::size_t close = text_.find('\'', at_ + 1);
            is_lost_ = close == std::string_view::npos;
            value += is_lost_ ? "" : text_.substr(at_ + 1, close - at_ - 1);
            at_ = is_lost_ ? at_ : close;
        } else if (c == '\\' && at_ + 1 < text_.size() &&
                   (!in_quotes || std::string_view{"$`\"\\"}.contains(text_[at_ + 1]))) {
            value += text_[++at_];
        } else if (c == '`' || (!in_quotes && std::string_view{";&|<>()"}.contains(c))) {
            is_lost_ = true;
        } else {
            return false;
        }
        return true;
    }

    // $NAME, ${NAME}, ${NAME:-DEFAULT}, ${NAME-DEFAULT}. Ends at the last character of it.
    void take_variable(bool in_quotes, std::string& value) {
        const bool braces = text_.substr(at_ + 1).starts_with('{');
        const std::string_view name = name_at(text_.substr(at_ + (braces ? 2 : 1)));
        at_ += name.size() + (braces ? 2 : 1);
        if (name.empty() || ++depth_ > kMaxDepth) {
            is_lost_ = true;
            return;
        }
        const auto known = lookup(name);
        if (!braces) {
            value += known.value_or("");
            --at_;
            return;
        }
        const std::string_view rest = text_.substr(at_);
        const bool or_empty = rest.starts_with(":-");
        if (!or_empty && !rest.starts_with('-') && !rest.starts_with('}')) {
            is_lost_ = true;
            return;
        }
        at_ += or_empty ? 2 : rest.starts_with('-') ? 1 : 0;
        const auto fallback = take('}', in_quotes);
        value += known && !(or_empty && known->empty()) ? *known : fallback.value_or("");
        --at_;
        --depth_;
    }

    std::optional<std::string> lookup(std::string_view name) {
        if (const auto found = variables_.find(name); found != variables_.end()) {
            is_lost_ = is_lost_ || !found->second;
            return found->second;
        }
        return environment_(std::string(name));
    }

    std::string_view text_;
    const ShellVariables& variables_;
    const Environment& environment_;
    std::size_t at_ = 0;
    int depth_ = 0;
    bool is_lost_ = false;
};

bool begins_with_word(std::string_view line, std::string_view word) {
    return line.starts_with(word) && (line.size() == word.size() || !is_name(line[word.size()]));
}

// The change of the number of open compound commands.
int depth_change(std::string_view line) {
    constexpr std::array<std::string_view, 5> openers{"if", "for", "while", "until", "case"};
    constexpr std::array<std::string_view, 3> closers{"fi", "done", "esac"};
    const auto is_word = [line](std::string_view word) { return begins_with_word(line, word); };
    const bool opens = std::ranges::any_of(openers, is_word);
    const bool closes = std::ranges::any_of(
        closers, [line](std::string_view word) { return line.ends_with(word); });
    return (opens ? 1 : 0) - (closes && (opens || std::ranges::any_of(closers, is_word)) ? 1 : 0);
}

// The variable of `if [ -z "$NAME" ]; then`; empty: another line.
std::string_view guarded(std::string_view line) {
    for (const std::string_view start : {"if [ -z \"$", "if [[ -z \"$", "if [[ -z $"}) {
        if (line.starts_with(start)) {
            return name_at(line.substr(start.size()));
        }
    }
    return {};
}

}  // namespace

ShellVariables read_shell_settings(std::string_view script, const Environment& environment) {
    ShellVariables variables;
    const auto value_of = [&](const std::string& name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::optional{environment(name).value_or("")}
                                        : found->second;
    };
    std::string guard;                      // the variable of the condition, or empty
    std::optional<std::string> when_asked;  // its value there
    int depth = 0;
    for (const std::string_view whole : split(script, '\n')) {
        std::string_view line = trimmed(whole, " \t\r");
        if (depth == 0) {
            guard = guarded(line);
            when_asked = value_of(guard);
        }
        depth += depth_change(line);
        line.remove_prefix(begins_with_word(line, "export") ? 6 : 0);
        line = trimmed(line, " \t");
        const std::string name{name_at(line)};
        if (name.empty() || !line.substr(name.size()).starts_with('=')) {
            continue;
        }
        const bool guards = depth > 0 && guard == name && when_asked;
        if (guards && !when_asked->empty()) {
            continue;  // the condition does not hold
        }
        variables[name] =
            depth == 0 || (guards && depth == 1)
                ? Expander{line.substr(name.size() + 1), variables, environment}.value()
                : std::nullopt;
    }
    return variables;
}

}  // namespace arc::pulsar
