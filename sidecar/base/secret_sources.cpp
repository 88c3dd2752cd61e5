#include "base/secret_sources.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/secrets.hpp"

namespace arc {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

template <class Visit>
void for_each_part(std::string_view text, std::string_view separators, Visit visit) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) {
            visit(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

// Values that are no secrets, even if the setting's name says so: ALLOW_EMPTY_PASSWORD=yes.
bool is_switch(std::string_view value) {
    constexpr std::array<std::string_view, 14> kSwitches{
        "true", "false",   "yes",      "no",       "on",       "off", "none",
        "null", "enabled", "disabled", "required", "optional", "{}",  "default"};
    return std::ranges::find(kSwitches, lower(value)) != kSwitches.end();
}

// Keeps the password of "user:password@host" and the token of "token@host": the text before the
// last @, and after the first colon if there is one.
void keep_user_information(std::string_view word) {
    const std::size_t scheme = word.find("://");
    const std::string_view rest = scheme == std::string_view::npos ? word : word.substr(scheme + 3);
    const std::size_t end = rest.rfind('@');
    const std::size_t colon = rest.find(':');
    const bool colon_before = colon < end && end != std::string_view::npos;
    if (end == std::string_view::npos || (scheme == std::string_view::npos && !colon_before)) {
        return;
    }
    keep_secret(colon_before ? rest.substr(colon + 1, end - colon - 1) : rest.substr(0, end));
}

void keep_secrets_within(std::string_view value) {
    for_each_part(value, " \t\r\n\"'`", [](std::string_view word) {
        // In a list of URLs a comma separates them. In a single URL it belongs to the password.
        const bool several = word.find("://") != word.rfind("://");
        if (!several) {
            keep_user_information(word);
        }
        for_each_part(word, ",;&?", [several](std::string_view part) {
            if (several) {
                keep_user_information(part);
            }
            const std::size_t mark = part.find('=');
            if (mark != std::string_view::npos && is_secret_name(part.substr(0, mark)) &&
                !is_switch(part.substr(mark + 1))) {
                keep_secret(part.substr(mark + 1));
            }
        });
    });
}

// The words of a command line of a shell, approximately: quoted blanks belong to a word, and
// characters that separate commands also separate words.
std::vector<std::string> shell_words(std::string_view line) {
    std::vector<std::string> words(1);
    char quote = '\0';
    for (const char c : line) {
        if (quote == '\0' && (kBlanks.contains(c) || std::string_view{";|&()"}.contains(c))) {
            words.emplace_back();
        } else if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else {
            words.back() += c;
        }
    }
    std::erase(words, std::string{});
    return words;
}

// Keeps the secrets of one word of a command. `expected`: the word is the value of a flag for a
// secret; set for the next word.
void keep_secrets_of_word(std::string_view word, bool& expected) {
    const bool flag = word.size() > 1 && word.front() == '-';
    if (flag) {
        const std::string_view name =
            word.substr(std::min(word.find_first_not_of('-'), word.size()));
        const std::size_t mark = name.find('=');
        expected = mark == std::string_view::npos && is_secret_name(name);
        if (mark != std::string_view::npos) {
            keep_secrets_of_setting(name.substr(0, mark), name.substr(mark + 1));
        }
        return;
    }
    if (std::exchange(expected, false) && !is_switch(word)) {
        keep_secret(word);
    }
    if (word.starts_with('>')) {  // >password, in the rules of a Redis user
        keep_secret(word.substr(1));
    }
    keep_secrets_within(word);
}

}  // namespace

bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 6> kParts{
        "pass", "secret", "token", "credential", "authparam", "authenticationparam"};
    constexpr std::array<std::string_view, 8> kEnds{"auth",  "pwd",     "seed",   "nkey",
                                                    "creds", "api_key", "apikey", "encryption_key"};
    // nats-server's names for keys of stores
    constexpr std::array<std::string_view, 4> kNames{"key", "ek", "prev_key", "prev_ek"};
    constexpr std::array<std::string_view, 3> kPaths{"file", "path", "dir"};
    const std::string small = lower(name);
    const auto ends = [&](std::string_view end) { return small.ends_with(end); };
    // Variables of the shell, and paths of files with secrets.
    if (name == "PWD" || name == "OLDPWD" || std::ranges::any_of(kPaths, ends)) {
        return false;
    }
    return std::ranges::any_of(kParts,
                               [&](std::string_view part) { return small.contains(part); }) ||
           std::ranges::any_of(kEnds, ends) || std::ranges::contains(kNames, small);
}

void keep_secrets_of_setting(std::string_view name, std::string_view value) {
    if (is_secret_name(name) && !is_switch(value)) {
        keep_secret(value);
    }
    keep_secrets_within(value);
}

void keep_secrets_of_environment(const char* const* entries) {
    for (; entries != nullptr && *entries != nullptr; ++entries) {
        const std::string_view entry{*entries};
        const std::size_t mark = entry.find('=');
        if (mark != std::string_view::npos) {
            keep_secrets_of_setting(entry.substr(0, mark), entry.substr(mark + 1));
        }
    }
}

void keep_secrets_of_command(std::span<const char* const> words) {
    bool expected = false;
    for (const std::string_view word : words) {
        keep_secrets_of_word(word, expected);
        bool inner = false;
        for (const std::string& part : word.find_first_of(kBlanks) == std::string_view::npos
                                           ? std::vector<std::string>{}
                                           : shell_words(word)) {
            keep_secrets_of_word(part, inner);
        }
    }
}

}  // namespace arc
