#include "pulsar/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace arc::pulsar {
namespace {

bool named_entity(std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view{"_-=:."}.contains(static_cast<char>(c));
    });
}

// Whether a URL's path may contain this character unencoded (RFC 3986, "unreserved").
bool unreserved(unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view{"-._~"}.contains(static_cast<char>(c));
}

std::string encoded(std::string_view part) {
    std::string text;
    for (const char c : part) {
        const auto byte = static_cast<unsigned char>(c);
        text += unreserved(byte) ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return text;
}

// The part of a topic after its second slash, including further slashes.
std::string_view local_part(std::string_view topic) {
    const std::string_view parent = namespace_of(topic);
    return parent.size() < topic.size() ? topic.substr(parent.size() + 1) : std::string_view{};
}

}  // namespace

std::string_view tenant_of(std::string_view name) noexcept {
    return name.substr(0, name.find('/'));
}

std::string_view namespace_of(std::string_view topic) noexcept {
    const std::size_t first = topic.find('/');
    return first == std::string_view::npos ? topic : topic.substr(0, topic.find('/', first + 1));
}

std::optional<std::string> tenant_problem(std::string_view name) {
    if (!named_entity(name)) {
        return "its name is not of letters, digits and _ - = : .";
    }
    return std::nullopt;
}

std::optional<std::string> namespace_problem(std::string_view name) {
    const std::string_view tenant = tenant_of(name);
    if (tenant.size() == name.size() || !named_entity(tenant) ||
        !named_entity(name.substr(tenant.size() + 1))) {
        return "its name is not tenant/namespace, each of letters, digits and _ - = : .";
    }
    return std::nullopt;
}

std::optional<std::string> topic_problem(std::string_view name, bool partitioned) {
    const std::string_view local = local_part(name);
    if (local.empty() || namespace_problem(namespace_of(name))) {
        return "its name is not tenant/namespace/topic";
    }
    if (local.contains('/')) {
        return "its name has a slash too many";
    }
    if (partitioned && local.contains("-partition-")) {
        return "its name contains -partition-, as the broker names partitions";
    }
    return std::nullopt;
}

std::string path_of(std::string_view name) {
    const std::string_view tenant = tenant_of(name);
    std::string path = encoded(tenant);
    const std::string_view parent = namespace_of(name);
    if (parent.size() > tenant.size()) {
        path += '/' + encoded(parent.substr(tenant.size() + 1));
    }
    if (parent.size() < name.size()) {
        path += '/' + encoded(local_part(name));
    }
    return path;
}

}  // namespace arc::pulsar
