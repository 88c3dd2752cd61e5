"""The blocks of docs/engines.md, in a container of Debian 13 with systemd and Podman."""

import os
import re

import pytest

from support.stack import OWN, ROOT, SIDECAR, docker, run, wait_until

PAGE = (ROOT / "docs/engines.md").read_text()
NAME = f"{OWN}-engines"
IMAGE = "arc-toolchain:engines"

pytestmark = [pytest.mark.nightly, pytest.mark.xdist_group("engines")]


def block(kind):
    return re.search(rf"^```{kind}\n(.*?)^```$", PAGE, re.M | re.S)[1]


def inside(script, check=True, **options):
    return docker("exec", NAME, "sh", "-c", script, check=check, **options)


@pytest.fixture(scope="module")
def machine():
    """A machine whose first process is systemd."""
    options = ["--privileged", "--cgroupns", "private", "--tmpfs", "/run", "--tmpfs", "/tmp:exec"]
    options += ["--env", "PODMAN_IGNORE_CGROUPSV1_WARNING=1", "--volume", "/var/lib/containers"]
    options += ["--volume", f"{os.environ['ARC_SIDECAR']}:{SIDECAR}:ro"]
    docker("run", "--detach", "--name", NAME, *options, IMAGE)
    try:
        wait_until(
            lambda: (
                inside("systemctl is-system-running", check=False).stdout.strip()
                in ("running", "degraded")
            ),
            "systemd has started",
        )
        # Debian starts the servers of its packages.
        inside("systemctl disable --now redis-server")
        yield
    finally:
        docker("rm", "--force", "--volumes", NAME, check=False)


def properties(*names):
    shown = inside("systemctl show arc-redis " + " ".join(f"-p {name}" for name in names)).stdout
    return dict(line.split("=", 1) for line in shown.splitlines())


@pytest.fixture
def unit(machine):
    run(
        "docker",
        "exec",
        "-i",
        NAME,
        "tee",
        "/etc/systemd/system/arc-redis.service",
        stdin=block("ini"),
    )
    inside("systemctl daemon-reload")
    yield
    inside("systemctl stop arc-redis; rm -rf /var/lib/arc-redis", check=False)


def test_a_unit_is_active_once_clients_can_work_and_keeps_the_data(unit):
    assert inside("systemd-analyze verify arc-redis.service").stderr == ""
    inside("systemctl start arc-redis")
    said = inside("ARC_REDIS_MAXMEMORY=0 arc-sidecar check redis").stdout
    assert said.startswith("ok: redis: "), said
    inside("redis-cli set kept yes && systemctl stop arc-redis")
    assert properties("Result", "ActiveState") == {"Result": "success", "ActiveState": "inactive"}
    inside("systemctl start arc-redis")
    assert inside("redis-cli get kept").stdout.strip() == "yes"


def test_a_unit_that_preflight_refuses_fails_at_once_and_stays_down(unit):
    inside("systemctl start arc-redis && systemctl stop arc-redis")
    inside("head -c 100 /dev/zero >>/var/lib/arc-redis/appendonlydir/appendonly.aof.1.incr.aof")
    assert inside("systemctl start arc-redis", check=False, timeout=60).returncode != 0
    assert properties("ActiveState", "ExecMainStatus", "NRestarts") == {
        "ActiveState": "failed",
        "ExecMainStatus": "78",
        "NRestarts": "0",
    }


@pytest.fixture
def podman_image(machine, first_start, stack):
    """The stack's own image of Redis, loaded into Podman."""
    archive = f"docker save {stack.image('sonic')} | docker exec -i {NAME} podman load"
    run("bash", "-c", archive)
    yield stack.image("sonic")
    inside("podman rm --force --time 1 arc-cache", check=False)


def test_podman(podman_image):
    inside(block("sh").replace("arc-cache:dev", podman_image))
    wait_until(
        lambda: inside("podman healthcheck run arc-cache", check=False).returncode == 0,
        "Podman's check passes",
    )
    assert inside("podman exec arc-cache arc-sidecar check").stdout.startswith("ok: redis: ")
    health = inside("podman inspect --format '{{.State.Health.Status}}' arc-cache").stdout
    assert health.strip() == "healthy"
    inside("podman stop arc-cache")
    assert inside("podman inspect --format '{{.State.ExitCode}}' arc-cache").stdout.strip() == "0"


def test_podman_rejects_the_tmpfs_of_the_compose_files(podman_image):
    """Once it accepts them, the page can be shorter."""
    tmpfs = re.search(r"- (/run/arc:\S+)", (ROOT / "services/cache/docker-compose.yml").read_text())
    refused = inside(f"podman run --rm --tmpfs {tmpfs[1]} {podman_image}", check=False)
    assert refused.returncode != 0 and "unknown mount option" in refused.stderr
