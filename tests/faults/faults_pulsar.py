"""Pulsar: cases P01 to P12. One broker, with token authentication on, in the order of this file: each condition finds what the former left."""

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path

from matrix import NotRun, Setting, bootstrap, check, condition, live, open_to_all, run, strict
from pulsar_broker import DRIFT, SMALL, Broker, Keys, home
from servers import accepts, end_process, wait_until

KEYS = Keys()
SUPERUSER = KEYS.token("admin")
TOPIC = "persistent/arc-system/events/agent-lifecycle/partitions"


class Shared:
    """The broker, started by the first condition that wants it."""

    def __init__(self):
        self.broker = None
        self.stack = contextlib.ExitStack()

    def get(self):
        if "ARC_PULSAR_HOME" not in os.environ:
            raise NotRun("ARC_PULSAR_HOME does not name an unpacked Pulsar")
        if self.broker is None:
            self.broker = Broker(Path(tempfile.mkdtemp(prefix="faults-pulsar-")), KEYS.settings())
            self.broker.token = SUPERUSER
            self.stack.callback(shutil.rmtree, self.broker.directory, ignore_errors=True)
            self.stack.enter_context(self.broker.started())
            atexit.register(self.stack.close)
        return self.broker


SHARED = Shared()


def asking(place, **more):
    """The broker and its environment, with a directory of the condition's own for the lock of the deep probe."""
    broker = SHARED.get()
    return broker, broker.environment(XDG_RUNTIME_DIR=str(place), **more)


def objects(broker):
    return broker.admin(TOPIC), broker.admin("tenants"), broker.admin("tenants/arc-system")


def agent_at_work(place):
    """The state that the agent leaves while it has not made the declared objects yet."""
    (place / "pulsar.agent.json").write_text(json.dumps({"phase": "pending", "detail": "", "since_ms": 1}))
    return {"ARC_STATE_DIR": str(place)}


@condition("P01", "the first moments of a cold start",
           check("pulsar", "starting", "pulsar.ports", "stage 1 of 6"),
           live("pulsar", True, "starting"),
           bootstrap("pulsar", 1, "not ready: stage "))  # fmt: skip
def cold_start(place):
    yield Setting(asking(place, **agent_at_work(place))[1])


def becomes_ready(broker):
    """Bootstraps by and by from the cold start on: until the last, each must say a stage and no error."""

    def converged():
        result = broker.sidecar("bootstrap", "pulsar")
        assert result.returncode == 0 or "not ready: stage " in result.stdout, result.stdout
        return result.returncode == 0

    wait_until(converged, "the bootstrap converges", 150)


@condition("P01", "bootstraps from a cold start on: each says the stage or converges, none shows an error", bootstrap("pulsar", 0, "pulsar: converged"))
def bootstrap_from_cold(place):
    broker, env = asking(place)
    becomes_ready(broker)
    yield Setting(env)


@condition("P00", "all is well", check("pulsar", "ok", "pulsar.health", "deep health ok", flags="--timeout 10s"), bootstrap("pulsar", 0))
def well(place):
    broker, env = asking(place)
    wait_until(lambda: broker.admin("brokers/health")[0] == 200, "the first deep health", 90)
    yield Setting(env, unchanged=lambda: objects(broker))


@condition("P05", "it advertises localhost to clients and a name is declared",
           check("pulsar", "degraded", "pulsar.advertised.loopback", "localhost"),
           strict("pulsar", "degraded", "pulsar.advertised.loopback"))  # fmt: skip
def loopback_advertised(place):
    yield Setting(asking(place, ARC_PULSAR_ADVERTISED="arc-streaming")[1])


@condition("P05", "it advertises localhost and nothing is declared", check("pulsar", "ok", "", env={"ARC_PULSAR_ADVERTISED": ""}))
def loopback_alone(place):
    yield Setting(asking(place)[1])


@condition("P07", "a topic has 3 partitions where 5 are declared, a tenant other roles; a PUT answers 409 as if all were well",
           check("pulsar", "degraded", "pulsar.topic.drift", "3 partitions, declared 5 partitions"),
           check("pulsar", "degraded", "pulsar.tenant.drift"),
           strict("pulsar", "degraded", "pulsar.topic.drift"),
           bootstrap("pulsar", 1, "! topic arc-system/events/agent-lifecycle: 3 partitions, declared 5 partitions", "! tenant arc-system: "))  # fmt: skip
def drift(place):
    (place / "drift.toml").write_text(DRIFT)
    broker, env = asking(place, ARC_CONFIG=str(place / "drift.toml"))
    yield Setting(env, unchanged=lambda: objects(broker))


@condition("P07", "a declared topic is missing", check("pulsar", "unhealthy", "pulsar.topic.missing"))
def missing(place):
    (place / "more.toml").write_text('[[pulsar.topic]]\nname = "public/default/not-there"\npartitions = 2\n')
    yield Setting(asking(place, ARC_CONFIG=str(place / "more.toml"))[1])


@condition("P09", "no token, a token of another secret",
           check("pulsar", "unhealthy", "pulsar.auth", "authentication: ", env={"ARC_PULSAR_TOKEN": ""}),
           check("pulsar", "unhealthy", "pulsar.auth", "authentication: ", env={"ARC_PULSAR_TOKEN": Keys().token("admin")}))  # fmt: skip
def bad_token(place):
    yield Setting(asking(place)[1])


@condition("P09", "the token is not a superuser's",
           check("pulsar", "degraded", "pulsar.auth.superuser", "the token is not a superuser's", flags="--timeout 10s"),
           bootstrap("pulsar", 1, "the token is not a superuser's"))  # fmt: skip
def plain_token(place):
    yield Setting(asking(place, ARC_PULSAR_TOKEN=KEYS.token("plain"))[1])


@condition("P02", "the JVM is stopped (SIGSTOP)",
           check("pulsar", "unhealthy", "pulsar.ready|pulsar.health", "health did not answer in"),
           live("pulsar", False, "unhealthy", flags="--timeout 2s"))  # fmt: skip
def hanging(place):
    broker, env = asking(place)
    broker.process.send_signal(signal.SIGSTOP)
    try:
        yield Setting(env)
    finally:
        broker.process.send_signal(signal.SIGCONT)


def _pulsar_command(broker):
    return [
        str(home() / "bin/pulsar"), "standalone", "-nfw", "-nss",
        "--metadata-dir", str(broker.directory / "metadata"), "--bookkeeper-dir", str(broker.directory / "bookkeeper"),
    ]  # fmt: skip


def _run_environment(broker):
    return {
        "PULSAR_STANDALONE_CONF": str(broker.directory / "standalone.conf"),
        "PULSAR_LOG_DIR": str(broker.directory / "logs"),
        "TMPDIR": str(broker.directory),
    } | SMALL


@condition("P12", "a stop: TERM for PID 1 reaches the JVM", run(143, "server stopped on TERM", "exit 143 after ", seconds=90))
def clean_stop(place):
    broker = SHARED.get()
    end_process(broker.process)

    def stop(started):
        wait_until(lambda: accepts(broker.admin_port) or started.process.poll() is not None, "the broker listens", 90)
        started.send(signal.SIGTERM)

    yield Setting(_run_environment(broker), _pulsar_command(broker), ["--service", "pulsar", "--no-agent"], then=stop)


@condition("P04", "the metadata is lost and the ledgers are kept", run(1, "No data was deleted", seconds=90))
def lost_metadata(place):
    broker = SHARED.get()
    shutil.rmtree(broker.directory / "metadata")
    ledgers = broker.directory / "bookkeeper"
    yield Setting(
        _run_environment(broker), _pulsar_command(broker), ["--service", "pulsar", "--no-agent"],
        unchanged=lambda: sorted(str(path) for path in ledgers.rglob("*.log")),
    )  # fmt: skip


def _volume(place):
    """The directories of a Pulsar that has run: names and owners are all that preflight asks for."""
    open_to_all(place)
    data = place / "pulsar/data"
    (data / "metadata").mkdir(parents=True)
    (data / "metadata/CURRENT").write_text("MANIFEST-000005\n")
    (data / "standalone/bookkeeper/current").mkdir(parents=True)
    return {"PULSAR_HOME": str(place / "pulsar"), "PULSAR_STANDALONE_CONF": str(place / "conf")}, data


def _foreign(uid):
    @condition("P03", f"the volume belongs to root and Pulsar runs as {uid}", run(78, f"belongs to 0:0 (mode 0755), without access for others, and this server runs as {uid}:{uid}: as root, chown -R {uid}:{uid} "))
    def foreign(place):
        env, data = _volume(place)
        owners = lambda: [(str(path), path.stat().st_uid) for path in sorted(data.rglob("*"))]
        yield Setting(env, ["bin/pulsar", "standalone"], ["--service", "pulsar"], {"user": uid, "group": uid, "extra_groups": []}, unchanged=owners)


_foreign(10000)
_foreign(1000)


@contextlib.contextmanager
def resolver_without_names():
    """Says of each name that there is none (RCODE 3), where scripts/in-container --resolver has names asked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        try:
            listener.bind(("127.0.0.53", 53))
        except OSError as error:
            raise NotRun(f"no resolver can be played here: {error}") from error
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


@condition("P05", "the name to be advertised has no address in the container", run(78, "no-such-host.invalid: the broker is to advertise this name, and it has no address"))
def unknown_name(place):
    env, _ = _volume(place)
    with resolver_without_names():
        yield Setting(env | {"ARC_PULSAR_ADVERTISED": "no-such-host.invalid"}, ["bin/pulsar", "standalone"], ["--service", "pulsar"])


@condition("P00", "nobody listens", check("pulsar", "unhealthy", "pulsar.ports"))
def down(place):
    broker = SHARED.get()
    yield Setting(broker.environment())
