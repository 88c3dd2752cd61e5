"""Each condition of the fault matrix is one test, which asks all questions and fails if an answer
is wrong.

The rows travel with pytest's report of the test, so that the controller of pytest-xdist has them
(conftest.py)."""

import re

import pytest

from faults import (
    faults_container,  # noqa: F401
    faults_nats,  # noqa: F401  (the order of the imports is the order of the rows)
    faults_pulsar,
    faults_redis,  # noqa: F401
    matrix,
)
from faults.rows import as_json, shown


def slug(text, length=40):
    """The first words of the text, for a test's name."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    while len("-".join(words)) > length:
        words.pop()
    return "-".join(words)


def parameters(prefix):
    """One for each condition whose case begins with `prefix`; conditions that share something are
    in one group."""
    for number, one in enumerate(matrix.CONDITIONS):
        if one.case.startswith(prefix):
            marks = [pytest.mark.xdist_group(one.group)] if one.group else []
            yield pytest.param(number, id=f"{one.case}-{slug(one.text)}", marks=marks)


def pytest_generate_tests(metafunc):
    if "number" in metafunc.fixturenames:
        metafunc.parametrize("number", list(parameters(metafunc.config.getoption("case", ""))))


@pytest.fixture(scope="session", autouse=True)
def shared_broker():
    yield
    faults_pulsar.SHARED.forget()


def test_condition(number, tmp_path, record_property):
    rows = []
    for place, row in enumerate(matrix.ask_all(matrix.CONDITIONS[number], tmp_path / "place")):
        rows.append(row)
        record_property("row", as_json(row) | {"order": [number, place]})
    wrong = [row for row in rows if row.outcome == "wrong"]
    if wrong:
        pytest.fail("\n".join(shown(as_json(row)) for row in wrong), pytrace=False)
    for row in rows:
        if row.outcome == "not run":
            pytest.skip(row.detail)
