#include "docs/pages.hpp"

#include <fmt/format.h>

#include <array>

namespace arc::docs {
namespace {

constexpr std::array kConfiguration{Part{"settings", &settings_part},
                                    Part{"objects", &objects_part},
                                    Part{"verification", &verification_part}};

constexpr std::array kFindings{Part{"findings", &findings_part},
                               Part{"codes of 0.1.0", &old_codes_part}};

constexpr std::array kPages{Page{"configuration", kConfiguration}, Page{"findings", kFindings}};

Result<void> renew(const Page& page, const Part& part, std::string& text) {
    const std::string begin = fmt::format("<!-- generated: {} -->\n", part.name);
    const std::string end = fmt::format("<!-- end: {} -->\n", part.name);
    const std::size_t start = text.find(begin);
    const std::size_t stop = text.find(end);
    if (start == std::string::npos || stop == std::string::npos || stop < start) {
        return fail(ErrorKind::config, fmt::format("docs/{}.md has no lines around the part {}",
                                                   page.name, part.name));
    }
    const std::size_t from = start + begin.size();
    text.replace(from, stop - from, part.make());
    return {};
}

}  // namespace

std::span<const Page> pages() noexcept {
    return kPages;
}

Result<std::string> renewed(const Page& page, std::string text) {
    for (const Part& part : page.parts) {
        if (const auto done = renew(page, part, text); !done) {
            return std::unexpected(done.error());
        }
    }
    return text;
}

}  // namespace arc::docs
