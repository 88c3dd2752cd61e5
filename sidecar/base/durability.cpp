#include "base/durability.hpp"

#include <fmt/format.h>

namespace arc {

std::optional<std::string> why_lost(const VolumeFacts& facts, const std::string& store,
                                    const std::string& data_dir) {
    if (!facts.real_store) {
        return std::nullopt;
    }
    if (facts.in_memory) {
        return store + " is in memory (tmpfs)";
    }
    if (data_dir.empty()) {
        return std::string{};
    }
    if (!facts.real_data_dir || !is_below(*facts.real_store, *facts.real_data_dir)) {
        return fmt::format("{} is not on the declared volume {}", store, data_dir);
    }
    return facts.mounted.value_or(true)
               ? std::string{}
               : fmt::format("the declared volume {} is not a mount", data_dir);
}

bool is_nearly_full(const VolumeFacts& facts) noexcept {
    return facts.available && *facts.available < facts.size.value_or(0) / 20;
}

}  // namespace arc
