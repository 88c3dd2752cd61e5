"""docs/metrics.md and what is exposed are the same, names, types and labels, both ways; and the
reference reader accepts it."""

import re
import subprocess
from pathlib import Path

import pytest

from support.exposition import Exposition
from support.nats_tools import Nats, http_get, nats_env, nats_server
from support.servers import redis_cli, redis_server, run_sidecar

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/metrics.md").read_text()
ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram|summary) \| (.*?) \|", re.MULTILINE)
GROUP = re.compile(r"^\| \*(\w+)\* \| (.*) \|$", re.MULTILINE)

# What a server says only after something that these tests do not bring about.
SOMETIMES = {"arc_sidecar_finding", "arc_sidecar_bootstrap_done", "arc_sidecar_may_stop"}


def ticked(text):
    return set(re.findall(r"`(\w+)`", text))


def documented():
    """{name: (type, labels)} of the tables."""
    groups = {name: ticked(labels) for name, labels in GROUP.findall(DOCUMENT)}
    found = {}
    for name, kind, labels in ROW.findall(DOCUMENT):
        assert name not in found, f"{name} is there twice"
        group = re.fullmatch(r"\*(\w+)\*", labels.strip())
        found[name] = (kind, groups[group[1]] if group else ticked(labels))
    return found


def part(prefixes):
    return {name: row for name, row in documented().items() if name.startswith(prefixes)}


def exposed(service, env):
    result = run_sidecar("metrics", service, env=env)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.fixture(scope="module")
def nats_text(tmp_path_factory):
    with nats_server(tmp_path_factory.mktemp("nats")) as server:
        env = nats_env(server)
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        with Nats(server.port) as client:
            consumer = {"durable_name": "worker", "ack_policy": "explicit"}
            client.api(
                "CONSUMER.DURABLE.CREATE.AGENT_COMMANDS.worker",
                {"stream_name": "AGENT_COMMANDS", "config": consumer},
            )
            for path in ("/varz", "/jsz", "/healthz"):
                http_get(server.monitor, path)
            subprocess.run(
                [
                    "python3",
                    "-c",
                    f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{server.monitor}/')",
                ],
                check=True,
            )
            yield exposed("nats", env)


@pytest.fixture(scope="module")
def redis_text(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        redis_cli(server.port, "SET", "key", "value", "EX", 100)
        redis_cli(server.port, "NONSENSE")
        yield exposed("redis", {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"})


@pytest.mark.parametrize(
    ("service", "prefixes"), [("nats", ("gnatsd_", "jetstream_")), ("redis", ("redis_",))]
)
def test_what_is_documented_is_exposed_and_nothing_else(request, service, prefixes):
    read = Exposition(request.getfixturevalue(f"{service}_text"))
    theirs = {
        name: (kind, read.labels(name))
        for name, kind in read.types.items()
        if not name.startswith("arc_")
    }
    assert theirs == part(prefixes)
    ours = {
        name: (kind, read.labels(name))
        for name, kind in read.types.items()
        if name.startswith("arc_")
    }
    assert ours == {name: row for name, row in part(("arc_",)).items() if name not in SOMETIMES}


def test_as_many_as_the_usual_exporters_have():
    """91 of prometheus-nats-exporter 0.20.1, 163 of redis_exporter 1.88.0, the exporters' own
    process aside."""
    assert len(part(("gnatsd_", "jetstream_"))) >= 91
    assert len(part(("redis_",))) >= 163


def promtool(text):
    return subprocess.run(
        ["promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("service", ["nats", "redis"])
def test_promtool_reads_it_and_has_nothing_to_say_of_our_names(request, service):
    result = promtool(request.getfixturevalue(f"{service}_text"))
    # 3: remarks on names, which are the exporters'; 1: it could not be read.
    assert result.returncode in (0, 3), result.stdout + result.stderr
    remarks = (result.stdout + result.stderr).splitlines()
    assert [line for line in remarks if not re.match("(gnatsd|jetstream|redis)_", line)] == []


def test_m02_an_odd_name_makes_nothing_unreadable(tmp_path):
    with nats_server(tmp_path, "-n", 'a"b\\c') as server:
        text = exposed("nats", nats_env(server))
        assert promtool(text).returncode in (0, 3)
        assert Exposition(text).value("gnatsd_varz_port", server_id='a\\"b\\\\c') == server.port


def series_without_values_of_a_run(text):
    return {
        (name, tuple(label for label in labels if label[0] != "value"))
        for name, labels in Exposition(text).samples
    }


def test_m03_a_restart_begins_no_new_series(tmp_path):
    seen = []
    for _ in range(3):
        with nats_server(tmp_path) as server:
            assert run_sidecar("bootstrap", "nats", env=nats_env(server)).returncode == 0
            for path in ("/varz", "/jsz", "/healthz", "/connz"):
                http_get(server.monitor, path)
            seen.append(series_without_values_of_a_run(exposed("nats", nats_env(server))))
    assert seen[0] == seen[1] == seen[2]
    assert ("gnatsd_varz_cores", (("server_id", "test"),)) in seen[0]


def test_nats_values_are_the_servers(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as client:
        env = nats_env(server)
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        for number in range(7):
            client.publish("metrics.cpu", b"x" * (100 + number))
        client.api(
            "CONSUMER.DURABLE.CREATE.SYSTEM_METRICS.c",
            {
                "stream_name": "SYSTEM_METRICS",
                "config": {"durable_name": "c", "ack_policy": "explicit"},
            },
        )
        read = Exposition(exposed("nats", env))
        _, varz = http_get(server.monitor, "/varz")
        _, jsz = http_get(server.monitor, "/jsz?streams=true&config=true")
        moving = {"cpu", "mem", "connections", "subscriptions", "total_connections"}
        compared = 0
        for name, value in varz.items():
            if (
                isinstance(value, int | float)
                and not isinstance(value, bool)
                and name not in moving
                and not name.startswith(("in_", "out_"))
            ):
                assert read.value(f"gnatsd_varz_{name}", server_id="test") == value, name
                compared += 1
        assert compared > 15
        (stream,) = [
            each
            for each in jsz["account_details"][0]["stream_detail"]
            if each["name"] == "SYSTEM_METRICS"
        ]
        assert read.value("jetstream_stream_total_messages", stream_name="SYSTEM_METRICS") == 7
        assert (
            read.value("jetstream_stream_total_bytes", stream_name="SYSTEM_METRICS")
            == stream["state"]["bytes"]
        )
        assert read.value("jetstream_stream_last_seq", stream_name="SYSTEM_METRICS") == 7
        assert (
            read.value(
                "jetstream_consumer_num_pending", stream_name="SYSTEM_METRICS", consumer_name="c"
            )
            == 7
        )
        assert read.value("jetstream_server_max_storage") == jsz["config"]["max_storage"]
        assert read.value("jetstream_account_max_storage") == -1
