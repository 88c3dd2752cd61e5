"""docs/architecture.md lists every directory at the top of the tree, in sidecar/ and in tests/, and
every file of a service's directory, and no other."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = {"nats", "pulsar", "redis", "sentinel"}


def tracked():
    """The parts of each tracked path."""
    argv = ["git", "-C", ROOT, "ls-files"]
    files = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
    return [pathlib.PurePath(name).parts for name in files.splitlines()]


def listed(indent, part=""):
    """The names in the lines with this indentation, below the directory `part`."""
    page = (ROOT / "docs/architecture.md").read_text()
    block = re.search(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    if part:
        block = re.search(rf"^{part}/ [^\n]*\n((?: +[^\n]*\n)*)", block, re.MULTILINE)[1]
    lines = re.findall(rf"^ {{{indent}}}(\w[\w./ ]*?)  +", block, re.MULTILINE)
    return {name.rstrip("/") for names in lines for name in names.split()}


def test_the_layout_lists_every_directory_at_the_top():
    directories = {parts[0] for parts in tracked() if len(parts) > 1}
    assert listed(0) == {name for name in directories if not name.startswith(".")}


def test_the_layout_lists_everything_in_sidecar():
    assert listed(2, "sidecar") == {parts[1] for parts in tracked() if parts[0] == "sidecar"}


def test_the_layout_lists_every_file_of_a_service():
    files = {
        pathlib.PurePath(parts[2]).stem
        for parts in tracked()
        if parts[0] == "sidecar" and parts[1] in SERVICES
    }
    assert listed(4, "sidecar") == files


def test_the_layout_lists_every_directory_of_the_tests():
    directories = {parts[1] for parts in tracked() if parts[0] == "tests" and len(parts) > 2}
    assert listed(2, "tests") == directories
