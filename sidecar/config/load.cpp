#include "config/load.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>

#include "base/file.hpp"
#include "base/suggest.hpp"
#include "config/section.hpp"
#include "config/toml_file.hpp"

namespace arc {
namespace {

// An empty variable is as good as none: `ARC_X: ${ARC_X:-}` in a compose file sets an empty one.
const char* environment(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): read before any thread starts
    const char* text = std::getenv(name.c_str());
    return text != nullptr && *text != '\0' ? text : nullptr;
}

std::string file_of(const LoadOptions& options) {
    const char* named = environment("ARC_CONFIG");
    return !options.file.empty() ? options.file : (named != nullptr ? named : kDefaultConfigFile);
}

Result<void> load_file(const LoadOptions& options, Config& config) {
    const char* named = environment("ARC_CONFIG");
    const std::string path = file_of(options);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
        const bool asked_for = !options.file.empty() || named != nullptr;
        const char* who = options.file.empty() ? "ARC_CONFIG" : "--config";
        return asked_for
                   ? fail(ErrorKind::config, fmt::format("{}: no such file (from {})", path, who))
                   : Result<void>{};
    }
    return load_toml(path, config);
}

constexpr std::size_t kMaxSecret = std::size_t{64} * 1024;
constexpr std::size_t kMaxConfig = std::size_t{1024} * 1024;  // as load_toml()

// A secret's file as Docker and Kubernetes mount it: the text, perhaps with one line end that an
// editor left.
Result<std::string> read_secret(const std::string& variable, const std::string& path) {
    auto text = read_whole(path, kMaxSecret);
    if (!text) {
        return fail(ErrorKind::config, fmt::format("{}: {}", variable, text.error().text));
    }
    if (text->ends_with('\n')) {
        text->pop_back();
    }
    if (text->ends_with('\r')) {
        text->pop_back();
    }
    if (text->empty()) {
        return fail(ErrorKind::config, fmt::format("{}: {}: empty", variable, path));
    }
    return text;
}

Result<void> load_variable(const Key& key, Config& config) {
    const std::string name = environment_name(key);
    const std::string file_name = name + "_FILE";
    const char* text = environment(name);
    const char* path = is_secret(key) ? environment(file_name) : nullptr;
    if (text != nullptr && path != nullptr) {
        return fail(ErrorKind::config,
                    fmt::format("{} and {} are both set: keep one", name, file_name));
    }
    Result<void> stored;
    if (path != nullptr) {
        const auto secret = read_secret(file_name, path);
        if (!secret) {
            return std::unexpected(secret.error());
        }
        stored = assign(config, key, *secret, {file_name, true});
    } else if (text != nullptr) {
        stored = assign(config, key, text, {name, true});
    }
    return stored ? stored
                  : fail(ErrorKind::config, fmt::format("{}: {}", name, stored.error().text));
}

constexpr const char* kLevels = "ARC_LEVELS";

// "redis.memory.full=unhealthy,nats.disk.full=ok"
Result<void> load_levels(Config& config) {
    const char* text = environment(kLevels);
    for (const std::string_view entry : split(text == nullptr ? "" : text, ',')) {
        const std::size_t equals = entry.find('=');
        if (entry.empty()) {
            continue;
        }
        if (equals == std::string_view::npos) {
            return fail(
                ErrorKind::config,
                fmt::format("{}: '{}': write code=level, separated by commas", kLevels, entry));
        }
        auto level = parse_level(entry.substr(0, equals), entry.substr(equals + 1), kLevels);
        if (!level) {
            return fail(ErrorKind::config, fmt::format("{}: {}", kLevels, level.error().text));
        }
        set_level(config.levels, std::move(*level));
    }
    return {};
}

Result<void> load_flag(const std::string& path, const std::string& text, Config& config) {
    const Key* key = find_key(path);
    if (key == nullptr) {
        return fail(ErrorKind::config, fmt::format("no setting '{}'", path));
    }
    const std::string name = flag_name(*key);
    const auto stored = assign(config, *key, text, {name, true});
    return stored ? stored
                  : fail(ErrorKind::config, fmt::format("{}: {}", name, stored.error().text));
}

std::vector<std::string> known_variables() {
    std::vector<std::string> names;
    for (const Key& key : keys()) {
        names.push_back(environment_name(key));
        if (is_secret(key)) {
            names.push_back(environment_name(key) + "_FILE");
        }
    }
    return names;
}

}  // namespace

Loaded load_what_is_right(const LoadOptions& options) {
    Loaded loaded{.config = default_config(), .error = {}};
    const auto note = [&loaded](const Result<void>& step) {
        if (!step && !loaded.error) {
            loaded.error = step.error();
        }
    };
    note(load_file(options, loaded.config));
    for (const Key& key : keys()) {
        note(load_variable(key, loaded.config));
    }
    note(load_levels(loaded.config));
    for (const auto& [path, text] : options.flags) {
        note(load_flag(path, text, loaded.config));
    }
    note(check_cluster(loaded.config.cluster));
    return loaded;
}

Result<Config> load_config(const LoadOptions& options) {
    Loaded loaded = load_what_is_right(options);
    if (loaded.error) {
        return std::unexpected(std::move(*loaded.error));
    }
    return std::move(loaded.config);
}

std::uint64_t config_fingerprint(const LoadOptions& options) {
    std::string all;
    const auto add = [&all](const std::string& path, std::size_t limit) {
        const auto text = read_whole(path, limit);
        all +=
            text ? fmt::format("{} {} {}\n", path, text->size(), *text) : text.error().text + '\n';
    };
    add(file_of(options), kMaxConfig);
    for (const Key& key : keys()) {
        const char* path = is_secret(key) ? environment(environment_name(key) + "_FILE") : nullptr;
        if (path != nullptr) {
            add(path, kMaxSecret);
        }
    }
    return std::hash<std::string>{}(all);
}

std::vector<std::string> unknown_environment() {
    const std::vector<std::string> names = known_variables();
    const std::vector<std::string_view> known(names.begin(), names.end());
    std::vector<std::string> unknown;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view line{*entry};
        const std::string_view name = line.substr(0, line.find('='));
        const bool ours = std::ranges::any_of(keys(), [&](const Key& key) {
            return !key.section.empty() && name.starts_with(environment_prefix(key.section));
        });
        if (ours && std::ranges::find(known, name) == known.end()) {
            // Only secrets have a _FILE: then the variable without it was meant, not that of
            // another file.
            const std::string_view meant =
                name.ends_with("_FILE") ? name.substr(0, name.size() - 5) : name;
            const bool plain = std::ranges::find(known, meant) != known.end();
            unknown.push_back(fmt::format("{} means nothing here{}", name,
                                          did_you_mean(plain ? meant : name, known)));
        }
    }
    return unknown;
}

}  // namespace arc
