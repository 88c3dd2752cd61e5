// Runs in the tree, as make does: the pages are read at docs/.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/file.hpp"
#include "docs/pages.hpp"

using namespace arc;

TEST_CASE("docs pages: the generated parts are as the tables have them (make pages renews them)") {
    for (const docs::Page& page : docs::pages()) {
        const std::string path = fmt::format("docs/{}.md", page.name);
        CAPTURE(path);
        const auto text = read_whole(path, std::size_t{1} << 20U);
        REQUIRE(text);
        const auto renewed = docs::renewed(page, *text);
        REQUIRE(renewed);
        CHECK(*renewed == *text);
    }
}

TEST_CASE("docs pages: a page without the lines around a part is refused") {
    CHECK_FALSE(docs::renewed(docs::pages().front(), "# Configuration\n"));
}
