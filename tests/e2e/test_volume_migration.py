"""Volumes that earlier images filled as other users, under other names, or that lost a part: said
before the start, and adopted."""

import contextlib
import re
import time

import pytest

from support.stack import CONTAINERS, SMALL_JVM, docker, free_ports, subscribe, wait_until

VOLUMES = {
    "flash": ("arc-messaging-jetstream", "/data"),
    "strange": ("arc-streaming-data", "/pulsar/data"),
    "sonic": ("arc-cache-data", "/data"),
}
OWN = {"flash": "1000:1000", "strange": "10000:0", "sonic": "1000:1000"}
TOPIC = "persistent://public/default/old-volume"


def volume(stack, codename):
    name, path = VOLUMES[codename]
    return f"{stack.prefix}{name}:{path}"


@contextlib.contextmanager
def earlier(stack, codename, user, command, *options):
    """The server as an earlier image ran it: without the sidecar, as `user`, on the stack's volume.
    Stopped in order."""
    name = f"{stack.prefix}earlier"
    # Else docker gives an empty volume the owner that the image has.
    mount = volume(stack, codename) + ":nocopy"
    docker("volume", "create", mount.partition(":")[0])
    docker(
        "run",
        "--rm",
        "--user",
        "0:0",
        "-v",
        mount,
        "--entrypoint",
        "chown",
        stack.image(codename),
        user,
        VOLUMES[codename][1],
    )
    docker(
        "run",
        "--detach",
        "--name",
        name,
        "--hostname",
        name,
        "--network",
        stack.network,
        "--user",
        user,
        "-v",
        mount,
        *options,
        "--entrypoint",
        command[0],
        stack.image(codename),
        *command[1:],
    )
    try:
        yield name
        docker("stop", "--time", "40", name)
    except AssertionError:
        print(docker("logs", name, check=False))
        raise
    finally:
        docker("rm", "--force", name)


def start_alone(stack, codename, *options):
    """One start without a restart policy: the exit code and what was said."""
    result = docker(
        "run",
        "--rm",
        "--network",
        stack.network,
        "--hostname",
        CONTAINERS[codename],
        "--env",
        f"PULSAR_MEM={SMALL_JVM}",
        *options,
        stack.image(codename),
        check=False,
    )
    return result.returncode, result.stdout + result.stderr


@pytest.mark.parametrize("codename", ["flash", "strange"])
def test_no_volume_no_start(other, codename):
    """Redis's base image declares a VOLUME, so that docker mounts one without a name."""
    code, said = start_alone(other, codename)
    assert code == 78, said
    assert (
        f"{VOLUMES[codename][1]}: declared as a volume" in said
        and "and nothing is mounted there" in said
    )


def test_pulsar_s_default_memory_counts_where_none_is_set(other):
    """The start script's own 2 GB of heap in a container of 700 MB: killed after a moment, were it
    started."""
    code, said = start_alone(
        other, "strange", "--memory", "700m", "--env", "PULSAR_MEM=", "-v", volume(other, "strange")
    )
    assert code == 78, said
    assert (
        "PULSAR_MEM is not set, and the start script's own default for the heap may take 2 GiB"
        in said
    )


def test_pulsar_s_temporary_directory_must_allow_exec(other):
    code, said = start_alone(other, "strange", "--tmpfs", "/tmp", "-v", volume(other, "strange"))
    assert code == 78, said
    assert "/tmp: is mounted noexec, but Pulsar loads its native libraries from there" in said


@pytest.mark.parametrize("codename", sorted(VOLUMES))
def test_two_containers_on_one_fresh_volume(other, codename):
    """The second is refused, although the first may not have made its store yet."""
    name = f"{other.prefix}first"
    mount = f"{other.prefix}fresh-{codename}:{VOLUMES[codename][1]}"
    first = [
        "run",
        "--detach",
        "--name",
        name,
        "--network",
        other.network,
        "--hostname",
        CONTAINERS[codename],
        "--env",
        f"PULSAR_MEM={SMALL_JVM}",
    ]
    docker(*first, "-v", mount, other.image(codename))
    try:
        wait_until(lambda: "arc-sidecar: started" in docker("logs", name).stderr, "the first runs")
        code, said = start_alone(other, codename, "-v", mount)
        assert code == 78 and "another server uses this directory" in said, said
    finally:
        docker("rm", "--force", name)
        docker("volume", "rm", "--force", mount.partition(":")[0])


def kept_messages(stack, at):
    """What is in AGENT_COMMANDS, by the platform's own client."""
    return stack.client("fetch", "AGENT_COMMANDS", NATS_URL=at).splitlines()


def refused_then_adopted(stack, codename, owner):
    code, said = start_alone(stack, codename, "-v", volume(stack, codename))
    assert code == 78, said
    assert (
        f"belongs to {owner}" in said
        and f"this server runs as {OWN[codename]}" in said
        and f"make {codename}-adopt" in said
    )
    adopted = stack.make(f"{codename}-adopt")
    assert f"belongs to {OWN[codename]}, the data is as it was" in adopted.stderr
    stack.make(f"{codename}-up")
    assert stack.check(codename).returncode == 0


def test_a_volume_of_the_earlier_redis_is_adopted_with_its_keys(other):
    with earlier(
        other,
        "sonic",
        "999:1000",
        ["redis-server", "--dir", "/data", "--appendonly", "yes", "--protected-mode", "no"],
    ) as server:
        wait_until(
            lambda: "Ready to accept connections" in docker("logs", server).stdout,
            "the earlier Redis answers",
        )
        other.client("set", "old", "kept", REDIS_ADDR=f"{server}:6379")
    refused_then_adopted(other, "sonic", "999:1000")
    assert (
        other.client("get", "old", REDIS_ADDR=f"{other.container('sonic')}:6379").strip() == "kept"
    )
    busy = other.make("sonic-adopt", check=False)
    assert (
        busy.returncode != 0
        and f"in use by {other.container('sonic')}: stop it first (make sonic-down)" in busy.stderr
    )


def test_a_volume_of_the_earlier_nats_is_adopted_with_its_messages(other):
    with earlier(
        other, "flash", "0:0", ["nats-server", "-m", "8222", "-js", "-sd", "/data"]
    ) as server:
        at = f"nats://{server}:4222"
        wait_until(
            lambda: "Server is ready" in docker("logs", server).stderr,
            "the earlier nats-server answers",
        )
        docker(
            "exec",
            "--env",
            "ARC_NATS_MONITOR_URL=http://127.0.0.1:8222",
            server,
            "/usr/local/bin/arc-sidecar",
            "bootstrap",
            "nats",
        )
        other.client("publish", "agent.old.cmd", "kept", NATS_URL=at)
    refused_then_adopted(other, "flash", "0:0")
    assert "kept" in kept_messages(other, f"nats://{other.container('flash')}:4222")


def test_a_volume_of_the_earlier_pulsar(other):
    """Filled under another host name: said, and adopted with its messages. Then root's. Then
    without its metadata."""
    name = f"{other.prefix}earlier"
    (port,) = free_ports(1)
    with earlier(
        other,
        "strange",
        "10000:0",
        ["/usr/local/bin/start-standalone"],
        "--env",
        f"ARC_PULSAR_ADVERTISED={name}",
        "--env",
        f"PULSAR_MEM={SMALL_JVM}",
        "--publish",
        f"127.0.0.1:{port}:8080",
    ):
        at = {"PULSAR_URL": f"pulsar://{name}:6650", "PULSAR_ADMIN_URL": f"http://{name}:8080"}
        wait_until(
            lambda: (
                docker(
                    "exec", name, "/usr/local/bin/arc-sidecar", "bootstrap", "pulsar", check=False
                ).returncode
                == 0
            ),
            "Pulsar is up",
            90,
        )
        subscribe(port, TOPIC)
        other.client("produce", TOPIC, "kept", **at)
    code, said = start_alone(other, "strange", "-v", volume(other, "strange"))
    assert (
        code == 78
        and f"the data belongs to the bookie {name}:" in said
        and "make strange-adopt" in said
    ), said
    adopted = other.make("strange-adopt")
    assert re.search(
        rf"the bookie was {name}:(\d+) and is arc-streaming:\1 now", adopted.stdout + adopted.stderr
    )
    # A second time changes nothing.
    assert "the bookie is arc-streaming:" in other.make("strange-adopt").stdout
    other.make("strange-up")
    now = {
        "PULSAR_URL": "pulsar://arc-streaming:6650",
        "PULSAR_ADMIN_URL": "http://arc-streaming:8080",
    }
    assert other.client("consume", TOPIC, **now).strip() == "kept"
    other.make("strange-down")

    docker(
        "run",
        "--rm",
        "--user",
        "0:0",
        "-v",
        volume(other, "strange"),
        "--entrypoint",
        "chown",
        other.image("strange"),
        "-R",
        "0:0",
        "/pulsar/data",
    )
    code, said = start_alone(other, "strange", "-v", volume(other, "strange"))
    assert code == 78 and "/pulsar/data: belongs to 0:0" in said, said
    other.make("strange-adopt")

    docker(
        "run",
        "--rm",
        "--user",
        "0:0",
        "-v",
        volume(other, "strange"),
        "--entrypoint",
        "rm",
        other.image("strange"),
        "-rf",
        "/pulsar/data/metadata",
    )
    started = time.monotonic()
    code, said = start_alone(other, "strange", "-v", volume(other, "strange"))
    assert code == 1, said[-2000:]  # the server's own
    lines = [line for line in said.splitlines() if line.startswith("arc-sidecar: ")]
    assert (
        "the metadata of the messages in /pulsar/data/standalone/bookkeeper is missing" in lines[0]
    ), lines
    assert "No data was deleted" in lines[0] and lines[-1].startswith(
        "arc-sidecar: preflight warned before the start: /pulsar/data/metadata"
    )
    assert time.monotonic() - started < 60
    kept = docker(
        "run",
        "--rm",
        "-v",
        volume(other, "strange"),
        "--entrypoint",
        "find",
        other.image("strange"),
        "/pulsar/data/standalone",
        "-name",
        "VERSION",
    )
    assert kept.stdout.strip() == "/pulsar/data/standalone/bookkeeper/current/VERSION"
