#include "nats/server_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/ascii.hpp"
#include "base/suggest.hpp"

namespace arc::nats {
namespace {

using Done = std::expected<void, std::string>;

// With what is needed to find them.
struct Options : ServerOptions {
    bool version = false;
    bool help = false;
    bool check = false;
    std::string signal;
    std::string store_dir;  // as given
    bool enabled = true;    // in the map `jetstream`
    std::int64_t max_file = 0;
    bool tls_flag = false;
    std::string tls_cert;
    std::string tls_key;
    bool other_switch = false;
    std::int64_t other_number = 0;
    std::string other_text;
    std::string cluster_listen;
    std::string routes_flag;  // with commas
};

using Member = std::variant<bool Options::*, std::int64_t Options::*, std::string Options::*>;

// A decimal number as Go's strconv.Atoi takes it.
std::optional<std::int64_t> parse_decimal(std::string_view text, int base = 10) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return std::nullopt;
        }
    }
    std::int64_t number = 0;
    const auto [end, status] =
        std::from_chars(text.data(), text.data() + text.size(), number, base);
    return status == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                     : std::nullopt;
}

// Command line -------------------------------------------------------------------------------

struct Flag {
    std::string_view name;
    Member member;
};

// All flags of the server, since each decides whether the next word is its value.
constexpr std::array kFlags{
    Flag{"a", &Options::host},
    Flag{"addr", &Options::host},
    Flag{"net", &Options::host},
    Flag{"p", &Options::port},
    Flag{"port", &Options::port},
    Flag{"n", &Options::server_name},
    Flag{"name", &Options::server_name},
    Flag{"server_name", &Options::server_name},
    Flag{"m", &Options::http_port},
    Flag{"http_port", &Options::http_port},
    Flag{"ms", &Options::https_port},
    Flag{"https_port", &Options::https_port},
    Flag{"c", &Options::config_file},
    Flag{"config", &Options::config_file},
    Flag{"js", &Options::jetstream},
    Flag{"jetstream", &Options::jetstream},
    Flag{"sd", &Options::store_dir},
    Flag{"store_dir", &Options::store_dir},
    Flag{"h", &Options::help},
    Flag{"help", &Options::help},
    Flag{"help_tls", &Options::help},
    Flag{"v", &Options::version},
    Flag{"version", &Options::version},
    Flag{"t", &Options::check},
    Flag{"sl", &Options::signal},
    Flag{"signal", &Options::signal},
    Flag{"tls", &Options::tls_flag},
    Flag{"tlscert", &Options::tls_cert},
    Flag{"tlskey", &Options::tls_key},
    Flag{"tlscacert", &Options::other_text},
    Flag{"tlsverify", &Options::other_switch},
    Flag{"D", &Options::other_switch},
    Flag{"debug", &Options::other_switch},
    Flag{"V", &Options::other_switch},
    Flag{"VV", &Options::other_switch},
    Flag{"trace", &Options::other_switch},
    Flag{"DV", &Options::other_switch},
    Flag{"DVV", &Options::other_switch},
    Flag{"T", &Options::other_switch},
    Flag{"logtime", &Options::other_switch},
    Flag{"logtime_utc", &Options::other_switch},
    Flag{"s", &Options::other_switch},
    Flag{"syslog", &Options::other_switch},
    Flag{"no_advertise", &Options::other_switch},
    Flag{"profile", &Options::other_number},
    Flag{"connect_retries", &Options::other_number},
    Flag{"log_size_limit", &Options::other_number},
    Flag{"max_traced_msg_len", &Options::other_number},
    Flag{"client_advertise", &Options::other_text},
    Flag{"user", &Options::other_text},
    Flag{"pass", &Options::other_text},
    Flag{"auth", &Options::other_text},
    Flag{"P", &Options::other_text},
    Flag{"pid", &Options::other_text},
    Flag{"ports_file_dir", &Options::other_text},
    Flag{"l", &Options::other_text},
    Flag{"log", &Options::other_text},
    Flag{"r", &Options::other_text},
    Flag{"remote_syslog", &Options::other_text},
    Flag{"routes", &Options::routes_flag},
    Flag{"cluster", &Options::cluster_listen},
    Flag{"cluster_listen", &Options::cluster_listen},
    Flag{"cluster_name", &Options::cluster_name},
    Flag{"cluster_advertise", &Options::other_text},
};

struct Given {
    const Flag* flag;
    std::string value;
};

// Go's strconv.ParseBool.
std::optional<bool> parse_switch(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes{"1", "t", "T", "TRUE", "true", "True"};
    constexpr std::array<std::string_view, 6> no{"0", "f", "F", "FALSE", "false", "False"};
    return std::ranges::contains(yes, text)  ? std::optional{true}
           : std::ranges::contains(no, text) ? std::optional{false}
                                             : std::nullopt;
}

// Go's strconv.ParseInt with base 0, without underscores.
std::optional<std::int64_t> parse_number(std::string_view text) {
    const std::string_view digits = text.substr(text.starts_with('-') || text.starts_with('+'));
    const std::string prefix = lower(digits.substr(0, 2));
    const int base = prefix == "0x"                                 ? 16
                     : prefix == "0b"                               ? 2
                     : prefix == "0o"                               ? 8
                     : digits.size() > 1 && digits.starts_with('0') ? 7 + 1
                                                                    : 10;
    const std::size_t skipped = base == 10 ? 0 : prefix.find_first_of("xbo") == 1 ? 2 : 1;
    const std::string sign{text.substr(0, text.size() - digits.size())};
    if (digits.substr(skipped).starts_with('-') || digits.substr(skipped).starts_with('+')) {
        return std::nullopt;
    }
    return parse_decimal(sign + std::string(digits.substr(skipped)), base);
}

Done set(Options& options, const Given& given) {
    const auto wrong = [&](std::string_view what) {
        return std::unexpected(fmt::format("-{}: its value is not {}", given.flag->name, what));
    };
    if (const auto* on = std::get_if<bool Options::*>(&given.flag->member)) {
        const auto value = parse_switch(given.value);
        options.** on = value.value_or(false);
        return value ? Done{} : wrong("true or false");
    }
    if (const auto* number = std::get_if<std::int64_t Options::*>(&given.flag->member)) {
        const auto value = parse_number(given.value);
        options.** number = value.value_or(0);
        return value ? Done{} : wrong("a number");
    }
    options.*std::get<std::string Options::*>(given.flag->member) = given.value;
    return {};
}

// The flags in order, as Go's package flag separates them: they end at the first word that is none.
// The error says what is wrong.
std::expected<std::vector<Given>, std::string> split_flags(std::span<const std::string> words,
                                                           std::string& command) {
    std::vector<Given> all;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        if (word.size() < 2 || word.front() != '-' || word == "--") {
            i += word == "--" ? 1 : 0;
            command = i < words.size() ? words[i] : "";
            break;
        }
        word.remove_prefix(word.starts_with("--") ? 2 : 1);
        const std::size_t mark = word.find('=');
        const auto* flag = std::ranges::find(kFlags, word.substr(0, mark), &Flag::name);
        if (flag == kFlags.end()) {
            return std::unexpected(fmt::format("{}: not a flag of nats-server", words[i]));
        }
        if (mark != word.npos) {
            all.push_back({flag, std::string(word.substr(mark + 1))});
        } else if (std::holds_alternative<bool Options::*>(flag->member)) {
            all.push_back({flag, "true"});
        } else if (i + 1 < words.size()) {
            all.push_back({flag, words[++i]});
        } else {
            return std::unexpected(fmt::format("{}: its value is missing", words[i]));
        }
    }
    return all;
}

Done set_all(Options& options, const std::vector<Given>& given) {
    for (const Given& one : given) {
        if (auto done = set(options, one); !done) {
            return done;
        }
    }
    return {};
}

// The server takes the flags of TLS only as a whole, and `-tls=false` turns TLS off.
Done set_tls(Options& options, const std::vector<Given>& given) {
    const auto is_given = [&](auto matches) {
        return std::ranges::any_of(given,
                                   [&](const Given& one) { return matches(one.flag->name); });
    };
    if (!is_given([](std::string_view name) { return name.starts_with("tls"); })) {
        return {};
    }
    if (!options.tls_flag && is_given([](std::string_view name) { return name == "tls"; })) {
        options.tls = false;
        return {};
    }
    options.tls = !options.tls_cert.empty() && !options.tls_key.empty();
    return options.tls ? Done{} : std::unexpected("-tls: needs -tlscert and -tlskey");
}

// Configuration ------------------------------------------------------------------------------

class FileReader;
using ReadValue = Done (*)(FileReader& reader, const ConfValue& value);

struct Row {
    std::string_view names;  // in any case, separated by '|'
    std::variant<Member, ReadValue> target;
};

// The server visits names in a random order. Two that set the same thing have no certain meaning.
class FileReader {
public:
    explicit FileReader(Options& target) : options(target) {}

    Done apply(const ConfMap& map, std::span<const Row> rows);
    template <class T>
    Done take(const ConfValue& from, T& target, T value);

    Options& options;

private:
    Done take_value(const ConfValue& from, const Member& member);

    std::vector<const void*> taken_;
};

std::unexpected<std::string> wrong(const ConfValue& value, std::string_view what) {
    return std::unexpected(fmt::format("{} {}", value.where, what));
}

template <class T>
Done FileReader::take(const ConfValue& from, T& target, T value) {
    const bool again = std::ranges::contains(taken_, static_cast<const void*>(&target));
    const bool store = static_cast<const void*>(&target) == &options.store_dir;
    if (store ? again || !options.store_dir.empty() : again && target != value) {
        return wrong(from, "sets what another name or a flag has set");
    }
    taken_.push_back(&target);
    target = std::move(value);
    return {};
}

Done FileReader::take_value(const ConfValue& from, const Member& member) {
    return std::visit(
        [&]<class T>(T Options::* target) {
            const T* value = std::get_if<T>(&from.value);
            constexpr std::string_view type = std::is_same_v<T, bool>          ? "true or false"
                                              : std::is_same_v<T, std::string> ? "a string"
                                                                               : "a whole number";
            return value == nullptr ? Done{wrong(from, fmt::format("is not {}", type))}
                                    : take(from, options.*target, *value);
        },
        member);
}

Done FileReader::apply(const ConfMap& map, std::span<const Row> rows) {
    for (const auto& [name, value] : map) {
        const std::string wanted = lower(name);
        const auto row = std::ranges::find_if(rows, [&wanted](const Row& one) {
            return std::ranges::contains(split(one.names, '|'), wanted);
        });
        if (row == rows.end()) {
            continue;
        }
        const auto* read = std::get_if<ReadValue>(&row->target);
        Done done = read != nullptr ? (*read)(*this, value)
                                    : take_value(value, std::get<Member>(row->target));
        if (!done) {
            return done;
        }
    }
    return {};
}

// Go's net.SplitHostPort: "127.0.0.1:8222", "[::1]:8222", ":8222".
std::optional<std::pair<std::string, std::int64_t>> split_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    host = brackets ? host.substr(1, host.size() - 2) : host;
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || host.find_first_of("[]") != host.npos || (!brackets && host.contains(':'))) {
        return std::nullopt;
    }
    return std::pair{std::string(host), *port};
}

// "host:port", or a port alone, which also resets the host.
Done read_address(FileReader& reader, const ConfValue& value, std::string& host,
                  std::int64_t& port) {
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) {
        return reader.take(value, host, std::string{}).and_then([&] {
            return reader.take(value, port, *number);
        });
    }
    const auto* text = std::get_if<std::string>(&value.value);
    const auto address = text == nullptr ? std::nullopt : split_address(*text);
    if (!address) {
        return wrong(value, "is not a port, nor host:port");
    }
    return reader.take(value, host, address->first).and_then([&] {
        return reader.take(value, port, address->second);
    });
}

Done read_listen(FileReader& reader, const ConfValue& value) {
    return read_address(reader, value, reader.options.host, reader.options.port);
}
Done read_http(FileReader& reader, const ConfValue& value) {
    return read_address(reader, value, reader.options.http_host, reader.options.http_port);
}
Done read_https(FileReader& reader, const ConfValue& value) {
    return read_address(reader, value, reader.options.http_host, reader.options.https_port);
}

const ConfMap* map_of(const ConfValue& value) {
    const auto* map = std::get_if<std::shared_ptr<const ConfMap>>(&value.value);
    return map == nullptr ? nullptr : map->get();
}

Done read_tls(FileReader& reader, const ConfValue& value) {
    return map_of(value) == nullptr ? wrong(value, "is not a map")
                                    : reader.take(value, reader.options.tls, true);
}

// A number, or a string that ends in K, M, G or T, all powers of 1024.
Done read_size(FileReader& reader, const ConfValue& value, std::int64_t& target) {
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) {
        return reader.take(value, target, *number);
    }
    const auto* text = std::get_if<std::string>(&value.value);
    if (text != nullptr && text->empty()) {
        return reader.take(value, target, std::int64_t{0});
    }
    const std::size_t unit =
        text == nullptr ? text->npos : std::string_view{"KMGT"}.find(text->back());
    const auto number = unit == text->npos
                            ? std::nullopt
                            : parse_decimal(std::string_view{*text}.substr(0, text->size() - 1));
    return number ? reader.take(value, target, *number << (10 * (unit + 1)))
                  : wrong(value, "is not a size");
}
Done read_max_memory(FileReader& reader, const ConfValue& value) {
    return read_size(reader, value, reader.options.max_memory);
}
Done read_max_file(FileReader& reader, const ConfValue& value) {
    return read_size(reader, value, reader.options.max_file);
}

constexpr std::array kJetStream{
    Row{"store|store_dir|storedir", &Options::store_dir},
    Row{"enable|enabled", &Options::enabled},
    Row{"max_memory_store|max_mem_store|max_mem", &read_max_memory},
    Row{"max_file_store|max_file", &read_max_file},
};

Done read_jetstream(FileReader& reader, const ConfValue& value) {
    if (const ConfMap* map = map_of(value)) {
        return reader.apply(*map, kJetStream).and_then([&] {
            return reader.take(value, reader.options.jetstream, reader.options.enabled);
        });
    }
    if (const bool* on = std::get_if<bool>(&value.value)) {
        return reader.take(value, reader.options.jetstream, *on);
    }
    const auto* text = std::get_if<std::string>(&value.value);
    const std::string word = text == nullptr ? "" : lower(*text);
    const bool on = word == "enabled" || word == "enable";
    return on || word == "disabled" || word == "disable"
               ? reader.take(value, reader.options.jetstream, on)
               : wrong(value, "is not a map, true, false, enabled or disabled");
}

// A list of URLs, or one.
Done read_routes(FileReader& reader, const ConfValue& value) {
    if (const auto* array = std::get_if<ConfArray>(&value.value)) {
        return reader.take(value, reader.options.routes, array->texts);
    }
    const auto* text = std::get_if<std::string>(&value.value);
    return text == nullptr ? Done{} : reader.take(value, reader.options.routes, std::vector{*text});
}

Done read_cluster_port(FileReader& reader, const ConfValue& /*value*/) {
    reader.options.clustered = true;
    return {};
}

constexpr std::array kCluster{
    Row{"name", &Options::cluster_name},
    Row{"listen|port", &read_cluster_port},
    Row{"routes", &read_routes},
};

Done read_cluster(FileReader& reader, const ConfValue& value) {
    const ConfMap* map = map_of(value);
    return map == nullptr ? Done{} : reader.apply(*map, kCluster);
}

constexpr std::array kTop{
    Row{"port", &Options::port},
    Row{"host|net", &Options::host},
    Row{"listen", &read_listen},
    Row{"server_name", &Options::server_name},
    Row{"http", &read_http},
    Row{"https", &read_https},
    Row{"http_port|monitor_port", &Options::http_port},
    Row{"https_port", &Options::https_port},
    Row{"http_base_path", &Options::base_path},
    Row{"tls", &read_tls},
    Row{"store_dir|storedir", &Options::store_dir},
    Row{"jetstream", &read_jetstream},
    Row{"cluster", &read_cluster},
};

// Defaults -----------------------------------------------------------------------------------

std::string clean_path(std::string path) {
    path = std::filesystem::path(std::move(path)).lexically_normal().string();
    return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

// "/nats", or empty.
std::string clean_base_path(const std::string& path) {
    const std::string clean = clean_path('/' + path);
    return clean == "/" ? "" : clean;
}

// Where the store is without store_dir depends on the limits, too.
std::string store_of(const Options& options, const ConfSources& sources) {
    if (!options.store_dir.empty()) {
        return clean_path(options.store_dir + "/jetstream");
    }
    std::string temporary = sources.variable("TMPDIR").value_or("");
    temporary = temporary.empty() ? "/tmp" : temporary;
    const bool limited = options.max_memory > 0 && options.max_file > 0;
    return clean_path(temporary + (limited ? "/jetstream" : "/nats/jetstream"));
}

Done set_defaults(Options& options, const ConfSources& sources) {
    for (const std::int64_t port : {options.port, options.http_port, options.https_port}) {
        if (port < -1 || port > 65535) {
            return std::unexpected(fmt::format("{} is not a port", port));
        }
    }
    if (options.http_port != 0 && options.https_port != 0) {
        return std::unexpected("a monitor on http and one on https, of which the server takes one");
    }
    if (options.https_port != 0 && !options.tls) {
        return std::unexpected("a monitor on https needs tls");
    }
    options.host = options.host.empty() ? "0.0.0.0" : options.host;
    options.port = options.port == 0 ? 4222 : options.port;
    options.http_host = options.http_host.empty() ? options.host : options.http_host;
    options.base_path = clean_base_path(options.base_path);
    options.store = store_of(options, sources);
    options.clustered = options.clustered || !options.cluster_listen.empty();
    if (!options.routes_flag.empty()) {
        options.routes.clear();
        for (const std::string_view route : split(options.routes_flag, ',')) {
            options.routes.emplace_back(route);
        }
    }
    return {};
}

// The server applies the flags, the file, and the flags once more.
Done read_file(Options& options, const std::vector<Given>& given, const ConfSources& sources) {
    Options flags;
    if (auto done = set_all(flags, given); !done || flags.config_file.empty()) {
        return done;
    }
    const auto map = parse_nats_config(flags.config_file, sources);
    if (!map) {
        return std::unexpected(map.error());
    }
    options.store_dir = flags.store_dir;
    return FileReader{options}.apply(*map, kTop);
}

Done read_all(Options& options, const std::vector<Given>& given, const ConfSources& sources) {
    return read_file(options, given, sources)
        .and_then([&] { return set_all(options, given); })
        .and_then([&] { return set_tls(options, given); })
        .and_then([&] { return set_defaults(options, sources); });
}

}  // namespace

std::expected<ServerOptions, std::string> read_server_options(
    std::span<const std::string> arguments, const ConfSources& sources) {
    std::string command;  // behind the flags: "version" or "help"
    const auto given = split_flags(arguments, command);
    Options options;
    Done done = given ? set_all(options, *given) : std::unexpected(given.error());
    if (!done) {
        return std::unexpected(done.error());
    }
    command = lower(command);
    if (options.version || options.help || options.check || !options.signal.empty() ||
        command == "version" || command == "help") {
        options = {};
        options.only_tells = true;
        return options;
    }
    if (!command.empty()) {
        return std::unexpected(command + ": not a flag of nats-server");
    }
    options = {};
    if (done = read_all(options, *given, sources); !done) {
        return std::unexpected(done.error());
    }
    return options;
}

}  // namespace arc::nats
