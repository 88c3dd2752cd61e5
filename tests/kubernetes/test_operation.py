"""What an operator does to the cluster of the overlay `cluster`, and what fails in it."""

import contextlib
import json
import os
import signal
import time
from functools import partial

import pytest

from support.kubernetes import NAMESPACE, wait_until

GRACE = 90
STREAMS = "ORDERS,PRICES,JOBS"
DECLARED = """
[[nats.stream]]
name = "ORDERS"
subjects = ["orders.>"]
replicas = 3

[[nats.stream]]
name = "PRICES"
subjects = ["prices.>"]
storage = "memory"
replicas = 3

[[nats.stream]]
name = "JOBS"
subjects = ["jobs.>"]
retention = "workqueue"
replicas = 3
"""
PREFIX = "load"


@pytest.fixture(scope="module")
def running(cluster):
    """The cluster, ready; the tests of this module leave it ready."""
    cluster.add_volumes()
    cluster.apply(cluster.with_streams("cluster", DECLARED))
    for name in ("arc-messaging", "arc-cache", "arc-sentinel", "arc-streaming"):
        cluster.wait_ready(name, 180)
    yield cluster
    cluster.delete("cluster")


class Load:
    """Writers and readers in a pod of the namespace, until `results()`."""

    def __init__(self, cluster, service, names):
        self.cluster, self.pod = cluster, f"load-{service}"
        members = ",".join(f"nats://arc-messaging-{n}.arc-messaging-members:4222" for n in range(3))
        sentinels = ",".join(f"arc-sentinel-{n}.arc-sentinel-members:26379" for n in range(3))
        words = ["-timeout", "3h", "-nats", members, "-sentinels", sentinels]
        cluster.create(self.manifest([*words, "load", service, names]))

    def manifest(self, words):
        restricted = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        container = {
            "name": "load",
            "image": "arc-clients:dev",
            "imagePullPolicy": "Never",
            "args": words,
            "securityContext": restricted,
        }
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": self.pod, "namespace": NAMESPACE},
            "spec": {
                "restartPolicy": "Never",
                "automountServiceAccountToken": False,
                "containers": [container],
            },
        }

    def __enter__(self):
        self.cluster.kubectl(
            "-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{self.pod}", "--timeout=60s"
        )
        return self

    def results(self):
        """What each writer counted, by stream or prefix."""
        self.cluster.signal(self.pod, "clients", signal.SIGINT)
        wait_until(lambda: self.phase() in ("Succeeded", "Failed"), "the load has ended", 300)
        said = self.cluster.kubectl("-n", NAMESPACE, "logs", self.pod).stdout
        assert self.phase() == "Succeeded", said
        # The clients' own words are between the lines.
        return json.loads(next(line for line in said.splitlines() if line.startswith("{")))

    def phase(self):
        return self.cluster.get("pod", self.pod)["status"]["phase"]

    def __exit__(self, *_):
        self.cluster.kubectl(
            "-n", NAMESPACE, "delete", "pod", self.pod, "--grace-period=0", "--force"
        )


def assert_nothing_lost(results, what):
    for name, found in results.items():
        print(
            f"{what}: {name}: {found['acknowledged']} acknowledged, {found['lost']} lost, "
            f"{found['stored_twice']} stored twice, longest gap {found['longest_gap_ms']:.0f} ms "
            f"(median {found['median_gap_ms']:.1f})"
        )
        assert found["acknowledged"] > 500
        assert found["lost"] == 0 and found["stored_twice"] == 0


def restart(cluster, name):
    """Restarts every pod of the set, one after the other, as `kubectl rollout` does it."""
    before = {pod: facts["metadata"]["uid"] for pod, facts in cluster.pods().items()}
    start = time.monotonic()
    cluster.kubectl("-n", NAMESPACE, "rollout", "restart", f"statefulset/{name}")
    cluster.wait_ready(name, 3 * GRACE)
    print(f"rollout restart of {name}: {time.monotonic() - start:.1f} s")
    after = {pod: facts["metadata"]["uid"] for pod, facts in cluster.pods().items()}
    renewed = {pod for pod in before if after[pod] != before[pod]}
    assert renewed == {f"{name}-{number}" for number in range(3)}


def test_a_restart_of_nats_loses_nothing(running):
    with Load(running, "nats", STREAMS) as load:
        restart(running, "arc-messaging")
        assert_nothing_lost(load.results(), "nats")


def test_a_restart_of_redis_loses_nothing(running):
    with Load(running, "redis", PREFIX) as load:
        restart(running, "arc-cache")
        assert_nothing_lost(load.results(), "redis")


def test_a_restart_of_the_sentinels_moves_no_master(running):
    master = masters(running)
    restart(running, "arc-sentinel")
    assert masters(running) == master


def redis(cluster, pod, *words):
    return cluster.kubectl("-n", NAMESPACE, "exec", pod, "-c", "redis", "--", "redis-cli", *words)


def masters(cluster):
    pods = (f"arc-cache-{number}" for number in range(3))
    return [pod for pod in pods if redis(cluster, pod, "ROLE").stdout.startswith("master")]


@pytest.mark.parametrize(
    ("pod", "program"), [("arc-messaging-1", "nats-server"), ("arc-cache-1", "redis-server")]
)
def test_liveness_restarts_a_frozen_server_and_nothing_else(running, pod, program):
    before = running.restarts()
    running.freeze(pod, program)
    start = time.monotonic()
    name = next(one for one in before if one.startswith(f"{pod}/"))
    wait_until(lambda: running.restarts()[name] == before[name] + 1, "the server restarts", 180)
    print(f"{pod} frozen: restarted after {time.monotonic() - start:.1f} s")
    running.wait_ready(pod.rpartition("-")[0], 120)
    after = running.restarts()
    assert {one for one in after if after[one] != before[one]} == {name}


def test_a_killed_agent_restarts_no_server(running):
    before = running.restarts()
    pod = "arc-messaging-0"
    for _ in range(6):
        (agent,) = agents(running, pod)
        os.kill(agent, signal.SIGKILL)
        wait_until(partial(has_other_agent, running, pod, agent), "a new agent", 20, 0.1)
        wait_until(lambda: answers(running, pod), "the agent answers", 20, 0.1)
    assert running.restarts() == before
    running.wait_ready("arc-messaging", 60)


def agents(cluster, pod):
    return [one for one in cluster.processes(pod, "arc-sidecar") if is_agent(one)]


def is_agent(process):
    with contextlib.suppress(OSError), open(f"/proc/{process}/cmdline", "rb") as file:
        return b"\0agent" in file.read()
    return False


def has_other_agent(cluster, pod, old):
    return [one for one in agents(cluster, pod) if one != old]


def answers(cluster, pod):
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}:8222/proxy/livez"
    return cluster.kubectl("get", "--raw", path, check=False).returncode == 0


def test_a_drained_node_keeps_a_majority(running):
    """Local volumes stay on their node, so its pods wait until it is back."""
    node = running.get("pod", "arc-messaging-2")["spec"]["nodeName"]
    with Load(running, "nats", STREAMS) as load:
        running.kubectl(
            "drain",
            node,
            "--ignore-daemonsets",
            "--delete-emptydir-data",
            "--force",
            "--pod-selector=app.kubernetes.io/part-of=arc",
            "--timeout=180s",
            timeout=200,
        )
        running.kubectl("uncordon", node)
        for name in ("arc-messaging", "arc-cache", "arc-sentinel"):
            running.wait_ready(name, 180)
        assert_nothing_lost(load.results(), "drain")


def test_a_deletion_ends_within_the_grace_and_leaves_no_process(running):
    """The last one: all servers are told to stop at the same moment."""
    uids = [facts["metadata"]["uid"] for facts in running.pods().values()]
    assert len(uids) == 10 and running.processes_of(uids)
    start = time.monotonic()
    running.kubectl("-n", NAMESPACE, "delete", "statefulset", "--all", "--wait=false")
    wait_until(lambda: not running.pods(), lambda: list(running.pods()), GRACE)
    print(f"deletion of all servers: {time.monotonic() - start:.1f} s")
    assert not running.processes_of(uids)
