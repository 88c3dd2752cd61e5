"""Each scenario is one test.

The rows travel with pytest's report of the test, so that the controller of pytest-xdist has them
(conftest.py)."""

import pytest

from scenarios import pulsar
from scenarios.matrix import SCENARIOS
from scenarios.rows import fields
from scenarios.tables import asked, parameters


def pytest_generate_tests(metafunc):
    if "scenario" not in metafunc.fixturenames:
        return
    service = metafunc.config.getoption("service", "")
    slug = metafunc.config.getoption("scenario", "")
    metafunc.parametrize(
        "scenario",
        parameters(lambda one: service in ("", one.service.lower()) and one.slug.startswith(slug)),
    )


@pytest.fixture(scope="session", autouse=True)
def shared_broker():
    yield
    pulsar.SHARED.forget()


def test_scenario(scenario, tmp_path, record_property):
    number = SCENARIOS.index(scenario)
    places = iter(range(len(scenario.expectations) + 1))
    asked(
        scenario,
        tmp_path / "scenario",
        lambda row: record_property("row", fields(row) | {"order": [number, next(places)]}),
    )
