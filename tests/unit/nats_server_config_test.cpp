// nats-server's configuration and command line, as preflight and the agent read them.
// tests/differential/test_nats.py compares both with real servers.
#include <doctest/doctest.h>

#include <map>

#include "base/secrets.hpp"
#include "config/keys.hpp"
#include "nats/server_info.hpp"

using arc::Setting;
using arc::Url;
using namespace arc::nats;
using Words = std::vector<std::string>;

namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

ConfSources sources(const Texts& files, const Texts& environment = {}) {
    const auto find = [](const Texts& texts) {
        return [texts](const std::string& name) -> std::optional<std::string> {
            const auto found = texts.find(name);
            return found == texts.end() ? std::nullopt : std::optional{found->second};
        };
    };
    return {.read = find(files), .variable = find(environment)};
}

// Of /etc/n.conf.
std::expected<ServerOptions, std::string> read(const std::string& text, Texts files = {},
                                               const Texts& environment = {}) {
    files["/etc/n.conf"] = text;
    return read_server_options(Words{"-c", "/etc/n.conf"}, sources(files, environment));
}

std::string store(const std::string& text, const Texts& files = {}, const Texts& environment = {}) {
    const auto options = read(text, files, environment);
    return options ? options->store : options.error();
}

std::string error(const std::string& text, const Texts& files = {}, const Texts& environment = {}) {
    const auto options = read(text, files, environment);
    return options ? "none" : options.error();
}

std::expected<ServerOptions, std::string> flags(const Words& words) {
    return read_server_options(words, sources({{"f", "port: 1, jetstream { store_dir: /file }"}}));
}

}  // namespace

TEST_CASE("nats.conf: names, separators, comments and quotes") {
    const auto options = read(
        "# comment\nport: 4333, HTTP = \"127.0.0.1:8223\"  // why\nserver_name \"a{b\"\n"
        "jetstream {\n  store_dir '/data' # here\n  max_memory_store: 64MB\n}\n"
        "authorization { users = [ {user: a, password: \"]}\"}, {user: b} ] }\n"
        "leafnodes { remotes [ { url: nats://host:1 } ] }\nlog_file: /tmp//x\n");
    REQUIRE(options);
    CHECK(options->port == 4333);
    CHECK(options->http_host == "127.0.0.1");
    CHECK(options->http_port == 8223);
    CHECK(options->server_name == "a{b");
    CHECK(options->jetstream);
    CHECK(options->store == "/data/jetstream");
    CHECK(options->max_memory == 64 * 1024 * 1024);
}

TEST_CASE("nats.conf: the last value of a name counts, and replaces all of a map") {
    CHECK(store("jetstream { store_dir: /a }\njetstream { max_mem: 1M }\n") ==
          "/tmp/nats/jetstream");
    CHECK(store("jetstream { store_dir: /a }\njetstream: enabled\n") == "/tmp/nats/jetstream");
    CHECK(read("port: 1\nport: 2\n")->port == 2);
}

TEST_CASE("nats.conf: two names for one thing have no certain meaning") {
    CHECK(error("http_port: 1\nmonitor_port: 2\n").starts_with("/etc/n.conf:2: monitor_port sets"));
    CHECK(error("port: 1\nPORT: 2\n") != "none");
    CHECK(error("listen: \"a:1\"\nnet: b\n") != "none");
    CHECK(error("store_dir: /a\njetstream { store_dir: /a }\n") != "none");
    CHECK(read("listen: \"a:1\"\nport: 1\n"));
}

TEST_CASE("nats.conf: variables are of the maps around, then of the environment") {
    CHECK(store("D = /file\njetstream { store_dir: $D }\n", {}, {{"D", "/env"}}) ==
          "/file/jetstream");
    CHECK(store("jetstream { root = \"/data\"\n store_dir: $root }\n") == "/data/jetstream");
    CHECK(store("a { root = \"/data\" }\njetstream { store_dir: $root }\n") ==
          "/etc/n.conf:2: $root: a variable without a value");
    CHECK(store("jetstream: $JS\n", {}, {{"JS", "{store: \"/e\\x6ev\"}"}}) == "/env/jetstream");
    CHECK(store("store_dir: $D\n", {}, {{"D", ""}}) == "/tmp/nats/jetstream");
    CHECK(error("port: 4222\nhttp_port: $PORT\n") != "none");
    CHECK(read("http_port: $PORT\n", {}, {{"PORT", "8k"}})->http_port == 8000);
    CHECK(error("store_dir: $A\n", {}, {{"A", "$A"}}) != "none");
    CHECK(error("store_dir: $A\n", {}, {{"A", "two words"}}) != "none");
}

TEST_CASE("nats.conf: includes are beside the file that has them, and see none of its variables") {
    const Texts files{{"/etc/d/all.conf", "include ./js.conf\n"},
                      {"/etc/d/js.conf", "store_dir: \"/nested\"\n"},
                      {"/etc/v.conf", "store_dir: $V\n"},
                      {"/etc/self.conf", "include self.conf"}};
    CHECK(store("include d/all.conf\n", files) == "/nested/jetstream");
    CHECK(store("jetstream { INCLUDE 'd/js.conf' }\n", files) == "/nested/jetstream");
    CHECK(store("include /d/x/../all.conf\n", files) == "/nested/jetstream");
    CHECK(error("V: /x\ninclude v.conf\n", files) ==
          "/etc/v.conf:1: $V: a variable without a value");
    CHECK(error("include absent.conf\n") ==
          "/etc/n.conf:1: include /etc/absent.conf: cannot be read");
    CHECK(error("include self.conf", files) != "none");
}

TEST_CASE("nats.conf: values without quotes") {
    CHECK(store("store_dir: /a#b//c # why\n") == "/a#b/c/jetstream");
    CHECK(store("store_dir: /a\\x20b\\tc\n") == "/a b\tc/jetstream");
    CHECK(read("port: 1.5\n").error() == "/etc/n.conf:1: port is not a whole number");
    CHECK(read("http: 127.0.0.1:8222\n")->http_port == 8222);
    CHECK(read("tls { timeout: 1.5, a: 10s, b: -5, c: 24h, d: 5ms }\n")->tls);
    CHECK(read("jetstream { max_mem: \"64M\" }\n")->max_memory == 64 << 20);
    CHECK(read("jetstream { max_mem: 64M }\n")->max_memory == 64'000'000);
    CHECK_FALSE(read("jetstream { enabled: oFf }\n")->jetstream);
    CHECK(read("jetstream: Enable\n")->jetstream);
}

TEST_CASE("nats.conf: JSON, with and without the braces around it") {
    const std::string inside = "\"port\": 4333, \"jetstream\": {\"store_dir\": \"/a\"}";
    for (const std::string& text :
         {"{" + inside + "}", inside, inside + "}", "{" + inside + "\n"}) {
        CAPTURE(text);
        CHECK(store(text) == "/a/jetstream");
    }
    CHECK(error("{{" + inside + "}}") != "none");
}

TEST_CASE("nats.conf: what the server rejects is not read") {
    for (const char* text : {"a {",
                             "\"",
                             "a = [",
                             "a = [ { \"x",
                             "a = (\nblock",
                             "= = =",
                             "[",
                             ":",
                             "a",
                             "include",
                             "a = '",
                             "\"\"",
                             "''",
                             "a \"\"\"\"",
                             "a: b c",
                             "a: .5",
                             "a: 1.",
                             "a: \"\\q\"",
                             "a:\n1",
                             "a: 2024-01-01",
                             "a: 99999999999999999999",
                             "a: [1]",
                             "a: [1,,2]",
                             "m { a: , b: 1 }",
                             "m { a: }",
                             "a: 1kbb",
                             "port: x",
                             "jetstream: maybe",
                             "jetstream { enabled: 1 }",
                             "http: 8222a",
                             "http: \"8222\"",
                             "tls: yes",
                             "https_port: 1",
                             "server_name: 1"}) {
        CAPTURE(text);
        CHECK(error(text).starts_with(std::string_view{text} == "https_port: 1" ? "a monitor"
                                                                                : "/etc/n.conf:"));
    }
    CHECK(error(std::string("a: 1\0b", 6)) != "none");
    std::string deep;
    for (int i = 0; i < 1000; ++i) {
        deep += "a { ";
    }
    CHECK(error(deep) == "/etc/n.conf:1: nested too deeply");
}

TEST_CASE("nats.conf: the store without store_dir") {
    CHECK(store("jetstream: on\n") == "/tmp/nats/jetstream");
    CHECK(store("jetstream: on\n", {}, {{"TMPDIR", "/t"}}) == "/t/nats/jetstream");
    CHECK(store("jetstream { max_mem: 1, max_file: 1 }\n") == "/tmp/jetstream");
}

TEST_CASE("nats.conf: the path before the monitor's paths") {
    CHECK(read("http_base_path: nats//x/../y/\n")->base_path == "/nats/y");
    CHECK(read("http_base_path: \"/\"\n")->base_path.empty());
    CHECK(read("http_base_path: \"\"\n")->base_path.empty());
}

TEST_CASE("nats.conf: passwords are known from where they are") {
    const auto options = read(
        "authorization { users = [ {user: a, password: \"in-a-list-1\"}, {user: b, password: "
        "in-a-list-2} ] }\n"
        "cluster { routes = [\n  nats-route://r:in-a-route-3@host:6222 ] }\nhttp_port: 8222\n");
    CHECK(options->http_port == 8222);
    CHECK(arc::redacted("in-a-list-1, in-a-list-2, in-a-route-3") == "***, ***, ***");
}

TEST_CASE("nats-server's command line: Go's flags, before the file") {
    CHECK(flags({"-c", "f", "-p", "0x10"})->port == 16);
    CHECK(flags({"--config=f", "--port=2", "-p", "3"})->port == 3);
    CHECK(flags({"-js=F", "-c=f"})->jetstream == false);
    CHECK(flags({"-c", "f", "-m", "1", "-m=0"})->http_port == 0);
    CHECK(flags({"-sd", "/flag"})->store == "/flag/jetstream");
    CHECK(flags({"-c", "f"})->store == "/file/jetstream");
    // The file is read with the flag's value there, and the flag is applied after it.
    CHECK_FALSE(flags({"-c", "f", "-sd", "/flag"}));
    CHECK(flags({"-c", "f", "-sd", ""})->store == "/tmp/nats/jetstream");
    for (const Words& words :
         {Words{"-x"}, Words{"-p"}, Words{"-p", "x"}, Words{"-p", "089"}, Words{"-js", "true"},
          Words{"-js=yes"}, Words{"run"}, Words{"-tls"}, Words{"-p", "--5"}, Words{"---p", "1"}}) {
        CAPTURE(words.front());
        CHECK_FALSE(flags(words));
    }
    for (const Words& words : {Words{"-v"}, Words{"--help"}, Words{"version"}, Words{"-t"},
                               Words{"-p", "1", "--", "HELP"}, Words{"-sl", "quit"}}) {
        CAPTURE(words.front());
        CHECK(flags(words)->only_tells);
    }
}

TEST_CASE("nats: URLs on loopback follow the server's configuration") {
    const auto applied = [](const Url& own, const std::string& server,
                            const std::string& origin = "default") {
        arc::Config config = arc::default_config();
        Setting<Url>& setting = config_of(config).monitor_url;
        setting = Setting<Url>{own};
        setting.origin.where = origin;
        apply_server_info({.url = "nats://localhost:4333", .monitor_url = server}, config);
        CHECK(config_of(config).url->port == 4333);
        return to_string(*setting) + (setting.origin.where == origin ? "" : " by the server");
    };
    const Url usual{"http", "127.0.0.1", 8222};
    CHECK(applied(usual, "http://0.0.0.0:8222") == "http://127.0.0.1:8222");
    CHECK(applied(usual, "https://[::]:1/a") == "https://127.0.0.1:1/a by the server");
    CHECK(applied(usual, "http://[::1]:8222") == "http://[::1]:8222 by the server");
    CHECK(applied(usual, "http://10.0.0.1:1") == "http://10.0.0.1:1 by the server");
    CHECK(applied(usual, "") == "http://127.0.0.1:8222");
    CHECK(applied(usual, "http://0.0.0.0:1", "ARC_NATS_MONITOR_URL") == "http://127.0.0.1:8222");
    CHECK(applied(usual, "http://0.0.0.0:1", "--nats-monitor-url") == "http://127.0.0.1:8222");
    CHECK(applied({"http", "nats", 8222}, "http://0.0.0.0:1") == "http://nats:8222");
}

TEST_CASE("nats.conf: the cluster, its name and its routes") {
    const auto options = read(
        "server_name: n0\ncluster {\n  name: c\n  listen: \"0.0.0.0:6222\"\n"
        "  routes = [\n nats://a:b@nats-1:6222 # one\n \"nats://nats-2:6222\", 7 ]\n}\n");
    REQUIRE(options);
    CHECK(options->clustered);
    CHECK(options->cluster_name == "c");
    CHECK(options->routes == Words{"nats://a:b@nats-1:6222", "nats://nats-2:6222"});
    CHECK(read("cluster { port: 6222, routes: \"nats://n:1\" }\n")->routes.size() == 1);
    CHECK_FALSE(read("cluster { name: c }\n")->clustered);
    CHECK_FALSE(read("port: 4222\n")->clustered);
    const auto given = flags({"-cluster", "nats://0.0.0.0:1", "-routes", "nats://x:1,nats://y:1"});
    CHECK(given->clustered);
    CHECK(given->routes == Words{"nats://x:1", "nats://y:1"});
}
