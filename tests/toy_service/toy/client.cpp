#include "toy/client.hpp"

#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/units.hpp"
#include "net/tcp.hpp"
#include "net/tls.hpp"

namespace arc::toy {
namespace {

constexpr std::size_t kLongestLine = 256;
constexpr std::string_view kJobs = " jobs=";
constexpr std::string_view kQuestion = "STATUS\n";

bool speaks_toy(std::string_view first) {
    return first.starts_with("toyd ");
}

Result<Facts> parse(std::string_view line) {
    const std::size_t mark = line.find(kJobs);
    const auto jobs = mark == std::string_view::npos ? fail(ErrorKind::protocol, "is no toyd")
                                                     : parse_size(line.substr(mark + kJobs.size()));
    if (!jobs) {
        return fail(ErrorKind::protocol, "the answer is not toyd's");
    }
    return Facts{.server = std::string(line.substr(0, mark)), .jobs = *jobs};
}

Result<std::string> read_line(Channel& channel, Deadline deadline) {
    std::string line;
    std::array<char, kLongestLine> buffer{};
    while (!line.contains('\n') && line.size() < kLongestLine) {
        const ssize_t size = channel.receive(buffer);
        if (size < 0 && errno == EAGAIN) {
            if (!wait_ready(channel.fd(), channel.waits_for(POLLIN), deadline)) {
                return fail(ErrorKind::timeout, "no answer in time");
            }
        } else if (size <= 0) {
            return fail(ErrorKind::protocol, "the server closed the connection");
        } else {
            line.append(buffer.data(), static_cast<std::size_t>(size));
        }
    }
    return line.substr(0, line.find('\n'));
}

}  // namespace

Result<std::string> ask_line(const ToyConfig& config, std::string_view question,
                             Deadline deadline) {
    const Url& url = *config.url;
    auto socket = connect_host(url.host, url.port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    Channel channel{std::move(*socket)};
    if (url.scheme == "toys") {
        const auto started = channel.start_tls(tls_options(config.tls, "ARC_TOY_"), url.host,
                                               host_and_port(url.host, url.port), deadline);
        if (!started) {
            return std::unexpected(started.error());
        }
    }
    if (channel.send(question) != static_cast<ssize_t>(question.size())) {
        return fail(ErrorKind::unreachable, ::strerrordesc_np(errno));
    }
    return read_line(channel, deadline);
}

constinit const Protocol kProtocol{.name = "Toy", .question = kQuestion, .speaks = &speaks_toy};

Result<Facts> ask_server(const ToyConfig& config, Deadline deadline) {
    const auto line = ask_line(config, kQuestion, first_answer_by(deadline));
    return line.and_then(parse).transform_error([&](Error error) {
        const Attempt attempt =
            attempt_of(*config.url, kProtocol.name, "toy", "toys", "ARC_TOY_URL");
        return explain_failure(std::move(error), attempt, deadline);
    });
}

}  // namespace arc::toy
