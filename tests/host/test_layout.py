"""docs/architecture.md lists every directory at the top of the tree, and no other."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_the_layout_lists_every_directory_at_the_top():
    argv = ["git", "-C", ROOT, "ls-files"]
    files = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
    tracked = {name.partition("/")[0] for name in files.splitlines() if "/" in name}
    page = (ROOT / "docs/architecture.md").read_text()
    block = re.search(r"^```\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
    listed = set()
    for line in block.splitlines():
        if names := re.match(r"((?:[a-z]+/ ?)+)", line):
            listed |= {name.rstrip("/") for name in names[1].split()}
    assert listed == {name for name in tracked if not name.startswith(".")}
