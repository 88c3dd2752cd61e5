#include "nats/server_config.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/ascii.hpp"
#include "base/secrets.hpp"
#include "base/unescape.hpp"

namespace arc::nats {
namespace {

constexpr int kMaxDepth = 16;  // nested maps
constexpr int kMaxFiles = 64;  // included in all: one may include itself

using Scope = std::map<std::string, std::string, std::less<>>;

// What is common to a file and those that it includes.
struct Found {
    NatsConfigText text;
    // the values by name of the enclosing maps, the outermost first
    std::vector<Scope> scopes;
    int files = 0;

    void leave_unread(std::string what) {
        if (text.unread.empty()) {
            text.unread = std::move(what);
        }
    }
};

// The store and the monitor: what is not known of the rest changes nothing here.
bool matters(std::string_view key) {
    return key.starts_with("jetstream") || key.starts_with("store") || key.starts_with("http") ||
           key == "monitor_port";
}

class Scanner {
public:
    Scanner(std::string_view text, const NatsConfigSources& sources, Found& found,
            std::string folder)
        : rest_(text), sources_(sources), found_(found), folder_(std::move(folder)) {}

    void read_map(const std::string& prefix, int depth);

private:
    [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }
    [[nodiscard]] bool at_comment() const { return at('#') || rest_.starts_with("//"); }
    void skip(std::string_view characters);
    void skip_array(int depth);
    void read_nested(const std::string& prefix, int depth);
    std::string read_name();
    std::string read_quoted();
    std::string read_bare();
    void read_value(const std::string& prefix, const std::string& name, int depth);
    void include(const std::string& path, const std::string& prefix, int depth);
    [[nodiscard]] std::string resolved(const std::string& key, std::string value);
    void keep(const std::string& prefix, const std::string& name, std::string value);
    void forget_below(const std::string& key);

    std::string_view rest_;
    const NatsConfigSources& sources_;
    Found& found_;
    // of this file, relative to that of the outermost; empty or with a slash at its end
    std::string folder_;
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

// Nothing in an array says where the store or the monitor is, but users and routes have their
// passwords there.
void Scanner::skip_array(int depth) {
    const std::string_view whole = rest_;
    bool blank = true;  // precedes: only then does "//" begin a comment, since a URL contains it
    for (int open = 0; !rest_.empty();) {
        if (at('"') || at('\'')) {
            read_quoted();
            continue;
        }
        if (at('#') || (blank && at_comment())) {
            skip("");
            continue;
        }
        if (at('{')) {
            read_nested("[].", depth);
            continue;
        }
        open += at('[') ? 1 : 0;
        open -= at(']') ? 1 : 0;
        blank = std::string_view{" \t\n["}.contains(rest_.front());
        rest_.remove_prefix(1);
        if (open == 0) {
            break;
        }
    }
    keep_secrets_of_setting("", whole.substr(0, whole.size() - rest_.size()));
}

// A map in braces, with names of its own.
void Scanner::read_nested(const std::string& prefix, int depth) {
    rest_.remove_prefix(1);
    found_.scopes.emplace_back();
    read_map(prefix, depth + 1);
    found_.scopes.pop_back();
}

std::string Scanner::read_quoted() {
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && !at(quote)) {
        const bool escaped = at('\\') && quote == '"' && rest_.size() > 1;
        std::size_t last = 0;
        text += escaped ? unescape(rest_, last) : rest_.front();
        rest_.remove_prefix(last + 1);
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

// A value without quotes ends with its line; "#" and "//" begin a comment only behind a blank,
// since a password and a URL hold them, too.
std::string Scanner::read_bare() {
    std::size_t end = 0;
    while (end < rest_.size() && !std::string_view{"\n\r,;}]"}.contains(rest_[end])) {
        const bool blank = end == 0 || rest_[end - 1] == ' ' || rest_[end - 1] == '\t';
        if (blank && (rest_[end] == '#' || rest_.substr(end).starts_with("//"))) {
            break;
        }
        ++end;
    }
    std::string value{rest_.substr(0, end)};
    rest_.remove_prefix(end);
    value.erase(value.find_last_not_of(" \t") + 1);
    return value;
}

// $NAME is a value of a map around it, the innermost first, else of the environment.
std::string Scanner::resolved(const std::string& key, std::string value) {
    if (!value.starts_with('$')) {
        return value;
    }
    const std::string_view name = std::string_view{value}.substr(1);
    for (const Scope& scope : std::views::reverse(found_.scopes)) {
        if (const auto known = scope.find(name); known != scope.end()) {
            return known->second;
        }
    }
    auto variable = sources_.variable(name);
    // the server reads it as a value of its file
    if (variable && (variable->starts_with('"') || variable->starts_with('\''))) {
        variable = Scanner{*variable, sources_, found_, folder_}.read_quoted();
    }
    if (!variable && matters(key)) {
        found_.leave_unread(value + ": a variable without a value");
    }
    return variable.value_or("");
}

void Scanner::keep(const std::string& prefix, const std::string& name, std::string value) {
    keep_secrets_of_setting(lower(name), value);
    found_.scopes.back()[name] = value;
    forget_below(prefix + lower(name));
    found_.text.values[prefix + lower(name)] = std::move(value);
}

// A name that is given again replaces what it was, and a map the whole of an earlier one.
void Scanner::forget_below(const std::string& key) {
    std::erase_if(found_.text.values,
                  [&](const auto& entry) { return entry.first.starts_with(key + '.'); });
}

void Scanner::include(const std::string& path, const std::string& prefix, int depth) {
    const std::string whole = path.starts_with('/') ? path : folder_ + path;
    const auto text = ++found_.files > kMaxFiles ? std::nullopt : sources_.include(whole);
    if (!text) {
        found_.leave_unread("include " + whole + ": cannot be read");
        return;
    }
    Scanner{*text, sources_, found_, whole.substr(0, whole.rfind('/') + 1)}.read_map(prefix, depth);
}

void Scanner::read_value(const std::string& prefix, const std::string& name, int depth) {
    if (at('{')) {
        forget_below(prefix + lower(name));
        found_.text.values[prefix + lower(name)] = "{}";
        read_nested(prefix + lower(name) + '.', depth);
    } else if (at('[')) {
        skip_array(depth);
    } else if (at('(')) {
        rest_.remove_prefix(std::min(rest_.find("\n)"), rest_.size() - 1) + 1);
        skip(")");
    } else if (at('"') || at('\'')) {
        keep(prefix, name, read_quoted());
    } else {
        keep(prefix, name, resolved(prefix + lower(name), read_bare()));
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
        } else if (lower(name) == "include") {
            include(at('"') || at('\'') ? read_quoted() : read_bare(), prefix, depth);
        } else {
            skip(" \t\r\n:=");
            read_value(prefix, name, depth);
        }
    }
    rest_ = {};
}

}  // namespace

NatsConfigText parse_nats_config(std::string_view text, const NatsConfigSources& sources) {
    Found found{.text = {}, .scopes = {Scope{}}};
    Scanner{text, sources, found, ""}.read_map("", 0);
    return std::move(found.text);
}

}  // namespace arc::nats
