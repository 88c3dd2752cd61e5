#include "nats/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"
#include "base/variant.hpp"

namespace arc::nats {
namespace {

std::string self_overlap(const std::vector<std::string>& subjects) {
    SubjectIndex seen;
    for (const std::string& subject : subjects) {
        if (const SubjectIndex::Entry* other = seen.find(subject)) {
            return fmt::format("its own subjects overlap: {} and {}", other->subject, subject);
        }
        seen.add(subject, 0);
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
        const auto* damaged = std::get_if<HealthProblem::Damaged>(&problem.cause);
        if (damaged != nullptr && damaged->stream == declared.name) {
            return fmt::format(
                "{}, and a new stream of this name would destroy its messages. Restore its files "
                "first.",
                problem.text);
        }
        if (not_ready(problem)) {
            return fmt::format("the server is not ready ({}). Try again later.", problem.text);
        }
        // A server that names only the first may have another damaged stream, this one.
        if (damaged != nullptr && !health.complete) {
            return fmt::format(
                "{}, and this server reports only its first damaged stream. Restore that one "
                "first.",
                problem.text);
        }
    }
    return {};
}

std::string refusal_of_monitor(const StreamSpec& declared, const PlanFacts& observed, bool force) {
    const auto* monitor = std::get_if<MonitorFacts>(&observed.monitor);
    if (monitor == nullptr) {
        const auto* error = std::get_if<Error>(&observed.monitor);
        return force ? std::string{}
                     : fmt::format(
                           "is missing, and only the monitoring port reports whether damaged files "
                           "of it exist ({}). Start the server with -m 8222 or http_port, or use "
                           "--force.",
                           error == nullptr ? "not asked" : error->text);
    }
    if (!observed.other_server.empty() && !force) {
        return fmt::format(
            "is missing, and only the server that stores streams reports whether damaged files of "
            "it exist ({}). Run bootstrap at that server and its monitoring port, or use --force.",
            observed.other_server);
    }
    return refusal_of_health(declared, monitor->health);
}

std::string creation_text(const StreamSpec& spec) {
    const StreamSpec made = normalized(spec);
    std::string text =
        fmt::format("subjects {}, retention {}, max_age {}", fmt::join(made.subjects, " "),
                    made.retention, text_of(made.max_age, Unit::count));
    return made.max_bytes ? text + fmt::format(", max_bytes {}", format_size(*made.max_bytes))
                          : text;
}

void plan_missing(Step& step, const PlanFacts& observed, const SubjectIndex& taken,
                  const BootstrapOptions& options) {
    std::string refusal = overlap_with(step.declared, observed.existing, taken);
    if (refusal.empty()) {
        refusal = refusal_of_monitor(step.declared, observed, options.force);
    }
    const auto* monitor = std::get_if<MonitorFacts>(&observed.monitor);
    if (refusal.empty() && monitor != nullptr && monitor->varz.jetstream &&
        observed.other_server.empty()) {
        refusal = shortage(step.declared, observed.existing, *monitor->varz.jetstream);
    }
    step.action.transient =
        monitor != nullptr && std::ranges::any_of(monitor->health.problems, not_ready);
    step.action.kind = refusal.empty() ? ActionKind::create : ActionKind::refuse;
    step.action.detail = refusal.empty() ? creation_text(step.declared) : refusal;
}

// The risks, each with its field: "retention: another retention deletes stored messages".
std::string risks(const std::vector<Difference>& found) {
    std::string text;
    for (const Difference& difference : found) {
        if (!difference.risk.empty()) {
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", difference.field,
                                difference.risk);
        }
    }
    return text;
}

// The command that makes the change.
std::string remedy(const std::vector<Difference>& found, const std::string& risk,
                   const std::string& stream) {
    if (std::ranges::any_of(found, &Difference::fixed)) {
        return "Delete the stream, which loses its messages, and run `arc-sidecar bootstrap nats`.";
    }
    return risk.empty() ? "Run `arc-sidecar bootstrap nats --update`, which loses nothing."
                        : fmt::format(
                              "To change it anyway, run `arc-sidecar bootstrap nats "
                              "--accept-loss {}`.",
                              stream);
}

void plan_present(Step& step, const Stream& actual, const BootstrapOptions& options) {
    step.changes = differences(actual, step.declared);
    if (step.changes.empty()) {
        step.action.kind = ActionKind::same;
        return;
    }
    const std::string& name = step.declared.name;
    const std::string what = describe(step.changes);
    const std::string risk = risks(step.changes);
    const bool wanted = options.accept_loss == name || (options.update && risk.empty());
    if (wanted && std::ranges::none_of(step.changes, &Difference::fixed)) {
        step.action.kind = ActionKind::change;
        step.action.detail = what;
        step.raw_config = actual.raw_config.value_or("");
    } else {
        step.action.kind = ActionKind::refuse;
        step.action.detail = fmt::format("differs, left as it is: {}{}. {}", what,
                                         risk.empty() ? "" : fmt::format(" ({})", risk),
                                         remedy(step.changes, risk, name));
    }
}

// A stream that no declaration speaks against.
void plan_possible(Step& step, const StreamState& state, const PlanFacts& observed,
                   const SubjectIndex& taken, const BootstrapOptions& options) {
    std::string& detail = step.action.detail;
    std::visit(Match{[&](const Missing&) { plan_missing(step, observed, taken, options); },
                     [&](const Stream& stream) { plan_present(step, stream, options); },
                     [&](const ApiError& error) {
                         detail = describe(error);
                         step.action.transient = is_temporary(error);
                     },
                     [&](const Denied& denied) {
                         detail = fmt::format("{}. Permit publishing to {}.", denied.text,
                                              denied_subject(denied.text));
                     },
                     [&](const Silent&) {
                         detail =
                             "does not answer, but others do. Check the server that stores it.";
                         step.action.transient = true;
                     }},
               state);
}

}  // namespace

std::string Declarations::refusal_of(const StreamSpec& declared) {
    const std::vector<std::string> subjects = normalized(declared).subjects;
    const bool first_of_name = names_.emplace(declared.name, &declared).second;
    if (!valid_stream_name(declared.name)) {
        return "the name of a stream has no white space, none of . * > / \\, and at most 255 bytes";
    }
    if (std::string refusal = refused_subject(subjects); !refusal.empty()) {
        return refusal;
    }
    std::string refusal = self_overlap(subjects);
    if (refusal.empty() && !first_of_name) {
        refusal =
            fmt::format("is declared twice, first at {}", names_.at(declared.name)->declared_at);
    }
    for (const std::string& subject : subjects) {
        const SubjectIndex::Entry* other = refusal.empty() ? taken_.find(subject) : nullptr;
        if (other != nullptr) {
            refusal = fmt::format("subject {} overlaps stream {} ({}), which is also declared",
                                  subject, owners_[other->owner]->name, other->subject);
        }
    }
    std::ranges::for_each(
        subjects, [this](const std::string& subject) { taken_.add(subject, owners_.size()); });
    owners_.push_back(&declared);
    return refusal;
}

SubjectIndex index_of(const std::vector<Stream>& existing) {
    SubjectIndex taken;
    for (std::size_t i = 0; i < existing.size(); ++i) {
        for (const std::string& subject : existing[i].spec.subjects) {
            if (valid_subject(subject)) {
                taken.add(subject, i);
            }
        }
    }
    return taken;
}

std::string overlap_with(const StreamSpec& declared, const std::vector<Stream>& existing,
                         const SubjectIndex& taken) {
    for (const std::string& subject : normalized(declared).subjects) {
        const SubjectIndex::Entry* other = taken.find(subject);
        if (other != nullptr && existing[other->owner].spec.name != declared.name) {
            return fmt::format("subject {} overlaps stream {} ({}). Change one of the two.",
                               subject, existing[other->owner].spec.name, other->subject);
        }
    }
    return {};
}

std::string shortage(const StreamSpec& declared, const std::vector<Stream>& existing,
                     const Storage& server) {
    const bool file = declared.storage == "file";
    const Usage& usage = file ? server.file : server.memory;
    const std::int64_t wanted = declared.max_bytes.value_or(0);
    if (wanted == 0 || !usage.limit || usage.reserved + wanted <= *usage.limit) {
        return {};
    }
    std::string holders;
    for (const Stream& other : existing) {
        if (other.spec.max_bytes && other.spec.storage == declared.storage) {
            holders += fmt::format("{}{} ({})", holders.empty() ? " by " : ", ", other.spec.name,
                                   format_size(*other.spec.max_bytes));
        }
    }
    const std::string_view limit = file ? "max_file_store" : "max_memory_store";
    return fmt::format(
        "cannot reserve max_bytes {} ({} bytes), because of {} {} already {} are reserved{}. Raise "
        "{} or lower a max_bytes.",
        format_size(wanted), wanted, limit, format_size(*usage.limit), format_size(usage.reserved),
        holders, limit);
}

std::vector<Step> plan(const std::vector<StreamSpec>& declared, const PlanFacts& observed,
                       const BootstrapOptions& options) {
    const SubjectIndex taken = index_of(observed.existing);
    Declarations declarations;
    std::vector<Step> steps;
    steps.reserve(declared.size());
    for (std::size_t i = 0; i < declared.size(); ++i) {
        Action refused{.kind = ActionKind::refuse,
                       .object = "stream " + declared[i].name,
                       .detail = {},
                       .done = false};
        Step& step = steps.emplace_back(std::move(refused), declared[i], std::vector<Difference>{},
                                        std::string{});
        if (const std::string refusal = declarations.refusal_of(declared[i]); !refusal.empty()) {
            step.action.detail = fmt::format("{} ({})", refusal, declared[i].declared_at);
        } else {
            plan_possible(step, i < observed.declared.size() ? observed.declared[i] : Missing{},
                          observed, taken, options);
        }
    }
    return steps;
}

}  // namespace arc::nats
