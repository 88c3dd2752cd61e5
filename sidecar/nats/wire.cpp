#include "nats/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "json/parse.hpp"

namespace arc::nats {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kNanoseconds = 1'000'000;  // in a millisecond

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string text(const Json& object, const char* key, const char* absent = "") {
    const Json* value = member(object, key);
    return value != nullptr && value->is_string() ? value->get_ref<const std::string&>() : std::string(absent);
}

std::int64_t number(const Json& object, const char* key, std::int64_t absent = 0) {
    const Json* value = member(object, key);
    if (value == nullptr || !value->is_number_integer()) {
        return absent;
    }
    const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
    return huge ? std::numeric_limits<std::int64_t>::max() : value->get<std::int64_t>();
}

bool flag(const Json& object, const char* key) {
    const Json* value = member(object, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

std::chrono::milliseconds duration(const Json& object, const char* key) {
    return std::chrono::milliseconds{number(object, key) / kNanoseconds};
}

std::vector<std::string> texts(const Json& object, const char* key) {
    std::vector<std::string> list;
    const Json* values = member(object, key);
    if (values == nullptr || !values->is_array()) {
        return list;
    }
    for (const Json& value : *values) {
        if (value.is_string()) {
            list.push_back(value.get<std::string>());
        }
    }
    return list;
}

Json parse(std::string_view json) {
    return parse_json(json);
}

std::unexpected<ApiError> not_understood() {
    return std::unexpected(ApiError{0, 0, "an answer that is not of the JetStream API"});
}

// The answer as an object, or the error that it carries.
ApiResult<Json> answer(std::string_view json) {
    Json object = parse(json);
    if (!object.is_object()) {
        return not_understood();
    }
    if (const Json* error = member(object, "error"); error != nullptr && error->is_object()) {
        return std::unexpected(ApiError{number(*error, "code"), number(*error, "err_code"), text(*error, "description")});
    }
    return object;
}

StreamSpec spec_of(const Json& config) {
    StreamSpec spec;
    spec.name = text(config, "name");
    spec.subjects = texts(config, "subjects");
    spec.retention = text(config, "retention");
    spec.storage = text(config, "storage");
    spec.discard = text(config, "discard");
    spec.compression = text(config, "compression", "none");  // servers before 2.10 have none
    spec.description = text(config, "description");
    spec.replicas = number(config, "num_replicas", 1);
    spec.max_age = duration(config, "max_age");
    spec.duplicate_window = duration(config, "duplicate_window");
    spec.max_msgs = number(config, "max_msgs", -1);
    spec.max_bytes = number(config, "max_bytes", -1);
    spec.max_msg_size = number(config, "max_msg_size", -1);
    spec.max_msgs_per_subject = number(config, "max_msgs_per_subject", -1);
    spec.max_consumers = number(config, "max_consumers", -1);
    spec.allow_direct = flag(config, "allow_direct");
    spec.deny_delete = flag(config, "deny_delete");
    spec.deny_purge = flag(config, "deny_purge");
    spec.allow_rollup = flag(config, "allow_rollup_hdrs");
    return spec;
}

Stream stream_of(const Json& config) {
    Stream stream{spec_of(config), flag(config, "sealed"), flag(config, "no_ack"), {}, {}};
    if (const Json* mirror = member(config, "mirror"); mirror != nullptr && mirror->is_object()) {
        stream.mirror = text(*mirror, "name");
    }
    return stream;
}

// Bytes that are not UTF-8 in what a server or a file said are replaced: dump() would throw.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A declaration as the server's configuration object, in the server's field order.
Json config_of(const StreamSpec& spec) {
    Json config{{"name", spec.name},
                {"description", spec.description},
                {"subjects", spec.subjects},
                {"retention", spec.retention},
                {"max_consumers", spec.max_consumers},
                {"max_msgs", spec.max_msgs},
                {"max_bytes", spec.max_bytes},
                {"max_age", spec.max_age.count() * kNanoseconds},
                {"max_msgs_per_subject", spec.max_msgs_per_subject},
                {"max_msg_size", spec.max_msg_size},
                {"discard", spec.discard},
                {"storage", spec.storage},
                {"num_replicas", spec.replicas},
                {"duplicate_window", spec.duplicate_window.count() * kNanoseconds},
                {"compression", spec.compression},
                {"allow_direct", spec.allow_direct},
                {"deny_delete", spec.deny_delete},
                {"deny_purge", spec.deny_purge},
                {"allow_rollup_hdrs", spec.allow_rollup}};
    return config;
}

// The configuration file's name of a field in the server's spelling, where they differ.
std::string wire_name(const std::string& field) {
    if (field == "replicas") {
        return "num_replicas";
    }
    return field == "allow_rollup" ? "allow_rollup_hdrs" : field;
}

// What the server says of itself while it will be fit by and by (healthz() of 2.9 to 2.15).
bool is_passing(std::string_view words) {
    constexpr std::array<std::string_view, 4> kPassing{"still recovering", "failed to be ready", "established contact with a meta leader",
                                                       "not current"};
    return std::ranges::any_of(kPassing, [words](std::string_view part) { return words.find(part) != std::string_view::npos; });
}

// The stream of "JetStream stream '$G > ORDERS' could not be recovered"; `what` follows its name. Empty: the words say something else.
std::string_view stream_that(std::string_view words, std::string_view what) {
    constexpr std::string_view kBefore = "JetStream stream '";
    const std::size_t end = words.find(what);
    const std::size_t mark = words.substr(0, end).rfind(" > ");
    if (!words.starts_with(kBefore) || end == std::string_view::npos || mark == std::string_view::npos) {
        return {};
    }
    return words.substr(mark + 3, end - mark - 3);
}

HealthProblem problem_of(const std::string& words) {
    if (const auto stream = stream_that(words, "' could not be recovered"); !stream.empty()) {
        return {words, HealthProblem::Kind::damaged, std::string(stream)};
    }
    if (const auto stream = stream_that(words, "' write error: "); !stream.empty()) {
        return {words, HealthProblem::Kind::stuck, std::string(stream)};
    }
    return {words, is_passing(words) ? HealthProblem::Kind::passing : HealthProblem::Kind::other, {}};
}

Usage usage_of(const Json& jetstream, const char* used, const char* reserved, const char* limit) {
    const Json* stats = member(jetstream, "stats");
    const Json* config = member(jetstream, "config");
    Usage usage;
    if (stats != nullptr && config != nullptr) {
        usage = {number(*stats, used), number(*stats, reserved), number(*config, limit, -1)};
    }
    return usage;
}

}  // namespace

ApiResult<Stream> parse_stream(std::string_view json, KeepRaw keep) {
    const auto object = answer(json);
    if (!object) {
        return std::unexpected(object.error());
    }
    const Json* config = member(*object, "config");
    if (config == nullptr || !config->is_object()) {
        return not_understood();
    }
    Stream stream = stream_of(*config);
    if (keep == KeepRaw::yes) {
        stream.raw_config = dump(*config);
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
    StreamPage page{{}, number(*object, "total")};
    const Json* streams = member(*object, "streams");
    if (streams == nullptr || !streams->is_array()) {
        return page;
    }
    for (const Json& stream : *streams) {
        if (const Json* config = member(stream, "config"); config != nullptr) {
            page.streams.push_back(stream_of(*config));
        }
    }
    return page;
}

std::string page_request(std::size_t offset) {
    return fmt::format(R"({{"offset":{}}})", offset);
}

std::string create_request(const StreamSpec& declared) {
    Json config = config_of(normalized(declared));
    // Unknown to servers before 2.10, and strict ones refuse what they do not know.
    if (declared.compression == "none") {
        config.erase("compression");
    }
    if (declared.description.empty()) {
        config.erase("description");
    }
    return dump(config);
}

std::string update_request(const std::string& raw_config, const StreamSpec& declared, std::span<const Difference> changes) {
    Json config = parse(raw_config);
    if (!config.is_object()) {
        return {};
    }
    const Json wanted = config_of(normalized(declared));
    for (const Difference& change : changes) {
        const std::string key = wire_name(change.field);
        if (const Json* value = member(wanted, key.c_str()); value != nullptr) {
            config[key] = *value;
        }
    }
    return dump(config);
}

Result<Health> parse_healthz(int status, std::string_view body) {
    const Json object = parse(body);
    if (member(object, "status") == nullptr) {
        return fail(ErrorKind::protocol, "/healthz is not a nats-server's");
    }
    Health health{status, true, {}};
    const Json* errors = member(object, "errors");
    if (errors != nullptr && errors->is_array()) {
        for (const Json& error : *errors) {
            health.problems.push_back(problem_of(text(error, "error")));
        }
    } else if (const std::string words = text(object, "error"); !words.empty()) {
        health.complete = false;
        health.problems.push_back(problem_of(words));
    }
    return health;
}

Result<Varz> parse_varz(std::string_view body) {
    const Json object = parse(body);
    Varz varz;
    varz.version = text(object, "version");
    varz.server_id = text(object, "server_id");
    varz.port = number(object, "port");
    if (varz.server_id.empty()) {
        return fail(ErrorKind::protocol, "/varz is not a nats-server's");
    }
    const Json* jetstream = member(object, "jetstream");
    if (jetstream != nullptr && member(*jetstream, "config") != nullptr) {
        varz.jetstream = true;
        varz.store_dir = text(*member(*jetstream, "config"), "store_dir");
        varz.storage = usage_of(*jetstream, "storage", "reserved_storage", "max_storage");
        varz.memory = usage_of(*jetstream, "memory", "reserved_memory", "max_memory");
    }
    return varz;
}

}  // namespace arc::nats
