#include "redis/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/build_info.hpp"
#include "base/suggest.hpp"
#include "redis/commands.hpp"
#include "redis/info_metrics.hpp"

namespace arc::redis {

using resp::ask;

namespace {

using metrics::Exposition;
using metrics::Labels;
using metrics::Type;

// The microseconds of a command and its subcommands from INFO. The histogram reply has no sum.
double usec_of(const CommandTable& commands, const std::string& name) {
    double sum = 0;
    for (const auto& [command, stats] : commands) {
        sum += command == name || command.starts_with(name + "|") ? stats.usec : 0;
    }
    return sum;
}

// LATENCY HISTOGRAM: name, [ "calls", n, "histogram_usec", [ upper bound, calls up to it, … ] ], …
void expose_histograms(const Reply& reply, const CommandTable& commands, Exposition& exposition) {
    auto& family = exposition.family("redis_commands_latencies_usec", Type::histogram,
                                     "latency of each command, in microseconds");
    for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2) {
        const std::string& name = reply.list[i].text;
        const std::vector<Reply>& details = reply.list[i + 1].list;
        if (details.size() < 4) {
            continue;
        }
        const std::vector<Reply>& buckets = details[3].list;
        const auto calls = static_cast<double>(details[1].integer);
        for (std::size_t k = 0; k + 1 < buckets.size(); k += 2) {
            family.add_as("_bucket", static_cast<double>(buckets[k + 1].integer),
                          {{"cmd", name}, {"le", fmt::format("{}", buckets[k].integer)}});
        }
        family.add_as("_bucket", calls, {{"cmd", name}, {"le", "+Inf"}});
        family.add_as("_sum", usec_of(commands, name), {{"cmd", name}});
        family.add_as("_count", calls, {{"cmd", name}});
    }
}

// "normal 0 0 0 slave 268435456 67108864 60 pubsub …": class, hard limit, soft limit, seconds.
void expose_buffer_limits(std::string_view text, Exposition& exposition) {
    const auto fields = split(text, ' ');
    for (std::size_t i = 0; i + 3 < fields.size(); i += 4) {
        const std::string name{fields[i]};
        const auto bytes = [&](std::string_view value, const char* limit) {
            exposition.gauge(
                "redis_config_client_output_buffer_limit_bytes", parse_number(value).value_or(0),
                "client-output-buffer-limit of CONFIG", {{"class", name}, {"limit", limit}});
        };
        bytes(fields[i + 1], "hard");
        bytes(fields[i + 2], "soft");
        exposition.gauge("redis_config_client_output_buffer_limit_overcome_seconds",
                         parse_number(fields[i + 3]).value_or(0),
                         "how long the soft limit may be exceeded",
                         {{"class", name}, {"limit", "soft"}});
    }
}

// Returns the number of databases.
int expose_settings(const Reply& reply, Exposition& exposition) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> numbers{
        {{"io-threads", "redis_config_io_threads"},
         {"maxclients", "redis_config_maxclients"},
         {"maxmemory", "redis_config_maxmemory"},
         {"repl-backlog-size", "redis_config_repl_backlog_size"}}};
    int databases = 16;  // the server's default
    for (std::size_t i = 0; i + 1 < reply.list.size(); i += 2) {
        const std::string& name = reply.list[i].text;
        const std::string& text = reply.list[i + 1].text;
        const auto value = parse_number(text);
        if (name == "databases" && value) {
            databases = static_cast<int>(std::clamp(*value, 0.0, 1024.0));
        } else if (name == "client-output-buffer-limit") {
            expose_buffer_limits(text, exposition);
        } else if (const auto* known = std::ranges::find(
                       numbers, name, &std::pair<std::string_view, std::string_view>::first);
                   known != numbers.end() && value) {
            exposition.gauge(known->second, *value, fmt::format("{} of CONFIG", name));
        }
    }
    return databases;
}

// SLOWLOG GET 1: [ [ id, time, microseconds, … ] ], empty without slow commands.
void expose_slowlog(const Reply& length, const Reply& last, Exposition& exposition) {
    if (length.kind == Reply::Kind::integer) {
        exposition.gauge("redis_slowlog_length", static_cast<double>(length.integer),
                         "entries of the slow log");
    }
    if (last.kind != Reply::Kind::list) {
        return;
    }
    const bool entry = !last.list.empty() && last.list.front().list.size() > 2;
    const auto at = [&](std::size_t i) {
        return entry ? static_cast<double>(last.list.front().list[i].integer) : 0.0;
    };
    exposition.gauge("redis_slowlog_last_id", at(0), "id of the last entry of the slow log");
    exposition.gauge("redis_last_slow_execution_duration_seconds", at(2) / 1e6,
                     "duration of the last entry of the slow log");
}

// LATENCY LATEST: [ event, time of the last spike, its milliseconds, … ], …; empty unless
// latency-monitor-threshold is set.
void expose_spikes(const Reply& reply, Exposition& exposition) {
    for (const Reply& event : reply.list) {
        if (event.list.size() < 3) {
            continue;
        }
        const Labels labels{{"event_name", event.list[0].text}};
        exposition.gauge("redis_latency_spike_last", static_cast<double>(event.list[1].integer),
                         "when latency last spiked", labels);
        exposition.gauge("redis_latency_spike_duration_seconds",
                         static_cast<double>(event.list[2].integer) / 1e3, "how long that lasted",
                         labels);
    }
}

// The replies after AUTH.
enum ReplyTo : std::size_t {
    ping,
    info,
    settings,
    histogram,
    spikes,
    slow_length,
    slow_last,
    reply_count
};

void list_errors(std::span<const Reply> replies, std::vector<std::string>& unread) {
    constexpr std::array<std::string_view, reply_count> names{
        "PING",           "INFO",        "CONFIG GET", "LATENCY HISTOGRAM",
        "LATENCY LATEST", "SLOWLOG LEN", "SLOWLOG GET"};
    // Redis has LATENCY HISTOGRAM since 7.0.
    const auto is_unknown = [](const Reply& reply) {
        return reply.text.starts_with("ERR Unknown subcommand");
    };
    for (std::size_t i = info; i < replies.size(); ++i) {  // PING gives no series
        if (replies[i].kind == Reply::Kind::error && !(i == histogram && is_unknown(replies[i]))) {
            unread.push_back(fmt::format("{}: {}", names.at(i), replies[i].text));
        }
    }
}

class RedisSource final : public metrics::Source {
public:
    explicit RedisSource(const Config& config) : config_(config_of(config)) {}

    metrics::Scrape scrape(Exposition& exposition, Deadline deadline) override {
        const auto began = Deadline::Clock::now();
        const auto answer = ask(*config_.url, tls_options(config_.tls, "ARC_REDIS_"),
                                metrics_commands(config_), deadline, kMetricsLimits);
        metrics::Scrape scrape;
        if (answer) {
            scrape = expose(answer->replies, has_credentials(config_),
                            static_cast<double>(std::time(nullptr)), exposition);
            add_cluster(answer->replies, deadline, scrape, exposition);
        } else {
            scrape.unread.push_back(answer.error().text);
        }
        const double took = std::chrono::duration<double>(Deadline::Clock::now() - began).count();
        const double connecting =
            answer ? std::chrono::duration<double>(answer->connecting).count() : took;
        expose_self(scrape, took, connecting, exposition);
        return scrape;
    }

    void silent(Exposition& exposition) const override { exposition.gauge("redis_up", 0, kUpHelp); }

private:
    static constexpr std::string_view kUpHelp = "1 if the server answers";

    void add_cluster(std::span<const Reply> replies, Deadline deadline, metrics::Scrape& scrape,
                     Exposition& exposition) const;

    void expose_self(const metrics::Scrape& scrape, double took, double connecting,
                     Exposition& exposition);

    const RedisConfig& config_;
    double scrapes_ = 0;
    double seconds_ = 0;
};

// Only a node in cluster mode accepts CLUSTER INFO, and only INFO reports the mode.
void RedisSource::add_cluster(std::span<const Reply> replies, Deadline deadline,
                              metrics::Scrape& scrape, Exposition& exposition) const {
    const std::size_t at = (has_credentials(config_) ? 1 : 0) + info;
    if (replies.size() <= at || info_field(replies[at].text, "cluster_enabled") != "1") {
        return;
    }
    const auto answer = ask(*config_.url, tls_options(config_.tls, "ARC_REDIS_"),
                            cluster_commands(config_), deadline);
    if (!answer) {
        scrape.unread.push_back(answer.error().text);
    } else if (answer->replies.back().kind != Reply::Kind::text) {
        scrape.unread.push_back("CLUSTER INFO: " + answer->replies.back().text);
    } else {
        Info{answer->replies.back().text, 0, exposition}.expose_lines();
    }
}

void RedisSource::expose_self(const metrics::Scrape& scrape, double took, double connecting,
                              Exposition& exposition) {
    scrapes_ += 1;
    seconds_ += took;
    exposition.gauge("redis_up", scrape.up ? 1 : 0, kUpHelp);
    exposition.gauge(
        "redis_exporter_last_scrape_error", scrape.up ? 0 : 1,
        "1 where the last scrape brought no server",
        {{"err", scrape.up || scrape.unread.empty() ? std::string{} : scrape.unread.front()}});
    exposition.gauge("redis_exporter_last_scrape_duration_seconds", took,
                     "how long the last scrape took");
    exposition.gauge("redis_exporter_last_scrape_connect_time_seconds", connecting,
                     "how long its connection took");
    exposition.counter("redis_exporter_scrapes_total", scrapes_,
                       "scrapes since this process started");
    auto& duration = exposition.family("redis_exporter_scrape_duration_seconds", Type::summary,
                                       "how long scrapes took");
    duration.add_as("_sum", seconds_, {});
    duration.add_as("_count", scrapes_, {});
    exposition.counter("redis_target_scrape_request_errors_total", 0,
                       "always 0: no other server can be asked for here");
    exposition.gauge("redis_last_key_groups_scrape_duration_milliseconds", 0,
                     "always 0: keys are not looked through here");
    exposition.gauge("redis_exporter_build_info", 1, "this program, in the labels",
                     {{"version", release()},
                      {"commit_sha", commit()},
                      {"build_date", "none"},
                      {"golang_version", "none"}});
}

}  // namespace

std::vector<Command> metrics_commands(const RedisConfig& config) {
    std::vector<Command> commands = auth_command(config);
    commands.insert(commands.end(),
                    std::initializer_list<Command>{
                        {"PING"},
                        {"INFO", "ALL"},
                        {"CONFIG", "GET", "*"},  // Redis before 7.0 takes one pattern
                        {"LATENCY", "HISTOGRAM"},
                        {"LATENCY", "LATEST"},
                        {"SLOWLOG", "LEN"},
                        {"SLOWLOG", "GET", "1"}});
    return commands;
}

metrics::Scrape expose(std::span<const Reply> replies, bool credentials_sent, double now,
                       metrics::Exposition& exposition) {
    metrics::Scrape scrape;
    scrape.up = !replies.empty();  // also with errors: MISCONF, LOADING, NOAUTH
    const std::size_t first = credentials_sent ? 1 : 0;
    if (replies.size() != first + reply_count) {  // the server rejected the client
        scrape.unread.push_back(replies.empty() ? "no answer" : replies.front().text);
        return scrape;
    }
    if (credentials_sent && replies.front().kind == Reply::Kind::error) {
        scrape.unread.push_back("AUTH: " + replies.front().text);
    }
    const auto asked = replies.subspan(first);
    list_errors(asked, scrape.unread);
    Info read{asked[info].text, now, exposition};
    const int databases = asked[settings].kind == Reply::Kind::list
                              ? expose_settings(asked[settings], exposition)
                              : 16;
    if (asked[info].kind == Reply::Kind::text) {
        read.expose(databases);
    }
    expose_histograms(asked[histogram], read.commands(), exposition);
    expose_spikes(asked[spikes], exposition);
    expose_slowlog(asked[slow_length], asked[slow_last], exposition);
    scrape.start_time = read.start_time();
    return scrape;
}

std::unique_ptr<metrics::Source> metrics_source(const Config& config) {
    return std::make_unique<RedisSource>(config);
}

}  // namespace arc::redis
