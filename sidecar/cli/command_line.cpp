#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/exit_codes.hpp"
#include "base/list.hpp"
#include "base/print.hpp"
#include "base/suggest.hpp"
#include "base/wrap.hpp"
#include "config/keys.hpp"
#include "services.hpp"

namespace arc::cli {
namespace {

// The text of a flag that must not exist, because everybody on the machine can read a command line.
std::optional<std::string> secret_flag_error(std::string_view word) {
    for (const Key& key : keys()) {
        const std::string name = flag_name(key);
        if (is_secret(key) && (word == name || word.starts_with(name + "="))) {
            const std::string variable = environment_name(key);
            return fmt::format(
                "{}: a secret on the command line is visible to all users of the machine: set "
                "{}_FILE or {}",
                name, variable, variable);
        }
    }
    return std::nullopt;
}

// The help fits a terminal of this many columns.
constexpr std::size_t kWidth = 80;
constexpr std::size_t kColumn = 30;  // of the descriptions
// Longer lists of choices are part of the description.
constexpr std::size_t kLongestChoices = 30;

constexpr std::string_view kSettings = "Settings";  // the second group of options

// CLI11's help, in lines of at most kWidth columns.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_description(const CLI::App* app) const override {
        const std::string text = app->get_description();
        std::string all;
        for (const std::string_view paragraph : split(text, '\n')) {
            all += fmt::format("{}\n", fmt::join(wrap(paragraph, kWidth), "\n"));
        }
        return all + "\n";
    }

    // Without the second blank line before the settings.
    std::string make_group(std::string group, bool is_positional,
                           std::vector<const CLI::Option*> options) const override {
        const bool first = group != kSettings;
        return Formatter::make_group(std::move(group), is_positional, std::move(options))
            .substr(first ? 0 : 1);
    }

    std::string make_option(const CLI::Option* option, bool is_positional) const override {
        const std::string name =
            "  " + make_option_name(option, is_positional) + make_option_opts(option);
        std::string all = name + (name.size() + 2 > kColumn ? "\n" : "");
        std::size_t column = all.ends_with('\n') ? 0 : name.size();
        for (const std::string& line : wrap(make_option_desc(option), kWidth - kColumn)) {
            all += fmt::format("{:{}}{}\n", "", kColumn - column, line);
            column = 0;
        }
        return all;
    }
};

// The placeholder of a value in the help, by the type of the setting.
std::string_view type_name(Accessor<std::string>) {
    return "TEXT";
}
std::string_view type_name(Accessor<Secret>) {
    return "SECRET";
}
std::string_view type_name(Accessor<Url>) {
    return "URL";
}
std::string_view type_name(Accessor<Listen>) {
    return "ADDRESS";
}
std::string_view type_name(Accessor<bool>) {
    return "BOOL";
}
std::string_view type_name(Accessor<std::int64_t>) {
    return "SIZE";
}
std::string_view type_name(Accessor<std::chrono::milliseconds>) {
    return "DURATION";
}
std::string_view type_name(Accessor<std::optional<std::chrono::milliseconds>>) {
    return "DURATION";
}

std::string placeholder(const Key& key) {
    if (!key.choices.empty()) {
        return key.choices.size() > kLongestChoices ? "CHOICE" : std::string(key.choices);
    }
    if (key.name.ends_with("_file")) {
        return "FILE";
    }
    if (key.name.ends_with("_dir")) {
        return "DIR";
    }
    return std::visit([](auto access) { return std::string(type_name(access)); }, key.access);
}

std::string help_of(const Key& key) {
    return key.choices.size() > kLongestChoices
               ? fmt::format("{}: {}", key.help, fmt::join(split(key.choices, '|'), ", "))
               : std::string(key.help);
}

}  // namespace

int usage_error(const std::string& command, const std::string& text) {
    arc::print(stderr, "arc-sidecar {}: {}\nSee `arc-sidecar {} --help`.\n", command, text,
               command);
    return kExitUsage;
}

struct CommandLine::Impl {
    CLI::App app;
    std::string name;
    std::map<std::string, std::string> settings;  // key path → text, filled by CLI11
    LoadOptions* load = nullptr;
    std::string timeout_key;
    std::vector<std::string>* services = nullptr;

    void add_settings();
    int usage(const std::string& text) const { return usage_error(name, text); }
    int unexpected(const std::string& word) const;
    std::optional<int> check_services() const;
};

int CommandLine::Impl::unexpected(const std::string& word) const {
    if (const auto text = secret_flag_error(word)) {
        return usage(*text);
    }
    if (!word.starts_with('-')) {
        return usage(fmt::format("'{}' is not expected here", word));
    }
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& long_name : option->get_lnames()) {
            names.push_back("--" + long_name);
        }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string typed = word.substr(0, word.find('='));
    return usage(fmt::format("no flag '{}'{}", typed, did_you_mean(typed, known)));
}

std::optional<int> CommandLine::Impl::check_services() const {
    const std::vector<std::string_view> known = service_names();
    for (const std::string& service : *services) {
        if (std::ranges::find(known, service) == known.end()) {
            return usage(fmt::format("no service '{}': {}{}", service, enumerate(known, "or"),
                                     did_you_mean(service, known)));
        }
    }
    return std::nullopt;
}

CommandLine::CommandLine(std::string name, std::string summary) : impl_(std::make_unique<Impl>()) {
    impl_->app.description(std::move(summary));
    impl_->app.name("arc-sidecar " + name);
    auto formatter = std::make_shared<HelpFormatter>();
    formatter->label("Positionals", "Arguments");
    impl_->app.formatter(std::move(formatter));
    impl_->app.set_help_flag("-h,--help", "print this help and exit");
    impl_->name = std::move(name);
}

CommandLine::~CommandLine() = default;

void CommandLine::usage(const std::string& words) {
    impl_->app.usage(fmt::format("Usage: {} {}", impl_->app.get_name(), words));
}

void CommandLine::flag(const std::string& name, bool& target, const std::string& help) {
    impl_->app.add_flag(name, target, help);
}

void CommandLine::option(const std::string& name, std::string& target, const std::string& help,
                         const std::vector<std::string>& choices) {
    CLI::Option* option = impl_->app.add_option(name, target, help)->type_name("TEXT");
    if (!choices.empty()) {
        option->type_name(fmt::format("{}", fmt::join(choices, "|")));
        option->check([choices, name](const std::string& text) -> std::string {
            const std::vector<std::string_view> known(choices.begin(), choices.end());
            if (std::ranges::find(known, text) != known.end()) {
                return {};
            }
            return fmt::format("'{}' is none of {}{}", text, fmt::join(choices, ", "),
                               did_you_mean(text, known));
        });
    }
}

void CommandLine::positional(const std::string& name, std::string& target,
                             const std::string& help) {
    impl_->app.add_option(name, target, help)->type_name("");
}

void CommandLine::services(std::vector<std::string>& target) {
    impl_->services = &target;
    impl_->app
        .add_option("services", target,
                    fmt::format("{}; default: the image's service; outside an image, all",
                                fmt::join(service_names(), ", ")))
        ->type_name("");
}

void CommandLine::settings(LoadOptions& target, const std::string& timeout_key) {
    impl_->load = &target;
    impl_->timeout_key = timeout_key;
}

void CommandLine::Impl::add_settings() {
    app.add_option("--config", load->file,
                   fmt::format("configuration file (default {})", kDefaultConfigFile))
        ->type_name("FILE");
    for (const Key& key : keys()) {
        const bool timeout = key.name.ends_with("timeout");
        if (is_secret(key) || (timeout && key.path() != timeout_key)) {
            continue;
        }
        const std::string flag = timeout ? std::string("--timeout") : flag_name(key);
        CLI::Option* option = app.add_option(flag, settings[key.path()], help_of(key));
        option->group(timeout ? "Options" : std::string(kSettings))->type_name(placeholder(key));
    }
}

std::optional<int> CommandLine::parse(int argc, char** argv) {
    std::vector<std::string> words(argv, argv + argc);
    // A check has no flags as a rule. Half of its instructions would be about flags that are not
    // there (measured).
    const bool flags = std::ranges::any_of(words, [](const auto& w) { return w.starts_with('-'); });
    if (flags && impl_->load != nullptr) {
        impl_->add_settings();
    }
    std::ranges::reverse(words);  // CLI11's vector form takes the last word first
    try {
        impl_->app.parse(std::move(words));
    } catch (const CLI::CallForHelp&) {
        arc::print("{}", Composed{impl_->app.help()});
        return kExitOk;
    } catch (const CLI::ExtrasError&) {
        return impl_->unexpected(impl_->app.remaining().empty() ? std::string{}
                                                                : impl_->app.remaining().front());
    } catch (const CLI::ParseError& error) {
        return impl_->usage(error.what());
    }
    for (const auto& [path, text] : impl_->settings) {
        const Key* key = find_key(path);
        const std::string name = path.ends_with("timeout") ? "--timeout" : flag_name(*key);
        if (impl_->app.count(name) > 0) {
            impl_->load->flags.emplace_back(path, text);
        }
    }
    return impl_->services != nullptr ? impl_->check_services() : std::nullopt;
}

}  // namespace arc::cli
