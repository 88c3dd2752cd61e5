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
std::string_view type_name(Accessor<Hosts>) {
    return "HOSTS";
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

// A flag for each setting that has one: `flag(key, name)`.
template <class Flag>
void for_each_setting(const std::string& timeout_key, Flag flag) {
    for (const Key& key : keys()) {
        const bool timeout = key.name.ends_with("timeout");
        if (!is_secret(key) && (!timeout || key.path() == timeout_key)) {
            flag(key, timeout ? std::string("--timeout") : flag_name(key));
        }
    }
}

HelpOption setting_option(const Key& key, std::string flag) {
    if (!key.choices.empty()) {
        const auto choices = split(key.choices, '|');
        return choice_option(std::move(flag), {choices.begin(), choices.end()},
                             std::string(key.help));
    }
    std::string_view value = std::visit([](auto access) { return type_name(access); }, key.access);
    value = key.name.ends_with("_file") ? "FILE" : key.name.ends_with("_dir") ? "DIR" : value;
    return {.flag = std::move(flag), .value = std::string(value), .text = std::string(key.help)};
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
    Help help;
    HelpGroup arguments{.title = "Arguments", .options = {}};
    HelpGroup options{.title = "Options",
                      .options = {{"-h, --help", "", "print this help and exit"}}};
    std::map<std::string, std::string> settings;  // key path → text, filled by CLI11
    LoadOptions* load = nullptr;
    std::optional<TimeoutFlag> timeout;
    std::vector<std::string>* services = nullptr;

    std::string timeout_key() const { return timeout ? timeout->key : std::string{}; }
    void add_services(std::vector<std::string>& target, const std::string& argument,
                      std::string_view fallback);
    void add_settings();
    void take_settings();
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

CommandLine::CommandLine(std::string name, std::string description)
    : impl_(std::make_unique<Impl>()) {
    impl_->app.set_help_flag("-h,--help", "");
    impl_->help.command = name;
    impl_->help.description = std::move(description);
    impl_->name = std::move(name);
}

CommandLine::~CommandLine() = default;
CommandLine::CommandLine(CommandLine&&) noexcept = default;
CommandLine& CommandLine::operator=(CommandLine&&) noexcept = default;

void CommandLine::flag(const std::string& name, bool& target, const std::string& text) {
    impl_->app.add_flag(name, target);
    impl_->options.options.push_back({.flag = name, .value = {}, .text = text});
}

void CommandLine::option(const std::string& name, std::string& target, const std::string& text,
                         const std::vector<std::string>& choices, const std::string& value) {
    if (choices.empty()) {
        impl_->app.add_option(name, target);
        impl_->options.options.push_back({.flag = name, .value = value, .text = text});
        return;
    }
    impl_->app.add_option(name, target)->check([choices](const std::string& word) -> std::string {
        const std::vector<std::string_view> known(choices.begin(), choices.end());
        if (std::ranges::find(known, word) != known.end()) {
            return {};
        }
        return fmt::format("'{}' is none of {}{}", word, fmt::join(choices, ", "),
                           did_you_mean(word, known));
    });
    impl_->options.options.push_back(choice_option(name, choices, text));
}

void CommandLine::positional(const std::string& name, std::string& target, const std::string& text,
                             std::vector<std::string> choices) {
    impl_->app.add_option(name, target);
    impl_->arguments.options.push_back(
        {.flag = name, .value = {}, .text = text, .choices = std::move(choices)});
    following(fmt::format("[{}]", name));
}

void CommandLine::services(std::vector<std::string>& target) {
    impl_->add_services(target, "SERVICE...", "the image's service; outside an image, all");
}

void CommandLine::one_service(std::vector<std::string>& target) {
    impl_->add_services(target, "SERVICE", "the image's service");
}

void CommandLine::Impl::add_services(std::vector<std::string>& target, const std::string& argument,
                                     std::string_view fallback) {
    const std::vector<std::string_view> names = service_names();
    services = &target;
    app.add_option("services", target);
    arguments.options.push_back(
        {.flag = argument,
         .value = {},
         .text = fmt::format("{}. Default: {}", enumerate(names, "or"), fallback),
         .choices = {names.begin(), names.end()}});
    help.arguments = fmt::format("[{}]", argument);
}

void CommandLine::settings(LoadOptions& target, std::optional<TimeoutFlag> timeout) {
    impl_->load = &target;
    impl_->timeout = std::move(timeout);
}

void CommandLine::following(const std::string& arguments) {
    impl_->help.arguments = arguments;
}

void CommandLine::exit_codes(std::vector<std::pair<std::string, std::string>> codes) {
    impl_->help.exit_codes = std::move(codes);
}

Help CommandLine::help() const {
    Help help = impl_->help;
    if (!impl_->arguments.options.empty()) {
        help.groups.push_back(impl_->arguments);
    }
    help.groups.push_back(impl_->options);
    if (impl_->load == nullptr) {
        return help;
    }
    HelpGroup settings{.title = "Settings", .options = {}};
    std::vector<HelpOption>& options = help.groups.back().options;
    options.push_back({.flag = "--config",
                       .value = "FILE",
                       .text = fmt::format("configuration file. Default: {}", kDefaultConfigFile)});
    for_each_setting(impl_->timeout_key(), [&](const Key& key, const std::string& flag) {
        HelpOption option = setting_option(key, flag);
        if (flag == "--timeout") {
            option.text = impl_->timeout->text;
            options.push_back(std::move(option));
        } else {
            settings.options.push_back(std::move(option));
        }
    });
    help.groups.push_back(std::move(settings));
    return help;
}

void CommandLine::Impl::add_settings() {
    app.add_option("--config", load->file);
    for_each_setting(timeout_key(), [this](const Key& key, const std::string& flag) {
        app.add_option(flag, settings[key.path()]);
    });
}

void CommandLine::Impl::take_settings() {
    for_each_setting(timeout_key(), [this](const Key& key, const std::string& flag) {
        const auto text = settings.find(key.path());
        if (text != settings.end() && app.count(flag) > 0) {
            load->flags.emplace_back(key.path(), text->second);
        }
    });
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
        arc::print("{}", Composed{help_text(help())});
        return kExitOk;
    } catch (const CLI::ExtrasError&) {
        return impl_->unexpected(impl_->app.remaining().empty() ? std::string{}
                                                                : impl_->app.remaining().front());
    } catch (const CLI::ParseError& error) {
        return impl_->usage(error.what());
    }
    if (flags && impl_->load != nullptr) {
        impl_->take_settings();
    }
    return impl_->services != nullptr ? impl_->check_services() : std::nullopt;
}

}  // namespace arc::cli
