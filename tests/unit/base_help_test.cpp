// A command's help as text for a terminal.
#include "base/help.hpp"

#include <doctest/doctest.h>

using namespace arc;

TEST_CASE("help: usage, description, options and exit codes in 80 columns") {
    const Help help{
        .command = "boil",
        .arguments = "[POT...]",
        .description =
            "Boils.\n\nWaits until every pot is hot, and then for as long as the recipe "
            "of the pot demands.",
        .groups = {{.title = "Options",
                    .options = {{"-h, --help", "", "print this help and exit"},
                                {"--a-flag-that-is-quite-long", "TEMPERATURE", "how hot"}}}},
        .exit_codes = {{"0", "hot"},
                       {"128+N",
                        "signal N ended the fire, which no cook had expected at this point "
                        "of the recipe"}}};
    CHECK(help_text(help) ==
          R"(Usage: arc-sidecar boil [OPTIONS] [POT...]

Boils.

Waits until every pot is hot, and then for as long as the recipe of the pot
demands.

Options:
  -h, --help                  print this help and exit
  --a-flag-that-is-quite-long TEMPERATURE
                              how hot

Exit code:
  0      hot
  128+N  signal N ended the fire, which no cook had expected at this point of
         the recipe
)");
}

TEST_CASE("help: short choices are beside the flag, long ones in the text") {
    const HelpOption few = choice_option("--format", {"text", "json"}, "format");
    CHECK(few.value == "text|json");
    CHECK(few.text == "format");
    const HelpOption many =
        choice_option("--policy", {"noeviction", "allkeys-lru", "allkeys-lfu"}, "expected policy");
    CHECK(many.value == "CHOICE");
    CHECK(many.text == "expected policy: noeviction, allkeys-lru, allkeys-lfu");
}
