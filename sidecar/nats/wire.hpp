// The JSON of the JetStream API (docs.nats.io, "NATS API Reference", schemas
// io.nats.jetstream.api.v1.*) and of the monitoring port, to and from plain data. Pure. A value of
// another type reads as absent, and nothing throws.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nats/differences.hpp"
#include "nats/facts.hpp"

namespace arc::nats {

template <class T>
using ApiResult = std::expected<T, ApiError>;

// Whether the raw JSON of a configuration is kept: only an update needs it.
enum class KeepRaw : bool { no, yes };

// The answer to $JS.API.STREAM.INFO.<name>, STREAM.CREATE.<name> and STREAM.UPDATE.<name>.
[[nodiscard]] ApiResult<Stream> parse_stream(std::string_view json, KeepRaw keep);

// The body of a STREAM.INFO whose answer has the number of messages of each subject, and the
// largest of these numbers in that answer.
inline constexpr std::string_view kCountSubjects = R"({"subjects_filter":">"})";
[[nodiscard]] std::int64_t parse_largest_subject(std::string_view json);

// The answer to $JS.API.INFO.
[[nodiscard]] ApiResult<AccountUse> parse_account(std::string_view json);

// The name of the account in the answer to $SYS.REQ.USER.INFO.
[[nodiscard]] std::optional<std::string> parse_user_account(std::string_view json);

// RFC 3339, in seconds since 1970 ("2026-11-25T09:32:07.047517945Z"); nullopt for another text.
[[nodiscard]] std::optional<double> parse_time(std::string_view text);

// The error of an answer of any kind.
[[nodiscard]] std::optional<ApiError> api_error(std::string_view json);

// One page of $JS.API.STREAM.LIST, without raw configurations.
struct StreamPage {
    std::vector<Stream> streams;
    std::int64_t total = 0;
};
[[nodiscard]] ApiResult<StreamPage> parse_stream_page(std::string_view json);
[[nodiscard]] std::string page_request(std::size_t offset);

// The body of STREAM.CREATE: every field that can be declared, so that no default of a server
// applies. It omits fields with their default that older servers do not know.
[[nodiscard]] std::string create_request(const StreamSpec& declared);

// The body of STREAM.UPDATE: the server's own configuration with only the fields of `changes` set
// as declared, or removed if they cannot be declared. All others stay as the server sent them.
// Empty if `raw_config` is not an object.
[[nodiscard]] std::string update_request(const std::string& raw_config, const StreamSpec& declared,
                                         std::span<const Difference> changes);

// The account of the first connection of /connz?auth=1, which leaves out the name of the global
// one, $G. None where it lists no connection.
[[nodiscard]] std::optional<std::string> parse_connection_account(std::string_view body);

// /jsz?acc=ACCOUNT.
[[nodiscard]] AccountJetStream parse_account_jetstream(std::string_view body);

// The JetStream domain that the answer to $JS.API.INFO names, if it does.
[[nodiscard]] ApiResult<std::optional<std::string>> parse_domain(std::string_view json);

// A body that is not what a nats-server answers is a protocol error.
[[nodiscard]] Result<Health> parse_healthz(int status, std::string_view body);
[[nodiscard]] Result<Varz> parse_varz(std::string_view body);

}  // namespace arc::nats
