#include "health/finding.hpp"

#include <fmt/format.h>

#include "health/findings.hpp"

namespace arc {

std::string clause(std::string_view sentence) {
    if (sentence.ends_with('.')) {
        sentence.remove_suffix(1);
    }
    std::string text(sentence);
    for (const std::string_view article : {"The ", "A ", "An ", "No "}) {
        if (sentence.starts_with(article)) {
            text.front() = static_cast<char>(text.front() - 'A' + 'a');
        }
    }
    return text;
}

std::string full_text(const Finding& finding) {
    std::string text = finding.text;
    if (!finding.measured.empty() && !finding.wanted.empty()) {
        text += fmt::format(" is {}, declared {}", finding.measured, finding.wanted);
    }
    if (!finding.advice.empty()) {
        text += (text.ends_with('.') ? " " : ". ") + finding.advice;
    }
    return text;
}

Finding with_remedy(Finding finding, const Error& error) {
    if (!error.remedy.empty()) {
        finding.advice = error.remedy;
    }
    return finding;
}

Finding misconfigured(const std::string& error) {
    return {.code = SidecarCode("sidecar.config.invalid"),
            .text = "the sidecar's own configuration is wrong: " + error};
}

Finding shortage(std::string_view text, Level absent) {
    return {
        .code = SidecarCode("sidecar.resources.exhausted"),
        .level = absent == Level::starting ? Level::starting : Level::degraded,
        .text = fmt::format(
            "the sidecar itself ran out of a resource, so the server was not queried: {}", text)};
}

Finding unanswered(Code code, const Error& error, Level absent) {
    if (error.kind == ErrorKind::shortage) {
        return shortage(error.text, absent);
    }
    const bool silent = is_silence(error.kind);
    Finding finding{.code = code,
                    .level = silent ? absent : Level::unhealthy,
                    .text = error.text,
                    .liveness = silent,
                    .no_way = is_no_way(error.kind)};
    if (finding.level == Level::starting || error.kind == ErrorKind::config) {
        finding.advice.clear();
    }
    return with_remedy(std::move(finding), error);
}

}  // namespace arc
