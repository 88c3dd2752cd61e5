#include "cli/select.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <future>
#include <memory>
#include <system_error>
#include <thread>

#include "base/print.hpp"
#include "base/units.hpp"
#include "state/state.hpp"

namespace arc::cli {
namespace {

// What the environment and the flags say of a setting: all that is known before the file is read.
std::string known_text(const char* variable, std::string_view key, const LoadOptions& options) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets variables
    const char* set = std::getenv(variable);
    std::string text = set == nullptr ? "" : set;
    for (const auto& [path, value] : options.flags) {
        text = path == key ? value : text;
    }
    return text;
}

// What is wrong with a timeout is said by whoever reads all of them.
std::chrono::milliseconds known_timeout(const LoadOptions& options) {
    const auto parsed = parse_duration(known_text("ARC_TIMEOUT", "timeout", options));
    return parsed && parsed->count() > 0 ? *parsed : kDefaultTimeout;
}

std::string known_service(const LoadOptions& options) {
    const std::string name = known_text("ARC_SERVICE", "service", options);
    return find_service(name) == nullptr ? std::string{} : name;
}

std::atomic<bool> reader_left{false};

}  // namespace

bool left_a_reader() noexcept {
    return reader_left;
}

Loaded load_within(const LoadOptions& options, std::chrono::milliseconds limit) {
    // the thread may outlive this call
    const auto promise = std::make_shared<std::promise<Loaded>>();
    auto loaded = promise->get_future();
    const auto read = [promise, options] {
        try {
            promise->set_value(load_what_is_right(options));
        } catch (...) {
            promise->set_exception(std::current_exception());
        }
    };
    try {
        std::thread(read).detach();
    } catch (const std::system_error&) {  // no thread to be had: then without a limit
        read();
    }
    if (loaded.wait_for(limit) == std::future_status::ready) {
        return loaded.get();
    }
    reader_left = true;
    Loaded unread{.config = default_config(), .error = {}};
    unread.config.service.value = known_service(options);
    unread.error = Error{ErrorKind::config,
                         fmt::format("the configuration's file or a secret's does not "
                                     "answer within {}: does its file system hang, or has this "
                                     "process no CPU time?",
                                     format_duration(limit))};
    return unread;
}

Loaded load_in_time(const LoadOptions& options) {
    return load_within(options, known_timeout(options));
}

void report_wrong_configuration(std::string_view command, const Error& error) {
    arc::print(stderr, "arc-sidecar {}: configuration: {}\n", command, error.text);
}

std::optional<Config> load_or_report(const std::string& command, const LoadOptions& options) {
    Loaded loaded = load_in_time(options);
    if (loaded.error) {
        report_wrong_configuration(command, *loaded.error);
        return std::nullopt;
    }
    apply_server_info(loaded.config);
    return std::move(loaded.config);
}

void apply_server_info(Config& config) {
    for (const Service* service : select({}, config)) {
        const auto info = service->server_info == nullptr
                              ? std::nullopt
                              : read_server_info(*config.state_dir, std::string(service->name()));
        if (info) {
            service->server_info->apply(*info, config);
        }
    }
}

std::vector<const Service*> select(const std::vector<std::string>& names, const Config& config) {
    std::vector<const Service*> chosen;
    for (const Service* service : services()) {
        const bool named = std::ranges::find(names, service->name()) != names.end();
        const bool own =
            names.empty() &&
            (config.service->empty() ? !service->by_name_only : *config.service == service->name());
        if (named || own) {
            chosen.push_back(service);
        }
    }
    return chosen;
}

std::vector<Verdict> probe(std::span<const Service* const> chosen, const Config& config,
                           Deadline deadline) {
    std::vector<Verdict> verdicts(chosen.size());
    std::vector<std::jthread> others;
    const auto probe_one = [&](std::size_t i) { verdicts[i] = ask(*chosen[i], config, deadline); };
    for (std::size_t i = 1; i < chosen.size(); ++i) {
        try {
            others.emplace_back(probe_one, i);
        } catch (const std::system_error&) {
            probe_one(i);  // no thread is left (pids_limit): one after the other
        }
    }
    if (!chosen.empty()) {
        probe_one(0);
    }
    others.clear();  // joins
    return verdicts;
}

}  // namespace arc::cli
