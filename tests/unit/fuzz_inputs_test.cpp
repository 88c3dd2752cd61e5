#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "../fuzz/targets.hpp"

using namespace arc;

namespace {

// A command line's errors go to standard error, by the thousand.
class Silence {
public:
    Silence() : kept_(::dup(STDERR_FILENO)), kept_out_(::dup(STDOUT_FILENO)) {
        std::fflush(nullptr);
        const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        REQUIRE(null >= 0);
        ::dup2(null, STDERR_FILENO);
        ::dup2(null, STDOUT_FILENO);
        ::close(null);
    }
    ~Silence() {
        std::fflush(nullptr);
        ::dup2(kept_, STDERR_FILENO);
        ::dup2(kept_out_, STDOUT_FILENO);
        ::close(kept_);
        ::close(kept_out_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    int kept_;
    int kept_out_;
};

std::string whole(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// Run from the repository's root, as `make unit` and `make asan` do. What once crashed is kept
// there.
TEST_CASE("fuzz: every stored input, whole and cut") {
    for (const fuzz::Target& target : fuzz::targets()) {
        const std::filesystem::path folder =
            std::filesystem::path("tests/fuzz/corpus") / target.name;
        REQUIRE_MESSAGE(std::filesystem::is_directory(folder), folder.string());
        int inputs = 0;
        const Silence silence;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            const std::string bytes = whole(entry.path());
            target.run(bytes);
            target.run(std::string_view(bytes).substr(0, bytes.size() / 2));
            target.run(std::string_view(bytes).substr(bytes.size() / 3));
            ++inputs;
        }
        CHECK(inputs > 0);
    }
}
