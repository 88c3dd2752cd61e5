#include "nats/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/values.hpp"
#include "nats/subject.hpp"

namespace arc::nats {
namespace {

// The first pair of subjects that overlap, one of each list.
struct Pair {
    std::string mine;
    std::string theirs;
};

std::optional<Pair> first_overlap(const std::vector<std::string>& mine, const std::vector<std::string>& theirs) {
    for (const std::string& subject : mine) {
        const auto found = std::ranges::find_if(theirs, [&subject](const std::string& other) { return overlap(subject, other); });
        if (found != theirs.end()) {
            return Pair{subject, *found};
        }
    }
    return std::nullopt;
}

std::string overlap_text(const StreamSpec& declared, const StreamSpec& other) {
    const auto pair = first_overlap(normalized(declared).subjects, normalized(other).subjects);
    return pair ? fmt::format("subject {} overlaps stream {} ({})", pair->mine, other.name, pair->theirs) : std::string{};
}

std::string self_overlap(const std::vector<std::string>& subjects) {
    for (std::size_t i = 0; i + 1 < subjects.size(); ++i) {
        const auto found = std::find_if(subjects.begin() + static_cast<std::ptrdiff_t>(i) + 1, subjects.end(),
                                        [&](const std::string& other) { return overlap(subjects[i], other); });
        if (found != subjects.end()) {
            return fmt::format("its own subjects overlap: {} and {}", subjects[i], *found);
        }
    }
    return {};
}

std::string refused_subject(const std::vector<std::string>& subjects) {
    for (const std::string& subject : subjects) {
        if (std::string refusal = refusal_of_subject(subject); !refusal.empty()) {
            return "subject " + refusal;
        }
    }
    return {};
}

// What a server that names damaged streams says against creating this one.
std::string refusal_of_health(const StreamSpec& declared, const Health& health) {
    for (const HealthProblem& problem : health.problems) {
        if (problem.stream == declared.name) {
            return fmt::format("{}: its files are damaged, and a new stream would adopt and cut what is left: restore it first",
                               problem.text);
        }
        if (problem.passing) {
            return fmt::format("the server is not ready ({}): try again later", problem.text);
        }
        // A server that names only the first may have another damaged stream, this one.
        if (!problem.stream.empty() && !health.complete) {
            return fmt::format("{}, and this server names only the first damaged stream: restore it first", problem.text);
        }
    }
    return {};
}

std::string refusal_of_monitor(const StreamSpec& declared, const Result<MonitorFacts>& monitor, bool force) {
    if (monitor) {
        return refusal_of_health(declared, monitor->health);
    }
    if (force) {
        return {};
    }
    return fmt::format("is missing, and only the monitoring port knows whether damaged files of it are there ({}): {}",
                       monitor.error().text, "make it answer (-m 8222 / http_port), or use --force");
}

std::string made_of(const StreamSpec& spec) {
    std::string text = fmt::format("subjects {}, retention {}, max_age {}", fmt::join(normalized(spec).subjects, " "), spec.retention,
                                   spec.max_age.count() == 0 ? std::string("no limit") : format_duration(spec.max_age));
    return spec.max_bytes > 0 ? text + fmt::format(", max_bytes {}", format_size(spec.max_bytes)) : text;
}

void plan_missing(Step& step, const Surroundings& there, const BootstrapOptions& options) {
    std::string refusal = overlap_with(step.declared, there.existing);
    if (refusal.empty()) {
        refusal = refusal_of_monitor(step.declared, there.monitor, options.force);
    }
    if (refusal.empty() && there.monitor) {
        refusal = shortage(step.declared, there.existing, there.monitor->varz);
    }
    step.action.kind = refusal.empty() ? ActionKind::create : ActionKind::refuse;
    step.action.detail = refusal.empty() ? made_of(step.declared) : refusal;
}

bool safe(const std::vector<Difference>& found) {
    return std::ranges::all_of(found, [](const Difference& difference) { return difference.risk.empty(); });
}

// The risks, each with its field: "retention: another retention deletes stored messages".
std::string risks(const std::vector<Difference>& found) {
    std::string text;
    for (const Difference& difference : found) {
        if (!difference.risk.empty()) {
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", difference.field, difference.risk);
        }
    }
    return text;
}

void plan_present(Step& step, const Stream& actual, const BootstrapOptions& options) {
    step.changes = differences(actual, step.declared);
    if (step.changes.empty()) {
        step.action.kind = ActionKind::same;
        return;
    }
    const std::string what = describe(step.changes);
    if (!safe(step.changes)) {
        step.action.kind = ActionKind::refuse;
        step.action.detail = fmt::format("differs, left as it is: {} ({})", what, risks(step.changes));
    } else if (!options.update) {
        step.action.kind = ActionKind::refuse;
        step.action.detail = fmt::format("differs, left as it is: {} (nothing would be lost: --update makes the change)", what);
    } else {
        step.action.kind = ActionKind::change;
        step.action.detail = what;
        step.raw_config = actual.raw_config;
    }
}

Step plan_one(std::span<const StreamSpec> before, const StreamSpec& declared, const StreamState& state, const Surroundings& there,
              const BootstrapOptions& options) {
    Step step{{.kind = ActionKind::refuse, .object = "stream " + declared.name, .detail = {}}, declared, {}, {}};
    if (std::string refusal = refusal_of_declaration(declared, before); !refusal.empty()) {
        step.action.detail = fmt::format("{} ({})", refusal, declared.declared_at);
    } else if (state.error) {
        step.action.detail = words_of(*state.error);
    } else if (state.stream) {
        plan_present(step, *state.stream, options);
    } else {
        plan_missing(step, there, options);
    }
    return step;
}

}  // namespace

std::string refusal_of_declaration(const StreamSpec& declared, std::span<const StreamSpec> before) {
    if (!valid_stream_name(declared.name)) {
        return "the name cannot be a stream's: no white space and none of . * > / \\, at most 255 bytes";
    }
    const std::vector<std::string> subjects = normalized(declared).subjects;
    if (std::string refusal = refused_subject(subjects); !refusal.empty()) {
        return refusal;
    }
    if (std::string refusal = self_overlap(subjects); !refusal.empty()) {
        return refusal;
    }
    for (const StreamSpec& other : before) {
        if (other.name == declared.name) {
            return fmt::format("is declared twice, first at {}", other.declared_at);
        }
        if (std::string text = refused_subject(other.subjects).empty() ? overlap_text(declared, other) : std::string{}; !text.empty()) {
            return fmt::format("{}, which is declared, too", text);
        }
    }
    return {};
}

std::string overlap_with(const StreamSpec& declared, const std::vector<Stream>& existing) {
    for (const Stream& other : existing) {
        const auto pair = first_overlap(normalized(declared).subjects, other.spec.subjects);
        if (pair && other.spec.name != declared.name) {
            return fmt::format("subject {} overlaps stream {} ({}), which is there: change one of the two", pair->mine, other.spec.name,
                               pair->theirs);
        }
    }
    return {};
}

std::string shortage(const StreamSpec& declared, const std::vector<Stream>& existing, const Varz& server) {
    const bool file = declared.storage == "file";
    const Usage& usage = file ? server.storage : server.memory;
    if (declared.max_bytes <= 0 || usage.limit < 0 || usage.reserved + declared.max_bytes <= usage.limit) {
        return {};
    }
    std::string holders;
    for (const Stream& other : existing) {
        if (other.spec.max_bytes > 0 && other.spec.storage == declared.storage) {
            holders += fmt::format("{}{} ({})", holders.empty() ? " by " : ", ", other.spec.name, format_size(other.spec.max_bytes));
        }
    }
    return fmt::format("wants max_bytes {} ({} bytes), but of {} {} already {} are reserved{}: raise {} or lower a max_bytes",
                       format_size(declared.max_bytes), declared.max_bytes, file ? "max_file_store" : "max_memory_store",
                       format_size(usage.limit), format_size(usage.reserved), holders, file ? "max_file_store" : "max_memory_store");
}

std::vector<Step> plan(const std::vector<StreamSpec>& declared, const Surroundings& there, const BootstrapOptions& options) {
    std::vector<Step> steps;
    steps.reserve(declared.size());
    for (std::size_t i = 0; i < declared.size(); ++i) {
        const StreamState& state = i < there.declared.size() ? there.declared[i] : StreamState{};
        steps.push_back(plan_one(std::span(declared).first(i), declared[i], state, there, options));
    }
    return steps;
}

}  // namespace arc::nats
