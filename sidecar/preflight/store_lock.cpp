#include "preflight/store_lock.hpp"

#include <algorithm>
#include <filesystem>

#include "base/volume.hpp"
#include "preflight/files.hpp"

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;

// FNV-1a: the same in every version of this program, which std::hash need not be.
std::uint64_t hash_of(std::string_view text) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return hash;
}

}  // namespace

std::int64_t first_byte(int range) noexcept {
    return range * kBytesOfService;
}

std::int64_t store_byte(int range, std::string_view relative) noexcept {
    return first_byte(range) + static_cast<std::int64_t>(
                                   hash_of(relative) % static_cast<std::uint64_t>(kBytesOfService));
}

std::vector<Lock> store_locks(int range, const std::string& store) {
    const fs::path existing = nearest_existing(store);
    std::error_code failed;
    const fs::path real = fs::canonical(existing, failed);
    if (failed) {  // PID 1 will say that there is no lock to be had
        return {{store, existing.string(), store_byte(range, "."), 1}};
    }
    fs::path whole = (real / fs::path(store).lexically_relative(existing)).lexically_normal();
    if (!whole.has_filename()) {  // "/data/" is "/data"
        whole = whole.parent_path();
    }
    const std::string mounts = read_mountinfo();
    std::vector<Lock> locks;
    for (fs::path directory = real;; directory = directory.parent_path()) {
        locks.push_back({store, directory.string(),
                         store_byte(range, whole.lexically_relative(directory).string()), 1});
        if (mounts.empty() || mount_at(mounts, directory.string()) ||
            directory == directory.parent_path()) {
            break;
        }
    }
    std::ranges::reverse(locks);
    return locks;
}

std::vector<Lock> volume_locks(int range, const std::string& volume) {
    return {{volume, volume, first_byte(range), kBytesOfService}};
}

}  // namespace arc::preflight
