#include "front/server.hpp"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace arc::front {
namespace {

constexpr std::array<std::pair<evhttp_cmd_type, const char*>, 9> kMethods{{{EVHTTP_REQ_GET, "GET"},
                                                                           {EVHTTP_REQ_POST, "POST"},
                                                                           {EVHTTP_REQ_HEAD, "HEAD"},
                                                                           {EVHTTP_REQ_PUT, "PUT"},
                                                                           {EVHTTP_REQ_DELETE, "DELETE"},
                                                                           {EVHTTP_REQ_OPTIONS, "OPTIONS"},
                                                                           {EVHTTP_REQ_TRACE, "TRACE"},
                                                                           {EVHTTP_REQ_CONNECT, "CONNECT"},
                                                                           {EVHTTP_REQ_PATCH, "PATCH"}}};
constexpr auto kAllowed = static_cast<std::uint16_t>(EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
                                                     EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);

struct BaseFree {
    void operator()(event_base* base) const noexcept { event_base_free(base); }
};
struct EventFree {
    void operator()(event* each) const noexcept { event_free(each); }
};
struct HttpFree {
    void operator()(evhttp* http) const noexcept { evhttp_free(http); }
};

// A request under way. libevent keeps it until it is answered, also when its client has gone; the answer frees it then.
struct Job {
    evhttp_request* request = nullptr;
    HttpMessage message;
};

// The path and query of a request's target. A client of a proxy sends a whole URL.
std::string target_of(evhttp_request* request) {
    std::string whole = evhttp_request_get_uri(request);
    if (whole.starts_with('/')) {
        return whole;
    }
    const std::size_t scheme = whole.find("://");
    const std::size_t path = scheme == std::string::npos ? std::string::npos : whole.find('/', scheme + 3);
    return path == std::string::npos ? "/" : whole.substr(path);
}

HttpMessage message_of(evhttp_request* request) {
    HttpMessage message;
    for (const auto& [type, name] : kMethods) {
        message.method = evhttp_request_get_command(request) == type ? name : message.method;
    }
    message.target = target_of(request);
    const evkeyvalq* headers = evhttp_request_get_input_headers(request);
    for (const evkeyval* each = headers->tqh_first; each != nullptr; each = each->next.tqe_next) {
        message.headers.emplace_back(each->key, each->value);
    }
    evbuffer* body = evhttp_request_get_input_buffer(request);
    message.body.resize(evbuffer_get_length(body));
    evbuffer_remove(body, message.body.data(), message.body.size());
    return message;
}

HttpMessage too_busy() {
    HttpMessage answer;
    answer.status = 503;
    answer.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Retry-After", "1"}};
    answer.body = "arc-sidecar: too many requests wait already\n";
    return answer;
}

void send(evhttp_request* request, const HttpMessage& answer) {
    evkeyvalq* headers = evhttp_request_get_output_headers(request);
    for (const auto& [name, value] : answer.headers) {
        evhttp_add_header(headers, name.c_str(), value.c_str());
    }
    evbuffer* body = evbuffer_new();
    if (evhttp_request_get_command(request) != EVHTTP_REQ_HEAD) {
        evbuffer_add(body, answer.body.data(), answer.body.size());
    }
    evhttp_send_reply(request, answer.status, answer.phrase.empty() ? nullptr : answer.phrase.c_str(), body);
    evbuffer_free(body);
}

// Threads that answer, one request each at a time.
class Workers {
public:
    using Done = std::function<void(Job job, HttpMessage answer)>;

    Workers(int count, const Routes& routes, Done done) : routes_(routes), done_(std::move(done)) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }
    ~Workers() {
        {
            const std::scoped_lock lock(mutex_);
            over_ = true;
        }
        wake_.notify_all();
        threads_.clear();  // joins
    }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // False when too many wait already; the job stays the caller's then.
    [[nodiscard]] bool take(Job& job) {
        {
            const std::scoped_lock lock(mutex_);
            if (waiting_.size() >= kMaxQueue) {
                return false;
            }
            waiting_.push_back(std::move(job));
        }
        wake_.notify_one();
        return true;
    }

private:
    void work() {
        while (true) {
            Job job;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return over_ || !waiting_.empty(); });
                if (waiting_.empty()) {
                    return;
                }
                job = std::move(waiting_.front());
                waiting_.pop_front();
            }
            HttpMessage answer = routes_.answer(job.message);
            done_(std::move(job), std::move(answer));
        }
    }

    const Routes& routes_;
    Done done_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> waiting_;
    bool over_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace

struct Server::Impl {
    explicit Impl(Routes given) : routes(std::move(given)) {}

    void start(Fd listener);
    void received(evhttp_request* request);
    void finished(Job job, HttpMessage answer);
    void drain();

    Routes routes;
    Fd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::unique_ptr<event_base, BaseFree> base{event_base_new()};
    std::unique_ptr<evhttp, HttpFree> http;
    std::unique_ptr<event, EventFree> waker;
    std::mutex mutex;  // over the two below
    std::deque<std::pair<Job, HttpMessage>> answers;
    bool over = false;
    std::unique_ptr<Workers> own;
    std::unique_ptr<Workers> passed;
    std::jthread loop;
};

void Server::Impl::received(evhttp_request* request) {
    Job job{request, message_of(request)};
    Workers& workers = routes.lane(job.message) == Lane::own ? *own : *passed;
    if (!workers.take(job)) {
        send(request, too_busy());
    }
}

// On a worker: the answer goes to the one thread that may touch libevent.
void Server::Impl::finished(Job job, HttpMessage answer) {
    {
        const std::scoped_lock lock(mutex);
        answers.emplace_back(std::move(job), std::move(answer));
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof one);
}

void Server::Impl::drain() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = ::read(wake.get(), &count, sizeof count);
    std::deque<std::pair<Job, HttpMessage>> ready;
    bool stop = false;
    {
        const std::scoped_lock lock(mutex);
        ready.swap(answers);
        stop = over;
    }
    for (auto& [job, answer] : ready) {
        send(job.request, answer);
    }
    if (stop) {
        event_base_loopbreak(base.get());
    }
}

void Server::Impl::start(Fd listener) {
    http.reset(evhttp_new(base.get()));
    evhttp_set_gencb(http.get(), [](evhttp_request* request, void* self) { static_cast<Impl*>(self)->received(request); }, this);
    evhttp_set_allowed_methods(http.get(), kAllowed);
    evhttp_set_default_content_type(http.get(), nullptr);
    evhttp_set_max_headers_size(http.get(), kMaxHeaders);
    evhttp_set_max_body_size(http.get(), kMaxBody);
    evhttp_set_timeout(http.get(), kIdleSeconds);
    evhttp_accept_socket(http.get(), listener.release());  // which closes it
    const auto woken = [](evutil_socket_t, short, void* self) { static_cast<Impl*>(self)->drain(); };
    waker.reset(event_new(base.get(), wake.get(), EV_READ | EV_PERSIST, woken, this));
    event_add(waker.get(), nullptr);
    const auto done = [this](Job job, HttpMessage answer) { finished(std::move(job), std::move(answer)); };
    constexpr int kOwn = 2;
    constexpr int kPassed = 4;
    own = std::make_unique<Workers>(kOwn, routes, done);
    passed = std::make_unique<Workers>(kPassed, routes, done);
    loop = std::jthread([this] { event_base_dispatch(base.get()); });
}

Server::Server(Fd listener, Routes routes) : impl_(std::make_unique<Impl>(std::move(routes))) {
    impl_->start(std::move(listener));
}

Server::~Server() {
    impl_->own.reset();  // each waits for its workers
    impl_->passed.reset();
    {
        const std::scoped_lock lock(impl_->mutex);
        impl_->over = true;
    }
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(impl_->wake.get(), &one, sizeof one);
    impl_->loop.join();
}

}  // namespace arc::front
