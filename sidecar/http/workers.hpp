// All workers of the HTTP server. They return their replies to the server's thread in a queue.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <mutex>

#include "http/handler.hpp"
#include "http/worker_pool.hpp"
#include "net/tcp.hpp"

namespace arc::http {

struct FinishedJob {
    JobPtr job;
    Reply reply;
};

class Workers {
public:
    Workers();

    // Starts the threads. Throws std::system_error if no thread is available.
    void start(Handler& handler);

    // Queues a job for the workers of `pool`, which is not Pool::immediate. False if `limit` jobs
    // are already waiting there.
    [[nodiscard]] bool submit(Pool pool, const JobPtr& job, std::size_t limit);

    // Readable after wake(), and when take_finished() has replies to return.
    [[nodiscard]] int wake_fd() const noexcept { return wake_.get(); }
    void wake() const noexcept;

    // The replies since the last call.
    [[nodiscard]] std::deque<FinishedJob> take_finished();

private:
    [[nodiscard]] WorkerPool& workers_of(Pool pool);
    void finished(JobPtr job, Reply reply);

    Fd wake_;
    std::mutex mutex_;  // protects finished_
    std::deque<FinishedJob> finished_;
    std::array<WorkerPool, 3> pools_;  // by Pool, without Pool::immediate. Ends first
};

}  // namespace arc::http
