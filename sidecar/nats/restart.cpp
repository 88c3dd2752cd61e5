#include "nats/restart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/durability.hpp"
#include "base/units.hpp"
#include "nats/assess.hpp"

namespace arc::nats {
namespace {

using Data = RestartFacts::Data;

bool is_in_memory(const StreamState& state) {
    const auto* stream = std::get_if<Stream>(&state);
    return stream != nullptr && stream->spec.storage == "memory";
}

// What the server holds that a restart would lose, wherever its store is.
std::optional<std::string> why_unsaved(const JetStreamState& jetstream,
                                       const MonitorFacts& monitor) {
    const auto& problems = monitor.health.problems;
    if (const auto damaged = std::ranges::find_if(problems, is_damaged);
        damaged != problems.end()) {
        return damaged->text;
    }
    const auto& storage = monitor.varz.jetstream;
    if (storage && storage->memory.used > 0) {
        return fmt::format("streams in memory hold {}", format_size(storage->memory.used));
    }
    const auto* running = std::get_if<JetStreamRunning>(&jetstream);
    return running != nullptr && std::ranges::any_of(running->streams, is_in_memory)
               ? std::optional{"a declared stream is in memory"}
               : std::nullopt;
}

}  // namespace

RestartFacts restart_facts(const Facts& facts, const Config& config) {
    const auto* monitor = std::get_if<MonitorFacts>(&facts.monitor);
    if (!facts.jetstream || monitor == nullptr) {
        return {};
    }
    if (auto unsaved = why_unsaved(*facts.jetstream, *monitor)) {
        return {.data = Data::at_stake, .why = std::move(*unsaved)};
    }
    const Storage* storage = find_storage(facts);
    if (storage == nullptr) {
        return {.data = Data::safe, .why = {}};
    }
    const auto lost = why_lost(facts.store, storage->store_dir, *config_of(config).data_dir);
    if (!lost) {
        return {};
    }
    const bool full = facts.store.available && *facts.store.available < kDiskFull;
    return {.data = lost->empty() ? Data::safe : Data::at_stake, .why = *lost, .disk_full = full};
}

}  // namespace arc::nats
