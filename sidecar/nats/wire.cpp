#include "nats/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "config/object_json.hpp"

namespace arc::nats {
namespace {

using Json = nlohmann::json;

std::unexpected<ApiError> not_understood() {
    return std::unexpected(ApiError{{}, "an answer that is not of the JetStream API"});
}

// The answer as an object, or the error that it carries.
ApiResult<Json> answer(std::string_view json) {
    Json object = parse_json(json);
    if (!object.is_object()) {
        return not_understood();
    }
    if (const Json* error = json_member(object, "error"); error != nullptr && error->is_object()) {
        const std::int64_t code = json_number(*error, "err_code");
        return std::unexpected(ApiError{code == 0 ? std::nullopt : std::optional{code},
                                        json_text(*error, "description")});
    }
    return object;
}

// A copy that never was heard of is 0 ns ago, and not current.
bool is_lost(const Json& copy) {
    const std::int64_t ago = json_number(copy, "active");
    return json_flag(copy, "offline") || ago >= std::chrono::nanoseconds{kLost}.count() ||
           (ago == 0 && !json_flag(copy, "current"));
}

Copies copies_of(const Json& info) {
    Copies copies;
    const Json& cluster = json_at(info, "cluster");
    if (!cluster.is_object()) {
        return copies;
    }
    const std::string leader = json_text(cluster, "leader");
    copies.leaderless = leader.empty();
    if (!leader.empty()) {
        copies.servers.push_back(leader);
    }
    for (const Json& copy : json_list(cluster, "replicas")) {
        copies.servers.push_back(json_text(copy, "name"));
        if (is_lost(copy)) {
            copies.lost.push_back(copies.servers.back());
        }
    }
    return copies;
}

Stream stream_of(const Json& config) {
    Stream stream;
    stream.spec = spec_of(stream_fields(), config);
    stream.sealed = json_flag(config, "sealed");
    stream.no_ack = json_flag(config, "no_ack");
    if (const Json& mirror = json_at(config, "mirror"); mirror.is_object()) {
        stream.mirror = json_text(mirror, "name");
    }
    return stream;
}

// Bytes that are not UTF-8 in what a server or a file said are replaced: dump() would throw.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What the server says of itself while it recovers (healthz() of 2.9 to 2.15).
bool is_recovering(std::string_view text) {
    constexpr std::array<std::string_view, 3> kRecovering{"still recovering", "failed to be ready",
                                                          "not current"};
    return std::ranges::any_of(kRecovering,
                               [text](std::string_view part) { return text.contains(part); });
}

// Only a cluster has a meta layer. 2.15 is "still recovering" it while too few servers are
// connected (measured).
bool is_leaderless(std::string_view text) {
    return text.contains("contact with a meta leader") || text.contains("recovering meta layer");
}

// The stream of "JetStream stream '$G > ORDERS' could not be recovered"; `what` follows its name.
// Empty: the text says something else.
std::string_view stream_that(std::string_view text, std::string_view what) {
    constexpr std::string_view kBefore = "JetStream stream '";
    const std::size_t end = text.find(what);
    const std::size_t mark = text.substr(0, end).rfind(" > ");
    if (!text.starts_with(kBefore) || end == std::string_view::npos ||
        mark == std::string_view::npos) {
        return {};
    }
    return text.substr(mark + 3, end - mark - 3);
}

HealthProblem problem_of(const std::string& text) {
    if (const auto stream = stream_that(text, "' could not be recovered"); !stream.empty()) {
        return {text, HealthProblem::Damaged{std::string(stream)}};
    }
    if (const auto stream = stream_that(text, "' write error: "); !stream.empty()) {
        return {text, HealthProblem::Stuck{std::string(stream)}};
    }
    if (is_leaderless(text)) {
        return {text, HealthProblem::Leaderless{}};
    }
    return is_recovering(text) ? HealthProblem{text, HealthProblem::Recovering{}}
                               : HealthProblem{text, HealthProblem::Other{}};
}

std::optional<std::string> domain_of(const Json& object) {
    std::string domain = json_text(object, "domain");
    return domain.empty() ? std::nullopt : std::optional{std::move(domain)};
}

Usage usage_of(const Json& jetstream, const char* used, const char* reserved, const char* limit) {
    const Json& stats = json_at(jetstream, "stats");
    const std::int64_t most = json_number(json_at(jetstream, "config"), limit, -1);
    return {json_number(stats, used), json_number(stats, reserved),
            most < 0 ? std::nullopt : std::optional{most}};
}

}  // namespace

ApiResult<Stream> parse_stream(std::string_view json, KeepRaw keep) {
    const auto object = answer(json);
    if (!object) {
        return std::unexpected(object.error());
    }
    const Json& config = json_at(*object, "config");
    if (!config.is_object()) {
        return not_understood();
    }
    Stream stream = stream_of(config);
    stream.copies = copies_of(*object);
    if (keep == KeepRaw::yes) {
        stream.raw_config = dump(config);
    }
    return stream;
}

std::optional<ApiError> api_error(std::string_view json) {
    const auto object = answer(json);
    return object ? std::nullopt : std::optional{object.error()};
}

ApiResult<StreamPage> parse_stream_page(std::string_view json) {
    const auto object = answer(json);
    if (!object) {
        return std::unexpected(object.error());
    }
    StreamPage page{{}, json_number(*object, "total")};
    for (const Json& stream : json_list(*object, "streams")) {
        if (const Json* config = json_member(stream, "config")) {
            page.streams.push_back(stream_of(*config));
        }
    }
    return page;
}

std::string page_request(std::size_t offset) {
    return fmt::format(R"({{"offset":{}}})", offset);
}

std::string create_request(const StreamSpec& declared) {
    return dump(json_of(stream_fields(), normalized(declared)));
}

std::string update_request(const std::string& raw_config, const StreamSpec& declared,
                           std::span<const Difference> changes) {
    Json config = parse_json(raw_config);
    if (!config.is_object()) {
        return {};
    }
    const StreamSpec wanted = normalized(declared);
    for (const auto& field : stream_fields()) {
        if (std::ranges::contains(changes, field.name, &Difference::field)) {
            config[field.json] = json_of(field, wanted);
        }
    }
    return dump(config);
}

std::optional<std::string> parse_connection_account(std::string_view body) {
    const Json object = parse_json(body);
    const Json& connections = json_list(object, "connections");
    return connections.empty() || !connections.front().is_object()
               ? std::nullopt
               : std::optional{json_text(connections.front(), "account", "$G")};
}

AccountJetStream parse_account_jetstream(std::string_view body) {
    const Json object = parse_json(body);
    const Json& accounts = json_list(object, "account_details");
    AccountJetStream facts;
    facts.enabled = !accounts.empty();
    facts.clustered = json_member(object, "meta_cluster") != nullptr;
    facts.domain = domain_of(json_at(object, "config"));
    facts.answered = accounts.empty() ? 0 : json_number(json_at(accounts.front(), "api"), "total");
    return facts;
}

ApiResult<std::optional<std::string>> parse_domain(std::string_view json) {
    return answer(json).transform([](const Json& object) { return domain_of(object); });
}

Result<Health> parse_healthz(int status, std::string_view body) {
    const Json object = parse_json(body);
    if (json_member(object, "status") == nullptr) {
        return fail(ErrorKind::protocol, "/healthz is not a nats-server's");
    }
    Health health{status, true, {}};
    if (const Json& errors = json_at(object, "errors"); errors.is_array()) {
        for (const Json& error : errors) {
            health.problems.push_back(problem_of(json_text(error, "error")));
        }
    } else if (const std::string text = json_text(object, "error"); !text.empty()) {
        health.complete = false;
        health.problems.push_back(problem_of(text));
    }
    return health;
}

Result<Varz> parse_varz(std::string_view body) {
    const Json object = parse_json(body);
    Varz varz;
    varz.version = json_text(object, "version");
    varz.server_id = json_text(object, "server_id");
    varz.port = json_number(object, "port");
    varz.clients = json_number(object, "connections");
    if (varz.server_id.empty()) {
        return fail(ErrorKind::protocol, "/varz is not a nats-server's");
    }
    const Json* jetstream = json_member(object, "jetstream");
    if (jetstream != nullptr && json_member(*jetstream, "config") != nullptr) {
        varz.jetstream =
            Storage{.store_dir = json_text(json_at(*jetstream, "config"), "store_dir"),
                    .file = usage_of(*jetstream, "storage", "reserved_storage", "max_storage"),
                    .memory = usage_of(*jetstream, "memory", "reserved_memory", "max_memory")};
    }
    return varz;
}

}  // namespace arc::nats
