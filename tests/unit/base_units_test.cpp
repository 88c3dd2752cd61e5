#include <doctest/doctest.h>

#include "base/units.hpp"

using namespace arc;
using std::chrono::milliseconds;

TEST_CASE("config values: durations") {
    CHECK(parse_duration("200ms") == milliseconds{200});
    CHECK(parse_duration("3s") == milliseconds{3000});
    CHECK(parse_duration("3") == milliseconds{3000});
    CHECK(parse_duration("2m") == milliseconds{120'000});
    CHECK(parse_duration("24h") == milliseconds{86'400'000});
    CHECK(parse_duration("7D") == milliseconds{7 * 86'400'000LL});
    CHECK(parse_duration("0") == milliseconds{0});
    for (const char* wrong : {"", "s", "-1s", "1.5s", "3 s", "3w", "3ss", "+3s",
                              "99999999999999999999", "101000d", "9223372036854775807d"}) {
        CAPTURE(wrong);
        CHECK(!parse_duration(wrong));
    }
    CHECK(parse_duration("3w").error().text ==
          "'3w' is not a duration, such as 200ms, 3s, 2m, 24h or 7d");
}

TEST_CASE("config values: sizes as in the files of Redis and NATS") {
    CHECK(parse_size("0") == 0);
    CHECK(parse_size("1024") == 1024);
    CHECK(parse_size("17b") == 17);
    CHECK(parse_size("512mb") == 512LL * 1024 * 1024);
    CHECK(parse_size("2GB") == 2LL * 1024 * 1024 * 1024);
    CHECK(parse_size("1MiB") == 1024 * 1024);
    CHECK(parse_size("1k") == 1000);
    CHECK(parse_size("1m") == 1'000'000);
    CHECK(parse_size("9223372036854775807") == 9'223'372'036'854'775'807);
    for (const char* wrong :
         {"", "mb", "-1", "1.5gb", "1 gb", "9223372036854775808", "9223372036854775807k", "1tb"}) {
        CAPTURE(wrong);
        CHECK(!parse_size(wrong));
    }
}

TEST_CASE("config values: booleans") {
    for (const char* yes : {"yes", "TRUE", "On", "1"}) {
        CHECK(parse_boolean(yes) == true);
    }
    for (const char* no : {"no", "False", "OFF", "0"}) {
        CHECK(parse_boolean(no) == false);
    }
    for (const char* wrong : {"", "y", "2", "yes "}) {
        CHECK(!parse_boolean(wrong));
    }
}

TEST_CASE("config values: a formatted duration parses to the same value") {
    CHECK(format_duration(milliseconds{86'400'000}) == "24h");
    CHECK(format_duration(milliseconds{90'000}) == "90s");
    CHECK(format_duration(milliseconds{1500}) == "1500ms");
    CHECK(format_duration(milliseconds{0}) == "0s");
    for (const std::int64_t ms :
         {1LL, 999LL, 1000LL, 61'000LL, 120'000LL, 3'600'000LL, 604'800'000LL}) {
        CHECK(parse_duration(format_duration(milliseconds{ms})) == milliseconds{ms});
    }
}

TEST_CASE("config values: sizes for people") {
    CHECK(format_size(0) == "0 B");
    CHECK(format_size(1023) == "1023 B");
    CHECK(format_size(1024) == "1 KiB");
    CHECK(format_size(1'153'434) == "1.1 MiB");
    CHECK(format_size(512LL * 1024 * 1024) == "512 MiB");
    CHECK(format_size(1024LL * 1024 - 1) == "1.0 MiB");
    CHECK(format_size(3LL * 1024 * 1024 * 1024 * 1024 * 1024) == "3072 TiB");
}
