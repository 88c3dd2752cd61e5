"""Bootstrap against a real nats-server: what is created, and that nothing is ever lost."""

import contextlib
import datetime
import re
import subprocess
import time

import pytest

from scenarios.nats import member
from support.nats_tools import Nats, declare, http_get, nats_env, nats_server, scripted_server
from support.servers import SIDECAR, free_port, run_sidecar, sidecar_environment, wait_until

HOUR = 3600 * 10**9

# What the platform's own bootstrapper makes, field by field, as a plain client sees it.
COMMON = {
    "max_consumers": -1,
    "max_msgs": -1,
    "max_bytes": -1,
    "max_msgs_per_subject": -1,
    "max_msg_size": -1,
    "discard": "old",
    "storage": "file",
    "num_replicas": 1,
    "duplicate_window": 120 * 10**9,
    "compression": "none",
    "allow_direct": False,
    "mirror_direct": False,
    "sealed": False,
    "deny_delete": False,
    "deny_purge": False,
    "allow_rollup_hdrs": False,
    "consumer_limits": {},
}
STREAMS = {
    "AGENT_COMMANDS": {"subjects": ["agent.*.cmd"], "retention": "limits", "max_age": 24 * HOUR},
    "AGENT_EVENTS": {
        "subjects": ["agent.*.event", "agent.*.status"],
        "retention": "interest",
        "max_age": 168 * HOUR,
    },
    "SYSTEM_METRICS": {"subjects": ["metrics.>"], "retention": "limits", "max_age": 6 * HOUR},
}


def bootstrap(server, *arguments, **more):
    return run_sidecar("bootstrap", "nats", *arguments, env=nats_env(server, **more))


def test_bootstrap_waits_for_a_server_that_starts_later(tmp_path):
    port, monitor = free_port(), free_port()
    env = {
        "ARC_NATS_URL": f"127.0.0.1:{port}",
        "ARC_NATS_MONITOR_URL": f"127.0.0.1:{monitor}",
    }
    with subprocess.Popen(
        [SIDECAR, "bootstrap", "nats", "--timeout", "30s"],
        env=sidecar_environment(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as waiting:
        assert "Trying again until the timeout." in waiting.stderr.readline()
        with nats_server(tmp_path, port=port, monitor=monitor):
            out, err = waiting.communicate(timeout=30)
        assert waiting.returncode == 0, out + err
        assert out.startswith("nats: converged\n  + stream AGENT_COMMANDS"), out


@pytest.mark.xdist_group("nats-cluster")
def test_bootstrap_waits_for_the_leader_of_a_cluster(tmp_path):
    """JetStream never answers a request that was sent before the cluster had a leader."""
    ports = [free_port() for _ in range(3)]
    with (
        member(tmp_path, 0, ports) as first,
        subprocess.Popen(
            [SIDECAR, "bootstrap", "nats", "--timeout", "90s"],
            env=sidecar_environment(nats_env(first)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as waiting,
    ):
        said = waiting.stderr.readline()
        assert "JetStream does not answer" in said, said
        assert "meta" in said, said
        with member(tmp_path, 1, ports), member(tmp_path, 2, ports):
            out, err = waiting.communicate(timeout=120)
        assert waiting.returncode == 0, out + err
        assert out.count(" (done)") == 3, out


def test_bootstrap_goes_on_with_the_streams_that_can_be_made(tmp_path):
    """A single server makes no replicas, and says so for each request."""
    config = declare(
        tmp_path / "arc.toml",
        {"name": "A", "subjects": ["a"], "replicas": 3},
        {"name": "B", "subjects": ["b"]},
    )
    with nats_server(tmp_path) as server:
        result = bootstrap(server, "--timeout", "5s", ARC_CONFIG=config)
        assert result.returncode == 1
        assert "! stream A: the server rejected it" in result.stdout
        assert "+ stream B: " in result.stdout and "(done)" in result.stdout


def test_bootstrap_does_not_wait_for_what_cannot_pass(tmp_path):
    with nats_server(tmp_path, "--auth", "s3cr3t-t0ken") as server:
        began = time.monotonic()
        result = bootstrap(server, "--timeout", "60s")
        assert result.returncode == 1
        assert "Trying again" not in result.stderr
        assert time.monotonic() - began < 20


def test_bootstrap_gives_up_at_its_timeout():
    result = run_sidecar(
        "bootstrap", "nats", "--timeout", "1s", env={"ARC_NATS_URL": f"127.0.0.1:{free_port()}"}
    )
    assert result.returncode == 1
    assert "refused" in result.stdout, result.stdout


def lines(result):
    """The plan's lines without the heading."""
    return [line.strip() for line in result.stdout.splitlines()[1:]]


def without_server_metadata(config):
    """Newer servers add metadata of their own (_nats.*)."""
    kept = {
        key: value
        for key, value in config.get("metadata", {}).items()
        if not key.startswith("_nats.")
    }
    return {key: value for key, value in config.items() if key != "metadata"} | (
        {"metadata": kept} if kept else {}
    )


def everything(nats):
    """All streams with their configurations and message counts."""
    streams = nats.api("STREAM.LIST", {"offset": 0})["streams"] or []
    return {
        s["config"]["name"]: (
            s["config"],
            s["created"],
            s["state"]["messages"],
            s["state"]["last_seq"],
        )
        for s in streams
    }


def test_the_default_streams_are_exactly_the_platforms(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        result = bootstrap(server)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.startswith("nats: converged\n")
        assert [line[0] for line in lines(result)] == ["+", "+", "+"]
        assert set(everything(nats)) == set(STREAMS)
        for name, fields in STREAMS.items():
            assert without_server_metadata(nats.config(name)) == {"name": name} | COMMON | fields


@pytest.mark.parametrize("how", ["CREATE", "UPDATE"])
def test_what_the_platforms_own_bootstrapper_sends_changes_nothing(tmp_path, how):
    """A typed client's request: zero values where it has no opinion."""
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        assert bootstrap(server).returncode == 0
        before = everything(nats)
        for name, fields in STREAMS.items():
            body = {
                "name": name,
                "storage": "file",
                "num_replicas": 1,
                "discard": "old",
                "duplicate_window": 120 * 10**9,
            } | fields
            body |= {
                "max_consumers": -1,
                "max_msgs": -1,
                "max_bytes": -1,
                "max_msgs_per_subject": -1,
                "max_msg_size": -1,
            }
            assert "error" not in nats.api(f"STREAM.{how}.{name}", body)
        assert everything(nats) == before
        assert all(line.startswith("= ") for line in lines(bootstrap(server)))


def test_a_second_run_changes_nothing(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        assert bootstrap(server).returncode == 0
        assert nats.publish("agent.a.cmd")["seq"] == 1
        before = everything(nats)
        result = bootstrap(server)
        assert result.returncode == 0
        assert lines(result) == [
            "= stream AGENT_COMMANDS",
            "= stream AGENT_EVENTS",
            "= stream SYSTEM_METRICS",
        ]
        assert everything(nats) == before


def test_a_dry_run_changes_nothing_and_fails_while_something_differs(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        result = bootstrap(server, "--dry-run")
        assert result.returncode == 1
        assert (
            lines(result)[0]
            == "+ stream AGENT_COMMANDS: subjects agent.*.cmd, retention limits, max_age 24h"
        )
        assert everything(nats) == {}
        assert bootstrap(server).returncode == 0
        assert bootstrap(server, "--dry-run").returncode == 0


def test_two_runs_at_once_are_safe(tmp_path):
    for attempt in range(5):
        with nats_server(tmp_path / str(attempt)) as server, Nats(server.port) as nats:
            env = sidecar_environment(nats_env(server))
            runs = [
                subprocess.Popen(
                    [SIDECAR, "bootstrap", "nats"], env=env, stdout=subprocess.PIPE, text=True
                )
                for _ in range(4)
            ]
            outputs = [run.communicate(timeout=60)[0] for run in runs]
            assert [run.returncode for run in runs] == [0, 0, 0, 0], outputs
            assert set(everything(nats)) == set(STREAMS)
            assert bootstrap(server).returncode == 0


@pytest.mark.parametrize(("made", "code"), [({}, 0), ({"max_age": HOUR}, 1)])
def test_somebody_else_makes_the_stream_meanwhile(tmp_path, made, code):
    """Not found, then in use: what counts is what is there then, with fields of its maker's that
    nobody declared."""
    config = declare(tmp_path / "arc.toml", {"name": "A", "subjects": ["a"]})
    missing = {"error": {"code": 404, "err_code": 10059, "description": "stream not found"}}
    in_use = {
        "error": {
            "code": 400,
            "err_code": 10058,
            "description": "stream name already in use with a different configuration",
        }
    }
    theirs = {
        "config": COMMON
        | {
            "name": "A",
            "subjects": ["a"],
            "retention": "limits",
            "max_age": 0,
            "metadata": {"_nats.level": "1"},
        }
        | made
    }
    answers = {
        "$JS.API.STREAM.INFO.A": [missing, missing, theirs],
        "$JS.API.STREAM.LIST": [{"total": 0, "streams": []}],
        "$JS.API.STREAM.CREATE.A": [in_use],
    }
    with scripted_server(answers) as port:
        env = {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
            "ARC_CONFIG": config,
        }
        result = run_sidecar("bootstrap", "nats", "--force", "--timeout", "5s", env=env)
        assert result.returncode == code, result.stdout
        assert ("max_age 1h → no limit" in result.stdout) == bool(made)


@pytest.mark.parametrize(
    ("command", "texts"),
    [
        (
            "check",
            [
                "so stream A cannot be verified",
                "nats.stream.timeout: stream B does not answer, but others do",
                "nats.stream.ok: stream C is as declared",
            ],
        ),
        ("bootstrap", ["! stream A: ", "! stream B: does not answer, but others do", "= stream C"]),
    ],
)
def test_one_stream_denied_one_silent_one_there(tmp_path, command, texts):
    """Each has its own word. No server can be made to do all three at once without a cluster; a
    silent stream alone is in the fault matrix."""
    config = declare(
        tmp_path / "arc.toml", *({"name": name, "subjects": [name.lower()]} for name in "ABC")
    )
    answers = {
        "$JS.API.STREAM.INFO.A": [
            b"-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.A\"'\r\n"
        ],
        "$JS.API.STREAM.INFO.B": [b""],
        # Asked again, because what comes along with a refusal may be lost; after B, which takes its
        # share of the time.
        "$JS.API.STREAM.INFO.C": [
            b"",
            {
                "config": COMMON
                | {"name": "C", "subjects": ["c"], "retention": "limits", "max_age": 0}
            },
        ],
    }
    with scripted_server(answers) as port:
        env = {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
            "ARC_CONFIG": config,
        }
        result = run_sidecar(command, "nats", "--timeout", "2s", env=env)
        assert result.returncode == 1
        for text in texts:
            assert text in result.stdout, result.stdout


def test_what_else_is_there_is_left_alone(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        nats.create("MINE", ["mine.>"], max_msgs=3, metadata={"owner": "me"})
        nats.publish("mine.a")
        before = everything(nats)["MINE"]
        assert bootstrap(server).returncode == 0
        assert everything(nats)["MINE"] == before


def test_the_overlapping_stream_is_found_on_a_later_page(tmp_path):
    """STREAM.LIST gives 256 streams at a time."""
    config = declare(tmp_path / "arc.toml", {"name": "B", "subjects": ["zz.cpu"]})
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        for number in range(270):
            nats.create(f"S{number:03}", [f"s{number}"], storage="memory")
        nats.create("ZZ", ["zz.>"], storage="memory")
        assert "overlaps stream ZZ (zz.>)" in bootstrap(server, ARC_CONFIG=config).stdout


def test_two_declared_streams_that_overlap(tmp_path):
    config = declare(
        tmp_path / "arc.toml",
        {"name": "A", "subjects": ["m.>"]},
        {"name": "B", "subjects": ["m.x"]},
    )
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        result = bootstrap(server, ARC_CONFIG=config)
        assert result.returncode == 1
        assert (
            "! stream B: subject m.x overlaps stream A (m.>), which is also declared"
            in result.stdout
        )
        assert set(everything(nats)) == {"A"}


def rich_stream(nats, **more):
    """A stream with what a careless update would erase: direct access, compression, a consumer,
    messages."""
    nats.create(
        "A",
        ["a.>"],
        allow_direct=True,
        compression="s2",
        max_age=24 * HOUR,
        duplicate_window=120 * 10**9,
        **more,
    )
    assert "error" not in nats.api(
        "CONSUMER.CREATE.A.c",
        {"stream_name": "A", "config": {"durable_name": "c", "ack_policy": "explicit"}},
    )
    for number in range(5):
        assert nats.publish("a.x")["seq"] == number + 1


def rich_declaration(directory):
    return declare(
        directory / "arc.toml",
        {
            "name": "A",
            "subjects": ["a.>", "b"],
            "max_age": "168h",
            "allow_direct": True,
            "compression": "s2",
        },
    )


def age_of_first(info):
    """Of the first message, in seconds, by the server's clock."""
    first, now = (
        datetime.datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00")
        for text in (info["state"]["first_ts"], info["ts"])
    )
    return (now - first).total_seconds()


def printed_command(result):
    """The command in the refusal of a stream, as printed."""
    return re.search(r"`arc-sidecar (bootstrap nats [^`]+)`", result.stdout)[1].split()


def test_an_update_that_was_asked_for_changes_nothing_else(tmp_path):
    config = rich_declaration(tmp_path)
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        rich_stream(nats)
        before = nats.config("A")
        result = bootstrap(server, ARC_CONFIG=config)
        assert result.returncode == 1
        assert printed_command(result) == ["bootstrap", "nats", "--update"]
        assert nats.config("A") == before
        result = bootstrap(server, "--update", "--dry-run", ARC_CONFIG=config)
        assert result.returncode == 1
        assert lines(result) == ["~ stream A: subjects a.> → a.> b; max_age 24h → 168h"]
        assert nats.config("A") == before
        result = bootstrap(server, "--update", ARC_CONFIG=config)
        assert result.returncode == 0, result.stdout
        assert lines(result) == ["~ stream A: subjects a.> → a.> b; max_age 24h → 168h (done)"]
        assert nats.config("A") == before | {"max_age": 168 * HOUR, "subjects": ["a.>", "b"]}
        assert nats.messages("A") == 5
        assert nats.api("CONSUMER.INFO.A.c")["name"] == "c"


@pytest.mark.parametrize(
    ("actual", "declared"),
    [
        ({"retention": "limits"}, {"retention": "interest"}),
        ({}, {"max_msgs": 1}),
        ({}, {"max_bytes": 1}),
        ({}, {"max_msgs_per_subject": 1}),
        ({"subjects": ["a.>", "b"]}, {}),
        ({"storage": "memory"}, {}),
        ({"discard": "old"}, {"discard": "new"}),
    ],
)
def test_an_update_that_could_lose_something_is_never_made(tmp_path, actual, declared):
    config = declare(tmp_path / "arc.toml", {"name": "A", "subjects": ["a.>"]} | declared)
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        nats.create("A", actual.pop("subjects", ["a.>"]), **actual)
        for _ in range(3):
            nats.publish("a.x")
        before = everything(nats)
        result = bootstrap(server, "--update", "--force", ARC_CONFIG=config)
        assert result.returncode == 1
        assert "! stream A: differs, left as it is: " in result.stdout
        assert everything(nats) == before


def test_a_field_that_cannot_be_declared_is_removed_by_the_printed_command_alone(tmp_path):
    config = rich_declaration(tmp_path)
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        rich_stream(nats, metadata={"owner": "me"}, republish={"src": "a.x", "dest": "r"})
        before = nats.config("A")
        result = bootstrap(server, "--update", ARC_CONFIG=config)
        assert result.returncode == 1
        assert nats.config("A") == before
        command = printed_command(result)
        assert command == ["bootstrap", "nats", "--accept-loss", "A"]
        result = run_sidecar(*command, env=nats_env(server, ARC_CONFIG=config))
        assert result.returncode == 0, result.stdout
        after = without_server_metadata(nats.config("A"))
        assert "republish" not in after and "metadata" not in after
        assert nats.messages("A") == 5


@pytest.mark.parametrize(
    ("declared", "command", "left"),
    [
        ({"max_age": "1h"}, ["bootstrap", "nats", "--update"], 3),
        ({"max_msgs": 3}, ["bootstrap", "nats", "--update"], 3),
        ({"max_bytes": "1mb"}, ["bootstrap", "nats", "--update"], 3),
        ({"max_msgs_per_subject": 3}, ["bootstrap", "nats", "--update"], 3),
        ({"max_msgs": 2}, ["bootstrap", "nats", "--accept-loss", "A"], 2),
        ({"max_age": "100ms"}, ["bootstrap", "nats", "--accept-loss", "A"], 0),
        ({"retention": "interest"}, ["bootstrap", "nats", "--accept-loss", "A"], None),
    ],
)
def test_a_refusal_names_the_command_that_makes_the_change(tmp_path, declared, command, left):
    """A limit that deletes none of the stored messages is a safe change."""
    config = declare(tmp_path / "arc.toml", {"name": "A", "subjects": ["a.>"]} | declared)
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        nats.create("A", ["a.>"])
        for _ in range(3):
            nats.publish("a.x")
        wait_until(
            lambda: age_of_first(nats.api("STREAM.INFO.A")) > 0.1,
            "the messages are older than 100 ms",
        )
        result = bootstrap(server, ARC_CONFIG=config)
        assert printed_command(result) == command
        result = run_sidecar(*command, env=nats_env(server, ARC_CONFIG=config))
        assert result.returncode == 0, result.stdout
        if left is not None:
            wait_until(lambda: nats.messages("A") == left, f"{left} messages are left")


def test_an_empty_stream_takes_every_limit(tmp_path):
    config = declare(
        tmp_path / "arc.toml",
        {"name": "A", "subjects": ["a.>"], "max_age": "6h", "max_msgs": 1, "max_bytes": "1kb"},
    )
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        nats.create("A", ["a.>"])
        assert bootstrap(server, "--update", ARC_CONFIG=config).returncode == 0
        assert nats.config("A")["max_msgs"] == 1


def test_the_servers_own_reason_is_told(tmp_path):
    config = declare(tmp_path / "arc.toml", {"name": "C", "subjects": ["c"], "replicas": 3})
    with nats_server(tmp_path) as server:
        result = bootstrap(server, ARC_CONFIG=config)
        assert result.returncode == 1
        assert (
            "! stream C: the server rejected it (replicas > 1 not supported in non-clustered mode (err_code 10074))"
            in result.stdout
        )


def test_without_the_monitor_nothing_is_created_unless_forced(tmp_path):
    with nats_server(tmp_path, monitor=0) as server, Nats(server.port) as nats:
        result = bootstrap(server)
        assert result.returncode == 1
        assert all(line.startswith("! stream ") and "--force" in line for line in lines(result))
        assert everything(nats) == {}
        assert bootstrap(server, "--force").returncode == 0
        assert set(everything(nats)) == set(STREAMS)
        assert bootstrap(server).returncode == 0


def test_the_monitor_of_another_server_counts_as_none(tmp_path):
    with (
        nats_server(tmp_path / "a") as one,
        nats_server(tmp_path / "b") as other,
        Nats(one.port) as nats,
    ):
        result = bootstrap(one, ARC_NATS_MONITOR_URL=f"127.0.0.1:{other.monitor}")
        assert result.returncode == 1
        assert "belongs to another server" in result.stdout
        assert everything(nats) == {}


LEAF = """
accounts { APP { %s users: [ {user: app, password: app} ] %s } }
no_auth_user: app
leafnodes { remotes: [ { urls: [ "nats://127.0.0.1:%s" ], account: APP } ] }
%s
"""
MAPPING = ', mappings: { "$JS.API.>": "$JS.hub.API.>" }'


@contextlib.contextmanager
def hub_with_leaf(tmp_path, leaf, own_jetstream):
    """A hub in the domain `hub` and a leaf node whose JetStream requests it answers. Yields
    both."""
    port = free_port()
    hub = f'jetstream {{ domain: hub }}\nleafnodes {{ listen: "127.0.0.1:{port}" }}'
    with (
        nats_server(tmp_path / "hub", conf=hub, store=tmp_path / "hub-store") as server,
        nats_server(tmp_path / "leaf", conf=leaf % port, jetstream=own_jetstream) as edge,
        Nats(edge.port) as nats,
    ):
        wait_until(
            lambda: http_get(edge.monitor, "/leafz")[1]["leafnodes"] == 1,
            "the leaf node is connected",
        )
        wait_until(
            lambda: nats.request("$JS.API.INFO").startswith(b"{"),
            "the hub answers over the leaf node",
        )
        yield server, edge


@pytest.mark.parametrize(
    ("leaf", "own_jetstream", "words"),
    [
        (LEAF % ("", MAPPING, "%d", ""), False, "does not run JetStream for the account APP"),
        (
            LEAF % ("", MAPPING, "%d", "jetstream { domain: edge }"),
            True,
            "does not run JetStream for the account APP",
        ),
        (
            LEAF % ("jetstream: enabled,", MAPPING, "%d", "jetstream { domain: edge }"),
            True,
            "a mapping or an import of $JS.API.>",
        ),
    ],
    ids=["no-jetstream", "no-jetstream-for-the-account", "own-jetstream"],
)
def test_a_damaged_stream_is_not_created_anew_over_a_leaf_node(
    tmp_path, leaf, own_jetstream, words
):
    """Only the hub's monitor knows of its damaged files; what the hub would adopt of them it would
    cut to the declared limits."""
    config = declare(
        tmp_path / "arc.toml", {"name": "ORDERS", "subjects": ["orders.>"], "max_msgs": 10}
    )
    hub = "jetstream { domain: hub }"
    with (
        nats_server(tmp_path / "first", conf=hub, store=tmp_path / "hub-store") as server,
        Nats(server.port) as nats,
    ):
        nats.create("ORDERS", ["orders.>"])
        for _ in range(50):
            nats.publish("orders.a")
    meta = next((tmp_path / "hub-store").rglob("ORDERS/meta.inf"))
    good = meta.read_bytes()
    meta.write_bytes(b"")
    with hub_with_leaf(tmp_path, leaf, own_jetstream) as (server, edge):
        result = bootstrap(edge, ARC_CONFIG=config)
        assert result.returncode == 1
        assert "! stream ORDERS: is missing" in result.stdout and words in result.stdout, (
            result.stdout
        )
        assert "could not be recovered" in bootstrap(server, ARC_CONFIG=config).stdout
    meta.write_bytes(good)
    with (
        nats_server(tmp_path / "last", conf=hub, store=tmp_path / "hub-store") as server,
        Nats(server.port) as nats,
    ):
        assert nats.messages("ORDERS") == 50


@pytest.mark.xdist_group("nats-cluster")
def test_over_a_gateway_nothing_is_created_and_at_each_server_of_the_cluster_it_is(tmp_path):
    gateways, routes = [free_port() for _ in range(4)], [free_port() for _ in range(3)]
    urls = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)
    inside = 'cluster {{ name: B, listen: "127.0.0.1:{}", routes: [{}] }}\ngateway {{ name: B, listen: "127.0.0.1:{}", gateways: [ {{name: A, url: "nats://127.0.0.1:{}"}} ] }}'
    outside = f'gateway {{ name: A, listen: "127.0.0.1:{gateways[3]}", gateways: [ {{name: B, url: "nats://127.0.0.1:{gateways[0]}"}} ] }}'
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(
                nats_server(
                    tmp_path / f"b{number}",
                    "-n",
                    f"b{number}",
                    conf=inside.format(routes[number], urls, gateways[number], gateways[3]),
                )
            )
            for number in range(3)
        ]
        for server in servers:
            wait_until(
                lambda port=server.monitor: http_get(port, "/healthz")[0] == 200,
                "the cluster has a leader",
            )
        other = stack.enter_context(
            nats_server(tmp_path / "a", "-n", "a", conf=outside, jetstream=False)
        )
        with Nats(other.port) as nats:
            wait_until(
                lambda: nats.request("$JS.API.INFO").startswith(b"{"),
                "the cluster answers over the gateway",
            )
        result = bootstrap(other)
        assert result.returncode == 1
        assert result.stdout.count("does not run JetStream for the account $G") == 3, result.stdout
        for number, server in enumerate(servers):
            config = declare(
                tmp_path / f"{number}.toml", {"name": f"S{number}", "subjects": [f"s{number}"]}
            )
            result = bootstrap(server, ARC_CONFIG=config)
            assert result.returncode == 0, result.stdout


def test_an_update_is_not_made_where_the_stream_was_changed_meanwhile(tmp_path):
    """The stream as it was compared, and as it is right before the update: the script knows no
    answer to an update."""
    config = declare(tmp_path / "arc.toml", {"name": "A", "subjects": ["a"], "max_age": "2h"})
    compared = {
        "config": COMMON | {"name": "A", "subjects": ["a"], "retention": "limits", "max_age": HOUR}
    }
    changed = {"config": compared["config"] | {"max_msgs": 5}}
    with scripted_server({"$JS.API.STREAM.INFO.A": [compared, changed]}) as port:
        env = {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
            "ARC_CONFIG": config,
        }
        result = run_sidecar("bootstrap", "nats", "--update", "--timeout", "5s", env=env)
    assert result.returncode == 1
    assert "! stream A: was changed by another client since the comparison" in result.stdout, (
        result.stdout
    )


def test_a_user_that_may_look_but_not_create(tmp_path):
    conf = 'accounts { A { jetstream: enabled, users = [{user: a, password: p, permissions: {publish: {deny: "$JS.API.STREAM.CREATE.>"}}}] } }'
    with nats_server(tmp_path, conf=conf) as server:
        result = bootstrap(server, ARC_NATS_USER="a", ARC_NATS_PASSWORD="p")
        assert result.returncode == 1
        assert (
            "-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.CREATE.AGENT_COMMANDS\"'"
            in result.stdout
        )


def test_a_message_survives_a_restart_and_a_bootstrap(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        assert bootstrap(server).returncode == 0
        nats.publish("agent.a.cmd", b"keep me")
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        assert all(line.startswith("= ") for line in lines(bootstrap(server)))
        assert nats.messages("AGENT_COMMANDS") == 1
