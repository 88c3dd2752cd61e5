#include "base/secrets.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "base/known_secrets.hpp"

namespace arc {
namespace {

// In a text of several lines, a word of this length is a key or a token and not prose.
constexpr std::size_t kLongWord = 16;

struct Registry {
    std::shared_mutex mutex;
    std::atomic<bool> used{false};
    KnownSecrets known;
};

// It is never destroyed, because a thread may still write a line while the process ends.
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

std::vector<std::string_view> split_at_blanks(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
        if (end > 0) {
            words.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

}  // namespace

void keep_secret(std::string_view secret) {
    bool long_words = false;
    if (secret.contains('\n')) {
        for (const std::string_view word : split_at_blanks(secret)) {
            if (word.size() >= kLongWord && !word.starts_with('-')) {
                keep(word);
                long_words = true;
            }
        }
    }
    if (!long_words && !secret.empty()) {
        keep(secret);
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
    all.known = KnownSecrets{};
    all.used = false;
}

}  // namespace arc
