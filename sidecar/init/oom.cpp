#include "init/oom.hpp"

#include <charconv>

#include "base/cgroup.hpp"
#include "base/suggest.hpp"

namespace arc::init {

std::optional<std::uint64_t> parse_oom_kills(std::string_view text) {
    constexpr std::string_view key = "oom_kill ";
    for (const std::string_view line : split(text, '\n')) {
        if (line.starts_with(key)) {
            std::uint64_t count = 0;
            const auto parsed =
                std::from_chars(line.data() + key.size(), line.data() + line.size(), count);
            return parsed.ec == std::errc{} ? std::optional{count} : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> read_oom_kills(Sys& sys) {
    for (const std::string& path :
         memory_files(sys.read_file("/proc/self/cgroup"), "memory.events", "memory.oom_control")) {
        if (const auto count = parse_oom_kills(sys.read_file(path))) {
            return count;
        }
    }
    return std::nullopt;
}

}  // namespace arc::init
