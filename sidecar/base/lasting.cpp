#include "base/lasting.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>

namespace arc {
namespace {

// Of the directory itself: the mount that it lies on need not begin there.
bool is_in_memory(const std::string& directory) {
    struct statfs info{};
    if (::statfs(directory.c_str(), &info) != 0) {
        return false;
    }
    const auto type = static_cast<unsigned long>(info.f_type);
    return type == TMPFS_MAGIC || type == RAMFS_MAGIC;
}

}  // namespace

std::optional<std::string> why_lost(const VolumeFacts& facts, const std::string& store,
                                    const std::string& data_dir) {
    if (facts.real_store.empty()) {
        return std::nullopt;
    }
    if (is_in_memory(facts.real_store)) {
        return store + " is in memory (tmpfs)";
    }
    if (data_dir.empty()) {
        return std::string{};
    }
    if (facts.real_data_dir.empty() || !is_below(facts.real_store, facts.real_data_dir)) {
        return fmt::format("{} is not on the declared volume {}", store, data_dir);
    }
    return facts.mounted.value_or(true)
               ? std::string{}
               : fmt::format("the declared volume {} is not a mount", data_dir);
}

bool is_nearly_full(const std::string& directory) {
    struct statfs info{};
    return ::statfs(directory.c_str(), &info) == 0 && info.f_blocks > 0 &&
           info.f_bavail < info.f_blocks / 20;
}

}  // namespace arc
