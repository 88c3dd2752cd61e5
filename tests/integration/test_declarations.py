"""Each declaration about a server (docs/configuration.md, "How declarations are verified") has a
finding for another value and one for a value that cannot be learned, and `--strict` fails on both.

A new row of that table needs a row of CASES here."""

import contextlib
import json
import os
import re

import pytest

from support import makefile
from support.nats_tools import Nats, declare, http_get, nats_env, nats_server
from support.odd_proxy import Odd, odd_proxy
from support.pulsar_broker import Broker, Keys
from support.servers import redis_cli, redis_server, run_sidecar, wait_until

pytestmark = pytest.mark.xdist_group("pulsar")

PAGE = (makefile.ROOT / "docs/configuration.md").read_text()
ROWS = {
    name: codes
    for name, *codes in re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|$",
        PAGE.partition("<!-- generated: verification -->")[2],
        re.M,
    )
}
PASSWORD = "Vt9kZr2good"
ELSEWHERE = "/another-machine"  # a directory that no process here can see


# --- NATS ---

NATS_CONF = f"""authorization {{ users: [
  {{ user: all, password: {PASSWORD} }},
  {{ user: some, password: {PASSWORD}, permissions: {{ publish: {{ deny: ["$JS.API.STREAM.>"] }} }} }},
] }}
"""


@pytest.fixture(scope="module")
def nats(tmp_path_factory):
    directory = tmp_path_factory.mktemp("nats")
    with nats_server(directory, conf=NATS_CONF) as server:
        with Nats(server.port, user="all", **{"pass": PASSWORD}) as client:
            client.create("S", ["s"])
        server.declared = declare(directory / "arc.toml", {"name": "S", "subjects": ["s"]})
        server.drifted = declare(
            directory / "drifted.toml", {"name": "S", "subjects": ["s"], "max_msgs": 7}
        )
        yield server


def nats_user(server, user="all", **more):
    env = {"ARC_NATS_USER": user, "ARC_NATS_PASSWORD": PASSWORD, "ARC_CONFIG": server.declared}
    return nats_env(server, **env) | more


@contextlib.contextmanager
def nats_elsewhere(server, **more):
    """A server whose store is a directory of another machine."""
    status, varz = http_get(server.monitor, "/varz")
    assert status == 200
    varz["jetstream"]["config"]["store_dir"] = f"{ELSEWHERE}/jetstream"
    answer = Odd(200, json.dumps(varz))
    rule = lambda _, path: answer if path.startswith("/varz") else None
    with odd_proxy(server.monitor, rule) as proxy:
        yield nats_user(server, ARC_NATS_MONITOR_URL=f"127.0.0.1:{proxy.port}") | more


@contextlib.contextmanager
def nats_canary(directory, spoil):
    """A server with a canary that has been `spoil`t."""
    with nats_server(directory) as server, Nats(server.port) as client:
        config = declare(directory / "arc.toml", {"name": "S", "subjects": ["s"]})
        client.create("S", ["s"])
        env = nats_env(server, ARC_NATS_CANARY="yes", ARC_CONFIG=config)
        spoil(client, env)
        yield env


def canary_too_large(client, env):
    """Its stream takes no message of that size any more."""
    assert run_sidecar("check", "nats", env=env).returncode == 0
    stream = client.api("STREAM.INFO.ARC_SIDECAR_CANARY")["config"]
    client.api("STREAM.UPDATE.ARC_SIDECAR_CANARY", stream | {"max_msg_size": 1})


def canary_subject_taken(client, env):
    client.create("ALL", ["_ARC_SIDECAR.>"])


# --- Redis ---


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        for user, rules in (("blind", "-config"), ("unkeyed", "resetkeys")):
            rule = ["ACL", "SETUSER", user, "on", f">{PASSWORD}", "~*", "+@all", rules]
            assert redis_cli(server.port, *rule) == "OK"
        yield server


def redis_user(server, user="", **more):
    env = {"ARC_REDIS_USER": user, "ARC_REDIS_PASSWORD": PASSWORD} if user else {}
    return {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"} | env | more


@contextlib.contextmanager
def redis_full(directory):
    with redis_server(directory) as server:
        assert redis_cli(server.port, "CONFIG", "SET", "maxmemory", "1") == "OK"
        yield redis_user(server, ARC_REDIS_CANARY="yes")


# --- Pulsar ---

KEYS = Keys()
CANARY = "/topics/persistent/arc-sidecar/canary/canary"
OBJECTS = """
[[pulsar.tenant]]
name = "public"
admin_roles = [{}]

[[pulsar.namespace]]
name = "public/{}"

[[pulsar.topic]]
name = "public/default/declared"
partitions = {}
"""


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    if "ARC_PULSAR_HOME" not in os.environ:
        pytest.skip("ARC_PULSAR_HOME does not name an unpacked Pulsar")
    directory = tmp_path_factory.mktemp("pulsar")
    server = Broker(directory / "broker", KEYS.settings())
    server.token = KEYS.token("admin")
    with server.started():
        server.declared = directory / "declared.toml"
        server.declared.write_text(OBJECTS.format('"admin"', "default", 2))
        server.drifted = directory / "drifted.toml"
        server.drifted.write_text(OBJECTS.format('"ops"', "absent", 3))
        made = lambda: (
            server.sidecar(
                "bootstrap", "pulsar", "--timeout", "60s", ARC_CONFIG=str(server.declared)
            ).returncode
            in (0, 1)
            and server.admin("persistent/public/default/declared/partitions")[0] == 200
        )
        wait_until(made, "the broker has the declared objects", 120)
        yield server


def pulsar_user(broker, role="admin", **more):
    return (
        broker.environment(ARC_CONFIG=str(broker.declared))
        | {"ARC_PULSAR_TOKEN": KEYS.token(role)}
        | more
    )


@contextlib.contextmanager
def pulsar_odd(broker, odd, path, method, **more):
    """The admin port answers one request in another way."""
    rule = lambda asked, where: odd if asked == method and where.startswith(path) else None
    with odd_proxy(broker.admin_port, rule) as proxy:
        yield pulsar_user(broker, ARC_PULSAR_ADMIN_URL=f"http://127.0.0.1:{proxy.port}") | more


# --- the table ---

now = contextlib.nullcontext


def of_redis(setting, value):
    name = f"ARC_REDIS_{setting.upper()}"
    return (
        lambda use: now(redis_user(use("redis"), **{name: value})),
        lambda use: now(redis_user(use("redis"), "blind", **{name: value})),
    )


def of_object():
    return (
        lambda use: now(pulsar_user(use("broker"), ARC_CONFIG=str(use("broker").drifted))),
        lambda use: now(pulsar_user(use("broker"), "plain")),
    )


# For each declaration: how the server has another value, and how its value cannot be learned.
CASES = {
    "nats.data_dir": (
        lambda use: now(nats_user(use("nats"), ARC_NATS_DATA_DIR=ELSEWHERE)),
        lambda use: nats_elsewhere(use("nats"), ARC_NATS_DATA_DIR=ELSEWHERE),
    ),
    "nats.min_free": (
        lambda use: now(nats_user(use("nats"), ARC_NATS_MIN_FREE="100000gb")),
        lambda use: nats_elsewhere(use("nats"), ARC_NATS_MIN_FREE="1mb"),
    ),
    "nats.canary": (
        lambda use: nats_canary(use("tmp_path"), canary_too_large),
        lambda use: nats_canary(use("tmp_path"), canary_subject_taken),
    ),
    "[[nats.stream]]": (
        lambda use: now(nats_user(use("nats"), ARC_CONFIG=use("nats").drifted)),
        lambda use: now(nats_user(use("nats"), "some")),
    ),
    "redis.appendonly": of_redis("appendonly", "no"),
    "redis.appendfsync": of_redis("appendfsync", "always"),
    "redis.maxmemory": of_redis("maxmemory", "1gb"),
    "redis.maxmemory_policy": of_redis("maxmemory_policy", "allkeys-lru"),
    "redis.min_replicas": of_redis("min_replicas", "2"),
    "redis.data_dir": of_redis("data_dir", ELSEWHERE),
    "redis.canary": (
        lambda use: redis_full(use("tmp_path")),
        lambda use: now(redis_user(use("redis"), "unkeyed", ARC_REDIS_CANARY="yes")),
    ),
    "pulsar.cluster": (
        lambda use: now(pulsar_user(use("broker"), ARC_PULSAR_CLUSTER="another")),
        lambda use: pulsar_odd(use("broker"), Odd(403, "{}"), "/admin/v2/clusters", "GET"),
    ),
    "pulsar.advertised": (
        lambda use: now(pulsar_user(use("broker"), ARC_PULSAR_ADVERTISED="another")),
        lambda use: pulsar_odd(
            use("broker"),
            Odd(307, location=use("broker").admin_port),
            "/lookup/",
            "GET",
            ARC_PULSAR_ADVERTISED="another",
        ),
    ),
    "pulsar.data_dir": (
        lambda use: now(pulsar_user(use("broker"), ARC_PULSAR_DATA_DIR=str(use("tmp_path")))),
        lambda use: now(pulsar_user(use("broker"), ARC_PULSAR_DATA_DIR=ELSEWHERE)),
    ),
    "pulsar.canary": (
        lambda use: pulsar_odd(
            use("broker"), Odd(500, "{}"), CANARY, "POST", ARC_PULSAR_CANARY="yes"
        ),
        lambda use: pulsar_odd(
            use("broker"),
            Odd(401, "{}"),
            "/admin/v2/persistent/arc-sidecar/canary/canary/unload",
            "PUT",
            ARC_PULSAR_CANARY="yes",
        ),
    ),
    "[[pulsar.tenant]]": of_object(),
    "[[pulsar.namespace]]": of_object(),
    "[[pulsar.topic]]": of_object(),
}


def test_every_declaration_has_a_case():
    """Those of Sentinel are in test_sentinel.py."""
    assert set(CASES) == {name for name in ROWS if not name.startswith("sentinel.")}


# The broker under test advertises loopback, which has a code of its own.
INSTEAD = {"pulsar.advertised.drift": "pulsar.advertised.loopback"}


@pytest.mark.parametrize("which", [0, 1], ids=["another value", "not verifiable"])
@pytest.mark.parametrize("name", CASES)
def test_declaration(request, name, which):
    service = name.strip("[]").partition(".")[0]
    code = ROWS[name][which]
    with CASES[name][which](request.getfixturevalue) as given:
        env = {"XDG_RUNTIME_DIR": str(request.getfixturevalue("tmp_path"))} | given
        argv = ("check", service, "--strict", "--timeout", "20s", "--format", "json")
        result = run_sidecar(*argv, env=env, timeout=60)
    (verdict,) = json.loads(result.stdout)["services"]
    codes = (code, INSTEAD.get(code))
    found = [one for one in verdict["findings"] if one["code"] in codes]
    assert found, result.stdout
    assert all(one["level"] != "ok" for one in found), found
    assert result.returncode == 1
