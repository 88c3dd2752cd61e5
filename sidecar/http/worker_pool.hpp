// Requests on their way to workers and back.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/token_bucket.hpp"
#include "http/server.hpp"

namespace arc::http {

// A request that waits. The server's thread drops it when its client has gone or has waited long
// enough: nothing is done for it then.
struct Job {
    std::uint64_t connection = 0;
    HttpMessage request;
    std::atomic<bool> dropped{false};
};
using JobPtr = std::shared_ptr<Job>;

// The jobs of one pool and its workers, which end with it. Its destructor waits for what a worker
// is at.
class WorkerPool {
public:
    // Called on a worker for each job that was not dropped.
    using Done = std::function<void(JobPtr job, Reply reply)>;

    WorkerPool() = default;
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool();

    // One worker that asks once for all jobs that wait, those included that come while it asks; it
    // rests after that where `rests`.
    void share(Handler& handler, Pool pool, bool rests, const Done& done);

    // `count` workers that pass on one job each at a time, no more of them than kForwardsPerSecond.
    void forward(Handler& handler, int count, const Done& done);

    // False when `limit` jobs wait already. The job stays the caller's then.
    [[nodiscard]] bool take(const JobPtr& job, std::size_t limit);

private:
    [[nodiscard]] bool wait();  // for a job; false at the end
    [[nodiscard]] std::deque<JobPtr> take_all();
    [[nodiscard]] JobPtr take_one();                        // nullptr when another worker has it
    void rest(std::chrono::steady_clock::duration worked);  // up to kLongestPause
    void await_budget();
    void pause(std::chrono::steady_clock::duration time);  // less at the end

    std::mutex mutex_;  // over what follows
    std::condition_variable wake_;
    std::deque<JobPtr> waiting_;
    TokenBucket budget_{kForwardsPerSecond, kForwardBurst};
    bool over_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace arc::http
