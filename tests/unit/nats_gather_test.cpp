#include <doctest/doctest.h>

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

const Answer kFound{R"({"config":{"name":"A","subjects":["a"]}})", false, false, {}};
const Answer kMissing{R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})",
                      false,
                      false,
                      {}};
const Answer kOff{
    R"({"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}})",
    false,
    false,
    {}};
const Answer kNobody{"", true, false, {}};
const Answer kSilent{"", false, true, {}};

}  // namespace

TEST_CASE("nats gather: what is asked") {
    CHECK(questions(named({"A", "B"})).size() == 2);
    CHECK(questions(named({"A"})).front().subject == "$JS.API.STREAM.INFO.A");
    CHECK(questions({}).front().subject == "$JS.API.INFO");
    // A name that would become another subject, or another line of the protocol, is never sent.
    CHECK(questions(named({"A.B", "A B", "A\r\nPUB x 0"})).front().subject == "$JS.API.INFO");
}

TEST_CASE("nats gather: answers go to the streams that were asked about") {
    const std::vector<Answer> answers{kMissing, kFound};
    const ClientFacts facts = read_answers(named({"M", "no name", "A"}), answers, KeepRaw::no);
    REQUIRE(facts.streams.size() == 3);
    CHECK(facts.jetstream);
    CHECK_FALSE(facts.streams[0].stream);
    CHECK_FALSE(facts.streams[0].error);
    CHECK(facts.streams[1].error);
    REQUIRE(facts.streams[2].stream);
    CHECK(facts.streams[2].stream->spec.name == "A");
}

TEST_CASE("nats gather: a stream of which nothing is heard is not missing") {
    const std::vector<Answer> answers{kSilent, kFound};
    const ClientFacts facts = read_answers(named({"S", "A"}), answers, KeepRaw::no);
    REQUIRE(facts.streams.size() == 2);
    CHECK(facts.jetstream);
    CHECK(facts.streams[0].silent);
    CHECK_FALSE(is_missing(facts.streams[0]));
    CHECK_FALSE(facts.streams[1].silent);
}

TEST_CASE("nats gather: JetStream is off") {
    const auto off = [](std::vector<Answer> answers) {
        return read_answers(named({"A", "B"}), answers, KeepRaw::no);
    };
    CHECK_FALSE(off({kNobody, kNobody}).jetstream);
    CHECK_FALSE(off({kFound, kNobody}).jetstream);
    CHECK_FALSE(off({kOff, kOff}).jetstream);
    CHECK(off({kOff, kOff}).jetstream_error == "JetStream not enabled for account");
    CHECK_FALSE(off({}).jetstream);
    CHECK(off({kMissing, kFound}).jetstream);
    const std::vector<Answer> account{kOff};
    CHECK_FALSE(read_answers({}, account, KeepRaw::no).jetstream);
}
