#include "nats/differences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "nats/subject.hpp"

namespace arc::nats {
namespace {

using std::chrono::milliseconds;

// Changes of these fields can only lose stored messages.
constexpr auto kStored =
    std::to_array<std::string_view>({"retention", "compression", "max_age", "duplicate_window",
                                     "max_msgs", "max_bytes", "max_msgs_per_subject"});

// Whether a limit that deletes messages deletes none of those that are stored.
bool deletes_nothing(std::string_view field, const StreamUse& use, const StreamSpec& wanted) {
    if (use.messages == 0) {
        return std::ranges::contains(kStored, field);
    }
    return (field == "max_age" && use.oldest && use.oldest <= wanted.max_age) ||
           (field == "max_msgs" && use.messages <= wanted.max_msgs) ||
           (field == "max_msgs_per_subject" && use.messages <= wanted.max_msgs_per_subject) ||
           (field == "max_bytes" && use.bytes <= wanted.max_bytes);
}

constexpr std::string_view kFixed = "the server cannot change it on an existing stream";

// Whether a server cannot change it on an existing stream (2.10).
bool is_fixed(std::string_view field, const StreamSpec& actual, const StreamSpec& wanted) {
    return field == "storage" || field == "max_consumers" ||
           (field == "deny_delete" && actual.deny_delete) ||
           (field == "deny_purge" && actual.deny_purge) ||
           (field == "retention" &&
            (actual.retention == "workqueue" || wanted.retention == "workqueue"));
}

std::string missing_subjects(const Stream& actual, const StreamSpec& wanted) {
    std::vector<std::string> missing;
    std::ranges::copy_if(wanted.subjects, std::back_inserter(missing), [&](const auto& subject) {
        return !covers(actual.spec.subjects, subject);
    });
    return missing.empty() || actual.mirror
               ? std::string{}
               : fmt::format("does not store subject{} {}", missing.size() == 1 ? "" : "s",
                             fmt::join(missing, ", "));
}

// A consumer of a subject that is stored as another gets no message.
std::string transformed_subjects(const Transform& transform, const StreamSpec& wanted) {
    const std::string source = transform.source.empty() ? ">" : transform.source;
    const bool applies = std::ranges::any_of(
        wanted.subjects, [&](const std::string& subject) { return overlap(source, subject); });
    return applies && !keeps_subjects(source, transform.destination)
               ? fmt::format("stores subject {} as {} (subject_transform)", source,
                             transform.destination)
               : std::string{};
}

// Why clients cannot work with a field that cannot be declared. Empty: they can.
std::string obstacle_of(std::string_view field, const Stream& actual, const StreamSpec& wanted) {
    if (field == "sealed") {
        return "is sealed and accepts no message";
    }
    if (field == "mirror") {
        return fmt::format("is a mirror of {} and accepts no message", actual.mirror.value_or(""));
    }
    if (field == "no_ack") {
        return "acknowledges no message (no_ack)";
    }
    if (field == "allow_msg_counter") {
        return "accepts only increments of counters (allow_msg_counter)";
    }
    return field == "subject_transform" && actual.transform
               ? transformed_subjects(*actual.transform, wanted)
               : std::string{};
}

Difference difference_in(const ObjectField<StreamSpec>& field, const Stream& actual,
                         const StreamSpec& wanted) {
    const bool fixed = is_fixed(field.name, actual.spec, wanted);
    const bool harmless = field.risk == nullptr || deletes_nothing(field.name, actual.use, wanted);
    return {.field = std::string(field.name),
            .measured = text_of(field, actual.spec),
            .wanted = text_of(field, wanted),
            .risk = fixed      ? kFixed
                    : harmless ? std::string_view{}
                               : field.risk(actual.spec, wanted),
            .fixed = fixed,
            .obstacle = field.name == "subjects" ? missing_subjects(actual, wanted) : ""};
}

}  // namespace

StreamSpec normalized(StreamSpec spec) {
    if (spec.subjects.empty()) {
        spec.subjects = {spec.name};
    }
    for (Limit* limit : {&spec.max_msgs, &spec.max_bytes, &spec.max_msg_size,
                         &spec.max_msgs_per_subject, &spec.max_consumers}) {
        *limit = limit->value_or(0) > 0 ? *limit : Limit{};
    }
    spec.replicas = spec.replicas <= 0 ? 1 : spec.replicas;
    spec.max_age = spec.max_age.value_or(milliseconds{0}).count() > 0 ? spec.max_age : TimeLimit{};
    if (spec.duplicate_window.value_or(kDefaultWindow) == kDefaultWindow) {
        spec.duplicate_window = std::min(kDefaultWindow, spec.max_age.value_or(kDefaultWindow));
    }
    return spec;
}

std::vector<Difference> differences(const Stream& actual, const StreamSpec& declared) {
    const StreamSpec wanted = normalized(declared);
    std::vector<Difference> found;
    for (const auto& field : stream_fields()) {
        if (differs(field, actual.spec, wanted)) {
            found.push_back(difference_in(field, actual, wanted));
        }
    }
    for (const OtherField& other : actual.others) {
        const bool fixed = other.name == "sealed" || other.name == "mirror";
        found.push_back({.field = other.name,
                         .measured = other.value,
                         .wanted = other.value == "yes" ? "no" : "none",
                         .risk = fixed ? kFixed : "another client may rely on it",
                         .fixed = fixed,
                         .obstacle = obstacle_of(other.name, actual, wanted)});
    }
    return found;
}

std::string describe(const std::vector<Difference>& differences) {
    std::string text;
    for (const Difference& difference : differences) {
        text += fmt::format("{}{} {} → {}", text.empty() ? "" : "; ", difference.field,
                            difference.measured, difference.wanted);
    }
    return text;
}

}  // namespace arc::nats
