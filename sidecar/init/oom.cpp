#include "init/oom.hpp"

#include <algorithm>
#include <charconv>

#include "config/suggest.hpp"

namespace arc::init {

std::optional<std::uint64_t> parse_oom_kills(std::string_view text) {
    constexpr std::string_view key = "oom_kill ";
    for (const std::string_view line : split(text, '\n')) {
        if (line.starts_with(key)) {
            std::uint64_t count = 0;
            const auto parsed = std::from_chars(line.data() + key.size(), line.data() + line.size(), count);
            return parsed.ec == std::errc{} ? std::optional{count} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::vector<std::string> oom_counter_paths(std::string_view proc_self_cgroup) {
    std::vector<std::string> paths;
    const auto add = [&](const std::string& root, std::string_view path, std::string_view file) {
        if (path != "/") {
            paths.push_back(root + std::string{path} + std::string{file});
        }
        paths.push_back(root + std::string{file});
    };
    for (const std::string_view line : split(proc_self_cgroup, '\n')) {  // hierarchy:controllers:path
        const size_t first = line.find(':');
        const size_t second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) {
            continue;
        }
        const auto controllers = split(line.substr(first + 1, second - first - 1), ',');
        if (line.starts_with("0::")) {
            add("/sys/fs/cgroup", line.substr(second + 1), "/memory.events");
        } else if (std::ranges::find(controllers, "memory") != controllers.end()) {
            add("/sys/fs/cgroup/memory", line.substr(second + 1), "/memory.oom_control");
        }
    }
    return paths;
}

std::optional<std::uint64_t> read_oom_kills(Sys& sys) {
    for (const std::string& path : oom_counter_paths(sys.read_file("/proc/self/cgroup"))) {
        if (const auto count = parse_oom_kills(sys.read_file(path))) {
            return count;
        }
    }
    return std::nullopt;
}

}  // namespace arc::init
