"""Scenarios of Pulsar. One broker for all, with token authentication on; each scenario requests the
state that it needs."""

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from scenarios.matrix import (
    NotRun,
    Setting,
    agent_states,
    as_json,
    bootstrap,
    check,
    live,
    open_to_all,
    run,
    strict,
    table,
)
from support.machine import RESOLVER
from support.pulsar_broker import DRIFT, SMALL, Broker, Keys, home
from support.servers import accepts, end_process, free_port, wait_until

scenario = table("Pulsar")
KEYS = Keys()
SUPERUSER = KEYS.token("admin")
TOPIC = "persistent/arc-system/events/agent-lifecycle/partitions"


class Shared:
    """The broker, started by the first condition that wants it, and again when it was ended."""

    def __init__(self):
        self.broker = None
        self.is_ready = False
        self.stack = contextlib.ExitStack()

    def forget(self):
        """Ends it and removes its files: the next one begins with none."""
        self.stack.close()
        self.broker, self.is_ready = None, False

    def running(self):
        """The broker, however far it is."""
        if "ARC_PULSAR_HOME" not in os.environ:
            raise NotRun("ARC_PULSAR_HOME does not name an unpacked Pulsar")
        if self.broker is None or self.broker.process.poll() is not None:
            self.forget()
            self.broker = Broker(Path(tempfile.mkdtemp(prefix="faults-pulsar-")), KEYS.settings())
            self.broker.token = SUPERUSER
            self.stack.callback(shutil.rmtree, self.broker.directory, ignore_errors=True)
            self.stack.enter_context(self.broker.started())
        return self.broker

    def starting(self):
        """A broker that has only just been started, from nothing."""
        self.forget()
        return self.running()

    def ready(self):
        """A broker that has the declared objects and answers deep health at once, whatever was
        asked before."""
        broker = self.running()
        if not self.is_ready:
            becomes_ready(broker)
            wait_until(lambda: answers_at_once(broker), "deep health is answered at once", 90)
            self.is_ready = True
        return broker

    def stopped(self):
        """A broker that was ready and has been stopped: its files and ports. `run` may have started
        and stopped it since."""
        if not self.is_ready:
            self.ready()
        end_process(self.broker.process)
        return self.broker


SHARED = Shared()


def on_broker(slug, text, *expectations):
    """A condition of the shared broker."""
    return scenario(slug, text, *expectations, group="pulsar")


def answers_at_once(broker):
    """Twice in a row within a second. The first answers of a broker take longer than a check
    has."""

    def answered():
        begun = time.monotonic()
        return broker.admin("brokers/health")[0] == 200 and time.monotonic() - begun < 1

    return answered() and answered()


def becomes_ready(broker):
    """Repeats the bootstrap from the cold start on: until the last, each must report a stage and
    no error."""

    def converged():
        result = broker.sidecar("bootstrap", "pulsar", "--timeout", "30s")
        assert result.returncode == 0 or "not ready: stage " in result.stdout, result.stdout
        return result.returncode == 0

    wait_until(converged, "the bootstrap converges", 300)


def environment(broker, directory, **more):
    """With a directory of the condition's own for the lock of the deep probe."""
    return broker.environment(XDG_RUNTIME_DIR=str(directory), **more)


def asking(directory, **more):
    """The ready broker and its environment."""
    broker = SHARED.ready()
    return broker, environment(broker, directory, **more)


def objects(broker):
    return broker.admin(TOPIC), broker.admin("tenants"), broker.admin("tenants/arc-system")


@on_broker(
    "cold-start",
    "the first moments of a cold start",
    check("pulsar", "starting", "pulsar.connection.refused", "stage 1 of 6"),
    live("pulsar", True, "starting"),
    bootstrap("pulsar", 1, "not ready: stage ", flags="--timeout 2s"),
)
def cold_start(directory):
    state = agent_states(directory, "pulsar")["pending"]
    yield Setting(environment(SHARED.starting(), directory, ARC_STATE_DIR=str(state)))


@on_broker(
    "bootstrap-during-cold-start",
    "bootstraps from a cold start on: each reports the stage or converges, none reports an error",
    bootstrap("pulsar", 0, "pulsar: converged"),
)
def bootstrap_from_cold(directory):
    broker = SHARED.starting()
    becomes_ready(broker)
    yield Setting(environment(broker, directory))


@on_broker(
    "healthy",
    "a healthy broker",
    check(
        "pulsar",
        "ok",
        "pulsar.health.ok",
        flags="--timeout 10s",
        line="Pulsar …: 1 tenant, 3 namespaces, 3 topics as declared, deep health ok",
    ),
    bootstrap("pulsar", 0),
)
def well(directory):
    broker, env = asking(directory)
    yield Setting(env, unchanged=lambda: objects(broker))


@on_broker(
    "advertised-loopback",
    "the broker advertises localhost and a name is declared",
    check("pulsar", "degraded", "pulsar.advertised.loopback", "localhost"),
    strict("pulsar", "degraded", "pulsar.advertised.loopback"),
    as_json(
        "pulsar",
        "degraded",
        "pulsar.advertised.loopback",
        measured="pulsar://localhost:<port>",
    ),
    check("pulsar", "ok", "", env={"ARC_PULSAR_ADVERTISED": "localhost"}),
)
def loopback_advertised(directory):
    broker, env = asking(directory, ARC_PULSAR_ADVERTISED="arc-streaming")
    yield Setting(env, values={"port": broker.port})


@on_broker(
    "advertised-nothing-declared",
    "the broker advertises localhost and nothing is declared: the check makes no lookup",
    check("pulsar", "ok", "", env={"ARC_PULSAR_ADVERTISED": ""}),
)
def loopback_alone(directory):
    broker, env = asking(directory)
    lookups = lambda: (
        broker.asked("GET /lookup/"),
        broker.admin("persistent/public/default"),
    )
    yield Setting(env, unchanged=lookups)


@on_broker(
    "drift",
    "a topic has 3 partitions, 5 are declared; a tenant has other roles",
    check(
        "pulsar",
        "degraded",
        "pulsar.topic.drift",
        "partitions of topic arc-system/events/agent-lifecycle is 3, declared 5",
    ),
    check("pulsar", "degraded", "pulsar.tenant.drift"),
    strict("pulsar", "degraded", "pulsar.topic.drift"),
    as_json(
        "pulsar",
        "degraded",
        "pulsar.topic.drift",
        measured="3",
        wanted="5",
    ),
    as_json("pulsar", "degraded", "pulsar.tenant.drift", wanted="ops"),
    bootstrap(
        "pulsar",
        1,
        "! topic arc-system/events/agent-lifecycle: partitions is 3, declared 5. ",
        "! tenant arc-system: ",
    ),
)
def drift(directory):
    (directory / "drift.toml").write_text(DRIFT)
    broker, env = asking(directory, ARC_CONFIG=str(directory / "drift.toml"))
    yield Setting(env, unchanged=lambda: objects(broker))


@on_broker(
    "topic-missing",
    "a declared topic is missing",
    check("pulsar", "unhealthy", "pulsar.topic.missing"),
)
def missing(directory):
    (directory / "more.toml").write_text(
        '[[pulsar.topic]]\nname = "public/default/not-there"\npartitions = 2\n'
    )
    yield Setting(asking(directory, ARC_CONFIG=str(directory / "more.toml"))[1])


def _declares(directory, topic, partitions=0):
    """The declaration of one topic, and of its namespace."""
    (directory / "topic.toml").write_text(
        f'[[pulsar.namespace]]\nname = "{topic.rpartition("/")[0]}"\n'
        f'[[pulsar.topic]]\nname = "{topic}"\npartitions = {partitions}\n'
    )
    return {"ARC_CONFIG": str(directory / "topic.toml")}


@contextlib.contextmanager
def _topic(directory, name, partitions=0):
    """The ready broker with a declared topic of a namespace of its own, which has a subscription:
    the broker removes an idle topic without one."""
    space = f"faults/{name}"
    topic = f"{space}/x"
    broker, env = asking(directory, **_declares(directory, topic, partitions))
    for path, body in (
        ("tenants/faults", {"allowedClusters": ["standalone"], "adminRoles": []}),
        (f"namespaces/{space}", {}),
        (f"persistent/{topic}/partitions", partitions)
        if partitions
        else (f"persistent/{topic}", {}),
        (f"persistent/{topic}/subscription/s", "earliest"),
    ):
        status, answer = broker.admin(path, body)
        assert status in (204, 409), (path, status, answer)
    try:
        yield broker, env, space, topic
    finally:
        kind = "partitions" if partitions else ""
        broker.admin(f"persistent/{topic}/{kind}?force=true".replace("/?", "?"), method="DELETE")
        broker.admin(f"namespaces/{space}", method="DELETE")


def _terminated(slug, text, partitions, path, told, command):
    @on_broker(
        slug,
        text,
        check("pulsar", "unhealthy", "pulsar.topic.unusable", line=f"topic <topic> {told}. …"),
        strict("pulsar", "unhealthy", "pulsar.topic.unusable"),
        live("pulsar", True, "unhealthy"),
        bootstrap("pulsar", 1, f"! topic <topic>: it {told}. ", f"pulsar-admin topics {command} "),
    )
    def terminated(directory):
        with _topic(directory, slug, partitions) as (broker, env, _, topic):
            status, answer = broker.admin(f"persistent/{topic}{path}", {}, "POST")
            assert status in (200, 204), answer
            yield Setting(env, values={"topic": topic})


_terminated("topic-terminated", "a topic is terminated", 0, "/terminate", "is terminated", "delete")
_terminated(
    "partition-terminated",
    "one of two partitions of a topic is terminated",
    2,
    "-partition-1/terminate",
    "is terminated (partition 1)",
    "delete-partitioned-topic",
)
_terminated(
    "partitions-terminated",
    "all partitions of a topic are terminated",
    2,
    "/terminate/partitions",
    "is terminated (partitions 0, 1)",
    "delete-partitioned-topic",
)


def _backlog(slug, text, quota, partitions, *expectations):
    """A backlog beside a quota of the namespace, or of the topic."""

    @on_broker(slug, text, *expectations)
    def backlog(directory):
        with _topic(directory, slug, partitions) as (broker, env, space, topic):
            broker.publish(topic, 10)
            size = _backlog_of(broker, topic, partitions)
            where, limit, policy = quota
            path = f"namespaces/{space}" if where == "namespace" else f"persistent/{topic}"
            status, answer = broker.admin(
                f"{path}/backlogQuota?backlogQuotaType=destination_storage",
                {"limitSize": int(size * limit), "policy": policy},
                "POST",
            )
            assert status == 204, answer
            wait_until(
                lambda: (
                    broker.admin(f"persistent/{topic}/backlogQuotaMap?applied=true")[1]
                    .get("destination_storage", {})
                    .get("policy")
                    == policy
                ),
                "the quota applies",
            )
            yield Setting(env, values={"topic": topic})


def _backlog_of(broker, topic, partitions):
    """The largest backlog of a partition, in bytes."""
    kind = "partitioned-stats?perPartition=true" if partitions else "stats"
    stats = broker.admin(f"persistent/{topic}/{kind}")[1]
    return max(one["backlogSize"] for one in stats.get("partitions", {"": stats}).values())


_backlog(
    "backlog-full",
    "the backlog of a topic is at the quota of its namespace, whose policy rejects producers",
    ("namespace", 0.5, "producer_exception"),
    0,
    check(
        "pulsar",
        "degraded",
        "pulsar.backlog.full",
        line="topic <topic> is full (backlog … of …, producer_exception). …",
    ),
    strict("pulsar", "degraded", "pulsar.backlog.full"),
    bootstrap("pulsar", 0),
)
_backlog(
    "backlog-full-partitions",
    "the backlog of a partition is at the quota of its topic, whose policy holds producers",
    ("topic", 1.0, "producer_request_hold"),
    2,
    check(
        "pulsar",
        "degraded",
        "pulsar.backlog.full",
        line="topic <topic> is full (backlog … of …, producer_request_hold). …",
    ),
)
_backlog(
    "backlog-nearly-full",
    "the backlog of a topic is near its quota",
    ("namespace", 1.05, "producer_exception"),
    0,
    check("pulsar", "degraded", "pulsar.backlog.full", "topic <topic> is nearly full (backlog"),
)
_backlog(
    "backlog-half-full",
    "the backlog of a topic is half of its quota",
    ("namespace", 2.0, "producer_exception"),
    0,
    check("pulsar", "ok", "pulsar.topic.ok"),
)
_backlog(
    "backlog-evicted",
    "the backlog of a topic is at its quota, whose policy evicts messages",
    ("namespace", 0.5, "consumer_backlog_eviction"),
    0,
    check("pulsar", "ok", "pulsar.topic.ok"),
)


def _clients(slug, text, where, limit, kind, expectation):
    @on_broker(slug, text, expectation)
    def clients(directory):
        with _topic(directory, slug) as (broker, env, space, topic):
            one = f"{kind}/persistent/{topic}" + (
                "/s?subscriptionType=Shared" if kind == "consumer" else ""
            )
            name = f"max{kind.capitalize()}s"
            path = (
                f"namespaces/{space}/{name}PerTopic"
                if where == "namespace"
                else (f"persistent/{topic}/{name}")
            )
            assert broker.admin(path, limit, "POST")[0] == 204
            wait_until(
                lambda: broker.admin(f"persistent/{topic}/{name}?applied=true")[1] == limit,
                "the limit applies",
            )
            with broker.connected(one) as accepted:
                assert accepted
                with broker.connected(one) as again:
                    assert again == (limit != 1)
                    yield Setting(env, values={"topic": topic})


for _where, _limit, _outcome in (
    ("namespace", 1, "degraded"),
    ("topic", 1, "degraded"),
    ("namespace", 0, "ok"),
):
    for _kind in ("producer", "consumer"):
        _clients(
            f"{_kind}s-limit-{_limit}-of-{_where}",
            f"one or two {_kind}s are connected, and the limit of the {_where} is {_limit or 'none'}",
            _where,
            _limit,
            _kind,
            check(
                "pulsar",
                _outcome,
                f"pulsar.{_kind}s.full",
                line=f"topic <topic> accepts no more {_kind}s (1 of 1). …",
            )
            if _limit
            else check("pulsar", "ok", "pulsar.topic.ok"),
        )


def _restricted(slug, text, path, body, code, told):
    @on_broker(
        slug,
        text,
        check("pulsar", "degraded", code, line=f"{told}. …"),
        strict("pulsar", "degraded", code),
        bootstrap("pulsar", 0),
    )
    def restricted(directory):
        with _topic(directory, slug) as (broker, env, space, topic):
            string = {"type": "STRING", "schema": "", "properties": {}}
            if code == "pulsar.schema.required":
                assert broker.admin(f"schemas/{topic}/schema", string, "POST")[0] == 200
            assert broker.admin(f"namespaces/{space}/{path}", body, "POST")[0] == 204
            yield Setting(env, values={"space": space, "topic": topic})


_restricted(
    "encryption-required",
    "a namespace requires encryption",
    "encryptionRequired",
    True,
    "pulsar.encryption.required",
    "namespace <space> rejects producers without encryption",
)
_restricted(
    "schema-required",
    "a namespace requires schemas, and a topic of it has one",
    "schemaValidationEnforced",
    True,
    "pulsar.schema.required",
    "topic <topic> has a schema and rejects producers without one",
)
_restricted(
    "subscription-types-restricted",
    "a namespace permits some types of subscriptions only",
    "subscriptionTypesEnabled",
    ["Exclusive", "Failover"],
    "pulsar.subscriptions.restricted",
    "namespace <space> accepts only the subscription types Exclusive, Failover",
)
_restricted(
    "subscriptions-not-created",
    "a namespace lets no consumer create a subscription",
    "autoSubscriptionCreation",
    {"allowAutoSubscriptionCreation": False},
    "pulsar.subscriptions.restricted",
    "namespace <space> lets no consumer create a subscription",
)
_restricted(
    "subscriptions-limit-reached",
    "the subscriptions of a topic are at the limit of the namespace",
    "maxSubscriptionsPerTopic",
    1,
    "pulsar.subscriptions.full",
    "topic <topic> accepts no more subscriptions (1 of 1)",
)
_restricted(
    "bookies-missing",
    "a namespace needs more bookies for a new ledger than there are; its topic is open",
    "persistence",
    {
        "bookkeeperEnsemble": 3,
        "bookkeeperWriteQuorum": 3,
        "bookkeeperAckQuorum": 3,
        "managedLedgerMaxMarkDeleteRate": 0,
    },
    "pulsar.bookies.missing",
    "a new ledger of namespace <space> needs 3 bookies, but the cluster has 1",
)


@on_broker(
    "namespace-of-another-cluster",
    "a namespace is served by another cluster only: the broker rejects its clients",
    check(
        "pulsar",
        "unhealthy",
        "pulsar.namespace.unusable",
        "topic <topic> is in a namespace that is served by the cluster west",
        line="namespace … is served by the cluster west, not by standalone. …",
    ),
    bootstrap("pulsar", 1, "it is served by the cluster west, not by standalone. ", "set-clusters"),
)
def other_cluster(directory):
    west = {"serviceUrl": "http://127.0.0.1:9", "brokerServiceUrl": "pulsar://127.0.0.1:9"}
    both = {"allowedClusters": ["standalone", "west"], "adminRoles": []}
    with _topic(directory, "moved") as (broker, env, space, topic):
        assert broker.admin("clusters/west", west)[0] in (200, 409)
        assert broker.admin("tenants/faults", both, "POST")[0] == 204
        assert broker.admin(f"namespaces/{space}/replication", ["west"], "POST")[0] in (200, 204)
        try:
            with broker.connected(f"producer/persistent/{topic}") as accepted:
                assert not accepted
            yield Setting(env, values={"topic": topic})
        finally:
            broker.admin(f"namespaces/{space}/replication", ["standalone"], "POST")


@on_broker(
    "token-wrong",
    "no token, a token of another secret, and no JWT",
    *(
        check(
            "pulsar",
            "unhealthy",
            "pulsar.authentication.failed",
            line="the broker requires a token, or rejects the configured one (401). …",
            env={"ARC_PULSAR_TOKEN": token},
        )
        for token in ("", Keys().token("admin"), "rubbish")
    ),
)
def bad_token(directory):
    yield Setting(asking(directory)[1])


@on_broker(
    "token-not-superuser",
    "the token is not a superuser's",
    check(
        "pulsar",
        "degraded",
        "pulsar.permission.denied",
        flags="--timeout 10s",
        line="the token is not a superuser's and does not permit …",
    ),
    bootstrap("pulsar", 1, "the token does not permit to read it"),
)
def plain_token(directory):
    yield Setting(asking(directory, ARC_PULSAR_TOKEN=KEYS.token("plain"))[1])


@on_broker(
    "token-tenant-admin",
    "the token is an admin's of one declared tenant only; the objects that it can read are checked",
    check(
        "pulsar",
        "degraded",
        "pulsar.permission.denied",
        "does not permit /admin/v2/namespaces/public, /admin/v2/tenants/other",
        "tenant arc-system exists",
        "topic arc-system/events/agent-lifecycle exists (partitions 3)",
        flags="--timeout 10s",
    ),
    bootstrap(
        "pulsar",
        1,
        "! tenant other: the token does not permit to read it",
        "= tenant arc-system",
        "= topic arc-system/events/agent-lifecycle",
    ),
)
def tenants_admin(directory):
    roles = lambda names: {"allowedClusters": ["standalone"], "adminRoles": names}
    (directory / "two.toml").write_text(
        DRIFT.replace("partitions = 5", "partitions = 3") + '[[pulsar.tenant]]\nname = "other"\n'
    )
    broker, env = asking(
        directory, ARC_CONFIG=str(directory / "two.toml"), ARC_PULSAR_TOKEN=KEYS.token("ops")
    )
    assert broker.admin("tenants/arc-system", roles(["ops"]), "POST")[0] == 204
    try:
        yield Setting(env, unchanged=lambda: objects(broker))
    finally:
        broker.admin("tenants/arc-system", roles([]), "POST")


@on_broker(
    "canary-ok",
    "the canary is on and the broker is healthy: it writes into a new ledger of its own topic",
    check(
        "pulsar",
        "ok",
        "pulsar.canary.ok",
        "a test message was stored in a new ledger",
        flags="--timeout 10s",
    ),
    strict("pulsar", "ok", "pulsar.canary.ok"),
)
def canary(directory):
    broker, env = asking(directory, ARC_PULSAR_CANARY="true")
    users = lambda: (
        objects(broker)[0],
        objects(broker)[2],
        broker.admin("namespaces/arc-system"),
        broker.admin("persistent/public/default"),
    )
    yield Setting(env, unchanged=users)
    assert broker.admin("persistent/arc-sidecar/canary") == (
        200,
        ["persistent://arc-sidecar/canary/canary"],
    )


@on_broker(
    "canary-no-new-ledger",
    "the broker cannot create a ledger; deep health, which writes to an open one, is ok",
    check("pulsar", "ok", "pulsar.health.ok", env={"ARC_PULSAR_CANARY": "false"}),
    check("pulsar", "unhealthy", "pulsar.canary.failed", "a test message that needs a new ledger"),
    live("pulsar", True, "unhealthy"),
)
def no_new_ledger(directory):
    """A namespace that wants more bookies than there are does it."""
    broker, env = asking(directory, ARC_PULSAR_CANARY="true")
    assert broker.sidecar("check", "pulsar", "--timeout", "10s", **env).returncode == 0
    persistence = "namespaces/arc-sidecar/canary/persistence"
    wanted = lambda bookies: {
        "bookkeeperEnsemble": bookies,
        "bookkeeperWriteQuorum": bookies,
        "bookkeeperAckQuorum": bookies,
        "managedLedgerMaxMarkDeleteRate": 0,
    }
    assert broker.admin(persistence, wanted(3), "POST")[0] == 204
    try:
        yield Setting(env)
    finally:
        broker.admin(persistence, wanted(1), "POST")


@on_broker(
    "broker-stopped",
    "the JVM is stopped (SIGSTOP)",
    check(
        "pulsar",
        "unhealthy",
        "pulsar.connection.timeout|pulsar.health.failed",
        "health did not answer in",
    ),
    live("pulsar", False, "unhealthy", flags="--timeout 2s"),
)
def hanging(directory):
    broker, env = asking(directory)
    broker.process.send_signal(signal.SIGSTOP)
    try:
        yield Setting(env)
    finally:
        broker.process.send_signal(signal.SIGCONT)


def _pulsar_command(broker):
    return [
        str(home() / "bin/pulsar"),
        "standalone",
        "-nfw",
        "-nss",
        "--metadata-dir",
        str(broker.directory / "metadata"),
        "--bookkeeper-dir",
        str(broker.directory / "bookkeeper"),
    ]


def _run_environment(broker):
    return {
        "PULSAR_STANDALONE_CONF": str(broker.directory / "standalone.conf"),
        "PULSAR_LOG_DIR": str(broker.directory / "logs"),
        "TMPDIR": str(broker.directory),
    } | SMALL


@on_broker(
    "run-stop-on-term",
    "PID 1 gets TERM: the JVM stops",
    run(143, "server stopped on TERM", "exit 143 after ", seconds=200),
)
def clean_stop(directory):
    def stop(started):
        wait_until(
            lambda: accepts(broker.admin_port) or started.process.poll() is not None,
            "the broker listens",
            200,
        )
        started.send(signal.SIGTERM)

    broker = SHARED.stopped()
    yield Setting(
        _run_environment(broker),
        _pulsar_command(broker),
        ["--service", "pulsar", "--no-agent"],
        then=stop,
    )


@on_broker(
    "run-metadata-lost",
    "the metadata is lost and the ledgers are kept",
    run(
        1,
        "preflight: ",
        "the metadata of the messages in",
        "preflight warned before the start: ",
        "No data was deleted",
        seconds=200,
    ),
)
def lost_metadata(directory):
    broker = SHARED.stopped()
    shutil.rmtree(broker.directory / "metadata")
    ledgers = broker.directory / "bookkeeper"
    try:
        yield Setting(
            _run_environment(broker),
            _pulsar_command(broker),
            ["--service", "pulsar", "--no-agent"],
            unchanged=lambda: sorted(str(path) for path in ledgers.rglob("*.log")),
        )
    finally:
        SHARED.forget()


def _volume(directory):
    """The directories of a Pulsar that has run: preflight reads only names and owners."""
    open_to_all(directory)
    data = directory / "pulsar/data"
    (data / "metadata").mkdir(parents=True)
    (data / "metadata/CURRENT").write_text("MANIFEST-000005\n")
    (data / "standalone/bookkeeper/current").mkdir(parents=True)
    version = data / "standalone/bookkeeper/current/VERSION"
    version.write_text('5\nbookieHost: "127.0.0.1:1"\n')
    (directory / "conf").write_text("")
    return {
        "PULSAR_HOME": str(directory / "pulsar"),
        "PULSAR_STANDALONE_CONF": str(directory / "conf"),
    }, data


def _foreign(uid):
    slug = f"run-volume-of-root-uid-{uid}"

    @scenario(
        slug,
        f"the volume belongs to root and Pulsar runs as {uid}",
        run(
            78,
            f"preflight: <data>: belongs to 0:0 (mode 0755), without access for others, and this server runs as {uid}:{uid}: as root, chown -R {uid}:{uid} <data> (the platform's volume: make strange-adopt)\n",
        ),
    )
    def foreign(directory):
        env, data = _volume(directory)
        owners = lambda: [(str(path), path.stat().st_uid) for path in sorted(data.rglob("*"))]
        yield Setting(
            env,
            ["bin/pulsar", "standalone"],
            ["--service", "pulsar"],
            {"user": uid, "group": uid, "extra_groups": []},
            unchanged=owners,
            values={"data": data},
        )


_foreign(10000)
_foreign(1000)


@contextlib.contextmanager
def resolver_without_names():
    """Answers that no name exists (RCODE 3), at the address of the resolver of
    scripts/in-container --resolver."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        try:
            listener.bind(RESOLVER)
        except OSError as error:
            raise NotRun(f"this machine cannot have a resolver: {error}") from error
        listener.settimeout(0.1)
        stopped = threading.Event()

        def serve():
            while not stopped.is_set():
                with contextlib.suppress(TimeoutError):
                    question, sender = listener.recvfrom(512)
                    listener.sendto(question[:2] + b"\x81\x83" + question[4:], sender)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()


@scenario(
    "run-advertised-name-unknown",
    "the name to be advertised has no address in the container",
    run(78, "no-such-host.invalid: the broker advertises this name, but it has no address"),
    group="resolver",
)
def unknown_name(directory):
    env, _ = _volume(directory)
    with resolver_without_names():
        yield Setting(
            env | {"ARC_PULSAR_ADVERTISED": "no-such-host.invalid"},
            ["bin/pulsar", "standalone"],
            ["--service", "pulsar"],
        )


REFUSED = "the binary port cannot be reached (127.0.0.1:<port>: Connection refused)…"


@scenario(
    "connection-refused",
    "no broker listens; the agent waits for it, has given up, or had converged before",
    check("pulsar", "unhealthy", "pulsar.connection.refused", line=REFUSED),
    check(
        "pulsar",
        "starting",
        "pulsar.connection.refused",
        env={"ARC_STATE_DIR": "<pending>"},
        line=f"stage 1 of 6: {REFUSED}",
    ),
    check(
        "pulsar",
        "unhealthy",
        "pulsar.connection.refused",
        env={"ARC_STATE_DIR": "<failing>"},
        line=REFUSED,
    ),
    check(
        "pulsar",
        "unhealthy",
        "pulsar.connection.refused",
        env={"ARC_STATE_DIR": "<converged>"},
        line=REFUSED,
    ),
)
def down(directory):
    port = free_port()
    env = {
        "ARC_PULSAR_URL": f"pulsar://127.0.0.1:{port}",
        "ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{free_port()}",
    }
    yield Setting(env, values={"port": port, **agent_states(directory, "pulsar")})
