"""The fault matrix: scenarios on real servers, and the answers that they must get.

A scenario is a generator function with its expectations in front of it:

    scenario = table("NATS")

    @scenario(
        "jetstream-disabled",
        "JetStream is off; /healthz is 200",
        check("nats", "unhealthy", "nats.jetstream.disabled", line="JetStream is off. …"),
    )
    def jetstream_disabled(directory):
        with nats_server(directory, jetstream=False) as server:
            yield Setting(nats_env(server))

It makes the condition, with its files in `directory`, and yields how to ask. Each expectation is
one row of the table: right, wrong or not run."""

import contextlib
import dataclasses
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.output import PIECE, leaked, unescaped
from support.run_process import Run
from support.servers import run_sidecar

# Docker's own limit for a health check in the images (Dockerfile, compose): a later verdict is not
# read.
CHECK_SECONDS = 5.0
EXPLAINED = set(
    re.findall(
        r"^\| `([a-z_.-]+)`",
        (Path(__file__).resolve().parents[2] / "docs/findings.md")
        .read_text()
        .partition("## Codes of 0.1.0")[0],
        re.MULTILINE,
    )
)


STDERR = "stderr: "  # between what a command writes to stdout and to stderr
NOT_STARTED = 78
ANYWAY = "ARC_PREFLIGHT=warn starts it anyway"


class NotRun(Exception):
    """Raised by a scenario that cannot be made on this machine; its text is the reason."""


@dataclasses.dataclass
class Setting:
    """How to ask about a condition that has been made."""

    env: dict = dataclasses.field(default_factory=dict)
    # For `run`: the server's command, flags before it, and options of Popen.
    command: list = dataclasses.field(default_factory=list)
    flags: list = dataclasses.field(default_factory=list)
    popen: dict = dataclasses.field(default_factory=dict)
    # For `run`: called with the Run once it has started.
    then: Callable[[Run], Any] = lambda run: None
    # A value that no question may change: the stored data, or its owner.
    unchanged: Callable[[], Any] = lambda: None
    # The text for each <name> in an expectation: a port, a directory.
    values: dict = dataclasses.field(default_factory=dict)
    mode: str = "ordinary"  # of a `run`, or "pid1"

    def filled(self, text):
        return re.sub(r"<(\w+)>", lambda name: str(self.values.get(name[1], name[0])), text)


@dataclasses.dataclass(frozen=True)
class Expectation:
    """One question and the answer that it must get. In `line`, `texts`, `absent`, `fields` and
    `env` the Setting's values replace <name>."""

    question: str  # "check nats --strict"
    exit_code: int
    level: str = ""  # of a verdict
    code: str = ""  # of a finding that must have this level; "a|b" where either will do
    # Each must be in the output. A tuple has alternatives, also as `line`.
    texts: tuple = ()
    env: dict = dataclasses.field(default_factory=dict)
    seconds: float = CHECK_SECONDS
    line: str | tuple = ""  # the first line after level and service, with "…" for any text
    absent: tuple = ()  # none may be in the output
    fields: dict = dataclasses.field(default_factory=dict)  # of the finding, with --format json
    reasons: int = 0  # how many reasons preflight has for exit 78; 0: any number

    @property
    def wanted(self):
        return f"{self.level} {self.code}".strip() or f"exit {self.exit_code}"


def check(service, level, code, *texts, flags="", env=None, **more):
    """`check` must give this level, by a finding with this code."""
    exit_code = (
        1
        if level in ("starting", "unhealthy") or (level == "degraded" and "--strict" in flags)
        else 0
    )
    question = f"check {service} {flags}".strip()
    return Expectation(question, exit_code, level, code, texts, env or {}, **more)


def strict(service, level, code, *texts, **more):
    return check(service, level, code, *texts, flags="--strict", **more)


def as_json(service, level, code, env=None, **fields):
    """`check --format json` must give the finding these fields."""
    return check(service, level, code, flags="--format json", env=env, fields=fields)


def live(service, passes, level, code="", *texts, flags=""):
    """`check --live` must pass or fail, whatever the level is."""
    words = ("live: " if passes else "not live: ", *texts)
    return Expectation(
        f"check {service} --live {flags}".strip(), 0 if passes else 1, level, code, words
    )


def bootstrap(service, exit_code, *texts, flags="", env=None, seconds=CHECK_SECONDS, **more):
    question = f"bootstrap {service} {flags}".strip()
    return Expectation(question, exit_code, texts=texts, env=env or {}, seconds=seconds, **more)


def run(exit_code, *texts, seconds=20.0, reasons=1, **more):
    """`run` of the Setting's command must exit with this code and log these texts. 78 means that
    the server was not started."""
    if exit_code == NOT_STARTED:
        texts += (f"preflight: the server was not started, exit 78. {ANYWAY}",)
    else:
        reasons = 0
    return Expectation("run", exit_code, texts=texts, seconds=seconds, reasons=reasons, **more)


@dataclasses.dataclass(frozen=True)
class Scenario:
    service: str
    slug: str
    text: str
    expectations: tuple
    make: Callable  # a context manager: with make(directory) as setting
    # Scenarios of one group share a server or a part of the machine: they are made in order, one
    # at a time.
    group: str = ""

    @property
    def name(self):
        return f"{self.service.lower().replace(' ', '')}-{self.slug}"


@dataclasses.dataclass(frozen=True)
class Row:
    scenario: Scenario
    expectation: Expectation
    outcome: str  # right, wrong, not run
    detail: str  # why it is wrong or was not run, else the first line of the answer
    seconds: float


SCENARIOS: list[Scenario] = []


def table(service):
    """The decorator for the scenarios of one service. A slug names a scenario of the service."""

    def scenario(slug, text, *expectations, group=""):
        def register(make):
            assert all((one.service, one.slug) != (service, slug) for one in SCENARIOS), slug
            SCENARIOS.append(
                Scenario(service, slug, text, expectations, contextlib.contextmanager(make), group)
            )
            return make

        return register

    return scenario


def _alternatives(text):
    return text if isinstance(text, tuple) else (text,)


def _matches(line, pattern):
    """Whether the pattern matches the whole line."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line)


def _verdict_faults(expected, output):
    """The differences between the text of a check and the expectation."""
    service = expected.question.split()[1]
    first, *lines = output.splitlines() or [""]
    begin = re.match(rf"(not live: |live: )?{expected.level}: {service}: ", first)
    if not begin:
        yield f"not {expected.level}"
    elif expected.line and not any(
        _matches(first[begin.end() :], each) for each in _alternatives(expected.line)
    ):
        yield f"the first line is not {expected.line!r}"
    if len(first.encode()) >= 200:
        yield "the first line is too long"
    found = [
        match.groups() for line in lines if (match := re.match(r"  (\w+) +([a-z0-9_.-]+): ", line))
    ]
    if unknown := {code for _, code in found} - EXPLAINED:
        yield f"docs/findings.md does not explain {', '.join(sorted(unknown))}"
    if expected.code:
        codes = {code for level, code in found if level == expected.level}
        if not codes & set(expected.code.split("|")):
            yield f"no {expected.level} finding {expected.code}"


def _json_faults(expected, output):
    """The same for --format json."""
    (service,) = json.loads(output)["services"]
    found = {finding["code"]: finding for finding in service["findings"]}
    if expected.code not in found:
        yield f"no finding {expected.code}"
        return
    for name, value in {"level": expected.level, **expected.fields}.items():
        if found[expected.code].get(name) != value:
            yield f"{name} of {expected.code} is not {value!r}"


def _faults(expected, code, output, took, changed):
    if code != expected.exit_code:
        yield f"exit {code}, wanted {expected.exit_code}"
    if expected.level and STDERR in output:
        yield "it writes to stderr"
    if "--format json" in expected.question:
        yield from _json_faults(expected, output)
    elif expected.level:
        yield from _verdict_faults(expected, output)
    for text in expected.texts:
        if not any(each in output for each in _alternatives(text)):
            yield f"does not say {text!r}"
    for text in expected.absent:
        if text in output:
            yield f"says {text!r}"
    if expected.reasons and output.count("arc-sidecar: preflight: ") != expected.reasons + 1:
        yield f"not {expected.reasons} reason of preflight"
    if took > expected.seconds:
        yield f"took {took:.1f} s"
    if changed:
        yield "something was changed"


# Secrets that no question needs: of the services that are not asked, and of the server's own image.
PLANTED = {
    "nats": {"ARC_NATS_PASSWORD": "qWx1Zr7nats", "ARC_NATS_TOKEN": "qWx2Zr7nats"},
    "redis": {"ARC_REDIS_PASSWORD": "qWx3Zr7redis"},
    "pulsar": {"ARC_PULSAR_TOKEN": "qWx4Zr7pulsar"},
    "": {"APP_PASSWORD": "qWx5Zr7app", "APP_URL": "amqp://app:qWx6Zr7app@127.0.0.1"},
}


def _planted(expected, setting):
    """The secrets that are added to the environment of a question."""
    flags = " ".join(map(str, setting.flags))
    asked = f"{expected.question} {setting.env.get('ARC_SERVICE', '')} {flags}"
    others = {
        name: value
        for service, each in PLANTED.items()
        if not service or service not in asked
        for name, value in each.items()
    }
    return others if expected.question != "run" else PLANTED[""]


def _secrets(env):
    """The secrets of this environment. A shorter value can be in messages for other reasons."""
    named = {
        value
        for name, value in env.items()
        if name.endswith(("PASSWORD", "TOKEN", "NKEY", "CREDS")) and len(value) >= PIECE
    }
    return named | ({"qWx6Zr7app"} if "APP_URL" in env else set())


def _filled(expected, setting):
    """The expectation with the Setting's values."""

    def fill(text):
        return tuple(map(fill, text)) if isinstance(text, tuple) else setting.filled(text)

    return dataclasses.replace(
        expected,
        line=fill(expected.line),
        texts=fill(expected.texts),
        absent=fill(expected.absent),
        fields={name: fill(value) for name, value in expected.fields.items()},
        env={name: fill(value) for name, value in expected.env.items()},
    )


def _ask(expected, setting, directory):
    """Exit code and output of one question, and what is in the output and must not be."""
    env = _planted(expected, setting) | setting.env | expected.env
    code, output = _answer(expected, dataclasses.replace(setting, env=env), directory)
    if piece := leaked(output, _secrets(env)):
        return code, output, f"a secret is shown: {piece}"
    # The log of `run` has the server's own lines, too.
    raw = unescaped(output) if expected.question != "run" else []
    return code, output, f"not escaped: {raw}" if raw else ""


def _answer(expected, setting, directory):
    if expected.question != "run":
        result = run_sidecar(
            *expected.question.split(), env=setting.env, timeout=expected.seconds + 20
        )
        return result.returncode, result.stdout + (STDERR + result.stderr if result.stderr else "")
    started = Run(
        directory,
        [str(word) for word in setting.command],
        setting.flags,
        mode=setting.mode,
        env=setting.env,
        **setting.popen,
    )
    try:
        setting.then(started)
        code = started.wait(expected.seconds)
        assert code != NOT_STARTED or not started.printed(), "the server was started"
        return code, started.log()
    finally:
        started.stop()


def _row(one, expected, setting, directory):
    before = setting.unchanged()
    filled = _filled(expected, setting)
    begun = time.monotonic()
    try:
        code, output, shown = _ask(filled, setting, directory)
    except subprocess.TimeoutExpired:
        detail = f"did not end in {expected.seconds:.0f} s"
        return Row(one, expected, "wrong", detail, time.monotonic() - begun)
    took = time.monotonic() - begun
    wrong = list(_faults(filled, code, output, took, setting.unchanged() != before))
    if shown:
        wrong.append(shown)
    if wrong:
        return Row(one, expected, "wrong", "; ".join(wrong) + "\n" + output.rstrip(), took)
    return Row(one, expected, "right", output.partition("\n")[0], took)


def ask_all(one, directory, mode="ordinary"):
    """Makes the condition and yields its rows. A `run` is an ordinary process or PID 1."""
    directory.mkdir(parents=True)
    left = list(one.expectations)
    begun = time.monotonic()
    try:
        with one.make(directory) as setting:
            setting.mode = mode
            while left:
                yield _row(one, left.pop(0), setting, directory)
    except NotRun as reason:
        for expected in left:
            yield Row(one, expected, "not run", str(reason), 0.0)
    except Exception as error:
        detail = f"the condition could not be made: {type(error).__name__}: {error}"
        for expected in left or one.expectations[-1:]:
            yield Row(one, expected, "wrong", detail, time.monotonic() - begun)


def version_of(program):
    """(2, 10, 27) of the first version number that the program prints; () where it is not
    installed."""
    if not shutil.which(program):
        return ()  # starting it fails; the scenarios can be listed
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return tuple(
        int(number) for number in re.search(r"(\d+)\.(\d+)\.(\d+)", output.stdout).groups()
    )


def agent_states(directory, service):
    """State directories by the phase of the agent that left them."""
    states = {phase: directory / phase for phase in ("pending", "failing", "converged")}
    for phase, state in states.items():
        state.mkdir()
        (state / f"{service}.agent.json").write_text(
            json.dumps({"phase": phase, "detail": "", "since_ms": 1})
        )
    return states


def open_to_all(directory):
    """Lets another user reach the directory."""
    for one in (directory, *directory.parents):
        if str(one).startswith("/tmp/"):
            one.chmod(one.stat().st_mode | 0o055)
