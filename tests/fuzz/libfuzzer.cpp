// libFuzzer's entry points. ARC_FUZZ_TARGET names the target.
#include <cstdio>
#include <cstdlib>

#include "targets.hpp"

namespace {

const arc::fuzz::Target* target = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* name = std::getenv("ARC_FUZZ_TARGET");
    target = arc::fuzz::find_target(name == nullptr ? "" : name);
    if (target == nullptr) {
        std::fputs("ARC_FUZZ_TARGET names none of:", stderr);
        for (const arc::fuzz::Target& each : arc::fuzz::targets()) {
            std::fprintf(stderr, " %s", each.name);
        }
        std::fputs("\n", stderr);
        std::exit(1);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    target->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
