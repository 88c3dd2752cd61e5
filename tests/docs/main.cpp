// arc-docs PAGE - reads docs/PAGE.md on standard input and prints it with its generated parts made
// anew. Without PAGE: the names of all pages.
#include <algorithm>
#include <iostream>
#include <iterator>

#include "docs/pages.hpp"

int main(int argc, char** argv) {
    const auto pages = arc::docs::pages();
    if (argc < 2) {
        for (const auto& page : pages) {
            std::cout << page.name << '\n';
        }
        return 0;
    }
    const auto page = std::ranges::find(pages, std::string_view(argv[1]), &arc::docs::Page::name);
    if (page == pages.end()) {
        std::cerr << "arc-docs: no page " << argv[1] << '\n';
        return 64;
    }
    const std::istreambuf_iterator<char> first(std::cin);
    const auto text = arc::docs::renewed(*page, std::string(first, {}));
    if (!text) {
        std::cerr << "arc-docs: " << text.error().text << '\n';
        return 1;
    }
    std::cout << *text;
    return 0;
}
