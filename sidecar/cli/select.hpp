// What the commands share once the words are parsed: the configuration, the services meant, and
// probing several at once.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "config/config.hpp"
#include "config/load.hpp"
#include "services.hpp"

namespace arc::cli {

// The configuration, read within `limit`. A file system that hangs (a network's, whose server is
// gone) holds whoever reads it, through signals, too; then there is an error of kind config, a
// configuration of defaults and the service that is known without a file, and a thread is left
// behind that ends with the process.
[[nodiscard]] Loaded load_within(const LoadOptions& options, std::chrono::milliseconds limit);

// Whether a thread of load_within() may still be reading. The process must then end without
// destructors of static objects.
[[nodiscard]] bool left_a_reader() noexcept;

// The same within the timeout that the flags or the environment give.
[[nodiscard]] Loaded load_in_time(const LoadOptions& options);

// The same, or nothing after the error was printed on standard error (exit code 78).
[[nodiscard]] std::optional<Config> load_or_report(const std::string& command,
                                                   const LoadOptions& options);
void report_wrong_configuration(std::string_view command, const Error& error);

// Corrects a configuration by what the agent read of its server (state/state.hpp, ServerInfo).
void apply_server_info(Config& config);

// The named services, else the image's own, else all; in the registry's order, each once.
[[nodiscard]] std::vector<const Service*> select(const std::vector<std::string>& names,
                                                 const Config& config);

// One probe of each, at the same time, under one deadline. A single service is probed without
// starting a thread.
[[nodiscard]] std::vector<Verdict> probe(std::span<const Service* const> chosen,
                                         const Config& config, Deadline deadline);

}  // namespace arc::cli
