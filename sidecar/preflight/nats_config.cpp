#include "preflight/nats_config.hpp"

#include <algorithm>
#include <cctype>

#include "text/secrets.hpp"

namespace arc::preflight {
namespace {

constexpr int kMaxDepth = 16;    // nested maps
constexpr int kMaxIncludes = 8;  // files that include files

std::string lower(std::string_view word) {
    std::string result;
    std::ranges::transform(word, std::back_inserter(result), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

class Scanner {
public:
    Scanner(std::string_view text, const NatsConfigSources& sources, FlatConfig& found, int includes)
        : rest_(text), sources_(sources), found_(found), includes_(includes) {}

    void read_map(const std::string& prefix, int depth);

private:
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    [[nodiscard]] bool at_comment() const { return at('#') || rest_.starts_with("//"); }
    void skip(std::string_view characters);
    void skip_array();
    std::string read_name();
    std::string read_quoted();
    std::string read_bare();
    void read_value(const std::string& name, int depth);
    void include(const std::string& path, const std::string& prefix, int depth);
    [[nodiscard]] std::string resolved(std::string value) const;

    std::string_view rest_;
    const NatsConfigSources& sources_;
    FlatConfig& found_;
    int includes_;
};

// Over the characters given, and over comments.
void Scanner::skip(std::string_view characters) {
    while (!rest_.empty()) {
        if (at_comment()) {
            rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        } else if (characters.contains(rest_.front())) {
            rest_.remove_prefix(1);
        } else {
            return;
        }
    }
}

void Scanner::skip_array() {
    bool blank = true;  // in front: only there does "//" begin a comment, since a URL holds it, too
    for (int depth = 0; !rest_.empty();) {
        if (at('"') || at('\'')) {
            read_quoted();
            continue;
        }
        if (at('#') || (blank && at_comment())) {
            skip("");
            continue;
        }
        depth += at('[') || at('{') ? 1 : 0;
        depth -= at(']') || at('}') ? 1 : 0;
        blank = std::string_view{" \t\n["}.contains(rest_.front());
        rest_.remove_prefix(1);
        if (depth == 0) {
            return;
        }
    }
}

std::string Scanner::read_quoted() {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && !at(quote)) {
        if (at('\\') && quote == '"' && rest_.size() > 1) {
            rest_.remove_prefix(1);
        }
        text += rest_.front();
        rest_.remove_prefix(1);
    }
    rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
    return text;
}

std::string Scanner::read_name() {
    if (at('"') || at('\'')) {
        return read_quoted();
    }
    const std::size_t end = std::min(rest_.find_first_of(" \t\r\n:={}[],;"), rest_.size());
    std::string name{rest_.substr(0, end)};
    rest_.remove_prefix(end);
    return name;
}

// A value without quotes ends with its line; "//" begins a comment only behind a blank, since a URL holds it, too.
std::string Scanner::read_bare() {
    std::size_t end = 0;
    while (end < rest_.size() && !std::string_view{"\n\r,;}]#"}.contains(rest_[end])) {
        const bool blank = rest_[end] == ' ' || rest_[end] == '\t';
        if (blank && rest_.substr(end + 1).starts_with("//")) {
            break;
        }
        ++end;
    }
    std::string value{rest_.substr(0, end)};
    rest_.remove_prefix(end);
    value.erase(value.find_last_not_of(" \t") + 1);
    return value;
}

// $NAME is a value of the file, else of the environment.
std::string Scanner::resolved(std::string value) const {
    if (!value.starts_with('$')) {
        return value;
    }
    const std::string name = value.substr(1);
    if (const auto known = found_.find(lower(name)); known != found_.end()) {
        return known->second;
    }
    return sources_.variable(name).value_or("");
}

void Scanner::include(const std::string& path, const std::string& prefix, int depth) {
    const auto text = includes_ < kMaxIncludes ? sources_.include(path) : std::nullopt;
    if (text) {
        Scanner{*text, sources_, found_, includes_ + 1}.read_map(prefix, depth);
    }
}

void Scanner::read_value(const std::string& name, int depth) {
    if (at('{')) {
        rest_.remove_prefix(1);
        found_[name] = "{}";
        read_map(name + '.', depth + 1);
    } else if (at('[')) {
        skip_array();
    } else if (at('(')) {
        rest_.remove_prefix(std::min(rest_.find("\n)"), rest_.size() - 1) + 1);
        skip(")");
    } else if (at('"') || at('\'')) {
        found_[name] = read_quoted();
    } else {
        found_[name] = resolved(read_bare());
    }
    if (const auto value = found_.find(name); value != found_.end()) {
        keep_secrets_of_setting(name.substr(name.rfind('.') + 1), value->second);
    }
}

void Scanner::read_map(const std::string& prefix, int depth) {
    while (depth < kMaxDepth) {
        skip(" \t\r\n,;:=");
        if (rest_.empty()) {
            return;
        }
        if (at('}')) {
            rest_.remove_prefix(1);
            return;
        }
        const std::string name = read_name();
        skip(" \t");
        if (name.empty()) {
            // Nothing that begins a name: over it. Or an empty one in quotes, at the very end.
            rest_.remove_prefix(std::min<std::size_t>(1, rest_.size()));
        } else if (name == "include") {
            include(at('"') || at('\'') ? read_quoted() : read_bare(), prefix, depth);
        } else {
            skip(" \t\r\n:=");
            read_value(prefix + lower(name), depth);
        }
    }
    rest_ = {};
}

}  // namespace

FlatConfig parse_nats_config(std::string_view text, const NatsConfigSources& sources) {
    FlatConfig found;
    Scanner{text, sources, found, 0}.read_map("", 0);
    return found;
}

}  // namespace arc::preflight
