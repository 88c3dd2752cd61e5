#include <doctest/doctest.h>

#include "redis/fence.hpp"

using namespace arc::redis;
using Start = Fenced::Start;
using Answer = FenceFacts::Answer;

namespace {

const Endpoint kHere{"10.0.0.1", 6379};
const Endpoint kOther{"10.0.0.2", 6379};

FenceFacts named(const Endpoint& master, Answer answer) {
    return {.named = master,
            .named_is_here = master == kHere,
            .answer = answer,
            .is_empty = false,
            .followers = {}};
}

}  // namespace

TEST_CASE("redis fence: without a majority of the Sentinels the server starts as it is") {
    CHECK(judge_fence({.named = {}, .is_empty = true, .followers = {"10.0.0.2:6379"}}).start ==
          Start::as_configured);
}

TEST_CASE("redis fence: beside another master the server is its replica, with data or without") {
    for (const bool empty : {false, true}) {
        FenceFacts facts = named(kOther, Answer::master);
        facts.is_empty = empty;
        facts.followers = {"10.0.0.3:6379"};
        const Fenced fenced = judge_fence(facts);
        CHECK(fenced.start == Start::as_replica);
        CHECK(fenced.master == kOther);
    }
}

TEST_CASE("redis fence: silence and a replica at the named address are no evidence") {
    CHECK(judge_fence(named(kOther, Answer::none)).start == Start::as_configured);
    CHECK(judge_fence(named(kOther, Answer::replica)).start == Start::as_configured);
}

TEST_CASE("redis fence: the named master comes back as a master, unless it lost its data") {
    FenceFacts facts = named(kHere, Answer::none);
    CHECK(judge_fence(facts).start == Start::as_master);
    facts.is_empty = true;
    CHECK(judge_fence(facts).start == Start::as_configured);  // nobody has anything to lose
    facts.followers = {"10.0.0.2:6379", "10.0.0.3:6379"};
    const Fenced fenced = judge_fence(facts);
    CHECK(fenced.start == Start::not_yet);
    CHECK(fenced.reason.contains("10.0.0.2:6379 and 10.0.0.3:6379 would copy"));
    // Replicas of this server, which has another address for the Sentinels.
    facts.named_is_here = false;
    CHECK(judge_fence(facts).start == Start::not_yet);
}

TEST_CASE("redis fence: a server that runs already is left alone") {
    for (const Answer answer : {Answer::master, Answer::replica}) {
        FenceFacts facts = named(kHere, answer);
        facts.is_empty = true;
        facts.followers = {"10.0.0.2:6379"};
        CHECK(judge_fence(facts).start == Start::as_configured);
    }
}
