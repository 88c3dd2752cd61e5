"""The tables of all services, and each scenario as one test, which asks all questions and fails if
an answer is wrong."""

import pytest

from scenarios import container, nats, pulsar, redis  # noqa: F401
from scenarios.matrix import SCENARIOS, ask_all
from scenarios.rows import fields, shown

ORDER = ["NATS", "Redis", "Pulsar", "Docker", "PID 1"]
SCENARIOS.sort(key=lambda one: ORDER.index(one.service))


def parameters(wanted):
    """A pytest parameter for each scenario for which `wanted` is true; those of one group are in
    one group of pytest-xdist."""
    for one in filter(wanted, SCENARIOS):
        marks = [pytest.mark.xdist_group(one.group)] if one.group else []
        yield pytest.param(one, id=one.name, marks=marks)


def named(service, slug):
    """The scenario of that name, for a test with questions of its own: `with named("Redis",
    "server-stopped").make(directory) as setting`."""
    (found,) = (one for one in SCENARIOS if (one.service, one.slug) == (service, slug))
    return found


def asked(scenario, directory, record=lambda row: None, mode="ordinary"):
    """Makes the scenario and asks about it. Fails with the wrong rows, skips where it cannot be
    made; `record` gets each row."""
    rows = []
    for row in ask_all(scenario, directory, mode):
        rows.append(row)
        record(row)
    wrong = [row for row in rows if row.outcome == "wrong"]
    if wrong:
        pytest.fail("\n".join(shown(fields(row)) for row in wrong), pytrace=False)
    for row in rows:
        if row.outcome == "not run":
            pytest.skip(row.detail)
