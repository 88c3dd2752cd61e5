// The documentation pages that have generated parts. A page is Markdown with pairs of lines
// `<!-- generated: PART -->` and `<!-- end: PART -->`; the text between them comes from a table of
// the program, all other text is written by hand. `make pages` renews the pages, and
// tests/unit/docs_pages_test.cpp compares them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace arc::docs {

struct Part {
    std::string_view name;
    std::string (*make)();  // Markdown that ends with a line end
};

struct Page {
    std::string_view name;  // "configuration" is docs/configuration.md
    std::span<const Part> parts;
};

[[nodiscard]] std::span<const Page> pages() noexcept;

// `text` with each generated part made anew. An error (kind config) where a part's pair of lines is
// missing.
[[nodiscard]] Result<std::string> renewed(const Page& page, std::string text);

// Parts of docs/configuration.md.
[[nodiscard]] std::string settings_part();
[[nodiscard]] std::string objects_part();
[[nodiscard]] std::string verification_part();

// Parts of docs/findings.md: a section with a table for each service, and the codes of 0.1.0.
[[nodiscard]] std::string findings_part();
[[nodiscard]] std::string old_codes_part();

}  // namespace arc::docs
