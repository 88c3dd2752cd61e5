#include "init/preflight.hpp"

namespace arc::init {

std::vector<std::string> preflight(Sys& /*sys*/, const Options& /*options*/) {
    return {};
}

}  // namespace arc::init
