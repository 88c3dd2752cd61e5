#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/exit_codes.hpp"
#include "base/guard.hpp"
#include "base/print.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/select.hpp"
#include "health/purpose.hpp"
#include "health/report.hpp"

namespace arc::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Between two rounds of probes: short against a person's patience, long against what a probe costs.
constexpr milliseconds kPause{250};

// With less time than this a probe would tell of its own deadline, not of the server: no round
// begins.
constexpr milliseconds kShortestRound{500};

struct Waiting {
    const Service* service = nullptr;
    Verdict last;
    std::string line;  // the headline last shown
    int stages = 0;    // how many different ones there were
    bool ready = false;
    double ready_after = 0.0;  // seconds
};

class Progress {
public:
    // On a terminal a spinner turns in the last line; elsewhere (a log) only the lines appear.
    Progress() : terminal_(::isatty(STDERR_FILENO) == 1), start_(Clock::now()) {}

    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(Clock::now() - start_).count();
    }

    void changed(const std::string& headline) const {
        clear();
        arc::print("{:6.1f} s  {}\n", seconds(), Composed{headline});
        std::fflush(stdout);
    }

    void turn(std::string_view names) {
        if (terminal_) {
            constexpr std::string_view kFrames = "|/-\\";
            arc::print(stderr, "\r\x1b[K{} {:.0f} s, waiting for {}",
                       kFrames[frame_++ % kFrames.size()], seconds(), names);
        }
    }

    void clear() const {
        if (terminal_) {
            arc::print(stderr, "\r\x1b[K");
        }
    }

private:
    bool terminal_;
    Clock::time_point start_;
    std::size_t frame_ = 0;
};

// What stays the same while a stage lasts: percentages and ages in a headline would make every
// round a new stage.
std::string stage_of(const Verdict& verdict) {
    const Finding* worst = verdict.worst();
    return worst == nullptr ? std::string("ok")
                            : fmt::format("{} {}", worst->code, to_string(worst->level));
}

void take(Waiting& waiting, Verdict verdict, Progress& progress) {
    if (waiting.stages == 0 || stage_of(verdict) != stage_of(waiting.last)) {
        ++waiting.stages;
        waiting.line = headline(verdict);
        progress.changed(waiting.line);
    }
    waiting.ready = is_fit(verdict);
    waiting.ready_after = progress.seconds();
    waiting.last = std::move(verdict);
}

std::vector<const Service*> unready(const std::vector<Waiting>& all) {
    std::vector<const Service*> rest;
    for (const Waiting& waiting : all) {
        if (!waiting.ready) {
            rest.push_back(waiting.service);
        }
    }
    return rest;
}

void round(std::vector<Waiting>& all, const std::vector<const Service*>& rest, const Config& config,
           Deadline deadline, Progress& progress) {
    std::vector<Verdict> verdicts = probe(rest, config, deadline.capped(*config.timeout));
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const auto waiting = std::ranges::find(all, rest[i], &Waiting::service);
        take(*waiting, std::move(verdicts[i]), progress);
    }
}

std::string names_of(const std::vector<const Service*>& rest) {
    std::string names;
    for (const Service* service : rest) {
        names += (names.empty() ? "" : ", ") + std::string(service->name());
    }
    return names;
}

int summarize(const std::vector<Waiting>& all) {
    bool ready = true;
    for (const Waiting& waiting : all) {
        ready = ready && waiting.ready;
        const std::string when =
            waiting.ready ? fmt::format("ready after {:.1f} s, {} stage{}", waiting.ready_after,
                                        waiting.stages, waiting.stages == 1 ? "" : "s")
                          : "not ready in time";
        arc::print("{} ({})\n", Composed{headline(waiting.last)}, when);
    }
    return ready ? kExitOk : kExitFailed;
}

struct Arguments {
    std::vector<std::string> names;
    LoadOptions options;
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("wait",
                     "Waits until every service is ok or degraded. Prints a line for each stage of "
                     "startup, then one line per service.");
    line.services(arguments.names);
    line.settings(arguments.options, TimeoutFlag{"wait_timeout", "time limit of the wait"});
    line.exit_codes({{"0", "every service is ok or degraded"},
                     {"1", "timeout"},
                     {"64", "usage error"},
                     {"78", "invalid configuration"}});
    return line;
}

}  // namespace

Help wait_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int wait(int argc, char** argv) {
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const auto config = load_or_report("wait", arguments.options);
    if (!config) {
        return kExitConfig;
    }
    std::vector<Waiting> all;
    for (const Service* service : select(arguments.names, *config)) {
        all.push_back({.service = service, .last = {}, .line = {}});
    }
    const Deadline deadline = Deadline::after(*config->wait_timeout);
    arm_guard(*config->wait_timeout + milliseconds{500},
              "unhealthy: wait: stuck beyond its own time", kExitFailed);
    Progress progress;
    bool first = true;
    for (auto rest = unready(all);
         !rest.empty() && (first || deadline.remaining() > kShortestRound); rest = unready(all)) {
        first = false;
        round(all, rest, *config, deadline, progress);
        progress.turn(names_of(unready(all)));
        if (!unready(all).empty()) {
            std::this_thread::sleep_for(std::min(kPause, deadline.remaining()));
        }
    }
    disarm_guard();
    progress.clear();
    const int status = summarize(all);
    std::fflush(stdout);
    ::_exit(status);  // as in check: library threads have nothing to save
}

}  // namespace arc::cli
