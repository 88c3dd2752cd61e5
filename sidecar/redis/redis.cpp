#include "redis/redis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "health/shortage.hpp"
#include "redis/assess.hpp"
#include "redis/client.hpp"
#include "redis/facts.hpp"
#include "redis/restart.hpp"
#include "state/state.hpp"

namespace arc::redis {
namespace {

std::string advice_for(ErrorKind kind, Level level) {
    if (kind == ErrorKind::tls || kind == ErrorKind::config) {
        return {};  // the text says it
    }
    if (kind == ErrorKind::protocol) {
        return "compare ARC_REDIS_URL with the server's port; rediss:// is TLS";
    }
    if (kind == ErrorKind::unresolved) {
        return "compare ARC_REDIS_URL with the name of the server";
    }
    return level == Level::starting ? "the server is still being started"
                                    : "is the server running? see its log";
}

std::string failure_code(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::timeout:
            return "redis.connection.timeout";
        case ErrorKind::refused:
            return "redis.connection.refused";
        case ErrorKind::unreachable:
            return "redis.connection.unreachable";
        case ErrorKind::unresolved:
            return "redis.connection.unresolved";
        case ErrorKind::tls:
            return "redis.connection.tls";
        case ErrorKind::config:
            return "redis.connection.misconfigured";
        case ErrorKind::io:
        case ErrorKind::shortage:
            return "redis.connection.broken";
        case ErrorKind::auth:
        case ErrorKind::permission:
        case ErrorKind::protocol:
        case ErrorKind::rejected:
            break;
    }
    return "redis.connection.protocol";
}

// No answer. While the agent still waits for its server to come up that is a stage, not a failure;
// a peer of another kind never is.
Finding unanswered(const Config& config, const Error& error) {
    if (error.kind == ErrorKind::shortage) {
        return shortage(error.text, absent_level(read_agent_state(*config.state_dir, "redis")));
    }
    const Level level = !is_silence(error.kind)
                            ? Level::unhealthy
                            : absent_level(read_agent_state(*config.state_dir, "redis"));
    return {.code = failure_code(error.kind),
            .level = level,
            .text = error.text,
            .measured = {},
            .wanted = {},
            .advice = advice_for(error.kind, level),
            .liveness = is_silence(error.kind),
            .no_way = is_no_way(error.kind)};
}

Result<Exchanged> ask_server(const Config& config, std::span<const Command> commands,
                             Deadline deadline, std::size_t optional = 0) {
    return ask(*config_of(config).url, tls_options(config_of(config).tls, "ARC_REDIS_"), commands,
               deadline, {}, optional);
}

// Known only from the answers that the server is in cluster mode: a second exchange, of such a
// server alone.
void ask_cluster(const Config& config, Deadline deadline, Facts& facts) {
    if (const auto answer = ask_server(config, cluster_questions(config_of(config)), deadline)) {
        read_cluster(answer->replies, facts);
    } else {
        facts.cluster_error = answer.error().text;
    }
}

// Where it cannot save, the disk is the first thing to look at.
void name_disk(const Facts& facts, const Config& config, Verdict& verdict) {
    constexpr std::array<std::string_view, 4> kSaving{
        "redis.persistence.failed", "redis.aof_write.failed", "redis.aof_rewrite.failed",
        "redis.rdb_save.failed"};
    for (Finding& finding : verdict.findings) {
        if (finding.level != Level::ok && std::ranges::contains(kSaving, finding.code)) {
            finding.text += room_for_saving(facts, config);
        }
    }
}

}  // namespace

Verdict check(const Config& config, Deadline deadline) {
    const std::vector<Command> commands = questions(config_of(config));
    // The canary's write is the last: a server that holds it back has answered the rest.
    const auto answer = ask_server(config, commands, deadline, *config_of(config).canary ? 1 : 0);
    if (!answer) {
        return {.service = "redis",
                .server = {},
                .verified = {},
                .findings = {unanswered(config, answer.error())}};
    }
    Facts facts = facts_from(answer->replies, has_credentials(config_of(config)));
    facts.canary_silent =
        *config_of(config).canary && answer->replies.size() + 1 == commands.size();
    if (facts.mode == "cluster" && !facts.loading) {
        ask_cluster(config, deadline, facts);
    }
    Verdict verdict = assess(facts, config);
    name_disk(facts, config, verdict);
    verdict.busy = facts.loading || facts.aof_rewriting || facts.saving;
    verdict.restart = restart_facts(facts, config);
    return verdict;
}

}  // namespace arc::redis
