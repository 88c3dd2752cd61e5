#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "codes.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"
#include "redis/assess.hpp"
#include "redis_fixtures.hpp"

using namespace arc;
using namespace arc::redis;

namespace {

Answers good() {
    return fixtures::facts_from(fixtures::good_replies(), false);
}

Verdict assess(const Answers& server, const Config& config) {
    return redis::assess(Facts{.server = server, .volume = {}}, config, Level::unhealthy);
}

const Finding* find(const Verdict& verdict, std::string_view code) {
    const auto found = std::ranges::find(verdict.findings, testing::code(code), &Finding::code);
    return found == verdict.findings.end() ? nullptr : &*found;
}

Level level_of(const Answers& facts, const Config& config = default_config()) {
    return assess(facts, config).level();
}

std::string line_of(const Answers& facts, const Config& config = default_config()) {
    return headline(assess(facts, config));
}

}  // namespace

TEST_CASE("redis assess: a good server") {
    CHECK(line_of(good()) ==
          "ok: redis: Redis 8.0.2: appendonly yes, everysec; noeviction, 1.1 MiB of 512 MiB used");
    CHECK(assess(good(), default_config()).findings.size() >= 6);
}

TEST_CASE("redis assess: no access leaves one finding") {
    Answers facts;
    facts.ping_error = "NOAUTH Authentication required.";
    facts.info_error = facts.config_error = facts.ping_error;
    CHECK(line_of(facts) ==
          "unhealthy: redis: the server requires a password (NOAUTH), and none is set. Set "
          "`ARC_REDIS_PASSWORD_FILE`.");
    CHECK(assess(facts, default_config()).findings.size() == 1);
    facts.login = ErrorReply{"WRONGPASS invalid username-password pair or user is disabled."};
    CHECK(find(assess(facts, default_config()), "redis.authentication.failed") != nullptr);
    CHECK(level_of(facts) == Level::unhealthy);
}

TEST_CASE("redis assess: wrong credentials are unhealthy although the server is open") {
    Answers facts = good();
    facts.login = ErrorReply{"WRONGPASS invalid username-password pair or user is disabled."};
    CHECK(level_of(facts) == Level::unhealthy);
}

TEST_CASE("redis assess: a password that nobody asked for") {
    Answers facts = good();
    facts.login = ErrorReply{
        "ERR AUTH <password> called without any password configured for the default user. Are you "
        "sure?"};
    CHECK(level_of(facts) == Level::degraded);
    CHECK(find(assess(facts, default_config()), "redis.authentication.unneeded") != nullptr);
}

TEST_CASE("redis assess: loading") {
    Answers facts = good();
    facts.ping_error = "LOADING Redis is loading the dataset in memory";
    facts.loading = Loading{"63.12", 4};
    CHECK(line_of(facts) == "starting: redis: LOADING (AOF 63 %, about 4 s left). Wait.");
    facts.loading = Loading{"0.00", {}};
    facts.appendonly = false;
    CHECK(line_of(facts).starts_with("starting: redis: LOADING (RDB 0 %)"));
    facts.loading = Loading{};
    facts.appendonly = std::nullopt;
    CHECK(line_of(facts).starts_with("starting: redis: LOADING (? %)"));
    facts.loading = std::nullopt;  // INFO is forbidden
    CHECK(line_of(facts).starts_with("starting: redis: LOADING the data set"));
}

TEST_CASE("redis assess: every other error to PING is unhealthy, a missing permission is not") {
    for (const char* said :
         {"MISCONF of another kind", "BUSY Redis is busy running a script.",
          "MASTERDOWN Link with MASTER is down", "DENIED Redis is running in protected mode",
          "ERR max number of clients reached"}) {
        Answers facts = good();
        facts.ping_error = said;
        CHECK(level_of(facts) == Level::unhealthy);
        CHECK(line_of(facts).find(said) != std::string::npos);
    }
    Answers facts = good();
    facts.ping_error = "NOPERM User probe has no permissions to run the 'ping' command";
    CHECK(level_of(facts) == Level::degraded);
}

TEST_CASE("redis assess: appendonly off is as bad as the declaration is strong") {
    Answers facts = good();
    facts.appendonly = false;
    Config config = default_config();
    CHECK(level_of(facts, config) == Level::degraded);
    redis::config_of(config).appendonly.origin = {"ARC_REDIS_APPENDONLY", true};
    CHECK(level_of(facts, config) == Level::unhealthy);
    redis::config_of(config).appendonly.value = false;
    CHECK(level_of(facts, config) == Level::ok);
    facts.appendonly = true;  // more durable than declared: a difference, not a danger
    CHECK(level_of(facts, config) == Level::degraded);
}

TEST_CASE("redis assess: settings that differ name both values") {
    Answers facts = good();
    facts.appendfsync = "no";
    CHECK(
        line_of(facts) ==
        "degraded: redis: appendfsync is no, declared everysec. Set `appendfsync` in redis.conf.");
    facts = good();
    facts.maxmemory = 0;
    CHECK(line_of(facts).starts_with("degraded: redis: maxmemory is no limit, declared 512 MiB"));
    facts.maxmemory = 512LL * 1024 * 1024 + 1;  // the same when rounded
    CHECK(line_of(facts).starts_with(
        "degraded: redis: maxmemory is 536870913 bytes, declared 512 MiB"));
    facts = good();
    facts.maxmemory_policy = "allkeys-lru";
    CHECK(line_of(facts).starts_with(
        "degraded: redis: maxmemory-policy is allkeys-lru, declared noeviction"));
}

TEST_CASE("redis assess: full under noeviction from 95 % on") {
    Answers facts = good();
    facts.maxmemory = 3'145'728;
    Config config = default_config();
    redis::config_of(config).maxmemory.value = 3'145'728;
    facts.memory.used = 2'988'441;  // 94.99 %
    CHECK(level_of(facts, config) == Level::ok);
    facts.memory.used = 2'989'536;  // seen right after a refusal
    CHECK(level_of(facts, config) == Level::degraded);
    CHECK(line_of(facts, config).find("OOM") == std::string::npos);
    facts.memory.rejected_writes = 12;
    CHECK(line_of(facts, config).find("12 writes were rejected since the start (OOM)") !=
          std::string::npos);
    facts.memory.used = 1'000'000;  // the count is of the past
    CHECK(level_of(facts, config) == Level::ok);
    facts.memory.used = 9'000'000'000'000'000'000;
    CHECK(level_of(facts, config) == Level::degraded);
    facts.maxmemory_policy = redis::config_of(config).maxmemory_policy.value = "allkeys-lru";
    facts.memory.keys = 1;
    CHECK(level_of(facts, config) == Level::ok);
}

TEST_CASE("redis assess: writes that fail") {
    Answers facts = good();
    facts.aof_write_status = "err";
    CHECK(level_of(facts) == Level::unhealthy);
    facts = good();
    facts.aof_rewrite_status = "err";
    CHECK(level_of(facts) == Level::degraded);
    facts = good();
    facts.rdb_save_status = "err";
    CHECK(level_of(facts) == Level::degraded);
    facts = good();
    facts.aof_rewriting = true;
    CHECK(level_of(facts) == Level::ok);
}

TEST_CASE("redis assess: an append-only file whose first rewrite fails is on no disk") {
    Answers facts = good();
    facts.aof_bytes = 0;
    facts.aof_rewriting = true;
    CHECK(level_of(facts) == Level::degraded);
    CHECK(find(assess(facts, default_config()), "redis.aof.missing") != nullptr);
    facts.aof_rewrite_status = "err";  // tried again
    CHECK(level_of(facts) == Level::unhealthy);
    facts.aof_rewriting = false;
    facts.aof_rewrite_due = true;
    CHECK(level_of(facts) == Level::unhealthy);
    CHECK(line_of(facts).find("Do not restart the server") != std::string::npos);
    facts.aof_bytes = 4096;  // of an older file, or written behind the rewrite
    CHECK(level_of(facts) == Level::unhealthy);
    facts.aof_rewrite_due = false;
    facts.aof_rewriting = true;  // tried again, after writes that wait for its end
    facts.aof_base_bytes = 0;
    CHECK(level_of(facts) == Level::unhealthy);
    facts.aof_base_bytes = 4096;
    CHECK(level_of(facts) == Level::degraded);
    facts.aof_rewriting = false;
    facts.aof_rewrite_due = true;
    facts.saving = true;  // BGREWRITEAOF during BGSAVE waits, too
    CHECK(level_of(facts) == Level::degraded);
    CHECK(find(assess(facts, default_config()), "redis.aof.missing") == nullptr);
    facts.aof_rewrite_due = facts.saving = false;
    CHECK(find(assess(facts, default_config()), "redis.aof_rewrite.failed") != nullptr);
    // a file without a rewrite since the start is counted as 0 while it is empty
    facts.aof_bytes = 0;
    CHECK(find(assess(facts, default_config()), "redis.aof_rewrite.failed") != nullptr);
    facts.aof_rewrite_due = true;
    facts.appendonly = false;
    CHECK(find(assess(facts, default_config()), "redis.aof.missing") == nullptr);
}

TEST_CASE("redis assess: what could not be verified is named") {
    const std::string no_config =
        "NOPERM User probe has no permissions to run the 'config|get' command";
    Answers facts = good();
    facts.config_error = no_config;
    facts.appendfsync.reset();
    CHECK(line_of(facts) ==
          "degraded: redis: appendfsync not verifiable: no permission for CONFIG (NOPERM). "
          "Grant the user `+config|get`.");
    facts.config_error =
        "ERR unknown command 'CONFIG', with args beginning with: 'GET' 'appendonly' ";
    CHECK(line_of(facts) ==
          "degraded: redis: appendfsync not verifiable: CONFIG is renamed or disabled");
    Answers nothing;
    nothing.info_error = "NOPERM User probe has no permissions to run the 'info' command";
    nothing.config_error = no_config;
    const std::string line = line_of(nothing);
    CHECK(line.find("no permission for INFO and CONFIG (NOPERM)") != std::string::npos);
    CHECK(line.find(
              "appendonly, appendfsync, maxmemory, maxmemory-policy, memory, save errors, role not "
              "verifiable") != std::string::npos);
    CHECK(level_of(nothing) == Level::degraded);
}

TEST_CASE("redis assess: what no error explains is not ok either") {
    // Each field that the verdict needs, absent from INFO and CONFIG.
    const std::pair<const char*, const char*> needed[]{{"appendonly", "aof_enabled"},
                                                       {"appendfsync", ""},
                                                       {"maxmemory", "maxmemory"},
                                                       {"maxmemory-policy", "maxmemory_policy"},
                                                       {"memory", "used_memory"},
                                                       {"save errors", "aof_last_write_status"},
                                                       {"save errors", "rdb_last_bgsave_status"},
                                                       {"role", "role"}};
    for (const auto& [name, field] : needed) {
        auto replies = fixtures::good_replies();
        std::string& info = replies[1].text;
        if (const auto at = info.find("\n" + std::string(field) + ":");
            *field != '\0' && at != std::string::npos) {
            info.insert(at + 1, "other_");
        }
        for (Reply& reply : replies) {
            if (!reply.list.empty() && reply.list.front().text == name) {
                reply.list.clear();
            }
        }
        const Answers facts = fixtures::facts_from(replies, false);
        CHECK(level_of(facts) == Level::degraded);
        CHECK(line_of(facts) == fmt::format("degraded: redis: {} not verifiable: INFO and CONFIG "
                                            "do not report it",
                                            name));
    }
    auto replies = fixtures::good_replies();
    replies[1].text.clear();
    CHECK(level_of(fixtures::facts_from(replies, false)) == Level::degraded);
}

TEST_CASE("redis assess: full where eviction frees nothing") {
    Answers facts = good();
    facts.maxmemory = 100'000'000;
    facts.memory = {.used = 96'000'000, .needs = 900'000, .keys = 1000, .volatile_keys = 0};
    Config config = default_config();
    redis::config_of(config).maxmemory.value = *facts.maxmemory;
    const auto level_under = [&](const char* policy) {
        facts.maxmemory_policy = redis::config_of(config).maxmemory_policy.value = policy;
        return level_of(facts, config);
    };
    const auto line_under = [&](const char* policy) {
        level_under(policy);
        return line_of(facts, config);
    };
    for (const char* policy : {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
        facts.memory.volatile_keys = 0;
        CHECK(line_under(policy).starts_with(
            fmt::format("degraded: redis: the memory is full under {}, and 0 of 1000 keys have a "
                        "lifetime: 91.6 MiB of 95.4 MiB used (96 %). Raise",
                        policy)));
        facts.memory.volatile_keys = 49;
        CHECK(level_under(policy) == Level::degraded);
        facts.memory.volatile_keys = 50;
        CHECK(level_under(policy) == Level::ok);
        facts.memory.used = 94'999'999;
        facts.memory.volatile_keys = 0;
        CHECK(level_under(policy) == Level::ok);
        facts.memory.used = 96'000'000;
    }
    CHECK(level_under("allkeys-lru") == Level::ok);
    facts.memory.keys = 0;  // buffers use the memory
    CHECK(line_under("allkeys-lru").contains("full under allkeys-lru, and no key can be evicted"));
    CHECK(level_under("volatile-lru") == Level::degraded);
    facts.memory.keys = 1000;
    facts.memory.needs = 95'000'000;
    CHECK(line_under("allkeys-lru").contains("maxmemory is less than the server needs"));
    facts.memory.uncounted = 2'000'000;  // buffers of replicas
    CHECK(level_under("noeviction") == Level::ok);
    facts.memory.uncounted = 0;
    facts.master = Master{"10.0.0.5:6379", true, false, false};  // ignores its maxmemory
    CHECK(level_under("noeviction") == Level::ok);
    facts.replica_ignores_maxmemory = false;
    CHECK(level_under("noeviction") == Level::degraded);
}

TEST_CASE("redis assess: clients near their limit, and over it") {
    Answers facts = good();
    facts.clients = Clients{.connected = 94, .limit = 100};
    CHECK(level_of(facts) == Level::ok);
    facts.clients = Clients{.connected = 95, .limit = 100};
    CHECK(line_of(facts) ==
          "degraded: redis: 95 of 100 clients are connected, and the server rejects more. Raise "
          "`maxclients`, or close idle connections (`timeout`).");
    facts = fixtures::facts_from(std::vector{fixtures::error("ERR max number of clients reached")},
                                 false);
    const Verdict verdict = assess(facts, default_config());
    CHECK(verdict.findings.size() == 1);
    CHECK(headline(verdict).starts_with("unhealthy: redis: the server rejects clients: ERR max"));
    CHECK(passes(verdict, Purpose::live));
}

TEST_CASE("redis assess: writes that INFO reports as paused") {
    Answers facts = good();
    facts.paused_by = "FAILOVER";
    CHECK(line_of(facts).starts_with(
        "unhealthy: redis: the server answers reads and delays writes (FAILOVER). Find"));
    CHECK(passes(assess(facts, default_config()), Purpose::live));
}

TEST_CASE("redis assess: replicas") {
    Answers facts = good();
    facts.master = Master{"10.0.0.5:6379", true, false, true};
    CHECK(level_of(facts) == Level::degraded);
    facts.master->read_only = false;
    CHECK(level_of(facts) == Level::ok);
    facts.master->link_up = false;
    CHECK(line_of(facts).find("is down, so the data is old") != std::string::npos);
    CHECK(level_of(facts) == Level::degraded);
    facts.replica_serves_stale_data = false;  // Redis 6.2 answers PING all the same
    CHECK(line_of(facts).find("is down, so reads are rejected (MASTERDOWN)") != std::string::npos);
    CHECK(level_of(facts) == Level::unhealthy);
}

TEST_CASE("redis assess: a master that wants more replicas than keep up") {
    auto replies = fixtures::good_replies();
    replies[1].text += "min_slaves_good_slaves:1\r\n";
    fixtures::set(replies, "min-replicas-to-write", "1");
    CHECK(level_of(fixtures::facts_from(replies, false)) == Level::ok);
    fixtures::set(replies, "min-replicas-to-write", "2");
    CHECK(line_of(fixtures::facts_from(replies, false)) ==
          "degraded: redis: only 1 of 2 replicas keep up, so the server rejects writes "
          "(NOREPLICAS). Check the replicas, or lower `min-replicas-to-write`.");
    // without CONFIG at least one is wanted
    replies[1].text += "x:y\r\n";
    for (std::size_t i = 2; i < replies.size(); ++i) {
        replies[i] = fixtures::error("NOPERM no");
    }
    CHECK(line_of(fixtures::facts_from(replies, false)).contains("min-replicas-to-write not veri"));
    replies[1] = fixtures::text(std::string(fixtures::kInfo) + "min_slaves_good_slaves:0\r\n");
    CHECK(find(assess(fixtures::facts_from(replies, false), default_config()),
               "redis.replication.underreplicated") != nullptr);
    replies[1] = fixtures::text(fixtures::kInfo);  // no limit is in force
    CHECK(line_of(fixtures::facts_from(replies, false)).find("NOREPLICAS") == std::string::npos);
}

TEST_CASE("redis assess: a node is as good as its cluster") {
    Answers facts = good();
    facts.mode = "cluster";
    Cluster cluster{.up = true, .served = kSlots, .nodes = 3};
    facts.cluster = cluster;
    CHECK(level_of(facts) == Level::ok);
    cluster.served = 10923;
    facts.cluster = cluster;
    CHECK(line_of(facts) ==
          "degraded: redis: 10923 of 16384 slots served, so the other keys are unavailable. Run "
          "CLUSTER NODES.");
    cluster.up = false;
    facts.cluster = cluster;
    CHECK(line_of(facts) ==
          "unhealthy: redis: the cluster is down (10923 of 16384 slots served) and rejects writes "
          "(CLUSTERDOWN). Run CLUSTER NODES.");
    CHECK(passes(assess(facts, default_config()), Purpose::live));
    facts.cluster =
        ErrorReply{"NOPERM User probe has no permissions to run the 'cluster|info' command"};
    CHECK(line_of(facts) ==
          "degraded: redis: the cluster's state is not verifiable: no permission for CLUSTER INFO "
          "(NOPERM). Grant the user `+cluster|info`.");
}

TEST_CASE("redis assess: MISCONF names the cause, the disk and the remedy within a line") {
    Answers server = good();
    server.dir = "/data";
    VolumeFacts volume;
    volume.available = 0;
    const auto line = [&](const char* reply) {
        server.ping_error = reply;
        return headline(redis::assess(Facts{.server = server, .volume = volume}, default_config(),
                                      Level::unhealthy));
    };
    CHECK(line("MISCONF Errors writing to the AOF file: No space left on device") ==
          "unhealthy: redis: the server rejects writes (MISCONF), because it cannot write the AOF: "
          "No space left on device (/data has 0 B free). Do not restart the server. Free disk "
          "space, and it recovers.");
    CHECK(line("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to "
               "persist to disk. Commands that may modify the data set are disabled") ==
          "unhealthy: redis: the server rejects writes (MISCONF), because it cannot save a "
          "snapshot (/data has 0 B free). Do not restart the server. Free disk space, and it "
          "recovers.");
}

TEST_CASE("redis assess: where it cannot save, the disk is named") {
    Answers server = good();
    server.dir = "/data";
    server.rdb_save_status = "err";
    VolumeFacts volume;
    volume.available = 0;
    const Verdict verdict = redis::assess(Facts{.server = server, .volume = volume},
                                          default_config(), Level::unhealthy);
    CHECK(headline(verdict).starts_with(
        "degraded: redis: the last RDB save failed (/data has 0 B free). "));
}

TEST_CASE("redis assess: no answer is a stage while the agent is at it") {
    const Facts silent{.server = fail(ErrorKind::refused, "refused"), .volume = {}};
    CHECK(redis::assess(silent, default_config(), Level::starting).level() == Level::starting);
    CHECK(redis::assess(silent, default_config(), Level::unhealthy).level() == Level::unhealthy);
    const Facts foreign{.server = fail(ErrorKind::protocol, "no RESP"), .volume = {}};
    CHECK(redis::assess(foreign, default_config(), Level::starting).level() == Level::unhealthy);
}

TEST_CASE("redis assess: a write that is held back while reads are answered") {
    Answers facts = good();
    facts.canary = Unacknowledged{};
    const Verdict verdict = assess(facts, default_config());
    CHECK(headline(verdict).starts_with(
        "unhealthy: redis: the server answers reads and delays writes (CLIENT PAUSE or "
        "FAILOVER). Find"));
    CHECK(passes(verdict, Purpose::live));
}

TEST_CASE("redis assess: another node's key is no failure of the canary") {
    Answers facts = good();
    facts.canary = ErrorReply{"MOVED 8033 127.0.0.1:7002"};
    CHECK(level_of(facts) == Level::ok);
    facts.canary = ErrorReply{"CLUSTERDOWN Hash slot not served"};
    CHECK(level_of(facts) == Level::unhealthy);
}

TEST_CASE("redis assess: a Sentinel leaves one finding") {
    Answers facts = good();
    facts.mode = "sentinel";
    CHECK(assess(facts, default_config()).findings.size() == 1);
    CHECK(level_of(facts) == Level::unhealthy);
    CHECK(line_of(facts).find("a Sentinel, which stores no data") != std::string::npos);
}

TEST_CASE("redis assess: who can connect matters in the service's own image") {
    Config image = default_config();
    image.service.value = "redis";
    Answers facts = good();
    for (const char* bind : {"127.0.0.1", "127.0.0.1 -::1", "::1", "127.0.0.1  127.1.2.3"}) {
        facts.bind = bind;
        CHECK(level_of(facts, image) == Level::degraded);
        CHECK(level_of(facts) == Level::ok);
    }
    for (const char* bind : {"", "* -::*", "127.0.0.1 10.0.0.3", "0.0.0.0"}) {
        facts.bind = bind;
        CHECK(level_of(facts, image) == Level::ok);
    }
    facts.protected_mode = true;
    CHECK(level_of(facts, image) == Level::degraded);
    facts.login = Done{};  // the default user has a password
    CHECK(level_of(facts, image) == Level::ok);
    facts.bind = std::nullopt;
    CHECK(level_of(facts, image) == Level::ok);
}

TEST_CASE("redis assess: every first line is short") {
    Answers facts = good();
    facts.ping_error = "ERR " + std::string(5000, 'x');
    CHECK(line_of(facts).size() < 200);
}

namespace {

Replication as_master(std::string run_id) {
    return {.run_id = std::move(run_id),
            .uptime = 1000,
            .link = {},
            .replicas = {{.at = {"10.0.0.2", 6379}, .online = true, .offset = 5, .lag = 0},
                         {.at = {"10.0.0.3", 6379}, .online = true, .offset = 5, .lag = 1}}};
}

Replication as_replica(std::string run_id) {
    return {.run_id = std::move(run_id),
            .uptime = 1000,
            .link = Link{.master = {"10.0.0.1", 6379}, .up = true, .percent = {}},
            .replicas = {}};
}

SetFacts set_of(Replication own) {
    SetFacts set{.own = std::move(own), .members = {}, .sentinels = {}, .named = {}, .lag = {}};
    set.members.push_back({"n1:6379", as_master("one")});
    set.members.push_back({"n2:6379", as_replica("two")});
    set.members.push_back({"n3:6379", as_replica("three")});
    return set;
}

resp::MasterAnswers sentinels(const char* flags) {
    const resp::WatchedMaster named{.at = {"10.0.0.1", 6379}, .flags = flags};
    return {std::optional{named}, std::optional{named}, fail(ErrorKind::refused, "s3: refused")};
}

std::string code_of(const SetFacts& set, const Config& config = default_config()) {
    const Verdict verdict =
        redis::assess(Facts{.server = good(), .volume = {}, .set = set}, config, Level::unhealthy);
    const Finding* worst = verdict.worst();
    return fmt::format("{} {}", to_string(verdict.level()),
                       verdict.level() == Level::ok ? "" : worst->code.text());
}

}  // namespace

TEST_CASE("redis set: a replica is as good as its link") {
    SetFacts set = set_of(as_replica("two"));
    Link& link = *set.own.link;
    CHECK(code_of(set) == "ok ");
    link.syncing = true;
    link.up = false;
    CHECK(code_of(set) == "starting redis.replication.syncing");
    link.syncing = false;
    link.down_seconds = 14;
    CHECK(code_of(set) == "degraded redis.replication.disconnected");
    link.down_seconds = 15;
    CHECK(code_of(set) == "unhealthy redis.replication.disconnected");
    link.never_synced = true;
    CHECK(code_of(set) == "unhealthy redis.replication.unsynced");
    set.own.uptime = 59;
    CHECK(code_of(set) == "starting redis.replication.unsynced");
}

TEST_CASE("redis set: a replica that rejects reads is unhealthy at once") {
    SetFacts set = set_of(as_replica("two"));
    set.own.link->up = false;
    Answers server = good();
    server.replica_serves_stale_data = false;
    const Verdict verdict = redis::assess(Facts{.server = server, .volume = {}, .set = set},
                                          default_config(), Level::unhealthy);
    CHECK(verdict.level() == Level::unhealthy);
    CHECK(headline(verdict).contains("reads are rejected (MASTERDOWN)"));
}

TEST_CASE("redis set: a lag is judged by the time that it had to end") {
    using std::chrono::milliseconds;
    SetFacts set = set_of(as_replica("two"));
    set.lag = Lag{.bytes = 0, .waited = milliseconds{0}};
    CHECK(code_of(set) == "ok ");
    set.lag = Lag{.bytes = 1, .waited = milliseconds{999}};
    CHECK(code_of(set) == "degraded redis.replication.lagging");
    set.lag = Lag{.bytes = 1, .waited = milliseconds{1'000}};
    CHECK(code_of(set) == "unhealthy redis.replication.lagging");
}

TEST_CASE("redis set: a master counts its replicas") {
    SetFacts set = set_of(as_master("one"));
    CHECK(code_of(set) == "ok ");
    set.own.replicas[1].lag = 3;
    CHECK(code_of(set) == "degraded redis.replica.missing");
}

TEST_CASE("redis set: no master") {
    SetFacts set = set_of(as_replica("two"));
    const auto unknown = fail(ErrorKind::timeout, "n1: no answer");
    set.members[0].answer = as_replica("one");
    CHECK(code_of(set) == "unhealthy redis.master.missing");
    set.members[0].answer = unknown;
    CHECK(code_of(set) == "unhealthy redis.master.missing");
    // The Sentinels may reach a member that does not answer here.
    set.sentinels = sentinels("master,s_down");
    CHECK(code_of(set) == "ok ");
    set.sentinels = sentinels("master,s_down,o_down");
    CHECK(code_of(set) == "unhealthy redis.master.missing");
}

TEST_CASE("redis set: two masters") {
    SetFacts set = set_of(as_replica("three"));
    set.members[1].answer = as_master("two");
    CHECK(code_of(set) == "unhealthy redis.master.duplicate");
    set.members[1].answer = as_master("one");  // one server, declared twice
    CHECK(code_of(set) == "ok ");
    set = set_of(as_master("two"));
    set.sentinels = sentinels("master");
    CHECK(code_of(set) == "unhealthy redis.master.duplicate");
    set.named = as_master("one");
    CHECK(code_of(set) == "unhealthy redis.master.conflicting");
    set.named = as_master("two");
    CHECK(code_of(set) == "unhealthy redis.master.duplicate");
}

TEST_CASE("redis set: Sentinels without a majority") {
    SetFacts set = set_of(as_master("one"));
    set.sentinels = sentinels("master");
    CHECK(code_of(set) == "ok ");
    set.sentinels[1] = fail(ErrorKind::refused, "s2: refused");
    CHECK(code_of(set) == "degraded redis.sentinel.missing");
}

TEST_CASE("redis assess: min-replicas-to-write is compared if it is declared") {
    Answers facts = good();
    facts.replicas_wanted = 0;
    Config config = default_config();
    redis::config_of(config).min_replicas.value = 1;
    CHECK(level_of(facts, config) == Level::ok);
    redis::config_of(config).min_replicas.origin = {"ARC_REDIS_MIN_REPLICAS", true};
    CHECK(line_of(facts, config) ==
          "degraded: redis: min-replicas-to-write is 0, declared 1. Set `min-replicas-to-write` in "
          "redis.conf.");
    facts.replicas_wanted = std::nullopt;
    CHECK(find(assess(facts, config), "redis.info.unavailable") != nullptr);
}
