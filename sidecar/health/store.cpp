#include "health/store.hpp"

#include <fmt/format.h>

namespace arc {

Finding store_finding(const StoreCodes& codes, const DeclaredStore& declared,
                      const VolumeFacts& facts) {
    const auto& [store, volume, setting] = declared;
    const bool resolved = facts.real_store && facts.real_data_dir;
    if (!store.empty() && (resolved ? !is_below(*facts.real_store, *facts.real_data_dir)
                                    : !is_below(store, volume))) {
        return {.code = codes.outside,
                .text = fmt::format("the store {} is not on the declared volume {}", store, volume),
                .advice = fmt::format("Set {} to {}.", setting, volume)};
    }
    if (store.empty() || !facts.mounted) {
        return unverified_store(codes, "data_dir", store);
    }
    if (!*facts.mounted) {
        return {.code = codes.unmounted,
                .text = fmt::format("the declared volume {} is not a mount", volume)};
    }
    if (facts.filesystem == "tmpfs" || facts.filesystem == "ramfs") {
        return {.code = codes.in_memory,
                .text = fmt::format("the declared volume {} is a {}", volume, facts.filesystem)};
    }
    return {.code = codes.ok, .text = fmt::format("the store is on the volume {}", volume)};
}

Finding unverified_store(const StoreCodes& codes, std::string_view what, std::string_view store) {
    const std::string_view code = codes.unverified.text();
    return {.code = codes.unverified,
            .text = fmt::format(
                "{}.{} cannot be verified, because {}", code.substr(0, code.find('.')), what,
                store.empty() ? std::string{"the server does not report its store"}
                              : fmt::format("the store {} cannot be seen from here", store))};
}

}  // namespace arc
