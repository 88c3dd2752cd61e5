// Verdicts as text (for people and `docker inspect`) and as JSON (for programs). Each text goes
// through shown().
#pragma once

#include <span>
#include <string>

#include "health/purpose.hpp"
#include "health/verdict.hpp"

namespace arc {

// bytes, the line end aside: what a `docker inspect` reader sees at once
inline constexpr std::size_t kMaxFirstLine = 199;
// bytes: Docker keeps that much of a health check's output
inline constexpr std::size_t kMaxReport = 4096;

// `<level>: <service>: <what matters most>`, at most kMaxFirstLine bytes, cut at a character's
// edge.
[[nodiscard]] std::string headline(const Verdict& verdict, Purpose purpose = Purpose::ready);

// The headline of the worst verdict, then a line a finding, each line ended; at most kMaxReport
// bytes. With several verdicts the first line tells the worst one and each service's block follows.
// Where the level does not say whether the probe passes, the first line begins with outcome():
// `live: starting: redis: LOADING …`; the worst verdict is one that decided it.
[[nodiscard]] std::string text_report(std::span<const Verdict> verdicts,
                                      Purpose purpose = Purpose::ready);

// One JSON object on one line:
// {"level":…,"services":[{"service":…,"level":…,"server":…,"verified":…,"elapsed_ms":…,"findings":[…]}]}.
// It begins with "outcome":"live" (or as outcome() has it) unless that is empty.
[[nodiscard]] std::string json_report(std::span<const Verdict> verdicts,
                                      Purpose purpose = Purpose::ready);

}  // namespace arc
