#include <doctest/doctest.h>

#include "redis/info_fields.hpp"
#include "redis/info_metrics.hpp"
#include "redis/metrics.hpp"
#include "redis_fixtures.hpp"

using namespace arc;
using namespace arc::redis;
using arc::redis::fixtures::error;
using arc::redis::fixtures::list;
using arc::redis::fixtures::text;

namespace {

Reply integer(long long value) {
    return {.kind = Reply::Kind::integer, .text = {}, .integer = value, .list = {}};
}
Reply nested(std::vector<Reply> items) {
    return {.kind = Reply::Kind::list, .text = {}, .list = std::move(items)};
}

constexpr const char* kInfo =
    "# Server\r\nredis_version:8.0.2\r\nuptime_in_seconds:100\r\nos:Linux x\r\n# "
    "Memory\r\nused_memory:7\r\nused_memory_human:7B\r\n"
    "maxmemory_policy:noeviction\r\n# "
    "Persistence\r\nloading:0\r\naof_last_write_status:err\r\nrdb_last_bgsave_status:ok\r\n"
    "# Stats\r\nlatest_fork_usec:2000000\r\nkeyspace_hits:3\r\n# Replication\r\nrole:master\r\n"
    "slave0:ip=10.0.0.2,port=6379,state=online,offset=9,lag=1\r\n"
    "# "
    "Commandstats\r\ncmdstat_set:calls=2,usec=22,usec_per_call=11.00,rejected_calls=1,failed_calls="
    "0\r\n"
    "cmdstat_config|get:calls=1,usec=5,usec_per_call=5.00,rejected_calls=0,failed_calls=0\r\n"
    "# Errorstats\r\nerrorstat_ERR:count=4\r\n# "
    "Latencystats\r\nlatency_percentiles_usec_set:p50=5.023,p99.9=17.023\r\n"
    "# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=2500,subexpiry=0\r\n";

std::vector<Reply> good() {
    return {text("PONG"),
            text(kInfo),
            list({"databases", "2", "maxclients", "10000", "client-output-buffer-limit",
                  "normal 0 0 0 slave 10 5 60"}),
            nested({text("set"),
                    nested({text("calls"), integer(2), text("histogram_usec"),
                            nested({integer(8), integer(1), integer(33), integer(2)})}),
                    text("config"),
                    nested({text("calls"), integer(1), text("histogram_usec"),
                            nested({integer(8), integer(1)})})}),
            nested({}),
            integer(1),
            nested({nested({integer(6), integer(1700000000), integer(1500000)})})};
}

struct Exposed {
    metrics::Scrape scrape;
    std::string text;
};

Exposed exposed(const std::vector<Reply>& replies, bool credentials = false) {
    metrics::Exposition exposition;
    Exposed result;
    result.scrape = expose(replies, credentials, 1000, exposition);
    result.text = exposition.text();
    return result;
}

}  // namespace

TEST_CASE("redis metrics: of a good server") {
    const auto [scrape, text] = exposed(good());
    CHECK(scrape.up);
    CHECK(scrape.unread.empty());
    CHECK(scrape.start_time == 900);
    for (const char* line :
         {"redis_memory_used_bytes 7\n",
          "redis_aof_last_write_status 0\n",
          "redis_rdb_last_bgsave_status 1\n",
          "redis_latest_fork_seconds 2\n",
          "# TYPE redis_keyspace_hits_total counter\nredis_keyspace_hits_total 3\n",
          "redis_start_time_seconds 900\n",
          "redis_connected_slave_offset_bytes{slave_ip=\"10.0.0.2\",slave_port=\"6379\",slave_"
          "state=\"online\"} 9\n",
          "redis_commands_duration_seconds_total{cmd=\"set\"} 2.2e-05\n",
          "redis_commands_rejected_calls_total{cmd=\"set\"} 1\n",
          "redis_errors_total{err=\"ERR\"} 4\n",
          "redis_latency_percentiles_usec{cmd=\"set\",quantile=\"99.9\"} 17.023\n",
          "redis_latency_percentiles_usec_count{cmd=\"set\"} 2\n",
          "redis_db_keys{db=\"db0\"} 3\nredis_db_keys{db=\"db1\"} 0\n",
          "redis_db_avg_ttl_seconds{db=\"db0\"} 2.5\n",
          "redis_config_maxclients 10000\n",
          "redis_config_client_output_buffer_limit_bytes{class=\"slave\",limit=\"soft\"} 5\n",
          "redis_commands_latencies_usec_bucket{cmd=\"set\",le=\"8\"} "
          "1\nredis_commands_latencies_usec_bucket{cmd=\"set\",le=\"33\"} 2\n",
          "redis_commands_latencies_usec_bucket{cmd=\"set\",le=\"+Inf\"} "
          "2\nredis_commands_latencies_usec_sum{cmd=\"set\"} 22\n",
          "redis_commands_latencies_usec_sum{cmd=\"config\"} 5\n",
          "redis_slowlog_last_id 6\n",
          "redis_last_slow_execution_duration_seconds 1.5\n"}) {
        CHECK_MESSAGE(text.contains(line), line, text);
    }
    CHECK(!text.contains("db2"));
    CHECK(!text.contains("human"));
}

TEST_CASE("redis metrics: what may not be read is named, the rest is there") {
    auto replies = good();
    replies[2] = error("ERR unknown command 'CONFIG', with args beginning with: 'GET'");
    replies[3] =
        error("NOPERM User probe has no permissions to run the 'latency|histogram' command");
    const auto [scrape, text] = exposed(replies);
    CHECK(scrape.up);
    CHECK(scrape.unread.size() == 2);
    CHECK(scrape.unread.front() ==
          "CONFIG GET: ERR unknown command 'CONFIG', with args beginning with: 'GET'");
    CHECK(text.contains("redis_memory_used_bytes 7\n"));
    CHECK(text.contains("redis_db_keys{db=\"db15\"} 0\n"));  // the default number
    CHECK(!text.contains("redis_config_"));
}

TEST_CASE("redis metrics: a server that answers is up, whatever it answers") {
    for (const char* reply :
         {"MISCONF Errors writing to the AOF file: No space left on device",
          "MASTERDOWN Link with MASTER is down", "LOADING Redis is loading the dataset in memory",
          "BUSY Redis is busy running a script.", "NOPERM no"}) {
        auto replies = good();
        replies[0] = error(reply);
        const auto scrape = exposed(replies).scrape;
        CHECK(scrape.up);
        CHECK(scrape.unread.empty());
    }
    const std::vector<Reply> locked(7, error("NOAUTH Authentication required."));
    CHECK(exposed(locked).scrape.up);
    CHECK(exposed(locked).scrape.unread.size() == 6);
    CHECK(exposed({error("ERR max number of clients reached")}).scrape.up);
    CHECK(!exposed({}).scrape.up);
    auto replies = good();
    replies.insert(replies.begin(),
                   error("WRONGPASS invalid username-password pair or user is disabled."));
    CHECK(exposed(replies, true).scrape.up);
    CHECK(exposed(replies, true).scrape.unread.front().starts_with("AUTH: WRONGPASS"));
}

TEST_CASE("redis metrics: LATENCY HISTOGRAM is unknown before Redis 7.0") {
    auto replies = good();
    replies[3] = error(
        "ERR Unknown subcommand or wrong number of arguments for 'HISTOGRAM'. Try LATENCY HELP.");
    CHECK(exposed(replies).scrape.unread.empty());
    replies[3] = error("NOPERM no");
    CHECK(exposed(replies).scrape.unread.size() == 1);
}

TEST_CASE("redis metrics: fields of CLUSTER INFO") {
    metrics::Exposition exposition;
    Info{"cluster_state:ok\r\ncluster_slots_fail:3\r\ncluster_stats_messages_sent:7\r\n", 0,
         exposition}
        .expose_lines();
    const std::string text = exposition.text();
    for (const char* line : {"redis_cluster_state 1\n", "redis_cluster_slots_fail 3\n",
                             "redis_cluster_messages_sent_total 7\n"}) {
        CHECK_MESSAGE(text.contains(line), line, text);
    }
    metrics::Exposition failed;
    Info{"cluster_state:fail\r\n", 0, failed}.expose_lines();
    CHECK(failed.text().contains("redis_cluster_state 0\n"));
}

TEST_CASE("redis metrics: the table of fields") {
    CHECK(series_of_field("used_memory")->name == "redis_memory_used_bytes");
    CHECK(series_of_field("hz")->name == "redis_hz");
    CHECK(series_of_field("hz")->type == metrics::Type::gauge);
    CHECK_FALSE(series_of_field("used_memory_human"));
    CHECK_FALSE(series_of_field(""));
    CHECK_FALSE(series_of_field("zzz"));
}
