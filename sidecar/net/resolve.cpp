#include "net/resolve.hpp"

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/units.hpp"
#include "net/tcp.hpp"

namespace arc {
namespace {

struct EventBaseFree {
    void operator()(event_base* base) const noexcept { event_base_free(base); }
};
struct DnsBaseFree {
    event_base* base;
    // With 1, pending requests fail. The loop calls their callbacks, which release their memory.
    void operator()(evdns_base* dns) const noexcept {
        evdns_base_free(dns, 1);
        event_base_loop(base, EVLOOP_NONBLOCK);
    }
};
using EventBase = std::unique_ptr<event_base, EventBaseFree>;
using DnsBase = std::unique_ptr<evdns_base, DnsBaseFree>;

// The result that the resolver's callback stores.
struct Answer {
    event_base* base;
    bool done = false;
    int error = 0;
    Addresses addresses;
};

bool is_literal(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::string literal_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    // POSIX requires these casts: sockaddr is the common beginning of both structs.
    const void* bytes =
        address->sa_family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
            : static_cast<const void*>(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
    return inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr
               ? std::string{}
               : std::string(text.data());
}

void on_answer(int error, evutil_addrinfo* list, void* argument) {
    auto& answer = *static_cast<Answer*>(argument);
    answer.done = true;
    answer.error = error;
    for (const evutil_addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::string literal = literal_of(entry->ai_addr);
        if (!literal.empty() &&
            std::ranges::find(answer.addresses, literal) == answer.addresses.end()) {
            answer.addresses.push_back(std::move(literal));
        }
    }
    if (list != nullptr) {
        evutil_freeaddrinfo(list);
    }
    event_base_loopbreak(answer.base);
}

timeval to_timeval(Deadline::Duration duration) {
    return {.tv_sec = duration.count() / 1000, .tv_usec = (duration.count() % 1000) * 1000};
}

// Moves IPv4 addresses to the front. The servers listen on IPv4 by default, so the first attempt
// succeeds for a name with both.
void prefer_ipv4(Addresses& addresses) {
    std::ranges::stable_partition(
        addresses, [](const std::string& a) { return a.find(':') == std::string::npos; });
}

Result<Addresses> outcome(const std::string& host, Answer& answer, Deadline deadline) {
    if (!answer.done) {
        return fail(ErrorKind::unresolved,
                    fmt::format("the resolver did not answer for '{}' within {}", host,
                                format_duration(deadline.budget())));
    }
    if (answer.error != 0 || answer.addresses.empty()) {
        const char* reason = answer.error != 0 ? evutil_gai_strerror(answer.error) : "no address";
        return fail(ErrorKind::unresolved, fmt::format("'{}' does not resolve ({})", host, reason));
    }
    prefer_ipv4(answer.addresses);
    return std::move(answer.addresses);
}

// libevent's defaults are 5 s for an attempt, and 3 s for the second query (A, AAAA) after the
// answer to the first. So a lost packet, or a resolver that drops AAAA, would use the time of a
// whole check.
void shorten_timeouts(evdns_base* dns) {
    evdns_base_set_option(dns, "timeout:", "0.7");
    evdns_base_set_option(dns, "attempts:", "5");
    evdns_base_set_option(dns, "getaddrinfo-allow-skew:", "0.3");
    evdns_base_set_option(dns,
                          "randomize-case:", "0");  // some home routers do not preserve the case
}

Result<Addresses> ask_resolver(const std::string& host, Deadline deadline,
                               const char* resolv_conf) {
    // Its messages would precede the first line of a report.
    evdns_set_log_fn([](int, const char*) {});
    const EventBase base{event_base_new()};
    // Declared before `dns`, whose destructor still writes to it.
    Answer answer{.base = base.get(), .addresses = {}};
    const DnsBase dns{base ? evdns_base_new(base.get(), 0) : nullptr, DnsBaseFree{base.get()}};
    if (!dns) {
        return fail(ErrorKind::shortage,
                    "cannot initialize the resolver: no descriptor or no memory");
    }
    // This fails without resolv.conf or without a name server in it. libevent reads /etc/hosts
    // anyway, which may have the name.
    const bool configured =
        evdns_base_resolv_conf_parse(dns.get(), DNS_OPTIONS_ALL, resolv_conf) == 0;
    shorten_timeouts(dns.get());
    evutil_addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    const evdns_getaddrinfo_request* request =
        evdns_getaddrinfo(dns.get(), host.c_str(), nullptr, &hints, on_answer, &answer);
    if (request != nullptr && configured) {
        const timeval left = to_timeval(deadline.remaining());
        event_base_loopexit(base.get(), &left);
        event_base_dispatch(base.get());
    }
    if (answer.addresses.empty()) {
        if (auto lack = own_shortage(fmt::format("cannot query the resolver for '{}'", host))) {
            return std::unexpected(std::move(*lack));
        }
    }
    if (!answer.done && !configured) {
        return fail(ErrorKind::unresolved,
                    fmt::format("'{}' does not resolve: {} names no resolver", host, resolv_conf));
    }
    return outcome(host, answer, deadline);
}

}  // namespace

Result<Addresses> resolve(const std::string& host, Deadline deadline, const char* resolv_conf) {
    if (is_literal(host)) {
        return Addresses{host};
    }
    if (host == "localhost") {
        return Addresses{"127.0.0.1", "::1"};
    }
    return ask_resolver(host, deadline, resolv_conf);
}

Result<void> try_connect(const std::string& address, std::uint16_t port, Deadline deadline) {
    return connect_tcp(address, port, deadline).transform([](const Fd&) {});
}

Result<std::string> reachable_address(const std::string& host, std::uint16_t port,
                                      Deadline deadline) {
    const auto addresses = resolve(host, deadline);
    if (!addresses) {
        return std::unexpected(addresses.error());
    }
    if (addresses->size() == 1) {
        return addresses->front();
    }
    return connect_first(host, *addresses, port, deadline).transform([](Connection&& connection) {
        return std::move(connection.address);
    });
}

}  // namespace arc
