"""The planted defects: each applies to this tree, and the script counts as caught only what a test
has caught."""

import os
import re
import shutil
import subprocess

import pytest

from planted import table
from support import makefile

ROOT = makefile.ROOT
RUN = ROOT / "tests/planted/run"
DEFECTS = table.defects()
# Stages that prepare and build: the others test their results.
PREPARES = re.compile(r"(setup|build)\b")
each_defect = pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect["name"])


@each_defect
def test_a_defect_applies_to_this_tree_and_changes_more_than_comments(defect):
    assert table.objection(ROOT, defect) is None


@each_defect
def test_a_defect_has_every_field_and_a_stage_that_exists(defect):
    assert set(defect) - {"tests"} == table.FIELDS
    texts = [text for key, text in defect.items() if key != "replace"]
    assert all(text.strip() == text and text for text in texts)
    assert "'" not in defect.get("tests", ""), "the script quotes it for a shell"
    assert defect["stage"] in makefile.test_stages()
    assert all(set(each) == {"file", "old", "new"} for each in defect["replace"])


def test_each_defect_has_a_name_of_its_own():
    names = [each["name"] for each in DEFECTS]
    assert len(set(names)) == len(names)


def test_there_are_enough_defects_of_different_kinds_over_all_stages():
    assert len(DEFECTS) >= 22
    assert len({each["kind"] for each in DEFECTS}) >= 15
    assert {each["stage"] for each in DEFECTS} == {
        stage for stage in makefile.test_stages() if not PREPARES.match(stage)
    }


# How a defect is planted.


def defect_of(*changes, file="file.cpp"):
    return {
        "name": "slug",
        "replace": [{"file": file, "old": old, "new": new} for old, new in changes],
    }


@pytest.mark.parametrize(
    "text",
    [
        "if (a && b(c, d)) {\n    e();\n}\n",
        "if (a &&\n    b(\n        c, d)) {\n\te();\n}\n",
        "if(a&&b(c,d)){e();}\n",
    ],
)
def test_a_defect_survives_another_format(tmp_path, text):
    (tmp_path / "file.cpp").write_text(text)
    table.plant(tmp_path, defect_of(("a && b(c, d)", "!a")))
    assert "".join((tmp_path / "file.cpp").read_text().split()) == "if(!a){e();}"


def test_only_the_text_that_matches_is_replaced(tmp_path):
    (tmp_path / "file.cpp").write_text("  one(\n    1);  // about one\n\n  two();\n  three();\n")
    table.plant(tmp_path, defect_of(("one(1);", ""), ("three();", "two();\nthree();")))
    found = (tmp_path / "file.cpp").read_text()
    assert found == "    // about one\n\n  two();\n  two();\nthree();\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([("five", "5")], "file.cpp has this 0 times: five"),
        ([("one", "1")], "file.cpp has this 2 times: one"),
        ([("two\nthree", "2"), ("three", "3")], "file.cpp: two replacements overlap"),
        ([("two", "two")], "file.cpp: nothing changes but comments"),
        ([("// about four", "// about 4")], "file.cpp: nothing changes but comments"),
        ([(" ", "")], "`old` is empty"),
    ],
)
def test_a_defect_that_does_not_apply_changes_nothing(tmp_path, changes, reason):
    text = "one one\n// about four\ntwo\nthree\n"
    (tmp_path / "file.cpp").write_text(text)
    assert table.objection(tmp_path, defect_of(*changes)) == f"slug: {reason}"
    assert (tmp_path / "file.cpp").read_text() == text


def test_a_defect_of_a_file_that_moved_is_named(tmp_path):
    assert table.objection(tmp_path, defect_of(("a", "b"))) == "slug: file.cpp does not exist"


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
DEFECT = """
[[defect]]
name = "{name}"
title = "about {name}"
kind = "a kind"
stage = "{stage}"
{more}
[[defect.replace]]
file = "file"
old = "{old}"
new = "{new}"
"""


class Project:
    """A repository with the script, one file, and stages that look at the file."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "tests/planted").mkdir(parents=True)
        for name in ("run", "table.py"):
            shutil.copy(RUN.with_name(name), folder / "tests/planted" / name)
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

    def defect(self, name, stage, old="two", new="2", more=""):
        with (self.folder / "tests/planted/defects.toml").open("a") as file:
            file.write(DEFECT.format(name=name, stage=stage, old=old, new=new, more=more))

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
    assert "NOT CAUGHT: the defect does not apply" in said
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
    narrow = f'echo "$*" >>../arguments; [ "$3" = "a or b" ] && exit {status}\n'
    project.stage("third", narrow + PYTEST.format(name="third", wanted="two"))
    project.defect("number", "third", more='tests = "a or b"')
    assert "1 caught" in project.run("--assume-clean").stdout
    assert (project.folder / ".arc/planted/arguments").read_text() == "-x -k a or b\n-x\n"


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


def test_an_unknown_stage_is_rejected_before_anything_runs(project):
    project.defect("number", "fourth")
    assert "number: stage 'fourth' is none of: first second third" in project.run(wanted=1).stderr
    assert not (project.folder / ".arc").exists()


def test_the_check_names_each_defect_that_does_not_apply_and_runs_nothing(project):
    project.defect("gone", "third", old="four")
    project.defect("number", "third")
    result = project.run("--check", wanted=1)
    assert result.stderr == "planted: gone: file has this 0 times: four\n"
    assert result.stdout == "planted: 2 defects: 1 do not apply\n"
    assert not (project.folder / ".arc").exists()
    project.run("--check", "--only", "number")


def test_the_list_has_a_line_for_each(project):
    project.defect("number", "third")
    project.defect("early", "first")
    said = project.run("--list").stdout.splitlines()
    assert [line.split()[0] for line in said] == ["early", "number"] and said[0].endswith(
        "about early"
    )
