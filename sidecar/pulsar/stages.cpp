#include "pulsar/stages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/variant.hpp"
#include "health/finding.hpp"
#include "pulsar/findings.hpp"

namespace arc::pulsar {
namespace {

// Whether the port is reached, and the error is about what listens on it, or about a file of TLS.
// Neither is a stage of a start.
bool is_reached(ErrorKind kind) {
    return kind == ErrorKind::tls || kind == ErrorKind::config || kind == ErrorKind::protocol;
}

std::string default_text(PulsarCode code) {
    return clause(code->meaning);
}

Obstacle ports_obstacle(std::string_view port, const Error& error) {
    const bool silent = error.kind == ErrorKind::timeout;
    return {Stage::ports, error.kind,
            error.kind == ErrorKind::shortage ? error.text
            : is_reached(error.kind)
                ? fmt::format("the {} port: {}", port, error.text)
                : fmt::format("the {} port {} ({})", port,
                              silent ? "did not answer" : "cannot be reached", error.text),
            error.remedy};
}

// The first request connects to the admin port, so this error may be about the port.
Obstacle ready_obstacle(const Error& error) {
    switch (error.kind) {
        case ErrorKind::refused:
        case ErrorKind::unresolved:
        case ErrorKind::unreachable:
        case ErrorKind::tls:
        case ErrorKind::config:
            return ports_obstacle("admin", error);
        case ErrorKind::auth:
            return {Stage::ready, error.kind, default_text("pulsar.authentication.failed")};
        case ErrorKind::rejected:
            return {Stage::ready, error.kind, default_text("pulsar.broker.unready")};
        default:
            return unanswered(Stage::ready, error);
    }
}

// The obstacle for a failed request, unless the token does not permit it.
std::optional<Obstacle> no_answer(Stage stage, const Error& error) {
    return is_denied(error) ? std::nullopt : std::optional{unanswered(stage, error)};
}

std::optional<Obstacle> cluster_obstacle(const Facts& facts, const PulsarConfig& config) {
    if (const auto* error = std::get_if<Error>(&facts.clusters)) {
        return no_answer(Stage::cluster, *error);
    }
    const auto* clusters = std::get_if<Names>(&facts.clusters);
    if (clusters == nullptr || has_cluster(facts, config)) {
        return std::nullopt;
    }
    const std::string others =
        clusters->empty() ? "" : fmt::format(" (registered: {})", fmt::join(*clusters, ", "));
    return Obstacle{Stage::cluster, ErrorKind::rejected,
                    fmt::format("the cluster {} is not registered yet{}", *config.cluster, others)};
}

std::optional<Obstacle> public_obstacle(const Facts& facts) {
    if (const auto* error = std::get_if<Error>(&facts.public_namespaces)) {
        return no_answer(Stage::namespaces, *error);
    }
    if (holds<NotAsked>(facts.public_namespaces) || has_public_default(facts)) {
        return std::nullopt;
    }
    return Obstacle{Stage::namespaces, ErrorKind::rejected,
                    "the namespace public/default does not exist yet"};
}

}  // namespace

std::string stage_text(Stage stage) {
    return fmt::format("stage {} of {}", static_cast<int>(stage), static_cast<int>(Stage::health));
}

Obstacle unanswered(Stage stage, const Error& error) {
    const std::string_view subject = error.kind == ErrorKind::timeout ? "health " : "";
    return {
        stage, error.kind,
        error.kind == ErrorKind::protocol
            ? fmt::format("the program on the admin port is not a Pulsar broker ({})", error.text)
            : fmt::format("{}{}", subject, error.text),
        error.remedy};
}

std::optional<Obstacle> first_obstacle(const Facts& facts, const PulsarConfig& config) {
    if (const auto* error = std::get_if<Error>(&facts.binary_port)) {
        return ports_obstacle("binary", *error);
    }
    if (const auto* error = std::get_if<Error>(&facts.ready)) {
        return ready_obstacle(*error);
    }
    auto found = cluster_obstacle(facts, config);
    return found ? found : public_obstacle(facts);
}

bool has_cluster(const Facts& facts, const PulsarConfig& config) {
    const auto* clusters = std::get_if<Names>(&facts.clusters);
    return clusters != nullptr && std::ranges::contains(*clusters, *config.cluster);
}

bool has_public_default(const Facts& facts) {
    const auto* names = std::get_if<Names>(&facts.public_namespaces);
    return names != nullptr && std::ranges::contains(*names, "public/default");
}

}  // namespace arc::pulsar
