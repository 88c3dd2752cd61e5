"""Three NATS members with compose: the files and commands of docs/clusters.md, and the image of
docs/images.md, on the base image of this machine."""

import json
import os
import re
import shutil
import time

import pytest

from support.stack import OWN, ROOT, docker, run, wait_until

PAGE = (ROOT / "docs/clusters.md").read_text()
SECTION = re.search(r"^## Three NATS members with compose\n(.*?)^## ", PAGE, re.M | re.S)[1]
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", SECTION, re.M | re.S)
FILES = dict(
    zip(("nats.conf", "sidecar.toml", "compose.yaml"), (t for _, t in BLOCKS), strict=False)
)
COMMANDS = re.findall(r"^\$ (docker compose [^#\n]*)", BLOCKS[3][1], re.M)
DOWN = re.search(r"`(docker compose kill --signal TERM)`", SECTION)[1]
DOCKERFILE = re.search(
    r"^```dockerfile\n(FROM nats:.*?)^```$", (ROOT / "docs/images.md").read_text(), re.M | re.S
)[1]
NAME = f"{OWN}-clusters"


@pytest.fixture
def image(tmp_path):
    base = os.environ.get("ARC_NATS_BASE", "nats:2.10-alpine")
    (tmp_path / "Dockerfile").write_text(re.sub(r"\AFROM \S+", f"FROM {base}", DOCKERFILE))
    shutil.copy(os.environ["ARC_SIDECAR"], tmp_path / "arc-sidecar-linux-amd64")
    run("docker", "build", "--quiet", "--tag", NAME, tmp_path)
    yield NAME
    docker("image", "rm", "--force", NAME, check=False)


@pytest.fixture
def shell(image):
    """Carries out a line of the page in a folder with the page's files, which the engine's machine
    has under the same path."""
    folder = ROOT / ".arc" / NAME
    folder.mkdir(mode=0o755)
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("my-nats", image))
    project = f"docker compose --project-name {NAME} --project-directory {folder} "

    def carry_out(line, **options):
        line = line.replace("docker compose ", project, 1)
        return run("sh", "-c", line, timeout=200, **options)

    yield carry_out
    carry_out("docker compose down --volumes --timeout 5", check=False)
    shutil.rmtree(folder)


MEMBERS = ("nats-1", "nats-2", "nats-3")


def first_start(shell):
    """Until all are healthy. NATS can leave a member out at a first start; then the verdict's own
    remedy is carried out, once."""
    shell("docker compose up --detach")
    restarted = []

    def healthy():
        said = [
            shell(f"docker compose exec {member} arc-sidecar check", check=False)
            for member in MEMBERS
        ]
        left_out = re.search(r"nats\.member\.outside: .* Restart (\S+)\.", said[0].stdout)
        if left_out and not restarted and time.monotonic() - begin > 20:
            restarted.append(left_out[1])
            shell(f"docker compose restart {left_out[1]}")
        return all(each.returncode == 0 for each in said)

    begin = time.monotonic()
    wait_until(healthy, "all members are healthy", 120)


def test_three_members_and_a_restart_of_one(shell):
    assert [line.split()[2] for line in COMMANDS] == ["restart", "up", "exec"]
    first_start(shell)
    for line in COMMANDS:
        shell(line)
    for member in MEMBERS:
        said = shell(f"docker compose exec {member} arc-sidecar check --format json").stdout
        assert json.loads(said)["level"] == "ok", said
    log = shell("docker compose logs nats-2").stdout
    assert "the stop gate ended" in log and "drained: " in log, log
    shell(DOWN)
    shell("docker compose down")
    assert not shell("docker compose ps --all --quiet").stdout


# The make targets.

SERVERS = [f"arc-{kind}-{number}" for kind in ("messaging", "cache") for number in (1, 2, 3)]


@pytest.fixture
def cluster(stack, first_start):
    """`make cluster-up` with the images of the stack."""
    yield stack.make("cluster-up")
    file = ROOT / "services/cluster/docker-compose.yml"
    compose = ("docker", "compose", "--file", file, "down", "--volumes", "--timeout", "5")
    run(*compose, env=stack.environment(), timeout=200)


def test_a_cluster_of_each_comes_up_and_goes_down(stack, cluster):
    said = stack.make("cluster-health").stdout
    for server in SERVERS:
        assert f"{stack.prefix}{server}: ok: " in said, said
        assert f"{stack.prefix}{server}: safe" in said, said
    for number in (1, 2, 3):
        assert f"{stack.prefix}arc-sentinel-{number}: ok: sentinel: " in said, said
    assert said.count("master arc-cache-1:6379") == 3, said
    stack.make("cluster-down")
    left = docker("ps", "--all", "--format", "{{.Names}}").stdout.split()
    assert not {stack.prefix + server for server in SERVERS} & set(left)


def test_an_unhealthy_member_is_named(stack, cluster):
    name = f"{stack.prefix}arc-cache-3"
    docker("pause", name)
    try:
        result = stack.make("cluster-health", check=False)
        assert result.returncode != 0
        assert f"{stack.prefix}arc-sentinel-3: " in result.stdout, "the others are shown, too"
    finally:
        docker("unpause", name)


@pytest.mark.nightly
def test_a_roll_loses_nothing(stack, cluster):
    said = stack.make("cluster-roll", timeout=900).stdout
    results = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    loads = {name: load for each in results for name, load in each.items()}
    print(json.dumps(loads))
    assert set(loads) == {"ORDERS", "PRICES", "JOBS", "roll"}
    for name, load in loads.items():
        assert load["acknowledged"] > 100 and load["lost"] == load["stored_twice"] == 0, (
            name,
            load,
        )
