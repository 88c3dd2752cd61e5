// A set of secrets, and the search for them in text. secrets.hpp describes what the search finds.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace arc {

// A part of a text: from `begin` up to, and without, `end`.
struct Span {
    std::size_t begin;
    std::size_t end;
};

class KnownSecrets {
public:
    // Adds at most the first 4 KiB of a secret, and nothing once all secrets have 64 KiB.
    void add(std::string_view secret);

    // The parts of `text` that belong to a secret, sorted by their beginning. They may overlap.
    [[nodiscard]] std::vector<Span> find(std::string_view text) const;

private:
    void add_form(std::string_view form);
    void find_runs(std::string_view text, std::vector<Span>& found) const;
    void find_heads(std::string_view text, std::vector<Span>& found) const;

    std::unordered_set<std::string> secrets_;
    std::size_t total_ = 0;  // bytes of secrets_
    // A run is 8 successive bytes of a form.
    std::unordered_set<std::uint64_t> runs_;
    // The first two bytes of each run. They rule out most of a text without a search in runs_.
    std::bitset<std::size_t{1} << 16U> pairs_;
    std::unordered_set<std::string> heads_;  // the first 7 bytes of each form that has a run
    std::unordered_set<std::string> short_;  // forms of 4 to 7 bytes
    std::unordered_set<std::string> tiny_;   // secrets of 1 to 3 bytes
};

}  // namespace arc
