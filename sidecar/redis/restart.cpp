#include "redis/restart.hpp"

#include "base/durability.hpp"

namespace arc::redis {
namespace {

using Data = RestartFacts::Data;

}  // namespace

std::optional<std::string> why_unsaved(const Answers& server) {
    if (is_misconf(server)) {
        return "it cannot save (MISCONF)";
    }
    if (server.loading || !server.appendonly) {
        return std::nullopt;
    }
    if (!*server.appendonly) {
        return "the append-only file is off";
    }
    if (!server.aof_write_status) {
        return std::nullopt;
    }
    if (has_failed(server.aof_write_status)) {
        return "the append-only file cannot be written";
    }
    // The first rewrite creates the file. If it failed, there may be no file.
    return has_failed(server.aof_rewrite_status) ? "the last rewrite of the append-only file failed"
                                                 : std::string{};
}

RestartFacts restart_facts(const Facts& facts, const Config& config) {
    const auto unsaved = facts.server ? why_unsaved(*facts.server) : std::nullopt;
    if (!unsaved) {
        return {};
    }
    if (!unsaved->empty()) {
        return {.data = Data::at_stake, .why = *unsaved};
    }
    if (!facts.volume || !*config.end_unhealthy_after) {
        return {};
    }
    const auto lost =
        why_lost(*facts.volume, facts.server->dir.value_or(""), *config_of(config).data_dir);
    if (!lost) {
        return {};
    }
    return {.data = lost->empty() ? Data::safe : Data::at_stake, .why = *lost};
}

}  // namespace arc::redis
