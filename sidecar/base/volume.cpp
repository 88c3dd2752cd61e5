#include "base/volume.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>

namespace arc {
namespace {

std::optional<std::string> real_path(const std::string& path) {
    std::array<char, PATH_MAX> buffer{};
    return !path.starts_with('/') || ::realpath(path.c_str(), buffer.data()) == nullptr
               ? std::nullopt
               : std::optional<std::string>{buffer.data()};
}

std::string_view next_field(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view field = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return field;
}

// Decodes octal escapes: the kernel writes a space as \040, also tabs, line ends and backslashes.
std::string unescaped(std::string_view text) {
    const auto octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
            octal(text[i + 3])) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                       (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::string normal(std::string_view path) {
    std::string text = std::filesystem::path(path).lexically_normal().string();
    while (text.size() > 1 && text.ends_with('/')) {
        text.pop_back();
    }
    return text;
}

}  // namespace

std::string read_mountinfo() {
    std::string text;
    const int fd = ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> part{};
    for (ssize_t size = 0; fd >= 0 && (size = ::read(fd, part.data(), part.size())) > 0;) {
        text.append(part.data(), static_cast<std::size_t>(size));
    }
    if (fd >= 0) {
        ::close(fd);
    }
    return text;
}

std::optional<std::string> mount_at(std::string_view mountinfo, std::string_view path) {
    // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/sda1 rw
    std::optional<std::string> type;
    while (!mountinfo.empty()) {
        std::string_view line = next_field(mountinfo, '\n');
        for (int skipped = 0; skipped < 4; ++skipped) {
            next_field(line, ' ');
        }
        const bool here = unescaped(next_field(line, ' ')) == path;
        const std::size_t mark = line.find(" - ");
        if (here && mark != std::string_view::npos) {
            line.remove_prefix(mark + 3);
            type = std::string(next_field(line, ' '));
        }
    }
    return type;
}

bool is_below(std::string_view path, std::string_view directory) {
    const std::string below = normal(path);
    const std::string above = normal(directory);
    return below == above ||
           (below.starts_with(above) && (above == "/" || below[above.size()] == '/'));
}

VolumeFacts look_at_volume(const std::string& store, const std::string& data_dir) {
    VolumeFacts facts;
    facts.real_store = real_path(store);
    struct statfs disk{};
    if (facts.real_store && ::statfs(facts.real_store->c_str(), &disk) == 0) {
        const auto block = static_cast<std::int64_t>(disk.f_frsize);
        facts.available = static_cast<std::int64_t>(disk.f_bavail) * block;
        facts.size = static_cast<std::int64_t>(disk.f_blocks) * block;
        const auto type = static_cast<unsigned long>(disk.f_type);
        facts.in_memory = type == TMPFS_MAGIC || type == RAMFS_MAGIC;
    }
    if (data_dir.empty()) {
        return facts;
    }
    facts.real_data_dir = real_path(data_dir);
    const std::string mounts = read_mountinfo();
    if (facts.real_data_dir && !mounts.empty()) {
        const auto type = mount_at(mounts, *facts.real_data_dir);
        facts.mounted = type.has_value();
        facts.filesystem = type.value_or("");
    }
    return facts;
}

}  // namespace arc
