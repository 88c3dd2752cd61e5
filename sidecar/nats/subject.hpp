// Subjects and stream names, as the server reads them (docs.nats.io, "Subject-Based Messaging"): tokens separated by dots, `*` stands for
// one token, `>` at the end for one or more. Pure.
#pragma once

#include <string>
#include <string_view>

namespace arc::nats {

// No empty token, no white space, `>` only as the last token.
[[nodiscard]] bool valid_subject(std::string_view subject) noexcept;

// Not empty, at most 255 bytes, none of ". * > / \" and no white space or control character: the name becomes a folder's name.
[[nodiscard]] bool valid_stream_name(std::string_view name) noexcept;

// Whether a message's subject exists that both match. Both must be valid.
[[nodiscard]] bool overlap(std::string_view a, std::string_view b) noexcept;

// Why no stream may store this subject at all; empty when it may: it is not valid, is everything, or belongs to the server.
[[nodiscard]] std::string refusal_of_subject(std::string_view subject);

}  // namespace arc::nats
