#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "base/ascii.hpp"
#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "base/suggest.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "config/section.hpp"
#include "config/toml_text.hpp"

namespace arc::cli {
namespace {

// "a, b" as ["a", "b"].
std::string as_list(const std::string& text) {
    std::string list = "[";
    for (const std::string_view item : split(text, ',')) {
        list += fmt::format("{}{}", list.size() == 1 ? "" : ", ",
                            toml_string(std::string{trimmed(item, " ")}));
    }
    return list + "]";
}

// A value as TOML has it: bare if it is a number or a boolean, else in quotes.
std::string toml_value(const Key& key, const std::string& value) {
    if (is_list(key)) {
        return as_list(value);
    }
    const bool number = std::holds_alternative<Accessor<std::int64_t>>(key.access) &&
                        std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
    return number || std::holds_alternative<Accessor<bool>>(key.access) ? value
                                                                        : toml_string(value);
}

// A secret is a comment, because it is not shown.
void print_setting(const Config& config, const Key& key) {
    const ShownSetting shown = show(config, key);
    if (is_secret(key)) {
        arc::print("# {} {}  # {}\n", key.name, shown.value, shown.origin);
    } else if (shown.value.empty()) {
        arc::print("# {} (not set)  # {}\n", key.name, shown.origin);
    } else {
        arc::print("{} = {}  # {}\n", key.name, toml_value(key, shown.value), shown.origin);
    }
}

void print_settings(const Config& config, std::string_view section) {
    for (const Key& key : keys()) {
        if (key.section == section) {
            print_setting(config, key);
        }
    }
}

void print_objects(const Config& config, const Section& section) {
    for (const ObjectKind* kind : section.objects) {
        for (const ShownObject& object : kind->show(config)) {
            arc::print("\n[[{}.{}]]  # {}\n", section.name, kind->name, object.declared_at);
            for (const auto& [name, value] : object.fields) {
                arc::print("{} = {}\n", name, value);
            }
        }
    }
}

void print_levels(const Config& config) {
    if (!config.levels.empty()) {
        arc::print("\n[levels]\n");
    }
    for (const LevelOverride& level : config.levels) {
        arc::print("\"{}\" = \"{}\"  # {}\n", level.code.text(), to_string(level.level),
                   level.declared_at);
    }
}

void print_config(const Config& config) {
    print_settings(config, "");
    print_levels(config);
    arc::print("\n[{}]\n", kClusterSection);
    print_settings(config, kClusterSection);
    for (const Section* section : sections()) {
        arc::print("\n[{}]\n", section->name);
        print_settings(config, section->name);
        print_objects(config, *section);
    }
}

struct Arguments {
    bool check_only = false;
    LoadOptions options;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("config",
                     "Prints the effective configuration in the format of the file, each value "
                     "with its source. Secrets are not shown.");
    line.flag("--check", arguments.check_only, "only validate the configuration");
    line.settings(arguments.options);
    line.exit_codes({{"0", "the configuration is valid"},
                     {"64", "usage error"},
                     {"78", "invalid configuration"}});
    return line;
}

}  // namespace

Help config_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int config(int argc, char** argv) {
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto loaded = load_or_report("config", arguments.options);
    if (!loaded) {
        return kExitConfig;
    }
    for (const std::string& name : unknown_environment()) {
        arc::print(stderr, "arc-sidecar config: warning: {}\n", name);
    }
    if (arguments.check_only) {
        arc::print("the configuration is valid\n");
    } else {
        print_config(*loaded);
    }
    return kExitOk;
}

}  // namespace arc::cli
