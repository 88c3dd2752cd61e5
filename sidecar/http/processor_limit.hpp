// Limits the processor time of the calling thread.
#pragma once

#include <chrono>

#include "http/limits.hpp"

namespace arc::http {

class ProcessorLimit {
public:
    // Sleeps until the end of the current kCpuWindow if the thread has used kCpuTime in it.
    void pause_if_exceeded();

private:
    std::chrono::steady_clock::time_point window_;  // start of the current kCpuWindow
    milliseconds used_before_{0};                   // the thread's processor time at that moment
};

}  // namespace arc::http
