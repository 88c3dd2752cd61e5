"""The forge's workflows and the Makefile as data, and what is wrong with them: how a job could pass
without having run anything.

Every check takes parsed workflows (`load`) and returns its objections as text; none means that it
has none. Nothing here asks the network.
"""

import itertools
import os
import re
from pathlib import Path

import yaml

from support import makefile

ROOT = Path(__file__).resolve().parents[2]
TESTS, IMAGES, RELEASE, NIGHTLY = (
    f"messaging-{name}.yml" for name in ("tests", "images", "release", "nightly")
)
# The stages that a pull request must pass, whatever TEST_STAGES says.
NAMED_STAGES = {
    "lint-quick",
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
}
VERDICT = "scripts/ci/required"
# What a job may put into the environment of its steps; MAKEFLAGS or PYTEST_ADDOPTS, say, could
# hollow out a stage.
VARIABLES = {
    "ARC_BASES",
    "ARC_CACHE_DIR",
    "ARC_CCACHE_SIZE",
    "ARC_REGISTRY_OWNER",
    "ARC_SERVICES",
    "ARC_TAG",
    "ARCHITECTURE",
    "BASE",
    "COSIGN_PASSWORD",
    "COSIGN_PRIVATE_KEY",
    "GH_REPO",
    "GH_TOKEN",
    "NEEDS",
    "PLATFORMS",
    "SERVICE",
    "STAGE",
    "TAG",
    "VERSION",
}
STEP = re.compile(
    r'make (?P<target>"?[a-z0-9-]+(?:\$[A-Z]+)?"?|"\$[A-Z]+")(?: SERVICES="\$SERVICE")?'
    r'|(?P<script>scripts/[a-z0-9/-]+)(?: [a-z.][a-z./-]*| HEAD| "\$[A-Z_]+")*(?: >>"\$GITHUB_OUTPUT")?'
)


def load(folder=ROOT / ".github/workflows"):
    """Each workflow by its file's name. Every scalar is a text: `on` is no truth, and `true` is
    "true"."""
    return {
        path.name: yaml.load(path.read_text(), Loader=yaml.BaseLoader)
        for path in sorted(folder.glob("*.yml"))
    }


def as_list(value):
    return [value] if isinstance(value, str) else list(value or ())


def as_text(value):
    """A scalar of a workflow; nothing where there is none."""
    return value if isinstance(value, str) else ""


def jobs(workflows):
    """(file, workflow, name of the job, job) of all."""
    for file, workflow in workflows.items():
        for name, job in workflow["jobs"].items():
            yield file, workflow, name, job


# Jobs and their steps.


def combinations(job):
    """The values of a matrix, for each job that it makes; one that is known only at run time counts
    as one."""
    matrix = job.get("strategy", {}).get("matrix", {})
    if isinstance(matrix, str):
        return [{}]
    axes = {
        key: values
        for key, values in matrix.items()
        if isinstance(values, list) and key != "include"
    }
    if not axes:
        return matrix.get("include", [{}])
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def environment(*levels):
    merged = {}
    for level in levels:
        merged |= level.get("env", {})
    return merged


def commands(workflow, job):
    """The `run` lines of a job, as (line, step), with each value in place of a variable that stands
    for the matrix."""
    for step in job.get("steps", ()):
        if "run" not in step:
            continue
        variables = environment(workflow, job, step)
        for values in combinations(job):
            line = step["run"]
            for name, value in variables.items():
                key = re.fullmatch(r"\$\{\{ matrix\.(\w+) \}\}", as_text(value))
                if key and key[1] in values:
                    line = line.replace(f'"${name}"', values[key[1]]).replace(
                        f"${name}", values[key[1]]
                    )
            yield line, step


def made_in(workflow, job):
    """The targets that a job makes, whatever happened before in it."""
    for line, step in commands(workflow, job):
        found = STEP.fullmatch(line)
        if found and found["target"] and "if" not in step:
            yield found["target"].strip('"')


def known(target):
    """A target of the Makefile; one whose end is known only at run time, by its beginning."""
    beginning, variable, _ = target.strip('"').partition("$")
    targets = makefile.database()
    return any(each.startswith(beginning) for each in targets) if variable else beginning in targets


def step_objections(where, line):
    found = STEP.fullmatch(line)
    if not found:
        return [f"{where}: not one script or target of ours: {line}"]
    if found["script"]:
        return (
            []
            if os.access(ROOT / found["script"], os.X_OK)
            else [f"{where}: no such script: {found['script']}"]
        )
    return [] if known(found["target"]) else [f"{where}: no such target: {found['target']}"]


def matrix_objections(where, job):
    matrix = job.get("strategy", {}).get("matrix", {})
    if "strategy" in job and not matrix:
        return [f"{where}: a matrix of nothing"]
    if isinstance(matrix, str):
        return []
    return [
        f"{where}: a matrix of nothing: {key}" for key, values in matrix.items() if not values
    ] + ([f"{where}: a matrix that leaves something out"] if "exclude" in matrix else [])


def emptiness(workflows):
    """How a job or a step could pass without having run what it says."""
    for file, workflow, name, job in jobs(workflows):
        where = f"{file}: {name}"
        yield from matrix_objections(where, job)
        for part in (workflow, job, *job.get("steps", ())):
            yield from (
                f"{where}: {key} lets a failure pass"
                for key in ("continue-on-error", "shell", "defaults", "working-directory")
                if key in part
            )
            yield from (
                f"{where}: {variable} is not for a workflow to set"
                for variable in set(part.get("env", {})) - VARIABLES
            )
        if as_text(job.get("if")).strip("${} ") in ("false", "0", "''") or job.get("if") == "":
            yield f"{where}: never runs"
        if "uses" in job:
            if Path(job["uses"]).name not in workflows:
                yield f"{where}: no such workflow: {job['uses']}"
            continue
        steps = list(commands(workflow, job))
        if not any("if" not in step for _, step in steps):
            yield f"{where}: runs nothing"
        for line, step in steps:
            yield from step_objections(where, line)
            # What runs only after a failure tells of it; what runs only sometimes may never run.
            if "if" in step and not step["if"].startswith("failure()"):
                yield f"{where}: not always run: {line}"


# The one job that says whether all others passed.


def verdict_jobs(workflow):
    return [
        name
        for name, job in workflow["jobs"].items()
        if any(step.get("run") == VERDICT for step in job.get("steps", ()))
    ]


def verdict_objections(workflows, file, name):
    """That `name` is the verdict on every job of its workflow, and cannot pass where one has
    not."""
    workflow = workflows[file]
    if name not in workflow["jobs"]:
        return [f"{file}: no job {name}"]
    job, others = workflow["jobs"][name], set(workflow["jobs"]) - {name}
    found = [
        f"{file}: {name} does not need {other}"
        for other in sorted(others - set(as_list(job.get("needs"))))
    ]
    if job.get("if") != "always()":
        found.append(f"{file}: {name} is skipped, which counts as passed, where a job fails")
    if not any(step.get("run") == VERDICT and "if" not in step for step in job["steps"]):
        found.append(f"{file}: {name} does not look at the results")
    if environment(workflow, job).get("NEEDS") != "${{ toJSON(needs) }}":
        found.append(f"{file}: {name} does not know the results")
    return found + [
        objection
        for other in sorted(others)
        for objection in behind_verdict(f"{file}: {other}", workflow["jobs"][other])
    ]


def behind_verdict(where, job):
    """A skipped job fails the verdict: nothing that a change need not run may be behind it."""
    matrix = job.get("strategy", {}).get("matrix", {})
    found = [f"{where}: may be skipped, by its condition"] if "if" in job else []
    if isinstance(matrix, str) or any(isinstance(values, str) for values in matrix.values()):
        found.append(f"{where}: may be skipped, by a matrix that is known only at run time")
    return found


def stages_required(workflows):
    """All that is made before `required` passes."""
    workflow = workflows[TESTS]
    needed = as_list(workflow["jobs"].get("required", {}).get("needs"))
    return makefile.made_by(
        {
            target
            for name in needed
            if name in workflow["jobs"]
            for target in made_in(workflow, workflow["jobs"][name])
        }
    )


def stage_objections(workflows, stages):
    """Each test stage is made by a job that `required` needs."""
    return [
        f"{TESTS}: no required job makes {stage}"
        for stage in sorted((NAMED_STAGES | set(stages)) - stages_required(workflows))
    ]


# What comes after it.


def needed_by(workflow, name):
    """All the jobs that must have succeeded before this one starts."""
    seen, left = set(), as_list(workflow["jobs"][name].get("needs"))
    while left:
        each = left.pop()
        if each not in seen:
            seen.add(each)
            left += as_list(workflow["jobs"].get(each, {}).get("needs"))
    return seen


def order_objections(workflows):
    """Images are made of what passed the tests: `tests` always runs, and every job that handles
    images waits."""
    for file in (IMAGES, RELEASE):
        workflow = workflows[file]
        tests = workflow["jobs"].get("tests", {})
        if tests.get("uses") != f"./.github/workflows/{TESTS}" or "if" in tests:
            yield f"{file}: the tests are not always run"
        for name, job in workflow["jobs"].items():
            handles = any(
                re.match(r"scripts/release/(images|publish)|make ci-(image|smoke)", line)
                for line, _ in commands(workflow, job)
            )
            if handles and "tests" not in needed_by(workflow, name):
                yield f"{file}: {name} does not wait for the tests"
            if handles and re.search(r"\b(always|cancelled|failure)\(\)", as_text(job.get("if"))):
                yield f"{file}: {name} runs whether the tests passed or not"


def trigger_objections(workflows):
    """Every pull request and every commit on main is tested, whatever it touches."""
    on = workflows[IMAGES]["on"]
    if "pull_request" not in on or on["pull_request"]:
        yield f"{IMAGES}: not run for every pull request"
    if on.get("push") != {"branches": ["main"]}:
        yield f"{IMAGES}: not run for every commit on main"
    if set(workflows[TESTS]["on"]) != {"workflow_call"}:
        yield f"{TESTS}: run by something else than the workflows whose images wait for it"


def nightly_objections(workflows, stages):
    """Each nightly campaign has a job, and upstream's images run on both architectures."""
    workflow = workflows[NIGHTLY]
    if not {"schedule", "workflow_dispatch"} <= set(workflow["on"]):
        yield f"{NIGHTLY}: not run every night and by hand"
    made = {target for job in workflow["jobs"].values() for target in made_in(workflow, job)}
    yield from (
        f"{NIGHTLY}: no job makes nightly-{stage}"
        for stage in stages
        if f"nightly-{stage}" not in made
    )
    runners = {
        values.get("runner")
        for job in workflow["jobs"].values()
        for values in combinations(job)
        if "e2e" in made_in(workflow, job)
        and environment(workflow, job).get("ARC_BASES") == "upstream"
        and job.get("runs-on") == "${{ matrix.runner }}"
    }
    yield from (
        f"{NIGHTLY}: upstream's images do not run on {runner}"
        for runner in ("ubuntu-24.04", "ubuntu-24.04-arm")
        if runner not in runners
    )


# Expressions, as far as a concurrency group needs them.


def evaluate(expression, **contexts):
    """The text that `expression` gives: ${{ }} with names, texts, ==, !=, && and ||, over the
    contexts by name."""

    def value(text):
        python = (
            re.sub(r"\b(?<!')([a-z_]+)\.([a-z_]+)\b(?!')", r"contexts['\1'].get('\2')", text)
            .replace("&&", " and ")
            .replace("||", " or ")
        )
        got = eval(python, {"__builtins__": {}}, {"contexts": contexts})
        return str(got).lower() if isinstance(got, bool) else str(got or "")

    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: value(found[1]), expression)


def concurrency(workflow, **github):
    """(group, whether it cancels the run before) of a run; no group is one of its own."""
    rule = workflow.get("concurrency")
    if not rule:
        return github["run_id"], False
    return evaluate(rule["group"], github=github), evaluate(
        rule.get("cancel-in-progress", "false"), github=github
    ) == "true"


def concurrency_objections(workflows):
    """Only a newer push to a pull request cancels a run. No other two share a group: it keeps one
    waiting run."""

    def groups(file, *runs):
        return [concurrency(workflows[file], **run) for run in runs]

    main = {"event_name": "push", "ref": "refs/heads/main"}
    release = {"event_name": "workflow_dispatch", "ref": "refs/heads/main"}
    runs = groups(
        IMAGES,
        *(
            {**kind, "sha": f"{sha}", "run_id": f"{number}"}
            for number, (kind, sha) in enumerate(
                [(main, "a"), (main, "b"), (release, "b"), (release, "b")]
            )
        ),
    )
    if len({group for group, _ in runs}) < len(runs) or any(cancels for _, cancels in runs):
        yield f"{IMAGES}: a run on main may be cancelled"
    pull = {"event_name": "pull_request", "ref": "refs/pull/1/merge"}
    pushes = groups(IMAGES, pull | {"sha": "a", "run_id": "1"}, pull | {"sha": "b", "run_id": "2"})
    if len({group for group, _ in pushes}) > 1 or not all(cancels for _, cancels in pushes):
        yield f"{IMAGES}: an old run of a pull request goes on beside the new one"
    tags = groups(
        RELEASE,
        *(
            {
                "event_name": "push",
                "ref": f"refs/tags/messaging/v0.{n}.0",
                "sha": "a",
                "run_id": f"{n}",
            }
            for n in (1, 2)
        ),
    )
    if len({group for group, _ in tags}) < 2 or any(cancels for _, cancels in tags):
        yield f"{RELEASE}: one release may cancel another"


def dispatch_objections(workflows):
    """The platform's release workflow starts messaging-images.yml with mode=release and no other
    input."""
    mode = ((workflows[IMAGES]["on"].get("workflow_dispatch") or {}).get("inputs") or {}).get(
        "mode", {}
    )
    if "release" not in mode.get("options", ()):
        yield f"{IMAGES}: mode=release is not accepted"
    pushes = workflows[IMAGES]["jobs"]["changes"].get("outputs", {}).get("push", "")
    runs = {
        ("push", ""): "true",
        ("pull_request", ""): "false",
        ("workflow_dispatch", "ci"): "false",
        ("workflow_dispatch", "release"): "true",
    }
    for (event, given), expected in runs.items():
        if evaluate(pushes, github={"event_name": event}, inputs={"mode": given}) != expected:
            yield f"{IMAGES}: {event} {given}: pushes: not {expected}"


def objections(workflows):
    """Everything that is wrong."""
    return [
        *emptiness(workflows),
        *verdict_objections(workflows, TESTS, "required"),
        *verdict_objections(workflows, NIGHTLY, "verdict"),
        *stage_objections(workflows, makefile.test_stages()),
        *makefile.recipe_objections(stages_required(workflows)),
        *order_objections(workflows),
        *trigger_objections(workflows),
        *nightly_objections(workflows, makefile.variable("NIGHTLY_STAGES")),
        *concurrency_objections(workflows),
        *dispatch_objections(workflows),
    ]
