#include "nats/greeting.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>

#include "base/json.hpp"
#include "base/json_fields.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"

namespace arc::nats {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
constexpr std::string_view kInfo = "INFO ";

// A server that rejects a client may send the reason alone.
bool speaks_nats(std::string_view first) {
    return first.starts_with("INFO {") || first.starts_with("-ERR '");
}

// The first line that arrives; shorter if the peer closes or the deadline passes.
std::string read_line(const Fd& socket, Deadline deadline) {
    std::string text;
    std::array<char, 4096> buffer{};
    while (text.size() < kMostBytes && !text.contains('\n') &&
           wait_ready(socket.get(), POLLIN, deadline)) {
        const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text.substr(0, text.find('\n'));
}

}  // namespace

constinit const Protocol kProtocol{.name = "NATS", .question = {}, .speaks = &speaks_nats};

Result<std::string> read_server_id(const std::string& address, std::uint16_t port,
                                   Deadline deadline) {
    const auto socket = connect_tcp(address, port, deadline);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    const std::string line = read_line(*socket, deadline);
    std::string id =
        line.starts_with(kInfo)
            ? json_text(parse_json(std::string_view(line).substr(kInfo.size())), "server_id")
            : std::string{};
    return id.empty() ? fail(ErrorKind::protocol, fmt::format("{} does not greet as a nats-server",
                                                              host_and_port(address, port)))
                      : Result<std::string>{std::move(id)};
}

}  // namespace arc::nats
