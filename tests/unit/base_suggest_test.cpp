#include <doctest/doctest.h>

#include <array>

#include "base/suggest.hpp"

using namespace arc;

TEST_CASE("config suggest: distance counts single typing errors") {
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("abc", "abc") == 0);
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "abd") == 1);
    CHECK(edit_distance("abc", "ab") == 1);
    CHECK(edit_distance("abc", "acb") == 1);  // neighbours swapped
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("config suggest: only similar words") {
    constexpr std::array<std::string_view, 3> known{"appendonly", "appendfsync", "url"};
    CHECK(nearest("apendonly", known) == "appendonly");
    CHECK(nearest("appendfsnyc", known) == "appendfsync");
    CHECK(nearest("ulr", known) == "url");
    CHECK(nearest("maxmemory", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(did_you_mean("apendonly", known) == "; did you mean 'appendonly'?");
    CHECK(did_you_mean("zzz", known).empty());
    CHECK(nearest("x", {}).empty());
}

TEST_CASE("config suggest: split keeps empty parts") {
    CHECK(split("a|b", '|') == std::vector<std::string_view>{"a", "b"});
    CHECK(split("", '|') == std::vector<std::string_view>{""});
    CHECK(split("|a|", '|') == std::vector<std::string_view>{"", "a", ""});
}
