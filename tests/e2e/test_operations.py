"""The blocks of docs/operations.md, on a stack of its own: what was written before a backup is there
after the restore, and nothing that came later."""

import contextlib
import os
import re
import shutil
import urllib.request
from pathlib import Path

import pytest

from support.stack import (
    OWN,
    ROOT,
    SIDECAR,
    SMALL_JVM,
    docker,
    free_ports,
    run,
    subscribe,
    wait_until,
)

PAGE = (ROOT / "docs/operations.md").read_text()
VOLUMES = ("arc-messaging-jetstream", "arc-streaming-data", "arc-cache-data")
TOPIC = "persistent://public/default/kept"

pytestmark = pytest.mark.nightly


def block(heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]
    return re.search(r"^```sh\n(.*?)^```$", section, re.M | re.S)[1]


@pytest.fixture
def backup():
    folder = ROOT / ".arc" / f"{OWN}-backup"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def carry_out(stack, heading, backup):
    """The block's own text, with the names of this stack."""
    text = block(heading).replace("/var/backups/arc", str(backup))
    text = text.replace("arc-cache:dev", stack.image("sonic"))
    for volume in VOLUMES:
        text = text.replace(volume, stack.prefix + volume)
    run("bash", "-euc", text, env=stack.environment(), timeout=400)


class Clients:
    """What the platform's clients write and read."""

    def __init__(self, stack):
        self.stack = stack
        self.nats = {"NATS_URL": f"nats://{stack.container('flash')}:4222"}
        self.redis = {"REDIS_ADDR": f"{stack.container('sonic')}:6379"}
        self.pulsar = {
            "PULSAR_URL": "pulsar://arc-streaming:6650",
            "PULSAR_ADMIN_URL": "http://arc-streaming:8080",
        }

    def write(self, text):
        self.stack.client("publish", "agent.kept.cmd", text, **self.nats)
        self.stack.client("set", "kept", text, **self.redis)
        self.stack.client("produce", TOPIC, text, **self.pulsar)

    def read(self):
        """Messages of NATS, the key of Redis, the next message of Pulsar, which it acknowledges."""
        return (
            self.stack.client("fetch", "AGENT_COMMANDS", **self.nats).split(),
            self.stack.client("get", "kept", **self.redis).strip(),
            self.stack.client("consume", TOPIC, **self.pulsar).strip(),
        )


def test_a_backup_is_restored(other, backup):
    other.make("messaging-up")
    clients = Clients(other)
    subscribe(other.ports["ARC_STRANGE_ADMIN_PORT"], TOPIC)
    clients.write("before")
    carry_out(other, "Backup", backup)
    assert sorted(path.name for path in backup.iterdir()) == sorted(
        f"{other.prefix}{volume}.tar" for volume in VOLUMES
    )
    clients.write("after")
    messages, key, message = clients.read()
    assert (key, message) == ("after", "before") and "after" in " ".join(messages)
    carry_out(other, "Restore", backup)
    messages, key, message = clients.read()
    assert (key, message) == ("before", "before")
    assert "before" in " ".join(messages) and "after" not in " ".join(messages)


# Upgrades of these images, and the way back.

PREVIOUS = {
    "ARC_REGISTRY": os.environ.get("ARC_PREVIOUS_REGISTRY", ""),
    "ARC_TAG": os.environ.get("ARC_PREVIOUS_TAG", ""),
}


@pytest.mark.skipif(
    not all(PREVIOUS.values()),
    reason="ARC_PREVIOUS_REGISTRY and ARC_PREVIOUS_TAG do not name the images of a release",
)
def test_images_of_the_release_before_are_upgraded_and_come_back(other):
    def revision():
        return other.execute("flash", SIDECAR, "--version").stdout.splitlines()[0]

    clients = Clients(other)
    other.make("messaging-up", **PREVIOUS)
    older = revision()
    subscribe(other.ports["ARC_STRANGE_ADMIN_PORT"], TOPIC)
    clients.write("first")
    other.make("messaging-up")
    assert revision() != older, "the images differ; two of them can have the same version"
    assert clients.read() == (["first"], "first", "first")
    clients.write("second")
    other.make("messaging-up", **PREVIOUS)
    assert clients.read() == (["first", "second"], "second", "second")
    assert revision() == older


# Upgrades of the servers, and the way back. Each server runs alone, as its own project ships it.

CACHE = Path(os.environ.get("ARC_CACHE_DIR", "/nonexistent"))
NAME = f"{OWN}-upgrade"


def answers(port):
    """Whether Pulsar's namespace for the test is there."""
    url = f"http://127.0.0.1:{port}/admin/v2/namespaces/public/default"
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=10) as reply:
        return reply.status == 200
    return False


class Server:
    """A version of a server on the volume NAME; its clients share its network."""

    def __init__(self, image, *command, options=()):
        docker("rm", "--force", NAME, check=False)
        argv = ["run", "--detach", "--name", NAME, "--hostname", NAME, "--volume", f"{NAME}:/data"]
        docker(*argv, *options, "--entrypoint", command[0], image, *command[1:])

    def client(self, *words, **options):
        variables = {
            "NATS_URL": "nats://127.0.0.1:4222",
            "REDIS_ADDR": "127.0.0.1:6379",
            "PULSAR_URL": "pulsar://127.0.0.1:6650",
            "PULSAR_ADMIN_URL": "http://127.0.0.1:8080",
        }
        argv = ["run", "--rm", "--network", f"container:{NAME}"]
        argv += [word for each in variables.items() for word in ("--env", "=".join(each))]
        return docker(*argv, "arc-clients:dev", *words, **options)

    def answers(self, *words):
        """Tries a client's command until it works; its output."""

        def asked():
            result = self.client(*words, check=False)
            return result.returncode == 0 and result

        return wait_until(asked, " ".join(words), 90).stdout

    def stop(self):
        docker("stop", "--time", "60", NAME)


@pytest.fixture
def volume():
    docker("volume", "create", NAME)
    yield NAME
    docker("rm", "--force", NAME, check=False)
    docker("volume", "rm", "--force", NAME)


def nats(image):
    options = ["--volume", f"{os.environ['ARC_SIDECAR']}:{SIDECAR}:ro"]
    command = ["nats-server", "--jetstream", "--store_dir", "/data", "--http_port", "8222"]
    return Server(image, *command, options=options)


def redis(image):
    command = ["redis-server", "--dir", "/data", "--appendonly", "yes", "--protected-mode", "no"]
    return Server(image, *command)


def pulsar(version, port):
    home = CACHE / f"apache-pulsar-{version}"
    options = ["--volume", f"{CACHE}:{CACHE}:ro", "--tmpfs", "/tmp:exec"]
    options += ["--env", f"PULSAR_MEM={SMALL_JVM}", "--env", "PULSAR_LOG_DIR=/tmp"]
    options += ["--publish", f"127.0.0.1:{port}:8080"]
    where = ["--metadata-dir", "/data/metadata", "--bookkeeper-dir", "/data/bookkeeper"]
    command = [home / "bin/pulsar", "standalone", "-nss", "-nfw", *where]
    return Server("arc-toolchain:dev", *command, options=options)


def test_nats_is_upgraded_and_goes_back(volume):
    older, newer = os.environ["ARC_NATS_BASE"], "arc-toolchain:nats-current"
    written = []
    for image in (older, newer, older):
        server = nats(image)
        docker("exec", NAME, SIDECAR, "bootstrap", "nats")
        assert server.client("fetch", "AGENT_COMMANDS").stdout.split() == written
        written.append(f"message-{len(written)}")
        server.client("publish", "agent.kept.cmd", written[-1])
        server.stop()


def test_redis_is_upgraded_and_goes_back_until_a_rewrite(volume):
    older, newer = "arc-toolchain:redis-7.0", os.environ["ARC_REDIS_BASE"]
    for number, image in enumerate((older, newer, older)):
        server = redis(image)
        server.answers("set", f"key{number}", str(number))
        for each in range(number):
            assert server.client("get", f"key{each}").stdout.strip() == str(each)
        server.stop()
    server = redis(newer)
    server.answers("get", "key0")
    docker("exec", NAME, "redis-cli", "BGREWRITEAOF")

    def rewritten():
        info = docker("exec", NAME, "redis-cli", "INFO").stdout
        return "aof_rewrites:1" in info and "aof_rewrite_in_progress:0" in info

    wait_until(rewritten, "the file is rewritten")
    server.stop()
    redis(older)
    wait_until(
        lambda: "Can't handle RDB format version" in docker("logs", NAME).stdout,
        "the older server refuses the file",
    )


def test_pulsar_is_upgraded_and_goes_back(volume):
    (port,) = free_ports(1)
    for number, version in enumerate(("3.3.6", "4.0.8", "3.3.6")):
        server = pulsar(version, port)
        if number == 0:
            wait_until(lambda: answers(port), "the admin port answers", 90)
            subscribe(port, TOPIC)
        server.answers("produce", TOPIC, f"message-{number}")
        server.stop()
    server = pulsar("4.0.8", port)
    for number in range(3):
        assert server.answers("consume", TOPIC).strip() == f"message-{number}"
