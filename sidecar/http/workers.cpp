#include "http/workers.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace arc::http {

Workers::Workers() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Workers::start(Handler& handler) {
    const auto done = [this](JobPtr job, Reply reply) {
        finished(std::move(job), std::move(reply));
    };
    workers_of(Pool::probe).share(handler, Pool::probe, false, done);
    workers_of(Pool::scrape).share(handler, Pool::scrape, true, done);
    workers_of(Pool::forward).forward(handler, kForwardWorkers, done);
}

bool Workers::submit(Pool pool, const JobPtr& job, std::size_t limit) {
    return workers_of(pool).submit(job, limit);
}

void Workers::wake() const noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

std::deque<FinishedJob> Workers::take_finished() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = ::read(wake_.get(), &count, sizeof count);
    const std::scoped_lock lock(mutex_);
    return std::exchange(finished_, {});
}

WorkerPool& Workers::workers_of(Pool pool) {
    return pools_.at(static_cast<std::size_t>(pool) - 1);
}

// A worker calls it.
void Workers::finished(JobPtr job, Reply reply) {
    {
        const std::scoped_lock lock(mutex_);
        finished_.push_back({std::move(job), std::move(reply)});
    }
    wake();
}

}  // namespace arc::http
