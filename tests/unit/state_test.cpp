#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "state/state.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::TemporaryDirectory;

TEST_CASE("state: reads back what it wrote") {
    const TemporaryDirectory directory;
    CHECK(!read_agent_state(directory.path(), "nats"));
    CHECK(
        write_agent_state(directory.path(), "nats", {Phase::drift, "stream A \"differs\"\n", 42}));
    const auto state = read_agent_state(directory.path(), "nats");
    REQUIRE(state);
    CHECK(state->phase == Phase::drift);
    CHECK(state->detail == "stream A \"differs\"\\n");  // as shown() returns it
    CHECK(state->since_ms == 42);
    CHECK(!read_agent_state(directory.path(), "redis"));
    CHECK(write_deep_result(directory.path(), "pulsar", {Level::starting, "t", 7}));
    const auto deep = read_deep_result(directory.path(), "pulsar");
    REQUIRE(deep);
    CHECK(deep->level == Level::starting);
    CHECK(deep->at_ms == 7);
    CHECK_FALSE(deep->canary);
    CHECK(write_deep_result(directory.path(), "pulsar",
                            {Level::ok, "t", 7, CanaryResult{Level::unhealthy, "c"}}));
    const auto flown = read_deep_result(directory.path(), "pulsar");
    REQUIRE(flown);
    REQUIRE(flown->canary);
    CHECK(flown->canary->level == Level::unhealthy);
    CHECK(flown->canary->text == "c");
}

TEST_CASE("state: reads back the facts about a restart") {
    const TemporaryDirectory directory;
    CHECK(!read_known_restart(directory.path(), "redis"));
    for (const auto data :
         {RestartFacts::Data::unknown, RestartFacts::Data::safe, RestartFacts::Data::at_stake}) {
        const KnownRestart known{{.data = data, .why = "w", .disk_full = true}, "42"};
        CHECK(write_known_restart(directory.path(), "redis", known));
        const auto read = read_known_restart(directory.path(), "redis");
        REQUIRE(read);
        CHECK(read->facts == known.facts);
        CHECK(read->server == "42");
    }
}

TEST_CASE("state: files have mode 0600, and no temporary file remains") {
    const TemporaryDirectory directory;
    CHECK(write_agent_state(directory.path(), "nats", {}));
    CHECK(write_agent_state(directory.path(), "nats", {}));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
        struct stat info{};
        REQUIRE(::stat(entry.path().c_str(), &info) == 0);
        CHECK((info.st_mode & 0777U) == 0600U);
        ++files;
    }
    CHECK(files == 1);
    CHECK(!write_agent_state(directory.path() + "/absent", "nats", {}));
}

TEST_CASE("state: an error for an unwritable directory names its owner, its mode and the remedy") {
    const TemporaryDirectory directory;
    const std::string absent = directory.path() + "/absent";
    CHECK(write_agent_state(absent, "nats", {})
              .error()
              .text.starts_with(absent + ": No such file or directory. Mount a tmpfs there"));
    const pid_t child = ::fork();
    if (child == 0) {  // as another user than its owner
        const bool root = ::geteuid() == 0;
        const bool ready = ::chmod(directory.path().c_str(), 0511) == 0 &&
                           (!root || (::setgid(4711) == 0 && ::setuid(4711) == 0));
        const auto written = write_agent_state(directory.path(), "nats", {});
        const std::string said = written ? "" : written.error().text;
        ::_exit(ready &&
                        said.contains(root ? "belongs to 0:0 (mode 0511), but this process runs "
                                             "as 4711:4711. Mount it for that user"
                                           : "(mode 0511)") &&
                        (!root || said.contains(":uid=4711,gid=4711,mode=0700 (Podman: "))
                    ? 0
                    : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("state: a damaged file, or one of another user, counts as missing") {
    const TemporaryDirectory directory;
    for (const char* text : {"", "{", "{\"phase\":\"pend", "[]", "null", "{\"phase\":\"other\"}",
                             "{\"phase\":3}", "\xff\xfe", "{} {}"}) {
        CAPTURE(text);
        static_cast<void>(directory.file("nats.agent.json", text));
        CHECK(!read_agent_state(directory.path(), "nats"));
    }
    static_cast<void>(
        directory.file("nats.agent.json", R"({"phase":"pending","detail":3,"since_ms":"x"})"));
    REQUIRE(read_agent_state(directory.path(), "nats"));
    CHECK(read_agent_state(directory.path(), "nats")->detail.empty());
    static_cast<void>(directory.file(
        "nats.agent.json", R"({"phase":"pending","detail":")" + std::string(100'000, 'x') + "\"}"));
    CHECK(!read_agent_state(directory.path(), "nats"));
}

TEST_CASE("state: links, directories and pipes are not followed") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/nats.agent.json";
    std::filesystem::create_symlink(directory.file("elsewhere", R"({"phase":"converged"})"), path);
    CHECK(!read_agent_state(directory.path(), "nats"));
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(!read_agent_state(directory.path(), "nats"));
    std::filesystem::remove(path);
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(!read_agent_state(directory.path(), "nats"));  // it did not wait for a writer
}

TEST_CASE("state: writing never opens a file of another user") {
    const TemporaryDirectory directory;
    const std::string temporary =
        directory.path() + "/nats.agent.json." + std::to_string(::getpid());
    REQUIRE(::mkfifo(temporary.c_str(), 0666) == 0);
    // It did not wait for a reader.
    CHECK(write_agent_state(directory.path(), "nats", {Phase::converged, "", 1}));
    REQUIRE(read_agent_state(directory.path(), "nats"));
    const std::string other = directory.file("other", "theirs");
    for (const bool hard : {false, true}) {
        hard ? std::filesystem::create_hard_link(other, temporary)
             : std::filesystem::create_symlink(other, temporary);
        CHECK(write_agent_state(directory.path(), "nats", {Phase::converged, "", 2}));
        std::string text;
        std::ifstream(other) >> text;
        CHECK(text == "theirs");
    }
    std::filesystem::create_directory(temporary);
    CHECK(!write_agent_state(directory.path(), "nats", {}));
}

TEST_CASE("state: a reader sees the old state or the new one, never a part") {
    const TemporaryDirectory directory;
    const std::string old_detail(3000, 'a');
    const std::string new_detail(9000, 'b');
    REQUIRE(write_agent_state(directory.path(), "nats", {Phase::pending, old_detail, 1}));
    std::jthread writer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            static_cast<void>(
                write_agent_state(directory.path(), "nats", {Phase::converged, new_detail, 2}));
            static_cast<void>(
                write_agent_state(directory.path(), "nats", {Phase::pending, old_detail, 1}));
        }
    });
    int torn = 0;
    for (int i = 0; i < 500; ++i) {
        const auto state = read_agent_state(directory.path(), "nats");
        const bool whole =
            state && state->detail == (state->since_ms == 1 ? old_detail : new_detail);
        torn += whole ? 0 : 1;
    }
    CHECK(torn == 0);
}

TEST_CASE("state: absence means starting only while the bootstrap is pending") {
    CHECK(absent_level(std::nullopt) == Level::unhealthy);
    CHECK(absent_level(AgentState{Phase::pending, {}, 0}) == Level::starting);
    CHECK(absent_level(AgentState{Phase::converged, {}, 0}) == Level::unhealthy);
    CHECK(absent_level(AgentState{Phase::failing, {}, 0}) == Level::unhealthy);
    CHECK(boottime_ms() > 0);
}
