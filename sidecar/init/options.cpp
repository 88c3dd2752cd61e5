#include "init/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/list.hpp"
#include "base/suggest.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

constexpr std::array<std::string_view, 6> kFlags{"--service",  "--stop-signal", "--preflight",
                                                 "--no-agent", "--log-format",  "--help"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
// In the order of PreflightMode.
constexpr std::array<std::string_view, 3> kPreflights{"refuse", "warn", "off"};

std::unexpected<Error> usage_error(std::string text) {
    return fail(ErrorKind::config, std::move(text));
}

// The setters. `where` is the source of the value for errors: "--service" or "ARC_SERVICE".
Result<void> set_service(Options& options, std::string_view where, std::string_view value) {
    options.service = find_process_facts(value);
    if (options.service == nullptr) {
        return usage_error(fmt::format("{}: unknown service '{}'{} ({})", where, value,
                                       did_you_mean(value, service_names()),
                                       enumerate(service_names(), "or")));
    }
    return {};
}

Result<void> set_stop_signal(Options& options, std::string_view where, std::string_view value) {
    const std::optional<int> signo = parse_signal(value);
    if (!signo || !is_forwarded(*signo)) {
        return usage_error(fmt::format(
            "{}: '{}' is not a signal that can stop a server (TERM, INT, QUIT, USR2 or a number)",
            where, value));
    }
    options.stop_signal = *signo;
    return {};
}

Result<void> set_log_format(Options& options, std::string_view where, std::string_view value) {
    const std::optional<LogFormat> format = parse_log_format(value);
    if (!format) {
        return usage_error(fmt::format("{}: unknown format '{}'{} (text or json)", where, value,
                                       did_you_mean(value, kFormats)));
    }
    options.log_format = format;
    return {};
}

Result<void> set_preflight(Options& options, std::string_view where, std::string_view value) {
    const auto* const found = std::ranges::find(kPreflights, value);
    if (found == kPreflights.end()) {
        return usage_error(fmt::format("{}: unknown mode '{}'{} (refuse, warn or off)", where,
                                       value, did_you_mean(value, kPreflights)));
    }
    options.preflight = static_cast<PreflightMode>(found - kPreflights.begin());
    return {};
}

// "TERM, or INT for nats"
std::string stop_signals() {
    std::string text = "TERM";
    for (const std::string_view name : service_names()) {
        const int signo = find_process_facts(name)->stop_signal;
        text += signo == SIGTERM ? std::string{}
                                 : fmt::format(", or {} for {}", signal_name(signo), name);
    }
    return text;
}

std::string service_text() {
    return fmt::format("the service: {}. Without it, there is no agent and no preflight",
                       enumerate(service_names(), "or"));
}

std::string stop_signal_text() {
    return fmt::format("signal sent to the server when TERM arrives. Default: {}", stop_signals());
}

std::string preflight_text() {
    return "if preflight refuses: do not start the server and exit with 78 (refuse, the default), "
           "start it with a warning (warn), or skip preflight (off)";
}

std::string log_format_text() {
    return "format of the sidecar's log lines. Default: log_format of the configuration file; "
           "without preflight, text";
}

// A setting with a flag and a variable.
struct Setting {
    std::string_view flag;
    std::string_view variable;
    std::string_view value;
    Result<void> (*set)(Options&, std::string_view where, std::string_view value);
    std::string (*text)();
};
constexpr std::array<Setting, 4> kSettings{
    {{"--service", "ARC_SERVICE", "NAME", set_service, service_text},
     {"--preflight", "ARC_PREFLIGHT", "refuse|warn|off", set_preflight, preflight_text},
     {"--stop-signal", "ARC_STOP_SIGNAL", "SIGNAL", set_stop_signal, stop_signal_text},
     {"--log-format", "ARC_LOG_FORMAT", "text|json", set_log_format, log_format_text}}};

// Reads flags from the left. The remaining arguments are the command.
class Parser {
public:
    explicit Parser(std::span<const char* const> words) : rest_(words) {}

    // Reads up to the first argument that is not a flag. Skips one `--`.
    Result<void> read_flags();
    // Reads variables whose flag was not given. A variable that a flag overrides may be invalid.
    Result<void> read_environment(const Environment& environment);

    [[nodiscard]] std::vector<std::string> rest() const { return {rest_.begin(), rest_.end()}; }

    Options options;

private:
    Result<void> read_flag(std::string_view word);
    Result<void> read_setting(size_t index, std::optional<std::string_view> value);
    std::string_view take();

    std::span<const char* const> rest_;
    std::array<bool, kSettings.size()> given_{};
};

std::string_view Parser::take() {
    const std::string_view word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
}

Result<void> Parser::read_flags() {
    while (!options.help && !rest_.empty() && std::string_view{rest_.front()}.starts_with('-')) {
        const std::string_view word = take();
        if (word == "--") {
            break;
        }
        if (auto read = read_flag(word); !read) {
            return read;
        }
    }
    return {};
}

Result<void> Parser::read_flag(std::string_view word) {
    if (word == "--no-agent") {
        options.agent = false;
        return {};
    }
    if (word == "--help" || word == "-h") {
        options.help = true;
        return {};
    }
    const size_t mark = word.find('=');  // `--service=nats` is `--service nats`
    const std::string_view name = word.substr(0, mark);
    for (size_t i = 0; i < kSettings.size(); ++i) {
        if (name == kSettings[i].flag) {
            return read_setting(i, mark == std::string_view::npos
                                       ? std::nullopt
                                       : std::optional{word.substr(mark + 1)});
        }
    }
    return usage_error(fmt::format("{}: unknown flag{} (flags of the server go after its name)",
                                   name, did_you_mean(name, kFlags)));
}

Result<void> Parser::read_setting(size_t index, std::optional<std::string_view> value) {
    const Setting& setting = kSettings[index];
    if (!value && !rest_.empty()) {
        value = take();
    }
    if (!value || value->empty()) {
        return usage_error(fmt::format("{}: value missing", setting.flag));
    }
    if (given_[index]) {
        return usage_error(fmt::format("{}: given twice", setting.flag));
    }
    given_[index] = true;
    return setting.set(options, setting.flag, *value);
}

Result<void> Parser::read_environment(const Environment& environment) {
    for (size_t i = 0; i < kSettings.size(); ++i) {
        const char* value = given_[i] ? nullptr : find_variable(environment, kSettings[i].variable);
        if (value == nullptr || *value == '\0') {
            continue;
        }
        if (auto set = kSettings[i].set(options, kSettings[i].variable, value); !set) {
            return set;
        }
    }
    return {};
}

}  // namespace

const char* find_variable(const Environment& environment, std::string_view name) noexcept {
    for (const std::string& entry : environment) {
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
            return entry.c_str() + name.size() + 1;
        }
    }
    return nullptr;
}

Result<Options> parse_options(std::span<const char* const> words, const Environment& environment) {
    Parser parser{words};
    if (auto read = parser.read_flags(); !read) {
        return std::unexpected(read.error());
    }
    if (parser.options.help) {
        return parser.options;
    }
    if (auto read = parser.read_environment(environment); !read) {
        return std::unexpected(read.error());
    }
    Options& options = parser.options;
    options.command = parser.rest();
    if (options.command.empty() || options.command.front().empty()) {
        return usage_error(
            "no command: give the server to run, as in `arc-sidecar run -- SERVER --config FILE`");
    }
    if (options.stop_signal == 0) {
        options.stop_signal = options.service == nullptr ? SIGTERM : options.service->stop_signal;
    }
    return options;
}

Help help() {
    const std::string services = enumerate(service_names(), "or");
    std::vector<HelpOption> options{{"-h, --help", "", "print this help and exit"}};
    for (const Setting& setting : kSettings) {
        options.push_back({.flag = std::string(setting.flag),
                           .value = std::string(setting.value),
                           .text = fmt::format("{} ({})", setting.text(), setting.variable)});
    }
    options.push_back({"--no-agent", "", "start no agent"});
    return {.command = "run",
            .arguments = "[--] COMMAND...",
            .description =
                "Starts the command as the server and supervises it as PID 1: forwards signals, "
                "reaps orphans, and keeps the agent running.",
            .groups = {{.title = "Options", .options = std::move(options)}},
            .exit_codes = {{"0-255", "the exit code of the server"},
                           {"128+N", "signal N ended the server"},
                           {"1",
                            "the server exited with 0, but was stopped because it stayed "
                            "unhealthy (end_unhealthy_after)"},
                           {"64", "usage error"},
                           {"78", "preflight refused to start the server"},
                           {"126", "the command cannot be executed"},
                           {"127", "the command was not found"}}};
}

}  // namespace arc::init
