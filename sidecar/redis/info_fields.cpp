#include "redis/info_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.hpp"

namespace arc::redis {
namespace {

using enum metrics::Type;

// Fields of INFO and CLUSTER INFO that are gauges named `redis_` and the field, separated by
// spaces.
constexpr std::string_view kPlainGauges =
    "active_defrag_running allocator_frag_bytes allocator_frag_ratio allocator_rss_bytes "
    "allocator_rss_ratio aof_buffer_length aof_delayed_fsync aof_enabled "
    "aof_last_bgrewrite_status aof_last_write_status aof_pending_bio_fsync "
    "aof_pending_rewrite aof_rewrite_buffer_length aof_rewrite_in_progress "
    "aof_rewrite_scheduled async_loading blocked_clients clients_in_timeout_table "
    "cluster_connections cluster_current_epoch cluster_enabled cluster_known_nodes "
    "cluster_my_epoch cluster_size cluster_slots_assigned cluster_slots_fail cluster_slots_ok "
    "cluster_slots_pfail cluster_state configured_hz connected_clients connected_slaves hz "
    "instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec "
    "io_threads_active lazyfree_pending_objects lazyfreed_objects master_repl_offset "
    "mem_clients_normal mem_clients_slaves mem_fragmentation_bytes mem_fragmentation_ratio "
    "module_fork_in_progress module_fork_last_cow_size number_of_cached_scripts "
    "number_of_functions number_of_libraries process_id pubsub_channels pubsub_clients "
    "pubsub_patterns pubsubshard_channels rdb_bgsave_in_progress rdb_changes_since_last_save "
    "rdb_last_bgsave_status repl_backlog_first_byte_offset second_repl_offset "
    "slave_expires_tracked_keys slave_priority total_blocking_keys "
    "total_blocking_keys_on_nokey total_watched_keys tracking_clients tracking_total_items "
    "tracking_total_keys tracking_total_prefixes uptime_in_seconds watching_clients";

// The other fields, sorted by field.
struct Row {
    std::string_view field;
    std::string_view series;
    metrics::Type type;
};

constexpr auto kRows = std::to_array<Row>({
    {"acl_access_denied_auth", "redis_acl_access_denied_auth_total", counter},
    {"acl_access_denied_channel", "redis_acl_access_denied_channel_total", counter},
    {"acl_access_denied_cmd", "redis_acl_access_denied_cmd_total", counter},
    {"acl_access_denied_key", "redis_acl_access_denied_key_total", counter},
    {"active_defrag_hits", "redis_defrag_hits", gauge},
    {"active_defrag_key_hits", "redis_defrag_key_hits", gauge},
    {"active_defrag_key_misses", "redis_defrag_key_misses", gauge},
    {"active_defrag_misses", "redis_defrag_misses", gauge},
    {"allocator_active", "redis_allocator_active_bytes", gauge},
    {"allocator_allocated", "redis_allocator_allocated_bytes", gauge},
    {"allocator_muzzy", "redis_allocator_muzzy_bytes", gauge},
    {"allocator_resident", "redis_allocator_resident_bytes", gauge},
    {"aof_base_size", "redis_aof_base_size_bytes", gauge},
    {"aof_current_rewrite_time_sec", "redis_aof_current_rewrite_duration_sec", gauge},
    {"aof_current_size", "redis_aof_current_size_bytes", gauge},
    {"aof_last_cow_size", "redis_aof_last_cow_size_bytes", gauge},
    {"aof_last_rewrite_time_sec", "redis_aof_last_rewrite_duration_sec", gauge},
    {"client_output_buffer_limit_disconnections",
     "redis_client_output_buffer_limit_disconnections_total", counter},
    {"client_query_buffer_limit_disconnections",
     "redis_client_query_buffer_limit_disconnections_total", counter},
    {"client_recent_max_input_buffer", "redis_client_recent_max_input_buffer_bytes", gauge},
    {"client_recent_max_output_buffer", "redis_client_recent_max_output_buffer_bytes", gauge},
    {"cluster_stats_messages_received", "redis_cluster_messages_received_total", gauge},
    {"cluster_stats_messages_sent", "redis_cluster_messages_sent_total", gauge},
    {"current_eviction_exceeded_time", "redis_current_eviction_exceeded_time_ms", gauge},
    {"dump_payload_sanitizations", "redis_dump_payload_sanitizations", counter},
    {"eventloop_cycles", "redis_eventloop_cycles_total", counter},
    {"eventloop_duration_cmd_sum", "redis_eventloop_duration_cmd_sum_usec_total", counter},
    {"eventloop_duration_sum", "redis_eventloop_duration_sum_usec_total", counter},
    {"evicted_clients", "redis_evicted_clients_total", counter},
    {"evicted_keys", "redis_evicted_keys_total", counter},
    {"evicted_scripts", "redis_evicted_scripts_total", counter},
    {"expire_cycle_cpu_milliseconds", "redis_expire_cycle_cpu_time_ms_total", counter},
    {"expired_keys", "redis_expired_keys_total", counter},
    {"expired_stale_perc", "redis_expired_stale_percentage", gauge},
    {"expired_subkeys", "redis_expired_subkeys_total", counter},
    {"expired_time_cap_reached_count", "redis_expired_time_cap_reached_total", counter},
    {"io_threaded_reads_processed", "redis_io_threaded_reads_processed", counter},
    {"io_threaded_writes_processed", "redis_io_threaded_writes_processed", counter},
    {"keyspace_hits", "redis_keyspace_hits_total", counter},
    {"keyspace_misses", "redis_keyspace_misses_total", counter},
    {"latest_fork_usec", "redis_latest_fork_seconds", gauge},
    {"loading", "redis_loading_dump_file", gauge},
    {"maxclients", "redis_max_clients", gauge},
    {"maxmemory", "redis_memory_max_bytes", gauge},
    {"mem_aof_buffer", "redis_mem_aof_buffer_bytes", gauge},
    {"mem_cluster_links", "redis_mem_cluster_links_bytes", gauge},
    {"mem_not_counted_for_evict", "redis_mem_not_counted_for_eviction_bytes", gauge},
    {"mem_overhead_db_hashtable_rehashing", "redis_mem_overhead_db_hashtable_rehashing_bytes",
     gauge},
    {"mem_replication_backlog", "redis_mem_replication_backlog_bytes", gauge},
    {"mem_total_replication_buffers", "redis_mem_total_replication_buffers_bytes", gauge},
    {"migrate_cached_sockets", "redis_migrate_cached_sockets_total", gauge},
    {"rdb_current_bgsave_time_sec", "redis_rdb_current_bgsave_duration_sec", gauge},
    {"rdb_last_bgsave_time_sec", "redis_rdb_last_bgsave_duration_sec", gauge},
    {"rdb_last_cow_size", "redis_rdb_last_cow_size_bytes", gauge},
    {"rdb_last_load_keys_expired", "redis_rdb_last_load_expired_keys", gauge},
    {"rdb_last_load_keys_loaded", "redis_rdb_last_load_loaded_keys", gauge},
    {"rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds", gauge},
    {"rdb_saves", "redis_rdb_saves_total", gauge},
    {"rejected_connections", "redis_rejected_connections_total", counter},
    {"repl_backlog_active", "redis_repl_backlog_is_active", gauge},
    {"repl_backlog_histlen", "redis_repl_backlog_history_bytes", gauge},
    {"repl_backlog_size", "redis_replication_backlog_bytes", gauge},
    {"reply_buffer_expands", "redis_reply_buffer_expands_total", counter},
    {"reply_buffer_shrinks", "redis_reply_buffer_shrinks_total", counter},
    {"sync_full", "redis_replica_resyncs_full", gauge},
    {"sync_partial_err", "redis_replica_partial_resync_denied", gauge},
    {"sync_partial_ok", "redis_replica_partial_resync_accepted", gauge},
    {"total_commands_processed", "redis_commands_processed_total", counter},
    {"total_connections_received", "redis_connections_received_total", counter},
    {"total_error_replies", "redis_total_error_replies", counter},
    {"total_eviction_exceeded_time", "redis_eviction_exceeded_time_ms_total", counter},
    {"total_net_input_bytes", "redis_net_input_bytes_total", counter},
    {"total_net_output_bytes", "redis_net_output_bytes_total", counter},
    {"total_net_repl_input_bytes", "redis_net_repl_input_bytes_total", counter},
    {"total_net_repl_output_bytes", "redis_net_repl_output_bytes_total", counter},
    {"total_reads_processed", "redis_total_reads_processed", counter},
    {"total_system_memory", "redis_total_system_memory_bytes", gauge},
    {"total_writes_processed", "redis_total_writes_processed", counter},
    {"unexpected_error_replies", "redis_unexpected_error_replies", counter},
    {"used_active_time_main_thread", "redis_active_time_main_thread_seconds_total", counter},
    {"used_cpu_sys", "redis_cpu_sys_seconds_total", counter},
    {"used_cpu_sys_children", "redis_cpu_sys_children_seconds_total", counter},
    {"used_cpu_sys_main_thread", "redis_cpu_sys_main_thread_seconds_total", counter},
    {"used_cpu_user", "redis_cpu_user_seconds_total", counter},
    {"used_cpu_user_children", "redis_cpu_user_children_seconds_total", counter},
    {"used_cpu_user_main_thread", "redis_cpu_user_main_thread_seconds_total", counter},
    {"used_memory", "redis_memory_used_bytes", gauge},
    {"used_memory_dataset", "redis_memory_used_dataset_bytes", gauge},
    {"used_memory_functions", "redis_memory_used_functions_bytes", gauge},
    {"used_memory_lua", "redis_memory_used_lua_bytes", gauge},
    {"used_memory_overhead", "redis_memory_used_overhead_bytes", gauge},
    {"used_memory_peak", "redis_memory_used_peak_bytes", gauge},
    {"used_memory_rss", "redis_memory_used_rss_bytes", gauge},
    {"used_memory_scripts", "redis_memory_used_scripts_bytes", gauge},
    {"used_memory_scripts_eval", "redis_memory_used_scripts_eval_bytes", gauge},
    {"used_memory_startup", "redis_memory_used_startup_bytes", gauge},
    {"used_memory_vm_eval", "redis_memory_used_vm_eval_bytes", gauge},
    {"used_memory_vm_functions", "redis_memory_used_vm_functions_bytes", gauge},
    {"used_memory_vm_total", "redis_memory_used_vm_total", gauge},
});

static_assert(std::ranges::is_sorted(kRows, {}, &Row::field));

}  // namespace

std::optional<InfoSeries> series_of_field(std::string_view field) {
    if (std::ranges::contains(split(kPlainGauges, ' '), field)) {
        return InfoSeries{fmt::format("redis_{}", field), gauge};
    }
    const auto* row = std::ranges::lower_bound(kRows, field, {}, &Row::field);
    return row == kRows.end() || row->field != field
               ? std::nullopt
               : std::optional{InfoSeries{std::string(row->series), row->type}};
}

}  // namespace arc::redis
