"""A stack of its own on a real engine: images, containers, volumes and network under a prefix, on
free ports."""

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
# What a run of the tests makes on the engine has a name that begins with RUN, also what the workers
# of pytest-xdist make (they inherit the variable); OWN is this process's.
RUN = os.environ.setdefault("ARC_TEST_RUN", f"e2e{os.getpid()}x{os.urandom(2).hex()}")
OWN = RUN + os.environ.get("PYTEST_XDIST_WORKER", "")
COMPOSE_FILE = ROOT / "services" / "docker-compose.yml"
CONTAINERS = {"flash": "arc-messaging", "strange": "arc-streaming", "sonic": "arc-cache"}
SIDECAR = "/usr/local/bin/arc-sidecar"
PORT_VARIABLES = (
    "ARC_FLASH_PORT",
    "ARC_FLASH_MONITOR_PORT",
    "ARC_STRANGE_PORT",
    "ARC_STRANGE_ADMIN_PORT",
    "ARC_SONIC_PORT",
)
# Small, and compiled quickly rather than well, for two cores that are shared: the verdicts are the
# same, the start takes half the time.
SMALL_JVM = "-Xms128m -Xmx384m -XX:MaxDirectMemorySize=256m -XX:TieredStopAtLevel=1"


def free_ports(count):
    """Loopback ports that nothing listens on, all different."""
    return [free_port() for _ in range(count)]


def wait_until(condition, what, seconds=60.0, pause=0.2):
    """Waits for `condition()` to be true and returns its value; fails with `what` when it does not
    come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds} s")


def run(*argv, env=None, timeout=120, check=True, stdin=None):
    """One command to its end; its output is in the assertion when it fails."""
    result = subprocess.run(
        [str(word) for word in argv],
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd=ROOT,
    )
    if check:
        assert result.returncode == 0, (
            f"{' '.join(map(str, argv))}: {result.returncode}\n{result.stdout}{result.stderr}"
        )
    return result


def docker(*words, **options):
    return run("docker", *words, **options)


def subscribe(admin_port, topic):
    """The clients' subscription from the first message on: what nobody subscribed to may be
    dropped. Tried again as a client would: after a KILL a broker can refuse new topics for a while
    (docs/limitations.md)."""
    url = f"http://127.0.0.1:{admin_port}/admin/v2/{topic.replace('://', '/')}/subscription/arc-clients"
    request = urllib.request.Request(
        url, data=b"{}", method="PUT", headers={"Content-Type": "application/json"}
    )

    def put():
        with (
            contextlib.suppress(urllib.error.HTTPError),
            urllib.request.urlopen(request, timeout=20) as answer,
        ):
            return answer.status == 204

    wait_until(put, f"a subscription to {topic}", 30)


class Stack:
    """The three services under `prefix`. Nothing here can reach the default stack: every name is
    prefixed."""

    def __init__(self, prefix, images_of=None):
        """With `images_of` the other stack's images are used, and left alone."""
        assert re.fullmatch(r"e2e[a-z0-9]+-", prefix), "the tests keep to a prefix of their own"
        self.prefix = prefix
        self.tag = images_of.tag if images_of else prefix.rstrip("-")
        self.owns_images = images_of is None
        self.ports = dict(zip(PORT_VARIABLES, free_ports(len(PORT_VARIABLES)), strict=True))
        self.network = f"{prefix}arc_platform_net"

    @contextlib.contextmanager
    def beside(self):
        """A second stack with the images of this one: its network exists, and no container."""
        second = Stack(self.prefix.rstrip("-") + "b-", images_of=self)
        docker("network", "create", second.network)
        try:
            yield second
        finally:
            second.remove()

    def environment(self, **changes):
        own = {"ARC_PREFIX": self.prefix, "ARC_TAG": self.tag, "ARC_STRANGE_JVM": SMALL_JVM}
        own |= {name: str(port) for name, port in self.ports.items()}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("ARC_REGISTRY", "ARC_WAIT_TIMEOUT", "MAKEFLAGS", "MAKELEVEL")
        }
        return kept | own | changes

    def make(self, target, check=True, timeout=420, **changes):
        """`make TARGET` for this stack; returns the CompletedProcess with `.seconds`."""
        start = time.monotonic()
        result = run(
            "make",
            "--no-print-directory",
            target,
            env=self.environment(**changes),
            timeout=timeout,
            check=check,
        )
        result.seconds = time.monotonic() - start
        return result

    def compose(self, *words, **options):
        return run(
            "docker", "compose", "--file", COMPOSE_FILE, *words, env=self.environment(), **options
        )

    def container(self, codename):
        return self.prefix + CONTAINERS[codename]

    def image(self, codename):
        return f"{CONTAINERS[codename]}:{self.tag}"

    def inspect(self, codename):
        return json.loads(docker("container", "inspect", self.container(codename)).stdout)[0]

    def execute(self, codename, *words, **options):
        return docker("exec", self.container(codename), *words, **options)

    def check(self, codename, *words):
        return self.execute(codename, SIDECAR, "check", *words, check=False)

    def client(self, *words, host=False, check=True, **variables):
        """The platform's Go clients (tests/clients) on the stack's network, or on the host, by the
        published ports."""
        if host:
            ports = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
            variables = {
                "NATS_URL": f"nats://{ports['ARC_FLASH_PORT']}",
                "REDIS_ADDR": ports["ARC_SONIC_PORT"],
                "PULSAR_URL": f"pulsar://{ports['ARC_STRANGE_PORT']}",
                "PULSAR_ADMIN_URL": f"http://{ports['ARC_STRANGE_ADMIN_PORT']}",
            } | variables
        options = [
            option for name, value in variables.items() for option in ("--env", f"{name}={value}")
        ]
        return docker(
            "run",
            "--rm",
            "--network",
            "host" if host else self.network,
            *options,
            "arc-clients:dev",
            *words,
            check=check,
        ).stdout

    def pulsar_admin(self, path):
        """What Pulsar's admin API answers to a GET below /admin/v2/."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.ports['ARC_STRANGE_ADMIN_PORT']}/admin/v2/{path}", timeout=10
        ) as answer:
            return json.load(answer)

    def docker_health(self, codename):
        """What docker itself says: its status and the first line of the newest output."""
        health = self.inspect(codename)["State"]["Health"]
        output = health["Log"][-1]["Output"] if health.get("Log") else ""
        return health["Status"], output.partition("\n")[0]

    def runs(self):
        """What must stay the same when nothing is restarted."""
        states = {codename: self.inspect(codename) for codename in CONTAINERS}
        return {
            codename: (state["Id"], state["State"]["StartedAt"], state["RestartCount"])
            for codename, state in states.items()
        }

    def processes(self, codename):
        """The processes of the container as (uid, command line)."""
        lines = docker("top", self.container(codename), "-eo", "pid,uid,args").stdout.splitlines()[
            1:
        ]
        return [(int(uid), args) for _, uid, args in (line.split(None, 2) for line in lines)]

    def signal_server(self, codename, signal):
        """Sends the server itself (the child of PID 1 that is not the sidecar) a signal."""
        script = f"""
            for status in /proc/[0-9]*/status; do
                pid=${{status#/proc/}}; pid=${{pid%/status}}
                grep -q '^PPid:[[:space:]]*1$' "$status" 2>/dev/null || continue
                case $(tr '\\0' ' ' </proc/$pid/cmdline) in *arc-sidecar*|'') continue ;; esac
                kill -{signal} "$pid" && exit 0
            done
            exit 1"""
        said = self.execute(codename, "sh", "-c", script, check=False)
        # The server's end is the container's, which may take the messenger along (137) before it
        # can say that it is done.
        assert said.returncode in ({0, 137} if signal == "KILL" else {0}), (
            f"{said.returncode}: {said.stdout}{said.stderr}"
        )

    def remove(self):
        """Everything of this prefix, whatever became of the test."""
        remove_named(self.prefix)
        if self.owns_images:
            remove_listed(
                "image", ["image", "ls"], f"reference=*:{self.tag}*", ["image", "rm", "--force"]
            )


def remove_listed(kind, list_words, name_filter, remove_words):
    names = docker(*list_words, "--quiet", "--filter", name_filter).stdout.split()
    if names:
        result = docker(*remove_words, *dict.fromkeys(names), check=False)
        assert result.returncode == 0, f"{kind}s are left behind: {result.stderr}"


def remove_named(prefix):
    """The containers, volumes and networks whose names begin so."""
    remove_listed("container", ["ps", "--all"], "name=^/" + prefix, ["rm", "--force", "--volumes"])
    remove_listed("volume", ["volume", "ls"], "name=^" + prefix, ["volume", "rm", "--force"])
    remove_listed("network", ["network", "ls"], "name=^" + prefix, ["network", "rm"])


def remove_run():
    """All that a run of the tests made, whichever worker, and however it ended."""
    remove_listed(
        "container", ["ps", "--all"], f"label=arc.test={RUN}", ["rm", "--force", "--volumes"]
    )
    remove_named(RUN)
    for reference in (f"*:{RUN}*", f"{RUN}*"):
        remove_listed(
            "image", ["image", "ls"], f"reference={reference}", ["image", "rm", "--force"]
        )
