#include "pulsar/stages.hpp"

#include <doctest/doctest.h>

#include "pulsar_fixtures.hpp"

using namespace arc;
using namespace arc::pulsar;
using namespace arc::pulsar::fixtures;

TEST_CASE("pulsar: nothing is in the way of a broker that is up") {
    CHECK_FALSE(first_obstacle(good_facts(), small_config()));
    CHECK_FALSE(first_obstacle(Facts{}, small_config()));
}

TEST_CASE("pulsar: the first stage not reached is the one named") {
    const PulsarConfig config = small_config();
    Facts facts = good_facts();
    facts.public_namespaces = Names{};
    CHECK(first_obstacle(facts, config)->stage == Stage::namespaces);
    facts.public_namespaces = NotFound{};  // not even the tenant
    CHECK(first_obstacle(facts, config)->stage == Stage::namespaces);
    facts.clusters = Names{};
    CHECK(first_obstacle(facts, config)->stage == Stage::cluster);
    CHECK(first_obstacle(facts, config)->text == "the cluster standalone is not registered yet");
    facts.ready = error(ErrorKind::rejected);
    CHECK(first_obstacle(facts, config)->stage == Stage::ready);
    facts.binary_port = error(ErrorKind::refused);
    CHECK(first_obstacle(facts, config)->stage == Stage::ports);
}

TEST_CASE("pulsar: another cluster's broker is told with the cluster that it has") {
    Facts facts = good_facts();
    facts.clusters = Names{"east", "west"};
    CHECK(first_obstacle(facts, small_config())->text ==
          "the cluster standalone is not registered yet (registered: east, west)");
}

TEST_CASE("pulsar: an admin port that refuses is the first stage, one that is silent the second") {
    Facts facts = good_facts();
    for (const ErrorKind kind :
         {ErrorKind::refused, ErrorKind::unreachable, ErrorKind::unresolved}) {
        facts.ready = error(kind);
        CHECK(first_obstacle(facts, small_config())->stage == Stage::ports);
    }
    facts.ready = error(ErrorKind::timeout,
                        "did not answer in 2.9 s (/admin/v2/brokers/ready on 127.0.0.1:8080)");
    const auto silent = first_obstacle(facts, small_config());
    CHECK(silent->stage == Stage::ready);
    CHECK(silent->text ==
          "health did not answer in 2.9 s (/admin/v2/brokers/ready on 127.0.0.1:8080)");
}

TEST_CASE("pulsar: no token or a bad one is authentication, a weak one is no obstacle") {
    Facts facts = good_facts();
    facts.clusters = error(ErrorKind::auth);
    facts.public_namespaces = error(ErrorKind::auth);
    CHECK_FALSE(first_obstacle(facts, small_config()));
    facts.ready = error(ErrorKind::auth);
    CHECK(first_obstacle(facts, small_config())->kind == ErrorKind::auth);
    CHECK(first_obstacle(facts, small_config())->text.starts_with("the broker requires a token"));
}

TEST_CASE("pulsar: a stage is named by its number") {
    CHECK(stage_text(Stage::ports) == "stage 1 of 6");
    CHECK(stage_text(Stage::health) == "stage 6 of 6");
}
