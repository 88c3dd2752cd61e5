#include <doctest/doctest.h>

#include "nats/differences.hpp"

using namespace arc;
using namespace arc::nats;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

StreamSpec declared() {
    StreamSpec spec;
    spec.name = "A";
    spec.subjects = {"a.one", "a.two"};
    spec.max_age = hours{24};
    return spec;
}

Stream as_declared() {
    return {normalized(declared()), false, false, {}, {}, {}};
}

Difference only(const Stream& actual, const StreamSpec& wanted = declared()) {
    const auto found = differences(actual, wanted);
    REQUIRE(found.size() == 1);
    return found.front();
}

}  // namespace

TEST_CASE("nats differences: a stream made from its declaration has none") {
    CHECK(differences(as_declared(), declared()).empty());
    Stream reordered = as_declared();
    reordered.spec.subjects = {"a.two", "a.one"};
    CHECK(differences(reordered, declared()).empty());
}

TEST_CASE("nats differences: a declaration's defaults are the server's") {
    StreamSpec spec;
    spec.name = "A";
    spec.replicas = 0;
    spec.max_msgs = 0;
    spec.max_bytes = 0;
    const StreamSpec made = normalized(spec);
    CHECK(made.subjects == std::vector<std::string>{"A"});
    CHECK(made.replicas == 1);
    CHECK_FALSE(made.max_msgs);
    CHECK_FALSE(made.max_bytes);
    CHECK(made.duplicate_window == milliseconds{120'000});
    spec.max_age = milliseconds{30'000};
    CHECK(normalized(spec).duplicate_window == milliseconds{30'000});
    spec.duplicate_window = milliseconds{60'000};  // chosen: the server is to refuse it
    CHECK(normalized(spec).duplicate_window == milliseconds{60'000});
}

TEST_CASE("nats differences: each field is measured, wanted and judged") {
    struct Row {
        const char* field;
        void (*change)(Stream&);
        const char* measured;
        const char* wanted;
        bool safe;
    };
    const Row rows[] = {
        {"subjects", [](Stream& s) { s.spec.subjects = {"a.one"}; }, "a.one", "a.one a.two", true},
        {"subjects", [](Stream& s) { s.spec.subjects.emplace_back("b"); }, "a.one a.two b",
         "a.one a.two", false},
        {"subjects", [](Stream& s) { s.spec.subjects = {}; }, "none", "a.one a.two", true},
        {"retention", [](Stream& s) { s.spec.retention = "interest"; }, "interest", "limits",
         false},
        {"storage", [](Stream& s) { s.spec.storage = "memory"; }, "memory", "file", false},
        {"discard", [](Stream& s) { s.spec.discard = "new"; }, "new", "old", false},
        {"compression", [](Stream& s) { s.spec.compression = "s2"; }, "s2", "none", false},
        {"replicas", [](Stream& s) { s.spec.replicas = 3; }, "3", "1", false},
        {"description", [](Stream& s) { s.spec.description = "x"; }, "x", "none", true},
        {"max_age", [](Stream& s) { s.spec.max_age = hours{6}; }, "6h", "24h", true},
        {"max_age", [](Stream& s) { s.spec.max_age = hours{25}; }, "25h", "24h", false},
        {"max_age", [](Stream& s) { s.spec.max_age = {}; }, "no limit", "24h", false},
        {"max_msgs", [](Stream& s) { s.spec.max_msgs = 5; }, "5", "no limit", true},
        {"max_bytes", [](Stream& s) { s.spec.max_bytes = 1024; }, "1 KiB", "no limit", true},
        {"max_msgs_per_subject", [](Stream& s) { s.spec.max_msgs_per_subject = 1; }, "1",
         "no limit", true},
        {"max_msg_size", [](Stream& s) { s.spec.max_msg_size = 2048; }, "2 KiB", "no limit", true},
        {"max_consumers", [](Stream& s) { s.spec.max_consumers = 2; }, "2", "no limit", false},
        {"duplicate_window", [](Stream& s) { s.spec.duplicate_window = milliseconds{60'000}; },
         "1m", "2m", false},
        {"allow_direct", [](Stream& s) { s.spec.allow_direct = true; }, "yes", "no", false},
        {"deny_delete", [](Stream& s) { s.spec.deny_delete = true; }, "yes", "no", false},
        {"deny_purge", [](Stream& s) { s.spec.deny_purge = true; }, "yes", "no", false},
        {"allow_rollup", [](Stream& s) { s.spec.allow_rollup = true; }, "yes", "no", false},
        {"sealed", [](Stream& s) { s.sealed = true; }, "yes", "no", false},
        {"no_ack", [](Stream& s) { s.no_ack = true; }, "yes", "no", false},
        {"mirror", [](Stream& s) { s.mirror = "ORIGIN"; }, "ORIGIN", "none", false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.field);
        CAPTURE(row.measured);
        Stream actual = as_declared();
        row.change(actual);
        const Difference difference = only(actual);
        CHECK(difference.field == row.field);
        CHECK(difference.measured == row.measured);
        CHECK(difference.wanted == row.wanted);
        CHECK(difference.risk.empty() == row.safe);
    }
}

TEST_CASE("nats differences: lowering a limit is never safe, raising it is") {
    StreamSpec wanted = declared();
    wanted.max_msgs = 10;
    Stream actual{normalized(wanted), false, false, {}, {}, {}};
    actual.spec.max_msgs = 5;
    CHECK(only(actual, wanted).risk.empty());
    actual.spec.max_msgs = 11;
    CHECK_FALSE(only(actual, wanted).risk.empty());
    actual.spec.max_msgs = {};
    CHECK_FALSE(only(actual, wanted).risk.empty());
}

TEST_CASE("nats differences: described in one line") {
    Stream actual = as_declared();
    actual.spec.max_age = hours{6};
    actual.spec.max_bytes = std::int64_t{1024} * 1024;
    CHECK(describe(differences(actual, declared())) ==
          "max_age 6h → 24h; max_bytes 1 MiB → no limit");
}
