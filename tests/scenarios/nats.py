"""Scenarios of NATS JetStream."""

import contextlib
import json
import os
import signal
import time

from scenarios.matrix import (
    NotRun,
    Setting,
    bootstrap,
    check,
    live,
    run,
    strict,
    table,
    version_of,
)
from support import machine
from support.nats_tools import Nats, declare, http_get, nats_env, nats_server
from support.servers import accepts, free_port, need, run_sidecar, wait_until

scenario = table("NATS")
HOUR = 3600 * 10**9
BIG_STORE = "jetstream { max_file_store: 1GB }"  # more than the small disk has


def provisioned(server):
    result = run_sidecar("bootstrap", "nats", env=nats_env(server))
    assert result.returncode == 0, result.stdout + result.stderr


def stored(nats):
    """All streams with configuration and content."""
    streams = nats.api("STREAM.LIST", {"offset": 0})["streams"] or []
    return {
        s["config"]["name"]: (s["config"], s["created"], s["state"]["messages"]) for s in streams
    }


def on_cluster(slug, text, *expectations):
    """A condition of a cluster. One at a time: the others drop a server that gets no processor for
    seconds."""
    return scenario(slug, text, *expectations, group="nats-cluster")


def on_small_disk(slug, text, *expectations):
    """A condition that needs the small disk."""
    return scenario(slug, text, *expectations, group="small-disk")


@contextlib.contextmanager
def small_store(directory, *options, **more):
    """A server whose store is the small disk, which is empty. Yields the server and the disk."""
    if not os.path.ismount(machine.SMALL_DISK):
        raise NotRun(f"{machine.SMALL_DISK} is not mounted")
    with (
        machine.small_disk() as store,
        nats_server(directory, *options, store=store, **more) as server,
    ):
        yield server, store


def fill_to_the_last_block(directory):
    """Another file takes the rest of the disk."""
    with (
        contextlib.suppress(OSError),
        open(directory / "another-file", "wb", buffering=0) as file,
    ):
        while True:
            file.write(b"x" * 4096)


def fill(nats, size):
    """Publishes until the server refuses (2.10), or does not answer (2.15): then the connection
    cannot be used any more."""
    with contextlib.suppress(TimeoutError):
        for _ in range(300):
            if "error" in nats.publish("big.x", b"x" * size, timeout=2):
                return
        raise AssertionError("the store never filled")


# From this version on a stream that could not be written rejects messages until the server is
# restarted, and reports it.
STAYS_STUCK = version_of("nats-server") >= (2, 15)


@scenario(
    "jetstream-disabled",
    "JetStream is off; /healthz and ?js-enabled-only=true are 200",
    check(
        "nats",
        "unhealthy",
        "nats.jetstream.disabled",
        line="JetStream is off, or has shut itself down. Start the server with `-js`…",
    ),
    bootstrap(
        "nats",
        1,
        "JetStream is off, or has shut itself down. Start the server with `-js`",
        flags="--timeout 2s",
    ),
)
def jetstream_off(directory):
    with nats_server(directory, jetstream=False) as server:
        for path in ("/healthz", "/healthz?js-enabled-only=true"):
            assert http_get(server.monitor, path)[0] == 200
        yield Setting(nats_env(server))


@scenario(
    "stream-missing",
    "a declared stream is missing; /healthz is 200",
    check("nats", "unhealthy", "nats.stream.missing", line="stream S is missing…"),
    live("nats", True, "unhealthy"),
)
def missing_stream(directory):
    config = declare(directory / "arc.toml", {"name": "S", "subjects": ["s"]})
    with nats_server(directory) as server:
        assert http_get(server.monitor, "/healthz")[0] == 200
        yield Setting(nats_env(server, ARC_CONFIG=config))


@scenario(
    "jetstream-disabled-for-account",
    "JetStream is off for the account of the user",
    check(
        "nats",
        "unhealthy",
        "nats.jetstream.disabled",
        line="JetStream is off for the account A (JetStream not enabled for account (err_code 10039)). Add `jetstream: enabled` to the account A, or use a user of another account.",
    ),
)
def jetstream_off_for_the_account(directory):
    conf = "accounts { A { users = [{user: a, password: p}] }, B { jetstream: enabled, users = [{user: b, password: p}] } }"
    with nats_server(directory, conf=conf) as server:
        yield Setting(nats_env(server, ARC_NATS_USER="a", ARC_NATS_PASSWORD="p"))


@on_small_disk(
    "disk-full",
    "the store's disk is full; the server rejects messages (10077) or does not answer",
    check(
        "nats",
        "unhealthy",
        "nats.disk.full|nats.jetstream.disabled",
        ("jetstream is full (", "JetStream is off"),
    ),
)
def full_disk(directory):
    config = declare(directory / "arc.toml", {"name": "BIG", "subjects": ["big.>"]})
    with small_store(directory, conf=BIG_STORE) as (server, _), Nats(server.port) as nats:
        nats.create("BIG", ["big.>"])
        fill(nats, 500_000)
        yield Setting(nats_env(server, ARC_CONFIG=config))


@contextlib.contextmanager
def canary_on_full_disk(directory):
    """A server whose canary met a full disk, as its own stream does. Yields the environment, how
    many messages a user's stream has, and the store."""
    config = declare(directory / "arc.toml", {"name": "BIG", "subjects": ["big.>"]})
    with small_store(directory, conf=BIG_STORE) as (server, store), Nats(server.port) as nats:
        nats.create("BIG", ["big.>"])
        env = nats_env(server, ARC_CONFIG=config, ARC_NATS_CANARY="true")
        assert run_sidecar("check", "nats", env=env).returncode == 0
        fill_to_the_last_block(store)
        yield env, lambda: nats.messages("BIG"), store


@on_small_disk(
    "disk-full-canary",
    "the store's disk is full and the canary is on; no other answer of the server shows it",
    check(
        "nats", "unhealthy", "nats.canary.failed|nats.jetstream.disabled", "no space left on device"
    ),
)
def full_disk_seen_by_the_canary(directory):
    """The sidecar does not read this disk: the server could be on another machine."""
    with canary_on_full_disk(directory) as (env, messages, _):
        yield Setting(env, unchanged=messages)


@on_small_disk(
    "canary-recovers-after-disk-full",
    "the canary met a full disk, which has free space again",
    strict("nats", "ok", "nats.canary.ok", "the server stored a test message"),
)
def canary_recovers(directory):
    with canary_on_full_disk(directory) as (env, messages, store):
        assert "nats.canary.failed" in run_sidecar("check", "nats", env=env).stdout
        (store / "another-file").unlink()
        yield Setting(env, unchanged=messages)


def _stuck(slug, text, *expectations):
    @on_small_disk(slug, text, *expectations)
    def stuck(directory):
        config = declare(directory / "arc.toml", {"name": "BIG", "subjects": ["big.>"]})
        with small_store(directory, conf=BIG_STORE) as (server, store), Nats(server.port) as nats:
            nats.create("BIG", ["big.>"])
            (store / "another-file").write_bytes(b"x" * 3_000_000)
            fill(nats, 500_000)
            (store / "another-file").unlink()
            yield Setting(nats_env(server, ARC_CONFIG=config))


if STAYS_STUCK:
    _stuck(
        "stream-stuck-after-disk-full",
        "a stream met a full disk, which has free space again: it rejects messages until a restart",
        check(
            "nats",
            "unhealthy",
            "nats.stream.stuck",
            "no space left on device",
            "then restart the server",
        ),
    )
else:
    _stuck(
        "stream-recovers-after-disk-full",
        "a stream met a full disk, which has free space again: it stores messages again",
        strict("nats", "ok", "nats.stream.ok"),
    )


@scenario(
    "canary-ok",
    "the canary is on and the server is healthy: it writes one message, into its own stream",
    strict("nats", "ok", "nats.canary.ok", "the server stored a test message"),
    strict("nats", "ok", "nats.canary.ok"),
)
def canary(directory):
    with nats_server(directory) as server, Nats(server.port) as nats:
        provisioned(server)
        users = lambda: {
            name: stream for name, stream in stored(nats).items() if name != "ARC_SIDECAR_CANARY"
        }
        yield Setting(nats_env(server, ARC_NATS_CANARY="true"), unchanged=users)
        assert nats.messages("ARC_SIDECAR_CANARY") == 1


@scenario(
    "canary-subject-taken",
    "another stream has the canary's subject: the canary must not write into it",
    check("nats", "degraded", "nats.canary.unavailable", "ARC_SIDECAR_CANARY"),
)
def canary_in_the_way(directory):
    config = declare(directory / "arc.toml", {"name": "ALL", "subjects": ["_ARC_SIDECAR.>"]})
    with nats_server(directory) as server, Nats(server.port) as nats:
        nats.create("ALL", ["_ARC_SIDECAR.>"])
        yield Setting(
            nats_env(server, ARC_CONFIG=config, ARC_NATS_CANARY="true"),
            unchanged=lambda: stored(nats),
        )


@on_small_disk(
    "disk-space-low",
    "less free disk space than nats.min_free",
    strict("nats", "ok", "nats.stream.ok"),
    check(
        "nats",
        "degraded",
        "nats.disk.full",
        env={"ARC_NATS_MIN_FREE": "512mb"},
        line="the disk of store <store>/jetstream has … free, less than nats.min_free 512 MiB. …",
    ),
    strict("nats", "degraded", "nats.disk.full", env={"ARC_NATS_MIN_FREE": "512mb"}),
)
def disk_space_low(directory):
    with small_store(directory) as (server, store):
        provisioned(server)
        yield Setting(nats_env(server), values={"store": store})


@scenario(
    "storage-limit-near",
    "JetStream's own storage limit is nearly reached",
    check(
        "nats",
        "degraded",
        "nats.storage.full",
        line="JetStream's storage is … % used (…max_file_store…",
    ),
)
def storage_limit(directory):
    config = declare(directory / "arc.toml", {"name": "BIG", "subjects": ["big.>"]})
    with (
        nats_server(directory, conf="jetstream { max_file_store: 4MB }") as server,
        Nats(server.port) as nats,
    ):
        nats.create("BIG", ["big.>"])
        env = nats_env(server, ARC_CONFIG=config)
        assert run_sidecar("check", "nats", "--strict", env=env).returncode == 0
        fill(nats, 100_000)
        yield Setting(env)


@scenario(
    "stream-subjects-overlap",
    "a declared stream overlaps one that exists; another is created",
    check("nats", "unhealthy", "nats.stream.missing", "stream B is missing"),
    bootstrap(
        "nats",
        1,
        "! stream B: subject metrics.cpu overlaps stream A (metrics.>)",
        "+ stream C: ",
    ),
)
def overlap(directory):
    config = declare(
        directory / "arc.toml",
        {"name": "B", "subjects": ["metrics.cpu"]},
        {"name": "C", "subjects": ["c"]},
    )
    with nats_server(directory) as server, Nats(server.port) as nats:
        nats.create("A", ["metrics.>"])
        nats.publish("metrics.x")
        others = lambda: {name: one for name, one in stored(nats).items() if name != "C"}
        yield Setting(nats_env(server, ARC_CONFIG=config), unchanged=others)


def _rejected_locally(slug, subjects, *texts):
    @scenario(
        slug,
        f"declared subjects that every server rejects: {' '.join(subjects)}",
        bootstrap("nats", 1, "\n  ! stream S: ", "<config>:1", *texts),
    )
    def declared(directory):
        config = declare(directory / "arc.toml", {"name": "S", "subjects": subjects})
        with nats_server(directory) as server, Nats(server.port) as nats:
            yield Setting(
                nats_env(server, ARC_CONFIG=config),
                unchanged=lambda: stored(nats),
                values={"config": config},
            )


_rejected_locally(
    "subjects-overlap-each-other", ["s.>", "s.a"], "its own subjects overlap: s.> and s.a"
)
_rejected_locally("subject-matches-everything", [">"], "every subject")
_rejected_locally("subject-in-jetstream-api", ["$JS.API.STREAM.>"], "belongs to the server")
_rejected_locally("subject-in-sys", ["$SYS.>"], "belongs to the server")
_rejected_locally("subject-invalid", ["a..b"], "not a subject")


@scenario(
    "stream-drift",
    "a stream with other limits, and with fields that an update with the declaration would erase",
    check(
        "nats",
        "degraded",
        "nats.stream.drift",
        "max_age of stream A is 24h, declared 168h. Run `arc-sidecar bootstrap nats --dry-run`.",
        "max_msgs of stream A is 7, declared no limit",
        line="compression of stream A is s2, declared none. Run `arc-sidecar bootstrap nats --dry-run`.",
    ),
    strict("nats", "degraded", "nats.stream.drift"),
    *(
        bootstrap(
            "nats",
            1,
            "! stream A: differs, left as it is: ",
            "max_age 24h → 168h",
            "allow_direct yes → no",
            "compression s2 → none",
            flags=flags,
        )
        for flags in ("", "--update", "--update --force", "--dry-run")
    ),
)
def drift(directory):
    config = declare(directory / "arc.toml", {"name": "A", "subjects": ["a.>"], "max_age": "168h"})
    with nats_server(directory) as server, Nats(server.port) as nats:
        nats.create(
            "A",
            ["a.>"],
            allow_direct=True,
            compression="s2",
            metadata={"owner": "me"},
            max_age=24 * HOUR,
            max_msgs=7,
            duplicate_window=120 * 10**9,
        )
        consumer = {"durable_name": "c", "ack_policy": "explicit"}
        created = nats.api("CONSUMER.CREATE.A.c", {"stream_name": "A", "config": consumer})
        assert "error" not in created
        for number in range(5):
            assert nats.publish("a.x")["seq"] == number + 1
        rejected = lambda: http_get(server.monitor, "/jsz")[1]["api"]["errors"]
        assert rejected() == 0
        yield Setting(
            nats_env(server, ARC_CONFIG=config), unchanged=lambda: (stored(nats), rejected())
        )


def _with_stream(slug, text, *expectations, make, declared, conf=None):
    """A stream S that `make(nats)` creates, declared as `declared`."""

    @scenario(slug, text, *expectations)
    def with_stream(directory):
        config = declare(directory / "arc.toml", {"name": "S", "subjects": ["s.>"]} | declared)
        with nats_server(directory, conf=conf) as server, Nats(server.port) as nats:
            make(nats)
            yield Setting(nats_env(server, ARC_CONFIG=config), unchanged=lambda: stored(nats))


def publish(nats, count, size=1, subject="s.a"):
    """Returns the last answer."""
    for _ in range(count - 1):
        nats.publish(subject, b"x" * size)
    return nats.publish(subject, b"x" * size)


def _full(slug, text, line, limits, count, size=1, rejected=True, conf=None, **declared):
    """A stream with discard=new and these limits, to which `count` messages are published."""

    def make(nats):
        nats.create("S", ["s.>"], discard="new", **limits)
        publish(nats, count, size)
        assert ("error" in nats.publish("s.a", b"x" * size)) == rejected

    _with_stream(
        slug,
        text,
        check("nats", "degraded", "nats.stream.full", line=line),
        strict("nats", "degraded", "nats.stream.full"),
        make=make,
        declared={"discard": "new"} | declared,
        conf=conf,
    )


_full(
    "stream-full-messages",
    "a stream with discard=new has max_msgs messages: it rejects the next one (10077)",
    "stream S is full (3 of 3 messages, max_msgs, discard=new). Raise the limit…",
    {"max_msgs": 3},
    3,
    max_msgs=3,
)
_full(
    "stream-nearly-full",
    "a stream with discard=new has nearly max_msgs messages",
    "stream S is nearly full (96 of 100 messages, max_msgs, discard=new). Raise the limit…",
    {"max_msgs": 100},
    95,
    rejected=False,
    max_msgs=100,
)
_full(
    "stream-full-bytes",
    "a stream with discard=new has no space for a message in max_bytes",
    "stream S is nearly full (… of 10,240 bytes, max_bytes, discard=new). Raise the limit…",
    {"max_bytes": 10240},
    9,
    1090,
    max_bytes=10240,
)


def fill_subject(nats):
    nats.create("S", ["s.>"], discard="new", discard_new_per_subject=True, max_msgs_per_subject=2)
    for subject in ("s.a", "s.b", "s.b"):
        nats.publish(subject)
    assert "error" in nats.publish("s.b")


_with_stream(
    "stream-full-subject",
    "a stream with discard_new_per_subject has max_msgs_per_subject messages of one subject",
    check(
        "nats",
        "degraded",
        "nats.stream.full",
        "a subject of stream S is full (2 of 2 messages, max_msgs_per_subject, discard=new)",
        "discard_new_per_subject of stream S is yes, declared no",
    ),
    make=fill_subject,
    declared={"discard": "new", "max_msgs_per_subject": 2},
)


def fill_with_discard_old(nats):
    nats.create("S", ["s.>"], max_msgs=3)
    assert "error" not in publish(nats, 5)


_with_stream(
    "stream-full-discard-old",
    "a stream with discard=old has max_msgs messages: a new one replaces the oldest",
    strict("nats", "ok", "nats.stream.ok"),
    make=fill_with_discard_old,
    declared={"max_msgs": 3},
)


def add_consumers(nats):
    nats.create("S", ["s.>"], max_consumers=2)
    for name in ("one", "two", "three"):
        config = {"durable_name": name, "ack_policy": "explicit"}
        answer = nats.api(f"CONSUMER.CREATE.S.{name}", {"stream_name": "S", "config": config})
        assert ("error" in answer) == (name == "three")


_with_stream(
    "stream-consumers-full",
    "a stream has max_consumers consumers: it rejects the next one (10026)",
    check(
        "nats",
        "degraded",
        "nats.consumers.full",
        line="stream S is full (2 of 2 consumers, max_consumers). Delete consumers, or raise the limit.",
    ),
    make=add_consumers,
    declared={"max_consumers": 2},
)


@scenario(
    "account-storage-full",
    "another stream has used up max_file of the account: a declared stream rejects messages (10002)",
    check(
        "nats",
        "degraded",
        "nats.account.full",
        line="the account has used … of its 1 MiB of file storage. Raise the limit of the account…",
    ),
    strict("nats", "degraded", "nats.account.full"),
)
def account_full(directory):
    conf = "accounts { A { jetstream { max_file: 1MB, max_mem: 1MB }, users = [{user: a, password: p}] } }"
    config = declare(directory / "arc.toml", {"name": "S", "subjects": ["s.>"]})
    with (
        nats_server(directory, conf=conf) as server,
        Nats(server.port, user="a", **{"pass": "p"}) as nats,
    ):
        nats.create("S", ["s.>"])
        nats.create("BIG", ["big.>"])
        fill(nats, 50_000)
        assert "error" in nats.publish("s.a", b"x" * 50_000)
        yield Setting(nats_env(server, ARC_CONFIG=config, ARC_NATS_USER="a", ARC_NATS_PASSWORD="p"))


def _unusable(slug, text, line, make, declared=None):
    """No client can publish to the stream as it is declared."""
    _with_stream(
        slug,
        text,
        check("nats", "unhealthy", "nats.stream.unusable", line=line),
        live("nats", True, "unhealthy"),
        bootstrap("nats", 1, "! stream S: differs, left as it is: "),
        make=make,
        declared=declared or {},
    )


def seal(nats):
    config = nats.create("S", ["s.>"])
    assert "error" not in nats.api("STREAM.UPDATE.S", config | {"sealed": True})
    assert "error" in nats.publish("s.a")


def mirror(nats):
    nats.create("ORIGIN", ["s.>"])
    nats.create("S", [], mirror={"name": "ORIGIN"})
    assert nats.publish("s.a")["stream"] == "ORIGIN"
    wait_until(lambda: nats.messages("S") == 1, "the message is mirrored")


def transform(nats):
    nats.create("S", ["s.>"], subject_transform={"src": "s.>", "dest": "t.>"})
    nats.publish("s.a")
    assert nats.api("STREAM.INFO.S", {"subjects_filter": ">"})["state"]["subjects"] == {"t.a": 1}


def transform_part(nats):
    nats.create("S", ["s.>"], subject_transform={"src": "s.a", "dest": "s.b"})
    nats.publish("s.a")
    assert nats.api("STREAM.INFO.S", {"subjects_filter": ">"})["state"]["subjects"] == {"s.b": 1}


_unusable(
    "stream-sealed", "a stream is sealed", "stream S is sealed and accepts no message. …", seal
)
_unusable(
    "stream-mirror",
    "the stream of the declared name is a mirror of another one, which has the subjects",
    "stream S is a mirror of ORIGIN and accepts no message. …",
    mirror,
)
_unusable(
    "stream-other-subjects",
    "a stream does not store a declared subject",
    "stream S does not store subject t. …",
    lambda nats: nats.create("S", ["s.>"]),
    {"subjects": ["s.>", "t"]},
)
_unusable(
    "stream-narrower-subject",
    "a stream stores only a part of a declared subject",
    "stream S does not store subject s.>. …",
    lambda nats: nats.create("S", ["s.a", "s.*.b"]),
)
_unusable(
    "stream-without-acknowledgements",
    "a stream acknowledges no message: a publisher cannot know that it is stored",
    "stream S acknowledges no message (no_ack). …",
    lambda nats: nats.create("S", ["s.>"], no_ack=True),
)
_unusable(
    "stream-transform",
    "a stream stores messages as other subjects: a consumer of the declared one gets none",
    "stream S stores subject s.> as t.> (subject_transform). …",
    transform,
)
_unusable(
    "stream-transform-part",
    "a stream stores a part of a declared subject as another: a consumer of that part gets none",
    "stream S stores subject s.a as s.b (subject_transform). …",
    transform_part,
)


def counter(nats):
    nats.create("S", ["s.>"], allow_msg_counter=True)
    assert "error" in nats.publish("s.a")


if version_of("nats-server") >= (2, 12):
    _unusable(
        "stream-counter",
        "a stream accepts only increments of counters (10169)",
        "stream S accepts only increments of counters (allow_msg_counter). …",
        counter,
    )

# A value other than its default for each field that cannot be declared, and that permits clients to
# work.
UNDECLARED = {
    "republish": {"src": "s.a", "dest": "r.a"},
    "subject_transform": {"src": "t.a", "dest": "s.a"},
    "consumer_limits": {"max_ack_pending": 100},
    "metadata": {"owner": "me"},
    "first_seq": 100,
    "placement": {"tags": []},
    "sources": [{"name": "OTHER"}],
}


@scenario(
    "stream-undeclared-fields",
    "fields that cannot be declared have other values than their defaults",
    check(
        "nats",
        "degraded",
        "nats.stream.drift",
        "republish of stream S is {",
        "subject_transform of stream S is {",
        'consumer_limits of stream S is {"max_ack_pending":100}, declared none',
        'metadata of stream S is {"owner":"me"}, declared none',
        "first_seq of stream S is 100, declared none",
        'sources of stream S is [{"name":"OTHER"}], declared none',
        absent=("placement",),
    ),
    strict("nats", "degraded", "nats.stream.drift"),
    bootstrap("nats", 1, "republish {", flags="--update"),
)
def undeclared_fields(directory):
    config = declare(directory / "arc.toml", {"name": "S", "subjects": ["s.>"]})
    with nats_server(directory) as server, Nats(server.port) as nats:
        nats.create("OTHER", ["o"])
        nats.create("S", ["s.>"], duplicate_window=120 * 10**9, **UNDECLARED)
        yield Setting(nats_env(server, ARC_CONFIG=config), unchanged=lambda: stored(nats))


@scenario(
    "stream-above-max-payload",
    "the server's max_payload is below the declared max_msg_size",
    check(
        "nats",
        "degraded",
        "nats.stream.drift",
        line="max_msg_size of stream S is 1 KiB by max_payload of the server, declared 2 KiB. Raise max_payload.",
    ),
)
def above_max_payload(directory):
    config = declare(
        directory / "arc.toml", {"name": "S", "subjects": ["s.>"], "max_msg_size": "2KiB"}
    )
    with nats_server(directory, conf="max_payload: 1024") as server:
        env = nats_env(server, ARC_CONFIG=config)
        run_sidecar("bootstrap", "nats", env=env)
        yield Setting(env)


@scenario(
    "client-port-wrong-stream-damaged",
    "the client port is wrong, and a stream is damaged: the server does not recover",
    check(
        "nats",
        "unhealthy",
        "nats.connection.refused",
        "could not be recovered",
        line="127.0.0.1:<wrong>: Connection refused. Correct ARC_NATS_URL: the server listens for clients on port <port>.",
        absent=("recovering",),
    ),
    live("nats", True, "unhealthy"),
)
def wrong_port_and_damage(directory):
    with nats_server(directory) as server:
        provisioned(server)
    (directory / "data/jetstream/$G/streams/AGENT_COMMANDS/meta.inf").write_bytes(b"")
    with nats_server(directory) as server:
        wrong = free_port()
        yield Setting(
            nats_env(server, ARC_NATS_URL=f"127.0.0.1:{wrong}"),
            values={"wrong": wrong, "port": server.port},
        )


@scenario(
    "storage-reserved-by-stream",
    "the storage is reserved by another stream; the disk is nearly empty",
    check("nats", "unhealthy", "nats.stream.missing", "stream C is missing"),
    *(
        bootstrap(
            "nats",
            1,
            "! stream C: cannot reserve max_bytes 50 MiB (52428800 bytes), because of max_file_store 100 MiB already 90 MiB are reserved by A (90 MiB)",
            flags=flags,
        )
        for flags in ("--dry-run", "")
    ),
)
def reserved(directory):
    config = declare(directory / "arc.toml", {"name": "C", "subjects": ["c"], "max_bytes": "50mb"})
    with (
        nats_server(directory, conf="jetstream { max_file_store: 100MB }") as server,
        Nats(server.port) as nats,
    ):
        nats.create("A", ["a"], max_bytes=90 * 1024 * 1024)
        yield Setting(nats_env(server, ARC_CONFIG=config), unchanged=lambda: stored(nats))


def _without_api(slug, permitted):
    @scenario(
        slug,
        f"the user may only publish to {permitted}; the server answers with an asynchronous -ERR",
        check(
            "nats",
            "unhealthy",
            "nats.permission.denied",
            "  ok        nats.jetstream.ok: JetStream is on",  # by the monitoring port
            "  ok        nats.health.ok: ",
            flags="--timeout 60s",
            line="-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.…"
            "so the streams cannot be verified. Permit publishing to $JS.API.STREAM.INFO.…",
        ),
        live("nats", True, "unhealthy"),
        bootstrap("nats", 1, "Permissions Violation for Publish", flags="--timeout 60s"),
    )
    def no_permission(directory):
        permissions = json.dumps({"publish": [permitted], "subscribe": ">"})
        conf = (
            "accounts { A { jetstream: enabled, users = [{user: a, password: p, permissions: %s}] } }"
            % permissions
        )
        with nats_server(directory, conf=conf) as server:
            yield Setting(nats_env(server, ARC_NATS_USER="a", ARC_NATS_PASSWORD="p"))


_without_api("no-permission-for-api", "app.>")
_without_api("permission-for-api-info-only", "$JS.API.INFO")


@scenario(
    "no-permission-for-one-stream",
    "the user may not read one of three streams; the others are checked",
    check(
        "nats",
        "unhealthy",
        "nats.permission.denied",
        "-ERR 'Permissions Violation for Publish to \"$JS.API.STREAM.INFO.AGENT_EVENTS\"'",
        "so stream AGENT_EVENTS cannot be verified",
        "stream AGENT_COMMANDS is as declared",
        "max_age of stream SYSTEM_METRICS is 1h",
    ),
    bootstrap(
        "nats",
        1,
        "! stream AGENT_EVENTS: -ERR 'Permissions Violation for Publish",
        "= stream AGENT_COMMANDS",
        "! stream SYSTEM_METRICS",
    ),
)
def one_stream_not_permitted(directory):
    conf = "accounts { A { jetstream: enabled, users = [{user: a, password: p%s}] } }"
    user = {"ARC_NATS_USER": "a", "ARC_NATS_PASSWORD": "p"}
    with (
        nats_server(directory / "first", store=directory / "store", conf=conf % "") as server,
        Nats(server.port, user="a", **{"pass": "p"}) as nats,
    ):
        nats.create("SYSTEM_METRICS", ["metrics.>"], max_age=HOUR)
        run_sidecar("bootstrap", "nats", env=nats_env(server, **user))
    denied = ', permissions: {publish: {deny: ["$JS.API.STREAM.INFO.AGENT_EVENTS"]}}'
    with nats_server(directory / "second", store=directory / "store", conf=conf % denied) as server:
        yield Setting(nats_env(server, **user))


@scenario(
    "monitor-off",
    "the monitoring port is off",
    check(
        "nats",
        "degraded",
        "nats.monitor.refused",
        line="the monitoring port <monitor> is closed, the client port <port> answers. Start the server with `-m` or `http_port`.",
    ),
    strict("nats", "degraded", "nats.monitor.refused"),
    bootstrap("nats", 0),
)
def no_monitor(directory):
    with nats_server(directory) as server:
        provisioned(server)
    with nats_server(directory, monitor=0) as server, Nats(server.port) as nats:
        monitor = free_port()
        yield Setting(
            nats_env(server, ARC_NATS_MONITOR_URL=f"127.0.0.1:{monitor}"),
            unchanged=lambda: stored(nats),
            values={"port": server.port, "monitor": monitor},
        )


NO_MONITOR = "the monitoring port is off, and without it no health and no metrics can be had:"


@scenario(
    "run-monitor-off-in-command",
    "the monitoring port is off in the command",
    run(78, f"preflight: nats-server: {NO_MONITOR} start it with -m 8222"),
)
def run_without_monitor(directory):
    yield Setting(command=["nats-server", "-js", "-sd", directory], flags=["--service", "nats"])


@scenario(
    "run-monitor-off-in-file",
    "the monitoring port is off in the configuration file",
    run(78, f"preflight: <conf>: {NO_MONITOR} add `http_port: 8222`"),
)
def run_without_monitor_in_the_file(directory):
    conf = directory / "nats.conf"
    conf.write_text(f'jetstream {{ store_dir: "{directory}" }}\n')
    yield Setting(
        command=["nats-server", "-c", conf], flags=["--service", "nats"], values={"conf": conf}
    )


@scenario(
    "stream-metadata-empty",
    "a stream's meta.inf is empty after a power cut",
    check(
        "nats",
        "unhealthy",
        "nats.stream.damaged",
        "JetStream stream '$G > OTHER' could not be recovered",
        line="JetStream stream '$G > AGENT_COMMANDS' could not be recovered. Restore …",
        absent=("is missing",),
    ),
    bootstrap(
        "nats",
        1,
        "! stream AGENT_COMMANDS: JetStream stream '$G > AGENT_COMMANDS' could not be recovered",
    ),
    bootstrap(
        "nats",
        1,
        "! stream AGENT_COMMANDS: JetStream stream '$G > AGENT_COMMANDS' could not be recovered",
        flags="--force",
    ),
)
def damaged(directory):
    with nats_server(directory) as server, Nats(server.port) as nats:
        provisioned(server)
        for _ in range(5):
            nats.publish("agent.a.cmd")
        nats.create("OTHER", ["other"])
    streams = directory / "data/jetstream/$G/streams"
    files = [streams / name / "meta.inf" for name in ("AGENT_COMMANDS", "OTHER")]
    intact = [file.read_bytes() for file in files]
    for file in files:
        assert file.stat().st_size > 0
        file.write_bytes(b"")
    with nats_server(directory) as server, Nats(server.port) as nats:
        assert http_get(server.monitor, "/healthz?js-enabled-only=true")[0] == 200
        yield Setting(nats_env(server), unchanged=lambda: stored(nats))
        # A bootstrap creates the streams that are missing, and not the damaged one.
        nats.api("STREAM.DELETE.SYSTEM_METRICS")
        for flags in ((), ("--force",)):
            assert run_sidecar("bootstrap", "nats", *flags, env=nats_env(server)).returncode == 1
            assert nats.config("AGENT_COMMANDS") is None
            assert nats.config("SYSTEM_METRICS") is not None
    for file, content in zip(files, intact, strict=True):
        file.write_bytes(content)
    with nats_server(directory) as server, Nats(server.port) as nats:
        assert nats.messages("AGENT_COMMANDS") == 5
        provisioned(server)


def _nats_command(directory, *more):
    port = free_port()
    return port, [
        need("nats-server"),
        "-a",
        "127.0.0.1",
        "-p",
        port,
        "-m",
        free_port(),
        "-js",
        "-sd",
        directory / "store",
        *more,
    ]


@scenario(
    "run-stop-on-term",
    "PID 1 gets TERM: a clean stop",
    run(0, "server stopped on TERM (sent INT), exit 0 after "),
)
def clean_stop(directory):
    port, command = _nats_command(directory)

    def stop(started):
        wait_until(lambda: accepts(port), "the server listens")
        started.send(signal.SIGTERM)

    yield Setting(command=command, flags=["--service", "nats", "--no-agent"], then=stop)


@scenario(
    "store-outside-volume",
    "the store is not on the declared volume",
    check(
        "nats",
        "unhealthy",
        "nats.store.outside",
        line="the store <data>/jetstream is not on the declared volume /data…",
    ),
)
def store_elsewhere(directory):
    with nats_server(directory) as server:
        provisioned(server)
        yield Setting(
            nats_env(server, ARC_NATS_DATA_DIR="/data"), values={"data": directory / "data"}
        )


@scenario(
    "volume-not-mounted",
    "nothing is mounted on the declared volume",
    check(
        "nats",
        "unhealthy",
        "nats.store.unmounted",
        line="the declared volume <data> is not a mount…",
    ),
)
def not_mounted(directory):
    with nats_server(directory) as server:
        provisioned(server)
        data = directory / "data"
        yield Setting(nats_env(server, ARC_NATS_DATA_DIR=str(data)), values={"data": data})


@on_small_disk(
    "volume-on-tmpfs",
    "the declared volume is a tmpfs",
    check(
        "nats",
        "degraded",
        "nats.store.volatile",
        line="the declared volume <store> is a tmpfs…",
    ),
)
def volatile(directory):
    with small_store(directory) as (server, store):
        provisioned(server)
        env = nats_env(server, ARC_NATS_DATA_DIR="/")
        on_root = run_sidecar("check", "nats", "--strict", env=env)
        assert ("the store is on the volume /" in on_root.stdout) == (on_root.returncode == 0)
        yield Setting(nats_env(server, ARC_NATS_DATA_DIR=str(store)), values={"store": store})


def _run_outside(slug, text, store, *options):
    @scenario(
        slug,
        text,
        run(
            78,
            f"preflight: {store}/jetstream: is where the server keeps its data, not on the declared volume /data (nats.data_dir)",
        ),
    )
    def run_outside(directory):
        command = ["nats-server", "-m", "8222", "-js", *options]
        yield Setting({"ARC_NATS_DATA_DIR": "/data"}, command, ["--service", "nats"])


_run_outside("run-store-undeclared", "the command names no store directory", "/tmp/nats")
_run_outside(
    "run-store-outside-volume",
    "the command's store directory is not on the declared volume",
    "/var/nats",
    "-sd",
    "/var/nats",
)


@scenario(
    "run-volume-not-mounted",
    "the declared volume of the command is not a mount",
    run(
        78,
        "preflight: <directory>: declared as a volume (nats.data_dir), and nothing is mounted there",
        reasons=0,
    ),
)
def run_without_mount(directory):
    yield Setting(
        {"ARC_NATS_DATA_DIR": str(directory)},
        ["nats-server", "-m", "8222", "-js", "-sd", directory],
        ["--service", "nats"],
        values={"directory": directory},
    )


@scenario(
    "healthy",
    "a healthy server",
    strict(
        "nats",
        "ok",
        "nats.stream.ok",
        line="nats-server <version>: 3 streams as declared, JetStream on <data>/jetstream, … free",
    ),
    bootstrap("nats", 0),
)
def well(directory):
    with nats_server(directory) as server, Nats(server.port) as nats:
        provisioned(server)
        version = http_get(server.monitor, "/varz")[1]["version"]
        yield Setting(
            nats_env(server),
            unchanged=lambda: stored(nats),
            values={"version": version, "data": directory / "data"},
        )


def member(directory, number, ports):
    """The server of this number in a cluster whose servers listen for each other on `ports`."""
    routes = json.dumps([f"nats://127.0.0.1:{port}" for port in ports])
    return nats_server(
        directory / f"n{number}",
        "-n",
        f"n{number}",
        conf=f'cluster {{ name: c, listen: "127.0.0.1:{ports[number]}", routes: {routes} }}',
    )


@contextlib.contextmanager
def cluster(directory, size, of=3):
    """`size` servers of a cluster of `of`. With all of them it waits for a leader, which fewer than
    half never have."""
    ports = [free_port() for _ in range(of)]
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(member(directory, number, ports)) for number in range(size)]
        for server in servers if size == of else []:
            wait_until(
                lambda port=server.monitor: http_get(port, "/healthz")[0] == 200,
                "the cluster has a leader",
            )
        yield servers


@on_cluster(
    "cluster-never-had-leader",
    "a server of a cluster that never had a leader: it answers PING, and JetStream does not answer",
    check("nats", "unhealthy", "nats.jetstream.timeout", "JetStream does not answer (JetStream "),
    live("nats", True, "unhealthy"),
    bootstrap(
        "nats",
        1,
        "answers PING, but no request within 2s). Check the server's log",
        flags="--timeout 2s",
    ),
)
def never_a_leader(directory):
    with cluster(directory, 1) as (server,):
        yield Setting(nats_env(server))


@on_cluster(
    "cluster-healthy",
    "a healthy cluster of three: each server knows all streams",
    bootstrap("nats", 0),
    strict("nats", "ok", "nats.stream.ok", "3 streams as declared"),
)
def cluster_well(directory):
    with cluster(directory, 3) as servers:
        yield Setting(nats_env(servers[2]))


def holders(server, stream):
    """The names of the servers that hold the stream, its leader's first."""
    with Nats(server.port) as nats:
        seen = nats.api(f"STREAM.INFO.{stream}")["cluster"]
    return [seen["leader"]] + [copy["name"] for copy in seen.get("replicas", [])]


@contextlib.contextmanager
def replicated(directory, of=3):
    """A cluster with a stream of three copies and one of a single copy, as declared. Yields
    servers by name, the check's environment, and the first stream's holders."""
    config = declare(
        directory / "arc.toml",
        {"name": "R3", "subjects": ["r3"], "replicas": 3},
        {"name": "R1", "subjects": ["r1"]},
    )
    # A cluster can start with a group of fewer servers, which never stores three copies.
    for attempt in range(3):
        with cluster(directory / str(attempt), of, of) as servers:
            if _bootstrapped(nats_env(servers[0], ARC_CONFIG=config)):
                yield (
                    {f"n{number}": server for number, server in enumerate(servers)},
                    lambda server: nats_env(server, ARC_CONFIG=config),
                    holders(servers[0], "R3"),
                )
                return
    raise AssertionError("no cluster stored a stream of three copies")


def _bootstrapped(env):
    """Whether the streams exist within half a minute: a cluster with a leader may still lack a
    server for a while."""
    with contextlib.suppress(AssertionError):
        return wait_until(
            lambda: run_sidecar("bootstrap", "nats", "--timeout", "10s", env=env).returncode == 0,
            "the streams are made",
            30,
        )
    return False


def says(env, code):
    wait_until(
        lambda: code in run_sidecar("check", "nats", env=env).stdout, f"a check says {code}", 60
    )


@on_cluster(
    "replicas-healthy",
    "a stream of three copies, each on its server",
    bootstrap("nats", 0),
    strict("nats", "ok", "nats.stream.ok", "2 streams as declared"),
)
def copies_well(directory):
    with replicated(directory) as (servers, env, names):
        yield Setting(env(servers[names[1]]))


@on_cluster(
    "replica-lost",
    "one of three servers, which held a copy of a stream, is gone",
    check(
        "nats",
        "degraded",
        "nats.stream.underreplicated",
        "stream R3 has lost 1 of 3 replicas (n",
    ),
    live("nats", True, "degraded"),
)
def copy_lost(directory):
    with replicated(directory) as (servers, env, names):
        # Not the one that alone has the other stream: another condition is about that.
        lost = next(name for name in names[1:] if name not in holders(servers[names[0]], "R1"))
        servers[lost].kill()
        left = env(servers[names[0]])
        says(left, "nats.stream.underreplicated")
        yield Setting(left)


@on_cluster(
    "stream-leaderless",
    "two of five servers, which held copies of a stream, are gone: the cluster has a leader, /healthz is 200, and the stream rejects messages",
    check(
        "nats",
        "unhealthy",
        "nats.stream.leaderless",
        "stream R3 has no leader among n",
    ),
    live("nats", True, "unhealthy"),
    bootstrap("nats", 0),
)
def stream_leaderless(directory):
    with replicated(directory, of=5) as (servers, env, names):
        alone = holders(servers[names[0]], "R1")[0]
        gone = [name for name in names if name != alone][:2]
        for name in gone:
            servers[name].kill()
        left = servers[alone]
        says(env(left), "nats.stream.leaderless")
        wait_until(lambda: http_get(left.monitor, "/healthz")[0] == 200, "the cluster has a leader")
        yield Setting(env(left))


@on_cluster(
    "stream-without-server",
    "the only server that holds a stream is gone; the other streams answer",
    check("nats", "unhealthy", "nats.stream.timeout", "stream R1 does not answer, but others do"),
    live("nats", True, "unhealthy"),
    bootstrap("nats", 1, "R1", "does not answer, but others do", flags="--timeout 4s"),
)
def stream_silent(directory):
    with replicated(directory) as (servers, env, _):
        alone = holders(servers["n0"], "R1")[0]
        servers[alone].kill()
        left = env(next(server for name, server in servers.items() if name != alone))
        # Until then the other stream chooses its leader, and JetStream the cluster's.
        says(left, "nats.stream.underreplicated")
        yield Setting(left)


@on_cluster(
    "cluster-lost-quorum",
    "two of a cluster's three servers are gone, and the third was their leader",
    check(
        "nats",
        "unhealthy",
        "nats.cluster.leaderless",
        "JetStream has not established contact with a meta leader",
    ),
    live("nats", True, "unhealthy"),
)
def lost_its_leader(directory):
    with cluster(directory, 3) as servers:
        left = servers[
            int(http_get(servers[0].monitor, "/jsz")[1]["meta_cluster"]["leader"].removeprefix("n"))
        ]
        for server in servers:
            if server is not left:
                server.kill()

        def without_leader():
            """For a second: until the leader resigns, single answers can be other than 200."""
            for _ in range(5):
                if http_get(left.monitor, "/healthz")[0] == 200:
                    return False
                time.sleep(0.2)
            return True

        wait_until(without_leader, "the third server resigns as leader", 90)
        yield Setting(nats_env(left))


@scenario(
    "server-stopped",
    "the server is stopped (SIGSTOP)",
    check(
        "nats",
        "unhealthy",
        "nats.connection.timeout",
        line="127.0.0.1:<port> did not answer within …",
    ),
    bootstrap("nats", 1, flags="--timeout 2s"),
)
def hanging(directory):
    with nats_server(directory) as server:
        provisioned(server)
        server.send_signal(signal.SIGSTOP)
        yield Setting(nats_env(server), values={"port": server.port})


@scenario(
    "lame-duck",
    "lame duck mode (SIGUSR2): the client port is closed, and a client is left",
    check(
        "nats",
        "unhealthy",
        "nats.server.draining",
        "is closed, and 1 client is still connected (lame duck mode)",
    ),
    live("nats", True, "unhealthy"),
)
def lame_duck(directory):
    # The clients are let go within the duration, after the grace period.
    with (
        nats_server(
            directory, conf='lame_duck_duration: "60s"\nlame_duck_grace_period: "50s"'
        ) as server,
        Nats(server.port),
    ):
        # It greets a client before it counts it, and without one it ends at once.
        wait_until(
            lambda: http_get(server.monitor, "/varz")[1]["connections"] == 1,
            "the client is counted",
        )
        server.send_signal(signal.SIGUSR2)
        wait_until(lambda: not accepts(server.port), "the client port is closed")
        yield Setting(nats_env(server))


@contextlib.contextmanager
def connections(server, count):
    """`count` clients that the server has counted."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(Nats(server.port))
        wait_until(
            lambda: http_get(server.monitor, "/varz")[1]["connections"] == count,
            "the clients are counted",
        )
        yield


@scenario(
    "connections-used-up",
    "max_connections is reached: the server rejects the next client, and /healthz is 200",
    check(
        "nats",
        "unhealthy",
        "nats.connection.rejected",
        line="127.0.0.1:<port> rejects the connection (maximum connections exceeded). Raise max_connections…",
    ),
    live("nats", True, "unhealthy"),
)
def connections_used_up(directory):
    with (
        nats_server(directory, conf="max_connections: 3") as server,
        connections(server, 3),
    ):
        yield Setting(nats_env(server), values={"port": server.port})


@scenario(
    "connection-refused",
    "no server listens",
    check(
        "nats",
        "unhealthy",
        "nats.connection.refused",
        line="127.0.0.1:<port>: Connection refused. Check that the server runs, and ARC_NATS_URL.",
    ),
    live("nats", False, "unhealthy", "nats.connection.refused"),
    bootstrap("nats", 1, "Connection refused", flags="--timeout 2s"),
)
def down(directory):
    port = free_port()
    yield Setting(
        {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
        },
        values={"port": port},
    )
