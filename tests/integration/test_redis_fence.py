"""How a member of a Redis set may start: real servers, real Sentinels, `arc-sidecar run`."""

import contextlib
import re

import pytest

from support.redis_set import MASTER_NAME, RedisSet, redis_set, replication
from support.run_process import kill
from support.servers import redis_cli, run_sidecar, wait_until

pytestmark = pytest.mark.xdist_group("redis-set")

KEYS = "\n".join(f"SET key:{number} {number}" for number in range(1_000))


@contextlib.contextmanager
def set_under_sidecar(directory, **how):
    """Three members behind `arc-sidecar run`, three Sentinels, and data on all of them."""
    started = RedisSet(directory, **how)
    try:
        for member in started.members:
            member.start_under_sidecar(started.environment(member))
        for sentinel in started.sentinels:
            sentinel.start()
        started.wait_complete()
        write(started)
        yield started
    finally:
        started.stop()


def write(started):
    redis_cli(started.master().port, stdin=KEYS)
    wait_until(
        lambda: all(keys(member) == 1_000 for member in started.members), "all have the data"
    )


def keys(member):
    count = member.cli("DBSIZE")
    return int(count) if count.isdecimal() else -1


def end(member):
    """A crash of the server, and the end of its PID 1."""
    kill(member.run.server())
    member.run.wait(30)


def lose_data(member):
    for path in sorted(member.directory.rglob("*"), reverse=True):
        if path.suffix in (".rdb", ".aof", ".manifest"):
            path.unlink()


def start(started, member, ready=True, **env):
    member.start_under_sidecar(started.environment(member, **env), ready=ready)


def test_an_empty_master_is_held_until_the_sentinels_have_switched(tmp_path):
    """At once after its crash it would be the master again, and its replicas would be wiped."""
    with set_under_sidecar(tmp_path, down_after=15_000) as started:
        old, *others = started.members
        end(old)
        lose_data(old)
        start(started, old, ready=False)
        assert old.run.wait(40) == 78
        log = old.run.log()
        assert "this member of the set has no data" in log and "ARC_REDIS_FENCE" in log
        wait_until(lambda: started.master() in others, "the Sentinels switch", 60)
        start(started, old)
        wait_until(started.is_complete, "it is a replica", 60)
        assert all(keys(member) == 1_000 for member in started.members)


def test_an_empty_master_starts_as_a_replica_if_the_switch_comes_in_time(tmp_path):
    with set_under_sidecar(tmp_path, down_after=1_000) as started:
        old = started.members[0]
        end(old)
        lose_data(old)
        start(started, old, ready=False)
        wait_until(lambda: keys(old) == 1_000, "it has its copy", 60)
        assert replication(old.port)["role"] == "slave"
        assert all(keys(member) == 1_000 for member in started.members)
        assert re.search(r"adds to the server's command: --replicaof 127\.0\.0\.1", old.run.log())


def test_without_the_fence_an_empty_master_wipes_its_replicas(tmp_path):
    """The control, and the documented override."""
    with set_under_sidecar(tmp_path, down_after=15_000) as started:
        old, *others = started.members
        end(old)
        lose_data(old)
        start(started, old, ARC_REDIS_FENCE="false")
        wait_until(lambda: all(keys(member) == 0 for member in others), "the replicas are empty")


def test_an_old_master_starts_as_a_replica_of_the_new_one(tmp_path):
    with set_under_sidecar(tmp_path) as started:
        old = started.members[0]
        end(old)
        wait_until(lambda: started.master() not in (None, old), "the Sentinels switch", 60)
        new = started.master()
        assert new.cli("SET", "newer", "data") == "OK"
        roles = set()
        start(started, old, ready=False)

        def is_current():
            roles.add(replication(old.port).get("role", ""))
            return old.cli("GET", "newer") == "data"

        wait_until(is_current, "the old master has the newer data")
        assert roles <= {"", "slave"}, roles
        assert f"--replicaof 127.0.0.1 {new.port}" in old.run.log()


def test_a_named_master_with_data_comes_back_as_the_master(tmp_path):
    """Although its configuration calls it a replica: it was promoted since that was written."""
    with set_under_sidecar(tmp_path, down_after=15_000) as started:
        first = started.members[0]
        started.sentinels[0].cli("SENTINEL", "FAILOVER", MASTER_NAME)
        wait_until(lambda: started.master() not in (None, first), "the failover", 60)
        new = started.master()
        end(new)
        new.conf.write_text(f"{new.conf.read_text()}\nreplicaof 127.0.0.1 {first.port}\n")
        start(started, new)
        assert replication(new.port)["role"] == "master"
        wait_until(lambda: started.master() is new, "it is the master")
        assert keys(new) == 1_000


def test_a_set_that_starts_for_the_first_time_and_without_sentinels(tmp_path):
    """No evidence: each server starts as it is configured, and without a wait."""
    started = RedisSet(tmp_path)
    try:
        for member in started.members:
            start(started, member)
        assert "adds to" not in started.members[0].run.log()
        assert replication(started.members[0].port)["role"] == "master"
        for member in started.members[1:]:
            assert replication(member.port)["role"] == "slave"
    finally:
        started.stop()


def test_preflight_by_hand_beside_a_server_that_runs(tmp_path):
    with redis_set(tmp_path) as started:
        master = started.members[0]
        write(started)
        result = run_sidecar(
            "preflight",
            "--service",
            "redis",
            "--",
            *master.command(),
            env=started.environment(master),
        )
        assert "arguments" not in result.stdout and "no data" not in result.stdout, result.stdout
