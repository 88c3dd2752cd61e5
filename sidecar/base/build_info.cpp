#include "base/build_info.hpp"

#include "version.h"

namespace arc {

const char* release() noexcept {
    return ARC_VERSION;
}

const char* release_day() noexcept {
    return ARC_VERSION_DAY;
}

const char* commit() noexcept {
    return ARC_COMMIT;
}

}  // namespace arc
