// `toyd --spool DIRECTORY`: its directory, and a spool that is damaged.
#include "toy/preflight.hpp"

#include <array>

#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "toy/config.hpp"

namespace arc::toy {

using namespace preflight;

namespace {

constexpr std::string_view kCodename = "plaything";

std::expected<std::string, std::string> find_spool(std::span<const std::string> command) {
    constexpr std::array<std::string_view, 1> names{"toyd"};
    constexpr std::array<std::string_view, 1> flags{"spool"};
    return find_server(command, names).transform([&](const ServerCommand& server) {
        return flag_value(server.arguments, flags).value_or("/var/spool/toy");
    });
}

Stores stores(std::span<const std::string> command) {
    const auto spool = find_spool(command);
    return spool ? Stores{{*spool}} : std::nullopt;
}

std::optional<std::string> named_volume(std::span<const std::string> command) {
    return spoken_value(command, "spool");
}

void inspect(const Context& context, Report& report) {
    const auto spool = find_spool(context.command);
    if (!spool) {
        inspect_unread(context, spool.error(), "toyd --spool /var/spool/toy", report);
        return;
    }
    inspect_directory(*spool, kCodename, report);
    inspect_volume(*spool, *config_of(context.config).data_dir, "toy.data_dir", report);
    if (size_of(*spool + "/damaged")) {
        report.refusals.push_back(*spool + ": is damaged: repair it with toyfix");
    }
}

const std::string& data_dir(const Config& config) {
    return *config_of(config).data_dir;
}

}  // namespace

extern constexpr Hooks kPreflight{.inspect = &inspect,
                                  .stores = &stores,
                                  .named_volume = &named_volume,
                                  .data_dir = &data_dir,
                                  .codename = kCodename,
                                  .lock_range = 3};

}  // namespace arc::toy
