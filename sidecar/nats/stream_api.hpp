// Requests of the JetStream API about streams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.hpp"
#include "nats/client.hpp"
#include "nats/wire.hpp"

namespace arc::nats {

// Values of ApiError::err_code.
inline constexpr std::int64_t kNameInUse = 10058;
inline constexpr std::int64_t kNotFound = 10059;
inline constexpr std::int64_t kSubjectOverlap = 10065;

// Sends $JS.API.STREAM.<verb>.<name>: INFO, CREATE, UPDATE or DELETE. Errors as Client::request().
[[nodiscard]] Result<ApiResult<Stream>> stream_request(Client& client, std::string_view verb,
                                                       std::string_view name, std::string body,
                                                       Deadline deadline,
                                                       KeepRaw keep = KeepRaw::no);

// Every stream of the account. Errors as Client::receive(), and rejected with the server's text.
[[nodiscard]] Result<std::vector<Stream>> list_streams(Client& client, Deadline deadline);

}  // namespace arc::nats
