#include "metrics/own.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/build_info.hpp"
#include "health/catalogue.hpp"

namespace arc::metrics {
namespace {

constexpr std::array kLevels{Level::ok, Level::degraded, Level::starting, Level::unhealthy};

double seconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

// About something that was declared and is absent or different.
bool is_drift(const Finding& finding) {
    const FindingCode* known = find_code(finding.code);
    return finding.level != Level::ok &&
           (!finding.wanted.empty() || (known != nullptr && known->scope == Scope::object &&
                                        finding.code.ends_with(".missing")));
}

void expose_verdict(const Verdict& verdict, const Labels& service, Exposition& exposition) {
    auto& level = exposition.family("arc_sidecar_level", Type::gauge,
                                    "1 for the level of the last verdict, 0 for the others");
    for (const Level each : kLevels) {
        level.add(each == verdict.level() ? 1 : 0,
                  {service.front(), {"level", std::string(to_string(each))}});
    }
    auto& finding =
        exposition.family("arc_sidecar_finding", Type::gauge,
                          "what the last verdict found that is not ok: how many of each code");
    for (const Finding& each : verdict.findings) {
        const auto same = [&each](const Finding& other) {
            return other.code == each.code && other.level == each.level;
        };
        if (each.level != Level::ok) {  // a second series of the same labels is dropped
            finding.add(static_cast<double>(std::ranges::count_if(verdict.findings, same)),
                        {service.front(),
                         {"code", each.code},
                         {"level", std::string(to_string(each.level))}});
        }
    }
    exposition.gauge("arc_sidecar_check_duration_seconds", seconds(verdict.elapsed),
                     "how long the last check took", service);
    exposition.gauge("arc_sidecar_bootstrap_drift",
                     static_cast<double>(std::ranges::count_if(verdict.findings, is_drift)),
                     "declared things that the last verdict found absent or different", service);
}

}  // namespace

bool answers(const Verdict& verdict) noexcept {
    return verdict.level() != Level::starting &&
           std::ranges::none_of(verdict.findings, [](const Finding& finding) {
               return finding.liveness && finding.level != Level::ok;
           });
}

void expose_own(const Own& own, Exposition& exposition) {
    const Labels service{{"service", own.verdict.service}};
    exposition.gauge("arc_sidecar_up", own.scrape.up ? 1 : 0,
                     "1 where the server answered this scrape in time and is past its start",
                     service);
    expose_verdict(own.verdict, service, exposition);
    exposition.counter("arc_sidecar_checks_total", static_cast<double>(own.checks),
                       "checks since this process started", service);
    if (own.phase) {
        exposition.gauge("arc_sidecar_bootstrap_done", *own.phase == Phase::converged ? 1 : 0,
                         "1 once everything declared was there", service);
    }
    if (own.scrape.start_time) {
        exposition.gauge("arc_sidecar_server_start_time_seconds", *own.scrape.start_time,
                         "when the server started, seconds since 1970", service);
    }
    exposition.gauge("arc_sidecar_scrape_errors", static_cast<double>(own.scrape.unread.size()),
                     "things that this scrape could not read", service);
    exposition.gauge("arc_sidecar_scrape_duration_seconds", seconds(own.scraping),
                     "how long this scrape asked the server", service);
    exposition.gauge("arc_sidecar_build_info", 1, "this binary, in the labels",
                     {service.front(), {"version", release()}, {"commit", commit()}});
}

}  // namespace arc::metrics
