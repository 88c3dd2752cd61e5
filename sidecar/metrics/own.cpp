#include "metrics/own.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/build_info.hpp"

namespace arc::metrics {
namespace {

constexpr std::array kLevels{Level::ok, Level::degraded, Level::starting, Level::unhealthy};

double seconds(std::chrono::microseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

bool is_missing_object(const Finding& finding) {
    return finding.level != Level::ok && finding.code->scope == Scope::object &&
           finding.code.text().ends_with(".missing");
}

// Whether a declared object is missing or differs.
bool is_drift(const Finding& finding) {
    return is_missing_object(finding) || (finding.level != Level::ok && !finding.wanted.empty());
}

// Drift that the agent may not change is done: the objects exist.
bool bootstrap_done(Phase phase, const Verdict& verdict) {
    return phase == Phase::converged ||
           (phase == Phase::drift && std::ranges::none_of(verdict.findings, is_missing_object));
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
                          "number of findings of each code in the last verdict that are not ok");
    for (const Finding& each : verdict.findings) {
        const auto same = [&each](const Finding& other) {
            return other.code == each.code && other.level == each.level;
        };
        if (each.level != Level::ok) {  // the family ignores a repeated series
            finding.add(static_cast<double>(std::ranges::count_if(verdict.findings, same)),
                        {service.front(),
                         {"code", std::string(each.code.text())},
                         {"level", std::string(to_string(each.level))}});
        }
    }
    exposition.gauge("arc_sidecar_check_duration_seconds", seconds(verdict.elapsed),
                     "duration of the last check", service);
    exposition.gauge("arc_sidecar_bootstrap_drift",
                     static_cast<double>(std::ranges::count_if(verdict.findings, is_drift)),
                     "declared objects that were missing or different in the last verdict",
                     service);
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
                     "1 if the server answered this scrape in time and has completed its startup",
                     service);
    expose_verdict(own.verdict, service, exposition);
    exposition.counter("arc_sidecar_checks_total", static_cast<double>(own.checks),
                       "checks since this process started", service);
    if (own.phase) {
        exposition.gauge(
            "arc_sidecar_bootstrap_done", bootstrap_done(*own.phase, own.verdict) ? 1 : 0,
            "1 once all declared objects existed, as declared or with differences", service);
    }
    if (own.may_stop) {
        exposition.gauge("arc_sidecar_may_stop", *own.may_stop ? 1 : 0,
                         "1 if the other members of the cluster can do without this one", service);
    }
    if (own.scrape.start_time) {
        exposition.gauge("arc_sidecar_server_start_time_seconds", *own.scrape.start_time,
                         "start time of the server, seconds since 1970", service);
    }
    exposition.gauge("arc_sidecar_scrape_errors", static_cast<double>(own.scrape.unread.size()),
                     "items that this scrape could not read", service);
    exposition.gauge("arc_sidecar_scrape_duration_seconds", seconds(own.scraping),
                     "duration of this scrape's queries to the server", service);
    exposition.gauge("arc_sidecar_build_info", 1, "this binary's version, in the labels",
                     {service.front(), {"version", release()}, {"commit", commit()}});
}

}  // namespace arc::metrics
