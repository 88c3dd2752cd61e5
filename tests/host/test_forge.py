"""What the forge runs: every stage of `make test` behind one required job, images after it, and no
job that can pass without running anything.

Each check is shown to object: the workflows are broken in one place, and the objection must come.
"""

import copy
import json
import os
import re
import subprocess

import pytest

from support import forge, makefile
from support.forge import IMAGES, NIGHTLY, RELEASE, ROOT, TESTS

AS_THEY_ARE = forge.load()


def test_nothing_is_wrong_with_the_workflows():
    assert forge.objections(AS_THEY_ARE) == []


def test_the_checks_see_what_there_is():
    """So that an empty answer above is not one of empty questions."""
    workflows = AS_THEY_ARE
    assert {TESTS, IMAGES, RELEASE, NIGHTLY} <= set(workflows)
    assert set(makefile.test_stages()) >= {"integration", "e2e"}
    assert forge.stages_required(workflows) >= forge.NAMED_STAGES
    assert "scripts/in-container" in "".join(makefile.database()["unit"][1])


# A way to break them, and a part of what must be said about it.


def step_of(workflows, file, job, run):
    return next(
        step
        for step in workflows[file]["jobs"][job]["steps"]
        if step.get("run", "").startswith(run)
    )


def stage_job(workflows):
    return workflows[TESTS]["jobs"]["stage"]


def without_stage(name):
    def mutate(workflows):
        matrix = stage_job(workflows)["strategy"]["matrix"]
        matrix["include"] = [each for each in matrix["include"] if each["stage"] != name]

    return mutate


def with_run(line, file=TESTS, job="stage", run="make"):
    def mutate(workflows):
        step_of(workflows, file, job, run)["run"] = line

    return mutate


def at(path, value):
    """Sets workflows[…][…] = value; None takes it away."""

    def mutate(workflows):
        *parents, last = path
        place = workflows
        for each in parents:
            place = place[each]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return mutate


def job_at(file, job, key, value):
    return at((file, "jobs", job, key), value)


def lone_job(workflows):
    """A job whose result nobody looks at."""
    workflows[TESTS]["jobs"]["more"] = {
        "runs-on": "ubuntu-24.04",
        "timeout-minutes": "5",
        "steps": [{"run": "make unit"}],
    }


def renamed_include(workflows):
    stage_job(workflows)["strategy"]["matrix"] = {"include": []}


def conditional_step(workflows):
    step_of(workflows, TESTS, "stage", "make")["if"] = "matrix.ccache"


def conditional_verdict_step(workflows):
    step_of(workflows, TESTS, "required", "scripts")["if"] = "success()"


BROKEN = {
    # A stage that is not run.
    **{
        f"without {stage}": (without_stage(stage), f"no required job makes {stage}")
        for stage in (
            "unit",
            "asan",
            "integration",
            "pid1",
            "shells",
            "metrics",
            "faults",
            "oracle",
            "alerts",
            "host-tests",
            "binaries",
            "e2e",
        )
    },
    "without lint": (without_stage("lint-quick"), "no required job makes lint-format"),
    "an empty matrix": (renamed_include, "a matrix of nothing: include"),
    "a matrix that excludes": (
        at((TESTS, "jobs", "stage", "strategy", "matrix", "exclude"), [{"stage": "e2e"}]),
        "leaves something out",
    ),
    "a matrix from an output": (
        at((TESTS, "jobs", "stage", "strategy", "matrix"), "${{ fromJSON(needs.x.outputs.y) }}"),
        "known only at run time",
    ),
    "an axis from an output": (
        at((TESTS, "jobs", "stage", "strategy", "matrix", "x"), "${{ fromJSON(inputs.y) }}"),
        "known only at run time",
    ),
    # A step that passes whatever happens.
    "or true": (with_run('make "$STAGE" || true'), "not one script or target of ours"),
    "set +e": (with_run('set +e; make "$STAGE"'), "not one script or target of ours"),
    "two lines": (with_run('make "$STAGE"\ntrue'), "not one script or target of ours"),
    "a dry run": (with_run('make -n "$STAGE"'), "not one script or target of ours"),
    "a missing script": (with_run("scripts/ci/gone"), "no such script: scripts/ci/gone"),
    "a missing target": (with_run("make gone"), "no such target: gone"),
    "nothing": (with_run("echo ok"), "not one script or target of ours"),
    "a step that goes on": (
        at((TESTS, "jobs", "stage", "steps", 3, "continue-on-error"), "true"),
        "continue-on-error",
    ),
    "a job that goes on": (
        job_at(TESTS, "stage", "continue-on-error", "true"),
        "continue-on-error",
    ),
    "another shell": (
        at((TESTS, "jobs", "stage", "steps", 3, "shell"), "bash {0}"),
        "shell lets a failure pass",
    ),
    "defaults": (
        at((TESTS, "defaults"), {"run": {"shell": "bash {0}"}}),
        "defaults lets a failure pass",
    ),
    "make that makes nothing": (
        at((TESTS, "jobs", "stage", "env", "MAKEFLAGS"), "-n"),
        "MAKEFLAGS is not for a workflow to set",
    ),
    "tests that are only collected": (
        at((TESTS, "env"), {"PYTEST_ADDOPTS": "--collect-only"}),
        "PYTEST_ADDOPTS is not for a workflow to set",
    ),
    "a job that never runs": (job_at(TESTS, "stage", "if", "false"), "never runs"),
    "a job that never runs, as an expression": (
        job_at(TESTS, "stage", "if", "${{ false }}"),
        "never runs",
    ),
    "a step that never runs": (conditional_step, "stage: runs nothing"),
    "a job without steps": (job_at(TESTS, "stage", "steps", []), "stage: runs nothing"),
    "a workflow that is gone": (
        job_at(IMAGES, "binary", "uses", "./.github/workflows/gone.yml"),
        "no such workflow",
    ),
    # A verdict that does not look.
    "a job beside": (lone_job, "required does not need more"),
    "a job not needed": (job_at(TESTS, "required", "needs", []), "required does not need stage"),
    "a verdict that is skipped": (job_at(TESTS, "required", "if", None), "required is skipped"),
    "a verdict if nothing failed": (
        job_at(TESTS, "required", "if", "!cancelled()"),
        "required is skipped",
    ),
    "a verdict of nothing": (
        job_at(TESTS, "required", "steps", [{"run": "scripts/ci/tell-engine"}]),
        "does not look at the results",
    ),
    "a verdict sometimes": (conditional_verdict_step, "does not look at the results"),
    "a verdict without results": (
        at((TESTS, "jobs", "required", "env", "NEEDS"), "{}"),
        "does not know the results",
    ),
    "no verdict": (at((TESTS, "jobs", "required"), None), "no job required"),
    "a stage by condition": (
        job_at(TESTS, "stage", "if", "github.event_name == 'push'"),
        "may be skipped, by its condition",
    ),
    "a verdict of the night without upstream": (
        job_at(NIGHTLY, "verdict", "needs", ["campaign"]),
        "verdict does not need upstream",
    ),
    # Images that do not wait.
    "images without tests": (
        job_at(IMAGES, "image", "needs", ["changes", "binary"]),
        "image does not wait for the tests",
    ),
    "a push without tests": (
        job_at(IMAGES, "push", "needs", ["changes", "binary"]),
        "push does not wait for the tests",
    ),
    "a push in any case": (
        job_at(IMAGES, "push", "if", "always()"),
        "push runs whether the tests passed or not",
    ),
    "a release without tests": (
        job_at(RELEASE, "push", "needs", ["plan", "binary"]),
        "push does not wait for the tests",
    ),
    "tests by condition": (
        job_at(IMAGES, "tests", "if", "github.event_name == 'push'"),
        "the tests are not always run",
    ),
    "other tests": (
        job_at(RELEASE, "tests", "uses", "./.github/workflows/messaging-binary.yml"),
        "the tests are not always run",
    ),
    # Pull requests and commits that are left out.
    "a filter of paths": (
        at((IMAGES, "on", "pull_request"), {"paths": ["sidecar/**"]}),
        "not run for every pull request",
    ),
    "a filter of pushes": (
        at((IMAGES, "on", "push", "paths-ignore"), ["docs/**"]),
        "not run for every commit on main",
    ),
    # Nights.
    "a night by hand alone": (
        at((NIGHTLY, "on", "schedule"), None),
        "not run every night and by hand",
    ),
    "a night without fuzzing": (
        at((NIGHTLY, "jobs", "campaign", "strategy", "matrix", "stage"), ["lint"]),
        "no job makes nightly-fuzz",
    ),
    "a night on one architecture": (
        at((NIGHTLY, "jobs", "upstream", "strategy", "matrix", "runner"), ["ubuntu-24.04"]),
        "not run on ubuntu-24.04-arm",
    ),
    "a night with packages": (
        at((NIGHTLY, "jobs", "upstream", "env", "ARC_BASES"), "packages"),
        "upstream's images do not run on ubuntu-24.04",
    ),
    # Runs that cancel each other.
    "one group for main": (
        at((IMAGES, "concurrency", "group"), "images-${{ github.ref }}"),
        "a run on main may be cancelled",
    ),
    "one group for a commit": (
        at((IMAGES, "concurrency", "group"), "images-${{ github.sha }}"),
        "a run on main may be cancelled",
    ),
    "every run cancels": (
        at((IMAGES, "concurrency", "cancel-in-progress"), "true"),
        "a run on main may be cancelled",
    ),
    "no run cancels": (at((IMAGES, "concurrency"), None), "goes on beside the new one"),
    "one group for releases": (
        at((RELEASE, "concurrency", "group"), "messaging-release"),
        "one release may cancel another",
    ),
    "releases that cancel": (
        at((RELEASE, "concurrency", "cancel-in-progress"), "true"),
        "one release may cancel another",
    ),
    # The platform's dispatch.
    "no dispatch": (at((IMAGES, "on", "workflow_dispatch"), ""), "mode=release is not accepted"),
    "a dispatch of another mode": (
        at((IMAGES, "on", "workflow_dispatch", "inputs", "mode", "options"), ["ci"]),
        "mode=release is not accepted",
    ),
    "a release that pushes nothing": (
        at((IMAGES, "jobs", "changes", "outputs", "push"), "${{ github.event_name == 'push' }}"),
        "workflow_dispatch release: pushes",
    ),
    "a pull request that pushes": (
        at((IMAGES, "jobs", "changes", "outputs", "push"), "true"),
        "pull_request : pushes",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_workflow_is_objected_to(name):
    mutate, expected = BROKEN[name]
    workflows = copy.deepcopy(AS_THEY_ARE)
    mutate(workflows)
    said = forge.objections(workflows)
    assert any(expected in each for each in said), said


@pytest.mark.parametrize(
    "recipe",
    [
        "\t-pytest",
        "\t@-pytest",
        "\t@pytest || true",
        "\tpytest || :",
        "\t@set +e; pytest",
        "\t@pytest; true",
    ],
)
def test_a_recipe_that_hides_a_failure_is_objected_to(recipe):
    rules = {"unit": (["build"], ["\t@run"]), "build": ([], [recipe])}
    assert makefile.recipe_objections(["unit"], rules) == [
        f"make build: a failure is ignored: {recipe.strip()}"
    ]
    assert makefile.recipe_objections(["other"], rules) == []


def test_a_makefile_that_ignores_failures_is_objected_to():
    assert makefile.recipe_objections(
        ["unit"], {"unit": ([], ["\t@run"]), ".IGNORE": ([], [])}
    ) == ["make: .IGNORE ignores failures"]


# The verdict itself.

REQUIRED = ROOT / "scripts/ci/required"


def required(needs):
    environment = {**os.environ, "NEEDS": needs if isinstance(needs, str) else json.dumps(needs)}
    return subprocess.run(
        [REQUIRED], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


def test_all_that_succeeded_is_enough():
    assert (
        required(
            {"stage": {"result": "success", "outputs": {}}, "lint": {"result": "success"}}
        ).returncode
        == 0
    )


@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped", "", "Success", None])
def test_one_that_did_not_succeed_is_named(result):
    said = required({"stage": {"result": "success"}, "lint": {"result": result}})
    assert said.returncode == 1
    assert f"required: lint: {result or 'no result'}" in said.stderr
    assert "stage" not in said.stderr


@pytest.mark.parametrize(
    "needs", ["", "{}", "[]", "null", "no JSON", '{"stage": "success"}', '{"stage": {}}']
)
def test_results_that_say_nothing_are_no_success(needs):
    said = required(needs)
    assert said.returncode == 1
    assert said.stderr.startswith("required: ")


def test_results_that_are_not_there_are_no_success():
    environment = {name: value for name, value in os.environ.items() if name != "NEEDS"}
    assert (
        subprocess.run(
            [REQUIRED], capture_output=True, timeout=60, check=False, env=environment
        ).returncode
        == 1
    )


# What runs on the forge alone, against programs of the test's own.


@pytest.fixture
def programs(tmp_path):
    """Runs a script with programs that write down how they were called."""
    (tmp_path / "calls").write_text("")

    def run(*argv, machine="x86_64", **variables):
        for name, text in (
            ("uname", f"echo {machine}"),
            ("sudo", f'echo "sudo $*" >>{tmp_path}/calls'),
        ):
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "ARC_BINFMT": str(tmp_path),
            **variables,
        }
        result = subprocess.run(
            [str(word) for word in argv],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )
        return result, (tmp_path / "calls").read_text()

    return run


EMULATE = ROOT / "scripts/ci/emulate-amd64"


def test_a_machine_for_amd64_needs_no_emulator(programs):
    result, calls = programs(EMULATE)
    assert (result.returncode, calls) == (0, "")


def test_a_machine_for_arm64_gets_an_emulator(programs, tmp_path):
    (tmp_path / "qemu-x86_64").write_text(
        "enabled\ninterpreter /usr/bin/qemu-x86_64-static\nflags: POCF\noffset 0\n"
    )
    result, calls = programs(EMULATE, machine="aarch64")
    assert result.returncode == 0, result.stderr
    assert "apt-get install --yes --no-install-recommends qemu-user-static" in calls


@pytest.mark.parametrize("registered", ["", "disabled\nflags: F\n", "enabled\nflags: OC\n"])
def test_an_emulator_that_does_not_work_in_containers_is_a_failure(programs, tmp_path, registered):
    (tmp_path / "qemu-x86_64").write_text(registered)
    result, _ = programs(EMULATE, machine="aarch64")
    assert result.returncode == 1
    assert "Programs for amd64 do not start in containers" in result.stderr


def test_a_failed_night_has_an_issue_that_leads_to_the_run(programs, tmp_path):
    variables = {
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_RUN_ID": "7",
        "GITHUB_SHA": "abc",
    }
    result, _ = programs(ROOT / "scripts/ci/failure-issue", tmp_path / "issues", **variables)
    assert result.returncode == 0, result.stderr
    title, empty, text = (tmp_path / "issues/nightly.md").read_text().split("\n", 2)
    assert (title, empty) == ("The nightly run fails", "")
    assert "https://forge.example/o/r/actions/runs/7 at abc" in text


# The documents say what the workflows do.


def test_the_pages_name_the_required_check_and_the_dispatch():
    text = (ROOT / "RELEASING.md").read_text() + (ROOT / "docs/monorepo.md").read_text()
    assert "`tests / required`" in text
    assert "mode=release" in text
    assert re.search(r"`messaging-nightly`", text)
