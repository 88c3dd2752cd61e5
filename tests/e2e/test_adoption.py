"""The snippets of docs/adoption.md: just these lines, on the base images of this machine and free
ports. What the sidecar sees beside a server is compared with what it sees inside."""

import json
import os
import re
import shutil
import urllib.request

import pytest

from support.stack import OWN, ROOT, SIDECAR, SMALL_JVM, docker, run, wait_until

PAGE = (ROOT / "docs/adoption.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.M | re.S)
TOML = next(text for kind, text in BLOCKS if kind == "toml")
COMPOSE = [text for kind, text in BLOCKS if kind == "yaml"]
(BESIDE_NATS, BESIDE_REDIS, ONCE) = COMPOSE
IMAGE = f"{OWN}-sidecar"
# Upstream's image, where this machine has another.
BASES = {
    "nats:2.10-alpine": os.environ.get("ARC_NATS_BASE"),
    "redis:7.4-alpine": os.environ.get("ARC_REDIS_BASE"),
}

pytestmark = pytest.mark.xdist_group("adoption")


@pytest.fixture(scope="module", autouse=True)
def image(tmp_path_factory):
    """The stand-alone image, with the binary under test."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "Dockerfile").write_text(
        "FROM scratch\nCOPY arc-sidecar /usr/local/bin/arc-sidecar\nUSER 65532:65532\n"
        'ENTRYPOINT ["/usr/local/bin/arc-sidecar"]\n'
    )
    shutil.copy(os.environ["ARC_SIDECAR"], folder / "arc-sidecar")
    run("docker", "build", "--quiet", "--tag", IMAGE, folder)
    yield
    docker("image", "rm", "--force", IMAGE, check=False)


@pytest.fixture
def shared():
    """A folder that the engine's machine has under the same path."""
    folder = ROOT / ".arc" / f"{OWN}-adoption"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def on_this_machine(text):
    for upstream, base in BASES.items():
        text = text.replace(upstream, base or upstream)
    text = re.sub(r'"127\.0\.0\.1:\d+:(\d+)"', r'"127.0.0.1::\1"', text)
    return text.replace("arc-sidecar:dev", IMAGE)


class Project:
    """A compose project of a snippet."""

    def __init__(self, folder, text):
        self.name = f"{OWN}-adoption"
        self.folder = folder
        (folder / "compose.yaml").write_text(on_this_machine(text))
        (folder / "sidecar.toml").write_text(TOML)

    def compose(self, *words, **options):
        argv = ["docker", "compose", "--project-name", self.name]
        argv += ["--project-directory", self.folder, "--file", self.folder / "compose.yaml"]
        return run(*argv, *words, **options)

    def inspect(self, service):
        name = self.compose("ps", "--all", "--quiet", service).stdout.strip()
        return json.loads(docker("container", "inspect", name).stdout)[0]

    def get(self, service, port, path):
        address = self.compose("port", service, port).stdout.strip()
        with urllib.request.urlopen(f"http://{address}{path}", timeout=20) as reply:
            return reply.read().decode()

    def check(self):
        return self.compose("exec", "arc-sidecar", SIDECAR, "check", check=False).stdout


@pytest.fixture
def project(shared):
    """Makes a project; takes it down at the end."""
    made = []

    def make(text):
        made.append(Project(shared, text))
        return made[-1]

    yield make
    for each in made:
        each.compose("down", "--volumes", "--timeout", "5")


@pytest.mark.parametrize(
    ("text", "service", "port"),
    [(BESIDE_NATS, "nats", 7777), (BESIDE_REDIS, "redis", 9121)],
    ids=["nats", "redis"],
)
def test_beside_an_unmodified_server(project, text, service, port):
    beside = project(text)
    beside.compose("up", "--detach", "--wait")
    assert beside.check().startswith(f"ok: {service}: ")
    assert f'arc_sidecar_up{{service="{service}"}} 1' in beside.get(service, port, "/metrics")
    for probe in ("livez", "readyz", "startupz"):
        assert f"ok: {service}: " in beside.get(service, port, f"/{probe}")
    if service == "nats":
        assert "stream ORDERS is as declared" in beside.check()
        assert beside.inspect("nats")["Config"]["Entrypoint"] in (None, ["docker-entrypoint.sh"])


def test_beside_a_server_that_is_restarted(project):
    beside = project(BESIDE_REDIS)
    beside.compose("up", "--detach", "--wait")
    docker("restart", "--time", "10", beside.inspect("redis")["Id"])
    assert "redis.connection.refused" in beside.check()
    beside.compose("restart", "redis", "--timeout", "10")
    wait_until(lambda: beside.check().startswith("ok: redis: "), "both are restarted")


def test_once_and_then_the_application(project):
    text = ONCE.replace("image: your-app", f'image: {IMAGE}\n    command: ["--version"]')
    once = project(text)
    for _ in range(2):
        once.compose("up", "--detach")
        assert once.inspect("bootstrap")["State"]["ExitCode"] == 0
        assert once.inspect("app")["State"]["StartedAt"] > "2000"
    assert "ORDERS" in once.compose("logs", "bootstrap").stdout
    # A declaration that the stream contradicts: no application starts.
    once.compose("rm", "--force", "app")
    (once.folder / "sidecar.toml").write_text(TOML + 'storage = "memory"\n')
    assert once.compose("up", "--detach", check=False).returncode != 0
    assert once.inspect("bootstrap")["State"]["ExitCode"] == 1
    assert once.inspect("app")["State"]["StartedAt"] < "2000"
    assert "storage" in once.compose("logs", "bootstrap").stdout


# What cannot be seen from beside.

SERVERS = {
    "nats": (
        "ARC_NATS_BASE",
        "nats:2.10-alpine",
        "/data",
        ["nats-server", "--jetstream", "--store_dir", "/data", "--http_port", "8222"],
    ),
    "redis": (
        "ARC_REDIS_BASE",
        "redis:7.4-alpine",
        "/data",
        ["redis-server", "--appendonly", "yes", "--protected-mode", "no", "--dir", "/data"],
    ),
    "pulsar": (
        "ARC_PULSAR_BASE",
        "apachepulsar/pulsar:3.3.6",
        "/pulsar/data",
        ["bin/pulsar", "standalone", "--no-functions-worker"],
    ),
}
SETTINGS = {
    "nats": "[nats]\nstream = []\ndata_dir = '/data'\n",
    "redis": "[redis]\nmaxmemory = 0\n",
    "pulsar": "[pulsar]\ntenant = []\nnamespace = []\ntopic = []\ndata_dir = '/pulsar/data'\n",
}
ROWS = ("the network namespace only", "also the PID namespace", "also the volume")


def documented(tech):
    """Row of the page's table -> the missing findings."""
    column = list(SERVERS).index(tech)
    rows = re.findall(r"^\| ((?:the network|also the)[^|]*) \|(.*)\|$", PAGE, re.M)
    cells = {name.split(" (")[0].split(",")[0]: cell.split("|") for name, cell in rows}
    assert tuple(cells) == ROWS
    return {name: set(re.findall(r"`([a-z_.]+)`", cells[name][column])) for name in ROWS}


@pytest.fixture
def server(tech, shared):
    """The server under `run`, with its name and the files of the sidecar."""
    variable, upstream, volume, command = SERVERS[tech]
    name = f"{OWN}-adoption-{tech}"
    (shared / "sidecar.toml").write_text(SETTINGS[tech])
    options = ["--env", f"ARC_SERVICE={tech}"]
    options += ["--volume", f"{shared}/sidecar.toml:/etc/arc/sidecar.toml:ro"]
    binary = ["--volume", f"{os.environ['ARC_SIDECAR']}:{SIDECAR}:ro"]
    jvm = ["--env", f"PULSAR_MEM={SMALL_JVM}"]
    docker(
        *("run", "--detach", "--name", name, "--volume", f"{name}:{volume}", *options, *binary),
        *(*jvm, "--entrypoint", SIDECAR, os.environ.get(variable) or upstream),
        *("run", "--preflight", "warn", "--", *command),
    )
    try:
        yield name, [*options, "--tmpfs", "/run/arc:mode=0777"]
    finally:
        docker("rm", "--force", "--volumes", name, check=False)
        docker("volume", "rm", "--force", name)


def codes(check):
    return {each["code"] for each in json.loads(check.stdout)["services"][0]["findings"]}


@pytest.mark.parametrize("tech", list(SERVERS))
def test_the_page_lists_what_cannot_be_seen_from_beside(server, tech):
    name, options = server
    question = ("check", "--format", "json")
    try:
        wait_until(
            lambda: docker("exec", name, SIDECAR, "check", check=False).returncode == 0,
            f"{tech} is healthy",
            seconds=90,
        )
    except AssertionError:
        print(docker("logs", "--tail", "60", name, check=False).stdout)
        raise
    inside = codes(docker("exec", name, SIDECAR, *question, check=False))
    network = ["--network", f"container:{name}"]
    process = [*network, "--pid", f"container:{name}"]
    volume = [*process, "--volumes-from", f"{name}:ro"]
    missing = {}
    for row, place in zip(ROWS, (network, process, volume), strict=True):
        beside = docker("run", "--rm", *place, *options, IMAGE, *question, check=False)
        missing[row] = inside - codes(beside)
    assert missing == documented(tech), inside
