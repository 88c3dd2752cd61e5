#include "base/cgroup.hpp"

#include <algorithm>
#include <charconv>

#include "base/suggest.hpp"

namespace arc {

std::vector<std::string> memory_files(std::string_view proc_self_cgroup, std::string_view v2,
                                      std::string_view v1) {
    std::vector<std::string> paths;
    const auto add = [&](const std::string& root, std::string_view path, std::string_view file) {
        if (path != "/") {
            paths.push_back(root + std::string{path} + '/' + std::string{file});
        }
        paths.push_back(root + '/' + std::string{file});
    };
    // hierarchy:controllers:path
    for (const std::string_view line : split(proc_self_cgroup, '\n')) {
        const size_t first = line.find(':');
        const size_t second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) {
            continue;
        }
        const auto controllers = split(line.substr(first + 1, second - first - 1), ',');
        if (line.starts_with("0::")) {
            add("/sys/fs/cgroup", line.substr(second + 1), v2);
        } else if (std::ranges::find(controllers, "memory") != controllers.end()) {
            add("/sys/fs/cgroup/memory", line.substr(second + 1), v1);
        }
    }
    return paths;
}

std::optional<std::int64_t> parse_memory_limit(std::string_view text) {
    // Without a limit, v1 has LONG_MAX rounded down to a page.
    constexpr std::int64_t none = std::int64_t{1} << 60;
    std::int64_t bytes = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bytes);
    return parsed.ec == std::errc{} && bytes < none ? std::optional{bytes} : std::nullopt;
}

}  // namespace arc
