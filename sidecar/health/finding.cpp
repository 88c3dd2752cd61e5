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

Finding misconfigured(const std::string& error) {
    return {.code = SidecarCode("sidecar.config.invalid"),
            .text = "the sidecar's own configuration is wrong: " + error};
}

}  // namespace arc
