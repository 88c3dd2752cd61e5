// All I/O with toyd: one line each way, such as `STATUS` and `toyd 1.2 jobs=3`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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
// The answer to one line. The question has its line end, the answer has none.
[[nodiscard]] Result<std::string> ask_line(const ToyConfig& config, std::string_view question,
                                           Deadline deadline);

[[nodiscard]] Result<Facts> ask_server(const ToyConfig& config, Deadline deadline);

}  // namespace arc::toy
