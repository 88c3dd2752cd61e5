#include "pulsar/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "base/secrets.hpp"
#include "config/object_json.hpp"

namespace arc::pulsar {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxReason = 120;
constexpr std::size_t kMaxVersion = 40;

std::unexpected<Error> unexpected_form(std::string_view wanted) {
    return fail(ErrorKind::protocol, fmt::format("the answer is not {}", wanted));
}

// Reads a JSON list of strings. False: it is not one.
bool read_names(const Json& list, Names& names) {
    if (!list.is_array()) {
        return false;
    }
    for (const Json& item : list) {
        if (!item.is_string()) {
            return false;
        }
        names.push_back(item.get<std::string>());
    }
    return true;
}

// The last message in "org.apache.….PersistenceException: org.apache.….ManagedLedgerException: Not
// enough bookies".
std::string_view without_classes(std::string_view text) {
    constexpr std::string_view kMark = "Exception: ";
    const std::size_t last = text.rfind(kMark);
    return last == std::string_view::npos ? text : text.substr(last + kMark.size());
}

PartitionUse use_of(const Json& stats) {
    std::size_t consumers = 0;
    for (const Json& subscription : json_at(stats, "subscriptions")) {
        consumers += json_list(subscription, "consumers").size();
    }
    return {.backlog = json_number(stats, "backlogSize"),
            .backlog_limit = json_number(stats, "backlogQuotaLimitSize", -1),
            .oldest = json_number(stats, "oldestBacklogMessageAgeSeconds", -1),
            .age_limit = json_number(stats, "backlogQuotaLimitTime", -1),
            .producers = static_cast<std::int64_t>(json_list(stats, "publishers").size()),
            .consumers = static_cast<std::int64_t>(consumers),
            .subscriptions = static_cast<std::int64_t>(json_at(stats, "subscriptions").size())};
}

std::string shortened(std::string text) {
    if (text.size() > kMaxReason) {
        // not inside a UTF-8 character
        std::size_t end = kMaxReason;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        text.resize(end);
    }
    return text;
}

std::string_view message_of(std::string_view reason) {
    constexpr std::string_view kMessage = "Message: ";
    if (const std::size_t start = reason.find(kMessage); start != std::string_view::npos) {
        reason.remove_prefix(start + kMessage.size());
    }
    const std::size_t text = reason.find_first_not_of(" \r\n");
    reason.remove_prefix(text == std::string_view::npos ? reason.size() : text);
    return without_classes(reason.substr(0, reason.find_first_of("\r\n")));
}

}  // namespace

Result<Names> parse_names(std::string_view body) {
    Names names;
    if (!read_names(parse_json(body), names)) {
        return unexpected_form("a list of names");
    }
    return names;
}

Result<TenantSpec> parse_tenant(std::string_view body) {
    const Json object = parse_json(body);
    TenantSpec tenant;
    bool right = object.is_object();
    for (const auto& field : tenant_fields()) {
        right = right &&
                (field.json == nullptr || read_json(field, object, tenant) != ReadJson::wrong_type);
    }
    return right ? Result<TenantSpec>{std::move(tenant)} : unexpected_form("a tenant");
}

Result<std::int64_t> parse_partitions(std::string_view body) {
    const Json object = parse_json(body);
    TopicSpec topic;
    bool right = true;
    for (const auto& field : topic_fields()) {
        right =
            right && (field.json == nullptr || read_json(field, object, topic) == ReadJson::read);
    }
    if (!right || topic.partitions < 0) {
        return unexpected_form("a number of partitions");
    }
    return topic.partitions;
}

Result<NamespaceState> parse_namespace(std::string_view body) {
    const Json object = parse_json(body);
    NamespaceState state;
    if (!read_names(json_at(object, "replication_clusters"), state.clusters)) {
        return unexpected_form("a namespace");
    }
    const Json* created = json_member(json_at(object, "autoSubscriptionCreationOverride"),
                                      "allowAutoSubscriptionCreation");
    state.deleted = json_flag(object, "deleted");
    state.bookies = json_number(json_at(object, "persistence"), "bookkeeperEnsemble");
    state.subscriptions = json_number(object, "max_subscriptions_per_topic");
    state.encryption = json_flag(object, "encryption_required");
    state.schema = json_flag(object, "schema_validation_enforced");
    state.new_subscriptions = created == nullptr || *created != Json(false);
    // absent in a policy that was never set
    if (!read_names(json_at(object, "subscription_types_enabled"), state.subscription_types)) {
        state.subscription_types.clear();
    }
    return state;
}

Result<std::int64_t> parse_bookies(std::string_view body) {
    const Json object = parse_json(body);
    return json_member(object, "bookies") != nullptr
               ? Result<std::int64_t>{json_list(object, "bookies").size()}
               : unexpected_form("a list of bookies");
}

Result<Names> parse_terminated(std::string_view body) {
    const Json object = parse_json(body);
    if (!object.is_object()) {
        return unexpected_form("the internal info of a topic");
    }
    Names names;
    const auto add = [&names](const std::string& name, const Json& ledger) {
        if (json_member(ledger, "terminatedPosition") != nullptr) {
            names.push_back(name);
        }
    };
    add("", object);
    for (const auto& [name, ledger] : json_at(object, "partitions").items()) {
        add(name, ledger);
    }
    return names;
}

Result<std::vector<PartitionUse>> parse_use(std::string_view body) {
    const Json object = parse_json(body);
    if (json_member(object, "backlogSize") == nullptr) {
        return unexpected_form("the stats of a topic");
    }
    const Json* partitions = json_member(object, "partitions");
    if (partitions == nullptr) {
        return std::vector{use_of(object)};
    }
    std::vector<PartitionUse> all;
    for (const Json& stats : *partitions) {
        all.push_back(use_of(stats));
    }
    return all;
}

Result<BlockingQuotas> parse_quotas(std::string_view body) {
    const Json object = parse_json(body);
    const auto quota = [&object](const char* name, const char* limit) {
        const Json& one = json_at(object, name);
        const std::string policy = json_text(one, "policy");
        return policy.starts_with("producer_") ? BlockingQuota{json_number(one, limit, -1), policy}
                                               : BlockingQuota{};
    };
    return object.is_object() ? Result<BlockingQuotas>{{quota("destination_storage", "limitSize"),
                                                        quota("message_age", "limitTime")}}
                              : unexpected_form("a map of quotas");
}

Result<std::int64_t> parse_limit(std::string_view body) {
    const Json number = parse_json(body);
    return number.is_number_integer() ? Result<std::int64_t>{number.get<std::int64_t>()}
                                      : unexpected_form("a number");
}

Result<std::string> parse_broker_url(std::string_view body) {
    const Json object = parse_json(body);
    const Json* url = json_member(object, "brokerUrl");
    if (url == nullptr || !url->is_string() || url->get_ref<const std::string&>().empty()) {
        return unexpected_form("that of a lookup");
    }
    return url->get<std::string>();
}

std::string parse_publish(std::string_view body) {
    const Json object = parse_json(body);
    const Json* results = json_member(object, "messagePublishResults");
    if (results == nullptr || !results->is_array() || results->size() != 1) {
        return "the answer is not that of a publish request";
    }
    const Json* code = json_member(results->front(), "errorCode");
    if (code != nullptr && code->is_number_integer() && code->get<std::int64_t>() == 0) {
        return {};
    }
    const Json* message = json_member(results->front(), "errorMsg");
    return message != nullptr && message->is_string()
               ? shortened(std::string(without_classes(message->get_ref<const std::string&>())))
               : std::string{"no reason given"};
}

std::string parse_version(std::string_view body) {
    std::string text{body};
    std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0 || c == '"'; });
    const bool plain = std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
    });
    return plain && text.size() <= kMaxVersion ? text : std::string{};
}

std::string parse_reason(std::string_view body) {
    const Json object = parse_json(body);
    const Json* reason = json_member(object, "reason");
    if (reason == nullptr || !reason->is_string()) {
        return {};
    }
    // Redact first: a secret that is cut would not be found.
    return shortened(redacted(message_of(reason->get_ref<const std::string&>())));
}

}  // namespace arc::pulsar
