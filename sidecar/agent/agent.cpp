#include "agent/agent.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <limits>
#include <mutex>
#include <random>
#include <utility>

#include "agent/endpoint.hpp"
#include "agent/log_limit.hpp"
#include "agent/resources.hpp"
#include "agent/schedule.hpp"
#include "agent/verdict_cache.hpp"
#include "base/exit_codes.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"
#include "health/restart.hpp"
#include "init/agent_process.hpp"
#include "init/end_request.hpp"
#include "init/send.hpp"

namespace arc::agent {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// A deep probe may take this long before the server counts as stuck.
constexpr std::chrono::milliseconds kDeepTimeout{10'000};
constexpr std::chrono::milliseconds kAttemptTimeout{10'000};

LogFormat log_format(const Config& config) {
    return parse_log_format(*config.log_format).value_or(LogFormat::text);
}

// 0: no server is ended.
std::chrono::milliseconds end_limit(const Config& config) {
    return config.end_unhealthy_after->value_or(std::chrono::milliseconds{0});
}

class Agent {
public:
    Agent(const Service& service, Source source, const Resources& resources)
        : service_(service),
          options_(std::move(source.options)),
          fingerprint_(source.fingerprint),
          problem_(std::move(source.loaded.error)),
          blind_(problem_.has_value()),
          config_(std::move(source.loaded.config)),
          resources_(resources),
          name_(service.name()),
          schedule_(boottime_ms(), service.start_patience_ms),
          unhealthy_(end_limit(config_).count()),
          next_bootstrap_(blind_ || service.bootstrap == nullptr ? kNever : 0),
          next_deep_(blind_ || service.deep == nullptr ? kNever : 0) {}

    [[noreturn]] void loop();

private:
    void say(LogLevel level, const std::string& text) const;
    void save(Phase phase, const std::string& detail);
    void try_bootstrap();
    void log_bootstrap(const BootstrapReport& report);
    void try_deep();
    void watch();
    void read_again();
    void complain(const Error& problem);
    [[noreturn]] void start_anew() const;
    void recall(Verdict& verdict);
    void follow_start(const Verdict& verdict, bool fit);
    void return_token(const Verdict& verdict);
    void end_server();
    void explain_stop();
    void on_signal(int signals);
    void read_server_info();
    void work();
    [[nodiscard]] std::int64_t next() const {
        return std::min({next_bootstrap_, next_deep_, next_watch_, next_reading_});
    }

    const Service& service_;
    LoadOptions options_;
    std::uint64_t fingerprint_;     // of what was read last
    std::optional<Error> problem_;  // of the configuration, at the start
    bool blind_;                    // there was none that was right: what is declared is not known
    Config config_;                 // our own: what is learnt of the server goes into it
    Resources resources_;
    mutable std::mutex saying_;  // over the next
    mutable LogLimit log_limit_;
    std::string name_;
    BootstrapSchedule schedule_;
    UnhealthyClock unhealthy_;
    std::int64_t next_bootstrap_;
    std::int64_t next_deep_;
    std::int64_t next_watch_ = 0;
    std::int64_t next_reading_ = 0;
    std::string last_verdict_;
    std::string last_reason_;
    RestartFacts known_;  // what a restart would do, when the server last answered
    bool save_failed_ = false;
    bool end_said_ = false;
    bool token_returned_ = false;
    std::minstd_rand random_{std::random_device{}()};
    std::atomic<Phase> phase_{Phase::pending};  // for the threads of the HTTP server
    agent::VerdictCache verdicts_{service_, config_, *config_.timeout};
    Endpoint endpoint_{service_,
                       config_,
                       verdicts_,
                       resources_,
                       [this] { return std::optional{phase_.load()}; },
                       [this](bool warning, const std::string& line) {
                           say(warning ? LogLevel::warning : LogLevel::info, line);
                       }};
};

void Agent::say(LogLevel level, const std::string& text) const {
    const std::scoped_lock lock(saying_);
    const auto admitted = log_limit_.admit(text, std::chrono::steady_clock::now());
    if (!admitted) {
        return;
    }
    const auto now =
        std::chrono::duration_cast<init::Time>(std::chrono::system_clock::now().time_since_epoch());
    const std::string line = format_line(log_format(config_), level, *admitted, now, "agent");
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

void Agent::save(Phase phase, const std::string& detail) {
    phase_ = phase;
    const auto saved = write_agent_state(*config_.state_dir, name_, {phase, detail, boottime_ms()});
    if (!saved && !save_failed_) {
        say(LogLevel::warning,
            fmt::format("the agent's state cannot be kept: {}", saved.error().text));
    }
    save_failed_ = !saved;
}

void Agent::log_bootstrap(const BootstrapReport& report) {
    for (const Action& action : report.actions) {
        if (action.done) {
            const char* what = action.kind == ActionKind::create ? "created" : "changed";
            const std::string detail = action.detail.empty() ? std::string{} : ": " + action.detail;
            say(LogLevel::info, fmt::format("bootstrap: {} {}{}", what, action.object, detail));
        }
    }
    const std::string why = reason(report);
    if (schedule_.phase() != Phase::pending && why != last_reason_) {
        last_reason_ = why;
        say(why.empty() ? LogLevel::info : LogLevel::warning,
            why.empty() ? std::string("bootstrap: everything declared is there")
                        : fmt::format("bootstrap: {}", why));
    }
}

void Agent::try_bootstrap() {
    const BootstrapReport report =
        service_.bootstrap(config_, {}, Deadline::after(kAttemptTimeout));
    const Phase before = schedule_.phase();
    schedule_.attempted(report, boottime_ms(),
                        std::uniform_real_distribution<double>(0.0, 1.0)(random_));
    next_bootstrap_ = schedule_.next();
    log_bootstrap(report);
    save(schedule_.phase(), reason(report));
    if (schedule_.phase() != before) {
        next_watch_ = 0;
        next_deep_ = service_.deep == nullptr ? kNever : 0;
    }
}

void Agent::try_deep() {
    const DeepResult result = service_.deep(config_, Deadline::after(kDeepTimeout));
    // Until the first good one the server is still starting: ask again soon.
    const bool soon = result.level != Level::ok && schedule_.phase() == Phase::pending;
    next_deep_ = boottime_ms() + (soon ? 1'000 : kDeepPause);
    [[maybe_unused]] const auto written = write_deep_result(*config_.state_dir, name_, result);
}

// `check` reads the configuration each time it runs; so that the two never contradict each other,
// the agent follows what is there.
void Agent::read_again() {
    next_reading_ = boottime_ms() + kReadPause;
    const std::uint64_t now = config_fingerprint(options_);
    if (now == fingerprint_) {
        return;
    }
    fingerprint_ = now;
    if (const auto loaded = load_config(options_)) {
        start_anew();
    } else {
        complain(loaded.error());
    }
}

void Agent::complain(const Error& problem) {
    verdicts_.set_problem(misconfigured(problem.text), blind_);
    next_watch_ = 0;
    say(LogLevel::warning, fmt::format("configuration: {}: {}; it is read again", problem.text,
                                       blind_ ? "the server is not asked and nothing is made"
                                              : "what was read before stays"));
}

// The simplest way to be sure that nothing of the old one is left in any thread. The process id,
// and with it PID 1's watch, stays.
void Agent::start_anew() const {
    say(LogLevel::info, "the configuration has changed: the agent restarts with it");
    std::vector<std::string> words = command_of("self");
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::execv("/proc/self/exe", argv.data());
    ::_exit(kExitFailed);  // PID 1 starts another
}

// What a silent server does not tell, or one that could not be asked, is taken from when it last
// answered, also by an agent that was started since.
void Agent::recall(Verdict& verdict) {
    const auto untold = [](const Finding& one) {
        return one.level != Level::ok && (one.liveness || one.code.text().starts_with("sidecar."));
    };
    if (verdict.restart.data == RestartFacts::Data::unknown &&
        std::ranges::any_of(verdict.findings, untold)) {
        verdict.restart = known_;
        apply_restart(verdict);
    } else if (verdict.restart != known_) {
        known_ = verdict.restart;
        [[maybe_unused]] const auto written =
            write_known_restart(*config_.state_dir, name_, {known_, server_run()});
    }
}

// A service with nothing to bootstrap has converged once it was fit. One that is silent for longer
// than its start may take is not starting any more.
void Agent::follow_start(const Verdict& verdict, bool fit) {
    const Phase before = schedule_.phase();
    const Finding* worst = verdict.worst();
    if (fit && before != Phase::converged) {
        schedule_.attempted({.service = name_, .actions = {}, .error = {}}, boottime_ms(), 0.0);
    } else if (before == Phase::pending && worst != nullptr && worst->liveness) {
        schedule_.attempted(
            {.service = name_, .actions = {}, .error = Error{ErrorKind::timeout, worst->text}},
            boottime_ms(), 0.0);
    }
    if (schedule_.phase() != before) {
        save(schedule_.phase(), schedule_.phase() == Phase::failing ? worst->text : std::string{});
    }
}

// The stop token that this member took before its restart, once it is back and its own copies are
// current. Not while a stop of this run of the server is in progress: then the token is in use.
void Agent::return_token(const Verdict& verdict) {
    if (token_returned_ || blind_ || !has_stop_gate(service_, config_) ||
        !is_fit(verdict, Purpose::ready_node) ||
        (!server_run().empty() && read_leaving(*config_.state_dir, name_) == server_run())) {
        return;
    }
    token_returned_ = service_.cluster->return_token(config_, Deadline::after(*config_.timeout));
}

void Agent::watch() {
    Verdict verdict =
        verdicts_.at_most(std::chrono::milliseconds{0}, Deadline::after(*config_.timeout)).verdict;
    recall(verdict);
    const bool fit = is_fit(verdict);
    if (service_.bootstrap == nullptr && !blind_) {
        follow_start(verdict, fit);
    }
    return_token(verdict);
    const bool pending = schedule_.phase() == Phase::pending;
    const std::int64_t limit = end_limit(config_).count();
    next_watch_ = boottime_ms() + (pending     ? 1'000
                                   : limit > 0 ? std::min(limit, kWatchPause)
                                               : kWatchPause);
    const Finding* worst = verdict.worst();
    const std::string changed = worst == nullptr
                                    ? std::string("ok")
                                    : fmt::format("{}{}", to_string(worst->level), worst->code);
    if (changed != last_verdict_ && !(pending && verdict.level() == Level::starting)) {
        last_verdict_ = changed;
        say(fit ? LogLevel::info : LogLevel::warning, headline(verdict));
    }
    switch (unhealthy_.reached(verdict, !pending, boottime_ms())) {
        case Ending::end:
            end_server();
            break;
        case Ending::keep:
            say(LogLevel::warning,
                fmt::format("{} has been unhealthy for {} and is not ended: a restart {} "
                            "(end_unhealthy_after)",
                            name_, format_duration(end_limit(config_)), restart_refusal(verdict)));
            break;
        case Ending::none:
            break;
    }
}

// By PID 1: it stops the server in order, kills it when it does not obey, and leaves with a
// failure, so that the restart policy acts. No-op when started from a shell.
void Agent::end_server() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    if (std::getenv("ARC_SERVER_PID") == nullptr) {
        return;
    }
    const bool first = !std::exchange(end_said_, true);
    if (first) {
        say(LogLevel::error,
            fmt::format("{} has been unhealthy for {}: ending it, so that the restart policy acts "
                        "(end_unhealthy_after)",
                        name_, format_duration(end_limit(config_))));
    }
    if (const int error = init::ask_for_end(::getppid()); error != 0 && first) {
        say(LogLevel::error,
            init::explain_unsent(init::real_sys(), ::getppid(), SIGTERM, "PID 1", error));
    }
}

// The server's own configuration beats what was declared here: `check` and the HTTP server use it.
void Agent::read_server_info() {
    const ServerInfoHooks* hooks = service_.server_info;
    const auto info = hooks == nullptr ? std::nullopt : hooks->read(server_command());
    if (!info) {
        return;
    }
    hooks->apply(*info, config_);
    // a failure was logged by save()
    [[maybe_unused]] const auto written = write_server_info(*config_.state_dir, name_, *info);
}

// PID 1 asks (init::kExplain): the server was told to stop some seconds ago, and the runtime's
// patience may soon be over.
void Agent::explain_stop() {
    const Verdict verdict =
        verdicts_.at_most(std::chrono::milliseconds{0}, Deadline::after(*config_.timeout)).verdict;
    say(LogLevel::warning, fmt::format("{} does not stop: {}", name_,
                                       why_not_stopped(verdict, service_.still_answers)));
}

void Agent::on_signal(int signals) {
    signalfd_siginfo info{};
    if (::read(signals, &info, sizeof info) != sizeof info ||
        info.ssi_signo != static_cast<std::uint32_t>(init::kExplain)) {
        ::_exit(kExitOk);
    }
    explain_stop();
}

// Descriptor that becomes readable on TERM, INT or init::kExplain, which are blocked from here on.
int taken_signals() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, init::kExplain);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return ::signalfd(-1, &set, SFD_CLOEXEC);
}

// What is due.
void Agent::work() {
    const std::int64_t now = boottime_ms();
    if (now >= next_reading_) {
        read_again();
    }
    if (now >= next_bootstrap_) {
        try_bootstrap();
    }
    if (now >= next_deep_) {
        try_deep();
    }
    if (now >= next_watch_) {
        watch();
        endpoint_.open();
    }
}

void Agent::loop() {
    const int signals = taken_signals();
    save(Phase::pending, "");
    if (const auto known = read_known_restart(*config_.state_dir, name_);
        known && !server_run().empty() && known->server == server_run()) {
        known_ = known->facts;
    }
    read_server_info();
    if (problem_) {
        complain(*problem_);
    }
    endpoint_.open();
    while (true) {
        try {
            work();
            // no memory, no thread: what was not done is done at the next turn
        } catch (const std::exception& error) {
            constexpr std::int64_t kShortPause = 1'000;
            say(LogLevel::warning,
                fmt::format("the sidecar ran out of a resource ({}) and tries again",
                            error.what()));
            next_bootstrap_ = std::max(next_bootstrap_, boottime_ms() + kShortPause);
            next_deep_ = std::max(next_deep_, boottime_ms() + kShortPause);
            next_watch_ = std::max(next_watch_, boottime_ms() + kShortPause);
            next_reading_ = std::max(next_reading_, boottime_ms() + kShortPause);
        }
        const std::int64_t pause = std::clamp<std::int64_t>(next() - boottime_ms(), 0, kSlowPause);
        pollfd waiting{.fd = signals, .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(pause)) > 0) {
            on_signal(signals);
        }
    }
}

}  // namespace

void run(const Service& service, Source source) {
    const Resources resources = confine();  // before any thread
    Agent(service, std::move(source), resources).loop();
}

}  // namespace arc::agent
