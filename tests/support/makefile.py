"""The Makefile as make itself reads it. Nothing is made here."""

import functools
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@functools.cache
def database():
    """Of each target (prerequisites, recipe)."""
    text = subprocess.run(
        ["make", "-C", ROOT, "-npR", "help"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    text = text.partition("\n# Files\n")[2]
    rules = {}
    for block in text.split("\n\n"):
        found = re.search(
            r"^(?![#\t ])([^:=\n]+): ?(?!\S+ [:?+]?=)([^=\n].*)?$", block, re.MULTILINE
        )
        if found and not block.startswith("# Not a target"):
            recipe = [line for line in block.splitlines() if line.startswith("\t")]
            rules[found[1]] = ((found[2] or "").replace("|", " ").split(), recipe)
    return rules


@functools.cache
def variable(name):
    """The words of a variable of the Makefile."""
    command = ["make", "-s", "-C", ROOT, f"--eval=arc-print: ; @echo '$({name})'", "arc-print"]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True
    ).stdout.split()


def test_stages():
    """What `make test` runs, without what each stage needs."""
    return [word.partition(":")[0] for word in variable("TEST_STAGES")]


def made_by(targets, rules=None):
    """The targets, and all that they depend on."""
    rules = rules or database()
    seen, left = set(), list(targets)
    while left:
        target = left.pop()
        if target not in seen:
            seen.add(target)
            left += rules.get(target, ([], []))[0]
    return seen


def recipe_objections(targets, rules=None):
    """Recipes that hide a failure."""
    rules = rules or database()
    hides = re.compile(r"^\t@?-|\|\| *(true|:)(?![\w-])|\bset \+e\b|; *(true|exit 0)\b")
    found = [
        f"make {target}: a failure is ignored: {line.strip()}"
        for target in sorted(made_by(targets, rules))
        for line in rules.get(target, ([], []))[1]
        if hides.search(line)
    ]
    return found + (["make: .IGNORE ignores failures"] if ".IGNORE" in rules else [])
