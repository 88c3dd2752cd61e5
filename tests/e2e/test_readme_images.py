"""The Dockerfiles of the README and docs/images.md for other people's images: just these lines, on
the base images of this machine."""

import json
import os
import re
import shutil
import urllib.request

import pytest

from support.stack import OWN, ROOT, SIDECAR, SMALL_JVM, docker, run, wait_until

README = (ROOT / "README.md").read_text()
IMAGES = (ROOT / "docs/images.md").read_text()
BLOCKS = {
    re.match(r"FROM (?:apachepulsar/)?(\w+):", text)[1]: text
    for text in re.findall(r"^```dockerfile\n(.*?)^```$", README + IMAGES, re.M | re.S)
}
# The port of the agent, by the page's table.
PORTS = {
    tech.lower(): port
    for tech, port in re.findall(
        r"^\| (NATS|Redis|Pulsar)(?:, as above)? \| (\d+) \|", IMAGES, re.M
    )
}
STATUS = {"nats": 0, "redis": 0, "pulsar": 143}  # of a clean stop: the JVM says that it was asked


@pytest.fixture(params=["nats", "redis", "pulsar"])
def tech(request):
    return request.param


@pytest.fixture
def container(tech, tmp_path):
    """Started from the README's lines; only FROM is another where no registry answers."""
    name = f"{OWN}-readme-{tech}"
    base = os.environ.get(f"ARC_{tech.upper()}_BASE")
    lines = re.sub(r"\AFROM \S+", f"FROM {base}", BLOCKS[tech]) if base else BLOCKS[tech]
    (tmp_path / "Dockerfile").write_text(lines)
    shutil.copy(os.environ["ARC_SIDECAR"], tmp_path / "arc-sidecar-linux-amd64")
    try:
        run("docker", "build", "--quiet", "--tag", name, tmp_path)
        port = f"127.0.0.1::{PORTS[tech]}"
        jvm = f"PULSAR_MEM={SMALL_JVM}"
        docker("run", "--detach", "--name", name, "--publish", port, "--env", jvm, name)
        yield name
    finally:
        docker("rm", "--force", "--volumes", name, check=False)
        docker("image", "rm", "--force", name, check=False)


def state(name):
    return json.loads(docker("container", "inspect", name).stdout)[0]["State"]


def scraped(name, tech):
    """The metrics of the container, as a scraper on the host gets them."""
    address = docker("port", name, PORTS[tech]).stdout.split()[0]
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as reply:
        return reply.read().decode()


def without_numbers(line):
    return re.sub(r"[\d.]+( [KMG]i)?", "N", line)


def test_the_lines_give_an_image_that_knows_its_health(container, tech):
    wait_until(
        lambda: state(container)["Health"]["Status"] == "healthy", f"{tech} healthy", seconds=180
    )
    said = docker("exec", container, SIDECAR, "check").stdout
    assert said.startswith(f"ok: {tech}: "), said
    if tech == "redis":
        shown = re.search(r"arc-sidecar check \| head -1\n(.*)\n", README)[1]
        assert without_numbers(said.partition("\n")[0]) == without_numbers(shown)
    assert f'arc_sidecar_up{{service="{tech}"}} 1' in scraped(container, tech)
    log = docker("logs", container)
    assert "cannot be kept" not in log.stdout + log.stderr, "the agent has no place for its state"
    docker("stop", "--time", "60", container)
    assert state(container)["ExitCode"] == STATUS[tech]


def test_the_pages_have_lines_for_these_three():
    assert set(BLOCKS) == set(PORTS) == set(STATUS)
