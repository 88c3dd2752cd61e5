// All I/O with toyd: one line each way, `STATUS` and `toyd 1.2 jobs=3`.
#pragma once

#include <cstdint>
#include <string>

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "net/listener.hpp"
#include "toy/config.hpp"

namespace arc::toy {

struct Facts {
    std::string server;  // "toyd 1.2"
    std::int64_t jobs = 0;
};

extern const Protocol kProtocol;

[[nodiscard]] Result<Facts> ask_server(const ToyConfig& config, Deadline deadline);

}  // namespace arc::toy
