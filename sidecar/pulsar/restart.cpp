#include "pulsar/restart.hpp"

#include "base/durability.hpp"

namespace arc::pulsar {

RestartFacts restart_facts(const Facts& facts, const Config& config) {
    const std::string& volume = *config_of(config).data_dir;
    const auto lost = facts.volume ? why_lost(*facts.volume, volume, volume) : std::nullopt;
    if (!lost) {
        return {};
    }
    const auto data = lost->empty() ? RestartFacts::Data::safe : RestartFacts::Data::at_stake;
    return {.data = data, .why = *lost, .disk_full = is_nearly_full(*facts.volume)};
}

}  // namespace arc::pulsar
