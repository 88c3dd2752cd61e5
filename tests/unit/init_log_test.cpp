#include <doctest/doctest.h>

#include "init/log.hpp"
#include "init_fake_sys.hpp"

using namespace arc;
using namespace arc::init;

namespace {

std::string text_line(std::string_view text) {
    return format_line(LogFormat::text, LogLevel::info, text, Time{0}, "init");
}

}  // namespace

TEST_CASE("log: text and JSON") {
    CHECK(text_line("started x") == "arc-sidecar: started x\n");
    CHECK(
        format_line(LogFormat::json, LogLevel::error, R"(a "b" \c)", Time{1'769'860'800'123},
                    "init") ==
        R"({"time":"2026-01-31T12:00:00.123Z","level":"error","component":"init","message":"a \"b\" \\c"})"
        "\n");
}

TEST_CASE("log: any text stays one line") {
    CHECK(text_line("a\nb\r\t\x7f") == "arc-sidecar: a\\nb\\r\\t\\x7f\n");
    CHECK(text_line("gr\xC3\xBC\xC3\x9F") == "arc-sidecar: gr\xC3\xBC\xC3\x9F\n");
    for (const char filler : {'x', '"', '\xFF'}) {
        const std::string line = format_line(LogFormat::json, LogLevel::warning,
                                             std::string(100'000, filler), Time{0}, "init");
        CHECK(line.size() > 1900);
        CHECK(line.size() < 4096);
        CHECK(line.back() == '\n');
    }
}

TEST_CASE("log: invalid UTF-8 is escaped byte by byte") {
    CHECK(text_line("\xFF") == "arc-sidecar: \\xff\n");
    CHECK(text_line("\xC3") == "arc-sidecar: \\xc3\n");                    // cut short
    CHECK(text_line("\xC0\xAF") == "arc-sidecar: \\xc0\\xaf\n");           // overlong
    CHECK(text_line("\xED\xA0\x80") == "arc-sidecar: \\xed\\xa0\\x80\n");  // surrogate
    // above U+10FFFF
    CHECK(text_line("\xF4\x90\x80\x80") == "arc-sidecar: \\xf4\\x90\\x80\\x80\n");
    CHECK(text_line("\xF0\x9F\x98\x80") == "arc-sidecar: \xF0\x9F\x98\x80\n");
}

TEST_CASE("log: a full pipe loses lines and never blocks") {
    FakeSys sys;
    Log log{sys, LogFormat::text};
    sys.stderr_full = true;
    log.say(LogLevel::info, "one");
    log.say(LogLevel::info, "two");
    CHECK(sys.log().empty());
    sys.stderr_full = false;
    log.say(LogLevel::info, "three");
    CHECK(sys.log() ==
          "arc-sidecar: 2 lines before this one were lost: stderr was not read\narc-sidecar: "
          "three\n");
}
