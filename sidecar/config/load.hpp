// The configuration from its sources: defaults, then the file, then the environment, then flags.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "config/config.hpp"

namespace arc {

inline constexpr const char* kDefaultConfigFile = "/etc/arc/sidecar.toml";

struct LoadOptions {
    // from --config or ARC_CONFIG; empty: kDefaultConfigFile, which may be absent
    std::string file;
    std::vector<std::pair<std::string, std::string>> flags;  // key path, text
};

// Reads the process's environment (an empty variable counts as none) and at most one file, and for
// each secret given as ARC_…_FILE that file (one line end at its end is dropped; an empty file is
// an error). Errors are of kind config and name file and line, variable or flag, with a suggestion
// for an unknown name.
[[nodiscard]] Result<Config> load_config(const LoadOptions& options);

// As much of it as can be read, and the first error: for what has to go on without the rest.
struct Loaded {
    Config config;
    std::optional<Error> error;
};
[[nodiscard]] Loaded load_what_is_right(const LoadOptions& options);

// A number that differs when the content of the files that load_config() reads does, or whether
// they can be read. Their times and inodes do not count: a mount that is replaced has new ones.
[[nodiscard]] std::uint64_t config_fingerprint(const LoadOptions& options);

// Variables that begin as a section's and mean nothing here, each as a sentence with what it may
// have been meant to be: "ARC_CACHE_URI means nothing here; did you mean 'ARC_CACHE_URL'?". Not
// errors: an orchestrator puts variables of its own into the environment.
[[nodiscard]] std::vector<std::string> unknown_environment();

}  // namespace arc
