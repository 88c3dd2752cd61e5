// The release of this binary, and the commit that it was built from.
#pragma once

namespace arc {

// "0.1.0".
[[nodiscard]] const char* release() noexcept;

// "2026-12-01": the day of the release.
[[nodiscard]] const char* release_day() noexcept;

// "1a2b3c4d5e6f", with "-dirty" if the tree differed from it; "unknown" outside a repository.
[[nodiscard]] const char* commit() noexcept;

}  // namespace arc
