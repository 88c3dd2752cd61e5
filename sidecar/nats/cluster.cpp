#include "nats/cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "nats/client.hpp"
#include "nats/cluster_gather.hpp"
#include "nats/cluster_index.hpp"
#include "nats/cluster_judge.hpp"
#include "nats/cluster_token.hpp"
#include "nats/config.hpp"
#include "nats/wire.hpp"

namespace arc::nats {
namespace {

using Kind = StopAnswer::Kind;

// A member that hangs must not take the time of a whole gate.
constexpr std::chrono::milliseconds kLook{1'500};
constexpr std::chrono::milliseconds kPoll{50};

Deadline for_look(Deadline deadline) {
    return deadline.capped(kLook);
}

// A shortage of the sidecar's own must not become an exception in PID 1's child.
template <class Answer, class Ask>
Answer guarded(Ask&& ask, Answer (*failed)(std::string)) {
    try {
        return ask();
    } catch (const std::bad_alloc&) {
        return failed("no memory");
    } catch (const std::system_error& error) {
        return failed(error.what());
    }
}

StopAnswer not_asked(std::string why) {
    return {
        .kind = Kind::wait, .reason = fmt::format("the sidecar cannot ask: {}", why), .absent = {}};
}

// The second look finds what was on its way at the first.
StopAnswer ask_twice(const Config& config, Deadline deadline) {
    const ClusterView before = look_at_cluster(config, for_look(deadline));
    StopAnswer answer = judge_stop(before, before);
    if (answer.kind != Kind::wait || !answer.absent.empty() || deadline.expired()) {
        return answer;
    }
    return judge_stop(before, look_at_cluster(config, for_look(deadline)));
}

StopAnswer may_stop(const Config& config, Deadline deadline) {
    return guarded<StopAnswer>([&] { return ask_twice(config, deadline); }, &not_asked);
}

TokenAnswer no_token(std::string why) {
    return {.kind = TokenAnswer::Kind::unavailable, .reason = std::move(why), .absent = {}};
}

TokenAnswer take(const Config& config, Deadline deadline) {
    const auto name = name_of_server(config, for_look(deadline));
    if (!name) {
        return no_token(name.error().text);
    }
    TokenTry tried = take_stop_token(config, *name, deadline);
    if (tried.answer.kind == TokenAnswer::Kind::taken_by_other &&
        is_absent(look_at_cluster(config, for_look(deadline)), tried.holder)) {
        tried.answer.absent = tried.holder;
    }
    return std::move(tried.answer);
}

TokenAnswer take_token(const Config& config, Deadline deadline) {
    return guarded<TokenAnswer>([&] { return take(config, deadline); }, &no_token);
}

bool return_token(const Config& config, Deadline deadline) {
    return guarded<bool>(
        [&] {
            const auto name = name_of_server(config, for_look(deadline));
            return name && return_stop_token(config, *name, deadline);
        },
        [](std::string) { return false; });
}

// What the server leads and may hand over: groups of the account.
std::vector<const Asset*> led_by(const ServerView& server, const std::string& account) {
    std::vector<const Asset*> led;
    for (const Asset& asset : server.assets) {
        if (asset.kind != Asset::Kind::meta && asset.leader == server.name &&
            !asset.others.empty() && asset.account_id == account) {
            led.push_back(&asset);
        }
    }
    return led;
}

Request stepdown(const Asset& asset) {
    if (asset.kind == Asset::Kind::stream) {
        return {fmt::format("$JS.API.STREAM.LEADER.STEPDOWN.{}", asset.name), {}};
    }
    const std::size_t mark = asset.name.find(" > ");
    return {fmt::format("$JS.API.CONSUMER.LEADER.STEPDOWN.{}.{}", asset.name.substr(0, mark),
                        asset.name.substr(mark + 3)),
            {}};
}

// What the server refused, in its words; empty: nothing.
Result<std::string> step_down(Client& client, const std::vector<const Asset*>& led,
                              Deadline deadline) {
    std::vector<Request> requests;
    std::ranges::transform(led, std::back_inserter(requests),
                           [](const Asset* asset) { return stepdown(*asset); });
    const auto answers =
        client.send(requests, deadline).and_then([&] { return client.receive(deadline); });
    if (!answers) {
        return std::unexpected(answers.error());
    }
    for (const Answer& answer : *answers) {
        if (const auto* denied = std::get_if<Denied>(&answer)) {
            return denied->text;
        }
    }
    return std::string{};
}

// Another server leads each of them. The rest is named.
StopAnswer wait_for_leaders(const Config& config, const std::vector<const Asset*>& led,
                            const std::string& self, Deadline deadline) {
    while (true) {
        const ClusterView cluster = look_at_cluster(config, for_look(deadline));
        const ClusterIndex index{cluster};
        const auto kept = std::ranges::find_if(led, [&](const Asset* asset) {
            const Asset* now = index.led(*asset);
            return now == nullptr || now->leader == self;
        });
        if (kept == led.end()) {
            return {};
        }
        if (deadline.expired()) {
            return {.kind = Kind::wait,
                    .reason = fmt::format("{} has no other leader", label_of(**kept)),
                    .absent = {}};
        }
        std::this_thread::sleep_for(std::min<Deadline::Duration>(kPoll, deadline.remaining()));
    }
}

StopAnswer hand_over(const Config& config, Deadline deadline) {
    const auto failed = [](const Error& error) {
        return StopAnswer{.kind = Kind::wait, .reason = error.text, .absent = {}};
    };
    const ClusterView cluster = look_at_cluster(config, for_look(deadline));
    if (!cluster.self) {
        return failed(cluster.self.error());
    }
    auto client = Client::connect(config_of(config), deadline);
    if (!client) {
        return failed(client.error());
    }
    // Servers before 2.10 do not answer.
    const auto user = client->request({"$SYS.REQ.USER.INFO", {}}, for_look(deadline));
    const auto account = user ? parse_user_account(*user) : std::nullopt;
    const auto led = led_by(*cluster.self, account.value_or("$G"));
    if (led.empty()) {
        return {};
    }
    const auto refused = step_down(*client, led, deadline);
    if (!refused) {
        return failed(refused.error());
    }
    return refused->empty() ? wait_for_leaders(config, led, cluster.self->name, deadline)
                            : StopAnswer{.kind = Kind::wait, .reason = *refused, .absent = {}};
}

StopAnswer drain(const Config& config, Deadline deadline) {
    return guarded<StopAnswer>([&] { return hand_over(config, deadline); }, &not_asked);
}

}  // namespace

constinit const ClusterHooks kCluster{.may_stop = &may_stop,
                                      .take_token = &take_token,
                                      .return_token = &return_token,
                                      .drain = &drain};

}  // namespace arc::nats
