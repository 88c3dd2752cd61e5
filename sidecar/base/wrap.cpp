#include "base/wrap.hpp"

#include "base/suggest.hpp"

namespace arc {

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
    std::vector<std::string> lines{""};
    for (const std::string_view word : split(text, ' ')) {
        std::string& line = lines.back();
        if (!line.empty() && line.size() + 1 + word.size() > width) {
            lines.emplace_back(word);
        } else {
            line.append(line.empty() ? "" : " ").append(word);
        }
    }
    return lines;
}

}  // namespace arc
