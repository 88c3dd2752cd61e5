"""The README is short. Each make target that the README and the other pages name does something.
Each link between the pages leads somewhere, and the index of docs/ has every page."""

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


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().split()) <= 700


def anchors(page):
    """The fragments that GitHub makes of the page's headings."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links():
    """(page, target) of each relative link of the pages."""
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "tests/README.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
            yield page, target


def test_there_are_links():
    assert len(list(links())) > 50


@pytest.mark.parametrize(
    ("page", "target"), [pytest.param(*link, id=f"{link[0].stem}-{link[1]}") for link in links()]
)
def test_a_link_leads_to_a_page_and_a_heading(page, target):
    name, _, fragment = target.partition("#")
    found = (page.parent / name).resolve() if name else page
    assert found.exists(), f"{page.name}: {name} does not exist"
    assert not fragment or fragment in anchors(found), f"{page.name}: no heading #{fragment}"


def test_the_index_has_every_page_once():
    index = (ROOT / "docs/README.md").read_text()
    for page in ROOT.glob("docs/*.md"):
        if page.name != "README.md":
            assert index.count(f"]({page.name})") == 1, page.name


CODE_OF_A_FINDING = re.compile(r"`((?:nats|pulsar|redis|sentinel|sidecar)\.[a-z_]+\.[a-z_]+)`")


def test_each_finding_that_a_page_names_exists():
    known = set(re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/findings.md").read_text(), re.M))
    assert len(known) > 100
    for page in PAGES:
        unknown = set(CODE_OF_A_FINDING.findall(page.read_text())) - known
        assert not unknown, f"{page.name}: {unknown}"
