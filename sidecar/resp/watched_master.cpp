#include "resp/watched_master.hpp"

#include <algorithm>

#include "base/suggest.hpp"
#include "resp/info.hpp"

namespace arc::resp {

std::string to_string(const Endpoint& endpoint) {
    return host_and_port(endpoint.host, endpoint.port);
}

bool WatchedMaster::has(std::string_view flag) const {
    return std::ranges::contains(split(flags, ','), flag);
}

Result<std::optional<WatchedMaster>> read_master(const Reply& reply) {
    if (reply.kind == Reply::Kind::error) {
        if (reply.text.starts_with("ERR No such master")) {
            return std::nullopt;
        }
        const bool login = reply.text.starts_with("NOAUTH") || reply.text.starts_with("WRONGPASS");
        return fail(login ? ErrorKind::auth : ErrorKind::rejected, reply.text);
    }
    const auto count = [&](std::string_view name) {
        return number(list_field(reply, name)).value_or(0);
    };
    const auto port = parse_port(list_field(reply, "port"));
    if (!port || list_field(reply, "ip").empty()) {
        return fail(ErrorKind::protocol, "the answer to SENTINEL MASTER names no address");
    }
    return WatchedMaster{
        .at = {std::string(list_field(reply, "ip")), *port},
        .flags = std::string(list_field(reply, "flags")),
        .quorum = count("quorum"),
        .replicas = count("num-slaves"),
        .others = count("num-other-sentinels"),
        .down_after = std::chrono::milliseconds{count("down-after-milliseconds")},
    };
}

std::vector<Command> master_commands(const Credentials& credentials, std::string_view master) {
    std::vector<Command> commands = auth_command(credentials);
    commands.push_back({"SENTINEL", "MASTER", master});
    return commands;
}

MasterAnswers ask_masters(std::span<const Url> sentinels, const TlsOptions& tls,
                          const Credentials& credentials, std::string_view master,
                          Deadline deadline) {
    MasterAnswers answers;
    const auto commands = master_commands(credentials, master);
    for (auto& answer : ask_each(sentinels, tls, commands, deadline)) {
        answers.push_back(std::move(answer).and_then(
            [](const Exchanged& exchanged) { return read_master(exchanged.replies.back()); }));
    }
    return answers;
}

const WatchedMaster* named_by_majority(const MasterAnswers& answers) {
    for (const auto& answer : answers) {
        if (!answer || !*answer) {
            continue;
        }
        const auto votes = std::ranges::count_if(answers, [&](const auto& other) {
            return other && *other && (*other)->at == (*answer)->at;
        });
        if (2 * static_cast<std::size_t>(votes) > answers.size()) {
            return &**answer;
        }
    }
    return nullptr;
}

}  // namespace arc::resp
