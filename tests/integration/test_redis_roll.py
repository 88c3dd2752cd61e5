"""Members of a Redis set that are stopped while clients write through the Sentinels: a planned stop
loses no acknowledged write."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time

import pytest

from support.redis_set import MASTER_NAME, RedisSet, replication
from support.run_process import kill
from support.servers import run_sidecar, wait_until

CLIENTS = os.environ.get("ARC_CLIENTS", "")

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not os.path.isfile(CLIENTS), reason="needs ARC_CLIENTS (scripts/setup)"),
]

GATE = {"ARC_CLUSTER_GRACE": "60s"}


@contextlib.contextmanager
def set_under_sidecar(directory, gate, **how):
    """Three members behind `arc-sidecar run`, three Sentinels."""
    started = RedisSet(directory, down_after=3000, **how)
    try:
        for member in started.members:
            member.start_under_sidecar(started.environment(member) | gate)
        for sentinel in started.sentinels:
            sentinel.start()
        started.wait_complete()
        yield started
    finally:
        started.stop()


@contextlib.contextmanager
def load(started, name):
    """Writers through the Sentinels. Yields a list that has their result once the block has
    ended."""
    results = []
    sentinels = ",".join(f"127.0.0.1:{one.port}" for one in started.sentinels)
    argv = [CLIENTS, "-sentinels", sentinels, "-master", MASTER_NAME, "-timeout", "1h"]
    process = subprocess.Popen(
        [*argv, "load", "redis", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(
            lambda: int(started.members[0].cli("DBSIZE")) > 20 or process.poll() is not None,
            "the load writes",
        )
        yield results
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
        results.append(json.loads(out)[name])
    finally:
        process.kill()
        process.wait()


def restart(started, member, gate):
    """TERM to `run`, as an engine sends it, and a new start once it has ended. Returns the seconds
    that the stop took."""
    began = time.monotonic()
    member.process.terminate()
    member.process.wait(90)
    took = time.monotonic() - began
    member.start_under_sidecar(started.environment(member) | gate)
    started.wait_complete(90)
    return took


def roll(started, gate, rounds):
    return [
        restart(started, member, gate) for _ in range(rounds) for member in list(started.members)
    ]


def show(what, result, stops=()):
    times = ", ".join(f"{one:.1f}" for one in stops)
    print(f"{what}: {json.dumps(result)}; stops (s): {times}")


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=[pytest.mark.nightly])])
def test_every_member_in_turn_loses_nothing(tmp_path, rounds):
    with set_under_sidecar(tmp_path, GATE) as started:
        with load(started, "load") as results:
            stops = roll(started, GATE, rounds)
        [result] = results
        show("gated", result, stops)
        assert result["acknowledged"] > 100
        assert result["lost"] == 0


def test_the_same_without_a_gate_prints_its_losses(tmp_path):
    with set_under_sidecar(tmp_path, {}) as started:
        with load(started, "load") as results:
            stops = roll(started, {}, 1)
        [result] = results
        show("not gated", result, stops)
        assert result["acknowledged"] > 20


def test_after_kill_losses_are_split_by_wait(tmp_path):
    with set_under_sidecar(tmp_path, GATE) as started:
        with load(started, "load") as results:
            master = started.master()
            kill(master.run.server())
            wait_until(lambda: started.master() not in (None, master), "the Sentinels switch", 60)
            began = time.monotonic()
            wait_until(lambda: time.monotonic() - began > 1, "writes after the switch")
        [result] = results
        show("killed", result)
        assert result["acknowledged"] > 20
        assert result["lost_after_wait"] == 0


def test_a_master_hands_over_and_becomes_a_replica(tmp_path):
    with set_under_sidecar(tmp_path, GATE) as started:
        first = started.master()
        env = started.environment(first) | GATE
        allowed = run_sidecar("may-stop", "redis", env=env)
        assert allowed.returncode == 0, allowed.stdout
        with load(started, "load") as results:
            drained = run_sidecar("drain", "redis", env=env, timeout=60)
            assert drained.returncode == 0, drained.stdout + drained.stderr
            assert replication(first.port)["role"] == "slave"
            wait_until(lambda: started.master() not in (None, first), "another is the master")
            started.wait_complete()
        [result] = results
        show("drained", result)
        assert result["lost"] == 0


@pytest.mark.nightly
@pytest.mark.parametrize("times", [5, 50])
def test_a_kill_at_any_moment_of_a_stop_leaves_a_set_that_works(tmp_path, times):
    """After a KILL acknowledged writes can be lost; they are printed. The others go on, and a planned
    stop works again."""
    chosen = random.Random(29)
    with set_under_sidecar(tmp_path, GATE) as started:
        with load(started, "load") as results:
            for _ in range(times):
                member = chosen.choice(started.members)
                member.process.terminate()
                time.sleep(chosen.uniform(0, 2))  # the random moment
                member.run.stop()  # KILL of PID 1 and all below it
                member.start_under_sidecar(started.environment(member) | GATE)
                started.wait_complete(120)
            stops = roll(started, GATE, 1)
        [result] = results
        show(f"{times} kills", result, stops)
        assert result["acknowledged"] > 100
        assert result["lost_after_wait"] == 0
