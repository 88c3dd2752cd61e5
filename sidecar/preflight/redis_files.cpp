#include "preflight/redis_files.hpp"

#include <charconv>
#include <cstdint>

#include "config/suggest.hpp"

namespace arc::preflight {
namespace {

// Takes one encoded string off the front of `rest`; false when it is not all there or compressed. The first two bits are the form of the
// length: 6 bits, 14 bits, 32 or 64 bits, or an integer in place of the string.
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
            size = rest.size() < 2 ? rest.size() + 1 : 2 + ((first & 0x3FU) << 8U) + static_cast<unsigned char>(rest[1]);
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

// "*3\r\n" or "$17\r\n" at the front; the number, with `rest` behind the line. Nothing when it is malformed or its line end is not there.
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

// Reads commands to the end of `rest`: whole, cut when it ends inside one, unclear when something else than a command comes.
AofEnd::State read_commands(std::string_view rest) {
    while (!rest.empty()) {
        bool ends_early = false;
        if (rest.starts_with('#')) {  // an annotation: a time stamp
            const std::size_t end = rest.find("\r\n");
            if (end == std::string_view::npos) {
                return AofEnd::State::cut;
            }
            rest.remove_prefix(end + 2);
            continue;
        }
        const auto words = take_header(rest, '*', ends_early);
        for (std::int64_t word = 0; words && word < *words; ++word) {
            const auto size = take_header(rest, '$', ends_early);
            const std::size_t whole = size ? static_cast<std::size_t>(*size) + 2 : 0;
            if (!size || rest.size() < whole || rest.substr(whole - 2, 2) != "\r\n") {
                return ends_early || (size && rest.size() < whole) ? AofEnd::State::cut : AofEnd::State::unclear;
            }
            rest.remove_prefix(whole);
        }
        if (!words) {
            return ends_early ? AofEnd::State::cut : AofEnd::State::unclear;
        }
    }
    return AofEnd::State::whole;
}

}  // namespace

bool snapshot_holds_data(std::string_view beginning) {
    constexpr std::size_t header = 9;  // "REDIS0011", "VALKEY011"
    if (beginning.size() <= header || !(beginning.starts_with("REDIS") || beginning.starts_with("VALKEY"))) {
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

std::optional<std::string> last_incremental(std::string_view manifest) {
    std::optional<std::string> last;  // file NAME seq N type i: in the order of the sequence
    for (const std::string_view line : split(manifest, '\n')) {
        const auto words = split(line.substr(0, line.find('\r')), ' ');
        if (words.size() >= 6 && words[0] == "file" && words[4] == "type" && words[5] == "i") {
            last = std::string(words[1]);
        }
    }
    return last;
}

AofEnd judge_aof_end(std::string_view tail, bool is_whole_file) {
    const std::size_t last = tail.find_last_not_of('\0');
    const std::size_t nuls = tail.size() - (last == std::string_view::npos ? 0 : last + 1);
    if (nuls > 0) {
        return {AofEnd::State::nuls, nuls};
    }
    if (is_whole_file) {
        return {read_commands(tail), 0};
    }
    // Somewhere in the middle: a command begins at a "*" behind a line end, unless a value holds one. The first from which all is read is
    // believed; that a value leads all the way to the end by chance would take a value made for it.
    AofEnd::State state = AofEnd::State::unclear;
    for (std::size_t mark = tail.find("\r\n*"); mark != std::string_view::npos; mark = tail.find("\r\n*", mark + 1)) {
        const AofEnd::State read = read_commands(tail.substr(mark + 2));
        if (read == AofEnd::State::whole) {
            return {read, 0};
        }
        state = read == AofEnd::State::cut ? read : state;
    }
    return {state, 0};
}

}  // namespace arc::preflight
