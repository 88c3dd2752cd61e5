"""Under exactly the permissions of docs/permissions.md everything is verified; without one of them
it is missed, by name."""

import contextlib
import os
import re
from pathlib import Path

import pytest

from support.nats_tools import nats_env, nats_server
from support.pulsar_broker import Broker, Keys
from support.servers import first_line, redis_cli, redis_node, redis_server, run_sidecar, wait_until

DOC = (Path(__file__).resolve().parents[2] / "docs" / "permissions.md").read_text()
SUBJECT = re.compile(r'"([^"]+)"')


def block(server, command):
    """The block of the page below these two headings."""
    section = (
        DOC.partition(f"## {server}\n")[2].partition("\n## ")[0].partition(f"### {command}\n")[2]
    )
    return section.partition("```\n")[2].partition("```")[0]


NATS_CHECK, NATS_BOOTSTRAP = block("NATS", "Check"), block("NATS", "Bootstrap")
REDIS_RULES = [word for word in block("Redis", "Check").split()[2:] if not word.startswith(">")]


@contextlib.contextmanager
def nats_with(tmp_path, permissions, created=True):
    """A nats-server with a user `sidecar` under these permissions and, if asked for, the default
    streams. Yields what points the sidecar at it."""
    store = tmp_path / "store"
    conf = (
        'accounts { A { jetstream: enabled, users: [ { user: "sidecar", password: "p" %s } ] } }\n'
    )
    if created:
        with nats_server(tmp_path / "first", conf=conf % "", store=store) as server:
            assert (
                run_sidecar(
                    "bootstrap",
                    "nats",
                    env=nats_env(server, ARC_NATS_USER="sidecar", ARC_NATS_PASSWORD="p"),
                ).returncode
                == 0
            )
    with nats_server(tmp_path / "second", conf=conf % (", " + permissions), store=store) as server:
        yield nats_env(server, ARC_NATS_USER="sidecar", ARC_NATS_PASSWORD="p")


def without(permissions, subject):
    left = permissions.replace(f'"{subject}"', '"nothing.at.all"')
    assert left != permissions
    return left


def test_nats_check(tmp_path):
    with nats_with(tmp_path, NATS_CHECK) as env:
        result = run_sidecar("check", "nats", "--strict", env=env)
        assert result.returncode == 0, result.stdout
        assert "3 streams as declared" in first_line(result)


ACCOUNT = "$JS.API.INFO"


def test_nats_check_without_the_account(tmp_path):
    with nats_with(tmp_path, without(NATS_CHECK, ACCOUNT)) as env:
        result = run_sidecar("check", "nats", "--strict", env=env)
        assert result.returncode == 1
        assert first_line(result).endswith(
            f"so the account's limits cannot be verified. Permit publishing to {ACCOUNT}."
        )
        assert result.stdout.count("nats.stream.ok") == 3
        assert run_sidecar("check", "nats", env=env).returncode == 0


@pytest.mark.parametrize(
    "subject", [subject for subject in SUBJECT.findall(NATS_CHECK) if subject != ACCOUNT]
)
def test_nats_check_without_one(tmp_path, subject):
    with nats_with(tmp_path, without(NATS_CHECK, subject)) as env:
        result = run_sidecar("check", "nats", env=env)
        assert result.returncode == 1
        name = subject.rpartition(".")[2]
        lacking = (
            "so the streams cannot be verified. Permit subscribing"
            if "INBOX" in subject
            else f"so stream {name} cannot be verified. Permit publishing"
        )
        assert f"{lacking} to {subject}" in result.stdout, result.stdout
        assert result.stdout.count(" nats.permission.denied: ") == 1
        verified = re.findall(
            r"  ok        nats.stream.ok: stream (\w+) is as declared", result.stdout
        )
        assert len(verified) == (0 if "INBOX" in subject else 2) and name not in verified, (
            result.stdout
        )
        assert "  ok        nats.jetstream.ok" in result.stdout
        assert run_sidecar("check", "nats", "--live", env=env).returncode == 0


def test_nats_check_without_two(tmp_path):
    events, metrics = "$JS.API.STREAM.INFO.AGENT_EVENTS", "$JS.API.STREAM.INFO.SYSTEM_METRICS"
    with nats_with(tmp_path, without(without(NATS_CHECK, events), metrics)) as env:
        said = run_sidecar("check", "nats", env=env).stdout
        assert (
            f"Permit publishing to {events}" in said and f"Permit publishing to {metrics}" in said
        ), said
        assert "  ok        nats.stream.ok: stream AGENT_COMMANDS is as declared" in said


def test_nats_bootstrap_makes_what_it_may(tmp_path):
    subject = "$JS.API.STREAM.CREATE.AGENT_EVENTS"
    with nats_with(tmp_path, without(NATS_BOOTSTRAP, subject), created=False) as env:
        result = run_sidecar("bootstrap", "nats", env=env)
        assert result.returncode == 1
        assert "  ! stream AGENT_EVENTS: -ERR 'Permissions Violation" in result.stdout, (
            result.stdout
        )
        assert (
            "  + stream AGENT_COMMANDS" in result.stdout
            and "  + stream SYSTEM_METRICS" in result.stdout
        ), result.stdout


def test_nats_bootstrap(tmp_path):
    with nats_with(tmp_path, NATS_BOOTSTRAP, created=False) as env:
        result = run_sidecar("bootstrap", "nats", env=env)
        assert result.returncode == 0, result.stdout
        assert run_sidecar("check", "nats", "--strict", env=env).returncode == 0


@pytest.mark.parametrize(
    "subject", [subject for subject in SUBJECT.findall(NATS_BOOTSTRAP) if subject not in NATS_CHECK]
)
def test_nats_bootstrap_without_one(tmp_path, subject):
    with nats_with(tmp_path, without(NATS_BOOTSTRAP, subject), created=False) as env:
        result = run_sidecar("bootstrap", "nats", env=env)
        assert result.returncode == 1
        assert f'Permissions Violation for Publish to "{subject}"' in result.stdout, result.stdout


def redis_check(tmp_path, rules, *args):
    user = ("--user", "default", "off", "--user", "sidecar", "on", ">p", *rules)
    with redis_server(tmp_path / "server", *user) as server:
        env = {
            "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
            "ARC_REDIS_USER": "sidecar",
            "ARC_REDIS_PASSWORD": "p",
        }
        return run_sidecar("check", "redis", *args, env=env), run_sidecar(
            "check", "redis", "--live", env=env
        )


def test_redis_check(tmp_path):
    assert [rule for rule in REDIS_RULES if rule.startswith("+")] == [
        "+ping",
        "+info",
        "+config|get",
    ]
    result, live = redis_check(tmp_path, REDIS_RULES, "--strict")
    assert result.returncode == 0, result.stdout
    assert first_line(result).startswith("ok: redis: Redis ")
    assert live.returncode == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("+ping", "no permission for PING (NOPERM)"),
        ("+info", "not verifiable: no permission for INFO (NOPERM). Grant the user `+info`."),
        (
            "+config|get",
            "appendfsync not verifiable: no permission for CONFIG (NOPERM). Grant the user `+config|get`.",
        ),
    ],
)
def test_redis_check_without_one(tmp_path, rule, words):
    result, live = redis_check(tmp_path, [kept for kept in REDIS_RULES if kept != rule])
    assert result.returncode == 0
    assert first_line(result).startswith("degraded: redis: ")
    assert words in result.stdout, result.stdout
    assert live.returncode == 0


@pytest.mark.parametrize(
    ("rules", "level", "words"),
    [
        (["+cluster|info"], "ok", "16384 of 16384 slots served"),
        ([], "degraded", "Grant the user `+cluster|info`."),
    ],
)
def test_redis_check_in_cluster_mode(tmp_path, rules, level, words):
    users = (
        "--user",
        "admin",
        "on",
        "nopass",
        "+@all",
        "--user",
        "sidecar",
        "on",
        ">p",
        *REDIS_RULES,
        *rules,
    )
    with redis_server(tmp_path / "server", *redis_node(), *users) as server:
        admin = ("--user", "admin", "--pass", "any", "--no-auth-warning", "CLUSTER")
        assert redis_cli(server.port, *admin, "ADDSLOTSRANGE", 0, 16383) == "OK"
        wait_until(
            lambda: "cluster_state:ok" in redis_cli(server.port, *admin, "INFO"),
            "the node has all slots",
        )
        result = run_sidecar(
            "check",
            "redis",
            env={
                "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
                "ARC_REDIS_USER": "sidecar",
                "ARC_REDIS_PASSWORD": "p",
            },
        )
    assert result.stdout.startswith(f"{level}: redis: ") and words in result.stdout, result.stdout


@pytest.mark.xdist_group("pulsar")
@pytest.mark.skipif(
    "ARC_PULSAR_HOME" not in os.environ, reason="ARC_PULSAR_HOME does not name an unpacked Pulsar"
)
def test_pulsar_check_and_bootstrap(tmp_path):
    name, _, roles = block("Pulsar", "Check").strip().partition("=")
    assert (name, roles) == ("superUserRoles", "admin,sidecar")  # admin is the broker's own client
    keys = Keys()
    broker = Broker(tmp_path / "broker", keys.settings() | {name: roles})
    broker.token = keys.token("sidecar")
    with broker.started():
        wait_until(
            lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0,
            "Pulsar starts and bootstrap converges",
            300,
        )
        ask = lambda: broker.sidecar("check", "pulsar", "--strict", "--timeout", "10s")
        wait_until(lambda: ask().returncode == 0, "everything is verified, deep health too", 90)
        broker.token = keys.token("somebody")
        less = broker.sidecar("check", "pulsar", "--timeout", "10s")
        assert less.returncode == 0
        assert first_line(less).startswith(
            "degraded: pulsar: the token is not a superuser's and does not permit "
        ), less.stdout
        assert (
            "does not permit /admin/v2/namespaces/public, /admin/v2/namespaces/arc-system, /admin/v2/"
            in less.stdout
        ), less.stdout
        assert "  ok        pulsar.cluster.ok: " in less.stdout  # which anybody may read
        assert broker.sidecar("check", "pulsar", "--live").returncode == 0
        refused = broker.sidecar("bootstrap", "pulsar")
        assert refused.returncode == 1
        assert "the token does not permit to read it: " in refused.stdout
