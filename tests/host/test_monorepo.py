"""docs/monorepo.md: its lines for the root Makefile work in a tree like the platform's."""

import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/monorepo.md").read_text()
TARGETS = (
    "messaging-up",
    "messaging-health",
    "flash-up",
    "strange-down",
    "sonic-logs",
    "streaming-up",
    "cache-health",
    "build",
    "ci-image",
)


def test_the_lines_for_the_root_makefile_work(tmp_path):
    for name in ("mk", "scripts", "services", "compose", "docker"):
        (tmp_path / name).symlink_to(ROOT / name)
    lines = re.search(r"^```make\n(.*?)^```$", PAGE, re.M | re.S)[1]
    # Its own targets of common names come after, as there.
    (tmp_path / "Makefile").write_text(
        ".DEFAULT_GOAL := help\n" + lines + "\nhelp dev dev-up scrub:\n\t@echo the platform, $@\n"
    )

    def make(*words):
        return subprocess.run(["make", "-C", tmp_path, *words], capture_output=True, text=True, timeout=60, check=False)

    for target in TARGETS:
        result = make("-n", target)
        assert result.returncode == 0 and "overriding" not in result.stderr, f"{target}: {result.stderr}"
    assert "stack up strange" in make("-n", "streaming-up").stdout
    for target in ("help", "dev"):
        assert make(target).stdout.splitlines()[1:-1] == [f"the platform, {target}"], "none of ours goes before it"


def test_every_file_that_the_page_names_is_there():
    table = PAGE.partition("## What goes where")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (`[^|]*) \|", table, re.M):
        for name in re.findall(r"`([^`]+)`", row):
            assert list(ROOT.glob(name.rstrip("/"))), name
