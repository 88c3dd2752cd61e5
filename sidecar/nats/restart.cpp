#include "nats/restart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/lasting.hpp"
#include "base/units.hpp"
#include "nats/assess.hpp"

namespace arc::nats {
namespace {

using Data = RestartFacts::Data;

bool is_in_memory(const StreamState& state) {
    return state.stream && state.stream->spec.storage == "memory";
}

bool is_damaged(const HealthProblem& problem) {
    return problem.kind == HealthProblem::Kind::damaged;
}

}  // namespace

std::optional<std::string> why_unsaved(const Facts& facts) {
    if (!facts.client || !facts.monitor) {
        return std::nullopt;
    }
    const auto& problems = facts.monitor->health.problems;
    if (const auto damaged = std::ranges::find_if(problems, is_damaged);
        damaged != problems.end()) {
        return damaged->text;
    }
    if (const std::int64_t used = facts.monitor->varz.memory.used; used > 0) {
        return fmt::format("streams in memory hold {}", format_size(used));
    }
    return std::ranges::any_of(facts.client->streams, is_in_memory)
               ? "a declared stream is in memory"
               : std::string{};
}

RestartFacts restart_facts(const Facts& facts, const NatsConfig& config) {
    const auto unsaved = why_unsaved(facts);
    if (!unsaved) {
        return {};
    }
    if (!unsaved->empty()) {
        return {.data = Data::at_stake, .why = *unsaved};
    }
    const Varz& varz = facts.monitor->varz;
    if (!varz.jetstream) {
        return {.data = Data::safe, .why = {}};
    }
    const auto lost = why_lost(facts.store, varz.store_dir, *config.data_dir);
    if (!lost) {
        return {};
    }
    const bool full = facts.store.available && *facts.store.available < kNoRoom;
    return {.data = lost->empty() ? Data::safe : Data::at_stake, .why = *lost, .no_room = full};
}

}  // namespace arc::nats
