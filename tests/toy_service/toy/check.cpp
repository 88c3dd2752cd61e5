#include "toy/check.hpp"

#include <fmt/format.h>

#include "state/state.hpp"
#include "toy/client.hpp"
#include "toy/findings.hpp"

namespace arc::toy {
namespace {

ToyCode failure_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::refused:
            return "toy.connection.refused";
        case ErrorKind::timeout:
            return "toy.connection.timeout";
        case ErrorKind::tls:
            return "toy.connection.tls";
        default:
            return "toy.connection.broken";
    }
}

Finding unanswered(const Config& config, const Error& error) {
    const Level absent = absent_level(read_agent_state(*config.state_dir, "toy"));
    Finding finding{.code = failure_code(error.kind),
                    .level = is_silence(error.kind) ? absent : Level::unhealthy,
                    .text = error.text,
                    .measured = {},
                    .wanted = {},
                    .advice = "is toyd running?",
                    .liveness = is_silence(error.kind),
                    .no_way = is_no_way(error.kind)};
    return with_remedy(std::move(finding), error);
}

Finding assess_jobs(const ToyConfig& config, const Facts& facts) {
    const bool many = facts.jobs > *config.max_jobs;
    return {.code = many ? ToyCode("toy.jobs.excessive") : ToyCode("toy.jobs.ok"),
            .level = many ? Level::degraded : Level::ok,
            .text = fmt::format("{} jobs wait", facts.jobs),
            .measured = std::to_string(facts.jobs),
            .wanted = many ? fmt::format("at most {}", *config.max_jobs) : std::string{},
            .advice = many ? "start more workers" : ""};
}

}  // namespace

Verdict check(const Config& config, Deadline deadline) {
    const auto facts = ask_server(config_of(config), deadline);
    if (!facts) {
        return {.service = "toy",
                .server = {},
                .verified = {},
                .findings = {unanswered(config, facts.error())}};
    }
    return {.service = "toy",
            .server = facts->server,
            .verified = fmt::format("{} jobs", facts->jobs),
            .findings = {assess_jobs(config_of(config), *facts)}};
}

}  // namespace arc::toy
