#include <doctest/doctest.h>

#include <algorithm>

#include "codes.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"
#include "nats/assess.hpp"
#include "nats/differences.hpp"
#include "nats/findings.hpp"

using namespace arc;
using namespace arc::nats;
using std::chrono::hours;

namespace {

constexpr std::int64_t kGiB = 1024LL * 1024 * 1024;

Config config() {
    return default_config();
}

// A server on which all is well.
Facts good_facts() {
    JetStreamRunning running{.streams = {}, .account = AccountUse{}};
    const Config declared = config();
    for (const StreamSpec& spec : config_of(declared).streams) {
        Stream stream;
        stream.spec = normalized(spec);
        running.streams.emplace_back(std::move(stream));
    }
    const Varz varz{.version = "2.10.27",
                    .server_id = "N",
                    .port = 4222,
                    .clients = 0,
                    .jetstream = Storage{.store_dir = "/data/jetstream",
                                         .file = {.used = 1000, .reserved = 0, .limit = kGiB},
                                         .memory = {.used = 0, .reserved = 0, .limit = kGiB}}};
    VolumeFacts store;
    store.available = 12 * kGiB;
    return {.jetstream = running,
            .monitor = MonitorFacts{{200, true, {}}, varz},
            .canary = {},
            .store = store,
            .max_payload = 1024 * 1024};
}

StreamState& stream_of(Facts& facts, std::size_t index) {
    return std::get<JetStreamRunning>(*facts.jetstream).streams.at(index);
}

MonitorFacts& monitor_of(Facts& facts) {
    return std::get<MonitorFacts>(facts.monitor);
}

Storage& storage_of(Facts& facts) {
    return *monitor_of(facts).varz.jetstream;
}

std::string line(const Facts& facts, const Config& declared = config(),
                 Level absent = Level::unhealthy) {
    return headline(assess(facts, declared, absent));
}

const Finding* find(const Verdict& verdict, std::string_view code) {
    const auto found = std::ranges::find(verdict.findings, testing::code(code), &Finding::code);
    return found == verdict.findings.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("nats assess: all is well") {
    const Verdict verdict = assess(good_facts(), config(), Level::unhealthy);
    CHECK(verdict.level() == Level::ok);
    CHECK(headline(verdict) ==
          "ok: nats: nats-server 2.10.27: 3 streams as declared, JetStream on /data/jetstream, 12 "
          "GiB free");
    CHECK(std::ranges::count(verdict.findings, nats::NatsCode("nats.stream.ok"), &Finding::code) ==
          3);
}

TEST_CASE("nats assess: JetStream off") {
    Facts facts = good_facts();
    facts.jetstream = JetStreamDisabled{};
    monitor_of(facts).varz.jetstream.reset();
    CHECK(line(facts).starts_with(
        "unhealthy: nats: JetStream is off, or has shut itself down. Start the server with `-js`"));
    facts.jetstream = JetStreamDisabled{"JetStream not enabled for account", "APP"};
    CHECK(line(facts).find("JetStream is off for the account APP (JetStream not enabled for "
                           "account). Add `jetstream: enabled` to the account APP") !=
          std::string::npos);
    CHECK(find(assess(facts, config(), Level::unhealthy), "nats.stream.missing") == nullptr);
}

TEST_CASE("nats assess: a missing stream is unhealthy, or starting while the agent is at it") {
    Facts facts = good_facts();
    stream_of(facts, 1) = Missing{};
    CHECK(line(facts) ==
          "unhealthy: nats: stream AGENT_EVENTS is missing. Run `arc-sidecar bootstrap nats`.");
    CHECK(line(facts, config(), Level::starting) ==
          "starting: nats: stream AGENT_EVENTS is missing, and the agent creates it");
}

TEST_CASE("nats assess: drift is degraded, field by field") {
    Facts facts = good_facts();
    std::get<Stream>(stream_of(facts, 1)).spec.max_age = hours{24};
    std::get<Stream>(stream_of(facts, 1)).spec.max_bytes = 1024;
    const Verdict verdict = assess(facts, config(), Level::unhealthy);
    CHECK(headline(verdict) ==
          "degraded: nats: max_age of stream AGENT_EVENTS is 24h, declared 168h. Run `arc-sidecar "
          "bootstrap nats --dry-run`.");
    CHECK(std::ranges::count(verdict.findings, nats::NatsCode("nats.stream.drift"),
                             &Finding::code) == 2);
}

TEST_CASE("nats assess: an error of one stream") {
    Facts facts = good_facts();
    stream_of(facts, 0) = ApiError{10118, "stream is offline"};
    CHECK(line(facts) ==
          "unhealthy: nats: stream AGENT_COMMANDS has an error (stream is offline (err_code "
          "10118)). Check the server's log.");
}

TEST_CASE("nats assess: a stream of a cluster without its leader, or without some of its copies") {
    Facts facts = good_facts();
    Copies& copies = std::get<Stream>(stream_of(facts, 1)).copies;
    copies = {.leaderless = false, .servers = {"n0", "n1", "n2"}, .lost = {"n2"}};
    CHECK(line(facts) ==
          "degraded: nats: stream AGENT_EVENTS has lost 1 of 3 replicas (n2). Check the servers "
          "that the finding names.");
    copies.leaderless = true;
    CHECK(line(facts) ==
          "unhealthy: nats: stream AGENT_EVENTS has no leader among n0, n1, n2 and accepts no "
          "message. Check the servers that the finding names.");
    CHECK(assess(facts, config(), Level::starting).level() == Level::starting);
    CHECK(passes(assess(facts, config(), Level::unhealthy), Purpose::live));
}

TEST_CASE("nats assess: a stream of which nothing is heard, beside others") {
    Facts facts = good_facts();
    stream_of(facts, 1) = Silent{};
    CHECK(line(facts) ==
          "unhealthy: nats: stream AGENT_EVENTS does not answer, but others do. Check the server "
          "that stores it.");
    CHECK(find(assess(facts, config(), Level::unhealthy), "nats.stream.missing") == nullptr);
    CHECK(passes(assess(facts, config(), Level::unhealthy), Purpose::live));
}

TEST_CASE("nats assess: a stream that may not be asked about, beside others") {
    Facts facts = good_facts();
    stream_of(facts, 0) =
        Denied{"-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"'"};
    const Verdict verdict = assess(facts, config(), Level::unhealthy);
    CHECK(
        headline(verdict) ==
        "unhealthy: nats: -ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"', "
        "so stream AGENT_COMMANDS cannot be verified. Permit publishing to $JS.API.STREAM.INFO.A.");
    const Config declared = config();
    CHECK(std::ranges::count(verdict.findings, nats::NatsCode("nats.stream.ok"), &Finding::code) +
              1 ==
          std::ssize(config_of(declared).streams));
}

TEST_CASE("nats assess: a stream that a failed write has left stuck") {
    Facts facts = good_facts();
    monitor_of(facts).health = {
        503,
        true,
        {{"JetStream stream '$G > OTHER' write error: no space", HealthProblem::Stuck{"OTHER"}}}};
    CHECK(line(facts) ==
          "unhealthy: nats: JetStream stream '$G > OTHER' write error: no space. Free disk space, "
          "then restart the server.");
}

TEST_CASE("nats assess: JetStream alone is silent, in the monitor's words where it has some") {
    Facts facts = good_facts();
    facts.jetstream = JetStreamSilent{"127.0.0.1:4222 answers PING and no request within 3s"};
    CHECK(
        line(facts).starts_with("unhealthy: nats: JetStream does not answer (127.0.0.1:4222 "
                                "answers PING and no request within 3s). Check"));
    CHECK(passes(assess(facts, config(), Level::unhealthy), Purpose::live));
    CHECK(find(assess(facts, config(), Level::unhealthy), "nats.stream.missing") == nullptr);
    monitor_of(facts).health = {
        .status = 503,
        .complete = true,
        .problems = {{"no contact with a meta leader", HealthProblem::Recovering{}}}};
    CHECK(line(facts).starts_with(
        "unhealthy: nats: JetStream does not answer (no contact with a meta leader). Check"));
    CHECK(assess(facts, config(), Level::starting).level() == Level::starting);
}

TEST_CASE("nats assess: no monitoring port") {
    Facts facts = good_facts();
    facts.monitor = Error{ErrorKind::refused, "127.0.0.1:8222 refused the connection"};
    facts.store = {};
    CHECK(line(facts) ==
          "degraded: nats: the monitoring port 8222 is closed, the client port 4222 answers. Start "
          "the server with `-m` or `http_port`.");
    facts.monitor = Error{ErrorKind::timeout, "127.0.0.1:8222 did not answer within 3s"};
    CHECK(line(facts).starts_with(
        "degraded: nats: the client port 4222 answers, but not the monitoring port (127.0.0.1:8222 "
        "did not answer within 3s). Check"));
}

TEST_CASE("nats assess: a damaged stream, declared or not, is named and is not merely missing") {
    Facts facts = good_facts();
    stream_of(facts, 0) = Missing{};
    monitor_of(facts).health = {503,
                                true,
                                {{"JetStream stream '$G > AGENT_COMMANDS' could not be recovered",
                                  HealthProblem::Damaged{"AGENT_COMMANDS"}}}};
    Verdict verdict = assess(facts, config(), Level::starting);
    CHECK(headline(verdict).starts_with(
        "unhealthy: nats: JetStream stream '$G > AGENT_COMMANDS' could not be recovered. Restore"));
    CHECK(find(verdict, "nats.stream.missing") == nullptr);
    facts = good_facts();
    monitor_of(facts).health = {503,
                                true,
                                {{"JetStream stream '$G > OTHER' could not be recovered",
                                  HealthProblem::Damaged{"OTHER"}}}};
    CHECK(line(facts).starts_with(
        "unhealthy: nats: JetStream stream '$G > OTHER' could not be recovered"));
}

TEST_CASE("nats assess: a server that recovers is starting") {
    Facts facts = good_facts();
    monitor_of(facts).health = {
        503,
        true,
        {{"JetStream is not current with the meta leader", HealthProblem::Recovering{}}}};
    CHECK(line(facts) ==
          "starting: nats: JetStream is not current with the meta leader. Wait: it ends without "
          "help.");
    facts.jetstream = fail(ErrorKind::refused, "127.0.0.1:4222: Connection refused");
    CHECK(line(facts) ==
          "starting: nats: the client port 4222 is not open yet, because JetStream is recovering. "
          "Wait: it ends without help.");
}

TEST_CASE("nats assess: a server in lame duck mode is not one that recovers") {
    Facts facts = good_facts();
    facts.jetstream = fail(ErrorKind::refused, "127.0.0.1:4222: Connection refused");
    monitor_of(facts).health = {
        500,
        true,
        {{"failed to be ready for connections after 1ms: server", HealthProblem::Recovering{}}}};
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::starting);
    monitor_of(facts).varz.clients = 2;
    CHECK(line(facts) ==
          "unhealthy: nats: the client port 4222 is closed, and 2 clients are still connected "
          "(lame duck mode). Start the server again, unless another program does.");
    CHECK(passes(assess(facts, config(), Level::unhealthy), Purpose::live));
}

TEST_CASE("nats assess: a cluster without a leader is a stage only at the start") {
    Facts facts = good_facts();
    monitor_of(facts).health = {
        503, true, {{"no contact with a meta leader", HealthProblem::Leaderless{}}}};
    CHECK(line(facts) ==
          "unhealthy: nats: no contact with a meta leader. Check the other servers.");
    CHECK(line(facts, config(), Level::starting) ==
          "starting: nats: no contact with a meta leader");
}

TEST_CASE("nats assess: the client port is elsewhere") {
    Facts facts = good_facts();
    monitor_of(facts).varz.port = 4333;
    facts.jetstream = fail(ErrorKind::refused, "127.0.0.1:4222: Connection refused");
    CHECK(line(facts) ==
          "unhealthy: nats: 127.0.0.1:4222: Connection refused. Correct ARC_NATS_URL: the server "
          "listens for clients on port 4333.");
}

TEST_CASE("nats assess: no answer") {
    Facts facts;
    facts.jetstream = fail(ErrorKind::refused, "127.0.0.1:4222: Connection refused");
    facts.monitor = Error{ErrorKind::refused, "x"};
    CHECK(
        line(facts).starts_with("unhealthy: nats: 127.0.0.1:4222: Connection refused. Check that "
                                "the server runs, and ARC_NATS_URL."));
    CHECK(line(facts, config(), Level::starting)
              .starts_with("starting: nats: 127.0.0.1:4222: Connection refused"));
    facts.jetstream = fail(ErrorKind::protocol, "127.0.0.1:4222 does not speak NATS");
    CHECK(line(facts, config(), Level::starting)
              .starts_with("unhealthy: nats: 127.0.0.1:4222 does not speak NATS"));
}

TEST_CASE("nats assess: access") {
    Facts facts;
    facts.jetstream = fail(ErrorKind::auth, "Authorization Violation");
    Config declared = config();
    CHECK(line(facts, declared, Level::starting)
              .starts_with("unhealthy: nats: the server requires credentials (Authorization "
                           "Violation). Set ARC_NATS_USER"));
    config_of(declared).user.value = "me";
    CHECK(line(facts, declared).find("rejects user 'me'") != std::string::npos);
    config_of(declared).token.value = Secret{"t0ken"};
    CHECK(line(facts, declared).find("rejects the token") != std::string::npos);
    CHECK(line(facts, declared).find("t0ken") == std::string::npos);
    facts.jetstream = fail(ErrorKind::permission,
                           "-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"'");
    CHECK(line(facts).starts_with(
        "unhealthy: nats: -ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"', "
        "so the streams cannot be verified. Permit publishing to $JS.API.STREAM.INFO.A."));
    facts.monitor = good_facts().monitor;
    const Verdict limited = assess(facts, declared, Level::unhealthy);
    REQUIRE(find(limited, "nats.health.ok") != nullptr);  // the monitoring port needs no permission
    CHECK(find(limited, "nats.health.ok")->level == Level::ok);
    monitor_of(facts).varz.jetstream.reset();
    CHECK(find(assess(facts, declared, Level::unhealthy), "nats.jetstream.disabled") != nullptr);
}

TEST_CASE("nats assess: room on the disk") {
    Facts facts = good_facts();
    facts.store.available = 100 * 1024 * 1024;
    CHECK(
        line(facts).starts_with("degraded: nats: the disk of store /data/jetstream has 100 MiB "
                                "free, less than nats.min_free 512 MiB. Free"));
    facts.store.available = 4096;
    CHECK(line(facts).starts_with(
        "unhealthy: nats: the disk of store /data/jetstream is full (4096 bytes free). Free"));
    facts.store.available.reset();
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::ok);
    Config declared = config();
    config_of(declared).min_free.origin = {"test", true};
    CHECK(line(facts, declared)
              .starts_with("degraded: nats: nats.min_free cannot be verified, because the store "
                           "/data/jetstream cannot be seen from here"));
}

TEST_CASE("nats assess: JetStream's own limits") {
    Facts facts = good_facts();
    storage_of(facts).file = {960, 0, 1000};
    CHECK(line(facts).starts_with("degraded: nats: JetStream's storage is 96 % used"));
    storage_of(facts).file = {940, 0, 1000};
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::ok);
    storage_of(facts).memory = {1000, 0, 1000};
    CHECK(line(facts).starts_with("degraded: nats: JetStream's memory is 100 % used"));
    storage_of(facts).memory = {0, 0, 0};
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::ok);
}

TEST_CASE("nats assess: where the store is") {
    Facts facts = good_facts();
    Config declared = config();
    config_of(declared).data_dir.value = "/data";
    CHECK(line(facts, declared) ==
          "degraded: nats: nats.data_dir cannot be verified, because the store /data/jetstream "
          "cannot be seen from here. Run `check` beside the server, or do not declare the setting "
          "here.");
    facts.store.mounted = false;
    CHECK(line(facts, declared)
              .starts_with("unhealthy: nats: the declared volume /data is not a mount"));
    facts.store.mounted = true;
    facts.store.filesystem = "ext4";
    CHECK(assess(facts, declared, Level::unhealthy).level() == Level::ok);
    facts.store.filesystem = "tmpfs";
    CHECK(
        line(facts, declared).starts_with("degraded: nats: the declared volume /data is a tmpfs"));
    storage_of(facts).store_dir = "/tmp/nats/jetstream";
    CHECK(line(facts, declared)
              .starts_with("unhealthy: nats: the store /tmp/nats/jetstream is not on the declared "
                           "volume /data. Set store_dir (-sd) to /data."));
    facts = good_facts();
    facts.store.real_store = "/elsewhere/jetstream";  // a symbolic link
    facts.store.real_data_dir = "/data";
    facts.store.mounted = true;
    CHECK(line(facts, declared).find("not on the declared volume") != std::string::npos);
}

TEST_CASE(
    "nats: our own want of threads or descriptors is about the sidecar, at the client port as at "
    "the monitor") {
    Facts facts = good_facts();
    facts.monitor = Error{ErrorKind::shortage, "127.0.0.1:8222: Too many open files"};
    const Verdict monitor = assess(facts, config(), Level::unhealthy);
    CHECK(monitor.level() == Level::degraded);
    REQUIRE(find(monitor, "sidecar.resources.exhausted") != nullptr);
    facts.jetstream = fail(ErrorKind::shortage, "no thread or no memory to start the NATS library");
    const Verdict client = assess(facts, config(), Level::unhealthy);
    CHECK(
        headline(client).starts_with("degraded: nats: the sidecar itself ran out of a resource, so "
                                     "the server was not queried: no thread or no memory"));
    CHECK(passes(client, Purpose::live));
    CHECK(assess(facts, config(), Level::starting).level() == Level::starting);
}

TEST_CASE("nats assess: a stream that clients cannot use as declared is unhealthy") {
    Facts facts = good_facts();
    auto& stream = std::get<Stream>(stream_of(facts, 1));
    stream.others = {{"sealed", "yes"}};
    CHECK(line(facts).starts_with(
        "unhealthy: nats: stream AGENT_EVENTS is sealed and accepts no message. Run"));
    stream.others = {{"republish", R"({"dest":"x"})"}};
    CHECK(
        line(facts).starts_with("degraded: nats: republish of stream AGENT_EVENTS is "
                                "{\"dest\":\"x\"}, declared none. Run"));
}

TEST_CASE("nats assess: full and nearly full streams, if they discard new messages") {
    struct Row {
        void (*change)(Stream&);
        const char* text;  // empty: ok
    };
    const Row rows[] = {
        {[](Stream& s) { s.use.messages = 1000; },
         "stream A is full (1,000 of 1,000 messages, max_msgs, discard=new)"},
        {[](Stream& s) { s.use.messages = 950; },
         "stream A is nearly full (950 of 1,000 messages, max_msgs, discard=new)"},
        {[](Stream& s) { s.use.messages = 949; }, ""},
        {[](Stream& s) { s.use.messages = 1000, s.spec.discard = "old"; }, ""},
        {[](Stream& s) { s.use.bytes = 2000000; },
         "stream A is full (2,000,000 of 2,000,000 bytes, max_bytes, discard=new)"},
        {[](Stream& s) { s.use.largest_subject = 7; }, ""},
        {[](Stream& s) { s.use.largest_subject = 7, s.discard_new_per_subject = true; },
         "a subject of stream A is full (7 of 7 messages, max_msgs_per_subject, discard=new)"},
        {[](Stream& s) { s.use.consumers = 2; },
         "stream A is full (2 of 2 consumers, max_consumers)"},
    };
    for (const Row& row : rows) {
        Stream stream;
        stream.spec.name = "A";
        stream.spec.discard = "new";
        stream.spec.max_msgs = 1000;
        stream.spec.max_bytes = 2000000;
        stream.spec.max_msgs_per_subject = 7;
        stream.spec.max_consumers = 2;
        row.change(stream);
        Config declared = config();
        config_of(declared).streams = {stream.spec};
        stream.spec = normalized(stream.spec);
        Facts facts = good_facts();
        facts.jetstream = JetStreamRunning{.streams = {stream}, .account = AccountUse{}};
        const Verdict verdict = assess(facts, declared, Level::unhealthy);
        CAPTURE(headline(verdict));
        CHECK(verdict.level() == (*row.text == '\0' ? Level::ok : Level::degraded));
        CHECK(headline(verdict).contains(row.text));
    }
}

TEST_CASE("nats assess: the limits of the account that the declared streams use") {
    Facts facts = good_facts();
    auto& running = std::get<JetStreamRunning>(*facts.jetstream);
    const Usage full{.used = 1000, .reserved = 0, .limit = 1024};
    running.account =
        AccountUse{{{.replicas = 0, .file = {}, .memory = full, .max_consumers = {}}}};
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::ok);  // no stream in memory
    running.account =
        AccountUse{{{.replicas = 3, .file = full, .memory = {}, .max_consumers = {}}}};
    CHECK(assess(facts, config(), Level::unhealthy).level() == Level::ok);  // none with 3 replicas
    running.account =
        AccountUse{{{.replicas = 1, .file = full, .memory = {}, .max_consumers = {}}}};
    CHECK(
        line(facts).starts_with("degraded: nats: the account has used 1000 B of its 1 KiB of file "
                                "storage. Raise the limit of the account"));
    std::get<Stream>(running.streams[0]).use.consumers = 6;
    running.account = AccountUse{{{.replicas = 0, .file = {}, .memory = {}, .max_consumers = 6}}};
    CHECK(
        line(facts).starts_with("degraded: nats: stream AGENT_COMMANDS is full (6 of 6 consumers, "
                                "max_consumers of the account). "));
    running.account = Denied{"-ERR 'Permissions Violation for Publish to \"$JS.API.INFO\"'"};
    CHECK(line(facts).starts_with("degraded: nats: -ERR"));
    CHECK(line(facts).ends_with("Permit publishing to $JS.API.INFO."));
}

TEST_CASE("nats assess: a message limit of the server below the declared one") {
    Facts facts = good_facts();
    facts.max_payload = 1024;
    Config declared = config();
    config_of(declared).streams[0].max_msg_size = 2048;
    std::get<Stream>(stream_of(facts, 0)).spec.max_msg_size = 2048;
    CHECK(line(facts, declared) ==
          "degraded: nats: max_msg_size of stream AGENT_COMMANDS is 1 KiB by max_payload of the "
          "server, declared 2 KiB. Raise max_payload.");
}

TEST_CASE("nats assess: a cluster without a leader is named first") {
    Facts facts = good_facts();
    facts.jetstream = JetStreamSilent{"no answer about any stream"};
    monitor_of(facts).health = {
        503, true, {{"no contact with a meta leader", HealthProblem::Leaderless{}}}};
    CHECK(assess(facts, config(), Level::unhealthy).findings.front().code ==
          testing::code("nats.cluster.leaderless"));
}

TEST_CASE("nats assess: a member waits for elections for a while after its start") {
    Facts facts = good_facts();
    Config member = config();
    member.cluster.role.value = "member";
    const auto level = [&](std::chrono::milliseconds uptime, const Config& declared) {
        monitor_of(facts).varz.uptime = uptime;
        return assess(facts, declared, Level::unhealthy).level();
    };
    const auto waits = [&] {
        CHECK(level(kElections - std::chrono::milliseconds{1}, member) == Level::starting);
        CHECK(level(kElections, member) == Level::unhealthy);
        CHECK(level(std::chrono::seconds{1}, config()) == Level::unhealthy);
    };
    SUBCASE("of a stream") {
        std::get<Stream>(stream_of(facts, 0)).copies = {
            .leaderless = true, .servers = {"n0", "n1", "n2"}, .lost = {}};
        waits();
    }
    SUBCASE("of the cluster") {
        monitor_of(facts).health = {
            503, true, {{"no contact with a meta leader", HealthProblem::Leaderless{}}}};
        waits();
        facts.jetstream = JetStreamSilent{"no answer about any stream"};
        waits();
    }
    SUBCASE("that the errors of the server name") {
        stream_of(facts, 0) = ApiError{10008, "JetStream system temporarily unavailable"};
        waits();
    }
    SUBCASE("but not for what no election brings") {
        stream_of(facts, 0) = Missing{};
        CHECK(level(std::chrono::seconds{1}, member) == Level::unhealthy);
        stream_of(facts, 0) = ApiError{10052, "invalid"};
        CHECK(level(std::chrono::seconds{1}, member) == Level::unhealthy);
    }
    facts.monitor = fail(ErrorKind::refused, "refused").error();
    CHECK(assess(facts, member, Level::unhealthy).level() != Level::starting);
}

TEST_CASE("nats assess: a wrong client port is not a recovery, whatever else is wrong") {
    Facts facts = good_facts();
    facts.jetstream = fail(ErrorKind::refused, "127.0.0.1:4222: Connection refused");
    monitor_of(facts).health = {503,
                                true,
                                {{"JetStream stream '$G > OTHER' could not be recovered",
                                  HealthProblem::Damaged{"OTHER"}}}};
    CHECK(line(facts).starts_with("unhealthy: nats: 127.0.0.1:4222: Connection refused. Check"));
    monitor_of(facts).varz.port = 4333;
    CHECK(line(facts).contains("the server listens for clients on port 4333"));
    CHECK(find(assess(facts, config(), Level::unhealthy), "nats.stream.damaged") != nullptr);
}
