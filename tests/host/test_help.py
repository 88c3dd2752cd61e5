"""`make help`: each documented target once, each heading once, lines that fit a terminal."""

import re
import subprocess

import pytest

from support import makefile

ROOT = makefile.ROOT
WIDTH = 80
# Variants for make nightly: tests/README.md has them.
NIGHTLY = re.compile(r"(faults|oracle)-(all|asan|nats|redis|valkey|pulsar)")
COMMENT = re.compile(r"^([^\s#:]+(?: [^\s#:]+)*):(?!=).* ## (.+)$", re.MULTILINE)
LINE = re.compile(r"  (\S+) +(\S.*)")


def printed():
    argv = ["make", "-s", "-C", ROOT, "help"]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=60, check=True
    ).stdout.splitlines()


HELP = printed()
HEADINGS = [line for line in HELP if line and not line.startswith(" ")]
TARGETS = [LINE.fullmatch(line)[1] for line in HELP if line.startswith(" ")]


def documented():
    """The targets of each comment `target: … ## text`."""
    for name in makefile.variable("MAKEFILE_LIST"):
        for targets, _ in COMMENT.findall((ROOT / name).read_text()):
            yield targets


def test_every_documented_target_is_printed_once():
    assert len(TARGETS) > 50
    assert sorted(TARGETS) == sorted(documented())


def test_every_heading_is_printed_once_and_has_targets():
    assert len(HEADINGS) > 5
    assert len(set(HEADINGS)) == len(HEADINGS)
    for line, following in zip(HELP, [*HELP[1:], ""], strict=True):
        assert line not in HEADINGS or LINE.fullmatch(following), f"{line} has no target"


@pytest.mark.parametrize(
    ("prefix", "heading"),
    [
        ("messaging-", "NATS, Pulsar and Redis"),
        ("flash-", "NATS alone"),
        ("strange-", "Pulsar alone"),
        ("sonic-", "Redis alone"),
        ("otel-", "OpenTelemetry collector"),
    ],
)
def test_a_service_s_targets_have_their_own_heading(prefix, heading):
    lines = iter(HELP)
    assert heading in lines
    group = [LINE.fullmatch(line)[1] for line in iter(lambda: next(lines, ""), "")]
    mine = [target for target in group if target.startswith(prefix)]
    assert mine == [target for target in TARGETS if target.startswith(prefix)]
    assert {f"{prefix}{command}" for command in ("up", "down", "health", "logs", "build")} <= {
        *mine
    }


@pytest.mark.parametrize("line", HELP)
def test_a_line_fits_a_terminal(line):
    assert len(line) <= WIDTH
    assert line == line.rstrip()


@pytest.mark.parametrize("target", TARGETS)
def test_a_printed_target_exists(target):
    rules = makefile.database()
    assert target in rules, f"there is no make {target}"
    assert any(rules[each][1] for each in makefile.made_by([target]) if each in rules), (
        f"make {target} does nothing"
    )


def test_variants_for_make_nightly_are_on_the_page_of_the_tests_instead():
    assert not [target for target in TARGETS if NIGHTLY.match(target)]
    page = (ROOT / "tests/README.md").read_text()
    variants = [target for target in makefile.database() if NIGHTLY.match(target)]
    assert len(variants) == 13
    assert not [target for target in variants if f"`make {target}`" not in page]
