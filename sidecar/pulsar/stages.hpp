// The startup stages of a standalone broker. Each looks like success to a simpler probe:
//   1 ports       the binary port accepts 1.5 to 3.5 s before the admin port does
//   2 ready       /brokers/ready answers 500 for 0.2 to 0.7 s after that
//   3 cluster     /clusters has the cluster; before, creating a tenant fails with 412
//   4 namespaces  public/default exists, 0.4 to 1.3 s after ready; before, its clients fail
//   5 objects     the declared objects exist: bootstrap creates them
//   6 health      a message passes through the ledgers; the first one takes 1 to 3 s
// (Times: 3.3.6 on two quiet cores.) Pure.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "pulsar/config.hpp"
#include "pulsar/facts.hpp"

namespace arc::pulsar {

enum class Stage { ports = 1, ready, cluster, namespaces, objects, health };

// "stage 3 of 6"
[[nodiscard]] std::string stage_text(Stage stage);

struct Obstacle {
    Stage stage = Stage::ports;
    ErrorKind kind = ErrorKind::refused;  // `rejected`: the broker is not ready
    std::string text;                     // "the cluster standalone is not registered yet"
    std::string remedy = {};              // of Error; NOLINT(readability-redundant-member-init)
};

// The obstacle for a request that failed.
[[nodiscard]] Obstacle unanswered(Stage stage, const Error& error);

// The reason why the broker has not completed stage 4. std::nullopt: the four stages are complete
// as far as they were requested, or the token does not permit to verify them (see assess()).
[[nodiscard]] std::optional<Obstacle> first_obstacle(const Facts& facts,
                                                     const PulsarConfig& config);

// Stages 3 and 4.
[[nodiscard]] bool has_cluster(const Facts& facts, const PulsarConfig& config);
[[nodiscard]] bool has_public_default(const Facts& facts);

}  // namespace arc::pulsar
