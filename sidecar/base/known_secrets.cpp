#include "base/known_secrets.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "base/secret_forms.hpp"

namespace arc {
namespace {

// Bytes of a secret that the output never contains together.
constexpr std::size_t kRun = 8;
// Bytes of the shortest secret, or beginning of a secret, that is found without quotes around it.
constexpr std::size_t kShortest = 4;
constexpr std::size_t kMaxSecret = std::size_t{4} * 1024;
// Each byte of a secret costs about 200 bytes in its forms, and the agent may use only 64 MiB.
constexpr std::size_t kMaxTotal = std::size_t{64} * 1024;
constexpr std::string_view kQuotes = "'\"`";

bool alphanumeric(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool is_quoted(std::string_view text, const Span& span) {
    return span.begin > 0 && kQuotes.contains(text[span.begin - 1]) && span.end < text.size() &&
           kQuotes.contains(text[span.end]);
}

bool stands_alone(std::string_view text, const Span& span) {
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

std::uint64_t run_at(std::string_view text, std::size_t at) {
    std::uint64_t run = 0;
    std::memcpy(&run, text.data() + at, kRun);
    return run;
}

std::size_t pair_at(std::string_view text, std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[at])) << 8U |
           static_cast<unsigned char>(text[at + 1]);
}

}  // namespace

void KnownSecrets::add(std::string_view secret) {
    secret = secret.substr(0, kMaxSecret);
    if (secret.empty() || total_ + secret.size() > kMaxTotal || !secrets_.emplace(secret).second) {
        return;
    }
    total_ += secret.size();
    if (secret.size() < kShortest) {
        tiny_.emplace(secret);
        return;
    }
    for (const std::string& form : forms_of(secret)) {
        add_form(form);
    }
}

void KnownSecrets::add_form(std::string_view form) {
    if (form.size() < kShortest) {
        return;
    }
    if (form.size() < kRun) {
        short_.emplace(form);
        return;
    }
    heads_.emplace(form.substr(0, kRun - 1));
    for (std::size_t at = 0; at + kRun <= form.size(); ++at) {
        runs_.insert(run_at(form, at));
        pairs_.set(pair_at(form, at));
    }
}

void KnownSecrets::find_runs(std::string_view text, std::vector<Span>& found) const {
    for (std::size_t at = 0; at + kRun <= text.size(); ++at) {
        if (pairs_.test(pair_at(text, at)) && runs_.contains(run_at(text, at))) {
            found.push_back({at, at + kRun});
        }
    }
}

// Finds the beginning of a secret in quotes, as in 'hunt' for a longer secret: a server quotes an
// argument that it cut to its own limit.
void KnownSecrets::find_heads(std::string_view text, std::vector<Span>& found) const {
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

std::vector<Span> KnownSecrets::find(std::string_view text) const {
    std::vector<Span> found;
    find_runs(text, found);
    find_heads(text, found);
    for (const std::string& form : short_) {
        find_all(text, form, found, &stands_alone);
    }
    for (const std::string& secret : tiny_) {
        find_all(text, secret, found, &is_quoted);
    }
    std::ranges::sort(found, {}, &Span::begin);
    return found;
}

}  // namespace arc
