#include "init/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/exit_codes.hpp"
#include "init/agent_process.hpp"
#include "init/signals.hpp"

namespace arc::init {
namespace {

// Signals that end no server, so the log line about its end does not mention them.
bool is_harmless(int signo) {
    return signo == SIGWINCH || signo == SIGCONT || signo == SIGURG || signo == SIGTSTP;
}

}  // namespace

Actions Supervisor::server_running(Time now) {
    state_ = State::running;
    started_ = now;
    std::string how;
    if (settings_.service != nullptr) {
        how += fmt::format(", {}", settings_.service->name);
    }
    if (settings_.stop_signal != SIGTERM) {
        how += fmt::format(", TERM reaches it as {}", signal_name(settings_.stop_signal));
    }
    if (settings_.agent) {
        agent_start_at_ = now;  // at the next tick, because the server may have ended already
    }
    return {Say{LogLevel::info,
                fmt::format("started {} (pid {}{})", settings_.server_name, server_, how)}};
}

Actions Supervisor::server_exec_failed(const std::string& why) {
    exec_failed_ = true;
    return {Say{LogLevel::error, "run: " + why}};
}

Actions Supervisor::signal_received(int signo, Time now) {
    if (!is_forwarded(signo)) {
        return {};
    }
    if (state_ == State::draining) {
        return ends_without_server(signo, settings_.stop_signal) ? Actions{StopDescendants{agent_}}
                                                                 : Actions{};
    }
    if (signo == SIGCONT && settings_.lends_terminal) {
        return {LendTerminal{server_}, Kill{-server_, SIGCONT}};
    }
    return forward(signo, now);
}

Actions Supervisor::forward(int signo, Time now) {
    const int sent = signo == SIGTERM ? settings_.stop_signal : signo;
    const Forwarded forwarded{.received = signo, .sent = sent, .at = now};
    if (!asks_to_stop(signo)) {
        last_ = is_harmless(signo) ? last_ : forwarded;
        return {Kill{server_, sent}};
    }
    if (is_ended_) {  // an ordinary stop request replaces that of the agent
        is_ended_ = false;
        kill_at_.reset();
        stop_.reset();
        return stop_server(forwarded, now);  // the server hangs, so there is no gate
    }
    if (gated_) {
        return leave_gate(
            {LogLevel::info, fmt::format("a second request to stop ({}) ends the "
                                         "stop gate {} after the first",
                                         signal_name(signo), describe(now - gated_->at))},
            forwarded, now);
    }
    return has_gate() ? enter_gate(forwarded, now) : stop_server(forwarded, now);
}

Actions Supervisor::enter_gate(const Forwarded& request, Time now) {
    gated_ = request;
    gate_until_ = now + *settings_.stop_budget;
    return {Say{LogLevel::info,
                fmt::format("{}: the server stops once the other members can do without it, or "
                            "after {}. A second {} stops it at once",
                            signal_name(request.received), describe(*settings_.stop_budget),
                            signal_name(request.received))},
            StartLeave{*settings_.stop_budget}};
}

Actions Supervisor::leave_gate(Say line, const Forwarded& request, Time now) {
    gated_.reset();
    gate_until_.reset();
    Actions actions{std::move(line)};
    std::ranges::move(kill_leave(), std::back_inserter(actions));
    std::ranges::move(stop_server(request, now), std::back_inserter(actions));
    return actions;
}

Actions Supervisor::kill_leave() {
    return leave_ == 0 ? Actions{} : Actions{Kill{leave_, SIGKILL}};
}

Actions Supervisor::leave_ended(const Ended& ended, Time now) {
    leave_ = 0;
    if (!gated_) {
        return {};
    }
    const Forwarded request{gated_->received, gated_->sent, now};
    const bool done = ended.signo == 0 && ended.code == kExitOk;
    return leave_gate(
        {done ? LogLevel::info : LogLevel::warning,
         fmt::format("the stop gate ended {} after {} ({})", describe(now - gated_->at),
                     signal_name(request.received), describe(ended))},
        request, now);
}

Actions Supervisor::leave_failed(const std::string& why, Time now) {
    if (!gated_) {
        return {};
    }
    const Forwarded request = *gated_;
    return leave_gate({LogLevel::warning, "the stop gate cannot start: " + why}, request, now);
}

Actions Supervisor::stop_server(const Forwarded& request, Time now) {
    if (!stop_) {
        stop_ = request;
        explain_at_ = now + kExplainStop;
        slow_stop_at_ = now + kSlowStop;
    }
    if (settings_.service != nullptr && settings_.service->repeats_term && stop_->sent == SIGTERM) {
        repeat_term_at_ = now + kRepeatTerm;
    }
    // A stopped server (SIGSTOP) could not react.
    return {Kill{server_, request.sent}, Kill{server_, SIGCONT}};
}

Actions Supervisor::end_requested(Time now) {
    if (state_ != State::running || (stop_ && !is_ended_)) {
        return {};
    }
    if (gated_) {
        const Forwarded request{gated_->received, gated_->sent, now};
        return leave_gate({LogLevel::warning,
                           "the agent reports that the server hangs, which ends the stop gate"},
                          request, now);
    }
    wanted_at_ = now;
    if (is_ended_) {
        return {};
    }
    is_ended_ = true;
    kill_at_ = now + kEndGrace;
    return stop_server({.received = SIGTERM, .sent = settings_.stop_signal, .at = now}, now);
}

Actions Supervisor::child_ended(pid_t pid, const Ended& ended,
                                std::optional<std::uint64_t> oom_kills, Time now) {
    if (pid == server_) {
        return server_ended(ended, oom_kills, now);
    }
    if (pid == leave_) {
        return leave_ended(ended, now);
    }
    return pid == agent_ ? agent_ended(ended, now) : Actions{};
}

Actions Supervisor::server_ended(const Ended& ended, std::optional<std::uint64_t> oom_kills,
                                 Time now) {
    state_ = State::draining;
    server_ = 0;
    exit_code_ = exit_code(ended);
    const bool clean = exit_code_ == 0 || (stop_ && !is_ended_);
    if (is_ended_ && exit_code_ == 0) {
        exit_code_ = kExitFailed;  // so that `restart: on-failure` acts
    }
    explain_at_.reset();
    slow_stop_at_.reset();
    repeat_term_at_.reset();
    agent_start_at_.reset();
    name_at_ = now + kNameAfter;
    if (!stop_ || is_ended_) {
        leave_at_ = std::max(now + kDrainLimit, kill_at_.value_or(now));
    }
    kill_at_.reset();
    gated_.reset();
    gate_until_.reset();
    Actions actions = kill_leave();
    if (!exec_failed_) {
        const ServerEnd end{settings_.service, ended,     started_,  now, stop_, last_,
                            oom_kills,         is_ended_, is_killed_};
        actions.emplace_back(
            Say{clean ? LogLevel::info : LogLevel::error, describe_server_end(end)});
        for (const std::string& warning : clean ? std::vector<std::string>{} : settings_.warnings) {
            actions.emplace_back(
                Say{LogLevel::error, "preflight warned before the start: " + warning});
        }
    }
    if (agent_ != 0) {
        agent_kill_at_ = now + kAgentGrace;
        actions.emplace_back(Kill{agent_, SIGTERM});
    }
    actions.emplace_back(StopDescendants{agent_});
    return actions;
}

Actions Supervisor::agent_ended(const Ended& ended, Time now) {
    agent_ = 0;
    agent_kill_at_.reset();
    if (state_ == State::draining) {
        return {};
    }
    return apply(policy_.ended(ended, now - agent_started_), now);
}

Actions Supervisor::agent_failed(const std::string& why, Time now) {
    return apply(policy_.failed_to_start(why), now);
}

Actions Supervisor::apply(const AgentPolicy::Decision& decision, Time now) {
    agent_start_at_ = now + decision.again_in;
    return {Say{LogLevel::warning, decision.line}};
}

void Supervisor::agent_forked(pid_t pid, Time now) {
    agent_ = pid;
    agent_started_ = now;
}

Actions Supervisor::child_stopped(pid_t pid, int signo) {
    if (pid == agent_) {  // stopped, it would answer no probe, and nothing would restart it
        return {Kill{agent_, SIGCONT},
                Say{LogLevel::warning,
                    fmt::format("agent was stopped by {} and is continued", signal_name(signo))}};
    }
    // Only for Ctrl-Z. A STOP is meant for the server alone.
    if (pid != server_ || !settings_.lends_terminal || signo != SIGTSTP) {
        return {};
    }
    if (settings_.is_pid1) {
        return {Kill{-server_, SIGCONT}, Say{LogLevel::warning,
                                             "server was stopped from the terminal and is "
                                             "continued, because there is no shell to return to"}};
    }
    return {StopSelf{}};
}

void Supervisor::signal_denied(pid_t pid, int signo) noexcept {
    stop_denied_ = stop_denied_ || (pid == server_ && stop_ && signo == stop_->sent);
}

Actions Supervisor::no_child_left() {
    if (server_ != 0) {
        return {Say{LogLevel::error, "server's exit status was lost: the kernel reports no child"},
                Leave{kExitFailed}};
    }
    return {Leave{exit_code_}};
}

Say Supervisor::slow_stop(const Forwarded& stop, Time now) const {
    const std::string line = fmt::format("server still runs {} after {}", describe(now - stop.at),
                                         signal_name(stop.received));
    if (stop_denied_) {
        return {LogLevel::warning,
                line + ", which could not be sent to it. Stop it by other means"};
    }
    if (kill_at_) {
        return {LogLevel::warning,
                fmt::format("{}. arc-sidecar sends KILL in {}", line, describe(*kill_at_ - now))};
    }
    return {LogLevel::warning, line + ". arc-sidecar waits for it and sends no KILL"};
}

Actions Supervisor::kill_server(Time now) {
    if (now - wanted_at_ > kWantedFor) {
        kill_at_ = now + kLookAgain;
        return {};
    }
    is_killed_ = true;
    const std::string line =
        fmt::format("server did not stop within {}. arc-sidecar sends KILL, which loses no data",
                    describe(now - stop_->at));
    return {Say{LogLevel::error, line}, Kill{server_, SIGKILL}};
}

Actions Supervisor::tick(Time now) {
    Actions actions;
    // Whether a deadline has passed. Clears it.
    const auto due = [now](std::optional<Time>& at) {
        return at && *at <= now && (at.reset(), true);
    };
    if (due(gate_until_) && gated_) {
        const Forwarded request{gated_->received, gated_->sent, now};
        std::ranges::move(
            leave_gate({LogLevel::warning, fmt::format("the stop gate did not end within {}",
                                                       describe(*settings_.stop_budget))},
                       request, now),
            std::back_inserter(actions));
    }
    if (due(explain_at_) && agent_ != 0) {
        actions.emplace_back(Kill{agent_, kExplain});
    }
    if (due(slow_stop_at_) && stop_) {
        actions.emplace_back(slow_stop(*stop_, now));
    }
    if (due(kill_at_)) {
        std::ranges::move(kill_server(now), std::back_inserter(actions));
    }
    if (due(repeat_term_at_)) {
        repeat_term_at_ = now + kRepeatTerm;
        actions.emplace_back(Kill{server_, SIGTERM});
        actions.emplace_back(Kill{server_, SIGCONT});  // it may be stopped
    }
    if (due(agent_start_at_)) {
        actions.emplace_back(StartAgent{});
    }
    if (due(agent_kill_at_)) {
        actions.emplace_back(Kill{agent_, SIGKILL});
    }
    if (due(name_at_)) {
        actions.emplace_back(NameDescendants{"waiting for processes that the server left behind"});
    }
    if (due(leave_at_)) {
        actions.emplace_back(
            NameDescendants{"no longer waiting for processes that the server left behind"});
        actions.emplace_back(Leave{exit_code_});
    }
    return actions;
}

std::optional<Time> Supervisor::deadline() const {
    std::optional<Time> first;
    for (const auto& at : {gate_until_, explain_at_, slow_stop_at_, kill_at_, repeat_term_at_,
                           agent_start_at_, agent_kill_at_, name_at_, leave_at_}) {
        if (at && (!first || *at < *first)) {
            first = at;
        }
    }
    return first;
}

}  // namespace arc::init
