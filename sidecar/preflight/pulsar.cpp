// Pulsar standalone: its directories and who owns them, metadata that was lost, names that it will advertise, the JVM's memory.
#include <event2/util.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <expected>
#include <filesystem>

#include "net/resolve.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "preflight/preflight.hpp"
#include "preflight/pulsar_config.hpp"

namespace arc::preflight {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kConfigLimit = 1U << 20U;
// The bookie stops taking writes well before its disk is full.
constexpr std::int64_t kMinFree = 512LL << 20U;

struct PulsarServer {
    fs::path metadata;
    fs::path bookie;
    std::map<std::string, std::string, std::less<>> properties;
    std::string gap;  // why there are none; empty: they were read
};

// `bin/pulsar standalone` lives in its home; start-standalone (this project's) goes there.
fs::path home_of(const ServerCommand& command) {
    if (const auto home = variable("PULSAR_HOME")) {
        return *home;
    }
    std::error_code failed;
    const fs::path program = fs::absolute(command.program, failed);
    return program.parent_path().filename() == "bin" && program.filename() == "pulsar" ? program.parent_path().parent_path()
                                                                                       : fs::path("/pulsar");
}

// The error says what could not be read.
std::expected<PulsarServer, std::string> read_server(const ServerCommand& command) {
    constexpr std::array<std::string_view, 1> metadata{"metadata-dir"};
    constexpr std::array<std::string_view, 1> bookie{"bookkeeper-dir"};
    const bool own_script = command.program.ends_with("start-standalone");
    if (!own_script && (command.arguments.empty() || command.arguments.front() != "standalone")) {
        return std::unexpected(fmt::format("{}: its first argument is not `standalone`", command.program));
    }
    const fs::path home = home_of(command);
    const fs::path configuration =
        home / (own_script ? "/etc/pulsar/standalone.conf" : variable("PULSAR_STANDALONE_CONF").value_or("conf/standalone.conf"));
    const auto text = read_config(configuration, kConfigLimit);
    return PulsarServer{.metadata = home / flag_value(command.arguments, metadata).value_or("data/metadata"),
                        .bookie = home / flag_value(command.arguments, bookie).value_or("data/standalone/bookkeeper"),
                        .properties = parse_properties(text.value_or("")),
                        .gap = text ? "" : fmt::format("{}: cannot be read", configuration.string())};
}

// Pulsar changes the modes of its metadata at each start, which only their owner may.
void inspect_owner(const PulsarServer& server, const std::string& top, Report& report) {
    const auto foreign = has_directory(server.metadata) ? find_foreign(server.metadata) : std::nullopt;
    if (foreign && report.refusals.empty()) {
        report.refusals.push_back(explain(*foreign, top, "strange"));
    }
}

// The bookie looks for its cookie in the metadata; without it the broker leaves with 1 (InvalidCookieException). It is let try: the
// status is its own, and nothing is deleted by either.
void inspect_cookie(const PulsarServer& server, Report& report) {
    const fs::path cookie = server.bookie / "current/VERSION";
    const fs::path current = server.metadata / "CURRENT";  // RocksDB's
    if (size_of(cookie) && is_absent(current)) {
        report.warnings.push_back(
            fmt::format("{}: the metadata of the messages in {} is gone: expect InvalidCookieException and exit 1. No "
                        "data was deleted, and none will be: bring {} back from a backup; only without one, move both "
                        "directories away to begin anew",
                        server.metadata.string(), server.bookie.string(), server.metadata.string()));
    }
}

// An address of this container: one that a socket can be bound to.
bool is_own_address(const std::string& address) {
    sockaddr_storage parsed{};
    auto* const socket_address = reinterpret_cast<sockaddr*>(&parsed);  // what the socket interface is made for
    int size = sizeof parsed;
    if (evutil_parse_sockaddr_port(address.c_str(), socket_address, &size) != 0) {
        return false;
    }
    const int fd = ::socket(parsed.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool own = fd >= 0 && ::bind(fd, socket_address, static_cast<socklen_t>(size)) == 0;
    if (fd >= 0) {
        ::close(fd);
    }
    return own;
}

// Pulsar standalone keeps the address under which its bookie first wrote a volume, and reaches the bookie by it (3.3.6, measured): a volume
// that was filled under another name or address is never healthy.
void inspect_bookie(const Context& context, const PulsarServer& server, Report& report) {
    const fs::path cookie = server.bookie / "current/VERSION";
    const std::string bookie = bookie_of(read_start(cookie, kConfigLimit).value_or(""));
    const std::string host = bookie.substr(0, bookie.rfind(':'));
    if (host.empty()) {
        return;
    }
    const auto addresses = resolve(host, context.deadline);
    if (!addresses && context.deadline.expired()) {
        return;
    }
    if (!addresses || !std::ranges::any_of(*addresses, is_own_address)) {
        report.refusals.push_back(
            fmt::format("{}: was filled by a bookie called {}, which this container is not: the broker would never become "
                        "healthy. Start it under that host name, or give the volume to this one: make strange-adopt",
                        cookie.string(), bookie));
    }
}

std::vector<std::string> advertised_names(const Context& context, const PulsarServer& server) {
    const auto property = [&](std::string_view name) {
        const auto found = server.properties.find(name);
        return found == server.properties.end() ? std::string{} : found->second;
    };
    std::vector<std::string> names = listener_hosts(property("advertisedListeners"));
    for (const std::string& name : {property("advertisedAddress"), *context.config.pulsar.advertised}) {
        if (!name.empty() && std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

// The broker talks to itself by its advertised name: when that has no address its own health is 500 after 30 s.
void inspect_names(const Context& context, const PulsarServer& server, Report& report) {
    for (const std::string& name : advertised_names(context, server)) {
        const auto addresses = resolve(name, context.deadline);
        if (addresses) {
            continue;
        }
        const std::string text = fmt::format(
            "{}: the broker is to advertise this name, and it has no address in this container ({}): give the "
            "container that host name (`hostname:` in compose) or correct pulsar.advertised",
            name, addresses.error().text);
        // A resolver that is silent may speak in a moment; one that knows no such name will not.
        (context.deadline.expired() ? report.warnings : report.refusals).push_back(text);
    }
}

std::expected<PulsarServer, std::string> find_and_read(std::span<const std::string> words) {
    constexpr std::array<std::string_view, 2> names{"pulsar", "start-standalone"};
    return find_server(words, names).and_then(read_server);
}

void inspect_jvm(const Context& context, Report& report) {
    inspect_memory(context, jvm_memory(variable("PULSAR_MEM").value_or("")), "PULSAR_MEM (heap and direct memory)", report);
}

}  // namespace

Stores pulsar_stores(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    return server ? Stores{{server->metadata.lexically_normal().string(), server->bookie.lexically_normal().string()}} : std::nullopt;
}

std::optional<std::string> pulsar_named_volume(std::span<const std::string> command) {
    const fs::path home = variable("PULSAR_HOME").value_or("/pulsar");
    return spoken_value(command, "metadata-dir").transform([&](const std::string& directory) { return (home / directory).string(); });
}

void inspect_pulsar(const Context& context, Report& report) {
    const auto server = find_and_read(context.command);
    if (!server) {
        inspect_unread(context, server.error(), "bin/pulsar standalone", report);
        inspect_jvm(context, report);
        inspect_names(context, PulsarServer{}, report);
        return;
    }
    if (!server->gap.empty()) {
        report.warnings.push_back(server->gap + ": the names that the broker is to advertise are not looked at");
    }
    // Both below one directory, as usual: that one is looked at and given away. Else each.
    const fs::path data = server->metadata.parent_path();
    const bool together = server->bookie.string().starts_with(data.string() + '/');
    inspect_directory(together ? data : server->bookie, "strange", report);
    if (!together) {
        inspect_directory(server->metadata, "strange", report);
    }
    inspect_owner(*server, together ? data : server->metadata, report);
    inspect_volume(server->bookie, *context.config.pulsar.data_dir, "pulsar.data_dir", report);
    inspect_room(server->bookie, kMinFree, report);
    inspect_cookie(*server, report);
    inspect_bookie(context, *server, report);
    inspect_names(context, *server, report);
    inspect_jvm(context, report);
}

}  // namespace arc::preflight
