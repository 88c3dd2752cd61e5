"""A campaign: drawn states of one service, what a real client can do in each, and whether the
sidecar's verdict agrees.

- `ok` while a declared operation fails is wrong.
- `unhealthy` while every operation succeeds is wrong, unless the finding is about durability.
- `degraded` and `starting` are right by a rule of the service (Rule) that excuses every failed
  operation.
- What the state says must be named is named.

A disagreement that is not fixed yet is a row of known.py."""

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable

from oracle.client import SKIPPED
from support.servers import run_sidecar

TIMED_OUT = re.compile("timed out|timeout|deadline exceeded")
LEVELS = ("ok", "degraded", "starting", "unhealthy")
ABILITIES = (
    "everything",
    "all but an option",
    "read only",
    "write only",
    "nothing",
)


@dataclasses.dataclass(frozen=True)
class Rule:
    """Why a finding below `unhealthy` is right."""

    reason: str
    # One of these facts must hold in the state; none: the finding needs no state.
    facts: frozenset = frozenset()
    # The kinds of operations that may fail: write, read, option.
    excuses: frozenset = frozenset()


def rule(reason, facts="", excuses=""):
    return Rule(reason, frozenset(facts.split()), frozenset(excuses.split()))


@dataclasses.dataclass(frozen=True)
class Case:
    """One state as it was drawn: what is needed to make it again."""

    service: str
    number: int
    server: str  # one of the service's server configurations
    state: str
    features: dict
    objects: dict = dataclasses.field(default_factory=dict)

    def __str__(self):
        return f"{self.service} {self.number} {self.server}/{self.state}"


@dataclasses.dataclass
class Asked:
    """A state that has been made: how the sidecar and the client ask about it."""

    env: dict
    where: dict  # the client's address and credentials
    operations: list  # dictionaries with name and kind, and parameters of the client
    facts: set = dataclasses.field(default_factory=set)
    named: list = dataclasses.field(default_factory=list)  # patterns for findings above ok
    level: str = ""  # where it is decided
    flags: tuple = ()


@dataclasses.dataclass
class Outcome:
    case: Case
    asked: Asked
    verdict: dict
    results: list
    problems: list
    known: str = ""

    @property
    def failed(self):
        """Kind of the operations that failed with the same error, and a text about them."""
        names = {}
        for operation, result in zip(self.asked.operations, self.results, strict=True):
            if result and result != SKIPPED:
                names.setdefault((operation["kind"], result), {})[operation["name"]] = None
        return [(kind, f"{', '.join(each)}: {error}") for (kind, error), each in names.items()]

    @property
    def codes(self):
        return {f["code"] for f in self.verdict["findings"] if f["level"] != "ok"}

    @property
    def ability(self):
        kinds = {kind for kind, _ in self.failed}
        if {"read", "write"} <= kinds:
            return "nothing"
        for kind, name in (("write", "read only"), ("read", "write only")):
            if kind in kinds:
                return name
        return "all but an option" if kinds else "everything"


@dataclasses.dataclass(frozen=True)
class Service:
    """What the campaign needs to know of a service."""

    name: str
    title: str
    rules: dict  # code -> Rule
    durability: frozenset  # codes that are unhealthy while every operation succeeds
    draw: Callable  # (draw, count) -> cases
    servers: dict  # name -> context manager (directory) that yields a server
    make: Callable  # (server, case) -> context manager that yields Asked


def judged(service, outcome):
    """The disagreements of one outcome."""
    level = outcome.verdict["level"]
    bad = [f for f in outcome.verdict["findings"] if f["level"] != "ok"]
    failed = outcome.failed
    if level == "ok":
        yield from (f"ok, but {text}" for _, text in failed)
    if level == "unhealthy" and not failed:
        codes = {f["code"] for f in bad if f["level"] == "unhealthy"}
        if not codes & service.durability:
            yield f"unhealthy ({', '.join(sorted(codes))}), but every operation succeeds"
    if level in ("degraded", "starting"):
        yield from judged_by_rules(service, outcome, {f["code"] for f in bad})
    if outcome.asked.level and level != outcome.asked.level:
        yield f"{level}, should be {outcome.asked.level}"
    for pattern in outcome.asked.named:
        if not any(re.search(pattern, f"{f['code']} {described(f)}") for f in bad):
            yield f"no finding names {pattern}"


def judged_by_rules(service, outcome, codes):
    """Each finding is right by a rule, and together they excuse what failed."""
    level, facts = outcome.verdict["level"], outcome.asked.facts
    rules = {code: service.rules.get(code) for code in sorted(codes)}
    for code, found in rules.items():
        if found is None:
            yield f"{level}, and {code} has no rule"
        elif found.facts and not found.facts & facts:
            yield f"{level} by {code}, and the state is not {' or '.join(sorted(found.facts))}"
    excused = {kind for found in rules.values() if found for kind in found.excuses}
    yield from (f"{level}, but {text}" for kind, text in outcome.failed if kind not in excused)


def described(finding):
    keys = ("text", "measured", "wanted")
    return " ".join(str(finding[key]) for key in keys if finding.get(key))


def ask(service, client, case, asked):
    """The outcome of a state. A client that timed out asks again, as clients do: so a pause of the
    machine is no disagreement."""
    outcome = ask_once(service, client, case, asked)
    timed_out = any(TIMED_OUT.search(text) for _, text in outcome.failed)
    if outcome.problems and timed_out:
        return ask_once(service, client, case, asked)
    return outcome


def ask_once(service, client, case, asked):
    result = run_sidecar(
        "check", service.name, "--format", "json", *asked.flags, env=asked.env, timeout=60
    )
    assert result.stdout, f"{case}: {result.stderr}"
    (verdict,) = json.loads(result.stdout)["services"]
    results = client.operate(service.name, asked.operations, **asked.where)
    outcome = Outcome(case, asked, verdict, results, [])
    outcome.problems = list(judged(service, outcome))
    return outcome


def run(service, cases, client, directory):
    """Makes each state, server by server, and yields its outcome."""
    for name, started in service.servers.items():
        mine = [case for case in cases if case.server == name]
        if not mine:
            continue
        with started(directory / name.replace(" ", "-")) as server:
            for case in mine:
                with service.make(server, case) as asked:
                    yield ask(service, client, case, asked)


def mark_known(known, outcomes):
    """Assigns each disagreement to the row of `known` that has it; returns the rows that no
    disagreement needs any more although their state was drawn."""
    fixed = []
    for row in known:
        mine = [one for one in outcomes if row.when(one.case)]
        wrong = [one for one in mine if one.problems]
        for one in wrong:
            one.known = one.known or row.slug
        if mine and not wrong:
            fixed.append(row)
    return fixed


def matrix(outcomes):
    """Verdict level x what the client could do."""
    return Counter((one.verdict["level"], one.ability) for one in outcomes)


def line(outcome):
    """All that is needed to see a disagreement and to make its state again."""
    verdict = outcome.verdict
    findings = "; ".join(
        f"{f['level']} {f['code']}: {described(f)}"
        for f in verdict["findings"]
        if f["level"] != "ok"
    )
    failed = "; ".join(text for _, text in outcome.failed) or "every operation succeeded"
    return "\n    ".join(
        (
            f"{outcome.case}: " + " | ".join(outcome.problems),
            f"client: {failed}",
            f"verdict: {verdict['level']}: {findings}",
            f"objects: {json.dumps(outcome.case.objects)}",
        )
    )
