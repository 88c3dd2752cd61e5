#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/exit_codes.hpp"
#include "base/print.hpp"
#include "base/suggest.hpp"
#include "base/wrap.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "health/catalogue.hpp"

namespace arc::cli {
namespace {

constexpr std::size_t kColumns = 80;

// `text` in lines of at most kColumns bytes, each behind `indent`.
std::string wrapped(std::string_view text, std::string_view indent) {
    std::string lines;
    for (const std::string& line : wrap(text, kColumns - indent.size())) {
        lines += fmt::format("{}{}\n", indent, line);
    }
    return lines;
}

std::string_view restart_text(RestartEffect effect) {
    switch (effect) {
        case RestartEffect::helps:
            return "helps, if no data is at stake";
        case RestartEffect::helps_silence:
            return "helps where nothing answers, if no data is at stake";
        case RestartEffect::harms:
            return "harms: it would lose data";
        case RestartEffect::none:
            break;
    }
    return "does not help";
}

std::string in_full(Code code) {
    std::string text = fmt::format("{}\n\n{}\n", code.text(), wrapped(code->meaning, {}));
    text += fmt::format("  worst level  {} ({})\n", to_string(code->worst),
                        code->fails_readiness() ? "fails readiness" : "passes readiness");
    text += fmt::format("  scope        {}\n", to_string(code->scope));
    if (code->worst != Level::ok) {
        text += fmt::format("  a restart    {}\n", restart_text(code->restart));
    }
    if (!code->before.empty()) {
        text += wrapped(fmt::format("in 0.1.0     {}", code->before), "  ");
    }
    const auto add = [&text](std::string_view heading, std::string_view part) {
        if (!part.empty()) {
            text += fmt::format("\n{}\n{}", heading, wrapped(part, "  "));
        }
    };
    add("How it is measured:", code->measurement);
    add("Why this level:", code->reason);
    add("What to do:", code->remedy);
    return text;
}

nlohmann::ordered_json in_json(const CatalogueRow& row) {
    return {
        {"code", row.code},
        {"worst", to_string(row.worst)},
        {"fails_readiness", row.fails_readiness()},
        {"scope", to_string(row.scope)},
        {"restart", to_string(row.restart)},
        {"meaning", row.meaning},
        {"measurement", row.measurement},
        {"reason", row.reason},
        {"remedy", row.remedy},
        {"before", row.before.empty() ? std::vector<std::string_view>{} : split(row.before, ' ')}};
}

int list_all(bool json) {
    std::string text;
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const CatalogueSection& section : catalogue()) {
        text += fmt::format("{}{}\n", text.empty() ? "" : "\n", section.title);
        for (const CatalogueRow& row : section.rows) {
            text += fmt::format("  {:<36} {}\n", row.code, to_string(row.worst));
            all.push_back(in_json(row));
        }
    }
    text += "\nEach code with its worst level. `arc-sidecar explain CODE` explains one.\n";
    arc::print("{}", Composed{json ? all.dump() + "\n" : text});
    return kExitOk;
}

struct Arguments {
    std::string code;
    std::string format = "text";
};

CommandLine command_line(Arguments& arguments) {
    CommandLine line("explain",
                     "Explains a finding: its meaning, its measurement, the reason for its level, "
                     "and the remedy.");
    std::vector<std::string> codes;
    for (const CatalogueSection& section : catalogue()) {
        for (const CatalogueRow& row : section.rows) {
            codes.emplace_back(row.code);
        }
    }
    line.positional("CODE", arguments.code, "code of a finding. Default: list all codes",
                    std::move(codes));
    line.option("--format", arguments.format, "format of the output", {"text", "json"});
    line.exit_codes({{"0", "explained"}, {"64", "usage error, or no finding has this code"}});
    return line;
}

}  // namespace

Help explain_help() {
    Arguments arguments;
    return command_line(arguments).help();
}

int explain(int argc, char** argv) {
    Arguments arguments;
    CommandLine line = command_line(arguments);
    if (const auto over = line.parse(argc, argv)) {
        return *over;
    }
    const bool json = arguments.format == "json";
    const std::string& text = arguments.code;
    if (text.empty()) {
        return list_all(json);
    }
    const std::optional<Code> code = find_code(text);
    if (!code) {
        return usage_error("explain",
                           fmt::format("no finding has the code '{}'{}", text, hint_for(text)));
    }
    arc::print("{}", Composed{json ? in_json(code->row()).dump() + "\n" : in_full(*code)});
    return kExitOk;
}

}  // namespace arc::cli
