#include "redis/server_config.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include "base/ascii.hpp"
#include "base/secrets.hpp"
#include "base/suggest.hpp"
#include "base/unescape.hpp"
#include "base/units.hpp"

namespace arc::redis {
namespace {

constexpr int kMaxFiles = 64;  // a file may include itself

using Words = std::vector<std::string>;

// Splits a line into words; quotes hold spaces. CONFIG REWRITE escapes non-ASCII bytes: "\xc3\xa4".
Words split_words(std::string_view line) {
    Words words;
    std::string word;
    char quote = '\0';
    bool open = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quote == '\0' && std::isspace(static_cast<unsigned char>(c)) != 0) {
            if (open) {
                words.push_back(std::exchange(word, {}));
            }
            open = false;
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
            open = true;
        } else if (c == quote) {
            quote = '\0';
        } else {
            const std::string_view rest = line.substr(i);
            const bool escaped = rest.size() > 1 && c == '\\' &&
                                 (quote == '"' || (quote == '\'' && rest[1] == '\''));
            word += escaped ? unescape(line, i) : c;
            open = true;
        }
    }
    if (open) {
        words.push_back(word);
    }
    return words;
}

class Reader {
public:
    explicit Reader(const ReadFile& read) : read_(read) {}

    RedisSettings settings;

    void take_file(const std::string& path) {
        const auto text = ++files_ > kMaxFiles ? std::nullopt : read_(path);
        if (!text) {
            leave_unread(path + ": cannot be read");
            return;
        }
        for (const std::string_view line : split(*text, '\n')) {
            const Words words = split_words(line);
            if (!words.empty() && !words.front().starts_with('#')) {
                take(words);
            }
        }
    }

    void take(const Words& words) {
        const std::string name = lower(words.front());
        if (words.size() < 2) {
            return;
        }
        const std::string& value = words[1];
        if (name != "include") {
            keep_secrets(name, words);
            assign(name, value);
        } else if (value.find_first_of("*?[") != std::string::npos) {
            leave_unread("include " + value + ": a pattern");
        } else {
            take_file(from_here(value));
        }
    }

    void leave_unread(std::string what) {
        if (settings.unread.empty()) {
            settings.unread = std::move(what);
        }
    }

private:
    // Registers secret settings, and the password in `user NAME on >PASSWORD …`.
    static void keep_secrets(const std::string& name, const Words& words) {
        keep_secrets_of_setting(name, words[1]);
        for (const std::string& word : words) {
            if (name == "user" && word.starts_with('>')) {
                keep_secret(std::string_view(word).substr(1));
            }
        }
    }

    // The server changes its directory when it reads `dir`. Later relative paths start there.
    [[nodiscard]] std::string from_here(const std::string& path) const {
        return (std::filesystem::path(settings.dir) / path).lexically_normal().string();
    }

    void assign(std::string_view name, const std::string& value) {
        if (name == "dir") {
            settings.dir = from_here(value);
        } else if (name == "appendonly") {
            settings.appendonly = parse_boolean(value).value_or(false);
            settings.says_appendonly = true;
        } else if (name == "aof-load-truncated") {
            settings.load_truncated = parse_boolean(value).value_or(true);
        } else if (name == "appenddirname") {
            settings.appenddirname = value;
        } else if (name == "appendfilename") {
            settings.appendfilename = value;
        } else if (name == "dbfilename") {
            settings.dbfilename = value;
        } else if (name == "maxmemory") {
            settings.maxmemory = parse_size(value).value_or(0);
        }
    }

    const ReadFile& read_;
    int files_ = 0;
};

}  // namespace

RedisSettings parse_redis_settings(std::span<const std::string> arguments, const ReadFile& read) {
    Reader reader{read};
    if (!arguments.empty() && !arguments.front().starts_with("--")) {
        if (arguments.front() == "-") {
            reader.leave_unread("standard input: it is the server's to read");
        } else {
            reader.take_file(arguments.front());
        }
        arguments = arguments.subspan(1);
    }
    // The server reads standard input after the file and before the options.
    if (!arguments.empty() && arguments.back() == "-") {
        reader.leave_unread("standard input: it is the server's to read");
        arguments = arguments.first(arguments.size() - 1);
    }
    Words words;
    const auto flush = [&] {
        if (!words.empty()) {
            reader.take(std::exchange(words, {}));
        }
    };
    for (const std::string& argument : arguments) {
        if (argument.starts_with("--")) {
            flush();
            // the server joins the words of its command line and splits them again
            words = split_words(std::string_view{argument}.substr(2));
        } else if (!words.empty()) {
            words.push_back(argument);
        }
    }
    flush();
    return reader.settings;
}

}  // namespace arc::redis
