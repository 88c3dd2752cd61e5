#include "init/descendants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace arc::init {
namespace {

pid_t parse_pid(std::string_view text) {
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    return error == std::errc{} && end == text.data() + text.size() ? pid : 0;
}

}  // namespace

std::optional<Process> parse_stat(std::string_view text) {
    // "57 (name) S 1 …": the name may contain blanks and parentheses, so it ends at the last
    // closing parenthesis.
    const size_t open = text.find(" (");
    const size_t close = text.rfind(") ");
    if (open == std::string_view::npos || close == std::string_view::npos || close < open + 2 ||
        close + 5 > text.size()) {
        return std::nullopt;
    }
    const std::string_view after = text.substr(close + 4);
    Process process{.pid = parse_pid(text.substr(0, open)),
                    .parent = parse_pid(after.substr(0, after.find(' '))),
                    .name = std::string{text.substr(open + 2, close - open - 2)},
                    .zombie = text[close + 2] == 'Z'};
    return process.pid > 0 ? std::optional{std::move(process)} : std::nullopt;
}

std::vector<Process> descendants_of(const std::vector<Process>& all, pid_t root, pid_t except) {
    std::vector<Process> found;
    std::vector<pid_t> parents{root};
    while (!parents.empty()) {
        const pid_t parent = parents.back();
        parents.pop_back();
        for (const Process& process : all) {
            if (process.parent != parent || process.pid == except || process.pid == root) {
                continue;
            }
            parents.push_back(process.pid);
            if (!process.zombie) {
                found.push_back(process);
            }
        }
    }
    return found;
}

std::vector<Process> read_processes(Sys& sys) {
    std::vector<Process> processes;
    for (const std::string& name : sys.list_directory("/proc")) {
        if (parse_pid(name) == 0) {
            continue;
        }
        if (auto process = parse_stat(sys.read_file("/proc/" + name + "/stat"))) {
            processes.push_back(std::move(*process));
        }
    }
    return processes;
}

std::string list_names(const std::vector<Process>& processes) {
    constexpr size_t most = 5;
    std::string text;
    for (size_t i = 0; i < std::min(most, processes.size()); ++i) {
        text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", processes[i].pid, processes[i].name);
    }
    return processes.size() > most ? fmt::format("{} and {} more", text, processes.size() - most)
                                   : text;
}

}  // namespace arc::init
