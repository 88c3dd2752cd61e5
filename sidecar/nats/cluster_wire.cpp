#include "nats/cluster_wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_fields.hpp"

namespace arc::nats {
namespace {

using Json = nlohmann::json;

Replica replica_of(const Json& peer) {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::nanoseconds;
    return {
        .server = json_text(peer, "name"),
        .current = json_flag(peer, "current"),
        .offline = json_flag(peer, "offline"),
        .silent = duration_cast<milliseconds>(nanoseconds{json_number(peer, "active")}),
        .lag = json_number(peer, "lag"),
    };
}

void read_group(Asset& asset, const Json& cluster) {
    asset.leader = json_text(cluster, "leader");
    for (const Json& peer : json_list(cluster, "replicas")) {
        asset.others.push_back(replica_of(peer));
    }
}

struct Account {
    std::string name;
    std::string id;
};

Asset stream_of(const Account& account, const Json& stream) {
    const Json& config = json_at(stream, "config");
    Asset asset{.account = account.name,
                .account_id = account.id,
                .name = json_text(stream, "name"),
                .replicas = json_number(config, "num_replicas", 1),
                .in_memory = json_text(config, "storage") == "memory",
                .last_seq = json_number(json_at(stream, "state"), "last_seq")};
    read_group(asset, json_at(stream, "cluster"));
    return asset;
}

// A consumer has as many copies as its stream, unless its configuration says otherwise.
Asset consumer_of(const Asset& stream, const Json& consumer) {
    const Json& config = json_at(consumer, "config");
    const std::int64_t own = json_number(config, "num_replicas");
    Asset asset{.kind = Asset::Kind::consumer,
                .account = stream.account,
                .account_id = stream.account_id,
                .name = fmt::format("{} > {}", stream.name, json_text(consumer, "name")),
                .replicas = own > 0 ? own : stream.replicas,
                .in_memory = json_flag(config, "mem_storage") || stream.in_memory};
    read_group(asset, json_at(consumer, "cluster"));
    return asset;
}

void read_meta(ServerView& view, const Json& meta) {
    view.clustered = meta.is_object();
    view.cluster_size = json_number(meta, "cluster_size");
    if (view.clustered) {
        Asset asset{.kind = Asset::Kind::meta, .replicas = view.cluster_size};
        read_group(asset, meta);
        view.assets.push_back(std::move(asset));
    }
}

// RFC 4648, section 4. Empty if a character is of another alphabet.
std::string from_base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr unsigned kDigitBits = 6;
    constexpr unsigned kByteBits = 8;
    std::string bytes;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (const char each : text.substr(0, text.find('='))) {
        const std::size_t digit = kDigits.find(each);
        if (digit == kDigits.npos) {
            return {};
        }
        buffer = (buffer << kDigitBits) | static_cast<std::uint32_t>(digit);
        bits += kDigitBits;
        if (bits >= kByteBits) {
            bits -= kByteBits;
            bytes += static_cast<char>((buffer >> bits) & 0xFFU);
        }
    }
    return bytes;
}

}  // namespace

std::string parse_server_name(std::string_view varz) {
    return json_text(parse_json(varz), "server_name");
}

std::string stop_token_text(const std::string& holder) {
    return Json{{"holder", holder}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ApiResult<StopToken> parse_stop_token(std::string_view json) {
    if (auto error = api_error(json)) {
        return std::unexpected(std::move(*error));
    }
    const Json answer = parse_json(json);
    const Json& message = json_at(answer, "message");
    const Json content = parse_json(from_base64(json_text(message, "data")));
    return StopToken{.holder = json_text(content, "holder"),
                     .seq = json_number(message, "seq"),
                     .taken = parse_time(json_text(message, "time")).value_or(0)};
}

Result<ServerView> parse_server_view(std::string_view varz, std::string_view jsz) {
    const Json server = parse_json(varz);
    const Json jetstream = parse_json(jsz);
    ServerView view{.name = json_text(server, "server_name"), .id = json_text(server, "server_id")};
    if (view.id.empty() || json_text(jetstream, "server_id").empty()) {
        return fail(ErrorKind::protocol, "/varz and /jsz are not a nats-server's");
    }
    view.jetstream = !json_flag(jetstream, "disabled");
    read_meta(view, json_at(jetstream, "meta_cluster"));
    for (const Json& account : json_list(jetstream, "account_details")) {
        const Account owner{json_text(account, "name"), json_text(account, "id")};
        for (const Json& stream : json_list(account, "stream_detail")) {
            const Asset asset = stream_of(owner, stream);
            view.assets.push_back(asset);
            for (const Json& consumer : json_list(stream, "consumer_detail")) {
                view.assets.push_back(consumer_of(asset, consumer));
            }
        }
    }
    return view;
}

}  // namespace arc::nats
