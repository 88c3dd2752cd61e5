#include "nats/facts.hpp"

#include <fmt/format.h>

namespace arc::nats {

std::string describe(const ApiError& error) {
    return error.err_code ? fmt::format("{} (err_code {})", error.description, *error.err_code)
                          : error.description;
}

}  // namespace arc::nats
