#include <doctest/doctest.h>

#include "nats/api_server.hpp"
#include "nats/plan.hpp"

using namespace arc;
using namespace arc::nats;
using std::chrono::hours;

namespace {

StreamSpec spec(const std::string& name, std::vector<std::string> subjects) {
    StreamSpec made;
    made.name = name;
    made.subjects = std::move(subjects);
    return made;
}

Stream stream(const StreamSpec& from) {
    Stream made;
    made.use.messages = 100;
    made.spec = normalized(from);
    made.raw_config = "{}";
    return made;
}

MonitorFacts healthy() {
    MonitorFacts facts;
    facts.health.status = 200;
    facts.varz.jetstream = Storage{.store_dir = "/data/jetstream",
                                   .file = {.used = 0, .reserved = 0, .limit = 1000},
                                   .memory = {.used = 0, .reserved = 0, .limit = 1000}};
    return facts;
}

MonitorFacts& monitor_of(PlanFacts& there) {
    return std::get<MonitorFacts>(there.monitor);
}

PlanFacts nothing_there(std::size_t count) {
    return {std::vector<StreamState>(count), {}, healthy(), {}};
}

Action only(const std::vector<Step>& steps) {
    REQUIRE(steps.size() == 1);
    return steps.front().action;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// What is said against a declaration that comes after others.
std::string refusal_of_declaration(const StreamSpec& declared,
                                   const std::vector<StreamSpec>& before) {
    Declarations declarations;
    for (const StreamSpec& one : before) {
        CHECK(declarations.refusal_of(one).empty());
    }
    return declarations.refusal_of(declared);
}

}  // namespace

TEST_CASE("nats plan: what is missing is created, what is there stays") {
    const std::vector<StreamSpec> declared{spec("A", {"a"}), spec("B", {"b"})};
    PlanFacts there = nothing_there(2);
    there.declared[1] = stream(declared[1]);
    const auto steps = plan(declared, there, {});
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].action.kind == ActionKind::create);
    CHECK(steps[0].action.object == "stream A");
    CHECK(steps[1].action.kind == ActionKind::same);
}

TEST_CASE("nats plan: an overlap names both streams and both subjects") {
    PlanFacts there = nothing_there(1);
    there.existing = {stream(spec("X", {"x"})), stream(spec("A", {"metrics.>"}))};
    const Action action = only(plan({spec("B", {"metrics.cpu"})}, there, {}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(action.object == "stream B");
    CHECK(has(action.detail, "subject metrics.cpu overlaps stream A (metrics.>)"));
}

TEST_CASE("nats plan: declarations that no server takes are refused without one") {
    CHECK(has(refusal_of_declaration(spec("S", {"s.>", "s.a"}), {}),
              "its own subjects overlap: s.> and s.a"));
    CHECK(has(refusal_of_declaration(spec("S", {"a", "a"}), {}), "its own subjects overlap"));
    CHECK(has(refusal_of_declaration(spec("S", {">"}), {}), "every subject"));
    CHECK(has(refusal_of_declaration(spec("S", {"$JS.API.>"}), {}), "belongs to the server"));
    CHECK(has(refusal_of_declaration(spec("S", {"$SYS.x"}), {}), "belongs to the server"));
    CHECK(has(refusal_of_declaration(spec("S.T", {"a"}), {}), "name"));
    const std::vector<StreamSpec> before{spec("A", {"metrics.>"})};
    CHECK(has(refusal_of_declaration(spec("B", {"x", "metrics.cpu"}), before),
              "subject metrics.cpu overlaps stream A (metrics.>)"));
    CHECK(has(refusal_of_declaration(spec("A", {"y"}), before), "declared twice"));
    CHECK(refusal_of_declaration(spec("B", {"x"}), before).empty());
    // No subjects: the server takes the stream's name as one.
    CHECK(has(refusal_of_declaration(spec("x", {}), std::vector<StreamSpec>{spec("A", {"x"})}),
              "subject x overlaps stream A"));
}

TEST_CASE("nats plan: many declarations take no more than their number") {
    std::vector<StreamSpec> declared;
    constexpr int kMany = 20'000;  // about what a configuration file can hold
    for (int i = 0; i < kMany; ++i) {
        declared.push_back(spec("S" + std::to_string(i), {"s." + std::to_string(i)}));
    }
    PlanFacts there = nothing_there(declared.size());
    for (int i = 0; i < kMany; ++i) {
        there.existing.push_back(stream(spec("E" + std::to_string(i), {"e." + std::to_string(i)})));
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto steps = plan(declared, there, {});
    // pair by pair it took minutes
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
    CHECK(steps.back().action.kind == ActionKind::create);
}

TEST_CASE("nats plan: a stream that may not be asked about is refused, the others are not") {
    PlanFacts there = nothing_there(2);
    there.declared[0] =
        Denied{"-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"'"};
    const auto steps = plan({spec("A", {"a"}), spec("B", {"b"})}, there, {});
    CHECK(steps[0].action.kind == ActionKind::refuse);
    CHECK(has(steps[0].action.detail, "Permit publishing to $JS.API.STREAM.INFO.A."));
    CHECK(steps[1].action.kind == ActionKind::create);
}

TEST_CASE("nats plan: a stream of which nothing is heard is never created") {
    PlanFacts there = nothing_there(2);
    there.declared[0] = Silent{};
    const auto steps =
        plan({spec("A", {"a"}), spec("B", {"b"})}, there, {.update = true, .force = true});
    CHECK(steps[0].action.kind == ActionKind::refuse);
    CHECK(has(steps[0].action.detail, "does not answer, but others do"));
    CHECK(steps[1].action.kind == ActionKind::create);
}

TEST_CASE("nats plan: drift is refused by default, each field named") {
    StreamSpec declared = spec("A", {"a"});
    declared.max_age = hours{168};
    StreamSpec actual = declared;
    actual.max_age = hours{24};
    PlanFacts there = nothing_there(1);
    there.declared[0] = stream(actual);
    const Action action = only(plan({declared}, there, {}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(has(action.detail, "max_age 24h → 168h"));
    CHECK(has(action.detail, "--update"));
    const Action asked = only(plan({declared}, there, {.update = true}));
    CHECK(asked.kind == ActionKind::change);
}

TEST_CASE("nats plan: an update that can lose something is refused, asked for or not") {
    const StreamSpec declared = spec("A", {"a"});
    for (auto change : {+[](StreamSpec& s) { s.retention = "interest"; },
                        +[](StreamSpec& s) { s.max_age = {}, s.allow_direct = true; },
                        +[](StreamSpec& s) { s.subjects = {"a", "b"}; },
                        +[](StreamSpec& s) { s.compression = "s2"; },
                        // One safe change beside an unsafe one: all or nothing.
                        +[](StreamSpec& s) { s.max_msgs = 1, s.discard = "new"; }}) {
        StreamSpec actual = declared;
        change(actual);
        PlanFacts there = nothing_there(1);
        there.declared[0] = stream(actual);
        const Action action = only(plan({declared}, there, {.update = true, .force = true}));
        CHECK(action.kind == ActionKind::refuse);
        CHECK(has(action.detail, "left as it is"));
    }
}

TEST_CASE("nats plan: a damaged stream is never created, forced or not") {
    PlanFacts there = nothing_there(1);
    monitor_of(there).health = {
        503,
        true,
        {{"JetStream stream '$G > A' could not be recovered", HealthProblem::Damaged{"A"}}}};
    for (const bool force : {false, true}) {
        const Action action = only(plan({spec("A", {"a"})}, there, {.force = force}));
        CHECK(action.kind == ActionKind::refuse);
        CHECK(has(action.detail, "JetStream stream '$G > A' could not be recovered"));
    }
    CHECK(only(plan({spec("B", {"b"})}, there, {})).kind == ActionKind::create);
    // A server that names only the first may be silent about B.
    monitor_of(there).health.complete = false;
    CHECK(only(plan({spec("B", {"b"})}, there, {})).kind == ActionKind::refuse);
}

TEST_CASE("nats plan: without the monitor nothing is created, unless forced") {
    PlanFacts there = nothing_there(1);
    there.monitor = Error{ErrorKind::refused, "127.0.0.1:8222 refused the connection"};
    const Action action = only(plan({spec("A", {"a"})}, there, {}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(has(action.detail, "127.0.0.1:8222 refused the connection"));
    CHECK(has(action.detail, "--force"));
    CHECK(only(plan({spec("A", {"a"})}, there, {.force = true})).kind == ActionKind::create);
    there.declared[0] = stream(spec("A", {"a"}));
    CHECK(only(plan({spec("A", {"a"})}, there, {})).kind == ActionKind::same);
}

TEST_CASE("nats plan: a server that still recovers is not given streams") {
    PlanFacts there = nothing_there(1);
    monitor_of(there).health = {
        503, true, {{"JetStream is still recovering meta layer", HealthProblem::Recovering{}}}};
    CHECK(only(plan({spec("A", {"a"})}, there, {})).kind == ActionKind::refuse);
    monitor_of(there).health = {
        503, true, {{"JetStream account 'X' could not be resolved", HealthProblem::Other{}}}};
    CHECK(only(plan({spec("A", {"a"})}, there, {})).kind == ActionKind::create);
}

TEST_CASE("nats plan: what is wanted, what there is and who has it") {
    StreamSpec holder = spec("A", {"a"});
    holder.max_bytes = 900;
    StreamSpec wanted = spec("C", {"c"});
    wanted.max_bytes = 500;
    PlanFacts there = nothing_there(1);
    there.existing = {stream(holder), stream(spec("FREE", {"f"}))};
    monitor_of(there).varz.jetstream->file.reserved = 900;
    const Action action = only(plan({wanted}, there, {}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(has(action.detail, "max_bytes 500 B"));
    CHECK(has(action.detail, "max_file_store 1000 B"));
    CHECK(has(action.detail, "900 B are reserved by A (900 B)"));
    CHECK_FALSE(has(action.detail, "FREE"));
    wanted.storage = "memory";
    CHECK(only(plan({wanted}, there, {})).kind == ActionKind::create);
    wanted.storage = "file";
    wanted.max_bytes = 100;
    CHECK(only(plan({wanted}, there, {})).kind == ActionKind::create);
}

TEST_CASE(
    "nats plan: nothing is created where another server answers for JetStream, unless forced") {
    PlanFacts there = nothing_there(1);
    there.other_server = "the server asked does not run JetStream";
    const Action refused = only(plan({spec("A", {"a"})}, there, {.update = true}));
    CHECK(refused.kind == ActionKind::refuse);
    CHECK(has(refused.detail, "the server asked does not run JetStream"));
    CHECK(only(plan({spec("A", {"a"})}, there, {.force = true})).kind == ActionKind::create);
    // What is there can be compared from anywhere.
    there.declared[0] = stream(spec("A", {"a"}));
    CHECK(only(plan({spec("A", {"a"})}, there, {})).kind == ActionKind::same);
}

TEST_CASE("nats plan: which server answered is told by its own count") {
    const AccountJetStream before{
        .account = "APP", .enabled = true, .clustered = false, .domain = {}, .answered = 7};
    AccountJetStream after = before;
    CHECK(has(another_server(before, after), "a mapping or an import of $JS.API.>"));
    after.answered = 8;
    CHECK(another_server(before, after).empty());
    after.enabled = false;
    CHECK(has(another_server(before, after), "does not run JetStream for the account APP"));
}

TEST_CASE("nats plan: an error of the server about one stream") {
    PlanFacts there = nothing_there(1);
    there.declared[0] = ApiError{10118, "stream is offline"};
    CHECK(has(only(plan({spec("A", {"a"})}, there, {})).detail,
              "stream is offline (err_code 10118)"));
}

TEST_CASE("nats plan: each refused change names the command that makes it") {
    StreamSpec declared = spec("A", {"a"});
    declared.max_age = hours{1};
    PlanFacts there = nothing_there(1);
    there.declared[0] = stream(spec("A", {"a"}));
    Action action = only(plan({declared}, there, {.update = true}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(has(action.detail, "run `arc-sidecar bootstrap nats --accept-loss A`"));
    CHECK(only(plan({declared}, there, {.accept_loss = "B"})).kind == ActionKind::refuse);
    CHECK(only(plan({declared}, there, {.accept_loss = "A"})).kind == ActionKind::change);
    std::get<Stream>(there.declared[0]).use.messages = 0;
    action = only(plan({declared}, there, {}));
    CHECK(has(action.detail, "Run `arc-sidecar bootstrap nats --update`, which loses nothing."));
    CHECK(only(plan({declared}, there, {.update = true})).kind == ActionKind::change);
    declared.storage = "memory";
    action = only(plan({declared}, there, {.update = true, .accept_loss = "A"}));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(has(action.detail, "Delete the stream"));
}
