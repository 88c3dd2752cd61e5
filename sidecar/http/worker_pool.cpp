#include "http/worker_pool.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace arc::http {
namespace {

using Clock = std::chrono::steady_clock;

Reply short_of_memory() {
    Reply reply;
    reply.status = 503;
    reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Retry-After", "1"}};
    reply.body = std::make_shared<const std::string>("arc-sidecar: short of memory\n");
    return reply;
}

// What a worker does may need more memory than the agent may have: its client is told so, and all
// of it is free again.
template <class Make>
Reply made(Make&& make) {
    try {
        return make();
    } catch (const std::exception&) {
        return short_of_memory();
    }
}

Handler::Rendering asked(Handler& handler, Pool pool) {
    try {
        return handler.ask(pool);
    } catch (const std::exception&) {
        // A probe is answered from the last verdict: our own want is not the server's fault.
        return [&handler, pool](const HttpMessage& request) {
            return pool == Pool::probe ? handler.answer_now(request) : short_of_memory();
        };
    }
}

}  // namespace

WorkerPool::~WorkerPool() {
    {
        const std::scoped_lock lock(mutex_);
        over_ = true;
    }
    wake_.notify_all();
    threads_.clear();  // joins
}

bool WorkerPool::take(const JobPtr& job, std::size_t limit) {
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

bool WorkerPool::wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return over_ || !waiting_.empty(); });
    return !over_;
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

void WorkerPool::pause(Clock::duration time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return over_; });
}

void WorkerPool::rest(Clock::duration worked) {
    pause(std::min<Clock::duration>(kPauseFactor * worked, kLongestPause));
}

void WorkerPool::await_budget() {
    constexpr milliseconds kLook{10};
    while (true) {
        {
            const std::scoped_lock lock(mutex_);
            if (over_ || budget_.take(Clock::now())) {
                return;
            }
        }
        pause(kLook);
    }
}

void WorkerPool::share(Handler& handler, Pool pool, bool rests, const Done& done) {
    threads_.emplace_back([this, &handler, pool, rests, done] {
        while (wait()) {
            const auto began = Clock::now();
            const Handler::Rendering rendering = asked(handler, pool);
            for (JobPtr& job : take_all()) {
                if (!job->dropped) {
                    Reply reply = made([&] { return rendering(job->request); });
                    done(std::move(job), std::move(reply));
                }
            }
            if (rests) {
                rest(Clock::now() - began);
            }
        }
    });
}

void WorkerPool::forward(Handler& handler, int count, const Done& done) {
    for (int i = 0; i < count; ++i) {
        threads_.emplace_back([this, &handler, done] {
            while (wait()) {
                JobPtr job = take_one();
                if (!job || job->dropped) {
                    continue;
                }
                await_budget();
                const auto began = Clock::now();
                Reply reply = made([&] { return handler.forward(job->request); });
                done(std::move(job), std::move(reply));
                rest(Clock::now() - began);
            }
        });
    }
}

}  // namespace arc::http
