"""The verdict on a Sentinel: real servers, real Sentinels."""

import re
import time

import pytest

from support.redis_set import MASTER_NAME, Server, fields, redis_set
from support.servers import first_line, redis_cli, redis_server, run_sidecar, wait_until

pytestmark = pytest.mark.xdist_group("redis-set")


def check(env, *flags):
    return run_sidecar("check", "sentinel", *flags, env=env)


def codes(env):
    report = run_sidecar("check", "sentinel", "--format", "json", env=env).stdout
    return dict(re.findall(r'"code":"([^"]+)","level":"(\w+)"', report))


def expect(env, code, level, seconds=30):
    """Waits for a finding; whatever it is, the probe of liveness passes."""
    wait_until(lambda: codes(env).get(code) == level, f"{code} is {level}: {codes(env)}", seconds)
    live = check(env, "--live")
    assert live.returncode == 0, live.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A set that no test changes."""
    with redis_set(tmp_path_factory.mktemp("whole")) as started:
        yield started


def test_a_complete_set_is_ok(whole):
    for sentinel in whole.sentinels:
        result = check(whole.sentinel_environment(sentinel))
        master = whole.members[0].port
        assert result.returncode == 0
        assert first_line(result).startswith("ok: sentinel: Sentinel ")
        assert f"master 127.0.0.1:{master}, 2 replicas, 3 Sentinels, quorum 2" in result.stdout


def test_a_quorum_that_differs_from_the_declared_one(whole):
    env = whole.sentinel_environment(whole.sentinels[0], ARC_SENTINEL_QUORUM="3")
    result = check(env)
    assert result.returncode == 0
    assert "the quorum of arc-test is 2, declared 3" in first_line(result)


def test_a_master_that_is_not_watched(whole):
    env = whole.sentinel_environment(whole.sentinels[0], ARC_SENTINEL_MASTER_NAME="other")
    result = check(env)
    assert result.returncode == 1
    assert "Sentinel watches no master of the name other" in first_line(result)


def test_a_server_in_the_place_of_a_sentinel(whole):
    env = whole.sentinel_environment(whole.sentinels[0])
    env["ARC_SENTINEL_URL"] = f"127.0.0.1:{whole.members[0].port}"
    assert codes(env).get("sentinel.mode.server") == "unhealthy"


def test_without_a_service_no_sentinel_is_checked(tmp_path):
    with redis_server(tmp_path) as server:
        report = run_sidecar("check", env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}).stdout
    assert "redis: " in report and "sentinel" not in report


def test_lost_quorum_is_a_finding_about_the_cluster_and_ends_with_it(tmp_path):
    with redis_set(tmp_path) as started:
        first, second, third = started.sentinels
        env = started.sentinel_environment(first)
        second.freeze()
        third.freeze()
        expect(env, "sentinel.quorum.missing", "unhealthy")
        node = check(env | {"ARC_READY_SCOPE": "node"}, "--ready")
        assert node.returncode == 0, node.stdout
        second.thaw()
        third.thaw()
        expect(env, "sentinel.quorum.ok", "ok")


def test_a_master_that_is_down_and_the_switch(tmp_path):
    # No quorum for a failover, so the master stays down.
    with redis_set(tmp_path, sentinels=2, quorum=2) as started:
        env = started.sentinel_environment(started.sentinels[0])
        started.sentinels[1].kill()
        started.members[0].kill()
        expect(env, "sentinel.master.down", "degraded")
        started.sentinels[1].start()
        wait_until(
            lambda: (
                codes(env).get("sentinel.master.ok") == "ok"
                and started.named(started.sentinels[0]) != started.members[0].port
            ),
            "the Sentinels switch",
            40,
        )


def test_a_master_that_is_down_for_all_without_a_replica(tmp_path):
    with redis_set(tmp_path, members=1, conf=["min-replicas-to-write 0"]) as started:
        env = started.sentinel_environment(started.sentinels[0])
        started.members[0].kill()
        expect(env, "sentinel.master.down", "unhealthy")
        assert "by the word of 2 or more Sentinels" in check(env).stdout


def test_sentinels_that_name_different_masters(tmp_path):
    with redis_set(tmp_path) as started:
        odd = started.sentinels[2]
        envs = [started.sentinel_environment(one) for one in started.sentinels]
        other = started.members[1].port
        odd.cli("SENTINEL", "REMOVE", MASTER_NAME)
        odd.cli("SENTINEL", "MONITOR", MASTER_NAME, "127.0.0.1", str(other), "2")
        odd.cli("SENTINEL", "SET", MASTER_NAME, "down-after-milliseconds", "1500")
        expect(envs[0], "sentinel.master.conflicting", "degraded")
        text = check(envs[0]).stdout
        assert f"127.0.0.1:{odd.port} names 127.0.0.1:{other}" in text


def known(sentinel):
    return fields(sentinel.cli("SENTINEL", "MASTER", MASTER_NAME))


def test_ghosts_and_the_command_that_forgets_them(tmp_path):
    with redis_set(tmp_path) as started:
        env = started.sentinel_environment(started.sentinels[0], ARC_SENTINEL_GHOST_AFTER="1s")
        started.members[2].stop()
        started.sentinels[2].stop()
        expect(env, "sentinel.replica.ghost", "degraded")
        expect(env, "sentinel.peer.ghost", "degraded")
        text = check(env).stdout
        assert f"127.0.0.1:{started.members[2].port} (down for" in text
        command = re.search(r"`(redis-cli [^`]*SENTINEL RESET [^`]*)`", text)[1].split()
        assert redis_cli(command[2], *command[3:]) == "1"
        wait_until(
            lambda: (
                "sentinel.replica.ghost" not in codes(env)
                and "sentinel.peer.ghost" not in codes(env)
            ),
            "the ghosts are forgotten",
        )
        wait_until(
            lambda: known(started.sentinels[0])["num-slaves"] == "1", "the replica is known again"
        )


def test_tilt(whole):
    sentinel = whole.sentinels[2]
    env = whole.sentinel_environment(sentinel)
    sentinel.freeze()
    # TILT begins when the timer was late by more than 2 s.
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > 2.5, "it was stopped for long enough")
    sentinel.thaw()
    expect(env, "sentinel.tilt.active", "degraded")


def test_a_password(tmp_path):
    server = Server(tmp_path / "sentinel", "sentinel")
    server.conf.write_text(f"port {server.port}\ndir {server.directory}\nrequirepass wordofpass\n")
    server.start()
    try:
        env = {"ARC_SENTINEL_URL": f"127.0.0.1:{server.port}"}
        assert codes(env) == {"sentinel.authentication.required": "unhealthy"}
        assert codes(env | {"ARC_SENTINEL_PASSWORD": "wrongword"}) == {
            "sentinel.authentication.failed": "unhealthy"
        }
        assert "sentinel.master.missing" in codes(env | {"ARC_SENTINEL_PASSWORD": "wordofpass"})
    finally:
        server.stop()
