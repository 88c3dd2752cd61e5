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

// With messages, so that a change can lose some.
Stream stream_of(const StreamSpec& spec) {
    Stream stream;
    stream.spec = normalized(spec);
    stream.use.messages = 100;
    stream.use.bytes = 4096;
    stream.use.oldest = hours{30};
    return stream;
}

Stream as_declared() {
    return stream_of(declared());
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
        {"sealed", [](Stream& s) { s.others = {{"sealed", "yes"}}; }, "yes", "no", false},
        {"republish", [](Stream& s) { s.others = {{"republish", "{}"}}; }, "{}", "none", false},
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
    Stream actual = stream_of(wanted);
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

TEST_CASE("nats differences: a limit that deletes none of the stored messages has no risk") {
    struct Row {
        const char* field;
        void (*declare)(StreamSpec&);
        void (*content)(StreamUse&);
        bool safe;
    };
    const Row rows[] = {
        {"max_age", [](StreamSpec& s) { s.max_age = hours{6}; }, [](StreamUse&) {}, false},
        {"max_age", [](StreamSpec& s) { s.max_age = hours{6}; },
         [](StreamUse& use) { use.oldest = hours{5}; }, true},
        {"max_age", [](StreamSpec& s) { s.max_age = hours{6}; },
         [](StreamUse& use) { use.oldest.reset(); }, false},
        {"max_age", [](StreamSpec& s) { s.max_age = hours{6}; },
         [](StreamUse& use) { use.messages = 0; }, true},
        {"max_msgs", [](StreamSpec& s) { s.max_msgs = 99; }, [](StreamUse&) {}, false},
        {"max_msgs", [](StreamSpec& s) { s.max_msgs = 100; }, [](StreamUse&) {}, true},
        {"max_bytes", [](StreamSpec& s) { s.max_bytes = 4095; }, [](StreamUse&) {}, false},
        {"max_bytes", [](StreamSpec& s) { s.max_bytes = 4096; }, [](StreamUse&) {}, true},
        {"max_msgs_per_subject", [](StreamSpec& s) { s.max_msgs_per_subject = 99; },
         [](StreamUse&) {}, false},
        {"max_msgs_per_subject", [](StreamSpec& s) { s.max_msgs_per_subject = 100; },
         [](StreamUse&) {}, true},
        {"retention", [](StreamSpec& s) { s.retention = "interest"; },
         [](StreamUse& use) { use.messages = 0; }, true},
        // Larger messages would still be rejected.
        {"max_msg_size", [](StreamSpec& s) { s.max_msg_size = 10; },
         [](StreamUse& use) { use.messages = 0; }, false},
        {"storage", [](StreamSpec& s) { s.storage = "memory"; },
         [](StreamUse& use) { use.messages = 0; }, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.field);
        StreamSpec wanted = declared();
        row.declare(wanted);
        Stream actual = as_declared();
        row.content(actual.use);
        std::vector<Difference> found = differences(actual, wanted);
        std::erase_if(found, [&](const Difference& one) { return one.field != row.field; });
        REQUIRE(found.size() == 1);
        CHECK(found.front().risk.empty() == row.safe);
    }
}

void transform(Stream& stream, std::string source, std::string destination) {
    stream.others = {{"subject_transform", "{}"}};
    stream.transform = {std::move(source), std::move(destination)};
}

TEST_CASE("nats differences: what keeps clients from working as declared") {
    struct Row {
        void (*change)(Stream&);
        const char* obstacle;
    };
    const Row rows[] = {
        {[](Stream& s) { s.others = {{"sealed", "yes"}}; }, "is sealed and accepts no message"},
        {[](Stream& s) {
             s.others = {{"mirror", "{}"}};
             s.mirror = "ORIGIN";
         },
         "is a mirror of ORIGIN and accepts no message"},
        {[](Stream& s) { s.others = {{"no_ack", "yes"}}; }, "acknowledges no message (no_ack)"},
        {[](Stream& s) { s.others = {{"allow_msg_counter", "yes"}}; },
         "accepts only increments of counters (allow_msg_counter)"},
        {[](Stream& s) { s.spec.subjects = {"a.one"}; }, "does not store subject a.two"},
        {[](Stream& s) { s.spec.subjects = {"b"}; }, "does not store subjects a.one, a.two"},
        {[](Stream& s) { s.spec.subjects = {"a.*"}; }, ""},
        {[](Stream& s) { s.spec.subjects.emplace_back("b"); }, ""},
        {[](Stream& s) { transform(s, "a.>", "b.>"); },
         "stores subject a.> as b.> (subject_transform)"},
        {[](Stream& s) { transform(s, "", "b.>"); }, "stores subject > as b.> (subject_transform)"},
        {[](Stream& s) { transform(s, "a.one", "a.two"); },
         "stores subject a.one as a.two (subject_transform)"},
        {[](Stream& s) { transform(s, "*.one", "a.one"); },
         "stores subject *.one as a.one (subject_transform)"},
        {[](Stream& s) { transform(s, "b.>", "a.>"); }, ""},
        {[](Stream& s) { transform(s, "a.>", "a.>"); }, ""},
        {[](Stream& s) { transform(s, "*.one", "$1.one"); }, ""},
        {[](Stream& s) { transform(s, "a.>", ""); }, ""},
        {[](Stream& s) { s.others = {{"republish", "{}"}}; }, ""},
        {[](Stream& s) { s.others = {{"a_field_of_the_future", "7"}}; }, ""},
    };
    for (const Row& row : rows) {
        Stream actual = as_declared();
        row.change(actual);
        CHECK(only(actual).obstacle == row.obstacle);
    }
}
