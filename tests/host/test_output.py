"""What is printed goes through one place, which takes secrets out and escapes control
characters."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Ways to standard output and standard error, and to a metric's or a log's text.
WAYS = re.compile(
    r"\b(?:fmt|std)::print(?:ln)?\(|\b(?:std::)?f?puts\(|\b(?:std::)?f?printf\(|\bdprintf\(|\bfwrite\(|\bperror\(|std::c(?:out|err|log)\b"
    r"|::write\((?:STDOUT|STDERR)_FILENO|\bwrite\([12],|Composed\{"
)
# Where they are: how often, and why what goes there is clean.
KNOWN = {
    "base/print.hpp": 1,  # the place itself
    "base/guard.cpp": 1,  # a line of our own words, prepared before anything was asked
    "agent/agent.cpp": 1,  # format_line()
    "init/log.cpp": 1,  # format_line()
    "init/run.cpp": 1,  # the usage of `run`, a constant
    "cli/bootstrap.cpp": 1,  # plan_text()
    "cli/check.cpp": 1,  # json_report(), text_report()
    "cli/command_line.cpp": 1,  # the help of CLI11, made of constants
    "cli/completion.cpp": 1,  # the scripts, made of constants
    "cli/explain.cpp": 2,  # the catalogue, made of constants
    "cli/leave.cpp": 1,  # format_line()
    "cli/man.cpp": 1,  # the manual page, made of constants
    "cli/metrics.cpp": 1,  # the exposition
    "cli/preflight.cpp": 2,  # preflight::to_lines()
    "cli/wait.cpp": 2,  # headline()
}


def test_nothing_is_printed_but_by_way_of_what_takes_secrets_out():
    found = {}
    for source in sorted((ROOT / "sidecar").rglob("*.[ch]pp")):
        code = re.sub(r"//.*", "", source.read_text())
        if ways := WAYS.findall(code):
            found[str(source.relative_to(ROOT / "sidecar"))] = len(ways)
    assert found == KNOWN
