"""The README and the pages tell the truth about the settings and commands of this binary."""

import json
import re
from pathlib import Path

import pytest

from support.servers import run_sidecar

ROOT = Path(__file__).resolve().parents[2]


def settings():
    """Path and default of every setting, as `config` prints them."""
    section = ""
    found = {}
    for line in run_sidecar(
        "config", env={"ARC_STATE_DIR": "", "ARC_LISTEN": ""}
    ).stdout.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = heading[1] + "."
        elif line.startswith("[["):
            section = None
        elif section is not None and (
            setting := re.match(r'(?:# )?(\w+)(?: = "?(.*?)"?| \(not set\))  # default$', line)
        ):
            found[section + setting[1]] = setting[2] or ""
    return found


def page_rows():
    """Setting and default of each row of docs/configuration.md's table of settings."""
    page = (ROOT / "docs/configuration.md").read_text()
    table = page.partition("<!-- generated: settings -->")[2].partition("<!-- end")[0]
    rows = re.findall(r"^\| `([a-z_.]+)` (?:\|[^|]*){3}\|([^|]*)\|", table, re.MULTILINE)
    return {path: default.strip() for path, default in rows}


def test_the_page_has_every_setting_with_its_default_and_no_other():
    found = settings()
    assert len(found) > 20, found
    assert page_rows() == {path: f"`{text}`" if text else "" for path, text in found.items()}


def test_the_settings_that_most_installations_need_exist():
    page = (ROOT / "docs/configuration.md").read_text()
    (sentence,) = re.findall(r"Most installations need only [^:]*:(.*?)\.\n\n", page, re.DOTALL)
    names = re.findall(r"`([^`]+)`", sentence)
    assert len(names) >= 5
    assert set(names) <= set(settings())


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md"])
def test_every_command_of_the_help_is_in_the_table_of_commands(page):
    commands = re.findall(r"^  ([a-z][a-z-]*) ", run_sidecar("--help").stdout, re.MULTILINE)
    assert len(commands) >= 6
    text = (ROOT / page).read_text()
    for command in commands:
        assert re.search(rf"^\| [^|]*`{command}\b", text, re.MULTILINE), command


def catalogue():
    """Each finding of the catalogue, by its code."""
    rows = json.loads(run_sidecar("explain", "--format", "json").stdout)
    return {row["code"]: row for row in rows}


def used_codes():
    """The codes in the sources, the tables of the catalogue apart: literals, and the codes that
    ConnectionCodes composes for each kind of error."""
    text = "".join(
        path.read_text()
        for path in (ROOT / "sidecar").glob("*/*.cpp")
        if path.parent.name in ("nats", "pulsar", "redis", "sentinel", "health")
    )
    literals = re.findall(r'"((?:nats|pulsar|redis|sentinel|sidecar)(?:\.[a-z_]+){2})"', text)
    header = (ROOT / "sidecar/health/connection.hpp").read_text()
    conditions = re.findall(r'return "([a-z]+)";', header)
    subjects = re.findall(r'ConnectionCodes<kFindings> \w+\{"([a-z.]+\.)"\}', text)
    assert conditions and subjects
    return {*literals, *(subject + one for subject in subjects for one in conditions)}


def test_every_code_of_the_catalogue_is_used_and_no_other():
    codes = catalogue()
    assert len(codes) > 120
    assert used_codes() == set(codes)


def test_the_page_of_findings_has_every_code_with_its_worst_level():
    page = (ROOT / "docs/findings.md").read_text()
    table = page.partition("<!-- generated: findings -->")[2].partition("<!-- end")[0]
    rows = re.findall(r"^\| `([a-z_.]+)` \| (\w+) \|", table, re.MULTILINE)
    assert dict(rows) == {code: row["worst"] for code, row in catalogue().items()}
