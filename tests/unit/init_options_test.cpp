#include <doctest/doctest.h>

#include <csignal>

#include "init/options.hpp"
#include "nats/process.hpp"
#include "redis/process.hpp"

using namespace arc;
using namespace arc::init;

namespace {

Result<Options> parse(std::vector<const char*> words, const Environment& environment = {}) {
    return parse_options(words, environment);
}

std::string error_of(std::vector<const char*> words, const Environment& environment = {}) {
    const auto options = parse(std::move(words), environment);
    return options ? std::string{} : options.error().text;
}

bool mentions(const std::string& text, const std::string& part) {
    return text.contains(part);
}

}  // namespace

TEST_CASE(
    "run: flags end at the first argument that is not a flag, and the rest is the server's "
    "command") {
    const auto options = parse({"--service", "nats", "nats-server", "--service", "-js"});
    REQUIRE(options);
    CHECK(options->service == &nats::kProcess);
    CHECK(options->command == std::vector<std::string>{"nats-server", "--service", "-js"});
}

TEST_CASE("run: one -- is skipped") {
    const auto options = parse({"--no-agent", "--", "--", "x"});
    REQUIRE(options);
    CHECK(options->command == std::vector<std::string>{"--", "x"});
    CHECK_FALSE(options->wants_agent());
}

TEST_CASE("run: a value follows its flag or =") {
    CHECK(parse({"--service=redis", "x"})->service == &redis::kProcess);
    CHECK(parse({"--log-format=json", "x"})->log_format == LogFormat::json);
    CHECK(parse({"--stop-signal=SIGUSR2", "x"})->stop_signal == SIGUSR2);
    CHECK(parse({"--stop-signal", "2", "x"})->stop_signal == SIGINT);
}

TEST_CASE("run: the default stop signal is INT for NATS and TERM for other services") {
    CHECK(parse({"--service", "nats", "x"})->stop_signal == SIGINT);
    CHECK(parse({"--service", "redis", "x"})->stop_signal == SIGTERM);
    CHECK(parse({"--service", "pulsar", "x"})->stop_signal == SIGTERM);
    CHECK(parse({"x"})->stop_signal == SIGTERM);
    CHECK(parse({"--service", "nats", "--stop-signal", "TERM", "x"})->stop_signal == SIGTERM);
}

TEST_CASE("run: without a service there is no agent") {
    CHECK(parse({"--service", "nats", "x"})->wants_agent());
    CHECK_FALSE(parse({"--service", "nats", "--no-agent", "x"})->wants_agent());
    CHECK_FALSE(parse({"x"})->wants_agent());
}

TEST_CASE("run: a flag overrides its variable, even an invalid one; an empty variable is unset") {
    CHECK(parse({"x"}, {"ARC_SERVICE=redis"})->service == &redis::kProcess);
    CHECK(parse({"--service", "nats", "x"}, {"ARC_SERVICE=redis"})->service == &nats::kProcess);
    CHECK(parse({"--service", "nats", "x"}, {"ARC_SERVICE=nonsense"})->service == &nats::kProcess);
    CHECK(parse({"x"}, {"ARC_SERVICE="})->service == nullptr);
    CHECK(parse({"x"}, {"ARC_SERVICES=nats", "XARC_SERVICE=nats"})->service == nullptr);
    CHECK(parse({"x"}, {"ARC_STOP_SIGNAL=USR2", "ARC_LOG_FORMAT=json"})->stop_signal == SIGUSR2);
}

TEST_CASE("run: a usage error names the flag or variable and suggests a value") {
    CHECK(mentions(error_of({}), "no command"));
    CHECK(mentions(error_of({"--"}), "no command"));
    CHECK(mentions(error_of({""}), "no command"));
    CHECK(error_of({"--sevice", "nats", "x"})
              .starts_with("--sevice: unknown flag; did you mean '--service'?"));
    CHECK(error_of({"--service", "nat", "x"})
              .starts_with("--service: unknown service 'nat'; did you mean 'nats'?"));
    CHECK(error_of({"x"}, {"ARC_SERVICE=rediss"})
              .starts_with("ARC_SERVICE: unknown service 'rediss'; did you mean 'redis'?"));
    CHECK(error_of({"--log-format", "jso", "x"})
              .starts_with("--log-format: unknown format 'jso'; did you mean 'json'?"));
    CHECK(error_of({"--service"}) == "--service: value missing");
    CHECK(error_of({"--service="}) == "--service: value missing");
    CHECK(error_of({"--service", "nats", "--service", "redis", "x"}) == "--service: given twice");
}

TEST_CASE("run: a stop signal must be one that PID 1 forwards") {
    CHECK(mentions(error_of({"--stop-signal", "KILL", "x"}), "'KILL'"));
    CHECK(mentions(error_of({"--stop-signal", "CHLD", "x"}), "'CHLD'"));
    CHECK(mentions(error_of({"--stop-signal", "0", "x"}), "'0'"));
    CHECK(mentions(error_of({"--stop-signal", "TERMINATE", "x"}), "'TERMINATE'"));
}

TEST_CASE("run: --help ignores other arguments") {
    CHECK(parse({"--help"})->help);
    CHECK(parse({"-h", "--nonsense"})->help);
    const std::string text = help_text(help());
    CHECK(mentions(
        text, "\n  --service NAME              the service: nats, pulsar, redis or sentinel."));
    CHECK(mentions(text, "Default: TERM, or INT for nats"));
}
