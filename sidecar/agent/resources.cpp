#include "agent/resources.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/cgroup.hpp"
#include "base/file.hpp"
#include "http/limits.hpp"

namespace arc::agent {
namespace {

// The sanitizers' shadow memory counts as data: it is larger than any limit.
#if defined(__SANITIZE_ADDRESS__)
#define ARC_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARC_SANITIZED 1
#endif
#endif
#ifdef ARC_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

std::optional<std::int64_t> container_memory() {
    constexpr std::size_t kEnough = std::size_t{64} * 1024;
    const auto groups = read_whole("/proc/self/cgroup", kEnough).value_or("");
    for (const auto& path : memory_files(groups, "memory.max", "memory.limit_in_bytes")) {
        if (const auto limit = parse_memory_limit(read_whole(path, kEnough).value_or(""))) {
            return limit;
        }
    }
    return std::nullopt;
}

void limit_data(std::size_t bytes) {
    rlimit limit{};
    if (!kSanitized && ::getrlimit(RLIMIT_DATA, &limit) == 0) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, bytes);
        limit.rlim_max = limit.rlim_cur;
        ::setrlimit(RLIMIT_DATA, &limit);
    }
}

// A thread's stack is data, however little of it is used: 8 MiB each by default.
void use_small_stacks() {
    constexpr std::size_t kStack = std::size_t{1024} * 1024;
    pthread_attr_t attributes;
    if (!kSanitized && ::pthread_attr_init(&attributes) == 0) {
        ::pthread_attr_setstacksize(&attributes, kStack);
        ::pthread_setattr_default_np(&attributes);
        ::pthread_attr_destroy(&attributes);
    }
}

void go_first() {
    constexpr std::string_view kMost = "1000";
    if (const int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); fd >= 0) {
        [[maybe_unused]] const ssize_t written = ::write(fd, kMost.data(), kMost.size());
        ::close(fd);
    }
}

std::uint64_t descriptor_limit() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

std::size_t memory_cap(std::optional<std::int64_t> container) noexcept {
    constexpr std::int64_t kShare = 5;
    return container ? std::clamp(
                           static_cast<std::size_t>(std::max<std::int64_t>(*container, 0) / kShare),
                           kLeastMemory, kMostMemory)
                     : kMostMemory;
}

std::size_t connection_cap(std::uint64_t descriptors) noexcept {
    constexpr std::uint64_t kLeast = 4;
    const std::uint64_t left =
        descriptors - std::min<std::uint64_t>(descriptors, http::kReservedDescriptors);
    return std::clamp<std::uint64_t>(left, kLeast, http::kMaxConnections);
}

Resources confine() {
    // One heap for all threads, which gives back what a scrape once needed.
    ::mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe): no thread was started yet
    const Resources resources{.memory = memory_cap(container_memory()),
                              .connections = connection_cap(descriptor_limit())};
    use_small_stacks();
    limit_data(resources.memory);
    go_first();
    return resources;
}

}  // namespace arc::agent
