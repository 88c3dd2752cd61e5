"""The dashboards' one source: what each panel asks (PromQL) and in which unit the answer is.

`build.py` writes the files of Grafana and SigNoz from it, and a test asks a Prometheus every
question. The questions name no scrape label (job, instance), because SigNoz has others."""

from dataclasses import dataclass, field

# Units in the words of Grafana. build.py has those of SigNoz.
COUNT, BYTES, SECONDS, RATIO = "short", "bytes", "s", "percentunit"
PER_SECOND, BYTES_PER_SECOND, YES_NO = "ops", "Bps", "bool"


@dataclass(frozen=True)
class Query:
    expr: str
    legend: str = ""


@dataclass(frozen=True)
class Panel:
    title: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"  # or "stat": the last value, in large figures
    empty: str = ""  # why a healthy single server has no data here; empty: it has


@dataclass(frozen=True)
class Dashboard:
    slug: str
    title: str
    text: str
    rows: dict[str, tuple[Panel, ...]] = field(default_factory=dict)

    def panels(self):
        return [panel for row in self.rows.values() for panel in row]


def panel(title, unit, *queries, **more):
    """Each query is a text, or a pair of text and legend."""
    pairs = (query if isinstance(query, tuple) else (query,) for query in queries)
    return Panel(title, unit, tuple(Query(*pair) for pair in pairs), **more)


def stat(title, unit, *queries, **more):
    return panel(title, unit, *queries, kind="stat", **more)


NO_FINDINGS = "only while a finding is not ok"
NOT_A_MEMBER = "only of a member of a cluster"
NO_REPLICA = "only of a master with replicas"
NO_LIMIT = "only with a limit"

VERDICTS = (
    stat(
        "Verdict",
        COUNT,
        ("max by (service, level) (arc_sidecar_level) == 1", "{{service}}: {{level}}"),
    ),
    panel(
        "Verdicts over time (0 ok, 1 degraded, 2 starting, 3 unhealthy)",
        COUNT,
        (
            'max by (service) (arc_sidecar_level{level="degraded"}'
            ' or 2 * arc_sidecar_level{level="starting"}'
            ' or 3 * arc_sidecar_level{level="unhealthy"})',
            "{{service}}",
        ),
    ),
    panel(
        "Findings that are not ok",
        COUNT,
        ("sum by (service, level, code) (arc_sidecar_finding)", "{{level}} {{code}}"),
        empty=NO_FINDINGS,
    ),
    stat("Server answers", YES_NO, ("min by (service) (arc_sidecar_up)", "{{service}}")),
    panel(
        "Changes of the verdict in an hour",
        COUNT,
        ("max by (service) (changes(arc_sidecar_level[1h]))", "{{service}}"),
    ),
    panel(
        "Declared objects that are missing or differ",
        COUNT,
        ("max by (service) (arc_sidecar_bootstrap_drift)", "{{service}}"),
    ),
)

OPERATION = (
    panel(
        "Restarts in an hour",
        COUNT,
        ("max by (service) (changes(arc_sidecar_server_start_time_seconds[1h]))", "{{service}}"),
    ),
    panel(
        "Time since the start",
        SECONDS,
        ("time() - max by (service) (arc_sidecar_server_start_time_seconds)", "{{service}}"),
    ),
    stat(
        "May stop (the other members can do without it)",
        YES_NO,
        ("max by (service) (arc_sidecar_may_stop)", "{{service}}"),
        empty=NOT_A_MEMBER,
    ),
    stat(
        "Versions of the sidecar",
        COUNT,
        ("sum by (service, version) (arc_sidecar_build_info)", "{{service}} {{version}}"),
    ),
    panel(
        "Duration of a check",
        SECONDS,
        ("max by (service) (arc_sidecar_check_duration_seconds)", "{{service}}"),
    ),
    panel(
        "Items that a scrape could not read",
        COUNT,
        ("max by (service) (arc_sidecar_scrape_errors)", "{{service}}"),
    ),
)

RESOURCES = (
    panel(
        "Data on the disk",
        BYTES,
        ("sum(gnatsd_varz_jetstream_stats_storage)", "NATS"),
        ("sum(pulsar_storage_size)", "Pulsar"),
        ("sum(redis_aof_current_size_bytes)", "Redis"),
    ),
    panel(
        "Memory",
        BYTES,
        ("sum(gnatsd_varz_mem)", "NATS"),
        ("sum(jvm_memory_bytes_used) + sum(jvm_memory_direct_bytes_used)", "Pulsar"),
        ("sum(redis_memory_used_rss_bytes)", "Redis"),
    ),
    panel(
        "Share of the limit in use",
        RATIO,
        (
            "max(gnatsd_varz_jetstream_stats_storage"
            " / (gnatsd_varz_jetstream_config_max_storage > 0))",
            "NATS storage",
        ),
        ("max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))", "Redis memory"),
        ("max(redis_connected_clients / redis_max_clients)", "Redis clients"),
    ),
    panel(
        "Backlog (messages not delivered yet)",
        COUNT,
        ("sum(jetstream_consumer_num_pending)", "NATS"),
        ("sum(pulsar_msg_backlog)", "Pulsar"),
    ),
    panel(
        "Replication lag",
        SECONDS,
        ("max(redis_connected_slave_lag_seconds)", "Redis"),
        empty=NO_REPLICA,
    ),
)

NATS = (
    panel(
        "Messages",
        PER_SECOND,
        ("sum by (server_id) (rate(gnatsd_varz_in_msgs[5m]))", "{{server_id}} in"),
        ("sum by (server_id) (rate(gnatsd_varz_out_msgs[5m]))", "{{server_id}} out"),
    ),
    panel(
        "Traffic",
        BYTES_PER_SECOND,
        ("sum by (server_id) (rate(gnatsd_varz_in_bytes[5m]))", "{{server_id}} in"),
        ("sum by (server_id) (rate(gnatsd_varz_out_bytes[5m]))", "{{server_id}} out"),
    ),
    panel("Connections", COUNT, ("max by (server_id) (gnatsd_varz_connections)", "{{server_id}}")),
    panel(
        "Slow consumers in an hour",
        COUNT,
        ("max by (server_id) (increase(gnatsd_varz_slow_consumers[1h]))", "{{server_id}}"),
    ),
    panel("Memory", BYTES, ("max by (server_id) (gnatsd_varz_mem)", "{{server_id}}")),
    panel(
        "Processor (100 is one core)",
        COUNT,
        ("max by (server_id) (gnatsd_varz_cpu)", "{{server_id}}"),
    ),
)
JETSTREAM = (
    panel(
        "Messages in a stream",
        COUNT,
        ("max by (stream_name) (jetstream_stream_total_messages)", "{{stream_name}}"),
    ),
    panel(
        "Bytes in a stream",
        BYTES,
        ("max by (stream_name) (jetstream_stream_total_bytes)", "{{stream_name}}"),
    ),
    panel(
        "Messages into a stream",
        PER_SECOND,
        ("max by (stream_name) (rate(jetstream_stream_last_seq[5m]))", "{{stream_name}}"),
    ),
    panel(
        "Share of a stream's limit in messages",
        RATIO,
        (
            "max by (stream_name)"
            " (jetstream_stream_total_messages / (jetstream_stream_limit_messages > 0))",
            "{{stream_name}}",
        ),
        empty=NO_LIMIT,
    ),
    panel(
        "Not delivered yet",
        COUNT,
        (
            "max by (stream_name, consumer_name) (jetstream_consumer_num_pending)",
            "{{stream_name}} {{consumer_name}}",
        ),
    ),
    panel(
        "Delivered and not acknowledged",
        COUNT,
        (
            "max by (stream_name, consumer_name) (jetstream_consumer_num_ack_pending)",
            "{{stream_name}} {{consumer_name}}",
        ),
    ),
    panel(
        "Storage of JetStream",
        BYTES,
        ("max by (server_id) (gnatsd_varz_jetstream_stats_storage)", "{{server_id}} used"),
        (
            "max by (server_id) (gnatsd_varz_jetstream_stats_reserved_storage)",
            "{{server_id}} reserved",
        ),
        ("max by (server_id) (gnatsd_varz_jetstream_config_max_storage)", "{{server_id}} limit"),
    ),
    panel(
        "Errors of the JetStream API in an hour",
        COUNT,
        (
            "max by (server_id) (increase(gnatsd_varz_jetstream_stats_api_errors[1h]))",
            "{{server_id}}",
        ),
    ),
)

PULSAR = (
    panel(
        "Messages",
        PER_SECOND,
        ("sum(pulsar_rate_in)", "in"),
        ("sum(pulsar_rate_out)", "out"),
    ),
    panel(
        "Traffic",
        BYTES_PER_SECOND,
        ("sum(pulsar_throughput_in)", "in"),
        ("sum(pulsar_throughput_out)", "out"),
    ),
    panel(
        "Backlog",
        COUNT,
        ("sum by (namespace) (pulsar_msg_backlog)", "{{namespace}}"),
    ),
    panel(
        "Share of the backlog's quota",
        RATIO,
        (
            "max by (namespace)"
            " (pulsar_storage_backlog_size / (pulsar_storage_backlog_quota_limit > 0))",
            "{{namespace}}",
        ),
    ),
    panel(
        "Backlog of a subscription",
        COUNT,
        (
            "topk(20, sum by (topic, subscription) (pulsar_subscription_back_log))",
            "{{topic}} {{subscription}}",
        ),
    ),
    panel(
        "Not acknowledged",
        COUNT,
        ("sum by (namespace) (pulsar_subscription_unacked_messages)", "{{namespace}}"),
    ),
    panel(
        "Storage",
        BYTES,
        ("sum by (namespace) (pulsar_storage_size)", "{{namespace}}"),
    ),
    panel(
        "Topics",
        COUNT,
        ("sum by (namespace) (pulsar_topics_count)", "{{namespace}}"),
    ),
    panel(
        "Producers and consumers",
        COUNT,
        ("sum(pulsar_producers_count)", "producers"),
        ("sum(pulsar_consumers_count)", "consumers"),
    ),
)
JVM = (
    panel(
        "Heap",
        BYTES,
        ('max(jvm_memory_bytes_used{area="heap"})', "used"),
        ('max(jvm_memory_bytes_max{area="heap"})', "limit"),
    ),
    panel(
        "Direct memory",
        BYTES,
        ("max(jvm_memory_direct_bytes_used)", "used"),
        ("max(jvm_memory_direct_bytes_max)", "limit"),
    ),
    panel(
        "Garbage collection, share of the time",
        RATIO,
        ("sum by (gc) (rate(jvm_gc_collection_seconds_sum[5m]))", "{{gc}}"),
    ),
)

REDIS = (
    panel(
        "Commands",
        PER_SECOND,
        ("topk(10, sum by (cmd) (rate(redis_commands_total[5m])))", "{{cmd}}"),
    ),
    panel(
        "Mean latency of a command",
        SECONDS,
        (
            "topk(10, sum by (cmd) (rate(redis_commands_duration_seconds_total[5m]))"
            " / (sum by (cmd) (rate(redis_commands_total[5m])) > 0))",
            "{{cmd}}",
        ),
    ),
    panel(
        "Memory",
        BYTES,
        ("max(redis_memory_used_bytes)", "used"),
        ("max(redis_memory_used_rss_bytes)", "resident"),
        ("max(redis_memory_max_bytes)", "maxmemory"),
    ),
    panel("Keys", COUNT, ("sum by (db) (redis_db_keys) > 0", "{{db}}")),
    panel(
        "Hits among reads",
        RATIO,
        (
            "sum(rate(redis_keyspace_hits_total[5m]))"
            " / (sum(rate(redis_keyspace_hits_total[5m]))"
            " + sum(rate(redis_keyspace_misses_total[5m])) > 0)",
            "hits",
        ),
    ),
    panel(
        "Evicted and expired keys",
        PER_SECOND,
        ("sum(rate(redis_evicted_keys_total[5m]))", "evicted"),
        ("sum(rate(redis_expired_keys_total[5m]))", "expired"),
    ),
    panel(
        "Clients",
        COUNT,
        ("max(redis_connected_clients)", "connected"),
        ("max(redis_blocked_clients)", "blocked"),
        ("max(redis_max_clients)", "limit"),
    ),
    panel(
        "Rejected connections in an hour",
        COUNT,
        ("sum(increase(redis_rejected_connections_total[1h]))", "rejected"),
    ),
    panel(
        "Traffic",
        BYTES_PER_SECOND,
        ("sum(rate(redis_net_input_bytes_total[5m]))", "in"),
        ("sum(rate(redis_net_output_bytes_total[5m]))", "out"),
    ),
    panel(
        "Errors",
        PER_SECOND,
        ("sum by (err) (rate(redis_errors_total[5m]))", "{{err}}"),
        empty="only after an error",
    ),
)
DURABILITY = (
    panel(
        "Append-only file",
        BYTES,
        ("max(redis_aof_current_size_bytes)", "now"),
        ("max(redis_aof_base_size_bytes)", "after the last rewrite"),
    ),
    stat(
        "Last write of the append-only file succeeded",
        YES_NO,
        "min(redis_aof_last_write_status)",
    ),
    panel(
        "Delayed syncs in an hour",
        COUNT,
        ("sum(increase(redis_aof_delayed_fsync[1h]))", "delayed"),
    ),
    panel(
        "Replicas",
        COUNT,
        ("max(redis_connected_slaves)", "connected"),
    ),
)

DASHBOARDS = (
    Dashboard(
        "messaging",
        "ARC messaging",
        "NATS, Pulsar and Redis: verdicts, findings, restarts and resources.",
        {"Verdicts": VERDICTS, "Operation": OPERATION, "Resources": RESOURCES},
    ),
    Dashboard(
        "nats",
        "ARC NATS",
        "nats-server and JetStream.",
        {"Server": NATS, "JetStream": JETSTREAM},
    ),
    Dashboard(
        "pulsar",
        "ARC Pulsar",
        "The broker and its JVM.",
        {"Broker": PULSAR, "JVM": JVM},
    ),
    Dashboard(
        "redis",
        "ARC Redis",
        "Commands, memory and durability.",
        {"Server": REDIS, "Durability": DURABILITY},
    ),
)
