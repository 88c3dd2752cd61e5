#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace arc;

namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("json parse: values within the limits") {
    CHECK(parse_json(R"({"a":[1,{"b":"]]]}}}"}]})")["a"][1]["b"] == "]]]}}}");
    CHECK(parse_json(R"(["a\"[[[", "\\"])").size() == 2);
    CHECK(!parse_json(nested(kMaxJsonDepth)).is_discarded());
    CHECK(parse_json("\"" + std::string(1000, '[') + "\"").is_string());
    // Brackets side by side are no nesting.
    std::string wide = "[[]";
    for (int i = 0; i < 1000; ++i) {
        wide += ",[]";
    }
    CHECK(parse_json(wide + "]").size() == 1001);
}

TEST_CASE("json parse: discards invalid JSON and values beyond the limits") {
    CHECK(parse_json(nested(kMaxJsonDepth + 1)).is_discarded());
    CHECK(parse_json(std::string(1'000'000, '[')).is_discarded());
    CHECK(parse_json("\"" + std::string(kMaxJson, 'x') + "\"").is_discarded());
    for (const char* wrong : {"", "{", "nul", "{\"a\":}", "\"\\", "\xFF"}) {
        CHECK(parse_json(wrong).is_discarded());
    }
}
