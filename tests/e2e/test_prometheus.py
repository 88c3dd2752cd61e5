"""A real Prometheus beside the three servers: what it reads, and what it would wake somebody
for."""

import contextlib
import json

import pytest

from support.plain_nats import plain_nats
from support.prometheus import TARGETS, Prometheus, metric_names
from support.stack import docker, wait_until

# Only there while something is wrong.
SOMETIMES = {"arc_sidecar_finding", "arc_sidecar_may_stop"}  # may_stop: of members of a cluster
# A series that only the server itself can feed, with a value that is known.
REAL_SERIES = {
    "arc-messaging": ("jetstream_server_total_streams", 3),
    "arc-streaming": ("pulsar_version_info", 1),
    "arc-cache": ("redis_memory_max_bytes", 512 * 2**20),
}


@pytest.fixture(scope="module")
def prometheus(stack, first_start):
    beside = Prometheus(stack)
    yield beside
    docker("rm", "--force", "--volumes", beside.name)


def test_within_a_minute_each_job_has_its_targets_and_a_real_series(running, prometheus):
    wait_until(lambda: prometheus.targets_up() == TARGETS, "every target is up", 60)
    for job, (name, value) in REAL_SERIES.items():
        assert [seen for _, seen in prometheus.query(f'{name}{{job="{job}"}}')] == [value], (
            job,
            name,
        )
    up = {labels["service"]: value for labels, value in prometheus.query("arc_sidecar_up")}
    assert up == {"nats": 1, "pulsar": 1, "redis": 1}


@contextlib.contextmanager
def consumer(stack, name):
    """A durable consumer, without which there is no series of one."""
    with plain_nats(stack.ports["ARC_FLASH_PORT"]) as client:
        wanted = {
            "stream_name": "AGENT_COMMANDS",
            "config": {"durable_name": name, "ack_policy": "explicit"},
        }
        made = client.api(
            f"CONSUMER.DURABLE.CREATE.AGENT_COMMANDS.{name}", json.dumps(wanted).encode()
        )
        assert "error" not in made, made
        try:
            yield
        finally:
            client.api(f"CONSUMER.DELETE.AGENT_COMMANDS.{name}")


def test_every_series_of_an_alert_rule_is_really_there(running, prometheus):
    rules = prometheus.rules()
    assert len(rules) >= 30
    wanted = {name for rule in rules for name in metric_names(rule["query"])} - SOMETIMES
    with consumer(running, "seen-by-prometheus"):
        wait_until(
            lambda: wanted <= set(prometheus.api("label/__name__/values")),
            f"all of {sorted(wanted)}",
            60,
        )
    assert all(metric_names(rule["query"]) for rule in rules)


@pytest.mark.parametrize(
    ("codename", "url"),
    [
        ("flash", "http://127.0.0.1:8222/metrics"),
        ("sonic", "http://127.0.0.1:9121/metrics"),
        ("strange", "http://127.0.0.1:7777/metrics"),
    ],
)
def test_promtool_reads_each_exposition(running, codename, url):
    """Format and types; a name that promtool would spell otherwise is the usual exporters' (exit
    code 3), none of ours."""
    container = running.container(codename)
    network = f"container:{container}"
    text = docker(
        "run",
        "--rm",
        "--network",
        network,
        "arc-toolchain:prometheus",
        "python3",
        "-c",
        f"import urllib.request; print(urllib.request.urlopen('{url}', timeout=10).read().decode(), end='')",
    ).stdout
    assert "arc_sidecar_up" in text
    checked = docker(
        "run",
        "--rm",
        "--interactive",
        "arc-toolchain:prometheus",
        "promtool",
        "check",
        "metrics",
        stdin=text,
        check=False,
    )
    said = checked.stdout + checked.stderr
    assert checked.returncode in (0, 3), said
    assert "arc_sidecar" not in said, said


def test_healthy_servers_wake_nobody(running, prometheus):
    wait_until(lambda: not prometheus.firing_or_pending(), "no alert is pending", 90)
    assert {rule["health"] for rule in prometheus.rules()} == {"ok"}


def test_a_server_that_hangs_is_on_its_way_to_wake_somebody(running, prometheus):
    running.signal_server("sonic", "STOP")
    try:
        wait_until(
            lambda: ("ArcServiceDown", "redis") in prometheus.firing_or_pending(),
            "ArcServiceDown is pending",
            60,
        )
        [(labels, value)] = prometheus.query('arc_sidecar_up{service="redis"}')
        assert (labels["job"], value) == ("arc-cache", 0)
    finally:
        running.signal_server("sonic", "CONT")
    wait_until(lambda: not prometheus.firing_or_pending(), "no alert is pending again", 90)
