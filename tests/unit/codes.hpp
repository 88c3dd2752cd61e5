// Codes of findings, for tests that take them as text.
#pragma once

#include <stdexcept>
#include <string>

#include "health/catalogue.hpp"

namespace arc::testing {

// Throws where no table has it.
inline Code code(std::string_view text) {
    const auto found = find_code(text);
    if (!found) {
        throw std::invalid_argument("no such code: " + std::string(text));
    }
    return *found;
}

}  // namespace arc::testing
