"""A real Prometheus beside the three servers: what it reads, and what it would wake somebody
for."""

import contextlib
import itertools
import json
import re

import pytest

from support.plain_nats import plain_nats
from support.prometheus import TARGETS, Prometheus, metric_names
from support.stack import ROOT, docker, subscribe, wait_until

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


DASHBOARDS = ("messaging", "nats", "pulsar", "redis")
BUILT = ROOT / "build/dashboards"  # make dashboards
UNITS = {"_bytes": {"bytes", "Bps"}, "_seconds": {"s", "percentunit"}}


def panels(name):
    """The panels of Grafana's file with their questions."""
    text = json.loads((BUILT / f"grafana/{name}.json").read_text())
    return [panel for panel in text["panels"] if panel["type"] != "row"]


def load(stack, round_number):
    """A little of everything that a panel shows."""
    nats = {"NATS_URL": f"nats://{stack.container('flash')}:4222"}
    redis = {"REDIS_ADDR": f"{stack.container('sonic')}:6379"}
    stack.client("publish", "agent.load.cmd", str(round_number), **nats)
    stack.client("set", "load", str(round_number), **redis)
    stack.client("get", "load", **redis)


def test_the_dashboards_of_signoz_ask_the_same():
    for name in DASHBOARDS:
        signoz = json.loads((BUILT / f"signoz/{name}.json").read_text())
        asked = [
            [query["query"] for query in widget["query"]["promql"]] for widget in signoz["widgets"]
        ]
        assert asked == [
            [target["expr"] for target in panel["targets"]] for panel in panels(name)
        ], name
        assert {each["i"] for each in signoz["layout"]} == {
            each["id"] for each in signoz["widgets"]
        }


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_has_data_under_load_or_says_why_not(running, prometheus, name):
    asked = {
        (panel["title"], target["expr"]): panel
        for panel in panels(name)
        for target in panel["targets"]
    }
    subscribe(running.ports["ARC_STRANGE_ADMIN_PORT"], f"persistent://public/default/{name}")
    rounds = itertools.count()

    def silent():
        load(running, next(rounds))
        return [
            key
            for key, panel in asked.items()
            if "No data is normal" not in panel.get("description", "")
            and not prometheus.query(key[1])
        ]

    with consumer(running, "seen-by-dashboards"):
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not silent(), "every panel has data", 90)
        assert not silent()
    for (title, expr), panel in asked.items():
        values = [value for _, value in prometheus.query(expr)]
        assert all(value == value for value in values), (title, "not a number", expr)
        unit = panel["fieldConfig"]["defaults"]["unit"]
        if unit == "percentunit":
            assert all(0 <= value <= 1 for value in values), (title, values)
        if unit == "bool":
            assert set(values) <= {0, 1}, (title, values)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_unit_of_a_panel_is_that_of_its_series(name):
    for panel in panels(name):
        unit = panel["fieldConfig"]["defaults"]["unit"]
        for target in panel["targets"]:
            # the first series decides: a ratio has those of two
            series = re.search(
                r"\b((?:arc_sidecar|gnatsd|jetstream|redis|pulsar|jvm)_\w+)", target["expr"]
            )
            name_of_unit = series[1].removesuffix("_total").removesuffix("_sum")
            for suffix, units in UNITS.items():
                if (
                    name_of_unit.endswith(suffix)
                    and " / " not in target["expr"]
                    and "changes(" not in target["expr"]
                ):
                    assert unit in units, (panel["title"], unit, series[1])


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
