#include "stop/leave.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "base/exit_codes.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"

namespace arc::cli {
namespace {

// For the configuration's file, whose file system may hang.
constexpr std::chrono::milliseconds kConfigLimit{3'000};

struct Arguments {
    std::string within;
    LoadOptions options;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("leave",
                     "Waits until the other members of the cluster can do without this one, takes "
                     "the stop token, and hands over what this member leads. Stops nothing.\n\n"
                     "`run` starts it on TERM if `cluster.grace` is declared, and stops the server "
                     "when it ends.");
    line.option("--within", arguments.within, "time limit, as 90s", {}, "DURATION");
    line.settings(arguments.options);
    line.exit_codes({{"0", "the others can do without this member, and lead what it led"},
                     {"1", "not so, or not within the time limit"},
                     {"64", "usage error"},
                     {"78", "invalid configuration, or no member of a cluster"}});
    return line;
}

void say(LogFormat format, LogLevel level, const std::string& text) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    const std::string line = format_line(format, level, "leave: " + text, now, "leave");
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Help leave_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int leave(int argc, char** argv) {
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto within = parse_duration(arguments.within);
    if (!within || within->count() == 0) {
        return usage_error("leave", "--within: give a time limit, as 90s");
    }
    Loaded loaded = load_within(arguments.options, std::min(kConfigLimit, *within));
    apply_server_info(loaded.config);
    const LogFormat format = parse_log_format(*loaded.config.log_format).value_or(LogFormat::text);
    const Service* service = find_service(*loaded.config.service);
    if (loaded.error) {
        say(format, LogLevel::warning, "configuration: " + loaded.error->text);
        return kExitConfig;
    }
    if (service == nullptr || !has_stop_gate(*service, loaded.config)) {
        say(format, LogLevel::warning, std::string(kNoMember));
        return kExitConfig;
    }
    const bool left = stop::leave(
        *service, loaded.config, *within,
        [format](LogLevel level, const std::string& text) { say(format, level, text); });
    return left ? kExitOk : kExitFailed;
}

}  // namespace arc::cli
