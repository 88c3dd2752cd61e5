"""`run`: the scenarios of PID 1, as an ordinary process and as PID 1."""

import pytest

from scenarios.tables import asked, parameters


@pytest.mark.parametrize("scenario", parameters(lambda one: one.service == "PID 1"))
def test_scenario(scenario, mode, tmp_path):
    asked(scenario, tmp_path / "scenario", mode=mode)
