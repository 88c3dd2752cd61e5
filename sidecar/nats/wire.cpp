#include "nats/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
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

// Bytes that are not UTF-8 are replaced: dump() would throw.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// false, 0, "", or a list or an object of nothing else: what a newer server may add.
bool is_empty(const Json& value) {
    if (value.is_structured()) {
        return std::ranges::all_of(value, is_empty);
    }
    return value.is_null() || value == Json(false) || value == Json("") ||
           (value.is_number() && value == Json(0));
}

// A server adds metadata of its own.
Json without_own_metadata(Json value) {
    constexpr std::string_view kOwn = "_nats.";
    for (auto entry = value.begin(); value.is_object() && entry != value.end();) {
        entry = entry.key().starts_with(kOwn) ? value.erase(entry) : std::next(entry);
    }
    return value;
}

std::vector<OtherField> others_of(const Json& config) {
    std::vector<OtherField> others;
    for (const auto& [name, value] : config.items()) {
        if (is_empty(value) || std::ranges::contains(stream_fields(), name, [](const auto& field) {
                return std::string_view(field.json);
            })) {
            continue;
        }
        const Json kept = name == "metadata" ? without_own_metadata(value) : value;
        if (!is_empty(kept)) {
            others.push_back({name, kept == Json(true) ? "yes" : dump(kept)});
        }
    }
    return others;
}

StreamUse use_of(const Json& info) {
    const Json& state = json_at(info, "state");
    StreamUse use{.messages = json_number(state, "messages"),
                  .bytes = json_number(state, "bytes"),
                  .consumers = json_number(state, "consumer_count"),
                  .oldest = {}};
    const auto now = parse_time(json_text(info, "ts"));  // servers before 2.10 have none
    if (const auto first = parse_time(json_text(state, "first_ts")); now && first) {
        use.oldest = std::chrono::milliseconds(std::llround((*now - *first) * 1000));
    }
    return use;
}

// `info` has the members `config` and `state`.
Stream stream_of(const Json& info) {
    const Json& config = json_at(info, "config");
    Stream stream;
    stream.spec = spec_of(stream_fields(), config);
    stream.others = others_of(config);
    if (const Json& mirror = json_at(config, "mirror"); mirror.is_object()) {
        stream.mirror = json_text(mirror, "name");
    }
    if (const Json& transform = json_at(config, "subject_transform"); transform.is_object()) {
        stream.transform = {json_text(transform, "src"), json_text(transform, "dest")};
    }
    stream.discard_new_per_subject = json_flag(config, "discard_new_per_subject");
    stream.use = use_of(info);
    return stream;
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

// The server renames the files of a deleted stream to ".NAME" before it removes them, and /healthz
// then takes them for a stream (2.10.27, seen once in 2,000 states). No stream has such a name.
bool is_deletion(const HealthProblem& problem) {
    const auto* damaged = std::get_if<HealthProblem::Damaged>(&problem.cause);
    return damaged != nullptr && damaged->stream.starts_with('.');
}

std::optional<std::chrono::milliseconds> uptime_of(const Json& varz) {
    const auto start = parse_time(json_text(varz, "start"));
    const auto now = parse_time(json_text(varz, "now"));
    if (!start || !now || *now < *start) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{std::llround(1000 * (*now - *start))};
}

std::optional<std::string> domain_of(const Json& object) {
    std::string domain = json_text(object, "domain");
    return domain.empty() ? std::nullopt : std::optional{std::move(domain)};
}

std::optional<std::int64_t> limit_of(const Json& limits, const char* key) {
    const std::int64_t limit = json_number(limits, key, -1);
    return limit < 0 ? std::nullopt : std::optional{limit};
}

AccountUse::Tier tier_of(const Json& use, std::int64_t replicas) {
    const Json& limits = json_at(use, "limits");
    return {.replicas = replicas,
            .file = {json_number(use, "storage"), 0, limit_of(limits, "max_storage")},
            .memory = {json_number(use, "memory"), 0, limit_of(limits, "max_memory")},
            .max_consumers = limit_of(limits, "max_consumers")};
}

Usage usage_of(const Json& jetstream, const char* used, const char* reserved, const char* limit) {
    const Json& stats = json_at(jetstream, "stats");
    return {json_number(stats, used), json_number(stats, reserved),
            limit_of(json_at(jetstream, "config"), limit)};
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
    Stream stream = stream_of(*object);
    stream.copies = copies_of(*object);
    if (keep == KeepRaw::yes) {
        stream.raw_config = dump(config);
    }
    return stream;
}

std::optional<double> parse_time(std::string_view text) {
    const std::string whole{text};
    std::tm time{};
    const char* rest = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
    if (rest == nullptr) {
        return std::nullopt;
    }
    double seconds = static_cast<double>(::timegm(&time));
    if (*rest == '.') {
        char* end = nullptr;
        seconds += std::strtod(rest, &end);
        rest = end;
    }
    int hours = 0;
    int minutes = 0;
    const bool offset =
        (*rest == '+' || *rest == '-') && std::sscanf(rest + 1, "%2d:%2d", &hours, &minutes) == 2;
    if (*rest != 'Z' && !offset) {
        return std::nullopt;
    }
    return seconds - (*rest == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

std::int64_t parse_largest_subject(std::string_view json) {
    std::int64_t largest = 0;
    const Json object = parse_json(json);
    for (const Json& count : json_at(json_at(object, "state"), "subjects")) {
        largest = std::max(largest, count.is_number_integer() ? count.get<std::int64_t>() : 0);
    }
    return largest;
}

ApiResult<AccountUse> parse_account(std::string_view json) {
    return answer(json).transform([](const Json& object) {
        AccountUse use;
        for (const auto& [name, tier] : json_at(object, "tiers").items()) {
            use.tiers.push_back(tier_of(tier, name.size() == 2 ? name[1] - '0' : 0));
        }
        if (use.tiers.empty()) {
            use.tiers.push_back(tier_of(object, 0));
        }
        return use;
    });
}

std::optional<std::string> parse_user_account(std::string_view json) {
    const Json object = parse_json(json);
    std::string account = json_text(json_at(object, "data"), "account");
    return account.empty() ? std::nullopt : std::optional{std::move(account)};
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
        if (json_at(stream, "config").is_object()) {
            page.streams.push_back(stream_of(stream));
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
    for (const Difference& change : changes) {
        if (!std::ranges::contains(stream_fields(), change.field, &ObjectField<StreamSpec>::name)) {
            config.erase(change.field);
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
    std::erase_if(health.problems, is_deletion);
    return health;
}

Result<Varz> parse_varz(std::string_view body) {
    const Json object = parse_json(body);
    Varz varz;
    varz.version = json_text(object, "version");
    varz.server_id = json_text(object, "server_id");
    varz.port = json_number(object, "port");
    varz.clients = json_number(object, "connections");
    varz.uptime = uptime_of(object);
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
