#include "nats/facts.hpp"

#include <fmt/format.h>

namespace arc::nats {

std::string words_of(const ApiError& error) {
    return error.err_code == 0 ? error.description
                               : fmt::format("{} (err_code {})", error.description, error.err_code);
}

}  // namespace arc::nats
