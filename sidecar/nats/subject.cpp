#include "nats/subject.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace arc::nats {
namespace {

constexpr std::size_t kLongSubject = 4096;   // max_control_line of the server, by default
constexpr std::size_t kMaxStreamName = 255;  // JSMaxNameLen of the server

struct Token {
    std::string_view text;
    bool more;  // another token follows
};

// Removes the first token from `rest`.
Token take(std::string_view& rest) noexcept {
    const std::size_t dot = rest.find('.');
    const std::string_view text = rest.substr(0, dot);
    const bool more = dot != std::string_view::npos;
    rest.remove_prefix(more ? dot + 1 : rest.size());
    return {text, more};
}

// Whether `subject` matches only what `whole` matches.
bool is_part(std::string_view subject, std::string_view whole) noexcept {
    Token part{{}, true};
    Token all{{}, true};
    while (part.more && all.more) {
        part = take(subject);
        all = take(whole);
        if (all.text == ">") {
            return true;
        }
        if (part.text == ">" || (part.text != all.text && all.text != "*")) {
            return false;
        }
    }
    return part.more == all.more;
}

// "1" of "$1" and of "{{ wildcard(1) }}", which the server reads alike; empty for another token.
std::string wildcard_number(std::string_view token) {
    std::string plain;
    std::ranges::copy_if(token, std::back_inserter(plain), [](char c) { return c != ' '; });
    constexpr std::string_view kStart = "ildcard(";
    const std::size_t start = plain.find(kStart);
    if (start == std::string_view::npos) {
        return plain.starts_with('$') ? plain.substr(1) : std::string{};
    }
    const std::size_t number = start + kStart.size();
    return plain.substr(number, plain.find(')') - number);
}

bool blank_or_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20U || byte == 0x7FU;
}

}  // namespace

bool valid_subject(std::string_view subject) noexcept {
    if (std::ranges::any_of(subject, blank_or_control)) {
        return false;
    }
    Token token{{}, true};
    while (token.more) {
        token = take(subject);
        if (token.text.empty() || (token.text == ">" && token.more)) {
            return false;
        }
    }
    return true;
}

bool valid_stream_name(std::string_view name) noexcept {
    const auto forbidden = [](char c) {
        return blank_or_control(c) || std::string_view{".*>/\\"}.contains(c);
    };
    return !name.empty() && name.size() <= kMaxStreamName && std::ranges::none_of(name, forbidden);
}

bool overlap(std::string_view a, std::string_view b) noexcept {
    Token left{{}, true};
    Token right{{}, true};
    while (left.more && right.more) {
        left = take(a);
        right = take(b);
        if (left.text == ">" || right.text == ">") {
            return true;
        }
        if (left.text != right.text && left.text != "*" && right.text != "*") {
            return false;
        }
    }
    return left.more == right.more;
}

bool covers(const std::vector<std::string>& subjects, std::string_view wanted) {
    if (std::ranges::any_of(subjects, [&](const auto& one) { return is_part(wanted, one); })) {
        return true;
    }
    // "a.>" is "a.*" and "a.*.>".
    const auto tokens = [](std::string_view subject) { return std::ranges::count(subject, '.'); };
    const bool deeper = std::ranges::any_of(
        subjects, [&](const auto& one) { return tokens(one) >= tokens(wanted); });
    if (!wanted.ends_with('>') || !deeper) {
        return false;
    }
    const std::string head(wanted.substr(0, wanted.size() - 1));
    return covers(subjects, head + "*") && covers(subjects, head + "*.>");
}

bool keeps_subjects(std::string_view source, std::string_view destination) {
    if (destination.empty()) {
        return true;
    }
    int wildcards = 0;
    Token from{{}, true};
    Token to{{}, true};
    while (from.more && to.more) {
        from = take(source);
        to = take(destination);
        wildcards += from.text == "*" ? 1 : 0;
        if (from.text == "*" ? wildcard_number(to.text) != std::to_string(wildcards)
                             : from.text != to.text) {
            return false;
        }
    }
    return from.more == to.more;
}

void SubjectIndex::add(std::string_view subject, std::size_t owner) {
    if (subject.size() > kLongSubject) {
        long_.push_back({std::string(subject), owner});
        return;
    }
    Node* node = &root_;
    std::string_view rest = subject;
    Token token{{}, true};
    while (token.more) {
        token = take(rest);
        std::unique_ptr<Node>& next = node->next[std::string(token.text)];
        if (!next) {
            next = std::make_unique<Node>();
        }
        node = next.get();
    }
    if (!node->entry) {
        node->entry = Entry{std::string(subject), owner};
    }
}

const SubjectIndex::Entry* SubjectIndex::find(std::string_view subject) const {
    if (const Entry* found = match(root_, subject)) {
        return found;
    }
    const auto found = std::ranges::find_if(
        long_, [subject](const Entry& entry) { return overlap(subject, entry.subject); });
    return found == long_.end() ? nullptr : &*found;
}

// Any subject that ends at or below `node`: every branch was made by one.
const SubjectIndex::Entry* SubjectIndex::first_below(const Node& node) {
    const Node* at = &node;
    while (!at->entry && !at->next.empty()) {
        at = at->next.begin()->second.get();
    }
    return at->entry ? &*at->entry : nullptr;
}

const SubjectIndex::Entry* SubjectIndex::match(const Node& node, std::string_view rest) {
    const Token token = take(rest);
    if (token.text == ">") {
        return node.next.empty() ? nullptr : first_below(node);
    }
    if (const auto all = node.next.find(">"); all != node.next.end()) {
        return first_below(*all->second);
    }
    const auto follow = [&](const Node& next) -> const Entry* {
        return token.more ? match(next, rest) : next.entry ? &*next.entry : nullptr;
    };
    if (token.text == "*") {
        for (const auto& [text, next] : node.next) {
            if (const Entry* found = follow(*next)) {
                return found;
            }
        }
        return nullptr;
    }
    for (const std::string_view text : {token.text, std::string_view{"*"}}) {
        const auto next = node.next.find(text);
        if (const Entry* found = next == node.next.end() ? nullptr : follow(*next->second)) {
            return found;
        }
    }
    return nullptr;
}

std::string_view denied_subject(std::string_view refusal) noexcept {
    const std::size_t open = refusal.find('"');
    const std::size_t close = refusal.rfind('"');
    const bool publish = refusal.find("for Publish") != std::string_view::npos;
    return publish && close > open && open != std::string_view::npos
               ? refusal.substr(open + 1, close - open - 1)
               : std::string_view{};
}

std::string refusal_of_subject(std::string_view subject) {
    if (!valid_subject(subject)) {
        return fmt::format(
            "'{}' is not a subject: tokens separated by dots, '*' for one, '>' only at the end",
            subject);
    }
    if (subject == ">") {
        return "'>' is every subject, the server's own included: name those that are meant";
    }
    // Event streams of the server itself are the exceptions that it makes (checkStreamCfg).
    const auto below = [subject](std::string_view prefix) { return subject.starts_with(prefix); };
    const bool api = (below("$JS.") && !below("$JS.EVENT.")) || below("$JSC.");
    const bool system = below("$SYS.") && !below("$SYS.ACCOUNT.");
    return api || system
               ? fmt::format(
                     "'{}' belongs to the server ($JS. is JetStream's API, $SYS. its events)",
                     subject)
               : std::string{};
}

}  // namespace arc::nats
