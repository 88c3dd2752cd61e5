#include "http/worker_pool.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

namespace arc::http {
namespace {

using Clock = std::chrono::steady_clock;

Reply short_of_memory() {
    Reply reply = text_reply(503, "arc-sidecar: short of memory\n");
    reply.headers.emplace_back("Retry-After", "1");
    return reply;
}

// A worker may need more memory than the agent may use. Then the client gets 503, and the worker
// has released all of its memory.
template <class Make>
Reply reply_or_shortage(Make&& make) {
    try {
        return make();
    } catch (const std::exception&) {
        return short_of_memory();
    }
}

Handler::Rendering ask_or_shortage(Handler& handler, Pool pool) {
    try {
        return handler.ask(pool);
    } catch (const std::exception&) {
        // A probe gets the last verdict, because a shortage in the agent is no fault of the server.
        return [&handler, pool](const HttpMessage& request) {
            return pool == Pool::probe ? handler.answer_now(request) : short_of_memory();
        };
    }
}

}  // namespace

WorkerPool::~WorkerPool() {
    {
        const std::scoped_lock lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    threads_.clear();  // joins
}

bool WorkerPool::submit(const JobPtr& job, std::size_t limit) {
    {
        const std::scoped_lock lock(mutex_);
        std::erase_if(waiting_, [](const JobPtr& each) { return each->dropped.load(); });
        if (waiting_.size() >= limit) {
            return false;
        }
        waiting_.push_back(job);
    }
    wake_.notify_one();
    return true;
}

bool WorkerPool::wait_for_job() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    return !ending_;
}

std::deque<JobPtr> WorkerPool::take_all() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(waiting_, {});
}

JobPtr WorkerPool::take_one() {
    const std::scoped_lock lock(mutex_);
    if (waiting_.empty()) {
        return nullptr;
    }
    JobPtr job = std::move(waiting_.front());
    waiting_.pop_front();
    return job;
}

void WorkerPool::sleep(Duration time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return ending_; });
}

void WorkerPool::pause_after(Duration worked) {
    sleep(std::min<Duration>(kPauseFactor * worked, kLongestPause));
}

void WorkerPool::await_budget() {
    constexpr milliseconds kInterval{10};
    while (true) {
        {
            const std::scoped_lock lock(mutex_);
            if (ending_ || budget_.take(Clock::now())) {
                return;
            }
        }
        sleep(kInterval);
    }
}

void WorkerPool::share(Handler& handler, Pool pool, bool pauses, const Done& done) {
    threads_.emplace_back([this, &handler, pool, pauses, done] {
        while (wait_for_job()) {
            const auto began = Clock::now();
            const Handler::Rendering rendering = ask_or_shortage(handler, pool);
            for (JobPtr& job : take_all()) {
                if (!job->dropped) {
                    Reply reply = reply_or_shortage([&] { return rendering(job->request); });
                    done(std::move(job), std::move(reply));
                }
            }
            if (pauses) {
                pause_after(Clock::now() - began);
            }
        }
    });
}

void WorkerPool::forward(Handler& handler, int count, const Done& done) {
    for (int i = 0; i < count; ++i) {
        threads_.emplace_back([this, &handler, done] {
            while (wait_for_job()) {
                JobPtr job = take_one();
                if (!job || job->dropped) {
                    continue;
                }
                await_budget();
                const auto began = Clock::now();
                Reply reply = reply_or_shortage([&] { return handler.forward(job->request); });
                done(std::move(job), std::move(reply));
                pause_after(Clock::now() - began);
            }
        });
    }
}

}  // namespace arc::http
