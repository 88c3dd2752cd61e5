// How often something may be done: a bucket of tokens. Pure; time comes in.
#pragma once

#include <algorithm>
#include <chrono>

namespace arc {

class TokenBucket {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Full at first: `burst` at once, then `per_second`. Both above 0.
    TokenBucket(double per_second, double burst) noexcept
        : per_second_(per_second), burst_(burst), tokens_(burst) {}

    // Takes one, where there is one at `now`; times do not go back.
    [[nodiscard]] bool take(Time now) noexcept {
        if (last_ != Time{}) {
            tokens_ = std::min(
                burst_, tokens_ + per_second_ * std::chrono::duration<double>(now - last_).count());
        }
        last_ = now;
        const bool given = tokens_ >= 1;
        tokens_ -= given ? 1 : 0;
        return given;
    }

private:
    double per_second_;
    double burst_;
    double tokens_;
    Time last_{};
};

}  // namespace arc
