#include "http/processor_limit.hpp"

#include <cstdint>
#include <ctime>
#include <thread>

namespace arc::http {
namespace {

using Clock = std::chrono::steady_clock;

milliseconds processor_time_of_thread() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return milliseconds{static_cast<std::int64_t>(used.tv_sec) * 1000 + used.tv_nsec / 1'000'000};
}

}  // namespace

void ProcessorLimit::pause_if_exceeded() {
    if (Clock::now() - window_ < kCpuWindow &&
        processor_time_of_thread() - used_before_ >= kCpuTime) {
        std::this_thread::sleep_until(window_ + kCpuWindow);
    }
    if (Clock::now() - window_ >= kCpuWindow) {
        window_ = Clock::now();
        used_before_ = processor_time_of_thread();
    }
}

}  // namespace arc::http
