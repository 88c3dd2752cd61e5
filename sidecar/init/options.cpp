#include "init/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/list.hpp"
#include "base/suggest.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

constexpr std::array<std::string_view, 6> kFlags{"--service",  "--stop-signal", "--preflight",
                                                 "--no-agent", "--log-format",  "--help"};
constexpr std::array<std::string_view, 2> kFormats{"text", "json"};
// as PreflightMode has them
constexpr std::array<std::string_view, 3> kPreflights{"refuse", "warn", "off"};

std::unexpected<Error> usage_error(std::string text) {
    return fail(ErrorKind::config, std::move(text));
}

// The setters: `where` names the source of a bad value, "--service" or "ARC_SERVICE".
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
    if (!signo || !is_passed_on(*signo)) {
        return usage_error(fmt::format(
            "{}: '{}' is no signal that can stop a server (TERM, INT, QUIT, USR2 or a number)",
            where, value));
    }
    options.stop_signal = *signo;
    return {};
}

Result<void> set_log_format(Options& options, std::string_view where, std::string_view value) {
    if (value != "text" && value != "json") {
        return usage_error(fmt::format("{}: unknown format '{}'{} (text or json)", where, value,
                                       did_you_mean(value, kFormats)));
    }
    options.log_format = value == "json" ? LogFormat::json : LogFormat::text;
    return {};
}

Result<void> set_preflight(Options& options, std::string_view where, std::string_view value) {
    const auto* const found = std::ranges::find(kPreflights, value);
    if (found == kPreflights.end()) {
        return usage_error(fmt::format("{}: '{}' is none of refuse, warn, off{}", where, value,
                                       did_you_mean(value, kPreflights)));
    }
    options.preflight = static_cast<PreflightMode>(found - kPreflights.begin());
    return {};
}

// A setting that has a flag with a value and a variable.
struct Setting {
    std::string_view flag;
    std::string_view variable;
    Result<void> (*set)(Options&, std::string_view where, std::string_view value);
};
constexpr std::array<Setting, 4> kSettings{{{"--service", "ARC_SERVICE", set_service},
                                            {"--preflight", "ARC_PREFLIGHT", set_preflight},
                                            {"--stop-signal", "ARC_STOP_SIGNAL", set_stop_signal},
                                            {"--log-format", "ARC_LOG_FORMAT", set_log_format}}};

// Reads the words from the left; what is left is the command.
class Parser {
public:
    explicit Parser(std::span<const char* const> words) : rest_(words) {}

    // Up to the first word that is no flag; a `--` there is swallowed.
    Result<void> read_flags();
    // The variables whose flag was not given: what a flag overrides need not even be valid.
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

// "INT for nats, else TERM"
std::string stop_signals() {
    std::string text;
    for (const std::string_view name : service_names()) {
        const int signo = find_process_facts(name)->stop_signal;
        text +=
            signo == SIGTERM ? std::string{} : fmt::format("{} for {}, ", signal_name(signo), name);
    }
    return text + (text.empty() ? "TERM" : "else TERM");
}

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
    return usage_error(fmt::format("{}: unknown flag{} (flags of the server go behind its name)",
                                   name, did_you_mean(name, kFlags)));
}

Result<void> Parser::read_setting(size_t index, std::optional<std::string_view> value) {
    const Setting& setting = kSettings[index];
    if (!value && !rest_.empty()) {
        value = take();
    }
    if (!value || value->empty()) {
        return usage_error(fmt::format("{}: wants a value", setting.flag));
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
            "no command: say which server to run, as in `arc-sidecar run -- SERVER --config FILE`");
    }
    if (options.stop_signal == 0) {
        options.stop_signal = options.service == nullptr ? SIGTERM : options.service->stop_signal;
    }
    return options;
}

std::string usage() {
    return fmt::format(R"(Usage: arc-sidecar run [flags] [--] command [arguments...]

Starts the command as its server and looks after it: passes signals on, reaps orphans, keeps the agent beside
it alive, and leaves with the server's own exit status.

  --service {:<18} what the command is; without it no agent, and TERM stays TERM  (ARC_SERVICE)
  --stop-signal SIGNAL         what the server gets for a TERM: {:<29} (ARC_STOP_SIGNAL)
  --preflight refuse|warn|off  what a reason not to start the server does: ends it with 78    (ARC_PREFLIGHT)
  --no-agent                   no agent beside the server
  --log-format text|json       of the sidecar's own lines on stderr                           (ARC_LOG_FORMAT)
  --help                       this text

Exit: the server's own code, or 128+n when signal n ended it; 1 when an unhealthy server was ended
(end_unhealthy_after) and left with 0; 126 not executable, 127 not found,
64 usage, 78 refused before the start.
)",
                       fmt::format("{}", fmt::join(service_names(), "|")), stop_signals());
}

}  // namespace arc::init
