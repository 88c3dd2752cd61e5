"""Each make target that the README and the other pages name does something."""

import re

import pytest

from support import makefile

ROOT = makefile.ROOT
# docs/monorepo.md is about the platform's own Makefile and has a test of its own.
PAGES = [
    path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")) if path.name != "monorepo.md"
]
CODE = re.compile(r"^```\w*\n(.*?)^```$|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*make ([a-z0-9][^#]*)")


def targets_in(text):
    """The targets of each command `make …`, of a block or inside a line. `make …-down` stands for
    several."""
    for block, span in CODE.findall(text):
        for line in (block or span).splitlines():
            if command := COMMAND.match(line):
                yield from re.findall(r"(?<!\S)[a-z0-9][a-z0-9.-]*(?!\S)", command[1])


TARGETS = sorted({target for page in PAGES for target in targets_in(page.read_text())})


def test_the_pages_name_the_usual_targets():
    assert {
        "build",
        "test",
        "messaging-up",
        "messaging-health",
        "otel-up",
        "release-rehearsal",
    } <= set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_that_is_named_has_commands(target):
    rules = makefile.database()
    assert target in rules, f"there is no make {target}"
    assert any(rules[each][1] for each in makefile.made_by([target]) if each in rules), (
        f"make {target} does nothing"
    )
