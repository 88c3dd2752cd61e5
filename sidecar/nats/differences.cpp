#include "nats/differences.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.hpp"

namespace arc::nats {
namespace {

constexpr std::chrono::milliseconds kDefaultWindow{120'000};

const char* const kFixed = "the server cannot change it on an existing stream";

std::string count(std::int64_t value) {
    return value < 0 ? std::string("no limit") : fmt::format("{}", value);
}

std::string bytes(std::int64_t value) {
    return value < 0 ? std::string("no limit") : format_size(value);
}

std::string age(std::chrono::milliseconds value) {
    return value.count() == 0 ? std::string("no limit") : format_duration(value);
}

std::string yes_no(bool value) {
    return value ? "yes" : "no";
}

std::string list(std::vector<std::string> values) {
    std::ranges::sort(values);
    return fmt::format("{}", fmt::join(values, " "));
}

// Collects what differs; `risk` is taken only then.
class Collector {
public:
    template <class T, class Format>
    void field(std::string_view name, const T& measured, const T& wanted, Format format,
               std::string_view risk) {
        if (measured != wanted) {
            found_.push_back(
                {std::string(name), format(measured), format(wanted), std::string(risk)});
        }
    }

    // A limit with -1 for none: raising it keeps all that is there.
    template <class Format>
    void limit(std::string_view name, std::int64_t measured, std::int64_t wanted, Format format,
               std::string_view risk_of_lowering) {
        const bool raised = wanted < 0 || (measured >= 0 && wanted > measured);
        field(name, measured, wanted, format, raised ? std::string_view{} : risk_of_lowering);
    }

    [[nodiscard]] std::vector<Difference> take() { return std::move(found_); }

private:
    std::vector<Difference> found_;
};

std::string text(const std::string& value) {
    return value.empty() ? std::string("none") : value;
}

void compare_subjects(Collector& found, const StreamSpec& actual, const StreamSpec& wanted) {
    const auto kept = [&wanted](const std::string& subject) {
        return std::ranges::find(wanted.subjects, subject) != wanted.subjects.end();
    };
    const bool only_added = std::ranges::all_of(actual.subjects, kept);
    found.field(
        "subjects", list(actual.subjects), list(wanted.subjects), text,
        only_added ? "" : "messages of a subject that is taken away would no longer be stored");
}

void compare_policies(Collector& found, const StreamSpec& actual, const StreamSpec& wanted) {
    found.field("retention", actual.retention, wanted.retention, text,
                "another retention deletes stored messages");
    found.field("storage", actual.storage, wanted.storage, text, kFixed);
    found.field("discard", actual.discard, wanted.discard, text,
                "at the limit it decides whether old or new messages are lost");
    found.field("compression", actual.compression, wanted.compression, text,
                "stored blocks stay as they are; decide it by hand");
    found.field("replicas", actual.replicas, wanted.replicas, count,
                "fewer copies, or more than the servers can hold");
    found.field("description", actual.description, wanted.description, text, "");
}

void compare_limits(Collector& found, const StreamSpec& actual, const StreamSpec& wanted) {
    const bool older_kept = wanted.max_age.count() == 0 ||
                            (actual.max_age.count() != 0 && wanted.max_age > actual.max_age);
    found.field("max_age", actual.max_age, wanted.max_age, age,
                older_kept ? "" : "older messages would be deleted at once");
    found.limit("max_msgs", actual.max_msgs, wanted.max_msgs, count,
                "messages beyond it would be deleted at once");
    found.limit("max_bytes", actual.max_bytes, wanted.max_bytes, bytes,
                "messages beyond it would be deleted at once");
    found.limit("max_msgs_per_subject", actual.max_msgs_per_subject, wanted.max_msgs_per_subject,
                count, "messages beyond it would be deleted at once");
    found.limit("max_msg_size", actual.max_msg_size, wanted.max_msg_size, bytes,
                "larger messages would be refused");
    found.field("max_consumers", actual.max_consumers, wanted.max_consumers, count, kFixed);
    found.field("duplicate_window", actual.duplicate_window, wanted.duplicate_window, age,
                "messages may be taken twice, or be dropped as duplicates");
}

void compare_switches(Collector& found, const StreamSpec& actual, const StreamSpec& wanted) {
    found.field("allow_direct", actual.allow_direct, wanted.allow_direct, yes_no,
                wanted.allow_direct ? "" : "clients that read directly would be refused");
    found.field("deny_delete", actual.deny_delete, wanted.deny_delete, yes_no,
                "once on it can never be taken back");
    found.field("deny_purge", actual.deny_purge, wanted.deny_purge, yes_no,
                "once on it can never be taken back");
    found.field("allow_rollup", actual.allow_rollup, wanted.allow_rollup, yes_no,
                wanted.allow_rollup ? "a message could then delete all before it"
                                    : "clients that roll up would be refused");
}

void compare_undeclarable(Collector& found, const Stream& actual) {
    found.field("sealed", actual.sealed, false, yes_no,
                "a sealed stream takes no messages, for ever: recreate it by hand");
    found.field("no_ack", actual.no_ack, false, yes_no,
                "publishers would begin to get acknowledgements");
    found.field("mirror", actual.mirror.value_or(""), std::string{}, text, kFixed);
}

}  // namespace

StreamSpec normalized(StreamSpec spec) {
    if (spec.subjects.empty()) {
        spec.subjects = {spec.name};
    }
    for (std::int64_t* limit : {&spec.max_msgs, &spec.max_bytes, &spec.max_msg_size,
                                &spec.max_msgs_per_subject, &spec.max_consumers}) {
        *limit = *limit <= 0 ? -1 : *limit;
    }
    spec.replicas = spec.replicas <= 0 ? 1 : spec.replicas;
    if (spec.duplicate_window.count() == 0 || spec.duplicate_window == kDefaultWindow) {
        const bool shorter = spec.max_age.count() > 0 && spec.max_age < kDefaultWindow;
        spec.duplicate_window = shorter ? spec.max_age : kDefaultWindow;
    }
    return spec;
}

std::vector<Difference> differences(const Stream& actual, const StreamSpec& declared) {
    const StreamSpec wanted = normalized(declared);
    Collector found;
    compare_subjects(found, actual.spec, wanted);
    compare_policies(found, actual.spec, wanted);
    compare_limits(found, actual.spec, wanted);
    compare_switches(found, actual.spec, wanted);
    compare_undeclarable(found, actual);
    return found.take();
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
