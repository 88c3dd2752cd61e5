// Converts INFO to series: single numbers by a table (info_fields.hpp), and lists (commands,
// errors, databases, replicas). Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/exposition.hpp"
#include "redis/commands.hpp"

namespace arc::redis {

// The number that the whole text is; otherwise nullopt.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

// The statistics of one command in INFO. Some series need two of its sections.
struct CommandStats {
    double calls = 0;
    double usec = 0;
};

using CommandTable = std::map<std::string, CommandStats, std::less<>>;

// One scrape's INFO or CLUSTER INFO, line by line.
class Info {
public:
    // `now` is seconds since 1970. Both views must outlive it.
    Info(std::string_view text, double now, metrics::Exposition& exposition)
        : text_(text), now_(now), exposition_(exposition) {}

    // Adds the series of each line.
    void expose_lines();
    // Adds all series of INFO. Databases without a key have a series, too, up to this number.
    void expose(int databases);
    // The called commands by name; valid after expose().
    [[nodiscard]] const CommandTable& commands() const noexcept { return commands_; }
    [[nodiscard]] std::optional<double> start_time() const noexcept { return start_time_; }

private:
    void line(std::string_view name, std::string_view value);
    void plain(std::string_view name, std::string_view value);
    void command(std::string_view name, std::string_view value);
    void percentiles(std::string_view name, std::string_view value);
    void database(std::string_view name, std::string_view value);
    void replica(std::string_view value);
    void master();
    void instance();
    [[nodiscard]] std::string text_of(std::string_view name) const {
        return std::string(info_field(text_, name));
    }

    std::string_view text_;
    double now_;
    metrics::Exposition& exposition_;
    std::optional<double> start_time_;
    CommandTable commands_;
    std::vector<std::string> databases_;
};

}  // namespace arc::redis
