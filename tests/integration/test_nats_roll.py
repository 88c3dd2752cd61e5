"""Restarts of a NATS cluster's members under load: nothing acknowledged is lost. Each member is
`arc-sidecar run`, which is told to stop by TERM."""

import random
import signal
import threading
import time

import pytest

from support.nats_cluster import Load, cluster
from support.servers import wait_until

pytestmark = [pytest.mark.xdist_group("nats-cluster"), pytest.mark.alone]


def under_load(made):
    """Writers and readers that have begun."""
    load = Load(made)
    wait_until(
        lambda: all(
            made.info(stream).get("state", {}).get("last_seq", 0) > 50
            for stream in ("DISK", "MEM", "WORK")
        ),
        "the load writes",
    )
    return load


def assert_nothing_lost(results):
    print(results)
    for stream, counted in results.items():
        assert counted["acknowledged"] > 100, (stream, counted)
        assert counted["lost"] == 0, (stream, counted)
        assert counted["stored_twice"] == 0, (stream, counted)
        assert counted["not_delivered"] == 0, (stream, counted)


@pytest.mark.parametrize(
    "rounds", [2, pytest.param(20, marks=pytest.mark.nightly, id="20-nightly")]
)
def test_every_member_in_turn(tmp_path, rounds):
    with cluster(tmp_path) as made, under_load(made) as load:
        for _ in range(rounds):
            for member in made.members:
                member.restart()
        assert_nothing_lost(load.results())
        for member in made.members:
            for number in range(1, member.starts):
                log = (member.directory / f"run{number}" / "stderr").read_text()
                assert "leave: " in log, log


class Restart(threading.Thread):
    """Waits for the end of a member that was told to stop, and starts it again."""

    def __init__(self, member, back=True):
        super().__init__()
        self.member, self.back, self.ended, self.started = member, back, 0.0, 0.0
        self.start()

    def run(self):
        self.member.run.process.wait(240)
        self.ended = time.monotonic()
        if self.back:
            self.member.start()
            self.started = time.monotonic()
            self.member.wait_healthy(120)


def stop_two_at_once(made, seconds):
    """With a follower that hangs for so long."""
    made[1].signal_server(signal.SIGSTOP)
    time.sleep(1)  # the others store what the follower does not get
    for member in (made[0], made[2]):
        member.run.send(signal.SIGTERM)
    restarts = [Restart(member) for member in (made[0], made[2])]
    time.sleep(seconds)
    made[1].signal_server(signal.SIGCONT)
    for restart in restarts:
        restart.join()
    return sorted(restarts, key=lambda restart: restart.ended)


@pytest.mark.nightly
def test_two_members_at_the_same_moment_stop_one_after_the_other(tmp_path):
    with cluster(tmp_path, grace="3m") as made, under_load(made) as load:
        made.wait_safe(made[0])
        first, second = stop_two_at_once(made, 4)
        assert first.started < second.ended, "the second stopped before the first was back"
        assert_nothing_lost(load.results())


@pytest.mark.nightly
def test_without_the_gate_two_stops_at_the_same_moment_do_harm(tmp_path):
    """The control: what the gate prevents. Messages are lost, or a stream works no more."""
    with cluster(tmp_path, grace=None) as made, under_load(made) as load:
        stop_two_at_once(made, 4)
        damage = load.damage()
        print(damage)
        assert damage is None or any(counted["lost"] > 0 for counted in damage.values()), damage


def test_all_members_told_to_stop_end_within_a_minute(tmp_path):
    with cluster(tmp_path, grace="5m") as made, under_load(made):
        begin = time.monotonic()
        for member in made.members:
            member.run.send(signal.SIGTERM)
        ends = [Restart(member, back=False) for member in made.members]
        for end in ends:
            end.join()
        took = [round(end.ended - begin, 1) for end in ends]
        print(took)
        assert max(took) < 60, took


@pytest.mark.nightly
@pytest.mark.parametrize("times", [4, 40])
def test_a_member_that_may_stop_stops_without_a_loss_at_any_moment_of_a_lag(tmp_path, times):
    """A follower hangs for a random time. As soon as another member may stop, it stops at once,
    without its gate: the second TERM ends that."""
    chosen = random.Random(18)
    with cluster(tmp_path) as made, under_load(made) as load:
        for _ in range(times):
            hung, member = chosen.sample(made.members, 2)
            hung.signal_server(signal.SIGSTOP)
            time.sleep(chosen.uniform(0, 3))
            hung.signal_server(signal.SIGCONT)
            made.wait_safe(member)
            member.run.send(signal.SIGTERM)
            member.run.send(signal.SIGTERM)
            member.run.wait(30)
            member.start()
            member.wait_healthy()
        assert_nothing_lost(load.results())


def phase_of(log):
    """How far the stop was when it was killed, by the log."""
    marks = ("leave: drained", "leave: ", "TERM: ")
    return next((mark.strip(": ") for mark in marks if mark in log), "before")


@pytest.mark.nightly
@pytest.mark.parametrize("times", [5, 50])
def test_a_kill_at_any_moment_of_a_stop_loses_nothing_and_frees_the_token(tmp_path, times):
    chosen, phases = random.Random(23), []
    with cluster(tmp_path) as made, under_load(made) as load:
        for _ in range(times):
            member = chosen.choice(made.members)
            # else a copy in memory may be the only one left: no gate protects that from a KILL
            made.wait_safe(member, 120)
            member.run.send(signal.SIGTERM)
            time.sleep(chosen.uniform(0, 1.5))  # the random moment
            phases.append(phase_of(member.run.log()))
            member.run.stop()  # KILL of PID 1 and all below it
            member.start()
            member.wait_healthy(120)
        print({phase: phases.count(phase) for phase in set(phases)})
        begin = time.monotonic()
        for member in made.members:
            member.restart()
        print(f"three stops after it: {time.monotonic() - begin:.1f} s")
        assert_nothing_lost(load.results())
