#include "redis/restart.hpp"

#include <fmt/format.h>

#include "base/lasting.hpp"
#include "base/units.hpp"
#include "base/volume.hpp"
#include "net/url.hpp"

namespace arc::redis {
namespace {

using Data = RestartFacts::Data;

// Where the server keeps its data: nothing where it does not say, or is not on this machine.
std::optional<std::string> why_lost_in(const Facts& facts, const Config& config) {
    if (facts.dir.empty() || !is_loopback(config_of(config).url->host)) {
        return std::nullopt;
    }
    const std::string& declared = *config_of(config).data_dir;
    return why_lost(look_at_volume(facts.dir, declared), facts.dir, declared);
}

}  // namespace

std::string room_for_saving(const Facts& facts, const Config& config) {
    if (facts.dir.empty() || !is_loopback(config_of(config).url->host)) {
        return {};
    }
    const auto available = look_at_volume(facts.dir, {}).available;
    return available ? fmt::format("; {} has {} free", facts.dir, format_size(*available))
                     : std::string{};
}

std::optional<std::string> why_unsaved(const Facts& facts) {
    if (facts.ping_error.starts_with("MISCONF")) {
        return "it cannot save (MISCONF)";
    }
    if (facts.loading || !facts.appendonly) {
        return std::nullopt;
    }
    if (!*facts.appendonly) {
        return "the append-only file is off";
    }
    if (facts.aof_write_status.empty()) {
        return std::nullopt;
    }
    if (facts.aof_write_status != "ok") {
        return "the append-only file cannot be written";
    }
    // The first rewrite makes the file: where it fails there may be none.
    const bool rewritten = facts.aof_rewrite_status.empty() || facts.aof_rewrite_status == "ok";
    return rewritten ? std::string{} : "the last rewrite of the append-only file failed";
}

RestartFacts restart_facts(const Facts& facts, const Config& config) {
    const auto unsaved = why_unsaved(facts);
    if (!unsaved || !unsaved->empty() || !*config.end_unhealthy_after) {
        return {.data = unsaved && !unsaved->empty() ? Data::at_stake : Data::unknown,
                .why = unsaved.value_or("")};
    }
    const auto lost = why_lost_in(facts, config);
    if (!lost) {
        return {.why = {}};
    }
    return {.data = lost->empty() ? Data::safe : Data::at_stake, .why = *lost};
}

}  // namespace arc::redis
