// One pool of workers and its queue of requests.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/token_bucket.hpp"
#include "http/handler.hpp"
#include "http/limits.hpp"

namespace arc::http {

// A request that waits for a worker. The server's thread sets `dropped` when the client has closed
// the connection or the request's time limit has ended. Workers skip dropped jobs.
struct Job {
    std::uint64_t connection = 0;
    HttpMessage request;
    std::atomic<bool> dropped{false};
};
using JobPtr = std::shared_ptr<Job>;

// The destructor ends the workers. It waits for the jobs that they are working on.
class WorkerPool {
public:
    // Workers call it with the reply to each job that was not dropped.
    using Done = std::function<void(JobPtr job, Reply reply)>;

    WorkerPool() = default;
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    ~WorkerPool();

    // Starts one worker. It makes one query for all waiting jobs, including those that arrive
    // during the query. `pauses`: it pauses after each query, see kPauseFactor.
    void share(Handler& handler, Pool pool, bool pauses, const Done& done);

    // Starts `count` workers, each of which forwards one job at a time. Together they forward at
    // most kForwardsPerSecond, and pause as share() does.
    void forward(Handler& handler, int count, const Done& done);

    // Queues a job. False if `limit` jobs are already waiting.
    [[nodiscard]] bool submit(const JobPtr& job, std::size_t limit);

private:
    using Duration = std::chrono::steady_clock::duration;

    [[nodiscard]] bool wait_for_job();  // false when the pool ends
    [[nodiscard]] std::deque<JobPtr> take_all();
    [[nodiscard]] JobPtr take_one();  // nullptr if another worker took the last job
    void await_budget();
    void pause_after(Duration worked);
    void sleep(Duration time);  // shorter if the pool ends

    std::mutex mutex_;  // protects the members below, except threads_
    std::condition_variable wake_;
    std::deque<JobPtr> waiting_;
    TokenBucket budget_{kForwardsPerSecond, kForwardBurst};
    bool ending_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace arc::http
