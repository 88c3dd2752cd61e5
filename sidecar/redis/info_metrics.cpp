#include "redis/info_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/suggest.hpp"
#include "redis/info_fields.hpp"

namespace arc::redis {
namespace {

using metrics::Labels;
using metrics::Type;

// The result of the last save is "ok" or "err", and the state of a cluster "ok" or "fail": 1 or 0.
std::optional<double> field_value(std::string_view text) {
    if (text == "ok" || text == "err" || text == "fail") {
        return text == "ok" ? 1 : 0;
    }
    return parse_number(text);
}

std::optional<double> part(std::string_view text, std::string_view name) {
    return parse_number(info_part(text, name));
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
    double value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    return status == std::errc{} && end == text.data() + text.size() ? std::optional{value}
                                                                     : std::nullopt;
}

void Info::expose_lines() {
    for (std::string_view each : split(text_, '\n')) {
        each.remove_suffix(each.ends_with('\r') ? 1 : 0);
        const std::size_t colon = each.find(':');
        if (!each.starts_with('#') && colon != std::string_view::npos) {
            line(each.substr(0, colon), each.substr(colon + 1));
        }
    }
}

void Info::expose(int databases) {
    expose_lines();
    for (int i = 0; i < databases; ++i) {  // ignores those with keys, which INFO has
        database(fmt::format("db{}", i), "keys=0,expires=0");
    }
    instance();
    master();
}

void Info::line(std::string_view name, std::string_view value) {
    constexpr std::string_view kCommand = "cmdstat_";
    constexpr std::string_view kError = "errorstat_";
    constexpr std::string_view kPercentiles = "latency_percentiles_usec_";
    const auto numbered = [name](std::string_view word) {
        return name.starts_with(word) && parse_number(name.substr(word.size())).has_value();
    };
    if (name.starts_with(kCommand)) {
        command(name.substr(kCommand.size()), value);
    } else if (name.starts_with(kError)) {
        exposition_.counter("redis_errors_total", part(value, "count").value_or(0),
                            "error replies, by their first word",
                            {{"err", std::string(name.substr(kError.size()))}});
    } else if (name.starts_with(kPercentiles)) {
        percentiles(name.substr(kPercentiles.size()), value);
    } else if (numbered("db") && part(value, "keys")) {
        database(name, value);
    } else if (numbered("slave") && part(value, "offset")) {
        replica(value);
    } else {
        plain(name, value);
    }
}

void Info::plain(std::string_view name, std::string_view value) {
    const auto parsed = field_value(value);
    if (!parsed) {
        return;
    }
    if (name == "uptime_in_seconds") {
        start_time_ = now_ - *parsed;
        exposition_.gauge("redis_start_time_seconds", *start_time_,
                          "when the server started, seconds since 1970");
    }
    if (const auto known = series_of_field(name)) {
        const bool micro = known->name == "redis_latest_fork_seconds";
        exposition_
            .family(known->name, known->type,
                    fmt::format("{} of INFO{}", name, micro ? ", in seconds" : ""))
            .add(micro ? *parsed / 1e6 : *parsed);
    }
}

void Info::command(std::string_view name, std::string_view value) {
    const Labels labels{{"cmd", std::string(name)}};
    const auto calls = part(value, "calls");
    const auto usec = part(value, "usec");
    if (!calls || !usec) {
        return;
    }
    commands_[std::string(name)] = {*calls, *usec};
    const auto add = [&](std::string_view series, double number, std::string_view help) {
        exposition_.counter(series, number, help, labels);
    };
    add("redis_commands_total", *calls, "calls of each command");
    add("redis_commands_duration_seconds_total", *usec / 1e6, "time spent in each command");
    add("redis_commands_rejected_calls_total", part(value, "rejected_calls").value_or(0),
        "calls refused before they began, of each command");
    add("redis_commands_failed_calls_total", part(value, "failed_calls").value_or(0),
        "calls that failed, of each command");
}

// In INFO the statistics of a command precede its percentiles.
void Info::percentiles(std::string_view name, std::string_view value) {
    const auto known = commands_.find(name);
    if (known == commands_.end()) {
        return;
    }
    auto& family = exposition_.family("redis_latency_percentiles_usec", Type::summary,
                                      "latency of each command, in microseconds");
    const std::string command{name};
    for (const std::string_view entry : split(value, ',')) {
        const std::size_t equals = entry.find('=');
        const auto percent = equals == std::string_view::npos || !entry.starts_with('p')
                                 ? std::nullopt
                                 : parse_number(entry.substr(1, equals - 1));
        if (const auto latency = percent ? parse_number(entry.substr(equals + 1)) : std::nullopt) {
            family.add(*latency, {{"cmd", command}, {"quantile", fmt::format("{}", *percent)}});
        }
    }
    family.add_as("_sum", known->second.usec, {{"cmd", command}});
    family.add_as("_count", known->second.calls, {{"cmd", command}});
}

void Info::database(std::string_view name, std::string_view value) {
    const Labels labels{{"db", std::string(name)}};
    if (std::ranges::find(databases_, name) != databases_.end()) {
        return;
    }
    databases_.emplace_back(name);
    exposition_.gauge("redis_db_keys", part(value, "keys").value_or(0), "keys in each database",
                      labels);
    exposition_.gauge("redis_db_keys_expiring", part(value, "expires").value_or(0),
                      "keys with an end in each database", labels);
    if (const auto ttl = part(value, "avg_ttl")) {
        exposition_.gauge("redis_db_avg_ttl_seconds", *ttl / 1000,
                          "mean time to live of the keys with an end", labels);
    }
}

void Info::replica(std::string_view value) {
    const Labels labels{{"slave_ip", std::string(info_part(value, "ip"))},
                        {"slave_port", std::string(info_part(value, "port"))},
                        {"slave_state", std::string(info_part(value, "state"))}};
    exposition_.gauge("redis_connected_slave_offset_bytes", part(value, "offset").value_or(0),
                      "how far each replica is", labels);
    if (const auto lag = part(value, "lag")) {
        exposition_.gauge("redis_connected_slave_lag_seconds", *lag, "since a replica was heard of",
                          labels);
    }
}

// Replicas only.
void Info::master() {
    if (text_of("role") != "slave") {
        return;
    }
    const Labels labels{{"master_host", text_of("master_host")},
                        {"master_port", text_of("master_port")}};
    exposition_.gauge("redis_master_link_up", text_of("master_link_status") == "up" ? 1 : 0,
                      "1 while the master is connected", labels);
    const auto add = [&](const char* series, const char* field, const char* help) {
        if (const auto value = parse_number(info_field(text_, field))) {
            exposition_.gauge(series, *value, help, labels);
        }
    };
    add("redis_master_last_io_seconds_ago", "master_last_io_seconds_ago",
        "since the master was heard of");
    add("redis_master_sync_in_progress", "master_sync_in_progress",
        "1 while the master sends its data set");
    add("redis_slave_repl_offset", "slave_repl_offset", "how far this replica is");
    Labels info = labels;
    info.emplace_back("read_only", text_of("slave_read_only"));
    exposition_.gauge("redis_slave_info", 1, "this replica, in the labels", info);
}

void Info::instance() {
    constexpr std::array<std::string_view, 10> names{
        "role",     "redis_version", "redis_build_id", "redis_mode",   "os", "maxmemory_policy",
        "tcp_port", "run_id",        "process_id",     "master_replid"};
    constexpr std::array<std::string_view, 2> valkey{"valkey_version", "valkey_release_stage"};
    Labels labels;
    for (const std::string_view name : names) {
        labels.emplace_back(name, text_of(name));
    }
    for (const std::string_view name : valkey) {
        if (const std::string value = text_of(name); !value.empty()) {
            labels.emplace_back(name, value);
        }
    }
    exposition_.gauge("redis_instance_info", 1, "this server, in the labels", labels);
}

}  // namespace arc::redis
