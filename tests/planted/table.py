"""The table of planted defects, defects.toml: what it says, and how a defect is planted.

    table.py rows                prints name, stage, tests, kind and title of each, separated by US
    table.py check TREE [NAME]…  prints why defects do not apply to TREE; exits with 1 if one does not
    table.py plant TREE NAME     changes the files of TREE; exits with 1 if the defect does not apply

White space does not count when `old` is searched for, so that a formatter may wrap a line anew.
"""

import re
import sys
import tomllib
from pathlib import Path

TABLE = Path(__file__).with_name("defects.toml")
FIELDS = {"name", "title", "kind", "stage", "replace"}
SEPARATOR = "\x1f"


class Mismatch(Exception):
    """A defect does not apply to the tree."""


def defects():
    return tomllib.loads(TABLE.read_text()).get("defect", [])


def places(text, old):
    """The (begin, end) of each occurrence of `old` in the text, white space aside."""
    at = [index for index, letter in enumerate(text) if not letter.isspace()]
    dense, wanted = "".join(text[index] for index in at), "".join(old.split())
    if not wanted:
        raise Mismatch("`old` is empty")
    begins = [found.start() for found in re.finditer(f"(?={re.escape(wanted)})", dense)]
    return [(at[begin], at[begin + len(wanted) - 1] + 1) for begin in begins]


def place(tree, change):
    """(begin, end, new) of a replacement, which must match exactly once."""
    file = tree / change["file"]
    if not file.is_file():
        raise Mismatch(f"{change['file']} does not exist")
    found = places(file.read_text(), change["old"])
    if len(found) != 1:
        raise Mismatch(f"{change['file']} has this {len(found)} times: {change['old']}")
    return *found[0], change["new"]


def without_comments(name, text):
    return text if name.endswith(".md") else re.sub(r"^\s*(?:#|//).*\n", "", text, flags=re.M)


def changed_files(tree, defect):
    """The new text of each file of the tree that the defect changes."""
    changed = {}
    for name in dict.fromkeys(change["file"] for change in defect["replace"]):
        changes = [place(tree, each) for each in defect["replace"] if each["file"] == name]
        before = text = (tree / name).read_text()
        last = len(text)
        for begin, end, new in sorted(changes, reverse=True):
            if end > last:
                raise Mismatch(f"{name}: two replacements overlap")
            text, last = text[:begin] + new + text[end:], begin
        if without_comments(name, before) == without_comments(name, text):
            raise Mismatch(f"{name}: nothing changes but comments")
        changed[name] = text
    return changed


def objection(tree, defect):
    """Why the defect does not apply to the tree, or None."""
    try:
        changed_files(tree, defect)
    except Mismatch as error:
        return f"{defect['name']}: {error}"
    return None


def plant(tree, defect):
    for name, text in changed_files(tree, defect).items():
        (tree / name).write_text(text)


def main(command, tree=".", *names):
    tree, table = Path(tree), defects()
    chosen = [each for each in table if not names or each["name"] in names]
    if command == "rows":
        for each in table:
            fields = [each[key] for key in ("name", "stage")] + [each.get("tests", "")]
            print(SEPARATOR.join([*fields, each["kind"], each["title"]]))
        return 0
    objections = [text for each in chosen if (text := objection(tree, each))]
    for text in objections:
        print(f"planted: {text}", file=sys.stderr)
    if command == "check":
        print(f"planted: {len(chosen)} defects: {len(objections)} do not apply")
    elif not objections:
        for each in chosen:
            plant(tree, each)
    return 1 if objections else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
