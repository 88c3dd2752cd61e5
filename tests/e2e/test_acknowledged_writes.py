"""Acknowledged writes survive a stop and a kill while clients write."""

import time

import pytest

from support.stack import CONTAINERS, docker, wait_until
from support.writers import assert_kept, numbers_held, writing

STATUS = {"flash": 0, "strange": 143, "sonic": 0}
GRACE = {"flash": 15, "strange": 40, "sonic": 60}  # s, as compose has it
ROUNDS = [pytest.param(3, id="3"), pytest.param(20, id="20", marks=pytest.mark.nightly)]


def one_round(stack, codename, *end):
    """Ends the server among writes, starts it again; its exit code, how long the end took, what was
    acknowledged and what is held."""
    with writing(stack, codename) as (name, writer):
        begun = time.monotonic()
        docker(*end, stack.container(codename), timeout=90)
        took = time.monotonic() - begun
        seen = writer.end()
    code = stack.inspect(codename)["State"]["ExitCode"]
    docker("start", stack.container(codename))
    wait_until(lambda: stack.check(codename).returncode == 0, f"{codename} is healthy again", 120)
    return code, took, seen, numbers_held(stack, codename, name)


@pytest.mark.parametrize("codename", CONTAINERS)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_stop_loses_nothing_that_was_acknowledged(running, codename, rounds):
    for number in range(rounds):
        code, took, seen, held = one_round(running, codename, "stop")
        lost = [number for number, _ in seen if number not in held]
        assert (code, lost) == (STATUS[codename], []), f"round {number}: {len(seen)} acknowledged"
        assert len(seen) >= 200
        assert took < GRACE[codename]


@pytest.mark.parametrize("codename", CONTAINERS)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_a_kill_loses_no_more_than_the_server_promises(running, codename, rounds):
    for _ in range(rounds):
        code, _, seen, held = one_round(running, codename, "kill")
        assert code == 137
        assert_kept(codename, seen, held)
