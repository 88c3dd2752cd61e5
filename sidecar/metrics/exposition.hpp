// Metrics in Prometheus's text format 0.0.4 (prometheus.io, "Exposition formats"). Pure.
//
// The text is valid for any data of a server. Names contain only characters that the format allows.
// Label values pass through shown() and are escaped. Each series occurs once, and all samples of a
// family are together.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace arc::metrics {

// The Content-Type of this format. Without it Prometheus rejects the scrape.
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

enum class Type { counter, gauge, histogram, summary };

[[nodiscard]] std::string_view to_string(Type type) noexcept;

using Label = std::pair<std::string, std::string>;
using Labels = std::vector<Label>;

class Exposition;

// Labels as the format has them, for several samples of one object.
class LabelText {
public:
    explicit LabelText(const Labels& labels);
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;  // "{a=\"b\"}", or empty
};

// One metric and its samples. A reference stays valid as long as its Exposition exists.
class Family {
public:
    // Adds a sample with the name of the family. Ignores a second sample with the same labels.
    // `value` may be NaN or infinite.
    void add(double value, const Labels& labels = {}) { add_as("", value, labels); }
    void add(double value, const LabelText& labels) { add_text("", value, labels.text()); }

    // Adds a sample named `<family><suffix>`, for histograms ("_bucket", "_sum", "_count") and
    // summaries.
    void add_as(std::string_view suffix, double value, const Labels& labels);

private:
    friend class Exposition;
    std::string name_;
    Type type_ = Type::gauge;
    std::string help_;
    void add_text(std::string_view suffix, double value, const std::string& labels);
    std::string samples_;                    // lines as printed
    std::unordered_set<std::size_t> known_;  // hashes of `name{labels}`
};

class Exposition {
public:
    // Returns the family of this name, or adds it. An existing family keeps its type and help.
    // `help` is one line.
    [[nodiscard]] Family& family(std::string_view name, Type type, std::string_view help);

    // Add a gauge or counter with one sample.
    void gauge(std::string_view name, double value, std::string_view help,
               const Labels& labels = {});
    void counter(std::string_view name, double value, std::string_view help,
                 const Labels& labels = {});

    // The families in the order of their creation, without those that have no sample. Ends with a
    // line end, or is empty.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::unique_ptr<Family>> families_;
    std::map<std::string, Family*, std::less<>> by_name_;
};

// `text` as a name of a metric: each character that the format does not allow becomes '_'.
[[nodiscard]] std::string valid_name(std::string_view text);

// `text` as the value of a label, without quotes: passed through shown(), with \ and " escaped.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace arc::metrics
