"""Brand-new clusters: new namespace, new claims, empty volumes."""

import os
import time

import pytest

from support.kubernetes import wait_until

ROUNDS = int(os.environ.get("ARC_ROUNDS", "2"))
SECONDS = 60


@pytest.fixture
def empty(cluster):
    """Empty volumes before, nothing afterwards."""
    cluster.add_volumes()
    yield cluster
    for overlay in ("cluster", "single"):
        cluster.delete(overlay)


def verdict(cluster, pod, service):
    return cluster.kubectl(
        "-n", "arc", "exec", pod, "--", "arc-sidecar", "check", service, check=False
    )


def test_single_servers_become_ready(empty):
    empty.apply("single")
    for name in ("arc-messaging", "arc-cache", "arc-streaming"):
        empty.wait_ready(name, 180)
    for pod, service in (("messaging", "nats"), ("cache", "redis"), ("streaming", "pulsar")):
        found = verdict(empty, f"arc-{pod}-0", service)
        assert found.returncode == 0 and is_ok(found.stdout), found.stdout
    assert set(empty.restarts().values()) == {0}, empty.why_restarted()


@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_a_new_cluster_is_ready_in_time(empty, number):
    start = time.monotonic()
    empty.apply("cluster")
    took = {}
    for name in ("arc-messaging", "arc-cache", "arc-sentinel"):
        empty.wait_ready(name, SECONDS - (time.monotonic() - start))
        took[name] = time.monotonic() - start
    print(f"first start {number}:", ", ".join(f"{name} {s:.1f} s" for name, s in took.items()))
    left = SECONDS - (time.monotonic() - start)
    wait_until(lambda: all_are_ok(empty), lambda: verdicts(empty), left)
    print(f"first start {number}: all ok after {time.monotonic() - start:.1f} s")
    assert set(empty.restarts().values()) == {0}, empty.why_restarted()


def verdicts(cluster):
    services = {"arc-messaging": "nats", "arc-cache": "redis", "arc-sentinel": "sentinel"}
    return {
        f"{name}-{number}": verdict(cluster, f"{name}-{number}", service).stdout
        for name, service in services.items()
        for number in range(3)
    }


def all_are_ok(cluster):
    return all(is_ok(text) for text in verdicts(cluster).values())


def is_ok(text):
    """The verdict ok, or that of a replica, which accepts no write."""
    worse = [line for line in text.splitlines()[1:] if not line.startswith("  ok ")]
    codes = {line.split()[1].rstrip(":") for line in worse}
    return text.startswith(("ok: ", "ready: ")) and codes <= {"redis.replication.read_only"}
