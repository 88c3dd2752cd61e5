#include "nats/api_server.hpp"

#include <fmt/format.h>

#include "nats/wire.hpp"
#include "net/http_client.hpp"

namespace arc::nats {
namespace {

// RFC 3986.
std::string query_value(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        encoded +=
            plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string unknown(const Error& error) {
    return fmt::format("the server that answers for JetStream cannot be determined: {}",
                       error.text);
}

std::string shown(const std::optional<std::string>& domain) {
    return domain ? fmt::format("the domain {}", *domain) : "no domain";
}

// In a cluster the leader answers for all servers, so a server's own count proves nothing.
std::string another_domain(Client& client, const AccountJetStream& own, Deadline deadline) {
    const auto answer = client.request({"$JS.API.INFO", {}}, deadline);
    if (!answer) {
        return unknown(answer.error());
    }
    const auto domain = parse_domain(*answer);
    if (!domain) {
        return unknown({ErrorKind::rejected, describe(domain.error())});
    }
    return *domain == own.domain
               ? std::string{}
               : fmt::format("JetStream of {} answers, and the queried server has {}",
                             shown(*domain), shown(own.domain));
}

}  // namespace

Result<AccountJetStream> account_jetstream(const Client& client, const NatsConfig& config,
                                           Deadline deadline) {
    HttpClient http{*config.monitor_url, {.bearer = {}, .tls = monitor_tls(config)}};
    const auto connections =
        http.get(fmt::format("/connz?auth=1&cid={}", client.connection_id()), deadline);
    if (!connections) {
        return std::unexpected(connections.error());
    }
    const auto account = parse_connection_account(connections->body);
    if (!account) {
        return fail(ErrorKind::protocol, "the monitor does not list this connection (/connz)");
    }
    return http.get(fmt::format("/jsz?acc={}", query_value(*account)), deadline)
        .transform([&](const HttpResponse& answer) {
            AccountJetStream facts = parse_account_jetstream(answer.body);
            facts.account = *account;
            return facts;
        });
}

std::string another_server(Client& client, const NatsConfig& config,
                           const Result<AccountJetStream>& before, Deadline deadline) {
    if (!before) {
        return unknown(before.error());
    }
    if (before->enabled && before->clustered) {
        return another_domain(client, *before, deadline);
    }
    const auto after = account_jetstream(client, config, deadline);
    return after ? another_server(*before, *after) : unknown(after.error());
}

std::string another_server(const AccountJetStream& before, const AccountJetStream& after) {
    if (!after.enabled) {
        return fmt::format(
            "the queried server does not run JetStream for the account {}, and another one answers "
            "over a leaf node, a gateway, a route or an import",
            after.account);
    }
    if (after.answered <= before.answered) {
        return fmt::format(
            "the queried server runs JetStream for the account {}, but another one answers because "
            "of a mapping or an import of $JS.API.>",
            after.account);
    }
    return {};
}

}  // namespace arc::nats
