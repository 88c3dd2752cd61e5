#include <doctest/doctest.h>

#include "base/variant.hpp"
#include "nats/gather.hpp"

using namespace arc;
using namespace arc::nats;

namespace {

std::vector<StreamSpec> named(std::initializer_list<const char*> names) {
    std::vector<StreamSpec> streams;
    for (const char* name : names) {
        streams.emplace_back().name = name;
    }
    return streams;
}

const Answer kFound{R"({"config":{"name":"A","subjects":["a"]}})"};
const Answer kMissing{
    R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})"};
const Answer kOff{
    R"({"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}})"};
const Answer kNobody{NoResponders{}};
const Answer kSilent{Silent{}};
const Answer kDenied{Denied{"-ERR 'Permissions Violation'"}};

const Answer kAccount{R"({"memory":0,"storage":5,"limits":{"max_memory":-1,"max_storage":10}})"};

// The state by these answers about the streams, and one about the account. It must not be an error.
JetStreamState read(const std::vector<StreamSpec>& streams, std::vector<Answer> answers,
                    const Answer& account = kAccount) {
    answers.push_back(account);
    const auto state = read_answers(streams, answers, KeepRaw::no);
    REQUIRE(state);
    return *state;
}

std::vector<StreamState> read_streams(const std::vector<StreamSpec>& streams,
                                      const std::vector<Answer>& answers) {
    const JetStreamState state = read(streams, answers);
    REQUIRE(holds<JetStreamRunning>(state));
    return std::get<JetStreamRunning>(state).streams;
}

}  // namespace

TEST_CASE("nats gather: what is asked") {
    CHECK(questions(named({"A", "B"})).size() == 3);
    CHECK(questions(named({"A"})).back().subject == "$JS.API.INFO");
    CHECK(questions(named({"A"})).front().subject == "$JS.API.STREAM.INFO.A");
    CHECK(questions({}).front().subject == "$JS.API.INFO");
    // A name that would become another subject, or another line of the protocol, is never sent.
    CHECK(questions(named({"A.B", "A B", "A\r\nPUB x 0"})).front().subject == "$JS.API.INFO");
}

TEST_CASE("nats gather: answers go to the streams that were asked about") {
    const auto streams = read_streams(named({"M", "no name", "A"}), {kMissing, kFound});
    REQUIRE(streams.size() == 3);
    CHECK(holds<Missing>(streams[0]));
    CHECK(holds<ApiError>(streams[1]));
    REQUIRE(holds<Stream>(streams[2]));
    CHECK(std::get<Stream>(streams[2]).spec.name == "A");
}

TEST_CASE("nats gather: a stream of which nothing is heard is not missing") {
    const auto streams = read_streams(named({"S", "A"}), {kSilent, kFound});
    REQUIRE(streams.size() == 2);
    CHECK(holds<Silent>(streams[0]));
    CHECK(holds<Stream>(streams[1]));
}

TEST_CASE("nats gather: what the user may not ask about") {
    const auto streams = read_streams(named({"D", "A"}), {kDenied, kFound});
    CHECK(holds<Denied>(streams[0]));
    const auto refused =
        read_answers(named({"D", "E"}), std::vector{kDenied, kDenied, kAccount}, KeepRaw::no);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::permission);
}

TEST_CASE("nats gather: JetStream is off") {
    const auto off = [](const std::vector<Answer>& answers) {
        return holds<JetStreamDisabled>(read(named({"A", "B"}), answers));
    };
    CHECK(off({kNobody, kNobody}));
    CHECK(off({kFound, kNobody}));
    CHECK(off({kOff, kOff}));
    CHECK(holds<JetStreamDisabled>(*read_answers(named({"A"}), {}, KeepRaw::no)));
    CHECK_FALSE(off({kMissing, kFound}));
    CHECK(std::get<JetStreamDisabled>(read(named({"A", "B"}), {kOff, kOff})).reason ==
          "JetStream not enabled for account (err_code 10039)");
    CHECK(holds<JetStreamDisabled>(read({}, {}, kOff)));
    CHECK(holds<ApiError>(std::get<JetStreamRunning>(read({}, {}, kMissing)).account));
}

TEST_CASE("nats gather: the account's use of its limits") {
    const auto account = [](const Answer& answer) {
        return std::get<JetStreamRunning>(read(named({"A"}), {kFound}, answer)).account;
    };
    const AccountState plain = account(kAccount);
    const auto& tiers = std::get<AccountUse>(plain).tiers;
    REQUIRE(tiers.size() == 1);
    CHECK(tiers[0].replicas == 0);
    CHECK(tiers[0].file.used == 5);
    CHECK(tiers[0].file.limit == 10);
    CHECK_FALSE(tiers[0].memory.limit);
    const AccountState by_tier =
        account(R"({"storage":9,"limits":{},"tiers":{"R1":{"storage":2,"limits":{"max_storage":3}},
                    "R3":{"limits":{"max_consumers":4}}}})");
    REQUIRE(std::get<AccountUse>(by_tier).tiers.size() == 2);
    CHECK(std::get<AccountUse>(by_tier).tiers[0].replicas == 1);
    CHECK(std::get<AccountUse>(by_tier).tiers[0].file.limit == 3);
    CHECK(std::get<AccountUse>(by_tier).tiers[1].max_consumers == 4);
    CHECK(holds<Denied>(account(kDenied)));
    CHECK(holds<Silent>(account(kSilent)));
}

TEST_CASE("nats gather: JetStream is silent if no stream is answered about") {
    const Answer none{R"({"error":{"err_code":10008,"description":"unavailable"}})"};
    const JetStreamState state = read(named({"A", "B"}), {kSilent, kSilent}, none);
    REQUIRE(holds<JetStreamSilent>(state));
    CHECK(std::get<JetStreamSilent>(state).text == "unavailable (err_code 10008)");
}
