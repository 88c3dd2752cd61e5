#include "preflight/preflight.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "base/cgroup.hpp"
#include "base/units.hpp"
#include "base/volume.hpp"
#include "preflight/files.hpp"
#include "preflight/store_lock.hpp"

namespace arc::preflight {

Report inspect(const Context& context) {
    Report report;
    context.hooks.inspect(context, report);
    return report;
}

std::optional<std::string> volume_of(const Context& context) {
    const std::string& declared = context.hooks.data_dir(context.config);
    return declared.empty() ? context.hooks.named_volume(context.command) : declared;
}

std::vector<Lock> locks(const Context& context) {
    const Stores stores = context.hooks.stores(context.command);
    if (!stores) {
        const auto volume = volume_of(context);
        return volume ? volume_locks(context.hooks.lock_range, *volume) : std::vector<Lock>{};
    }
    std::vector<Lock> all;
    for (const std::string& store : *stores) {
        // Two locks of one process on one byte would be in each other's way.
        const auto is_new = [&](const Lock& lock) {
            return std::ranges::none_of(all, [&](const Lock& one) {
                return one.directory == lock.directory && one.first == lock.first;
            });
        };
        std::ranges::copy_if(store_locks(context.hooks.lock_range, store), std::back_inserter(all),
                             is_new);
    }
    return all;
}

std::optional<std::int64_t> own_memory_limit() {
    constexpr std::size_t enough = 4096;
    for (const std::string& path :
         memory_files(read_start("/proc/self/cgroup", enough).value_or(""), "memory.max",
                      "memory.limit_in_bytes")) {
        if (const auto text = read_start(path, enough)) {
            return parse_memory_limit(*text);
        }
    }
    return std::nullopt;
}

std::optional<std::string> variable(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread
    const char* value = std::getenv(name.c_str());
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>{value};
}

void inspect_absent(const std::string& store, Report& report) {
    const std::string existing = nearest_existing(store);
    const auto trouble = existing == store ? std::nullopt : find_denied(existing, W_OK | X_OK);
    if (trouble) {
        report.refusals.push_back(explain_absent(store, *trouble));
    }
}

void inspect_directory(const std::string& store, std::string_view codename, Report& report) {
    inspect_absent(store, report);
    const auto trouble = has_directory(store) ? find_inaccessible(store) : std::nullopt;
    if (trouble) {
        report.refusals.push_back(explain(*trouble, store, codename));
    }
}

void inspect_volume(const std::string& store, const std::string& declared,
                    const std::string& setting, Report& report) {
    if (declared.empty()) {
        return;
    }
    const std::string existing = nearest_existing(store);
    const VolumeFacts facts = look_at_volume(existing, declared);
    const bool below = facts.real_store && facts.real_data_dir
                           ? is_below(*facts.real_store, *facts.real_data_dir)
                           : is_below(store, declared);
    if (!below) {
        report.refusals.push_back(
            fmt::format("{}: is where the server keeps its data, not on the declared volume {} "
                        "({}): the data would go "
                        "with the container: let the server's configuration name {}, or correct {}",
                        store, declared, setting, declared, setting));
    } else if (facts.mounted == false) {
        report.refusals.push_back(
            fmt::format("{}: declared as a volume ({}), and nothing is mounted there: the data "
                        "would go with the "
                        "container: docker run -v NAME:{}, or declare no {}",
                        declared, setting, declared, setting));
    }
}

void inspect_room(const std::string& store, std::int64_t wanted, Report& report) {
    const VolumeFacts facts = look_at_volume(nearest_existing(store), "");
    if (facts.available && *facts.available < wanted) {
        report.warnings.push_back(
            fmt::format("{}: {} free on its disk, less than {}: make room before writes fail",
                        store, format_size(*facts.available), format_size(wanted)));
    }
}

void inspect_unread(const Context& context, const std::string& why, const std::string& example,
                    Report& report) {
    const std::string setting = fmt::format("{}.data_dir", context.service);
    const auto volume = volume_of(context);
    const std::string left =
        volume ? fmt::format("its lock, its volume {} and the memory limit are looked at", *volume)
               : "the memory limit is looked at, and no lock keeps a second server off its data";
    report.warnings.push_back(fmt::format(
        "{}: what the server is told is not known, so only {}: write the command as `{}`{}", why,
        left, example, volume ? "" : fmt::format(", or declare its volume ({})", setting)));
    inspect_declared_volume(context, report);
}

void inspect_declared_volume(const Context& context, Report& report) {
    const std::string setting = fmt::format("{}.data_dir", context.service);
    const std::string& declared = context.hooks.data_dir(context.config);
    if (declared.empty()) {
        return;
    }
    inspect_volume(declared, declared, setting, report);
    if (const auto trouble = find_unusable(declared)) {
        report.refusals.push_back(explain(*trouble, declared, context.hooks.codename));
    } else if (const auto some = find_inaccessible(declared)) {
        report.warnings.push_back(explain(*some, declared, context.hooks.codename));
    }
}

void inspect_memory(const Context& context, std::int64_t taken, const std::string& what,
                    Report& report) {
    if (context.memory_limit && taken > *context.memory_limit) {
        report.refusals.push_back(
            fmt::format("{} may take {}, and this container is killed at {}: raise its memory "
                        "limit above the first, "
                        "or lower the setting",
                        what, format_size(taken), format_size(*context.memory_limit)));
    }
}

void inspect_cluster(const Config& config, Report& report) {
    const ClusterConfig& cluster = config.cluster;
    if (cluster.is_standalone()) {
        if (!cluster.members->empty() && !cluster.role.declared()) {
            report.warnings.emplace_back(
                "cluster.members is declared, but cluster.role is not, so this server is "
                "standalone. Set cluster.role = \"member\"");
        }
        return;
    }
    if (!*cluster.grace) {
        return;
    }
    const std::string grace = format_duration(**cluster.grace);
    const auto parts = *cluster.stop_gate + *cluster.stop_drain + *cluster.stop_reserve;
    const bool chosen = cluster.stop_gate.declared() || cluster.stop_drain.declared();
    if (!cluster.stop_budget()) {
        report.warnings.push_back(
            fmt::format("cluster.grace is {}, no more than cluster.stop_reserve ({}), so a stop "
                        "does not wait for the other members. Raise the time that the container "
                        "runtime allows, and cluster.grace",
                        grace, format_duration(*cluster.stop_reserve)));
    } else if (chosen && parts > **cluster.grace) {
        report.warnings.push_back(fmt::format(
            "cluster.stop_gate ({}), stop_drain ({}) and stop_reserve ({}) are {} together, more "
            "than cluster.grace ({}), so a stop may wait for less. Raise the time that the "
            "container runtime allows, and cluster.grace, or lower the others",
            format_duration(*cluster.stop_gate), format_duration(*cluster.stop_drain),
            format_duration(*cluster.stop_reserve), format_duration(parts), grace));
    }
}

}  // namespace arc::preflight
