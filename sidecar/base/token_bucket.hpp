// Limits the rate of an operation (a token bucket). Pure: the caller passes the time.
#pragma once

#include <algorithm>
#include <chrono>

namespace arc {

class TokenBucket {
public:
    using Time = std::chrono::steady_clock::time_point;

    // The bucket starts full: `burst` operations at once, then `per_second`. Both are above 0.
    TokenBucket(double per_second, double burst) noexcept
        : per_second_(per_second), burst_(burst), tokens_(burst) {}

    // Takes a token. False if there is none at `now`, which must not decrease between calls.
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
    Time last_;
};

}  // namespace arc
