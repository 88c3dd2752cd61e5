"""Scenarios of the fault matrix with this stage's binary: those that start within seconds.

Clusters and brokers are left to `make faults` and, with the sanitized binary, `make faults-asan`."""

import pytest

from scenarios.tables import asked, parameters


@pytest.mark.parametrize(
    "scenario",
    parameters(lambda one: one.group not in ("nats-cluster", "pulsar") and one.service != "PID 1"),
)
def test_scenario(scenario, tmp_path):
    asked(scenario, tmp_path / "scenario")
