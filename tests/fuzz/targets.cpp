#include "targets.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/routes.hpp"
#include "base/shown.hpp"
#include "base/suggest.hpp"
#include "base/units.hpp"
#include "cli/command_line.hpp"
#include "config/keys.hpp"
#include "config/toml_file.hpp"
#include "health/levels.hpp"
#include "health/report.hpp"
#include "http/limits.hpp"
#include "http/listen.hpp"
#include "http/request.hpp"
#include "http/server.hpp"
#include "init/options.hpp"
#include "nats/differences.hpp"
#include "nats/gather.hpp"
#include "nats/metrics.hpp"
#include "nats/nkey.hpp"
#include "nats/server_options.hpp"
#include "nats/wire.hpp"
#include "net/http_client.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"
#include "preflight/command.hpp"
#include "pulsar/answers.hpp"
#include "pulsar/server_config.hpp"
#include "pulsar/shell_settings.hpp"
#include "redis/assess.hpp"
#include "redis/commands.hpp"
#include "redis/data_files.hpp"
#include "redis/metrics.hpp"
#include "redis/server_config.hpp"
#include "resp/protocol.hpp"

namespace arc::fuzz {
namespace {

// A broken promise is a crash.
void demand(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::vector<std::string> lines_of(std::string_view bytes) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(bytes, '\n')) {
        lines.emplace_back(line);
    }
    return lines;
}

void toml(std::string_view bytes) {
    Config config = default_config();
    const auto loaded = load_toml_text(std::string(bytes), "fuzz.toml", config);
    demand(loaded || loaded.error().kind == ErrorKind::config);
    for (const Key& key : keys()) {
        static_cast<void>(show(config, key));
    }
}

// The bytes in two pieces, as a socket may bring them, then all the way to a verdict.
void redis(std::string_view bytes) {
    for (const bool credentials : {false, true}) {
        resp::ReplyReader reader;
        const auto fed = reader.feed(bytes.substr(0, bytes.size() / 2)).and_then([&] {
            return reader.feed(bytes.substr(bytes.size() / 2));
        });
        if (!fed) {
            continue;
        }
        Config config = default_config();
        redis::config_of(config).password.value = Secret{credentials ? "word" : ""};
        redis::Answers server = redis::read_answers(reader.replies(), redis::config_of(config));
        if (!reader.replies().empty()) {
            server.cluster = redis::read_cluster(reader.replies());
        }
        const redis::Facts facts{.server = std::move(server), .volume = {}};
        const Verdict verdict = redis::assess(facts, config, Level::unhealthy);
        demand(text_report({&verdict, 1}).size() <= kMaxReport);
        demand(headline(verdict).size() <= kMaxFirstLine);
        static_cast<void>(json_report({&verdict, 1}));
    }
}

void nats(std::string_view bytes) {
    const auto stream = arc::nats::parse_stream(bytes, arc::nats::KeepRaw::yes);
    const Config config = default_config();
    const arc::nats::StreamSpec& declared = arc::nats::config_of(config).streams.front();
    if (stream) {
        const auto found = arc::nats::differences(*stream, declared);
        static_cast<void>(arc::nats::describe(found));
        static_cast<void>(arc::nats::update_request(*stream->raw_config, declared, found));
        static_cast<void>(arc::nats::create_request(stream->spec));
    } else {
        static_cast<void>(arc::nats::describe(stream.error()));
    }
    static_cast<void>(arc::nats::update_request(std::string(bytes), declared, {}));
    static_cast<void>(arc::nats::api_error(bytes));
    static_cast<void>(arc::nats::parse_stream_page(bytes));
    static_cast<void>(arc::nats::parse_healthz(503, bytes));
    static_cast<void>(arc::nats::parse_varz(bytes));
}

void pulsar(std::string_view bytes) {
    static_cast<void>(arc::pulsar::parse_names(bytes).transform(as_set));
    static_cast<void>(arc::pulsar::parse_tenant(bytes));
    static_cast<void>(arc::pulsar::parse_partitions(bytes));
    static_cast<void>(arc::pulsar::parse_broker_url(bytes));
    demand(arc::pulsar::parse_version(bytes).find('\n') == std::string::npos);
    demand(arc::pulsar::parse_reason(bytes).find('\n') == std::string::npos);
}

// One connection for each input: reads the request and answers with the bytes.
class OneAnswer {
public:
    OneAnswer() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        demand(::bind(listener_.get(), generic, size) == 0 && ::listen(listener_.get(), 1) == 0);
        demand(::getsockname(listener_.get(), generic, &size) == 0);
        port_ = ntohs(address.sin_port);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    void serve(std::string_view bytes) const {
        const Fd peer{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        std::array<char, 4096> request{};
        if (::recv(peer.get(), request.data(), request.size(), 0) > 0) {
            [[maybe_unused]] const ssize_t sent =
                ::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        }
        ::shutdown(peer.get(), SHUT_WR);
    }

private:
    Fd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
};

void http(std::string_view bytes) {
    static const OneAnswer server;
    std::thread serving([&] { server.serve(bytes); });
    {
        HttpClient client{Url{"http", "127.0.0.1", server.port()},
                          HttpOptions{.bearer = {}, .max_body = 65536, .tls = {}}};
        const auto response = client.get("/", Deadline::after(std::chrono::milliseconds{2000}));
        demand(!response || response->body.size() <= 65536);
    }
    serving.join();
}

// The front, as a client that sends the bytes and ends: whatever comes back, it serves the next
// one.
class FrontUnderTest {
public:
    FrontUnderTest() {
        auto listener = http::listen_on({"127.0.0.1", 0});
        demand(listener.has_value());
        sockaddr_in address{};
        socklen_t size = sizeof address;
        demand(::getsockname(listener->get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        server_ = std::make_unique<http::Server>(std::move(*listener), handler_);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    // Every pool, by the target's length.
    class Echo final : public http::Handler {
    public:
        [[nodiscard]] http::Pool pool(const HttpMessage& request) const override {
            constexpr std::array kPools{http::Pool::immediate, http::Pool::probe,
                                        http::Pool::scrape, http::Pool::forward};
            return kPools.at(request.target.size() % kPools.size());
        }
        [[nodiscard]] std::chrono::milliseconds time_limit(
            const HttpMessage& request) const override {
            return agent::scrape_time(request.headers, std::chrono::milliseconds{3000});
        }
        [[nodiscard]] http::Reply answer_now(const HttpMessage& request) override {
            return forward(request);
        }
        [[nodiscard]] Rendering ask(http::Pool) override {
            return [this](const HttpMessage& request) { return forward(request); };
        }
        [[nodiscard]] http::Reply forward(const HttpMessage& request) override {
            demand(request.target.starts_with('/') && !request.method.empty());
            http::Reply reply;
            reply.body = std::make_shared<const std::string>(request.target + request.body);
            return reply;
        }
    };

    std::uint16_t port_ = 0;
    Echo handler_;
    std::unique_ptr<http::Server> server_;
};

// The parser by itself: a request read whole is found again among what is behind it, and no
// beginning of it is one.
void http_request(std::string_view bytes) {
    const http::Parsed parsed = http::parse_request(bytes);
    if (parsed.state != http::Parsed::State::complete) {
        demand((parsed.status != 0) == (parsed.state == http::Parsed::State::bad));
        demand(parsed.state == http::Parsed::State::bad || bytes.size() < http::kMostIncomplete);
        return;
    }
    demand(parsed.used > 0 && parsed.used <= bytes.size());
    demand(parsed.request.target.starts_with('/') && !parsed.request.method.empty());
    demand(parsed.request.headers.size() <= http::kMaxFields &&
           parsed.request.body.size() <= http::kMaxBody);
    const http::Parsed alone = http::parse_request(bytes.substr(0, parsed.used));
    demand(alone.state == http::Parsed::State::complete &&
           alone.request.body == parsed.request.body);
    demand(http::parse_request(bytes.substr(0, parsed.used - 1)).state ==
           http::Parsed::State::incomplete);
}

void http_front(std::string_view bytes) {
    static const FrontUnderTest front;
    const auto connected =
        connect_tcp("127.0.0.1", front.port(), Deadline::after(std::chrono::milliseconds{2000}));
    demand(connected.has_value());
    [[maybe_unused]] const ssize_t sent =
        ::send(connected->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(connected->get(), SHUT_WR);
    std::array<char, 4096> answer{};
    while (wait_ready(connected->get(), POLLIN, Deadline::after(std::chrono::milliseconds{2000})) &&
           ::recv(connected->get(), answer.data(), answer.size(), 0) > 0) {
    }
}

// What a nats-server and a Redis say, as series: the text stays readable whatever they say.
void demand_readable(const std::string& text) {
    demand(text.empty() || text.ends_with('\n'));
    for (const char c : text) {
        demand(c == '\n' || static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r');
    }
}

void metrics_of_answers(std::string_view bytes) {
    arc::nats::MetricsMemory memory;
    metrics::Exposition exposition;
    const HttpResponse answer{200, std::string(bytes)};
    static_cast<void>(arc::nats::expose({answer, answer, answer, answer}, memory, exposition));
    static_cast<void>(arc::nats::parse_time(bytes));
    resp::ReplyReader reader{redis::kMetricsLimits};
    if (reader.feed(bytes)) {
        static_cast<void>(redis::expose(reader.replies(), false, 0, exposition));
    }
    std::vector<resp::Reply> replies(7);
    replies[1] = {.kind = resp::Reply::Kind::text, .text = std::string(bytes), .list = {}};
    static_cast<void>(redis::expose(replies, false, 0, exposition));
    demand_readable(exposition.text());
}

// A word a line, as after `arc-sidecar check`; what it says goes where the caller's standard
// streams go.
void command_line(std::string_view bytes) {
    std::vector<std::string> words = lines_of(bytes);
    std::vector<char*> pointers;
    std::ranges::transform(words, std::back_inserter(pointers),
                           [](std::string& word) { return word.data(); });
    bool strict = false;
    std::string format;
    std::vector<std::string> services;
    LoadOptions options;
    cli::CommandLine line("check", "A summary.");
    line.services(services);
    line.flag("--strict", strict, "help");
    line.option("--format", format, "help", {"text", "json"});
    line.settings(options, cli::TimeoutFlag{"timeout", "help"});
    if (line.parse(static_cast<int>(pointers.size()), pointers.data())) {
        return;
    }
    Config config = default_config();
    for (const auto& [path, text] : options.flags) {
        const Key* key = find_key(path);
        demand(key != nullptr);
        static_cast<void>(assign(config, *key, text, {}));
    }
}

void run_options(std::string_view bytes) {
    const std::vector<std::string> words = lines_of(bytes);
    std::vector<const char*> pointers;
    std::ranges::transform(words, std::back_inserter(pointers), &std::string::c_str);
    const auto options = init::parse_options(pointers, words);
    demand(!options || options->help || !options->command.empty());
}

// The small texts of the configuration and of secrets.
void values(std::string_view bytes) {
    if (const auto duration = parse_duration(bytes)) {
        const auto again = parse_duration(format_duration(*duration));
        demand(again && *again == *duration);
    }
    static_cast<void>(parse_size(bytes));
    static_cast<void>(parse_boolean(bytes));
    if (const auto url = parse_url(bytes, "nats", 4222)) {
        const auto again = parse_url(to_string(*url), "nats", 4222);
        demand(again && *again == *url);
    }
    static_cast<void>(parse_level(bytes, "ok", ""));
    if (const auto seed = arc::nats::find_user_seed(bytes)) {
        static_cast<void>(arc::nats::public_key(*seed));
    }
}

// The servers' own configuration and data, as preflight reads them.
void preflight_files(std::string_view bytes) {
    const auto itself = [bytes](std::string_view) { return std::optional<std::string>{bytes}; };
    const std::vector<std::string> nats_flags{"-c", "nats.conf"};
    static_cast<void>(nats::read_server_options(nats_flags, {itself, itself}));
    static_cast<void>(pulsar::parse_properties(bytes));
    static_cast<void>(pulsar::internal_hosts(bytes, ""));
    static_cast<void>(pulsar::read_shell_settings(
        bytes, [](const std::string&) { return std::optional<std::string>{"x"}; }));
    static_cast<void>(pulsar::bookie_of(bytes));
    static_cast<void>(pulsar::read_jvm_options(bytes));
    const std::vector<std::string> arguments{"redis.conf"};
    static_cast<void>(redis::parse_redis_settings(
        "redis-server", arguments,
        {.read = itself,
         .match = [](const std::string& path) { return std::vector<std::string>{path}; },
         .look = [](const std::string&) { return redis::ServerFiles::Kind::unknown; }}));
    static_cast<void>(redis::snapshot_holds_data(bytes));
    static_cast<void>(redis::aof_files(bytes));
    for (const bool whole : {true, false}) {
        static_cast<void>(
            redis::judge_aof_end({.bytes = bytes, .whole_file = whole, .snapshot = true}));
        static_cast<void>(
            redis::judge_aof_end({.bytes = bytes, .whole_file = whole, .snapshot = false}));
    }
    static_cast<void>(preflight::spoken_value(arguments, bytes));
}

// The first line is a secret, what follows is said of it: whole, quoted, and cut at either end.
void text(std::string_view bytes) {
    const std::string_view secret = bytes.substr(0, bytes.find('\n'));
    const std::string_view rest = bytes.substr(std::min(secret.size() + 1, bytes.size()));
    forget_secrets();
    keep_secret(secret);
    keep_secrets_of_setting("url", rest);
    const std::string half{secret.substr(secret.size() / 2)};
    for (const std::string& said : {std::string(rest), fmt::format("{}'{}'{}", rest, secret, rest),
                                    fmt::format("{} {}", half, rest)}) {
        const std::string clean = shown(said);
        // What stands in its place may complete a secret that has such a sign itself.
        demand(secret.size() < 8 || secret.contains('*') || !clean.contains(secret.substr(0, 8)));
        demand(std::ranges::none_of(clean, [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
        demand(clipped(clean, 100).size() <= 100);
    }
    forget_secrets();
}

constexpr std::array kTargets{
    Target{"toml", &toml},
    Target{"redis", &redis},
    Target{"nats", &nats},
    Target{"pulsar", &pulsar},
    Target{"http", &http},
    Target{"front", &http_front},
    Target{"request", &http_request},
    Target{"metrics", &metrics_of_answers},
    Target{"command-line", &command_line},
    Target{"run-options", &run_options},
    Target{"values", &values},
    Target{"preflight", &preflight_files},
    Target{"text", &text},
};

}  // namespace

std::span<const Target> targets() noexcept {
    return kTargets;
}

const Target* find_target(std::string_view name) noexcept {
    const auto found = std::ranges::find(
        kTargets, name, [](const Target& target) { return std::string_view(target.name); });
    return found == kTargets.end() ? nullptr : &*found;
}

}  // namespace arc::fuzz
