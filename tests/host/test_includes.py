"""The directories of sidecar/ include each other in one direction only, and a service is named in
its own directory and in the registry alone."""

import re

import pytest

from support import makefile

SIDECAR = makefile.ROOT / "sidecar"

SERVICES = re.findall(r"^ARC_SERVICE\((\w+)\)", (SIDECAR / "services.def").read_text(), re.M)

# What a directory, or a file at the top (`service`: service.hpp and service.cpp), may include. Each
# row names rows above it only. A path with a suffix allows that file alone.
BELOW_SERVICES = {
    "base": [],
    "net": ["base"],
    "health": ["base"],
    "bootstrap": ["base"],
    "config": ["base", "net", "health"],
    "state": ["base", "health"],
    "metrics": ["base", "health", "state"],
    "preflight": ["base", "config"],
    "http": ["base", "net", "config"],
    # The protocol that several services speak.
    "resp": ["base", "net"],
    "service": [
        "base",
        "net",
        "health",
        "bootstrap",
        "config",
        "state",
        "metrics",
        "preflight",
    ],
}
OF_SERVICES = {name: [each for each in BELOW_SERVICES if each != "http"] for name in SERVICES}
# A Sentinel is redis-server in another mode: the two share a protocol and name each other. It is a
# role in a cluster, too.
KIN = {"redis", "sentinel", "resp"}
ROLES = {("config", "sentinel")}
ABOVE_SERVICES = {
    "services": ["base", "health", "service"],
    "stop": ["base", "health", "config", "state", "service"],
    # PID 1: the lines that preflight answers in are parsed without anything that preflight needs.
    "init": ["base", "preflight/report.hpp"],
    # The agent speaks with PID 1 by signals, which init/ defines.
    "agent": [
        "base",
        "net",
        "health",
        "bootstrap",
        "config",
        "state",
        "metrics",
        "http",
        "service",
        "init",
    ],
    "cli": [
        "base",
        "net",
        "health",
        "config",
        "state",
        "preflight",
        "services",
        "stop",
        "agent",
        "init/options.hpp",  # the help of `run`
    ],
    "main": ["base", "init", "cli"],
}
ALLOWED = BELOW_SERVICES | OF_SERVICES | ABOVE_SERVICES

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
COMMENT = re.compile(r"(?<!:)//[^\n]*|/\*.*?\*/", re.S)


def owner(path):
    """The row of a file: its directory, or its stem at the top."""
    first, _, rest = path.partition("/")
    return first if rest else first.rpartition(".")[0] or first


GENERATED = {"version.h"}

SOURCES = {
    str(path.relative_to(SIDECAR)): path.read_text()
    for path in sorted(SIDECAR.rglob("*"))
    if path.suffix in (".cpp", ".hpp")
}
INCLUDES = {
    path: [each for each in INCLUDE.findall(text) if each not in GENERATED]
    for path, text in SOURCES.items()
}
ARROWS = [(path, target) for path, targets in INCLUDES.items() for target in targets]


def test_every_row_is_above_the_rows_that_it_names():
    rows = list(ALLOWED)
    for row, targets in ALLOWED.items():
        for target in targets:
            assert rows.index(owner(target)) < rows.index(row), f"{row} -> {target}"


def test_every_directory_has_a_row():
    assert {owner(path) for path in SOURCES} == set(ALLOWED)


@pytest.mark.parametrize("row", ALLOWED)
def test_includes_point_downwards(row):
    assert not [
        f"{path} includes {target}"
        for path, target in ARROWS
        if owner(path) == row
        and owner(target) != row
        and owner(target) not in ALLOWED[row]
        and target not in ALLOWED[row]
    ]


def test_every_arrow_of_the_table_is_used():
    used = {(owner(path), each) for path, target in ARROWS for each in (target, owner(target))}
    of_services = {(each, target) for each in OF_SERVICES for target in OF_SERVICES[each]}
    table = {(row, target) for row, targets in ALLOWED.items() for target in targets}
    assert not table - used - of_services


def reached_from(path):
    reached, queue = set(), [path]
    while queue:
        for target in INCLUDES[queue.pop()]:
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


def test_pid_1_sees_constants_of_a_service_and_nothing_that_parses_or_talks():
    reached = {target for path in SOURCES if owner(path) == "init" for target in reached_from(path)}
    strangers = {each for each in reached if owner(each) not in ("init", "base")}
    assert strangers == {"preflight/report.hpp"}
    assert "base/process_facts.hpp" in reached
    assert not {"base/json.hpp", "base/json_fields.hpp"} & reached


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_named_in_its_directory_alone(name):
    word = re.compile(rf"\b{name}\b(?!\.h)", re.I)
    assert not [
        f"{path}: {line.strip()}"
        for path, text in SOURCES.items()
        if owner(path) != name
        and not {owner(path), name} <= KIN
        and (owner(path), name) not in ROLES
        for line in COMMENT.sub("", text).splitlines()
        if word.search(line)
    ]


def test_the_layout_lists_every_directory_of_sidecar():
    page = (makefile.ROOT / "docs/architecture.md").read_text()
    layout = page.partition("## Layout")[2].partition("```")[2].partition("```")[0]
    sidecar = layout.partition("\nservices/")[0]
    directories = {path.name for path in SIDECAR.iterdir() if path.is_dir()}
    assert set(re.findall(r"(\w+)/", sidecar)) - {"sidecar"} <= directories
    for name in directories:
        assert re.search(rf"^  (?:\w+/ )*{name}/", sidecar, re.M), name
