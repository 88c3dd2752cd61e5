#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "nats/cluster_judge.hpp"
#include "nats/cluster_plan.hpp"
#include "nats/cluster_preflight.hpp"
#include "nats/cluster_wire.hpp"

using namespace arc;
using namespace arc::nats;
using std::chrono::milliseconds;
using Kind = StopAnswer::Kind;

namespace {

std::string server_name(std::size_t number) {
    return "n" + std::to_string(number);
}

// An asset as the server `at` sees it: only its leader knows of lags.
Asset seen_from(std::size_t at, Asset asset, std::size_t leader,
                const std::vector<std::size_t>& holders) {
    asset.leader = server_name(leader);
    for (const std::size_t holder : holders) {
        if (holder != at) {
            asset.others.push_back({.server = server_name(holder),
                                    .current = at == leader || holder == leader,
                                    .silent = milliseconds{500}});
        }
    }
    return asset;
}

// A cluster in which nothing is wrong, as n0 sees it: a meta group over all servers, and an asset
// of each kind that has a copy on n0.
struct Made {
    ClusterView view;

    explicit Made(std::size_t size = 3, std::size_t leader = 1) {
        for (std::size_t at = 0; at < size; ++at) {
            ServerView server{.name = server_name(at),
                              .id = "ID" + std::to_string(at),
                              .jetstream = true,
                              .clustered = true,
                              .cluster_size = static_cast<std::int64_t>(size)};
            std::vector<std::size_t> all(size);
            std::ranges::generate(all, [n = std::size_t{0}]() mutable { return n++; });
            const auto replicas = static_cast<std::int64_t>(size);
            for (const Asset& asset :
                 {Asset{.kind = Asset::Kind::meta, .replicas = replicas},
                  Asset{.account = "$G", .name = "ORDERS", .replicas = replicas, .last_seq = 100},
                  Asset{.kind = Asset::Kind::consumer,
                        .account = "$G",
                        .name = "ORDERS > w",
                        .replicas = replicas}}) {
                server.assets.push_back(seen_from(at, asset, leader, all));
            }
            view.members.push_back({server_name(at) + ":8222", std::move(server)});
        }
        view.self = *view.members[0].view;
    }

    ServerView& server(std::size_t number) { return *view.members[number].view; }
    Asset& asset(std::size_t server_number, std::size_t number) {
        return server(server_number).assets[number];
    }
    // The copy of `holder` in the words of the leader.
    Replica& copy(std::size_t leader, std::size_t number, std::size_t holder) {
        auto& others = asset(leader, number).others;
        return *std::ranges::find(others, server_name(holder), &Replica::server);
    }
    void fails(std::size_t number, ErrorKind kind) {
        view.members[number].view = std::unexpected(
            Error{kind, server_name(number) + ":8222: " + std::string(to_string(kind))});
    }
    // n0's own monitor says the same as its agent.
    StopAnswer answer() {
        if (view.members[0].view && view.self) {
            view.self = view.members[0].view;
        }
        return judge_stop(view, view);
    }
};

ClusterView with_self() {
    return Made{}.view;
}

}  // namespace

TEST_CASE("a member may stop while the others hold everything, whoever leads") {
    for (const std::size_t size : {3UL, 5UL}) {
        for (std::size_t leader = 0; leader < size; ++leader) {
            const StopAnswer answer = Made{size, leader}.answer();
            CHECK(answer.kind == Kind::safe);
            CHECK(answer.reason.empty());
        }
    }
}

TEST_CASE("each condition of a copy that its leader or the member itself tells makes a stop wait") {
    struct Row {
        const char* words;
        void (*change)(Made&, std::size_t leader, std::size_t asset, std::size_t holder);
    };
    const Row rows[] = {
        {"is 65 entries behind",
         [](Made& made, std::size_t leader, std::size_t asset, std::size_t holder) {
             made.copy(leader, asset, holder).lag = kInFlight + 1;
         }},
        {"is not current",
         [](Made& made, std::size_t leader, std::size_t asset, std::size_t holder) {
             made.copy(leader, asset, holder).current = false;
         }},
        {"was last heard 2.1 s ago",
         [](Made& made, std::size_t leader, std::size_t asset, std::size_t holder) {
             made.copy(leader, asset, holder).silent = milliseconds{2100};
         }},
        {"is not connected",
         [](Made& made, std::size_t leader, std::size_t asset, std::size_t holder) {
             made.copy(leader, asset, holder).offline = true;
         }},
        {"does not answer", [](Made& made, std::size_t /*leader*/, std::size_t /*asset*/,
                               std::size_t holder) { made.fails(holder, ErrorKind::timeout); }},
    };
    for (const Row& row : rows) {
        for (std::size_t leader = 0; leader < 2; ++leader) {
            for (std::size_t asset = 0; asset < 3; ++asset) {
                Made made{3, leader};
                row.change(made, leader, asset, 2);
                const StopAnswer answer = made.answer();
                CAPTURE(row.words);
                CHECK(answer.kind == Kind::wait);
                CHECK_MESSAGE(answer.reason.contains(row.words), answer.reason);
                CHECK_MESSAGE(answer.reason.contains("n2"), answer.reason);
                CHECK(answer.absent.empty());
            }
        }
    }
}

TEST_CASE("what is on its way under load is no lag, and only the leader's word counts") {
    Made made;
    made.copy(1, 1, 2) = {.server = "n2", .current = false, .lag = kInFlight};
    CHECK(made.answer().kind == Kind::safe);
    Made foreign{3, 1};
    for (Replica& replica : foreign.asset(2, 1).others) {
        replica.lag = 1000;
        replica.current = false;
    }
    CHECK(foreign.answer().kind == Kind::safe);
}

TEST_CASE("a copy counts once it has what its stream had at the first look") {
    Made made;
    made.asset(2, 1).last_seq = 99;
    CHECK(made.answer().reason == "stream ORDERS: replica n2 is 1 messages behind");
    Made later;
    later.asset(1, 1).last_seq = 500;
    later.asset(2, 1).last_seq = 100;  // more came, and it has all that there was
    CHECK(judge_stop(made.view, later.view).kind == Kind::safe);
    Made none;
    none.server(2).assets.erase(none.server(2).assets.begin() + 1);
    CHECK(none.answer().reason == "stream ORDERS: replica n2 has no copy yet");
}

TEST_CASE("of five members one may be missing, and two may not") {
    Made one{5, 1};
    one.copy(1, 1, 2).lag = 1000;
    CHECK(one.answer().kind == Kind::safe);
    one.copy(1, 1, 3).lag = 1000;
    CHECK(one.answer().kind == Kind::wait);
    // what is behind without a copy here blocks nothing
    Made foreign{5, 1};
    for (std::size_t at = 0; at < 5; ++at) {
        foreign.asset(at, 1).replicas = 3;
        std::erase_if(foreign.asset(at, 1).others, [](const Replica& copy) {
            return copy.server == "n0" || copy.server == "n4";
        });
    }
    foreign.server(0).assets.erase(foreign.server(0).assets.begin() + 1);
    foreign.server(4).assets.erase(foreign.server(4).assets.begin() + 1);
    foreign.copy(1, 1, 2).lag = 1000;
    CHECK(foreign.answer().kind == Kind::safe);
}

TEST_CASE("who refuses is absent, who hangs is not, and what runs is waited for first") {
    for (const ErrorKind kind :
         {ErrorKind::refused, ErrorKind::unresolved, ErrorKind::unreachable}) {
        Made made;
        made.fails(2, kind);
        const StopAnswer answer = made.answer();
        CHECK(answer.kind == Kind::wait);
        CHECK(answer.absent == "n2");
    }
    Made told;
    told.fails(2, ErrorKind::timeout);
    std::ranges::for_each(told.server(1).assets, [](Asset& asset) {
        for (Replica& copy : asset.others) {
            copy.offline = copy.server == "n2";
        }
    });
    CHECK(told.answer().absent == "n2");
    Made both{5, 1};
    both.fails(2, ErrorKind::refused);
    both.copy(1, 1, 3).lag = 1000;
    const StopAnswer answer = both.answer();
    CHECK(answer.absent.empty());
    CHECK_MESSAGE(answer.reason.contains("n3"), answer.reason);
}

TEST_CASE("a stop waits for an election, and names a leader that does not answer") {
    Made none;
    for (std::size_t at = 0; at < 3; ++at) {
        none.asset(at, 1).leader.clear();
    }
    CHECK(none.answer().reason == "stream ORDERS has no leader");
    CHECK(none.answer().kind == Kind::wait);
    Made silent{3, 1};
    silent.fails(1, ErrorKind::refused);
    CHECK(silent.answer().absent == "n1");
    CHECK(silent.answer().reason.contains("its leader n1 does not answer"));
    Made two;
    two.asset(2, 1).leader = "n2";
    CHECK(two.answer().reason == "stream ORDERS has no leader");
}

TEST_CASE("waiting changes nothing without a quorum, while the server starts or does not answer") {
    Made alone;
    alone.fails(1, ErrorKind::refused);
    alone.fails(2, ErrorKind::timeout);
    CHECK(alone.answer().kind == Kind::pointless);
    CHECK(alone.answer().reason.contains("no quorum, 1 of 3 members answers"));
    Made starting;
    starting.view.busy = "JetStream is still recovering meta layer";
    CHECK(starting.answer().kind == Kind::pointless);
    CHECK(starting.answer().reason == "JetStream is still recovering meta layer");
    ClusterView silent = with_self();
    silent.self = std::unexpected(Error{ErrorKind::timeout, "127.0.0.1:8222 did not answer"});
    CHECK(judge_stop(silent, silent).kind == Kind::pointless);
    CHECK(judge_stop(silent, silent).reason.contains("127.0.0.1:8222 did not answer"));
    ClusterView single = with_self();
    single.self->clustered = false;
    CHECK(judge_stop(single, single).kind == Kind::pointless);
    single.self->jetstream = false;
    CHECK(judge_stop(single, single).kind == Kind::safe);
}

TEST_CASE("streams with fewer than three replicas are named and hold up nothing") {
    for (const std::int64_t replicas : {1, 2}) {
        Made made;
        for (std::size_t at = 0; at < 3; ++at) {
            made.asset(at, 1).replicas = replicas;
        }
        made.copy(1, 1, 2).lag = 1000;
        const StopAnswer answer = made.answer();
        CHECK(answer.kind == Kind::safe);
        CHECK(answer.reason == "stream ORDERS has fewer than 3 replicas, which no wait protects");
    }
}

TEST_CASE("drawn clusters: safe exactly if each group keeps a quorum of good members") {
    std::mt19937 random{20261201};
    const auto draw = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(random);
    };
    for (int round = 0; round < 2000; ++round) {
        const std::size_t size = draw(2) == 0 ? 3 : 5;
        const std::size_t leader = draw(size);
        Made made{size, leader};
        bool safe = true;
        for (std::size_t asset = 0; asset < 3; ++asset) {
            std::size_t good = size - 1;
            for (std::size_t holder = 1; holder < size; ++holder) {
                if (holder != leader && draw(4) == 0) {
                    made.copy(leader, asset, holder).lag = kInFlight + 1;
                    --good;
                }
            }
            safe = safe && good >= size / 2 + 1;
        }
        CHECK((made.answer().kind == Kind::safe) == safe);
    }
}

TEST_CASE("a server's view is read from /varz and /jsz") {
    const auto view =
        parse_server_view(R"({"server_id":"NA","server_name":"n0"})",
                          R"({"server_id":"NA","meta_cluster":{"leader":"n1","cluster_size":3},
            "account_details":[{"name":"A","id":"ABC","stream_detail":[{"name":"S",
              "config":{"num_replicas":3,"storage":"memory"},"state":{"last_seq":7},
              "cluster":{"leader":"n0","replicas":[
                {"name":"n1","current":true,"active":1500000000,"lag":2},
                {"name":"n2","current":false,"offline":true,"active":0}]},
              "consumer_detail":[{"name":"c","config":{"num_replicas":0},
                "cluster":{"leader":"n2"}},{"name":"d","config":{"num_replicas":1}}]}]}]})");
    REQUIRE(view);
    CHECK(view->name == "n0");
    CHECK(view->jetstream);
    CHECK(view->clustered);
    CHECK(view->cluster_size == 3);
    REQUIRE(view->assets.size() == 4);
    CHECK(view->assets[0].kind == Asset::Kind::meta);
    const Asset& stream = view->assets[1];
    CHECK(label_of(stream) == "stream S of account A");
    CHECK(stream.account_id == "ABC");
    CHECK(stream.in_memory);
    CHECK(stream.last_seq == 7);
    CHECK(stream.others[0].silent == milliseconds{1500});
    CHECK(stream.others[0].lag == 2);
    CHECK(stream.others[1].offline);
    CHECK(view->assets[2].replicas == 3);
    CHECK(view->assets[2].leader == "n2");
    CHECK(view->assets[3].replicas == 1);
    CHECK(parse_server_view("{}", "{}").error().kind == ErrorKind::protocol);
    CHECK(parse_server_view(R"({"server_id":"NA"})", "[]").error().kind == ErrorKind::protocol);
}

TEST_CASE("a stop token is read as it was written, whatever its holder is called") {
    // {"holder":"n\u00e9 \"1\""} in UTF-8
    const auto token = parse_stop_token(
        R"({"message":{"subject":"_ARC_SIDECAR.stop","seq":4,
            "data":"eyJob2xkZXIiOiJuw6kgXCIxXCIifQ==","time":"2026-12-01T05:07:52.5Z"}})");
    REQUIRE(token);
    CHECK(token->holder == "n\u00e9 \"1\"");
    CHECK(token->seq == 4);
    CHECK(token->taken == doctest::Approx(1796101672.5));
    CHECK(stop_token_text(token->holder) == "{\"holder\":\"n\u00e9 \\\"1\\\"\"}");
    CHECK(parse_stop_token(R"({"message":{"data":"?"}})")->holder.empty());
    const auto none =
        parse_stop_token(R"({"error":{"code":404,"err_code":10037,"description":"no message"}})");
    CHECK(none.error().err_code == 10037);
}

namespace {

Step step(ActionKind kind, std::int64_t replicas = 3) {
    Step made{.action = {.kind = kind, .object = "stream ORDERS", .detail = "subjects orders"},
              .declared = {},
              .changes = {},
              .raw_config = {}};
    made.declared.replicas = replicas;
    if (kind == ActionKind::change) {
        made.changes.push_back({});
    }
    return made;
}

ClusterConfig three_members() {
    ClusterConfig cluster;
    cluster.members.value = {{"n0", 0}, {"n1", 0}, {"n2", 0}};
    return cluster;
}

// What comes of a step at n0.
Action kept(Made made, Step one, std::vector<Step> others = {}, bool force = false) {
    made.view.self = made.view.members[0].view;
    std::vector<Step> steps{std::move(one)};
    std::ranges::move(others, std::back_inserter(steps));
    keep_to_cluster(steps, made.view, three_members(), {.force = force});
    return steps.front().action;
}

}  // namespace

TEST_CASE("beside the meta leader a missing stream is created, elsewhere it waits for that") {
    CHECK(kept(Made{3, 0}, step(ActionKind::create)).kind == ActionKind::create);
    for (const ActionKind kind : {ActionKind::create, ActionKind::change}) {
        const Action action = kept(Made{3, 1}, step(kind));
        CHECK(action.kind == ActionKind::refuse);
        CHECK(action.transient);
        CHECK_MESSAGE(action.detail.contains("the sidecar beside the meta leader n1 does it"),
                      action.detail);
        CHECK(kept(Made{3, 1}, step(kind), {}, true).kind == kind);
    }
    CHECK(kept(Made{3, 1}, step(ActionKind::same)).kind == ActionKind::same);
    Made none{3, 0};
    none.asset(0, 0).leader.clear();
    CHECK(kept(none, step(ActionKind::create)).detail.contains("no meta leader"));
}

TEST_CASE("the first creation waits for all declared members, a later one does not") {
    Made silent{3, 0};
    silent.fails(2, ErrorKind::refused);
    const Action action = kept(silent, step(ActionKind::create));
    CHECK(action.kind == ActionKind::refuse);
    CHECK(action.transient);
    CHECK_MESSAGE(action.detail.contains("n2:8222: refused"), action.detail);
    for (const ActionKind other : {ActionKind::same, ActionKind::change}) {
        CHECK(kept(silent, step(ActionKind::create), {step(other)}).kind == ActionKind::create);
    }
    Made small{3, 0};
    small.server(0).cluster_size = 2;
    CHECK(kept(small, step(ActionKind::create))
              .detail.contains("the meta group of n0:8222 has 2 of 3"));
    Made apart{3, 0};
    apart.asset(2, 0).leader = "n2";
    CHECK(kept(apart, step(ActionKind::create)).detail.contains("n2:8222 is in no cluster with"));
}

TEST_CASE("more replicas than members are refused for good") {
    for (const bool force : {false, true}) {
        const Action action = kept(Made{3, 0}, step(ActionKind::create, 5), {}, force);
        CHECK(action.kind == ActionKind::refuse);
        CHECK_FALSE(action.transient);
        CHECK(action.detail.contains("needs 5 replicas, and cluster.members has 3"));
    }
}

namespace {

ServerOptions clustered(std::vector<std::string> routes) {
    ServerOptions server;
    server.server_name = "n0";
    server.jetstream = server.clustered = true;
    server.routes = std::move(routes);
    return server;
}

preflight::Report inspected(const ServerOptions& server) {
    preflight::Report report;
    inspect_member(server, three_members(), report);
    return report;
}

}  // namespace

TEST_CASE("the configuration of a member fits what is declared") {
    const std::vector<std::string> all{"nats://n0:6222", "nats://u:p@n1.nats.svc:6222", "n2:6222"};
    CHECK(inspected(clustered(all)).warnings.empty());
    CHECK(inspected(clustered({all[1], all[2]})).warnings.empty());  // not to itself
    CHECK(inspected(clustered({"nats://nats:6222"})).warnings.empty());
    const auto elsewhere = inspected(clustered({"nats://n1:6222", "nats://other:6222"}));
    REQUIRE(elsewhere.warnings.size() == 1);
    CHECK(elsewhere.warnings.front().starts_with("cluster.members names n0, n2, to which"));
    CHECK(inspected(clustered({})).warnings.front().starts_with("`routes` of nats-server's"));
    ServerOptions server = clustered(all);
    server.server_name.clear();
    CHECK(inspected(server).refusals.front().starts_with("server_name is missing"));
    server.clustered = false;
    CHECK(inspected(server).refusals.empty());
    CHECK(inspected(server).warnings.front().starts_with("cluster.role is member, but"));
}

TEST_CASE("a member that runs with the name of this server is named") {
    preflight::Report report;
    Made made;
    made.fails(0, ErrorKind::refused);
    inspect_names(clustered({}), made.view, report);
    CHECK(report.warnings.empty());
    made.server(2).name = "n0";
    inspect_names(clustered({}), made.view, report);
    REQUIRE(report.warnings.size() == 1);
    CHECK(
        report.warnings.front().starts_with("the member at n2:8222 runs with the server_name n0"));
}

TEST_CASE("the host of a route") {
    CHECK(host_of_route("nats://u:p@nats-1:6222") == "nats-1");
    CHECK(host_of_route("nats://[::1]:6222/") == "::1");
    CHECK(host_of_route("tls://a.b:1?x=y@z") == "a.b");
    CHECK(host_of_route("nats-1:6222") == "nats-1");
    CHECK(host_of_route("").empty());
}

TEST_CASE("members that are not seen are named, and this server's own silence is not") {
    Made made;
    CHECK(member_finding(made.view)->code == "nats.member.ok");
    made.fails(2, ErrorKind::refused);
    const auto missing = member_finding(made.view);
    REQUIRE(missing);
    CHECK(missing->code == "nats.member.missing");
    CHECK(missing->text == "not all 3 members of the cluster are seen (n2:8222: refused)");
    made.view.self = std::unexpected(Error{ErrorKind::refused, "closed"});
    CHECK_FALSE(member_finding(made.view));
}

TEST_CASE("a member that the meta group lacks is named with its cure") {
    Made made;
    constexpr std::size_t kLeader = 1;
    std::erase_if(made.asset(kLeader, 0).others,
                  [](const Replica& each) { return each.server == "n2"; });
    const auto outside = member_finding(made.view);
    REQUIRE(outside);
    CHECK(outside->code == "nats.member.outside");
    CHECK(outside->text == "the leader n1 of the meta group has not taken n2 into it");
    CHECK(outside->advice == "Restart n2.");
}
