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
                "{}: its files are damaged, and a new stream would adopt and cut what is left: "
                "restore it first",
                problem.text);
        }
        if (not_ready(problem)) {
            return fmt::format("the server is not ready ({}): try again later", problem.text);
        }
        // A server that names only the first may have another damaged stream, this one.
        if (damaged != nullptr && !health.complete) {
            return fmt::format(
                "{}, and this server names only the first damaged stream: restore it first",
                problem.text);
        }
    }
    return {};
}

std::string refusal_of_monitor(const StreamSpec& declared, const PlanFacts& there, bool force) {
    const auto* monitor = std::get_if<MonitorFacts>(&there.monitor);
    if (monitor == nullptr) {
        const auto* error = std::get_if<Error>(&there.monitor);
        return force ? std::string{}
                     : fmt::format(
                           "is missing, and only the monitoring port knows whether damaged files "
                           "of it are there ({}): {}",
                           error == nullptr ? "not asked" : error->text,
                           "make it answer (-m 8222 / http_port), or use --force");
    }
    if (!there.elsewhere.empty() && !force) {
        return fmt::format(
            "is missing, and only the server that stores streams knows whether damaged files of it "
            "are there ({}): {}",
            there.elsewhere, "bootstrap at that server and its monitoring port, or use --force");
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

void plan_missing(Step& step, const PlanFacts& there, const SubjectIndex& taken,
                  const BootstrapOptions& options) {
    std::string refusal = overlap_with(step.declared, there.existing, taken);
    if (refusal.empty()) {
        refusal = refusal_of_monitor(step.declared, there, options.force);
    }
    const auto* monitor = std::get_if<MonitorFacts>(&there.monitor);
    if (refusal.empty() && monitor != nullptr && monitor->varz.jetstream &&
        there.elsewhere.empty()) {
        refusal = shortage(step.declared, there.existing, *monitor->varz.jetstream);
    }
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

void plan_present(Step& step, const Stream& actual, const BootstrapOptions& options) {
    step.changes = differences(actual, step.declared);
    if (step.changes.empty()) {
        step.action.kind = ActionKind::same;
        return;
    }
    const std::string what = describe(step.changes);
    if (const std::string risk = risks(step.changes); !risk.empty()) {
        step.action.kind = ActionKind::refuse;
        step.action.detail = fmt::format("differs, left as it is: {} ({})", what, risk);
    } else if (!options.update) {
        step.action.kind = ActionKind::refuse;
        step.action.detail = fmt::format(
            "differs, left as it is: {} (nothing would be lost: --update makes the change)", what);
    } else {
        step.action.kind = ActionKind::change;
        step.action.detail = what;
        step.raw_config = actual.raw_config.value_or("");
    }
}

// A stream that no declaration speaks against.
void plan_possible(Step& step, const StreamState& state, const PlanFacts& there,
                   const SubjectIndex& taken, const BootstrapOptions& options) {
    std::string& detail = step.action.detail;
    std::visit(
        Match{[&](const Missing&) { plan_missing(step, there, taken, options); },
              [&](const Stream& stream) { plan_present(step, stream, options); },
              [&](const ApiError& error) { detail = describe(error); },
              [&](const Denied& denied) {
                  detail = fmt::format("{}: permit publishing to {}", denied.text,
                                       denied_subject(denied.text));
              },
              [&](const Silent&) {
                  detail =
                      "does not answer, others do: the server that holds it, or its leader in the "
                      "cluster, is gone or hangs";
              }},
        state);
}

}  // namespace

std::string Declarations::refusal_of(const StreamSpec& declared) {
    const std::vector<std::string> subjects = normalized(declared).subjects;
    const bool first_of_name = names_.emplace(declared.name, &declared).second;
    if (!valid_stream_name(declared.name)) {
        return "the name cannot be a stream's: no white space and none of . * > / \\, at most 255 "
               "bytes";
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
            refusal = fmt::format("subject {} overlaps stream {} ({}), which is declared, too",
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
            return fmt::format(
                "subject {} overlaps stream {} ({}), which is there: change one of the two",
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
    return fmt::format(
        "wants max_bytes {} ({} bytes), but of {} {} already {} are reserved{}: raise {} or lower "
        "a max_bytes",
        format_size(wanted), wanted, file ? "max_file_store" : "max_memory_store",
        format_size(*usage.limit), format_size(usage.reserved), holders,
        file ? "max_file_store" : "max_memory_store");
}

std::vector<Step> plan(const std::vector<StreamSpec>& declared, const PlanFacts& there,
                       const BootstrapOptions& options) {
    const SubjectIndex taken = index_of(there.existing);
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
            plan_possible(step, i < there.declared.size() ? there.declared[i] : Missing{}, there,
                          taken, options);
        }
    }
    return steps;
}

}  // namespace arc::nats
