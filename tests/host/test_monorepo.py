"""docs/monorepo.md: its lines for the root Makefile work in a tree like the platform's, and only
this project's files are linted there."""

import pathlib
import re
import shutil
import subprocess

import pytest

from support import forge

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/monorepo.md").read_text()
TARGETS = (
    "messaging-up",
    "messaging-health",
    "flash-up",
    "strange-down",
    "sonic-logs",
    "streaming-up",
    "streaming-build",
    "streaming-publish",
    "cache-health",
    "cache-build",
    "cache-publish",
    "messaging-publish",
    "transport-up",
    "messaging-help",
    "streaming-help",
    "build",
    "ci-image",
)
STAGES = re.findall(
    r"`([a-z0-9-]+)`", re.search(r"Keep these stages in .*?:\s(.*?)\.", PAGE, re.DOTALL)[1]
)
# Of the platform, where this project's files lie, too.
FOREIGN = (
    "Makefile",
    "README.md",
    "docs/guide/index.md",
    "services/cortex/Dockerfile",
    "services/cortex/service.yaml",
    "services/cortex/main.py",
    "services/cortex/docker-compose.yml",
    "services/cortex/run.sh",
    "services/otel/docker-compose.yml",
    "services/profiles.yaml",
    "scripts/lib/common.sh",
    "scripts/publish",
    "sdk/python/arc.py",
    "sdk/native/arc.cpp",
    ".github/workflows/cortex-images.yml",
    ".github/workflows/platform-release.yml",
)
# What the page merges, or leaves here.
OTHER_PARTS = (
    "services/otel/",
    "services/profiles.yaml",
    ".github/ISSUE_TEMPLATE/",
    ".github/dependabot.yml",
    ".github/workflows/messaging-tests.yml",
    ".github/workflows/messaging-nightly.yml",
    "mk/own.mk",
    "mk/help.mk",
    "mk/cortex.mk",
)


def git_files(*patterns):
    return subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard", *patterns],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.split()


def rows():
    """(names of the first column, what happens to them there) of the table of what goes where."""
    table = PAGE.partition("## What goes where")[2].partition("\n## ")[0]
    for first, second in re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", table, re.MULTILINE):
        yield re.findall(r"`([^`]+)`", first), second


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """The platform's tree with this project's files in it, as the page says."""
    tree = tmp_path_factory.mktemp("merged")
    for name in git_files(
        *(name for names, there in rows() if there.startswith("the same") for name in names)
    ):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    for name in FOREIGN:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("#!/bin/sh\n")
    lines = re.search(r"^```make\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    # Its own targets of common names come after, as there.
    (tree / "Makefile").write_text(
        ".DEFAULT_GOAL := help\n.PHONY: docs\n"
        + lines
        + "\nhelp dev dev-up scrub docs publish-all:\n\t@echo the platform, $@\n"
    )
    subprocess.run(["git", "init", "-q", tree], timeout=60, check=True)
    return tree


def make(tree, *words):
    return subprocess.run(
        ["make", "-C", tree, *words], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("target", [*TARGETS, *STAGES])
def test_the_lines_for_the_root_makefile_work(merged, target):
    result = make(merged, "-n", target)
    assert result.returncode == 0, result.stderr
    assert "overriding" not in result.stderr


@pytest.mark.parametrize("target", ["help", "dev", "docs"])
def test_none_of_ours_goes_before_a_target_of_the_platform(merged, target):
    assert make(merged, target).stdout.splitlines()[1:-1] == [f"the platform, {target}"]


def test_a_role_means_its_codename(merged):
    assert "stack up strange" in make(merged, "-n", "streaming-up").stdout


def test_the_help_of_a_role_lists_its_targets(merged):
    assert "  cache-up: " in make(merged, "cache-help").stdout


def linted(tree):
    """Every file that a linter is given."""
    words = make(tree, "-n", "lint-quick", "lint-tidy").stdout.replace("\\\n", " ").split()
    return {word for word in words if "/" in word or "." in word if (tree / word).is_file()} - {
        "scripts/in-container",
        "scripts/setup",
    }


def test_only_own_files_are_linted_there(merged):
    assert linted(merged) & set(FOREIGN) == set()


def test_all_own_files_are_linted_there(merged):
    """A new file of scripts/ belongs into own_scripts or own_libraries of mk/quality.mk."""
    there = {
        name
        for name in linted(ROOT) - set(FOREIGN)
        if (merged / name).is_file() and not name.startswith("docs/")
    }
    assert there - linted(merged) == set()
    left = {
        name
        for name in linted(ROOT) - linted(merged)
        if re.search(r"\.(cpp|hpp|py|sh|ya?ml|mk)$|^scripts/|Dockerfile$", name)
    }
    assert {name for name in left if not name.startswith(OTHER_PARTS)} == set()


def test_the_stages_that_ci_keeps_there_are_stages_of_its_own():
    stages = {
        values["stage"] for values in forge.combinations(forge.load()[forge.TESTS]["jobs"]["stage"])
    }
    assert STAGES
    assert set(STAGES) <= stages


def test_every_file_that_the_page_names_is_there():
    for names, _ in rows():
        for name in names:
            assert list(ROOT.glob(name.rstrip("/"))), name
