"""The planted defects: each applies to this tree, and the script counts as caught only what a test
has caught."""

import os
import re
import shutil
import subprocess

import pytest

from support import makefile

ROOT = makefile.ROOT
RUN = ROOT / "tests/planted/run"
DEFECTS = sorted((ROOT / "tests/planted").glob("*.patch"))
# Stages that prepare and build: what they make is tested by the others.
PREPARES = re.compile(r"(setup|build)\b")


def fields(path):
    head, _, diff = path.read_text().partition("\ndiff ")
    assert diff, f"{path.name} has no diff"
    return dict(line.split(": ", 1) for line in head.splitlines() if line)


def before_and_after(path):
    """The text that each hunk of the diff wants, with its context, and what it makes of it, by
    file."""
    for part in re.split(r"^diff .*\n", path.read_text(), flags=re.MULTILINE)[1:]:
        name = re.search(r"^--- a/(.*)$", part, re.MULTILINE)[1]
        for hunk in re.split(r"^@@ .*\n", part, flags=re.MULTILINE)[1:]:
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            yield name, old, "".join(line[1:] for line in lines if line[0] in " +")


def without_comments(name, text):
    return (
        text if name.endswith(".md") else re.sub(r"^\s*(?:#|//).*\n", "", text, flags=re.MULTILINE)
    )


@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_a_defect_applies_to_this_tree_in_one_place(path):
    argv = ["git", "apply", "--check", path]
    result = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, f"{path.name} does not apply any more: {result.stderr}"
    for name, old, new in before_and_after(path):
        assert (ROOT / name).read_text().count(old) == 1, (
            f"{path.name}: {name} has this in more than one place:\n{old}"
        )
        assert old != new
    changes = [
        without_comments(name, old) != without_comments(name, new)
        for name, old, new in before_and_after(path)
    ]
    assert any(changes), f"{path.name} changes comments alone"


@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_a_defect_says_what_it_is_and_which_stage_is_to_catch_it(path):
    found = fields(path)
    assert set(found) - {"Try"} == {"Defect", "Kind", "Stage"}, path.name
    assert all(text.strip() == text and text for text in found.values()), path.name
    assert found["Stage"] in makefile.test_stages(), path.name


def test_there_are_enough_defects_of_different_kinds_over_all_stages():
    found = [fields(path) for path in DEFECTS]
    assert len(found) >= 22
    assert len({each["Kind"] for each in found}) >= 15
    assert {each["Stage"] for each in found} == {
        stage for stage in makefile.test_stages() if not PREPARES.match(stage)
    }


# The script, in a project of three stages.

MAKEFILE = """\
.PHONY: first second third
first second third: ; @sh ./$@ $(PYTEST_ARGS)
"""
PYTEST = """\
grep -q "{wanted}" file && exit 0
echo "FAILED tests/test_{name}.py::test_{name}[a b] - assert 0"
exit 1
"""
HEADER = "Defect: {text}\nKind: a kind\nStage: {stage}\n"
DIFF = """
diff --git a/file b/file
--- a/file
+++ b/file
@@ -1,3 +1,3 @@
 one
-{old}
+{new}
 three
"""


class Project:
    """A repository with the script, one file, and stages that look at the file."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "tests/planted").mkdir(parents=True)
        shutil.copy(RUN, folder / "tests/planted/run")
        (folder / "Makefile").write_text(MAKEFILE)
        (folder / ".gitignore").write_text("/.arc/\n")
        (folder / "file").write_text("one\ntwo\nthree\n")
        for name, wanted in (("first", "one"), ("second", "one"), ("third", "two")):
            self.stage(name, PYTEST.format(name=name, wanted=wanted))
        self.git("init", "-q")

    def git(self, *arguments):
        argv = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments]
        subprocess.run(argv, cwd=self.folder, check=True, timeout=60, capture_output=True)

    def stage(self, name, text):
        (self.folder / name).write_text(text)

    def defect(self, slug, stage, old="two", new="2", more=""):
        header = HEADER.format(text=f"about {slug}", stage=stage) + more
        (self.folder / f"tests/planted/{slug}.patch").write_text(
            header + DIFF.format(old=old, new=new)
        )

    def run(self, *arguments, wanted=0):
        self.git("add", ".")
        self.git("commit", "--allow-empty", "-qm", "all")
        environment = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS"))
        }
        argv = ["tests/planted/run", *arguments, "first", "second:first", "third:first,second"]
        result = subprocess.run(
            argv,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == wanted, result.stdout + result.stderr
        return result


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_defect_is_caught_and_the_test_is_named(project):
    project.defect("number", "third")
    said = project.run().stdout.splitlines()
    assert re.fullmatch(
        r"number +a kind +third +\d+  tests/test_third.py::test_third\[a b\]", said[1]
    )
    assert said[-1] == "planted: 1 defects: 1 caught, 0 not caught"
    assert (project.folder / "file").read_text() == "one\ntwo\nthree\n"


def test_another_stage_than_the_expected_one_may_catch_it(project):
    project.defect("number", "first")
    assert re.search(r"^number +a kind +third ", project.run().stdout, re.MULTILINE)


def test_a_defect_that_every_stage_passes_is_a_failure(project):
    project.stage("third", "exit 0\n")
    project.defect("number", "third")
    said = project.run(wanted=1).stdout
    assert "NOT CAUGHT: every stage passes" in said and said.endswith(
        "planted: 1 defects: 0 caught, 1 not caught\n"
    )


def test_a_defect_that_does_not_apply_is_a_failure_and_the_others_are_tried(project):
    project.defect("gone", "third", old="four")
    project.defect("number", "third")
    said = project.run(wanted=1).stdout
    assert "NOT CAUGHT: the defect does not apply any more" in said
    assert said.endswith("planted: 2 defects: 1 caught, 1 not caught\n")


def test_a_stage_that_fails_and_names_no_test_has_caught_nothing(project):
    project.stage(
        "third",
        "grep -q two file && exit 0\necho 'file.cpp:3:1: error: expected a declaration'\nexit 1\n",
    )
    project.defect("number", "third")
    assert "NOT CAUGHT: fails and names no test" in project.run(wanted=1).stdout


def test_a_stage_that_fails_by_itself_is_no_proof(project):
    project.stage("third", "echo 'FAILED tests/test_third.py::test_third - always'\nexit 1\n")
    project.defect("number", "third")
    assert "third fails without a defect" in project.run(wanted=1).stderr


@pytest.mark.parametrize("status", [0, 5])  # 5: pytest has found no such test
def test_a_narrow_run_that_catches_nothing_is_followed_by_the_whole_stage(project, status):
    narrow = f'echo "$*" >>../arguments; [ "$2" = narrow ] && exit {status}\n'
    project.stage("third", narrow + PYTEST.format(name="third", wanted="two"))
    project.defect("number", "third", more="Try: narrow\n")
    assert "1 caught" in project.run("--assume-clean").stdout
    assert (project.folder / ".arc/planted/arguments").read_text() == "-x narrow\n-x\n"


@pytest.mark.parametrize(
    ("stage", "output", "found"),
    [
        ("asan", "TEST CASE:  health verdict: exit codes", "health verdict: exit codes"),
        (
            "asan",
            "FAILED tests/e2e/test_x.py::test_y[a: b] - KeyError",
            "tests/e2e/test_x.py::test_y[a: b]",
        ),
        ("asan", "ERROR tests/e2e/test_x.py::test_y - KeyError", "tests/e2e/test_x.py::test_y"),
        (
            "asan",
            "SUMMARY: AddressSanitizer: heap-use-after-free a.cpp:1",
            "AddressSanitizer: heap-use-after-free a.cpp:1",
        ),
        (
            "lint-format",
            "a.cpp:3:1: error: should be clang-formatted",
            "a.cpp:3:1: error: should be clang-formatted",
        ),
        ("lint-quick", "In scripts/setup line 3:", "In scripts/setup line 3:"),
        ("asan", "sidecar/a.cpp:3:1: error: unused variable", None),
        ("asan", "ERROR tests/e2e/test_images.py - ImportError", None),
        ("asan", "make: *** [mk/test.mk:27: asan] Error 1", None),
    ],
)
def test_what_counts_as_the_name_of_a_test(project, stage, output, found):
    project.stage(stage, f"grep -q two file && exit 0\necho '{output}'\nexit 1\n")
    (project.folder / "Makefile").write_text(MAKEFILE.replace("third", f"third {stage}"))
    project.defect("number", stage)
    said = project.run("--assume-clean", stage, wanted=0 if found else 1).stdout.splitlines()[1]
    assert said.endswith(found or "number." + stage + ".log"), said


def test_one_defect_is_tried_where_it_is_named(project):
    project.defect("number", "third")
    project.defect("other", "third", new="zwei")
    assert "planted: 1 defects: 1 caught" in project.run("--only", "other").stdout
    assert "there is no defect 'nothing'" in project.run("--only", "nothing", wanted=1).stderr


def test_an_unknown_stage_is_told_before_anything_is_run(project):
    project.defect("number", "fourth")
    assert "number: stage 'fourth' is none of: first second third" in project.run(wanted=1).stderr
    assert not (project.folder / ".arc").exists()


def test_the_list_has_a_line_for_each(project):
    project.defect("number", "third")
    project.defect("early", "first")
    said = project.run("--list").stdout.splitlines()
    assert [line.split()[0] for line in said] == ["early", "number"] and said[0].endswith(
        "about early"
    )
