#include "health/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/shown.hpp"

namespace arc {
namespace {

std::string healthy_text(const Verdict& verdict) {
    if (verdict.verified.empty()) {
        return shown(verdict.server);
    }
    return shown(verdict.server.empty() ? verdict.verified
                                        : fmt::format("{}: {}", verdict.server, verdict.verified));
}

std::string finding_line(const Finding& finding) {
    return fmt::format("  {:<9} {}: {}\n", to_string(finding.level), finding.code.text(),
                       shown(full_text(finding)));
}

// Of those that do not pass, if there are any: a degraded service must not stand for one that is
// not live.
const Verdict& worst_verdict(std::span<const Verdict> verdicts, Purpose purpose) {
    const auto badness = [purpose](const Verdict& verdict) {
        return std::pair{!passes(verdict, purpose), verdict.level()};
    };
    return *std::ranges::max_element(verdicts, {}, badness);
}

std::string first_line(std::span<const Verdict> verdicts, const Verdict& worst, Purpose purpose) {
    const std::string_view word = outcome(purpose, passes(verdicts, purpose));
    const std::string line = headline(worst, purpose);
    return word.empty() ? line : clipped(fmt::format("{}: {}", word, line), kMaxFirstLine);
}

void append_bounded(std::string& report, std::string_view line) {
    if (report.size() + line.size() <= kMaxReport) {
        report += line;
    }
}

nlohmann::ordered_json finding_json(const Finding& finding) {
    nlohmann::ordered_json object{{"code", finding.code.text()},
                                  {"level", to_string(finding.level)},
                                  {"text", shown(finding.text)}};
    const auto add = [&object](const char* key, const std::string& value) {
        if (!value.empty()) {
            object[key] = shown(value);
        }
    };
    add("measured", finding.measured);
    add("wanted", finding.wanted);
    add("advice", finding.advice);
    add("restart", finding.restart == Restart::neither ? std::string{}
                                                       : std::string(to_string(finding.restart)));
    return object;
}

nlohmann::ordered_json verdict_json(const Verdict& verdict) {
    nlohmann::ordered_json findings = nlohmann::ordered_json::array();
    for (const Finding& finding : verdict.findings) {
        findings.push_back(finding_json(finding));
    }
    return {{"service", verdict.service},
            {"level", to_string(verdict.level())},
            {"server", shown(verdict.server)},
            {"verified", shown(verdict.verified)},
            {"elapsed_ms", static_cast<double>(verdict.elapsed.count()) / 1000.0},
            {"findings", std::move(findings)}};
}

}  // namespace

std::string headline(const Verdict& verdict, Purpose purpose) {
    const Finding* worst = worst_finding(verdict, purpose);
    const Level level = worst == nullptr ? Level::ok : worst->level;
    const std::string text = worst == nullptr ? healthy_text(verdict) : shown(full_text(*worst));
    return clipped(fmt::format("{}: {}: {}", to_string(level), verdict.service, text),
                   kMaxFirstLine);
}

std::string text_report(std::span<const Verdict> verdicts, Purpose purpose) {
    if (verdicts.empty()) {
        return {};
    }
    const Verdict& worst = worst_verdict(verdicts, purpose);
    std::string report = first_line(verdicts, worst, purpose) + "\n";
    for (const Verdict& verdict : verdicts) {
        if (&verdict != &worst) {
            append_bounded(report, headline(verdict) + "\n");
        }
    }
    for (const Verdict& verdict : verdicts) {
        for (const Finding& finding : verdict.findings) {
            append_bounded(report, finding_line(finding));
        }
    }
    return report;
}

std::string json_report(std::span<const Verdict> verdicts, Purpose purpose) {
    nlohmann::ordered_json services = nlohmann::ordered_json::array();
    for (const Verdict& verdict : verdicts) {
        services.push_back(verdict_json(verdict));
    }
    nlohmann::ordered_json report;
    if (const std::string_view word = outcome(purpose, passes(verdicts, purpose)); !word.empty()) {
        report["outcome"] = word;
    }
    report["level"] = to_string(worst_level(verdicts));
    report["services"] = std::move(services);
    return report.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace arc
