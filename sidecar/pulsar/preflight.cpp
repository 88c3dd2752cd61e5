// Preflight of Pulsar standalone: its directories and their owners, lost metadata, the names that
// it will advertise, and the memory of its JVM.
#include "pulsar/preflight.hpp"

#include <event2/util.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <expected>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/suggest.hpp"
#include "base/units.hpp"
#include "net/resolve.hpp"
#include "preflight/command.hpp"
#include "preflight/files.hpp"
#include "pulsar/config.hpp"
#include "pulsar/server_config.hpp"
#include "pulsar/shell_settings.hpp"

namespace arc::pulsar {

using namespace preflight;

namespace {

namespace fs = std::filesystem;
constexpr std::string_view kCodename = "strange";  // in the platform's make targets
constexpr std::size_t kConfigLimit = 1U << 20U;
// The bookie rejects writes well before its disk is full.
constexpr std::int64_t kMinFree = 512LL << 20U;
// How long unknown names may take to appear, and one question about them. Both are within the time
// that PID 1 gives preflight.
constexpr Deadline::Duration kNameAppears{5'000};
constexpr Deadline::Duration kNameQuestion{2'000};
constexpr Deadline::Duration kNamePause{250};

struct PulsarServer {
    fs::path home;
    fs::path configuration;
    fs::path metadata;
    fs::path bookie;
    std::string advertised;  // from the command line; empty: not set
    std::map<std::string, std::string, std::less<>> properties;
    std::string gap;  // the unreadable source of the properties; empty: none
};

// The program, searched for in PATH as execvp(3) does. Empty: it is not there.
fs::path found_program(const std::string& program) {
    std::error_code failed;
    if (program.contains('/')) {
        return fs::exists(program, failed) ? fs::absolute(program, failed) : fs::path{};
    }
    const std::string directories = variable("PATH").value_or("");
    for (const std::string_view directory : split(directories, ':')) {
        const fs::path path = fs::absolute(fs::path(directory) / program, failed);
        if (::access(path.c_str(), X_OK) == 0 && fs::is_regular_file(path, failed)) {
            return path;
        }
    }
    return {};
}

// bin/pulsar ignores PULSAR_HOME: its home is the directory above its own. start-standalone (of
// this project) changes to PULSAR_HOME.
fs::path home_of(const ServerCommand& command) {
    std::error_code failed;
    const fs::path program = found_program(command.program);
    const bool is_own = program.filename() == "pulsar";
    if (!is_own && variable("PULSAR_HOME")) {
        return *variable("PULSAR_HOME");
    }
    const fs::path home = fs::weakly_canonical(program.parent_path() / "..", failed);
    return is_own && !failed ? home : fs::path("/pulsar");
}

// `-a name`, `-aname`, `--advertised-address name`, with "=" or without.
std::string advertised_on(std::span<const std::string> arguments) {
    constexpr std::array<std::string_view, 2> flags{"a", "advertised-address"};
    const auto attached = std::ranges::find_if(arguments, [](const std::string& word) {
        return word.starts_with("-a") && word.size() > 2;
    });
    const std::string fallback = attached == arguments.end()
                                     ? std::string{}
                                     : attached->substr(attached->starts_with("-a=") ? 3 : 2);
    return flag_value(arguments, flags).value_or(fallback);
}

// bin/pulsar passes its arguments on without quotes, so a shell splits them at blanks.
std::vector<std::string> shell_words(std::span<const std::string> arguments) {
    std::vector<std::string> words;
    for (const std::string& argument : arguments) {
        for (const std::string_view line : split(argument, '\n')) {
            std::vector<std::string_view> parts = split(line, ' ');
            std::erase(parts, std::string_view{});
            words.insert(words.end(), parts.begin(), parts.end());
        }
    }
    return words;
}

// The error names the source that cannot be read.
std::expected<PulsarServer, std::string> read_server(const ServerCommand& command) {
    constexpr std::array<std::string_view, 1> metadata{"metadata-dir"};
    constexpr std::array<std::string_view, 1> bookie{"bookkeeper-dir"};
    constexpr std::array<std::string_view, 2> config{"c", "config"};
    const bool own_script = command.program.ends_with("start-standalone");
    const std::vector<std::string> arguments = shell_words(command.arguments);
    if (!own_script && (command.arguments.empty() || command.arguments.front() != "standalone")) {
        return std::unexpected(
            fmt::format("{}: its first argument is not `standalone`", command.program));
    }
    const fs::path home = home_of(command);
    const fs::path configuration =
        home /
        (own_script
             ? "/etc/pulsar/standalone.conf"
             : flag_value(arguments, config)
                   .value_or(variable("PULSAR_STANDALONE_CONF").value_or("conf/standalone.conf")));
    const auto text = read_config(configuration, kConfigLimit);
    return PulsarServer{
        .home = home,
        .configuration = configuration,
        .metadata = home / flag_value(arguments, metadata).value_or("data/metadata"),
        .bookie = home / flag_value(arguments, bookie).value_or("data/standalone/bookkeeper"),
        .advertised = advertised_on(arguments),
        .properties = parse_properties(text.value_or("")),
        .gap = text ? "" : fmt::format("{}: cannot be read", configuration.string())};
}

// Pulsar changes the modes of its metadata at each start. Only the owner may do that.
void inspect_owner(const PulsarServer& server, const std::string& top, Report& report) {
    const auto foreign =
        has_directory(server.metadata) ? find_foreign(server.metadata) : std::nullopt;
    if (foreign && report.refusals.empty()) {
        report.refusals.push_back(explain(*foreign, top, kCodename));
    }
}

// The bookie looks for its cookie in the metadata. Without it the broker exits with 1
// (InvalidCookieException). Preflight lets it start: the exit code is the broker's own, and neither
// of the two deletes data.
void inspect_cookie(const PulsarServer& server, Report& report) {
    const fs::path cookie = server.bookie / "current/VERSION";
    const fs::path current = server.metadata / "CURRENT";  // RocksDB's
    if (size_of(cookie) && is_absent(current)) {
        report.warnings.push_back(fmt::format(
            "{0}: the metadata of the messages in {1} is missing, so the broker will exit with 1 "
            "(InvalidCookieException). No data was deleted, and none will be. Restore {0} from a "
            "backup. Only without a backup, move both directories away to start without messages",
            server.metadata.string(), server.bookie.string()));
    }
}

// Whether a resolver answered that the name does not exist. A resolver that fails or does not
// answer may know the name later.
bool is_unknown_name(const Error& error) {
    // gai_strerror(3) of EAI_AGAIN and EAI_FAIL, and resolve()'s own words for no answer
    const bool failed =
        error.text.contains("failure in name resolution") || error.text.contains("did not answer");
    return error.kind == ErrorKind::unresolved && !failed;
}

// Whether the address certainly belongs to another host: no socket can be bound to it.
bool is_foreign(const std::string& address) {
    sockaddr_storage parsed{};
    // the socket interface requires the cast
    auto* const socket_address = reinterpret_cast<sockaddr*>(&parsed);
    int size = sizeof parsed;
    if (evutil_parse_sockaddr_port(address.c_str(), socket_address, &size) != 0) {
        return false;
    }
    const int fd = ::socket(parsed.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno == EAFNOSUPPORT;
    }
    const bool foreign =
        ::bind(fd, socket_address, static_cast<socklen_t>(size)) != 0 && errno == EADDRNOTAVAIL;
    ::close(fd);
    return foreign;
}

// Pulsar standalone keeps the address under which its bookie first used a volume, and connects to
// the bookie through it (3.3.6, measured). Under another name or address it never becomes healthy.
void inspect_bookie(const Context& context, const PulsarServer& server, Report& report) {
    const fs::path cookie = server.bookie / "current/VERSION";
    const std::string bookie = bookie_of(read_start(cookie, kConfigLimit).value_or(""));
    const std::string host = bookie.substr(0, bookie.rfind(':'));
    if (host.empty()) {
        return;
    }
    const auto addresses = resolve(host, context.deadline);
    if (addresses ? std::ranges::all_of(*addresses, is_foreign)
                  : is_unknown_name(addresses.error())) {
        report.refusals.push_back(
            fmt::format("{}: the data belongs to the bookie {}, which is not this container, so "
                        "the broker would never become healthy. Start the container with that "
                        "host name, or run `make strange-adopt`",
                        cookie.string(), bookie));
    }
}

// The names that the server's own settings advertise to itself.
std::vector<std::string> server_names(const PulsarServer& server) {
    const auto property = [&](std::string_view name) {
        const auto found = server.properties.find(name);
        return found == server.properties.end() ? std::string{} : found->second;
    };
    std::vector<std::string> names =
        internal_hosts(property("advertisedListeners"), property("internalListenerName"));
    const std::string address =
        server.advertised.empty() ? property("advertisedAddress") : server.advertised;
    if (!address.empty() && !std::ranges::contains(names, address)) {
        names.push_back(address);
    }
    return names;
}

std::vector<std::string> advertised_names(const Context& context, const PulsarServer& server) {
    std::vector<std::string> names = server_names(server);
    const std::string& declared = *config_of(context.config).advertised;
    if (!declared.empty() && !std::ranges::contains(names, declared)) {
        names.push_back(declared);
    }
    return names;
}

// Why a name has no address, and whether it certainly has none.
struct Unresolved {
    std::string reason;
    bool certain;
};

// Asks again while the name is unknown: an orchestrator publishes the name of a container some
// seconds after its start.
std::optional<Unresolved> find_unresolved(const std::string& name, Deadline end) {
    while (true) {
        const auto addresses = resolve(name, end.capped(kNameQuestion));
        if (addresses) {
            return std::nullopt;
        }
        const bool unknown = is_unknown_name(addresses.error());
        if (!unknown || end.remaining() <= kNamePause) {
            return Unresolved{.reason = addresses.error().text, .certain = unknown};
        }
        std::this_thread::sleep_for(kNamePause);
    }
}

// The broker connects to itself through its advertised name. If the name has no address, its own
// health check answers 500 after 30 s.
void inspect_names(const Context& context, const PulsarServer& server, Report& report) {
    const Deadline end = Deadline::after(kNameAppears);
    for (const std::string& name : advertised_names(context, server)) {
        const auto unresolved = find_unresolved(name, end);
        if (!unresolved) {
            continue;
        }
        const std::string text = fmt::format(
            "{}: the broker advertises this name, but it has no address in this container ({}). "
            "Set this host name (`hostname:` in compose), or correct `pulsar.advertised`",
            name, unresolved->reason);
        (unresolved->certain ? report.refusals : report.warnings).push_back(text);
    }
}

std::expected<PulsarServer, std::string> find_and_read(std::span<const std::string> command) {
    constexpr std::array<std::string_view, 2> names{"pulsar", "start-standalone"};
    return find_server(command, names).and_then(read_server);
}

// The variables of bin/pulsar: from the environment, conf/bkenv.sh and conf/pulsar_env.sh.
class StartScript {
public:
    explicit StartScript(std::string text)
        : text_(std::move(text)), variables_(read_shell_settings(text_, variable)) {}

    // Empty: not set, or set by a part of the script that only a shell can interpret.
    [[nodiscard]] std::string value(const std::string& name) const {
        const auto found = variables_.find(name);
        return (found == variables_.end() ? variable(name) : found->second).value_or("");
    }

    // The flags of the JVM, in their order.
    [[nodiscard]] JvmOptions jvm() const {
        std::string flags;
        for (const char* name :
             {"OPTS", "PULSAR_MEM", "PULSAR_GC", "PULSAR_GC_LOG", "PULSAR_EXTRA_OPTS"}) {
            flags += value(name) + ' ';
        }
        return read_jvm_options(flags);
    }

    [[nodiscard]] bool sets(std::string_view name) const { return variables_.contains(name); }

    // The first variable with memory limits that only a shell can find; empty: none.
    [[nodiscard]] std::string unknown() const {
        for (const char* name : {"PULSAR_MEM", "PULSAR_EXTRA_OPTS"}) {
            const auto found = variables_.find(name);
            if (found != variables_.end() && !found->second) {
                return name;
            }
        }
        return {};
    }

private:
    std::string text_;
    ShellVariables variables_;
};

void inspect_jvm_memory(const Context& context, const StartScript& script, Report& report) {
    const JvmOptions jvm = script.jvm();
    if (const std::string name = script.unknown(); !name.empty()) {
        report.warnings.push_back(
            fmt::format("conf/pulsar_env.sh: only a shell can find the value of {}, so the memory "
                        "limit is not verified",
                        name));
        return;
    }
    if (!jvm.rejected.empty()) {
        report.warnings.push_back(
            fmt::format("the JVM rejects {}, so Pulsar will not start. Remove quotes from "
                        "PULSAR_MEM and PULSAR_EXTRA_OPTS, and write sizes as in -Xmx512m",
                        jvm.rejected));
        return;
    }
    const std::int64_t both = jvm.heap + jvm.direct;
    if (variable("PULSAR_MEM")) {
        inspect_memory(context, both, "PULSAR_MEM (heap and direct memory)", report);
        return;
    }
    const std::string what = "PULSAR_MEM is not set, and the start script's own default";
    inspect_memory(context, jvm.heap, what + " for the heap", report);
    if (context.memory_limit && jvm.heap <= *context.memory_limit && both > *context.memory_limit) {
        report.warnings.push_back(
            fmt::format("{} may take {} of heap and direct memory, but this container is killed "
                        "at {}. Set PULSAR_MEM",
                        what, format_size(both), format_size(*context.memory_limit)));
    }
}

// Pulsar unpacks and loads the library of RocksDB there. The metadata needs it.
void inspect_temporary(const StartScript& script, Report& report) {
    if (variable("PULSAR_STANDALONE_USE_ZOOKEEPER")) {
        return;
    }
    const std::string directory =
        variable("ROCKSDB_SHAREDLIB_DIR").value_or(script.jvm().temporary);
    struct statvfs mount{};
    const bool noexec =
        ::statvfs(directory.c_str(), &mount) == 0 && (mount.f_flag & ST_NOEXEC) != 0;
    const auto denied = find_denied(directory, W_OK | X_OK);
    const std::string why = noexec ? "is mounted noexec" : denied ? what_denies(*denied) : "";
    if (!why.empty()) {
        report.refusals.push_back(
            fmt::format("{0}: {1}, but Pulsar loads its native libraries from there. Mount it "
                        "writable and with exec (--tmpfs {0}:exec, `tmpfs: [{0}:exec]` in compose)",
                        directory, why));
    }
}

// The JVM does not start if it cannot open the log of its garbage collector. The start script
// requests this log by default.
void inspect_logs(const PulsarServer& server, const StartScript& script, Report& report) {
    if (variable("PULSAR_GC_LOG") || !script.sets("PULSAR_GC_LOG")) {
        return;
    }
    const std::string logs = variable("PULSAR_LOG_DIR").value_or(server.home / "logs");
    const std::string directory = variable("PULSAR_GC_LOG_DIR").value_or(logs);
    if (const auto denied = find_denied(nearest_existing(directory), W_OK | X_OK)) {
        report.refusals.push_back(fmt::format(
            "{}: {} {}, and the JVM does not start if it cannot write its log there. Mount a tmpfs "
            "or a volume there, set PULSAR_LOG_DIR to a directory of this user, or set "
            "PULSAR_GC_LOG=-Xlog:disable",
            directory, denied->path, what_denies(*denied)));
    }
}

StartScript read_script(const PulsarServer& server) {
    const auto text = [&](const char* name) {
        return read_config(server.home / "conf" / name, kConfigLimit).value_or("");
    };
    return StartScript{text("bkenv.sh") + '\n' + text("pulsar_env.sh")};
}

// The command is a script that may set variables and create directories, so most findings are
// warnings. Only variables that are set for it lead to a refusal.
void inspect_unread_pulsar(const Context& context, const std::string& why, Report& report) {
    inspect_unread(context, why, "bin/pulsar standalone", report);
    PulsarServer server;
    server.home = variable("PULSAR_HOME").value_or("/pulsar");
    const StartScript script = read_script(server);
    const bool sets_memory = std::ranges::any_of(
        context.command, [](const std::string& word) { return word.contains("PULSAR_MEM"); });
    Report guessed;
    inspect_jvm_memory(context, script, variable("PULSAR_MEM") && !sets_memory ? report : guessed);
    inspect_temporary(script, guessed);
    inspect_logs(server, script, guessed);
    inspect_names(context, server, guessed);
    for (auto* texts : {&guessed.refusals, &guessed.warnings}) {
        report.warnings.insert(report.warnings.end(), texts->begin(), texts->end());
    }
}

// Usually both stores are below one directory. If this user has no access to it, the refusal names
// that directory; otherwise each store.
void inspect_stores(const PulsarServer& server, const fs::path& data, bool together,
                    Report& report) {
    if (together && is_absent(data)) {
        inspect_absent(data, report);
        return;
    }
    Report found;
    for (const fs::path& store : {server.bookie, server.metadata}) {
        inspect_absent(store, found);
        const auto denied = has_directory(store) ? find_inaccessible(store) : std::nullopt;
        if (denied) {
            found.refusals.push_back(
                explain(*denied, together ? data.string() : store.string(), kCodename));
        }
    }
    const auto whole =
        together && !found.refusals.empty() ? find_denied(data, R_OK | W_OK | X_OK) : std::nullopt;
    if (whole) {
        found.refusals = {explain(*whole, data, kCodename)};
    }
    report.refusals.insert(report.refusals.end(), found.refusals.begin(), found.refusals.end());
}

Stores stores(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    return server ? Stores{{server->metadata.lexically_normal().string(),
                            server->bookie.lexically_normal().string()}}
                  : std::nullopt;
}

std::optional<std::string> named_volume(std::span<const std::string> command) {
    const fs::path home = variable("PULSAR_HOME").value_or("/pulsar");
    return spoken_value(command, "metadata-dir").transform([&](const std::string& directory) {
        return (home / directory).string();
    });
}

void inspect(const Context& context, Report& report) {
    const auto server = find_and_read(context.command);
    if (!server) {
        inspect_unread_pulsar(context, server.error(), report);
        return;
    }
    if (!server->gap.empty()) {
        report.warnings.push_back(server->gap +
                                  ", so the names that the broker advertises are not verified");
    }
    const fs::path data = server->metadata.parent_path();
    const bool together = server->bookie.string().starts_with(data.string() + '/');
    inspect_stores(*server, data, together, report);
    inspect_owner(*server, together ? data : server->metadata, report);
    inspect_volume(server->bookie, *config_of(context.config).data_dir, "pulsar.data_dir", report);
    inspect_room(server->bookie, kMinFree, report);
    inspect_cookie(*server, report);
    inspect_bookie(context, *server, report);
    inspect_names(context, *server, report);
    const StartScript script = read_script(*server);
    inspect_jvm_memory(context, script, report);
    inspect_temporary(script, report);
    inspect_logs(*server, script, report);
}

// For `preflight --show`.
Settings show(std::span<const std::string> command) {
    const auto server = find_and_read(command);
    if (!server) {
        return std::unexpected(server.error());
    }
    const StartScript script = read_script(*server);
    const JvmOptions jvm = script.jvm();
    std::vector<std::pair<std::string, std::string>> lines{
        {"home", server->home.string()},
        {"config", server->configuration.string()},
        {"metadata-dir", server->metadata.string()},
        {"bookkeeper-dir", server->bookie.string()},
        {"advertised", fmt::format("{}", fmt::join(server_names(*server), " "))},
        {"heap", std::to_string(jvm.heap)},
        {"direct", std::to_string(jvm.direct)},
        {"java.io.tmpdir", jvm.temporary}};
    for (const std::string& doubt :
         {server->gap, script.unknown().empty() ? "" : "conf/pulsar_env.sh: " + script.unknown(),
          jvm.rejected.empty() ? "" : "the JVM rejects " + jvm.rejected}) {
        if (!doubt.empty()) {
            lines.emplace_back("warning", doubt);
        }
    }
    return lines;
}

const std::string& data_dir(const Config& config) {
    return *config_of(config).data_dir;
}

}  // namespace

extern constexpr Hooks kPreflight{.inspect = &inspect,
                                  .stores = &stores,
                                  .named_volume = &named_volume,
                                  .data_dir = &data_dir,
                                  .codename = kCodename,
                                  .lock_range = 2,
                                  .settings = &show};

}  // namespace arc::pulsar
