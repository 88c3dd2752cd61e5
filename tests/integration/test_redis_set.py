"""The verdict on a member of a Redis set: real servers, real Sentinels."""

import contextlib
import json
import socket
import threading

import pytest

from support.redis_set import RedisSet, fields, redis_set, replication
from support.servers import first_line, redis_cli, run_sidecar, wait_until

pytestmark = pytest.mark.xdist_group("redis-set")

NODE = {"ARC_READY_SCOPE": "node"}


def check(env, *flags):
    return run_sidecar("check", "redis", *flags, env=env)


def findings(env):
    report = json.loads(check(env, "--format", "json").stdout)
    return {one["code"]: one["level"] for one in report["services"][0]["findings"]}


def expect(env, code, level, seconds=30):
    """Waits for a finding. Whatever it is, the server is live, and the others may find it."""
    wait_until(lambda: findings(env).get(code) == level, f"{code} is {level}", seconds)
    for probe in ("--live", "--member"):
        result = check(env, probe)
        assert result.returncode == 0, result.stdout


def is_ready(env):
    return check(env, "--ready").returncode == 0


class Relay:
    """A port that forwards to another. While it holds, what its servers send on the connections
    that are open stays back."""

    def __init__(self, target):
        self.target = target
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                held = self.flows  # connections of a later time are not held
                for pair in ((client, server, None), (server, client, held)):
                    threading.Thread(target=self.forward, args=pair, daemon=True).start()

    @staticmethod
    def forward(source, target, flows):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if flows:
                    flows.wait()
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def held(self):
        flows, self.flows = self.flows, threading.Event()
        self.flows.set()
        flows.clear()
        try:
            yield
        finally:
            flows.set()


@contextlib.contextmanager
def plain_set(directory, members=2, **how):
    """A master with replicas and without Sentinels."""
    with redis_set(directory, members=members, sentinels=0, **how) as started:
        yield started


def test_a_complete_set_is_ok(tmp_path):
    with redis_set(tmp_path) as started:
        for member in started.members:
            env = started.environment(member, ARC_REDIS_MIN_REPLICAS="1")
            # A replica rewrites its append-only file after its copy.
            wait_until(
                lambda env=env: check(env, "--strict").returncode == 0, "nothing is degraded"
            )
            assert findings(env).get("redis.replication.ok") == "ok"
        text = check(started.environment(started.members[1])).stdout
        assert f"replica of 127.0.0.1:{started.members[0].port}, current" in text


def test_a_member_that_is_missing_is_named_by_its_master(tmp_path):
    with plain_set(tmp_path, members=3) as started:
        master, lost, other = started.members
        lost.kill()
        expect(started.environment(master), "redis.replica.missing", "degraded")
        result = check(started.environment(master))
        assert "1 of 2 declared replicas are in time" in first_line(result), result.stdout
        assert findings(started.environment(other)).get("redis.replication.ok") == "ok"


def test_a_replica_that_takes_its_copy_is_not_ready_and_has_started(tmp_path):
    """A probe of the start that failed meanwhile would end the server, and the copy would begin
    again."""
    with plain_set(tmp_path, conf=["min-replicas-to-write 0"]) as started:
        master, replica = started.members
        replica.stop()
        # Behind by more than the backlog, and each key of a copy takes 2 ms.
        assert master.cli("CONFIG", "SET", "rdb-key-save-delay", "2000") == "OK"
        assert master.cli("CONFIG", "SET", "repl-backlog-size", "16kb") == "OK"
        writes = "\n".join(f"SET key:{number} {'x' * 100}" for number in range(2_000))
        redis_cli(master.port, stdin=writes)
        replica.start(ready=False)
        wait_until(lambda: replication(replica.port), "the replica answers")
        env = started.environment(replica, **NODE)
        expect(env, "redis.replication.syncing", "starting")
        assert not is_ready(env)
        startup = check(env, "--startup")
        assert startup.returncode == 0, startup.stdout
        wait_until(lambda: is_ready(env), "the replica has its copy", 60)
        assert findings(env).get("redis.replication.ok") == "ok"
        assert replica.cli("DBSIZE") == master.cli("DBSIZE")


def test_a_replica_that_never_reached_its_master_is_starting(tmp_path):
    started = RedisSet(tmp_path, members=2, sentinels=0)
    try:
        replica = started.members[1]
        replica.start()
        env = started.environment(replica) | NODE
        expect(env, "redis.replication.unsynced", "starting")
        assert not is_ready(env)
        assert check(env, "--startup").returncode == 0
    finally:
        started.stop()


def test_a_lost_master_is_a_finding_about_the_set_and_then_about_the_replica(tmp_path):
    with plain_set(tmp_path, members=3) as started:
        master, replica, _ = started.members
        env = started.environment(replica) | NODE
        master.kill()
        expect(env, "redis.master.missing", "unhealthy")
        assert findings(env).get("redis.replication.disconnected") == "degraded"
        assert is_ready(env)
        assert not is_ready(env | {"ARC_READY_SCOPE": "cluster"})
        late = env | {"ARC_CLUSTER_BEHIND_GRACE": "1s"}
        expect(late, "redis.replication.disconnected", "unhealthy")
        assert not is_ready(late)


def test_a_failover_ends_the_finding(tmp_path):
    # With this priority, the Sentinels promote no replica.
    with redis_set(tmp_path, conf=["replica-priority 0"]) as started:
        old, *others = started.members
        env = started.environment(others[0])
        old.kill()
        expect(env, "redis.master.missing", "unhealthy")
        assert "which is down" in check(env).stdout
        for member in others:
            assert member.cli("CONFIG", "SET", "replica-priority", "100") == "OK"
        wait_until(lambda: "redis.master.missing" not in findings(env), "another master", 90)
        wait_until(lambda: started.master() is not None, "the others follow it", 60)
        new = started.environment(started.master())
        expect(new, "redis.replica.missing", "degraded")


def test_two_masters_without_sentinels(tmp_path):
    with plain_set(tmp_path, members=3, conf=["min-replicas-to-write 0"]) as started:
        master, second, third = started.members
        assert second.cli("REPLICAOF", "NO", "ONE") == "OK"
        for member in started.members:
            expect(started.environment(member), "redis.master.duplicate", "unhealthy")
        text = check(started.environment(third)).stdout
        assert f"127.0.0.1:{master.port} and 127.0.0.1:{second.port} are masters" in text
        assert second.cli("REPLICAOF", "127.0.0.1", str(master.port)) == "OK"
        env = started.environment(third)
        wait_until(lambda: "redis.master.duplicate" not in findings(env), "one master is left")


def test_the_master_that_the_sentinels_do_not_name_is_not_ready(tmp_path):
    with redis_set(tmp_path, conf=["min-replicas-to-write 0"]) as started:
        old = started.members[0]
        old.kill()
        wait_until(lambda: started.master() not in (None, old), "the Sentinels switch", 60)
        old.start()
        env = started.environment(old) | NODE
        expect(env, "redis.master.conflicting", "unhealthy")
        assert not is_ready(env)
        other = started.environment(started.members[2])
        assert findings(other).get("redis.master.duplicate") == "unhealthy"
        assert is_ready(other | NODE)
        wait_until(lambda: is_ready(env), "the Sentinels make it a replica", 60)
        assert replication(old.port)["role"] == "slave"


def test_a_replica_that_is_behind_its_master(tmp_path):
    with plain_set(tmp_path, conf=["min-replicas-to-write 0"]) as started:
        master, replica = started.members
        relay = Relay(master.port)
        replica.cli("REPLICAOF", "127.0.0.1", str(relay.port))
        env = started.environment(replica) | NODE
        wait_until(lambda: is_ready(env), "the replica follows through the relay")
        with relay.held():
            master.cli("SET", "key", "x" * 1000)
            expect(env, "redis.replication.lagging", "unhealthy")
            assert replication(replica.port)["master_link_status"] == "up"
            assert not is_ready(env)
            # Less time than the declared lag proves nothing.
            assert is_ready(env | {"ARC_REDIS_MAX_LAG": "1m"})
        wait_until(lambda: is_ready(env), "the replica is current")
        assert fields(replica.cli("INFO", "keyspace")) == fields(master.cli("INFO", "keyspace"))


def test_too_few_sentinels_are_named(tmp_path):
    with redis_set(tmp_path) as started:
        env = started.environment(started.members[0])
        for sentinel in started.sentinels[1:]:
            sentinel.kill()
        expect(env, "redis.sentinel.missing", "degraded")
        assert "1 of 3 Sentinels name a master" in check(env).stdout
        assert is_ready(env)
