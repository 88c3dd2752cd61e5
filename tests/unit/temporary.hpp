// What tests need from the file system and the environment, put back at the end of a scope.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

namespace arc::testing {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "arc-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const {
        const std::string full = path_ + "/" + name;
        std::ofstream(full, std::ios::binary) << text;
        return full;
    }

private:
    std::string path_;
};

// Variables for the length of a scope.
class Environment {
public:
    void set(const std::string& name, const std::string& value) {
        if (const char* old = std::getenv(name.c_str()); !before_.contains(name)) {
            before_[name] = old == nullptr ? std::nullopt : std::optional<std::string>(old);
        }
        ::setenv(name.c_str(), value.c_str(), 1);
    }
    Environment() = default;
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        for (const auto& [name, value] : before_) {
            value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
        }
    }

private:
    std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace arc::testing
