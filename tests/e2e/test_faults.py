"""Faults of the stack, and the messages about them."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.stack import SIDECAR, docker, wait_until


def names_of(stack):
    return docker(
        "ps", "--all", "--filter", "name=^/" + stack.prefix, "--format", "{{.Names}}"
    ).stdout.split()


@pytest.fixture
def stopped_nats(running):
    """The server is there and does nothing."""
    running.signal_server("flash", "STOP")
    try:
        yield running
    finally:
        running.signal_server("flash", "CONT")
        wait_until(lambda: running.check("flash").returncode == 0, "nats is healthy again")


def test_a_stopped_server_turns_red_and_leaves_no_process_D01(stopped_nats):
    stack = stopped_nats
    before = sorted(args for _, args in stack.processes("flash") if " check" not in args)
    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(lambda _: stack.check("flash"), range(50)))
    assert {result.returncode for result in results} == {1}
    assert all(result.stdout.startswith("unhealthy: nats: ") for result in results), results[
        0
    ].stdout
    # docker's own checks, too: each is over before docker would have to end it.
    _, line = wait_until(
        lambda: (seen := stack.docker_health("flash"))[0] == "unhealthy" and seen,
        "docker calls it unhealthy",
        seconds=90,
    )
    assert line.startswith("unhealthy: nats: ")
    health = stack.make("flash-health", check=False)
    assert health.returncode != 0 and health.stdout.startswith("unhealthy: nats: ")
    left = wait_until(
        lambda: sorted(args for _, args in stack.processes("flash")) == before,
        "only the sidecar and its server are left",
        seconds=20,
    )
    assert left


def test_up_says_why_it_gives_up(running):
    running.signal_server("sonic", "STOP")
    try:
        up = running.make("sonic-up", check=False, ARC_WAIT_TIMEOUT="8")
    finally:
        running.signal_server("sonic", "CONT")
    assert up.returncode != 0
    assert re.match(
        r"unhealthy: redis: .* \(not healthy after \d+ s: make sonic-logs shows more\)$",
        up.stdout.splitlines()[-1],
    ), up.stdout
    assert up.seconds < 30


def test_a_port_taken_by_a_process_is_named(other):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        up = other.make("messaging-up", check=False, ARC_STRANGE_ADMIN_PORT=str(port))
    assert up.returncode != 0
    assert f"port {port}: in use by process " in up.stderr and "ARC_STRANGE_ADMIN_PORT" in up.stderr
    assert names_of(other) == []


def test_a_port_taken_by_a_container_is_named(running, other):
    port = running.ports["ARC_SONIC_PORT"]
    up = other.make("messaging-up", check=False, ARC_SONIC_PORT=str(port))
    assert up.returncode != 0
    assert f"port {port}: in use by container {running.container('sonic')}: " in up.stderr
    assert names_of(other) == []


def test_a_server_that_cannot_start_ends_the_wait(other):
    """A volume of another owner: make shows the reason at once, not after five minutes."""
    volume = other.prefix + "arc-cache-data"
    docker(
        "run",
        "--rm",
        "--user",
        "0",
        "--entrypoint",
        "sh",
        "--volume",
        f"{volume}:/old",
        other.image("sonic"),
        "-c",
        "touch /old/file && chmod 700 /old",
    )
    up = other.make("sonic-up", check=False)
    assert up.returncode != 0
    # The cause and its remedy are in the result, not only the last line of the log.
    result = re.search(r"^unhealthy: .*shows more\)$", up.stdout, re.MULTILINE)[0]
    assert result.startswith(f"unhealthy: {other.container('sonic')}: ended with 78: /data: "), (
        up.stdout
    )
    assert "belongs to 0:0" in result and "make sonic-adopt" in result
    assert "the server was not started" in up.stdout.splitlines()[-1], up.stdout
    assert up.seconds < 60


def test_a_container_of_the_same_name_is_named_with_the_remedy(other):
    name = other.container("sonic")
    docker("create", "--name", name, other.image("sonic"))
    up = other.make("sonic-up", check=False)
    assert up.returncode != 0
    assert f"{name}: a container of this name exists already (created, image " in up.stderr
    assert f"docker rm --force {name}" in up.stderr and "ARC_PREFIX" in up.stderr
    docker("rm", "--force", name)
    other.make("sonic-up")


def test_an_image_of_other_sources_is_remarked_and_kept(other):
    old = f"arc-cache:{other.tag}-old"
    docker(
        "build",
        "--quiet",
        "--tag",
        old,
        "-",
        stdin=f"FROM {other.image('sonic')}\nLABEL arc.inputs=of-old\n",
    )
    up = other.make("sonic-up", ARC_TAG=f"{other.tag}-old")
    assert f"{old} differs from its sources: make sonic-build rebuilds it" in up.stderr
    assert (
        docker(
            "image", "inspect", "--format", '{{index .Config.Labels "arc.inputs"}}', old
        ).stdout.strip()
        == "of-old"
    )


def test_a_store_that_is_not_on_a_volume_is_unhealthy(other):
    """The image run by hand without a volume, and in spite of preflight: the data would go with the
    container."""
    name = other.prefix + "no-volume"
    docker("run", "--detach", "--name", name, "--env", "ARC_PREFLIGHT=warn", other.image("flash"))
    result = wait_until(
        lambda: (
            (r := docker("exec", name, SIDECAR, "check", check=False)).stdout.startswith(
                "unhealthy"
            )
            and r
        ),
        "it is unhealthy",
        30,
    )
    assert result.returncode == 1
    assert "nats: " in result.stdout and "/data is not a mount" in result.stdout
