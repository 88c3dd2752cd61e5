#include "redis/peers.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "net/resolve.hpp"
#include "net/tcp.hpp"
#include "redis/commands.hpp"

namespace arc::redis {
namespace {

constexpr resp::ReplyLimits kLimits{.bytes = std::size_t{1} * 1024 * 1024, .elements = 512};

TlsOptions tls_of(const Config& config) {
    return tls_options(config_of(config).tls, "ARC_REDIS_");
}

Result<Replication> replication_of(const resp::Exchanged& exchanged) {
    const resp::Reply& reply = exchanged.replies.back();
    if (reply.kind == resp::Reply::Kind::error) {
        return fail(ErrorKind::rejected, reply.text);
    }
    auto found = read_replication(reply.text);
    return found ? Result<Replication>{std::move(*found)}
                 : fail(ErrorKind::protocol, "INFO reports no role");
}

std::vector<resp::Command> info_commands(const Config& config) {
    auto commands = resp::auth_command(credentials(config_of(config)));
    commands.push_back({"INFO"});
    return commands;
}

Result<resp::Reply> last_reply(Result<resp::Exchanged> exchanged) {
    if (!exchanged) {
        return std::unexpected(exchanged.error());
    }
    resp::Reply& reply = exchanged->replies.back();
    return reply.kind == resp::Reply::Kind::error ? fail(ErrorKind::rejected, reply.text)
                                                  : Result<resp::Reply>{std::move(reply)};
}

bool binds(const std::string& address) {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
    if (!is_v4 && ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) {
        return false;
    }
    const Fd socket{::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the socket API wants it
    return socket.get() >= 0 && ::bind(socket.get(),
                                       is_v4 ? reinterpret_cast<const sockaddr*>(&v4)
                                             : reinterpret_cast<const sockaddr*>(&v6),
                                       is_v4 ? sizeof v4 : sizeof v6) == 0;
    // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
}

}  // namespace

Result<Replication> ask_replication(const Url& server, const Config& config, Deadline deadline) {
    return resp::ask(server, tls_of(config), info_commands(config), deadline)
        .and_then(replication_of);
}

Result<Replication> ask_own(const Config& config, Deadline deadline) {
    return ask_replication(*config_of(config).url, config, deadline);
}

std::vector<Result<Replication>> ask_members(const Config& config, Deadline deadline) {
    std::vector<Result<Replication>> answers;
    for (auto& answer :
         resp::ask_each(member_urls(config), tls_of(config), info_commands(config), deadline)) {
        answers.push_back(std::move(answer).and_then(replication_of));
    }
    return answers;
}

resp::MasterAnswers ask_sentinels(const Config& config, Deadline deadline) {
    const RedisConfig& redis = config_of(config);
    return resp::ask_masters(sentinel_urls(config), tls_of(config), sentinel_credentials(redis),
                             *redis.master_name, deadline);
}

Result<resp::Reply> tell(const Url& server, const Config& config, const resp::Command& command,
                         Deadline deadline) {
    auto commands = resp::auth_command(credentials(config_of(config)));
    commands.push_back(command);
    return last_reply(resp::ask(server, tls_of(config), commands, deadline, kLimits));
}

Result<resp::Reply> tell_sentinel(const Url& sentinel, const Config& config,
                                  const resp::Command& command, Deadline deadline) {
    auto commands = resp::auth_command(sentinel_credentials(config_of(config)));
    commands.push_back(command);
    return last_reply(resp::ask(sentinel, tls_of(config), commands, deadline, kLimits));
}

Url url_of(const Endpoint& endpoint, const Config& config) {
    const std::string& own = config_of(config).url->scheme;
    return {own == "unix" ? "redis" : own, endpoint.host, endpoint.port};
}

bool is_here(const std::string& host, Deadline deadline) {
    const auto addresses = resolve(host, deadline);
    return addresses && std::ranges::any_of(*addresses, binds);
}

std::string own_member(const Config& config, std::uint16_t port, Deadline deadline) {
    for (const Url& member : member_urls(config)) {
        if (member.port == port && is_here(member.host, deadline)) {
            return host_and_port(member.host, member.port);
        }
    }
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return host_and_port(name.data(), port);
}

}  // namespace arc::redis
