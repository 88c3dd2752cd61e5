#include "nats/differences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace arc::nats {
namespace {

using std::chrono::milliseconds;

// A fact of a stream that cannot be declared, and must not be so.
void add_fact(std::vector<Difference>& found, std::string_view field, bool there,
              std::string measured, std::string wanted, std::string_view risk) {
    if (there) {
        found.push_back(
            {std::string(field), std::move(measured), std::move(wanted), std::string(risk)});
    }
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
            const auto risk =
                field.risk != nullptr ? field.risk(actual.spec, wanted) : std::string_view{};
            found.push_back({std::string(field.name), text_of(field, actual.spec),
                             text_of(field, wanted), std::string(risk)});
        }
    }
    add_fact(found, "sealed", actual.sealed, "yes", "no",
             "a sealed stream takes no messages, for ever: recreate it by hand");
    add_fact(found, "no_ack", actual.no_ack, "yes", "no",
             "publishers would begin to get acknowledgements");
    add_fact(found, "mirror", actual.mirror.has_value(), actual.mirror.value_or(""), "none",
             "the server cannot change it on an existing stream");
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
