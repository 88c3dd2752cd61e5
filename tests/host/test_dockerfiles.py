"""The images that ship start for their own user, whatever umask the checkout was made under."""

import re
import shlex

import pytest

from support import makefile

DOCKERFILES = sorted(makefile.ROOT.glob("services/*/Dockerfile"))


def copies(dockerfile):
    """The flags of each COPY and ADD that takes files of the checkout, and what they copy."""
    for line in re.sub(r"\\\n", " ", dockerfile.read_text()).splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0].upper() in ("COPY", "ADD"):
            flags = dict(
                word.removeprefix("--").partition("=")[::2]
                for word in words[1:]
                if word.startswith("--")
            )
            if "from" not in flags:
                yield flags, [word for word in words[1:] if not word.startswith("--")]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_every_file_of_the_checkout_gets_its_mode(dockerfile):
    found = list(copies(dockerfile))
    assert found, "nothing is copied: is this still how the images are made?"
    for flags, words in found:
        assert flags.get("chmod") in ("0644", "0755"), (
            f"{words}: COPY without --chmod takes the mode that the checkout has"
        )
        for source in words[:-1]:
            # A mode is that of folders, too, and one of files cannot be searched.
            assert not source.endswith("/"), f"{source}: copy its files, not the folder"


def test_programs_are_executable():
    programs = {
        words[-1]: flags["chmod"]
        for path in DOCKERFILES
        for flags, words in copies(path)
        if words[-1].startswith("/usr/local/bin")
    }
    assert programs and set(programs.values()) == {"0755"}
