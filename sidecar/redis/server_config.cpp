#include "redis/server_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "base/secrets.hpp"
#include "base/suggest.hpp"
#include "redis/config_words.hpp"
#include "redis/directives.hpp"

namespace arc::redis {
namespace {

constexpr int kMaxFiles = 64;                // a file may include itself
constexpr std::size_t kMaxSocketPath = 107;  // unix(7)
constexpr std::string_view kOptions = "the command line";

using Words = std::vector<std::string>;

// The server handles most values as C strings.
std::string until_nul(const std::string& word) {
    return word.c_str();
}

// Registers secret settings, and the password in `user NAME on >PASSWORD …`.
void keep_secrets(const std::string& name, const Words& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        keep_secrets_of_setting(name, words[i]);
        if (name == "user" && words[i].starts_with('>')) {
            keep_secret(std::string_view(words[i]).substr(1));
        }
    }
}

// "/a[b" -> "/a\[b": it matches itself only.
std::string escaped_pattern(std::string_view path) {
    std::string pattern;
    for (const char c : path) {
        pattern += std::string_view{"*?[\\"}.contains(c) ? "\\" : "";
        pattern += c;
    }
    return pattern;
}

// Whether it is the name of a file, without a directory.
bool is_file_name(std::string_view name) {
    return name.find_first_of("/\\") == std::string_view::npos;
}

bool may_be_host(std::string_view name) {
    return std::ranges::all_of(name, [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view{".:-_%*"}.contains(static_cast<char>(c));
    });
}

class Reader {
public:
    explicit Reader(const ServerFiles& files) : files_(files) {}

    RedisSettings settings;

    void take_file(const std::string& path, const std::string& from) {
        const auto text = ++count_ > kMaxFiles ? std::nullopt : files_.read(path);
        if (!text) {
            leave_unread(fmt::format("{}{}: cannot be read", from, path));
            return;
        }
        take_text(*text, path);
    }

    // `source` is a file or kOptions.
    void take_text(std::string_view text, std::string_view source) {
        // What the server reads after a NUL byte depends on its buffer. Valkey 8.1 drops 0xff.
        if (text.contains('\0') || text.contains('\xff')) {
            leave_unread(fmt::format("{}: holds a byte 0x00 or 0xff", source));
            return;
        }
        int number = 0;
        for (const std::string_view whole : split(text, '\n')) {
            ++number;
            const std::string_view line = trimmed(whole, " \t\r\n");
            if (line.empty() || line.starts_with('#')) {
                continue;
            }
            where_ =
                source == kOptions ? std::string(source) : fmt::format("{}:{}", source, number);
            if (auto words = split_words(line); !words) {
                reject("a quote is not closed, or no blank follows it");
            } else if (!words->empty()) {
                take(*words);
            }
        }
    }

    void leave_unread(std::string what) {
        if (settings.unread.empty()) {
            settings.unread = std::move(what);
        }
    }

    // What only the settings as a whole tell.
    void conclude() {
        if (!module_setting_.empty() && !loads_module_) {
            where_ = module_setting_;
            doubt("a setting of a module, and none is loaded. The server exits with 1");
        }
        if (!std::ranges::all_of(settings.bind, may_be_host)) {
            where_ = bind_;
            reject("bind names no address");
        }
        const auto socket = std::filesystem::path(from_here(settings.unixsocket)).parent_path();
        if (!settings.unixsocket.empty() &&
            files_.look(socket.string()) == ServerFiles::Kind::absent) {
            where_ = socket_;
            settings.doubts.push_back(no_directory(socket.string()));
        }
        where_ = "the settings of redis-server";
        const bool has_address = !settings.bind.empty();
        if (settings.tls_port != 0 && !has_certificate_) {
            reject("tls-port is set, and tls-cert-file is not");
        } else if (settings.unixsocket.empty() &&
                   (!has_address || (settings.port == 0 && settings.tls_port == 0))) {
            reject("the server listens nowhere");
        }
    }

private:
    void reject(std::string_view why) {
        if (settings.rejected.empty()) {
            settings.rejected = fmt::format("{}: {}", where_, why);
        }
    }

    void doubt(std::string_view why) {
        settings.doubts.push_back(fmt::format("{}: {}", where_, why));
    }

    [[nodiscard]] std::string no_directory(const std::string& path) const {
        return fmt::format(
            "{}: there is no directory '{}'. The server exits with 1, unless something creates it "
            "first",
            where_, path);
    }

    void take(Words& words) {
        words.front() = lower(words.front());
        const std::string name = words.front();
        keep_secrets(name, words);
        if (name == "include") {
            words.size() == 2 ? include(until_nul(words[1])) : reject("include needs one value");
            return;
        }
        const auto directive = find_directive(name);
        if (!directive) {
            doubt(
                fmt::format("{} is not a known directive. The server exits with 1, unless it is "
                            "newer than this sidecar",
                            name));
        } else if (*directive == Directive::other) {
            take_other(name, words);
        } else if (*directive == Directive::list) {
            take_list(name, words);
        } else if (words.size() != 2) {
            reject(fmt::format("{} needs one value", name));
        } else {
            take_value(name, *directive, words[1]);
        }
    }

    void take_other(const std::string& name, const Words& words) {
        loads_module_ = loads_module_ || name == "loadmodule";
        if (name.contains('.')) {
            module_setting_ = where_;
        }
        if (name == "rename-command" ? words.size() != 3 : name != "sentinel" && words.size() < 2) {
            reject(fmt::format("{} needs {}", name,
                               name == "rename-command" ? "two values" : "a value"));
        } else if (name == "sentinel" && words.size() > 1 && settings.mode != RedisMode::sentinel) {
            reject("sentinel is for a server that was started with --sentinel");
        } else if (name == "user" && !users_.insert(words[1]).second) {
            reject("a user is declared twice");
        } else if (name == "loadmodule" &&
                   files_.look(from_here(until_nul(words[1]))) == ServerFiles::Kind::absent) {
            doubt(fmt::format("there is no file '{}'. The server exits with 1", words[1]));
        }
    }

    void take_list(const std::string& name, const Words& words) {
        Words values{words.begin() + 1, words.end()};
        if (values.size() == 1 && !values.front().empty()) {
            values = split_words(until_nul(values.front())).value_or(Words{});
        }
        const bool is_empty = values.size() == 1 && values.front().empty();
        if (name == "bind") {
            settings.bind = is_empty ? Words{} : values;
            bind_ = where_;
        } else if (name == "save" && !is_empty && !is_save(values)) {
            reject("save needs pairs of seconds and changes");
        }
    }

    // "60", "100", "3600", "1": at least one second, no negative number of changes.
    static bool is_save(const Words& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto number = parse_integer(values[i]);
            if (!number || *number < (i % 2 == 0 ? 1 : 0)) {
                return false;
            }
        }
        return values.size() % 2 == 0;
    }

    void take_value(const std::string& name, Directive directive, const std::string& word) {
        const std::string value = until_nul(word);
        if (directive == Directive::flag) {
            const bool yes = same_letters(value, "yes");
            yes || same_letters(value, "no") ? assign_flag(name, yes)
                                             : reject(name + " is neither yes nor no");
        } else if (directive == Directive::number) {
            const auto number = parse_integer(word);
            number ? assign_number(name, *number) : reject(name + " is not a number");
        } else if (directive == Directive::size) {
            const auto bytes = parse_memory(value);
            if (!bytes) {
                reject(name + " is not a size");
            } else if (name == "maxmemory") {
                settings.maxmemory = *bytes;
            }
        } else {
            assign_text(name, value);
        }
    }

    void assign_flag(std::string_view name, bool yes) {
        if (name == "appendonly") {
            settings.appendonly = yes;
            settings.says_appendonly = true;
        } else if (name == "aof-load-truncated") {
            settings.load_truncated = yes;
        }
    }

    void assign_number(std::string_view name, std::int64_t number) {
        if (name == "maxclients") {
            settings.maxclients = number;
        }
        if (name != "port" && name != "tls-port") {
            return;
        }
        if (number < 0 || number > 65535) {
            reject(fmt::format("{} is not between 0 and 65535", name));
            return;
        }
        (name == "port" ? settings.port : settings.tls_port) = static_cast<std::uint16_t>(number);
    }

    void assign_text(std::string_view name, const std::string& value) {
        if (name == "dir") {
            change_directory(value);
        } else if (name == "unixsocket") {
            settings.unixsocket = value;
            socket_ = where_;
            if (value.size() > kMaxSocketPath) {
                reject("unixsocket is longer than 107 bytes");
            }
        } else if (name == "tls-cert-file") {
            has_certificate_ = !value.empty();
        } else if (name == "requirepass") {
            settings.has_password = !value.empty();
        } else if (name == "appenddirname" || name == "appendfilename" || name == "dbfilename") {
            assign_file_name(name, value);
        }
    }

    void assign_file_name(std::string_view name, const std::string& value) {
        if (!is_file_name(value)) {
            reject(fmt::format("{} is a path, not a name", name));
        } else if (value.empty() && name != "dbfilename") {
            reject(fmt::format("{} is empty", name));
        } else {
            (name == "appenddirname"    ? settings.appenddirname
             : name == "appendfilename" ? settings.appendfilename
                                        : settings.dbfilename) = value;
        }
    }

    void change_directory(const std::string& value) {
        const std::string path = from_here(value);
        const auto kind = value.empty() ? ServerFiles::Kind::absent : files_.look(path);
        if (settings.absent_dir.empty() &&
            (kind == ServerFiles::Kind::absent || kind == ServerFiles::Kind::file)) {
            settings.absent_dir = no_directory(value.empty() ? value : path);
        }
        settings.dir = path;
    }

    // The server changes its directory when it reads `dir`. Later relative paths start there.
    [[nodiscard]] std::string from_here(const std::string& path) const {
        return (std::filesystem::path(settings.dir) / path).string();
    }

    void include(const std::string& value) {
        const std::string where = where_;
        if (value.find_first_of("*?[") == std::string::npos) {
            take_file(from_here(value), fmt::format("{}: include ", where));
            return;
        }
        const bool absolute = value.starts_with('/');
        const auto paths =
            files_.match(absolute ? value : escaped_pattern(settings.dir) + '/' + value);
        // One text: a line without an end goes on in the next file.
        std::string text;
        for (const std::string& path : paths) {
            const auto part = ++count_ > kMaxFiles ? std::nullopt : files_.read(path);
            if (!part) {
                leave_unread(fmt::format("{}: include {}: cannot be read", where, path));
                return;
            }
            text += *part;
        }
        take_text(text, value);
    }

    const ServerFiles& files_;
    int count_ = 0;
    bool has_certificate_ = false;
    bool loads_module_ = false;
    // The lines that set these.
    std::string module_setting_;
    std::string bind_;
    std::string socket_;
    std::set<std::string> users_;
    std::string where_;  // of the line that is read
};

RedisMode mode_of(std::string_view program, std::span<const std::string> arguments) {
    constexpr std::array<std::string_view, 6> answers{"-v",     "--version",     "-h",
                                                      "--help", "--test-memory", "--check-system"};
    const std::string_view name = program.substr(program.rfind('/') + 1);
    if (name.contains("redis-sentinel") || name.contains("valkey-sentinel") ||
        std::ranges::contains(arguments, "--sentinel")) {
        return RedisMode::sentinel;
    }
    return !arguments.empty() && std::ranges::contains(answers, arguments.front())
               ? RedisMode::answers
               : RedisMode::server;
}

RedisSettings read_with(const ServerFiles& files, RedisMode mode,
                        std::span<const std::string> arguments, const std::string& options) {
    Reader reader{files};
    reader.settings.mode = mode;
    reader.settings.port = mode == RedisMode::sentinel ? 26379 : 6379;
    if (!arguments.empty() && !arguments.front().starts_with('-')) {
        reader.take_file(arguments.front(), "");
    }
    // The server reads standard input after the file and before the options.
    if (!arguments.empty() && (arguments.front() == "-" || arguments.back() == "-")) {
        reader.leave_unread("standard input: it is the server's to read");
    }
    reader.take_text(options, kOptions);
    reader.conclude();
    return std::move(reader.settings);
}

}  // namespace

RedisSettings parse_redis_settings(std::string_view program, std::span<const std::string> arguments,
                                   const ServerFiles& files) {
    const RedisMode mode = mode_of(program, arguments);
    if (mode == RedisMode::answers) {
        RedisSettings none;
        none.mode = mode;
        return none;
    }
    const std::string options = options_text(arguments);
    RedisSettings settings = read_with(files, mode, arguments, options);
    const std::string other = options_text(arguments, false);
    if (program.contains("valkey") && other != options && settings.unread.empty() &&
        read_with(files, mode, arguments, other) != settings) {
        settings.unread = fmt::format(
            "{}: Valkey 8.1.1 does not escape a quote or backslash in an argument", kOptions);
    }
    return settings;
}

}  // namespace arc::redis
