#include "nats/server_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <ranges>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "base/secrets.hpp"

namespace arc::nats {
namespace {

constexpr int kMaxDepth = 64;    // nested maps, arrays, includes and variables
constexpr int kMaxTexts = 1024;  // includes and variables of the environment, in all

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kLineEnds = "\n\r";

// What is common to a file, its includes and the variables of the environment.
struct Shared {
    const ConfSources& sources;
    int depth = 0;
    int texts = 0;
    std::string problem;  // the first: where and what
};

// Where a name and its value are.
enum class Where {
    top,
    braces,  // around all of a file, as in JSON
    map,
};

// The length of the white space at the start of `text`, as Unicode defines it; 0: none.
std::size_t space_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    if (std::string_view{" \t\n\v\f\r"}.contains(text.front())) {
        return 1;
    }
    constexpr std::array<std::string_view, 19> wide{
        "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
        "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
    const auto* found =
        std::ranges::find_if(wide, [&](std::string_view space) { return text.starts_with(space); });
    return found == wide.end() ? 0 : found->size();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The factor of a unit; nullopt: none of the server's.
std::optional<std::uint64_t> factor_of(std::string_view unit) {
    if (unit.empty()) {
        return 1;
    }
    const std::string letters = lower(unit);
    const std::string_view rest = std::string_view{letters}.substr(1);
    if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") {
        return std::nullopt;
    }
    const std::size_t power = std::string_view{"kmgtpe"}.find(letters.front()) + 1;
    std::uint64_t factor = 1;
    for (std::size_t i = 0; i < power; ++i) {
        factor *= rest.empty() ? 1000U : 1024U;
    }
    return factor;
}

class Parser {
public:
    Parser(std::string_view text, std::string path, Shared& shared)
        : text_(text), path_(std::move(path)), shared_(shared) {}

    // False: shared.problem says why.
    bool read_all(ConfMap& map);

private:
    using Value = decltype(ConfValue::value);

    [[nodiscard]] bool ended() const { return at_ == text_.size(); }
    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
    // Also at the end of the text, which ends what any of them ends.
    [[nodiscard]] bool at(std::string_view characters) const {
        return ended() || characters.contains(text_[at_]);
    }
    [[nodiscard]] bool at(char c) const { return !ended() && text_[at_] == c; }
    [[nodiscard]] bool at_comment() const { return at('#') || rest().starts_with("//"); }
    bool take(char c);
    std::string_view take_while(std::string_view characters);
    void skip_comment();
    void skip_space();
    void skip_space_and_comments();
    bool fail(std::string_view what);
    std::string place();

    bool read_entries(ConfMap& map, Where where);
    bool read_entry(ConfMap& map, Where where);
    bool read_key(Where where, std::string& key, bool& include);
    bool read_separator(Where where);
    bool read_end_of_entry(Where where);
    bool read_include(ConfMap& map);
    bool read_value(Value& value, std::string_view key);
    bool read_map(Value& value);
    bool read_array(Value& value);
    bool read_block(Value& value);
    bool read_number(Value& value);
    bool read_number_with_unit(Value& value, std::size_t start);
    bool read_fraction(Value& value, std::size_t start);
    bool read_bare(Value& value, std::size_t start);
    bool read_word(Value& value, std::string word);
    bool read_variable(Value& value, const std::string& name);
    bool read_quoted(char quote, std::string& text);
    bool read_double_quoted(Value& value);
    bool read_escape(std::string& text);
    bool integer(Value& value, std::string_view digits, std::string_view unit);

    std::string_view text_;
    std::size_t at_ = 0;
    std::string path_;
    Shared& shared_;
    // of the maps around, the outermost first
    std::vector<const ConfMap*> scopes_;
    std::size_t counted_ = 0;  // up to here
    int line_ = 1;
};

bool Parser::take(char c) {
    const bool there = at(c);
    at_ += there ? 1 : 0;
    return there;
}

std::string_view Parser::take_while(std::string_view characters) {
    const std::size_t start = at_;
    at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
    return text_.substr(start, at_ - start);
}

void Parser::skip_comment() {
    at_ = std::min(text_.find_first_of(kLineEnds, at_), text_.size());
}

void Parser::skip_space() {
    while (const std::size_t length = space_length(rest())) {
        at_ += length;
    }
}

void Parser::skip_space_and_comments() {
    for (skip_space(); at_comment(); skip_space()) {
        skip_comment();
    }
}

std::string Parser::place() {
    line_ += static_cast<int>(std::ranges::count(text_.substr(counted_, at_ - counted_), '\n'));
    counted_ = at_;
    return fmt::format("{}:{}", path_, line_);
}

bool Parser::fail(std::string_view what) {
    if (shared_.problem.empty()) {
        shared_.problem = fmt::format("{}: {}", place(), what);
    }
    return false;
}

bool Parser::read_all(ConfMap& map) {
    if (text_.contains('\0')) {
        return fail("contains a NUL byte");
    }
    ++shared_.depth;
    const bool good = read_entries(map, Where::top);
    --shared_.depth;
    return good;
}

bool Parser::read_entries(ConfMap& map, Where where) {
    scopes_.push_back(&map);
    while (true) {
        skip_space_and_comments();
        if (ended()) {
            scopes_.pop_back();
            return where != Where::map || fail("a map does not end");
        }
        if (where != Where::top && take('}')) {
            scopes_.pop_back();
            return true;
        }
        if (!read_entry(map, where)) {
            return false;
        }
    }
}

// One name with its value and what ends it, one include, or the braces around a file.
bool Parser::read_entry(ConfMap& map, Where where) {
    if (where == Where::top && take('{')) {
        return read_entries(map, Where::braces);
    }
    if (where == Where::top && at('}') &&
        text_.find_first_not_of(" \t\r\n", at_ + 1) == text_.npos) {
        at_ = text_.size();  // the last brace of JSON without its first
        return true;
    }
    std::string key;
    bool include = false;
    ConfValue value{.value = {}, .where = place()};
    if (!read_key(where, key, include)) {
        return false;
    }
    if (include) {
        return read_include(map) && read_end_of_entry(where);
    }
    if (!read_separator(where) || !read_value(value.value, key) || !read_end_of_entry(where)) {
        return false;
    }
    value.where += ": " + key;
    map.insert_or_assign(std::move(key), std::move(value));
    return true;
}

// A name without quotes ends only at white space, "=" or ":".
bool Parser::read_key(Where where, std::string& key, bool& include) {
    if (at(":=") || at('/') || at(where == Where::map ? ']' : '{')) {
        return fail("a name is missing");
    }
    if (at('"') || at('\'')) {
        return read_quoted(text_[at_], key);
    }
    const std::size_t start = at_++;
    while (!at(":=") && space_length(rest()) == 0) {
        ++at_;
    }
    key = text_.substr(start, at_ - start);
    include = space_length(rest()) != 0 && lower(key) == "include";
    return true;
}

// Only a map takes a line end behind "=" or ":".
bool Parser::read_separator(Where where) {
    skip_space();
    if (ended()) {
        return fail("a name without a value");
    }
    if (at(":=")) {
        ++at_;
        if (where == Where::map) {
            skip_space();
        } else {
            take_while(kBlanks);
        }
    }
    return !(where == Where::map ? at(",}") : at('\n') || at('\r')) ||
           fail("a name without a value");
}

// A line end, a comma or a semicolon. The brace that ends a map stays.
bool Parser::read_end_of_entry(Where where) {
    take_while(kBlanks);
    if (at_comment()) {
        skip_comment();
    }
    if (ended()) {
        return where == Where::top || fail("a map does not end");
    }
    if (at('}')) {
        at_ += where == Where::top ? 1 : 0;
        return true;
    }
    if (at("\n\r,;")) {
        ++at_;
        return true;
    }
    return fail("more than one value, or a value that is not in quotes");
}

bool Parser::read_include(ConfMap& map) {
    take_while(kBlanks);
    std::string path;
    if (at('"') || at('\'')) {
        if (!read_quoted(text_[at_], path)) {
            return false;
        }
    } else if (at("[{(-\\\n\r") || is_digit(text_[at_])) {
        return fail("an include without a path");
    } else {
        const std::size_t end = std::min(text_.find_first_of(" \t\n\r;}'", at_), text_.size());
        path = text_.substr(at_, end - at_);
        at_ = end;
        take('\'');
    }
    const std::string whole =
        (std::filesystem::path(path_).parent_path() / ("./" + path)).lexically_normal().string();
    const auto text = ++shared_.texts > kMaxTexts || shared_.depth > kMaxDepth
                          ? std::nullopt
                          : shared_.sources.read(whole);
    if (!text) {
        return fail(fmt::format("include {}: cannot be read", whole));
    }
    // It sees no variable of this file.
    ConfMap included;
    const bool good = Parser{*text, whole, shared_}.read_all(included);
    for (auto& [key, value] : included) {
        map.insert_or_assign(key, std::move(value));
    }
    return good;
}

bool Parser::read_value(Value& value, std::string_view key) {
    if (shared_.depth > kMaxDepth) {
        return fail("nested too deeply");
    }
    take_while(kBlanks);
    const bool good = take('[')                 ? read_array(value)
                      : take('{')               ? read_map(value)
                      : take('(')               ? read_block(value)
                      : at('"')                 ? read_double_quoted(value)
                      : at('\'')                ? read_quoted('\'', value.emplace<std::string>())
                      : at('-')                 ? read_number(value)
                      : at(".\n\r") && !ended() ? fail("a value is missing")
                      : !ended() && is_digit(text_[at_]) ? read_number(value)
                                                         : read_bare(value, at_);
    if (const auto* text = std::get_if<std::string>(&value); good && text != nullptr) {
        keep_secrets_of_setting(lower(key), *text);
    }
    return good;
}

bool Parser::read_map(Value& value) {
    auto map = std::make_shared<ConfMap>();
    ++shared_.depth;
    const bool good = read_entries(*map, Where::map);
    --shared_.depth;
    value = std::shared_ptr<const ConfMap>{std::move(map)};
    return good;
}

bool Parser::read_array(Value& value) {
    ConfArray array;
    ++shared_.depth;
    while (true) {
        skip_space_and_comments();
        if (take(']')) {
            --shared_.depth;
            value = std::move(array);
            return true;
        }
        if (ended() || at(",/")) {
            return fail(ended() ? "an array does not end" : "a value is missing");
        }
        Value element;
        if (!read_value(element, "")) {
            return false;
        }
        if (auto* text = std::get_if<std::string>(&element)) {
            array.texts.push_back(std::move(*text));
        }
        take_while(kBlanks);
        if (at_comment()) {
            skip_comment();
        }
        if (ended() || !at(",\n\r]")) {
            return fail("an array does not end");
        }
        at_ += at(']') ? 0 : 1;
    }
}

// It ends with a bracket on a line of its own.
bool Parser::read_block(Value& value) {
    for (std::size_t end = text_.find("\n)", at_); end != text_.npos;
         end = text_.find("\n)", end + 1)) {
        if (end + 2 == text_.size() || text_[end + 2] == '\n') {
            at_ = end + 2;
            value = ConfArray{};
            return true;
        }
    }
    return fail("a block does not end");
}

// A number, or a word that begins with a digit: an address, a duration.
bool Parser::read_number(Value& value) {
    const std::size_t start = at_;
    const bool negative = take('-');
    if (take_while("0123456789").empty()) {
        return fail("a number without digits");
    }
    if (at('.')) {
        return read_fraction(value, start);
    }
    if (!ended() && at("kKmMgGtTpPeE")) {
        return read_number_with_unit(value, start);
    }
    if (negative || at(" \t\n\r};,")) {
        return integer(value, text_.substr(start, at_ - start), "");
    }
    if (at('-')) {
        return fail("a date, or a word that is not in quotes");
    }
    ++at_;
    return read_bare(value, start);
}

bool Parser::read_number_with_unit(Value& value, std::size_t start) {
    const std::size_t unit = at_++;
    take_while("bBiI");
    // Before 2.15.2, the server rejects a digit here, as in "4m0s".
    if (!at(" \t\n\r};,")) {
        return read_bare(value, start);
    }
    return integer(value, text_.substr(start, unit - start), text_.substr(unit, at_ - unit));
}

// Behind the digits before a point. With a second point it is an address.
bool Parser::read_fraction(Value& value, std::size_t start) {
    ++at_;
    if (take_while("0123456789").empty()) {
        return fail("a number without digits behind its point");
    }
    if (at('.')) {
        take_while("0123456789.:-");
        value = std::string(text_.substr(start, at_ - start));
        return true;
    }
    double number = 0;
    const auto [end, status] = std::from_chars(text_.data() + start, text_.data() + at_, number);
    value = number;
    return status == std::errc{} || fail("a number out of range");
}

bool Parser::integer(Value& value, std::string_view digits, std::string_view unit) {
    std::int64_t number = 0;
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const auto factor = factor_of(unit);
    if (status != std::errc{} || !factor) {
        return fail(factor ? "a number out of range" : "a number with an unknown unit");
    }
    // As in the server, it wraps around.
    value = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) * *factor);
    return true;
}

// A value without quotes, of which text_[start, at_) was read. "#" and "//" are part of it.
bool Parser::read_bare(Value& value, std::size_t start) {
    std::string text{text_.substr(start, at_ - start)};
    bool plain = true;
    while (!at(" \t\n\r;,]}'")) {
        if (at('\\')) {
            plain = false;
            if (!read_escape(text)) {
                return false;
            }
        } else {
            text += text_[at_++];
        }
    }
    if (take('\'') || !plain) {
        value = std::move(text);
        return true;
    }
    return read_word(value, std::move(text));
}

bool Parser::read_word(Value& value, std::string word) {
    const std::string letters = lower(word);
    if (letters == "true" || letters == "on" || letters == "yes") {
        value = true;
    } else if (letters == "false" || letters == "off" || letters == "no") {
        value = false;
    } else if (word.starts_with('$') && !word.starts_with("$2a$")) {  // a hash of bcrypt
        return read_variable(value, word.substr(1));
    } else {
        value = std::move(word);
    }
    return true;
}

bool Parser::read_variable(Value& value, const std::string& name) {
    for (const ConfMap* scope : std::views::reverse(scopes_)) {
        if (const auto known = scope->find(name); known != scope->end()) {
            value = known->second.value;
            return true;
        }
    }
    const auto text = ++shared_.texts > kMaxTexts ? std::nullopt : shared_.sources.variable(name);
    if (!text) {
        return fail(fmt::format("${}: a variable without a value", name));
    }
    const std::string whole = "value=" + *text;
    ConfMap map;
    Parser parser{whole, fmt::format("{}: ${}", place(), name), shared_};
    if (!parser.read_all(map)) {
        return false;
    }
    value = map.at("value").value;
    return true;
}

bool Parser::read_quoted(char quote, std::string& text) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) {
        return fail("a string does not end");
    }
    text = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return true;
}

bool Parser::read_double_quoted(Value& value) {
    std::string text;
    for (++at_; !ended() && !at('"');) {
        if (!at('\\')) {
            text += text_[at_++];
        } else if (!read_escape(text)) {
            return false;
        }
    }
    value = std::move(text);
    return take('"') || fail("a string does not end");
}

bool Parser::read_escape(std::string& text) {
    constexpr std::string_view letters = "tnr\"\\";
    constexpr std::string_view meant = "\t\n\r\"\\";
    const char letter = rest().size() > 1 ? text_[at_ + 1] : '\0';
    if (const std::size_t known = letters.find(letter); known != letters.npos) {
        text += meant[known];
        at_ += 2;
        return true;
    }
    unsigned byte = 0;
    const std::string_view digits = rest().substr(std::min<std::size_t>(2, rest().size()), 2);
    const auto [end, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (letter != 'x' || status != std::errc{} || digits.size() != 2 || end != digits.end()) {
        return fail("an unknown escape behind a backslash");
    }
    text += static_cast<char>(byte);
    at_ += 4;
    return true;
}

}  // namespace

std::expected<ConfMap, std::string> parse_nats_config(const std::string& path,
                                                      const ConfSources& sources) {
    const auto text = sources.read(path);
    if (!text) {
        return std::unexpected(path + ": cannot be read");
    }
    Shared shared{.sources = sources, .problem = {}};
    ConfMap map;
    if (!Parser{*text, path, shared}.read_all(map)) {
        return std::unexpected(shared.problem);
    }
    return map;
}

}  // namespace arc::nats
