#include "preflight/preflight.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "cgroup.hpp"
#include "config/values.hpp"
#include "disk/volume.hpp"
#include "preflight/files.hpp"

namespace arc::preflight {
namespace {

struct Part {
    std::string_view service;
    void (*inspect)(const Context&, Report&);
};
constexpr std::array kParts{Part{"nats", inspect_nats}, Part{"redis", inspect_redis}, Part{"pulsar", inspect_pulsar}};

}  // namespace

Report inspect(const std::string& service, const Context& context) {
    Report report;
    for (const Part& part : kParts) {
        if (part.service == service) {
            part.inspect(context, report);
        }
    }
    return report;
}

std::optional<std::int64_t> own_memory_limit() {
    constexpr std::size_t enough = 4096;
    for (const std::string& path :
         memory_files(read_start("/proc/self/cgroup", enough).value_or(""), "memory.max", "memory.limit_in_bytes")) {
        if (const auto text = read_start(path, enough)) {
            return parse_memory_limit(*text);
        }
    }
    return std::nullopt;
}

std::optional<std::string> variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): there is one thread
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>{value};
}

void inspect_directory(const std::string& store, std::string_view codename, Report& report) {
    const std::string existing = nearest_existing(store);
    if (existing != store) {
        if (const auto trouble = find_inaccessible(existing, 0)) {
            report.refusals.push_back(explain_absent(store, *trouble));
        }
    } else if (const auto trouble = find_inaccessible(store)) {
        report.refusals.push_back(explain(*trouble, store, codename));
    }
    if (is_directory(store)) {
        report.locks.push_back(store);
    }
}

void inspect_volume(const std::string& store, const std::string& declared, const std::string& setting, Report& report) {
    if (declared.empty()) {
        return;
    }
    const std::string existing = nearest_existing(store);
    const VolumeFacts facts = look_at_volume(existing, declared);
    const bool below = facts.real_store.empty() || facts.real_data_dir.empty() ? is_below(store, declared)
                                                                               : is_below(facts.real_store, facts.real_data_dir);
    if (!below) {
        report.refusals.push_back(
            fmt::format("{}: is where the server keeps its data, not on the declared volume {} ({}): the data would go "
                        "with the container: let the server's configuration name {}, or correct {}",
                        store, declared, setting, declared, setting));
    } else if (facts.mounted == false) {
        report.refusals.push_back(
            fmt::format("{}: declared as a volume ({}), and nothing is mounted there: the data would go with the "
                        "container: docker run -v NAME:{}, or declare no {}",
                        declared, setting, declared, setting));
    }
}

void inspect_room(const std::string& store, std::int64_t wanted, Report& report) {
    const VolumeFacts facts = look_at_volume(nearest_existing(store), "");
    if (facts.available && *facts.available < wanted) {
        report.warnings.push_back(fmt::format("{}: {} free on its disk, less than {}: make room before writes fail", store,
                                              format_size(*facts.available), format_size(wanted)));
    }
}

void inspect_memory(const Context& context, std::int64_t taken, const std::string& what, Report& report) {
    if (context.memory_limit && taken > *context.memory_limit) {
        report.refusals.push_back(
            fmt::format("{} may take {}, and this container is killed at {}: raise its memory limit above the first, "
                        "or lower the setting",
                        what, format_size(taken), format_size(*context.memory_limit)));
    }
}

}  // namespace arc::preflight
