"""The fault matrix: conditions made on real servers, and what the product must say of each.

A condition is a generator function with its expectations in front of it:

    @condition("N01", "JetStream is off, /healthz is 200", check("nats", "unhealthy",
"nats.jetstream.disabled", "JetStream disabled"))
    def jetstream_off(place):
        with nats_server(place, jetstream=False) as server:
            yield Setting(nats_env(server))

It makes the condition in the directory `place` and yields how to ask. Each expectation is one row
of the table: right, wrong or not run."""

import contextlib
import dataclasses
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.run_process import Run
from support.said import PIECE, leaked, unescaped
from support.servers import run_sidecar

# Docker's own limit for a health check in the images (Dockerfile, compose): a verdict that comes
# later is none.
CHECK_SECONDS = 5.0
EXPLAINED = set(
    re.findall(
        r"^\| `([a-z_.-]+)`",
        (Path(__file__).resolve().parents[2] / "docs/findings.md").read_text(),
        re.MULTILINE,
    )
)


class NotRun(Exception):
    """Raised by a condition that cannot be made here; its text is the reason."""


@dataclasses.dataclass
class Setting:
    """How to ask about a condition that has been made."""

    env: dict = dataclasses.field(default_factory=dict)
    # For `run`: the server's command, flags before it, and options of Popen.
    command: list = dataclasses.field(default_factory=list)
    flags: list = dataclasses.field(default_factory=list)
    popen: dict = dataclasses.field(default_factory=dict)
    # For `run`: what to do once it has been started, with the Run.
    then: Callable[[Run], Any] = lambda run: None
    # A value that no question may change: what is stored, or who owns it.
    unchanged: Callable[[], Any] = lambda: None


@dataclasses.dataclass(frozen=True)
class Expectation:
    """One question and the answer that it must get."""

    question: str  # "check nats --strict"
    exit_code: int
    level: str = ""  # of a verdict
    code: str = ""  # of the finding that must have this level; "a|b" where either will do
    texts: tuple = ()  # all of them must be in the output
    env: dict = dataclasses.field(default_factory=dict)
    seconds: float = CHECK_SECONDS

    @property
    def wanted(self):
        return f"{self.level} {self.code}".strip() or f"exit {self.exit_code}"


def check(service, level, code, *texts, flags="", env=None):
    """`check` must give this level, by a finding of this code. --strict is `strict`."""
    exit_code = (
        1
        if level in ("starting", "unhealthy") or (level == "degraded" and "--strict" in flags)
        else 0
    )
    return Expectation(f"check {service} {flags}".strip(), exit_code, level, code, texts, env or {})


def strict(service, level, code, *texts, **more):
    return check(service, level, code, *texts, flags="--strict", **more)


def live(service, passes, level, code="", *texts, flags=""):
    """`check --live` must pass or not, whatever the level is."""
    words = ("live: " if passes else "not live: ", *texts)
    return Expectation(
        f"check {service} --live {flags}".strip(), 0 if passes else 1, level, code, words
    )


def bootstrap(service, exit_code, *texts, flags="", env=None, seconds=CHECK_SECONDS):
    return Expectation(
        f"bootstrap {service} {flags}".strip(),
        exit_code,
        texts=texts,
        env=env or {},
        seconds=seconds,
    )


def run(exit_code, *texts, seconds=20.0):
    """`run` of the Setting's command must end with this code and have logged these texts."""
    return Expectation("run", exit_code, texts=texts, seconds=seconds)


@dataclasses.dataclass(frozen=True)
class Condition:
    case: str
    text: str
    expectations: tuple
    make: Callable
    # Conditions of one group share a server or a part of the machine: they are made in order, one
    # at a time.
    group: str = ""

    @property
    def service(self):
        return {"N": "NATS", "P": "Pulsar", "R": "Redis", "D": "Docker", "I": "PID 1"}[self.case[0]]


@dataclasses.dataclass(frozen=True)
class Row:
    condition: Condition
    expectation: Expectation
    outcome: str  # right, wrong, not run
    detail: str  # why it is wrong or was not run, else what was said first
    seconds: float


CONDITIONS: list[Condition] = []


def condition(case, text, *expectations, group=""):
    def register(make):
        CONDITIONS.append(
            Condition(case, text, expectations, contextlib.contextmanager(make), group)
        )
        return make

    return register


def _verdict_faults(expected, output):
    """What is wrong in the text of a check."""
    first, *lines = output.splitlines() or [""]
    if not re.match(rf"(not live: |live: )?{expected.level}: ", first):
        yield f"not {expected.level}"
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


def _faults(expected, code, output, took, changed):
    if code != expected.exit_code:
        yield f"exit {code}, wanted {expected.exit_code}"
    if expected.level:
        yield from _verdict_faults(expected, output)
    for text in expected.texts:
        if text not in output:
            yield f"does not say {text!r}"
    if took > expected.seconds:
        yield f"took {took:.1f} s"
    if changed:
        yield "something was changed"


# Secrets in places that no question is about: of the services that are not asked, and of the
# server's own image.
PLANTED = {
    "nats": {"ARC_NATS_PASSWORD": "qWx1Zr7nats", "ARC_NATS_TOKEN": "qWx2Zr7nats"},
    "redis": {"ARC_REDIS_PASSWORD": "qWx3Zr7redis"},
    "pulsar": {"ARC_PULSAR_TOKEN": "qWx4Zr7pulsar"},
    "": {"APP_PASSWORD": "qWx5Zr7app", "APP_URL": "amqp://app:qWx6Zr7app@127.0.0.1"},
}


def _planted(expected, setting):
    """What is added to the environment of a question."""
    asked = f"{expected.question} {setting.env.get('ARC_SERVICE', '')} {' '.join(map(str, setting.flags))}"
    others = {
        name: value
        for service, each in PLANTED.items()
        if not service or service not in asked
        for name, value in each.items()
    }
    return others if expected.question != "run" else PLANTED[""]


def _secrets(env):
    """What must not be said of this environment. A secret of a condition that is shorter stands in
    messages for other reasons."""
    named = {
        value
        for name, value in env.items()
        if name.endswith(("PASSWORD", "TOKEN", "NKEY", "CREDS")) and len(value) >= PIECE
    }
    return named | ({"qWx6Zr7app"} if "APP_URL" in env else set())


def _ask(expected, setting, place):
    """Exit code and output of one question, and what is in the output and must not be."""
    env = _planted(expected, setting) | setting.env | expected.env
    code, output = _answer(expected, dataclasses.replace(setting, env=env), place)
    piece = leaked(output, _secrets(env))
    raw = (
        unescaped(output) if expected.question != "run" else []
    )  # beside its lines are the server's own
    return (
        code,
        output,
        f"a secret is shown: {piece}" if piece else f"not escaped: {raw}" if raw else "",
    )


def _answer(expected, setting, place):
    if expected.question != "run":
        result = run_sidecar(
            *expected.question.split(), env=setting.env, timeout=expected.seconds + 20
        )
        return result.returncode, result.stdout + result.stderr
    started = Run(
        place,
        [str(word) for word in setting.command],
        setting.flags,
        env=setting.env,
        **setting.popen,
    )
    try:
        setting.then(started)
        return started.wait(expected.seconds), started.log()
    finally:
        started.stop()


def _row(one, expected, setting, place):
    before = setting.unchanged()
    begun = time.monotonic()
    try:
        code, output, shown = _ask(expected, setting, place)
    except subprocess.TimeoutExpired:
        return Row(
            one,
            expected,
            "wrong",
            f"did not end in {expected.seconds:.0f} s",
            time.monotonic() - begun,
        )
    took = time.monotonic() - begun
    wrong = [
        *_faults(expected, code, output, took, setting.unchanged() != before),
        *([shown] if shown else []),
    ]
    if wrong:
        return Row(one, expected, "wrong", "; ".join(wrong) + "\n" + output.rstrip(), took)
    return Row(one, expected, "right", output.partition("\n")[0], took)


def ask_all(one, place):
    """Makes the condition and yields its rows."""
    place.mkdir(parents=True)
    left = list(one.expectations)
    begun = time.monotonic()
    try:
        with one.make(place) as setting:
            while left:
                yield _row(one, left.pop(0), setting, place)
    except NotRun as reason:
        for expected in left:
            yield Row(one, expected, "not run", str(reason), 0.0)
    except Exception as error:
        detail = f"the condition could not be made: {type(error).__name__}: {error}"
        for expected in left or one.expectations[-1:]:
            yield Row(one, expected, "wrong", detail, time.monotonic() - begun)


def version_of(program):
    """(2, 10, 27) of the first version number in what the program says of itself; () where it is
    not installed."""
    if not shutil.which(program):
        return ()  # it is missed when it is started; the conditions can be listed
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in re.search(r"(\d+)\.(\d+)\.(\d+)", said).groups())


def open_to_all(place):
    """Lets another user reach the condition's directory."""
    for one in (place, *place.parents):
        if str(one).startswith("/tmp/"):
            one.chmod(one.stat().st_mode | 0o055)
