"""sizes.py BINARY… - prints the size of each static binary by library and kind of section, from the
map that the linker writes beside it."""

import re
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

HEX = r"0x([0-9a-f]+)"
# A section of the binary begins a line. The parts of it, one per object file, are indented by one
# blank. If a name is long, the rest of its line is on the next one.
SECTION = re.compile(rf"^([.\w]\S*)\s+{HEX}\s+{HEX}$")
PART = re.compile(rf"^ (\S+)\s+{HEX}\s+{HEX}(?: (\S.*))?$")
NAME = re.compile(r"^ ?[.\w]\S*$")
MEMBER = re.compile(r"^.*?([^/]+)\(([^)]+)\)$")

KINDS = {
    "code": {".init", ".plt", ".text", ".fini"},
    "exceptions": {".eh_frame", ".eh_frame_hdr", ".gcc_except_table"},
    "constants": {".rodata", "rodata.cst32", ".data.rel.ro"},
}
# Sections that have no bytes in the file.
EMPTY = {".bss", ".tbss"}


class Part(NamedTuple):
    section: str
    library: str
    unit: str
    size: int


def joined_lines(text):
    """The lines about the binary, without those about what was left out; long names joined."""
    pending = ""
    for line in text[text.index("\nLinker script and memory map\n") :].splitlines():
        if NAME.match(line):
            pending = line
            continue
        yield f"{pending} {line.strip()}" if pending else line.rstrip()
        pending = ""


def owner(name, file):
    """The library and the object file to which a part belongs."""
    if not file:
        return "padding", ""
    if name == ".eh_frame_hdr":
        return "index of exceptions", ""
    # The linker merges equal strings of all libraries into the first one's.
    if re.search(r"\.(str|cst)\d", name):
        return "strings of all", ""
    if member := MEMBER.match(file):
        library, unit = member.groups()
        return ("arc-sidecar" if library == "libarc.a" else library), unit
    return ("arc-sidecar" if file.endswith(".cpp.o") else "start-up code"), Path(file).name


def parts_of_section(section, start, size, found):
    """A part ends where the next one begins: merged strings are listed with the sizes that they had
    before, at one address."""
    end = start + size
    places = sorted(
        (entry for entry in found if start <= entry[1] <= end and entry[2]), key=lambda e: e[1]
    )
    for entry, after in pairwise([*places, ("", end, 0, "")]):
        name, address, listed, file = entry
        if bytes_here := min(listed, after[1] - address):
            yield Part(section, *owner(name, file), bytes_here)


def read_map(text):
    """All parts with bytes in the binary, and the size of each of its sections."""
    sections, found, parts = {}, [], []
    current = None
    for line in [*joined_lines(text), ".end 0x0 0x0"]:
        if section := SECTION.match(line):
            if current:
                parts += parts_of_section(*current, found)
            name, address, size = section[1], int(section[2], 16), int(section[3], 16)
            loaded = address and size and name not in EMPTY
            current, found = ((name, address, size) if loaded else None), []
            if loaded:
                sections[name] = size
        elif current and (part := PART.match(line)):
            found.append((part[1], int(part[2], 16), int(part[3], 16), part[4] or ""))
    return parts, sections


def kind_of(section):
    return next((kind for kind, names in KINDS.items() if section in names), "data")


def table(parts):
    rows = defaultdict(Counter)
    for part in parts:
        rows[part.library][kind_of(part.section)] += part.size
        rows["all"][kind_of(part.section)] += part.size
    return rows


def report(binary):
    parts, _ = read_map(Path(f"{binary}.map").read_text())
    kinds = [*KINDS, "data"]
    print(f"{binary}: {binary.stat().st_size:,} bytes\n")
    print(f"| library | {' | '.join(kinds)} | sum |\n|---|{'---|' * (len(kinds) + 1)}")
    for library, row in sorted(table(parts).items(), key=lambda each: -each[1].total()):
        cells = [f"{row[kind]:,}" for kind in kinds]
        print(f"| {library} | {' | '.join(cells)} | {row.total():,} |")
    print()


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        report(Path(argument))
