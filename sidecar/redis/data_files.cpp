#include "redis/data_files.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/suggest.hpp"

namespace arc::redis {
namespace {

// Removes one encoded string from the start of `rest`. Returns false if it is incomplete or
// compressed. The first two bits are the form of the length: 6 bits, 14 bits, 32 or 64 bits, or an
// integer instead of the string.
bool skip_string(std::string_view& rest) {
    if (rest.empty()) {
        return false;
    }
    const auto first = static_cast<unsigned char>(rest.front());
    std::size_t size = 0;
    switch (first >> 6U) {
        case 0:
            size = 1 + (first & 0x3FU);
            break;
        case 1:
            size = rest.size() < 2
                       ? rest.size() + 1
                       : 2 + ((first & 0x3FU) << 8U) + static_cast<unsigned char>(rest[1]);
            break;
        case 3:
            size = first <= 0xC2 ? 1 + (std::size_t{1} << (first & 0x3FU)) : rest.size() + 1;
            break;
        default:
            size = rest.size() + 1;
    }
    if (size > rest.size()) {
        return false;
    }
    rest.remove_prefix(size);
    return true;
}

// Removes the header "*3\r\n" or "$17\r\n" from the start of `rest` and returns its number.
// nullopt: it is malformed, or its line end is missing.
std::optional<std::int64_t> take_header(std::string_view& rest, char type, bool& ends_early) {
    const std::size_t end = rest.find("\r\n");
    ends_early = end == std::string_view::npos;
    std::int64_t number = -1;
    if (!rest.starts_with(type) || ends_early) {
        ends_early = ends_early && (rest.empty() || rest.starts_with(type));
        return std::nullopt;
    }
    const auto parsed = std::from_chars(rest.data() + 1, rest.data() + end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + end || number < 0) {
        return std::nullopt;
    }
    rest.remove_prefix(end + 2);
    return number;
}

// Reads commands to the end of `rest`: whole, cut if it ends inside a command, unclear if something
// other than a command follows.
AofEnd::State read_commands(std::string_view rest) {
    while (!rest.empty()) {
        bool ends_early = false;
        if (rest.starts_with('#')) {  // an annotation: a timestamp
            const std::size_t end = rest.find("\r\n");
            if (end == std::string_view::npos) {
                return AofEnd::State::cut;
            }
            rest.remove_prefix(end + 2);
            continue;
        }
        const auto count = take_header(rest, '*', ends_early);
        for (std::int64_t i = 0; count && i < *count; ++i) {
            const auto size = take_header(rest, '$', ends_early);
            const std::size_t whole = size ? static_cast<std::size_t>(*size) + 2 : 0;
            if (!size || rest.size() < whole || rest.substr(whole - 2, 2) != "\r\n") {
                return ends_early || (size && rest.size() < whole) ? AofEnd::State::cut
                                                                   : AofEnd::State::unclear;
            }
            rest.remove_prefix(whole);
        }
        if (!count) {
            return ends_early ? AofEnd::State::cut : AofEnd::State::unclear;
        }
    }
    return AofEnd::State::whole;
}

}  // namespace

bool snapshot_holds_data(std::string_view beginning) {
    constexpr std::size_t header = 9;  // "REDIS0011", "VALKEY011"
    if (beginning.size() <= header || !begins_as_snapshot(beginning)) {
        return true;
    }
    std::string_view rest = beginning.substr(header);
    while (!rest.empty() && static_cast<unsigned char>(rest.front()) == 0xFA) {
        rest.remove_prefix(1);
        const bool has_name = skip_string(rest);
        if (!has_name || !skip_string(rest)) {
            return true;
        }
    }
    return rest.empty() || static_cast<unsigned char>(rest.front()) != 0xFF;
}

std::vector<AofFile> aof_files(std::string_view manifest) {
    std::vector<AofFile> files;  // file NAME seq N type i: in the order of the sequence
    for (const std::string_view line : split(manifest, '\n')) {
        const auto fields = split(line.substr(0, line.find('\r')), ' ');
        if (fields.size() >= 6 && fields[0] == "file" && fields[4] == "type" &&
            (fields[5] == "i" || fields[5] == "b")) {
            files.push_back({std::string(fields[1]), fields[5] == "b"});
        }
    }
    std::ranges::stable_partition(files, &AofFile::base);
    return files;
}

bool begins_as_snapshot(std::string_view beginning) {
    return beginning.starts_with("REDIS") || beginning.starts_with("VALKEY");
}

AofEnd judge_aof_end(const AofTail& tail) {
    const std::string_view bytes = tail.bytes;
    // A snapshot ends with 0xFF and a checksum of 8 bytes, which are NUL if rdbchecksum is off.
    constexpr std::size_t mark = 9;
    if (tail.snapshot && bytes.size() >= mark &&
        static_cast<unsigned char>(bytes[bytes.size() - mark]) == 0xFF) {
        return {AofEnd::State::whole, 0};
    }
    const std::size_t last = bytes.find_last_not_of('\0');
    const std::size_t nuls = bytes.size() - (last == std::string_view::npos ? 0 : last + 1);
    const bool behind_commands = bytes.substr(0, bytes.size() - nuls).ends_with("\r\n");
    if (nuls > 0) {
        return tail.snapshot && !behind_commands && nuls < mark ? AofEnd{}
                                                                : AofEnd{AofEnd::State::nuls, nuls};
    }
    if (tail.whole_file && !tail.snapshot) {
        return {read_commands(bytes), 0};
    }
    // The bytes begin inside a command. The next one begins at a "*" after a line end, unless a
    // value contains these bytes. The first position from which all bytes parse is accepted. A
    // value that parses to the end by chance is unlikely.
    AofEnd::State state = AofEnd::State::unclear;
    for (std::size_t found = bytes.find("\r\n*"); found != std::string_view::npos;
         found = bytes.find("\r\n*", found + 1)) {
        const AofEnd::State read = read_commands(bytes.substr(found + 2));
        if (read == AofEnd::State::whole) {
            return {read, 0};
        }
        state = read == AofEnd::State::cut ? read : state;
    }
    return {state, 0};
}

}  // namespace arc::redis
