// Metrics as Prometheus reads them: the text format 0.0.4 (prometheus.io, "Exposition formats").
// Pure.
//
// Whatever a server says, the text stays readable: names are reduced to what the format allows,
// label values go through shown() and are escaped, a series that is there already is not written a
// second time, and all samples of a family stand together.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace arc::metrics {

// What an answer with such a text must say of itself; without it a scrape is refused.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

enum class Type { counter, gauge, histogram, summary };

[[nodiscard]] std::string_view to_string(Type type) noexcept;

using Label = std::pair<std::string, std::string>;
using Labels = std::vector<Label>;

class Exposition;

// One metric and its samples. A reference is valid as long as its Exposition.
class Family {
public:
    // A sample named as the family. A second one with the same labels is dropped. Any number is
    // fine: NaN and the infinities have their spelling.
    void add(double value, const Labels& labels = {}) { add_as("", value, labels); }

    // One named `<family><suffix>`: the parts of histograms ("_bucket", "_sum", "_count") and
    // summaries.
    void add_as(std::string_view suffix, double value, const Labels& labels);

private:
    friend class Exposition;
    std::string name_;
    Type type_ = Type::gauge;
    std::string help_;
    // by `name{labels}`, as written; none is moved, since `known_` refers to them
    std::deque<std::pair<std::string, double>> samples_;
    std::unordered_set<std::string_view> known_;
};

class Exposition {
public:
    // The family of that name; what it was made with first holds. `help` is a line for people.
    [[nodiscard]] Family& family(std::string_view name, Type type, std::string_view help);

    // A gauge, or a counter, of one sample.
    void gauge(std::string_view name, double value, std::string_view help,
               const Labels& labels = {});
    void counter(std::string_view name, double value, std::string_view help,
                 const Labels& labels = {});

    // Families in the order in which they were made, those without a sample left out. Ends with a
    // line end; empty when there is none.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::unique_ptr<Family>> families_;
    std::map<std::string, Family*, std::less<>> by_name_;
};

// `text` as a metric's name: every character that the format has no place for becomes '_'.
[[nodiscard]] std::string valid_name(std::string_view text);

// `text` between the quotes of a label: as shown() has it, with \ and " escaped.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace arc::metrics
