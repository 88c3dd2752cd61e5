#include "state/state.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "base/shown.hpp"

namespace arc {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxStateFile = std::size_t{16} * 1024;
constexpr std::array kPhases{Phase::pending, Phase::converged, Phase::drift, Phase::failing};
constexpr std::array kLevels{Level::ok, Level::degraded, Level::starting, Level::unhealthy};

std::string state_path(const std::string& directory, const std::string& service, const char* what) {
    return fmt::format("{}/{}.{}.json", directory, service, what);
}

// The text of a regular file owned by this user or by root. Ignores files of other users.
std::string read_own_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return {};
    }
    std::string text;
    struct stat info{};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) &&
        (info.st_uid == ::geteuid() || info.st_uid == 0)) {
        text.resize(kMaxStateFile);
        const ssize_t size = ::read(fd, text.data(), text.size());
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    ::close(fd);
    return text;
}

// Creates a file. Other users may share the directory, so it never opens an existing file (O_EXCL):
// no FIFO, which would wait for a reader, no link, and no file of another user. It removes a file
// that an earlier process with the same process id left.
int create_file(const std::string& path) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW;
    const int fd = ::open(path.c_str(), kFlags, 0600);
    return fd < 0 && errno == EEXIST && ::unlink(path.c_str()) == 0
               ? ::open(path.c_str(), kFlags, 0600)
               : fd;
}

// The reason why this process cannot create a file in the directory, and the remedy. By default,
// engines make a tmpfs that belongs to root (Podman, Swarm, an emptyDir).
std::string explain_directory(const std::string& directory, int error) {
    struct stat info{};
    if (::stat(directory.c_str(), &info) != 0) {
        return fmt::format(
            "{}: {}. Mount a tmpfs there that belongs to {}:{}, the user of this process",
            directory, ::strerrordesc_np(errno), ::geteuid(), ::getegid());
    }
    if (error != EACCES && error != EPERM) {
        return fmt::format("{}: {}", directory, ::strerrordesc_np(error));
    }
    return fmt::format(
        "{0}: belongs to {1}:{2} (mode {3:04o}), but this process runs as {4}:{5}. Mount it for "
        "that user with --tmpfs {0}:uid={4},gid={5},mode=0700 "
        "(Podman: --tmpfs {0}:mode=0700,U; Kubernetes: securityContext.fsGroup), or set "
        "ARC_STATE_DIR",
        directory, info.st_uid, info.st_gid, info.st_mode & 07777U, ::geteuid(), ::getegid());
}

Result<void> replace_file(const std::string& path, const std::string& text) {
    const std::string temporary = fmt::format("{}.{}", path, ::getpid());
    const int fd = create_file(temporary);
    if (fd < 0) {
        return fail(ErrorKind::io, explain_directory(path.substr(0, path.rfind('/')), errno));
    }
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
        const int code = errno;
        ::unlink(temporary.c_str());
        return fail(ErrorKind::io, fmt::format("{}: {}", path, ::strerrordesc_np(code)));
    }
    return {};
}

// The object in a state file; null if there is none.
Json read_object(const std::string& path) {
    const std::string text = read_own_file(path);
    Json object = parse_json(text);
    return object.is_object() ? object : Json{};
}

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<Enum, N>& values, const Json& object, const char* key) {
    const std::string name = json_text(object, key);
    for (const Enum value : values) {
        if (name == to_string(value)) {
            return value;
        }
    }
    return std::nullopt;
}

std::string dump(const Json& object) {
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

const char* to_string(Phase phase) noexcept {
    switch (phase) {
        case Phase::pending:
            return "pending";
        case Phase::converged:
            return "converged";
        case Phase::drift:
            return "drift";
        case Phase::failing:
            return "failing";
    }
    return "unknown";
}

std::int64_t boottime_ms() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

std::optional<AgentState> read_agent_state(const std::string& directory,
                                           const std::string& service) {
    const Json object = read_object(state_path(directory, service, "agent"));
    const auto phase = named(kPhases, object, "phase");
    if (!phase) {
        return std::nullopt;
    }
    return AgentState{*phase, json_text(object, "detail"), json_number(object, "since_ms")};
}

Result<void> write_agent_state(const std::string& directory, const std::string& service,
                               const AgentState& state) {
    const Json object{{"phase", to_string(state.phase)},
                      {"detail", shown(state.detail)},
                      {"since_ms", state.since_ms}};
    return replace_file(state_path(directory, service, "agent"), dump(object));
}

std::optional<DeepResult> read_deep_result(const std::string& directory,
                                           const std::string& service) {
    const Json object = read_object(state_path(directory, service, "deep"));
    const auto level = named(kLevels, object, "level");
    if (!level) {
        return std::nullopt;
    }
    DeepResult result{*level, json_text(object, "text"), json_number(object, "at_ms")};
    result.ok_at_ms = json_number(object, "ok_at_ms");
    if (const auto canary = named(kLevels, object, "canary_level")) {
        result.canary = CanaryResult{*canary, json_text(object, "canary_text")};
    }
    return result;
}

Result<void> write_deep_result(const std::string& directory, const std::string& service,
                               const DeepResult& result) {
    Json object{{"level", to_string(result.level)},
                {"text", shown(result.text)},
                {"at_ms", result.at_ms},
                {"ok_at_ms", result.ok_at_ms}};
    if (result.canary) {
        object["canary_level"] = to_string(result.canary->level);
        object["canary_text"] = shown(result.canary->text);
    }
    return replace_file(state_path(directory, service, "deep"), dump(object));
}

std::optional<ServerInfo> read_server_info(const std::string& directory,
                                           const std::string& service) {
    const Json object = read_object(state_path(directory, service, "server"));
    ServerInfo info{json_text(object, "url"), json_text(object, "monitor_url")};
    return info.url.empty() && info.monitor_url.empty() ? std::nullopt
                                                        : std::optional{std::move(info)};
}

Result<void> write_server_info(const std::string& directory, const std::string& service,
                               const ServerInfo& info) {
    const Json object{{"url", info.url}, {"monitor_url", info.monitor_url}};
    return replace_file(state_path(directory, service, "server"), dump(object));
}

std::optional<KnownRestart> read_known_restart(const std::string& directory,
                                               const std::string& service) {
    const Json object = read_object(state_path(directory, service, "restart"));
    if (!object.is_object()) {
        return std::nullopt;
    }
    const std::string data = json_text(object, "data");
    RestartFacts facts{.data = RestartFacts::Data::unknown,
                       .why = json_text(object, "why"),
                       .disk_full = json_flag(object, "disk_full")};
    if (data == "safe" || data == "at_stake") {
        facts.data = data == "safe" ? RestartFacts::Data::safe : RestartFacts::Data::at_stake;
    }
    return KnownRestart{std::move(facts), json_text(object, "server")};
}

Result<void> write_known_restart(const std::string& directory, const std::string& service,
                                 const KnownRestart& known) {
    const bool safe = known.facts.data == RestartFacts::Data::safe;
    const bool at_stake = known.facts.data == RestartFacts::Data::at_stake;
    const Json object{{"data", safe       ? "safe"
                               : at_stake ? "at_stake"
                                          : "unknown"},
                      {"why", known.facts.why},
                      {"disk_full", known.facts.disk_full},
                      {"server", known.server}};
    return replace_file(state_path(directory, service, "restart"), dump(object));
}

std::string read_leaving(const std::string& directory, const std::string& service) {
    return json_text(read_object(state_path(directory, service, "leaving")), "server");
}

Result<void> write_leaving(const std::string& directory, const std::string& service,
                           const std::string& server) {
    return replace_file(state_path(directory, service, "leaving"), dump({{"server", server}}));
}

std::string server_run() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* started = std::getenv("ARC_SERVER_STARTED");
    return started == nullptr ? std::string{} : started;
}

Level absent_level(const std::optional<AgentState>& state) noexcept {
    return state && state->phase == Phase::pending ? Level::starting : Level::unhealthy;
}

}  // namespace arc
