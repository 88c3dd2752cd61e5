#include "nats/stream_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace arc::nats {
namespace {

constexpr std::size_t kMaxStreams = 100'000;

}  // namespace

Result<ApiResult<Stream>> stream_request(Client& client, std::string_view verb,
                                         std::string_view name, std::string body, Deadline deadline,
                                         KeepRaw keep) {
    return client
        .request({fmt::format("$JS.API.STREAM.{}.{}", verb, name), std::move(body)}, deadline)
        .transform([keep](const std::string& answer) { return parse_stream(answer, keep); });
}

Result<std::vector<Stream>> list_streams(Client& client, Deadline deadline) {
    std::vector<Stream> all;
    while (all.size() < kMaxStreams) {
        const auto answer =
            client.request({"$JS.API.STREAM.LIST", page_request(all.size())}, deadline);
        if (!answer) {
            return std::unexpected(answer.error());
        }
        auto page = parse_stream_page(*answer);
        if (!page) {
            return fail(ErrorKind::rejected,
                        fmt::format("the streams could not be listed: {}", describe(page.error())));
        }
        std::ranges::move(page->streams, std::back_inserter(all));
        if (page->streams.empty() || static_cast<std::int64_t>(all.size()) >= page->total) {
            break;
        }
    }
    return all;
}

}  // namespace arc::nats
