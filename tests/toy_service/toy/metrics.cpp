#include "toy/metrics.hpp"

#include "toy/client.hpp"

namespace arc::toy {
namespace {

class Source final : public metrics::Source {
public:
    explicit Source(const ToyConfig& config) : config_(config) {}

    [[nodiscard]] metrics::Scrape scrape(metrics::Exposition& exposition,
                                         Deadline deadline) override {
        const auto facts = ask_server(config_, deadline);
        if (!facts) {
            return {.up = false, .start_time = {}, .unread = {facts.error().text}};
        }
        exposition.gauge("toy_jobs", static_cast<double>(facts->jobs), "jobs that wait");
        return {.up = true, .start_time = {}, .unread = {}};
    }

private:
    const ToyConfig& config_;
};

}  // namespace

std::unique_ptr<metrics::Source> metrics_source(const Config& config) {
    return std::make_unique<Source>(config_of(config));
}

}  // namespace arc::toy
