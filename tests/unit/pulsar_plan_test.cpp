#include "pulsar/plan.hpp"

#include <doctest/doctest.h>

#include "pulsar_fixtures.hpp"

using namespace arc;
using namespace arc::pulsar;
using namespace arc::pulsar::fixtures;

namespace {

const Names kClusters{"standalone"};

std::vector<Action> actions(const PulsarConfig& config, const Objects& objects,
                            const Names* clusters = &kClusters) {
    std::vector<Action> result;
    for (const Step& step : plan(config, clusters, objects)) {
        result.push_back(step.action);
    }
    return result;
}

}  // namespace

TEST_CASE("pulsar: what is there as declared is left alone") {
    for (const Action& action : actions(small_config(), small_objects())) {
        CHECK(action.kind == ActionKind::same);
    }
}

TEST_CASE("pulsar: an empty broker gets everything, parents first") {
    const auto made = actions(small_config(), nothing_there());
    REQUIRE(made.size() == 3);
    CHECK(made[0].object == "tenant t");
    CHECK(made[0].detail == "allowed_clusters standalone, admin_roles none");
    CHECK(made[1].object == "namespace t/n");
    CHECK(made[2].object == "topic t/n/x");
    CHECK(made[2].detail == "partitions 3");
    for (const Action& action : made) {
        CHECK(action.kind == ActionKind::create);
        CHECK_FALSE(action.done);
    }
}

TEST_CASE("pulsar: drift is refused in both directions, with the values and the reason") {
    Objects objects = small_objects();
    for (const std::int64_t there : {1, 5, 0}) {
        objects.topics["t/n/x"] = TopicFacts{.partitions = there};
        const Action topic = actions(small_config(), objects).back();
        CHECK(topic.kind == ActionKind::refuse);
        CHECK(topic.detail.contains("declared 3. "));
    }
    std::get<TenantSpec>(objects.tenants["t"]).admin_roles = {"ops"};
    CHECK(actions(small_config(), objects).front().kind == ActionKind::refuse);
    CHECK(actions(small_config(), objects)
              .front()
              .detail.starts_with("admin_roles is ops, declared none. If the declaration"));
}

TEST_CASE("pulsar: what may not be asked about is refused, and stops nothing else") {
    Objects objects = small_objects();
    objects.tenants["t"] = Denied{"/admin/v2/tenants/t answered 401"};
    objects.namespaces["t"] = Denied{"/admin/v2/namespaces/t answered 401"};
    PulsarConfig config = small_config();
    auto all = actions(config, objects);
    CHECK(all[0].kind == ActionKind::refuse);
    CHECK(all[0].detail.contains(
        "the token does not permit to read it: /admin/v2/tenants/t answered"));
    CHECK(all[1].kind == ActionKind::refuse);
    CHECK(all[2].kind == ActionKind::same);
    // Its namespace is not declared, and whether it is there is not known: no reason to refuse.
    config.namespaces.clear();
    objects.topics["t/n/x"] = NotFound{};
    CHECK(actions(config, objects).back().kind == ActionKind::create);
}

TEST_CASE("pulsar: the order of clusters and roles is no difference") {
    PulsarConfig config = small_config();
    config.tenants.front().admin_roles = {"b", "a"};
    Objects objects = small_objects();
    std::get<TenantSpec>(objects.tenants["t"]).admin_roles = {"a", "b"};
    CHECK(actions(config, objects).front().kind == ActionKind::same);
}

TEST_CASE("pulsar: a cluster that is not registered is refused at once, not after retries") {
    PulsarConfig config = small_config();
    config.tenants.front().allowed_clusters = {"standalone", "west"};
    const Action tenant = actions(config, nothing_there()).front();
    CHECK(tenant.kind == ActionKind::refuse);
    CHECK(tenant.detail == "its cluster west is not registered (registered: standalone)");
    config.tenants.front().allowed_clusters = {"global"};
    CHECK(actions(config, nothing_there()).front().kind == ActionKind::create);
    config.tenants.front().allowed_clusters = {"west"};
    CHECK(actions(config, nothing_there(), nullptr).front().kind == ActionKind::create);
    config.tenants.front().allowed_clusters = {};
    CHECK(actions(config, nothing_there()).front().kind == ActionKind::refuse);
}

TEST_CASE(
    "pulsar: an object whose parent is neither there nor declared is refused with the parent's "
    "name") {
    PulsarConfig config = small_config();
    config.tenants.clear();
    auto made = actions(config, nothing_there());
    REQUIRE(made.size() == 2);
    CHECK(made[0].kind == ActionKind::refuse);
    CHECK(made[0].detail == "its tenant t neither exists nor is declared");
    CHECK(made[1].kind == ActionKind::create);
    config.namespaces.clear();
    made = actions(config, nothing_there());
    REQUIRE(made.size() == 1);
    CHECK(made[0].detail == "its namespace t/n neither exists nor is declared");
}
