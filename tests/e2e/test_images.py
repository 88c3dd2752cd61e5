"""What the images and compose files promise, read from docker's own view of them."""

import json
import re

import pytest

from support.stack import CONTAINERS, ROOT, Stack, docker, run

START_PERIODS = {"flash": 30, "strange": 120, "sonic": 300}  # s
GRACE = {"flash": 15, "strange": 40, "sonic": 60}  # s
TECH = {"flash": "nats", "strange": "pulsar", "sonic": "redis"}
VOLUMES = {
    "flash": ("arc-messaging-jetstream", "/data"),
    "strange": ("arc-streaming-data", "/pulsar/data"),
    "sonic": ("arc-cache-data", "/data"),
}
SECOND = 10**9  # ns


@pytest.fixture(params=CONTAINERS)
def codename(request):
    return request.param


@pytest.fixture
def config(first_start, stack, codename):
    return json.loads(docker("image", "inspect", stack.image(codename)).stdout)[0]["Config"]


def folder(codename):
    return ROOT / "services" / CONTAINERS[codename].removeprefix("arc-")


def test_health_check_is_one_process_with_time_to_spare(config, codename):
    health = config["Healthcheck"]
    assert health["Test"] == ["CMD", "/usr/local/bin/arc-sidecar", "check"]
    assert (
        health["Timeout"] == 5 * SECOND
        and health["Interval"] == 10 * SECOND
        and health["Retries"] == 3
    )
    # without a start period the start interval has no effect.
    assert health["StartPeriod"] == START_PERIODS[codename] * SECOND
    assert SECOND // 4 <= health["StartInterval"] <= SECOND


def test_the_sidecar_is_pid_1(config, codename):
    assert config["Entrypoint"] == [
        "/usr/local/bin/arc-sidecar",
        "run",
        "--service",
        TECH[codename],
        "--",
    ]
    assert f"ARC_SERVICE={TECH[codename]}" in config["Env"]


def test_labels(config, codename):
    labels = config["Labels"]
    assert (
        labels["arc.service.name"]
        == labels["org.opencontainers.image.title"]
        == CONTAINERS[codename]
    )
    assert (labels["arc.service.codename"], labels["arc.service.tech"]) == (
        codename,
        TECH[codename],
    )
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+", labels["org.opencontainers.image.version"])
    for name in ("description", "source", "revision"):
        assert labels[f"org.opencontainers.image.{name}"] not in ("", "unknown")


def test_the_container_can_do_little(running, codename):
    host = running.inspect(codename)["HostConfig"]
    assert (
        host["ReadonlyRootfs"]
        and host["CapDrop"] == ["ALL"]
        and not host["CapAdd"]
        and not host["Privileged"]
    )
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Memory"] > 0 and host["PidsLimit"] > 0
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-size": "10m", "max-file": "3"},
    }


def test_the_ports_are_the_hosts_own(running, codename):
    bindings = running.inspect(codename)["HostConfig"]["PortBindings"]
    assert bindings and {binding["HostIp"] for port in bindings.values() for binding in port} == {
        "127.0.0.1"
    }


def test_data_is_in_a_named_volume(running, codename):
    name, target = VOLUMES[codename]
    mounts = {
        mount["Destination"]: mount
        for mount in running.inspect(codename)["Mounts"]
        if mount["Type"] != "tmpfs"
    }
    assert list(mounts) == [target]
    assert (mounts[target]["Type"], mounts[target]["Name"]) == ("volume", running.prefix + name)


def test_the_state_folder_is_private(running, codename):
    seen = running.execute(codename, "stat", "-c", "%a %u", "/run/arc").stdout.split()
    assert seen == ["700", running.inspect(codename)["Config"]["User"].split(":")[0]]


def test_it_gets_the_time_to_stop(running, codename):
    assert running.inspect(codename)["Config"]["StopTimeout"] == GRACE[codename]


def test_upstreams_image_is_named_alike_everywhere(codename):
    """The Dockerfile's default, compose's and service.yaml's: one tag, pinned."""
    names = {
        re.search(r"^ARG BASE_IMAGE=(\S+)$", (folder(codename) / "Dockerfile").read_text(), re.M)[
            1
        ],
        re.search(
            r"BASE_IMAGE: \$\{ARC_[A-Z]+_BASE:-(\S+)\}$",
            (folder(codename) / "docker-compose.yml").read_text(),
            re.M,
        )[1],
        re.search(r"^upstream: (\S+)$", (folder(codename) / "service.yaml").read_text(), re.M)[1],
    }
    assert len(names) == 1 and not names.pop().endswith((":latest", ":alpine"))


def test_each_compose_file_means_the_same_alone(stack, codename):
    def service(path):
        text = run(
            "docker",
            "compose",
            "--file",
            path,
            "config",
            "--format",
            "json",
            env=stack.environment(),
        ).stdout
        whole = json.loads(text)
        return whole["name"], whole["services"][CONTAINERS[codename]], whole["networks"]

    assert service(folder(codename) / "docker-compose.yml") == service(
        ROOT / "services" / "docker-compose.yml"
    )


def test_service_yaml_has_the_platforms_keys(codename):
    text = (folder(codename) / "service.yaml").read_text()
    keys = re.findall(r"^(\w+):", text, re.M)
    assert keys == [
        "name",
        "role",
        "codename",
        "image",
        "tech",
        "upstream",
        "ports",
        "health",
        "depends_on",
    ]
    assert f"name: {CONTAINERS[codename]}\n" in text and f"codename: {codename}\n" in text


def test_the_profile_think_has_all_three():
    text = (ROOT / "services" / "profiles.yaml").read_text()
    think = re.search(r"^think:\n(?:[ ].*\n)+", text, re.M)[0]
    assert re.findall(r"^ +- (\w+)$", think, re.M) == list(CONTAINERS)


@pytest.mark.parametrize("prefix", ["", "arc-", "e2e-"])
def test_these_tests_refuse_the_default_stack(prefix):
    with pytest.raises(AssertionError):
        Stack(prefix)


def test_nothing_removes_data_or_strangers():
    """Neither volumes nor other projects' containers: in no make target, script or compose file."""
    files = [
        ROOT / "Makefile",
        *(ROOT / "mk").glob("*.mk"),
        *(ROOT / "services").glob("*/*.mk"),
        *(ROOT / "scripts" / "messaging").iterdir(),
    ]
    for file in files:
        text = file.read_text()
        assert "--remove-orphans" not in text and not re.search(
            r"\bdown\b.*(\s-v\b|--volumes)", text
        ), file
