#include "init/signals.hpp"

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>

namespace arc::init {
namespace {

// Signals for a fault of the process itself. Blocked, they would still kill it, but no debugger or
// sanitizer would see them.
constexpr std::array kSynchronous{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

std::optional<int> parse_number(std::string_view word) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole && number > 0 && number <= SIGRTMAX ? std::optional{number} : std::nullopt;
}

}  // namespace

std::string signal_name(int signo) {
    if (const char* name = ::sigabbrev_np(signo); name != nullptr) {
        return name;
    }
    if (signo >= SIGRTMIN && signo <= SIGRTMAX) {
        return fmt::format("RTMIN+{}", signo - SIGRTMIN);
    }
    return fmt::format("signal {}", signo);
}

std::optional<int> parse_signal(std::string_view word) {
    std::string upper;
    std::ranges::transform(word, std::back_inserter(upper),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const std::string_view bare =
        upper.starts_with("SIG") ? std::string_view{upper}.substr(3) : std::string_view{upper};
    for (int signo = 1; signo <= SIGRTMAX; ++signo) {
        if (bare == signal_name(signo)) {
            return signo;
        }
    }
    return parse_number(word);
}

bool is_forwarded(int signo) noexcept {
    constexpr std::array own{SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP};
    return signo > 0 && std::ranges::find(own, signo) == own.end() &&
           std::ranges::find(kSynchronous, signo) == kSynchronous.end();
}

bool ends_without_server(int signo, int declared) noexcept {
    return signo == SIGTERM || signo == SIGINT || signo == SIGQUIT ||
           (declared != 0 && signo == declared);
}

SignalMask take_signals(Sys& sys) {
    SignalMask mask{};
    ::sigfillset(&mask.taken);
    for (const int signo : kSynchronous) {
        ::sigdelset(&mask.taken, signo);
    }
    sys.sigprocmask(SIG_SETMASK, &mask.taken, &mask.original);
    sys.reset_signal(SIGCHLD);
    return mask;
}

std::vector<Received> receive_signals(Sys& sys, int fd) {
    std::vector<Received> signals;
    std::array<signalfd_siginfo, 8> batch;
    ssize_t got = 0;
    while ((got = sys.read(fd, batch.data(), sizeof batch)) > 0) {
        const size_t count = static_cast<size_t>(got) / sizeof batch[0];
        for (size_t i = 0; i < count; ++i) {
            const signalfd_siginfo& info = batch[i];
            signals.push_back({.signo = static_cast<int>(info.ssi_signo),
                               .sender = static_cast<pid_t>(info.ssi_pid),
                               .queued = info.ssi_code == SI_QUEUE,
                               .value = info.ssi_int});
        }
    }
    return signals;
}

std::vector<int> read_signals(Sys& sys, int fd) {
    const std::vector<Received> received = receive_signals(sys, fd);
    std::vector<int> signals(received.size());
    std::ranges::transform(received, signals.begin(), &Received::signo);
    return signals;
}

void restore_signals(Sys& sys, const sigset_t& original) {
    for (int signo = 1; signo <= SIGRTMAX; ++signo) {
        sys.reset_signal(signo);  // fails for KILL and STOP, which always have the default
    }
    sys.sigprocmask(SIG_SETMASK, &original, nullptr);
}

}  // namespace arc::init
