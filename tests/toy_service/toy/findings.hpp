// The findings about the toy: a row for each code.
#pragma once

#include <array>

#include "health/code.hpp"

namespace arc::toy {

inline constexpr std::array kFindings{
    CatalogueRow{.code = "toy.connection.broken",
                 .worst = Level::unhealthy,
                 .meaning = "The connection broke.",
                 .measurement = "A read or a write failed.",
                 .reason = "A client would meet the same error.",
                 .remedy = "Check the server's log."},
    CatalogueRow{.code = "toy.connection.refused",
                 .worst = Level::unhealthy,
                 .restart = RestartEffect::helps_silence,
                 .meaning = "No program listens on the port.",
                 .measurement = "`connect` was refused.",
                 .reason = "No client can connect.",
                 .remedy = "Check that toyd runs."},
    CatalogueRow{.code = "toy.connection.timeout",
                 .worst = Level::unhealthy,
                 .restart = RestartEffect::helps_silence,
                 .meaning = "The server does not answer in time.",
                 .measurement = "No answer within `--timeout`.",
                 .reason = "No client gets an answer.",
                 .remedy = "Restart the server."},
    CatalogueRow{.code = "toy.connection.tls",
                 .worst = Level::unhealthy,
                 .meaning = "The TLS handshake fails.",
                 .measurement = "The handshake.",
                 .reason = "No client with these settings can connect.",
                 .remedy = "Correct the setting that the finding names."},
    CatalogueRow{.code = "toy.jobs.excessive",
                 .worst = Level::degraded,
                 .meaning = "Too many jobs wait.",
                 .measurement = "The number in the server's answer.",
                 .reason = "The server works.",
                 .remedy = "Start more workers."},
    CatalogueRow{.code = "toy.jobs.ok",
                 .worst = Level::ok,
                 .meaning = "Few jobs wait.",
                 .measurement = "The number in the server's answer."},
};
static_assert(is_catalogue("toy", kFindings));

using ToyCode = CodeIn<kFindings>;

}  // namespace arc::toy
