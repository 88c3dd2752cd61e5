#include "base/secrets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bitset>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/escape.hpp"

namespace arc {
namespace {

constexpr std::size_t kRun = 8;        // bytes of a secret that are never shown together
constexpr std::size_t kShortest = 4;   // of a secret, or of its head, that is found without quotes
constexpr std::size_t kLongWord = 16;  // in a text of lines: a key or a token, no prose
constexpr std::size_t kMaxWord = std::size_t{4} * 1024;
// each byte costs some 200 in its forms: the agent has 64 MiB in all
constexpr std::size_t kMaxTotal = std::size_t{64} * 1024;
constexpr std::string_view kQuotes = "'\"`";
constexpr std::string_view kBlanks = " \t\r\n";

struct Span {
    std::size_t begin;
    std::size_t end;
};

bool alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool within_quotes(std::string_view text, const Span& span) {
    return span.begin > 0 && kQuotes.contains(text[span.begin - 1]) && span.end < text.size() &&
           kQuotes.contains(text[span.end]);
}

bool alone(std::string_view text, const Span& span) {
    return (span.begin == 0 || !alphanumeric(text[span.begin - 1])) &&
           (span.end == text.size() || !alphanumeric(text[span.end]));
}

template <class Accept>
void find_all(std::string_view text, std::string_view needle, std::vector<Span>& found,
              Accept accept) {
    for (std::size_t at = text.find(needle); at != std::string_view::npos;
         at = text.find(needle, at + 1)) {
        const Span span{at, at + needle.size()};
        if (accept(text, span)) {
            found.push_back(span);
        }
    }
}

// ---- the forms in which a secret is quoted ----

using CharForm = std::string (*)(unsigned char);

std::string each(std::string_view secret, CharForm form) {
    std::string text;
    for (const char c : secret) {
        text += form(static_cast<unsigned char>(c));
    }
    return text;
}

std::string as_json(unsigned char c) {
    switch (c) {
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            break;
    }
    if (c == '"' || c == '\\') {
        return {'\\', static_cast<char>(c)};
    }
    return c < 0x20 ? fmt::format("\\u{:04x}", c) : std::string(1, static_cast<char>(c));
}

// C's, as Redis quotes a command's arguments (sdscatrepr).
std::string as_c(unsigned char c) {
    const std::string json = c == '\a' ? "\\a" : as_json(c);
    return json.starts_with("\\u") || c >= 0x7F ? fmt::format("\\x{:02x}", c) : json;
}

bool unreserved(unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-._~"}.contains(static_cast<char>(c));
}
std::string as_percent(unsigned char c) {
    return unreserved(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
}
std::string as_small_percent(unsigned char c) {
    return unreserved(c) ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02x}", c);
}
std::string as_form(unsigned char c) {
    return c == ' ' ? "+" : as_percent(c);
}

// The digits of base64 that depend on nothing but `secret`, where `before` bytes (0 to 2) of a
// group of three stand in front of it.
std::string as_base64(std::string_view secret, std::size_t before, std::string_view digits) {
    const std::string bytes = std::string(before, '\0') + std::string(secret);
    const std::size_t whole = bytes.size() * 8 / 6;
    std::string text;
    for (std::size_t digit = (before * 8 + 5) / 6; digit < whole; ++digit) {
        const std::size_t bit = digit * 6;
        const auto byte = [&](std::size_t i) {
            return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
        };
        const unsigned two = byte(bit / 8) << 8U | byte(bit / 8 + 1);
        text += digits[two >> (10U - bit % 8) & 0x3FU];
    }
    return text;
}

std::vector<std::string> forms_of(std::string_view secret) {
    std::vector<std::string> forms{std::string(secret), escaped(secret)};
    for (const CharForm form : {&as_json, &as_c, &as_percent, &as_small_percent, &as_form}) {
        forms.push_back(each(secret, form));
    }
    for (const std::string_view last : {"+/", "-_"}) {
        const std::string digits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last);
        for (std::size_t before = 0; before < 3; ++before) {
            forms.push_back(as_base64(secret, before, digits));
        }
    }
    return forms;
}

// ---- what is known ----

std::uint64_t run_at(std::string_view text, std::size_t at) {
    std::uint64_t run = 0;
    std::memcpy(&run, text.data() + at, kRun);
    return run;
}

std::size_t pair_at(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8U |
           static_cast<unsigned char>(text[at + 1]);
}

class Known {
public:
    void add(std::string_view secret);
    [[nodiscard]] std::vector<Span> find(std::string_view text) const;

private:
    void add_form(std::string_view form);
    void find_runs(std::string_view text, std::vector<Span>& found) const;
    void find_heads(std::string_view text, std::vector<Span>& found) const;

    std::unordered_set<std::string> secrets_;
    std::size_t total_ = 0;
    std::unordered_set<std::uint64_t> runs_;
    // that a run begins with: most text is passed over by these alone
    std::bitset<std::size_t{1} << 16U> pairs_;
    std::unordered_set<std::string> heads_;   // of what has runs: one byte less than a run
    std::unordered_set<std::string> words_;   // shorter than a run
    std::unordered_set<std::string> crumbs_;  // shorter than kShortest
};

void Known::add(std::string_view secret) {
    secret = secret.substr(0, kMaxWord);
    if (secret.empty() || total_ + secret.size() > kMaxTotal || !secrets_.emplace(secret).second) {
        return;
    }
    total_ += secret.size();
    if (secret.size() < kShortest) {
        crumbs_.emplace(secret);
        return;
    }
    for (const std::string& form : forms_of(secret)) {
        add_form(form);
    }
}

void Known::add_form(std::string_view form) {
    if (form.size() < kShortest) {
        return;
    }
    if (form.size() < kRun) {
        words_.emplace(form);
        return;
    }
    heads_.emplace(form.substr(0, kRun - 1));
    for (std::size_t at = 0; at + kRun <= form.size(); ++at) {
        runs_.insert(run_at(form, at));
        pairs_.set(pair_at(form, at));
    }
}

void Known::find_runs(std::string_view text, std::vector<Span>& found) const {
    for (std::size_t at = 0; at + kRun <= text.size(); ++at) {
        if (pairs_.test(pair_at(text, at)) && runs_.contains(run_at(text, at))) {
            found.push_back({at, at + kRun});
        }
    }
}

// 'hunt', where the secret goes on: what a server cuts to its own limit, it quotes.
void Known::find_heads(std::string_view text, std::vector<Span>& found) const {
    for (std::size_t quote = text.find_first_of(kQuotes); quote != std::string_view::npos;
         quote = text.find_first_of(kQuotes, quote + 1)) {
        const std::string_view rest = text.substr(quote + 1);
        for (const std::string& head : heads_) {
            const auto same =
                static_cast<std::size_t>(std::ranges::mismatch(rest, head).in1 - rest.begin());
            const std::string_view after = rest.substr(same);
            const bool ends = after.empty() || kQuotes.contains(after.front()) ||
                              after.starts_with("...") || after.starts_with("…");
            if (same >= kShortest && ends) {
                found.push_back({quote + 1, quote + 1 + same});
            }
        }
    }
}

std::vector<Span> Known::find(std::string_view text) const {
    std::vector<Span> found;
    find_runs(text, found);
    find_heads(text, found);
    for (const std::string& word : words_) {
        find_all(text, word, found, &alone);
    }
    for (const std::string& crumb : crumbs_) {
        find_all(text, crumb, found, &within_quotes);
    }
    std::ranges::sort(found, {}, &Span::begin);
    return found;
}

struct Registry {
    std::shared_mutex mutex;
    std::atomic<bool> used{false};
    Known known;
};

// Never destroyed: a thread may still write a line while the process ends.
Registry& registry() {
    static auto* const only = new Registry;
    return *only;
}

void keep(std::string_view secret) {
    Registry& all = registry();
    const std::unique_lock lock{all.mutex};
    all.known.add(secret);
    all.used = true;
}

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

// What a setting of a secret's name has that is none: ALLOW_EMPTY_PASSWORD=yes.
bool is_switch(std::string_view value) {
    constexpr std::array<std::string_view, 14> kSwitches{
        "true", "false",   "yes",      "no",       "on",       "off", "none",
        "null", "enabled", "disabled", "required", "optional", "{}",  "default"};
    return std::ranges::find(kSwitches, lower(value)) != kSwitches.end();
}

// Of "user:password@host" and "token@host": what stands before the last @ and behind the first
// colon, or else the whole.
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
        // a list of URLs; the comma of a single one is its password's
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

// The words of a line as a shell reads them, near enough: quotes hold blanks, and what separates
// commands separates words.
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

// A word of a command, or one of the words in a line that a shell reads. `expected`: the flag
// before it has a secret for its value.
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
    if (word.starts_with('>')) {  // of a Redis user: >password
        keep_secret(word.substr(1));
    }
    keep_secrets_within(word);
}

}  // namespace

void keep_secret(std::string_view secret) {
    bool long_words = false;
    if (secret.contains('\n')) {
        for_each_part(secret, kBlanks, [&](std::string_view word) {
            if (word.size() >= kLongWord && !word.starts_with('-')) {
                keep(word);
                long_words = true;
            }
        });
    }
    if (!long_words && !secret.empty()) {
        keep(secret);
    }
}

bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 6> kParts{
        "pass", "secret", "token", "credential", "authparam", "authenticationparam"};
    constexpr std::array<std::string_view, 5> kEnds{"auth", "pwd", "seed", "nkey", "creds"};
    constexpr std::array<std::string_view, 3> kPlaces{"file", "path", "dir"};
    const std::string small = lower(name);
    const auto ends = [&](std::string_view end) { return small.ends_with(end); };
    // the shell's own, or where a secret is
    if (name == "PWD" || name == "OLDPWD" || std::ranges::any_of(kPlaces, ends)) {
        return false;
    }
    return std::ranges::any_of(kParts,
                               [&](std::string_view part) { return small.contains(part); }) ||
           std::ranges::any_of(kEnds, ends);
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

std::string redacted(std::string_view text) {
    Registry& all = registry();
    if (!all.used) {
        return std::string(text);
    }
    const std::shared_lock lock{all.mutex};
    std::string result;
    std::size_t done = 0;
    bool first = true;
    for (const Span& span : all.known.find(text)) {
        if (first || span.begin > done) {
            result.append(text.substr(done, span.begin - done)).append(kRedacted);
        }
        first = false;
        done = std::max(done, span.end);
    }
    return result.append(text.substr(done));
}

void forget_secrets() {
    Registry& all = registry();
    const std::unique_lock lock{all.mutex};
    all.known = Known{};
    all.used = false;
}

}  // namespace arc
