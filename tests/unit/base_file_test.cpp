// Configuration files that are pipes, with and without a writer.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

#include "base/file.hpp"
#include "temporary.hpp"

using namespace arc;
using arc::testing::TemporaryDirectory;

namespace {

// A pipe with a path, as `<(command)` in a shell.
class Pipe {
public:
    explicit Pipe(std::string_view text) {
        REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
        REQUIRE(::write(ends_[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        ::close(ends_[0]);
        finish();
    }
    void finish() {
        if (ends_[1] >= 0) {
            ::close(ends_[1]);
        }
        ends_[1] = -1;
    }
    [[nodiscard]] std::string path() const { return fmt::format("/proc/self/fd/{}", ends_[0]); }

private:
    std::array<int, 2> ends_{-1, -1};
};

}  // namespace

TEST_CASE("file: a pipe is read to its end") {
    Pipe pipe{"text"};
    pipe.finish();
    CHECK(read_whole(pipe.path(), 100).value() == "text");
    CHECK(read_whole("/dev/null", 100).value().empty());
}

TEST_CASE("file: reading a FIFO times out") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    {
        const std::jthread late([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
            const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
            [[maybe_unused]] const auto written = ::write(fd, "late", 4);
            ::close(fd);
        });
        CHECK(read_whole(path, 100).value() == "late");
    }
    const auto begun = std::chrono::steady_clock::now();
    CHECK(read_whole(path, 100).error().text.starts_with(path +
                                                         ": the pipe did not end within 1000 ms"));
    Pipe open_ended{"half of it"};
    CHECK_FALSE(read_whole(open_ended.path(), 100));
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{20});
}
