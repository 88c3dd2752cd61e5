#include <doctest/doctest.h>

#include "nats/subject.hpp"

using namespace arc::nats;

TEST_CASE("nats subjects: what is one") {
    for (const char* good :
         {"a", "agent.*.cmd", "metrics.>", ">", "*", "a.b.c", "$KV.b.>", "a>b", "a*", "ünï.x"}) {
        CAPTURE(good);
        CHECK(valid_subject(good));
    }
    for (const char* bad :
         {"", ".", "a.", ".a", "a..b", ">.a", "a.>.b", "a b", "a\tb", "a\n", "a\x7f"}) {
        CAPTURE(bad);
        CHECK_FALSE(valid_subject(bad));
    }
}

TEST_CASE("nats stream names: what is one") {
    CHECK(valid_stream_name("AGENT_COMMANDS"));
    CHECK(valid_stream_name("a-b_c$1"));
    CHECK(valid_stream_name(std::string(255, 'x')));
    for (const std::string& bad :
         {std::string{}, std::string("A.B"), std::string("A*"), std::string("A>"),
          std::string("A B"), std::string("a/b"), std::string("a\\b"), std::string("a\nPUB x"),
          std::string(256, 'x')}) {
        CAPTURE(bad);
        CHECK_FALSE(valid_stream_name(bad));
    }
}

TEST_CASE("nats subjects: overlap with wildcards") {
    struct Row {
        const char* a;
        const char* b;
        bool overlaps;
    };
    const Row rows[] = {
        {"a", "a", true},
        {"a", "b", false},
        {"a", "a.b", false},
        {"a.b", "a.b", true},
        {"metrics.>", "metrics.cpu", true},
        {"metrics.>", "metrics.cpu.load", true},
        {"metrics.>", "metrics", false},
        {"metrics.>", "metricsx.cpu", false},
        {"a.*", "a.b", true},
        {"a.*", "a.b.c", false},
        {"a.*", "a", false},
        {"a.*.c", "a.b.*", true},
        {"a.*.c", "a.b.d", false},
        {"*.b", "a.*", true},
        {"*.b.c", "a.*", false},
        {"agent.*.event", "agent.*.status", false},
        {"agent.*.event", "agent.*.*", true},
        {"agent.>", "*.x.cmd", true},
        {">", "a", true},
        {">", "a.b.c", true},
        {"*", ">", true},
        {"a.>", "a.*", true},
        {"a.>", "b.>", false},
        {"a.b.>", "a.*.c.d", true},
        {"a.b.>", "a.*", false},
        {"a.*.>", "a.b", false},
        {"a.*.>", "a.b.c", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.a);
        CAPTURE(row.b);
        CHECK(overlap(row.a, row.b) == row.overlaps);
        CHECK(overlap(row.b, row.a) == row.overlaps);
        for (const auto& [kept, asked] : {std::pair{row.a, row.b}, std::pair{row.b, row.a}}) {
            SubjectIndex index;
            index.add(kept, 7);
            const SubjectIndex::Entry* found = index.find(asked);
            CHECK((found != nullptr) == row.overlaps);
            CHECK((found == nullptr || (found->subject == kept && found->owner == 7)));
        }
    }
}

TEST_CASE("nats subjects: an index finds the one among many that overlaps") {
    SubjectIndex index;
    CHECK(index.find("a") == nullptr);
    CHECK(index.find(">") == nullptr);
    for (const char* subject : {"agent.*.cmd", "agent.x.event", "metrics.>", "a.b.c", "a.*.d"}) {
        index.add(subject, 0);
    }
    index.add("a.b.c", 1);
    const auto found = [&index](std::string_view subject) {
        const auto* entry = index.find(subject);
        return entry == nullptr ? std::string{} : entry->subject;
    };
    CHECK(found("agent.y.cmd") == "agent.*.cmd");
    CHECK(found("agent.x.*") == "agent.x.event");
    CHECK(found("agent.x.status").empty());
    CHECK(found("metrics").empty());
    CHECK(found("metrics.a.b") == "metrics.>");
    CHECK(found("a.b.d") == "a.*.d");  // past a.b.c, which is tried first
    CHECK(found("*.b.c") == "a.b.c");
    CHECK(found("a.b.>") == "a.b.c");
    CHECK(found("a.b").empty());
    CHECK(index.find("a.b.c")->owner == 0);
    // As deep as no server takes one: not a tree of that depth.
    std::string deep = "deep";
    while (deep.size() < 200'000) {
        deep += ".x";
    }
    index.add(deep, 2);
    CHECK(index.find("deep.>")->owner == 2);
    CHECK(index.find(deep)->owner == 2);
    CHECK(index.find(deep + ".x") == nullptr);
}

TEST_CASE("nats subjects: those that no stream may store") {
    CHECK(refusal_of_subject("metrics.>").empty());
    CHECK(refusal_of_subject("$KV.bucket.>").empty());
    CHECK(refusal_of_subject("$JS.EVENT.ADVISORY.>").empty());
    CHECK(refusal_of_subject("$SYS.ACCOUNT.A.CONNECT").empty());
    CHECK(refusal_of_subject("$JSON.x").empty());
    CHECK(refusal_of_subject(">").find("every subject") != std::string::npos);
    CHECK(refusal_of_subject("$JS.API.>").find("belongs to the server") != std::string::npos);
    CHECK(refusal_of_subject("$JS.>").find("belongs to the server") != std::string::npos);
    CHECK(refusal_of_subject("$SYS.REQ.>").find("belongs to the server") != std::string::npos);
    CHECK(refusal_of_subject("a..b").find("not a subject") != std::string::npos);
}

TEST_CASE("nats subject: whether subjects match all that another one matches") {
    const std::vector<std::string> none;
    CHECK_FALSE(covers(none, "a"));
    CHECK(covers({"a"}, "a"));
    CHECK(covers({"b", "a.*"}, "a.x"));
    CHECK(covers({"a.>"}, "a.*.c"));
    CHECK(covers({"a.*"}, "a.*"));
    CHECK_FALSE(covers({"a.x"}, "a.*"));
    CHECK_FALSE(covers({"a.*"}, "a.>"));
    CHECK_FALSE(covers({"a.>"}, "a"));
    CHECK_FALSE(covers({"a.*", "a.*.x"}, "a.>"));
    CHECK(covers({"a.*", "a.*.>"}, "a.>"));
    CHECK(covers({"a.*", "a.*.*", "a.*.*.>"}, "a.>"));
    CHECK_FALSE(covers({"a.*.>"}, "a.>"));
}

TEST_CASE("nats subject: a transform that changes no subject") {
    CHECK(keeps_subjects("a.b", "a.b"));
    CHECK(keeps_subjects(">", ">"));
    CHECK(keeps_subjects("a.>", "a.>"));
    CHECK(keeps_subjects("a.b", ""));
    CHECK(keeps_subjects("a.*.*", "a.{{wildcard(1)}}.{{ Wildcard( 2 ) }}"));
    CHECK(keeps_subjects("*.b", "$1.b"));
    CHECK(!keeps_subjects("a.b", "a.c"));
    CHECK(!keeps_subjects("a.b", "a"));
    CHECK(!keeps_subjects("a.b", "a.b.c"));
    CHECK(!keeps_subjects(">", "a.>"));
    CHECK(!keeps_subjects("a.*.*", "a.{{wildcard(2)}}.{{wildcard(1)}}"));
    CHECK(!keeps_subjects("a.*", "a.{{partition(3,1)}}"));
    CHECK(!keeps_subjects("a.*", "a.*"));
}
