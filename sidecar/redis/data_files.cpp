#include "redis/data_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/suggest.hpp"

namespace arc::redis {
namespace {

constexpr std::size_t kHeader = 9;  // "REDIS0011", "VALKEY011"
constexpr char kAuxiliary = '\xFA';

// Removes one encoded string from the start of `rest` and returns its bytes. nullopt: it is
// incomplete or compressed. The first two bits are the form of the length: 6 bits, 14 bits, 32 or
// 64 bits, or an integer instead of the string.
std::optional<std::string_view> take_string(std::string_view& rest) {
    if (rest.empty()) {
        return std::nullopt;
    }
    const auto first = static_cast<unsigned char>(rest.front());
    std::size_t head = 1;
    std::size_t size = rest.size();
    switch (first >> 6U) {
        case 0:
            size = first & 0x3FU;
            break;
        case 1:
            head = 2;
            size = rest.size() < 2 ? rest.size()
                                   : ((first & 0x3FU) << 8U) + static_cast<unsigned char>(rest[1]);
            break;
        case 3:
            size = first <= 0xC2 ? std::size_t{1} << (first & 0x3FU) : rest.size();
            break;
        default:
            break;
    }
    if (head + size > rest.size()) {
        return std::nullopt;
    }
    const std::string_view bytes = rest.substr(head, size);
    rest.remove_prefix(head + size);
    return bytes;
}

// The auxiliary fields behind the header of a snapshot. `rest` is left behind them.
struct Auxiliary {
    std::vector<std::pair<std::string_view, std::string_view>> fields;
    std::string_view rest;
    bool whole = true;  // no field is incomplete
};
Auxiliary read_auxiliary(std::string_view beginning) {
    Auxiliary found{.fields = {}, .rest = beginning.substr(std::min(kHeader, beginning.size()))};
    while (found.rest.starts_with(kAuxiliary)) {
        found.rest.remove_prefix(1);
        const auto name = take_string(found.rest);
        const auto value = name ? take_string(found.rest) : std::nullopt;
        if (!value) {
            found.whole = false;
            break;
        }
        found.fields.emplace_back(*name, *value);
    }
    return found;
}

// "7.0" of "7.0.15 sha=…": the numbers before the second point.
std::optional<std::pair<int, int>> major_and_minor(std::string_view version) {
    std::pair<int, int> numbers;
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, numbers.first);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') {
        return std::nullopt;
    }
    const auto minor = std::from_chars(major.ptr + 1, end, numbers.second);
    return minor.ec == std::errc{} ? std::optional{numbers} : std::nullopt;
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
    if (beginning.size() <= kHeader || !begins_as_snapshot(beginning)) {
        return true;
    }
    const Auxiliary auxiliary = read_auxiliary(beginning);
    return !auxiliary.whole || !auxiliary.rest.starts_with('\xFF');
}

std::optional<int> snapshot_format(std::string_view beginning) {
    if (beginning.size() < kHeader || !begins_as_snapshot(beginning)) {
        return std::nullopt;
    }
    const std::string_view digits =
        beginning.substr(0, kHeader).substr(beginning.starts_with('R') ? 5 : 6);
    int format = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), format);
    return parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size()
               ? std::optional{format}
               : std::nullopt;
}

std::string snapshot_writer(std::string_view beginning) {
    for (const auto& [name, value] : read_auxiliary(beginning).fields) {
        if (name == "redis-ver" || name == "valkey-ver") {
            return (name == "redis-ver" ? "Redis " : "Valkey ") + std::string(value);
        }
    }
    return {};
}

std::optional<Release> parse_release(std::string_view text) {
    constexpr std::string_view kMark = " v=";
    const std::size_t mark = text.find(kMark);
    if (mark == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view version = text.substr(mark + kMark.size());
    version = version.substr(0, version.find_first_of(" \r\n"));
    const auto numbers = major_and_minor(version);
    if (!numbers) {
        return std::nullopt;
    }
    const bool valkey = text.starts_with("Valkey");
    return Release{.valkey = valkey,
                   .major = numbers->first,
                   .minor = numbers->second,
                   .text = (valkey ? "Valkey " : "Redis ") + std::string(version)};
}

std::optional<int> newest_format(const Release& release) {
    struct Known {
        bool valkey;
        int major, minor, format;
    };
    constexpr auto kKnown = std::to_array<Known>({{false, 6, 0, 9},
                                                  {false, 6, 2, 9},
                                                  {false, 7, 0, 10},
                                                  {false, 7, 2, 11},
                                                  {false, 7, 4, 12},
                                                  {false, 8, 0, 12},
                                                  {true, 7, 2, 11},
                                                  {true, 8, 0, 11},
                                                  {true, 8, 1, 11}});
    const auto* const found = std::ranges::find_if(kKnown, [&](const Known& each) {
        return each.valkey == release.valkey && each.major == release.major &&
               each.minor == release.minor;
    });
    return found == kKnown.end() ? std::nullopt : std::optional{found->format};
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
