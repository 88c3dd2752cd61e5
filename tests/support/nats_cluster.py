"""A cluster of nats-servers on loopback, each below `arc-sidecar run`, and a load of real clients."""

import contextlib
import json
import os
import signal
import subprocess

import pytest

from support.nats_tools import Nats, declare, http_get
from support.run_process import Run
from support.servers import free_port, need, run_sidecar, wait_until

STREAMS = (
    {"name": "DISK", "subjects": ["disk.>"], "replicas": 3},
    {"name": "MEM", "subjects": ["mem.>"], "replicas": 3, "storage": "memory"},
    {"name": "WORK", "subjects": ["work.>"], "replicas": 3, "retention": "workqueue"},
)
SETTINGS = """
server_name: {name}
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
jetstream {{ store_dir: "{store}" }}
cluster {{ name: c, listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


class Member:
    """One nats-server below `arc-sidecar run`. Others ask it at the port of its agent."""

    def __init__(self, directory, number, routes):
        self.name = f"n{number}"
        self.directory = directory / self.name
        self.directory.mkdir(parents=True)
        self.port, self.monitor, self.agent_port = free_port(), free_port(), free_port()
        self.store = self.directory / "data"
        self.conf = self.directory / "nats.conf"
        self.conf.write_text(
            SETTINGS.format(
                name=self.name,
                port=self.port,
                monitor=self.monitor,
                store=self.store,
                route=routes[number],
                routes=", ".join(f'"nats://127.0.0.1:{port}"' for port in routes),
            )
        )
        self.starts = 0
        self.run = None
        self.env = {}

    def declare(self, members, streams, grace, **more):
        self.env = {
            "ARC_SERVICE": "nats",
            "ARC_NATS_URL": f"127.0.0.1:{self.port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{self.monitor}",
            "ARC_NATS_MIN_FREE": "1mb",
            "ARC_LISTEN": f"127.0.0.1:{self.agent_port}",
            "ARC_STATE_DIR": str(self.directory / "state"),
            "ARC_CONFIG": declare(self.directory / "arc.toml", *streams),
            "ARC_CLUSTER_ROLE": "member",
            "ARC_CLUSTER_MEMBERS": ",".join(f"127.0.0.1:{each.agent_port}" for each in members),
        } | more
        if grace:
            self.env["ARC_CLUSTER_GRACE"] = grace

    def start(self):
        self.starts += 1
        directory = self.directory / f"run{self.starts}"
        directory.mkdir()
        (self.directory / "state").mkdir(mode=0o700, exist_ok=True)
        command = [need("nats-server"), "-c", str(self.conf), "-l", str(directory / "nats.log")]
        self.run = Run(directory, command, env=self.env)

    def sidecar(self, *words, **more):
        return run_sidecar(*words, env=self.env | more, timeout=60)

    def is_healthy(self):
        with contextlib.suppress(OSError):
            return http_get(self.monitor, "/healthz")[0] == 200
        return False

    def wait_healthy(self, seconds=60):
        wait_until(self.is_healthy, f"{self.name} is healthy: {self.run.log()}", seconds)

    def is_live(self):
        return self.run is not None and self.run.process.poll() is None

    def signal_server(self, signo):
        os.kill(self.run.server(), signo)

    def kill(self):
        self.signal_server(signal.SIGKILL)
        self.run.wait(30)

    def restart(self, seconds=120):
        """TERM, the end, a new start, and health."""
        self.run.send(signal.SIGTERM)
        assert self.run.wait(seconds) == 0, self.run.log()
        self.start()
        self.wait_healthy()


class Cluster:
    def __init__(self, directory, size=3, streams=STREAMS, grace="60s", **more):
        routes = [free_port() for _ in range(size)]
        self.members = [Member(directory, number, routes) for number in range(size)]
        self.streams = streams
        for member in self.members:
            member.declare(self.members, streams, grace, **more)

    def __getitem__(self, number):
        return self.members[number]

    def start(self):
        for member in self.members:
            member.start()

    def wait_ready(self, seconds=90):
        """All are healthy, and what is declared exists."""
        for member in self.members:
            member.wait_healthy(seconds)
        wait_until(
            lambda: all(self.info(stream["name"]).get("config") for stream in self.streams),
            "the streams exist",
            seconds,
        )

    def info(self, stream):
        """STREAM.INFO as a living member answers; without `config` until there is one."""
        for member in filter(Member.is_healthy, self.members):
            with contextlib.suppress(OSError, AssertionError), Nats(member.port) as nats:
                return nats.api(f"STREAM.INFO.{stream}")
        return {}

    def leader(self, stream):
        return wait_until(
            lambda: next(
                (
                    member
                    for member in self.members
                    if member.name == self.info(stream).get("cluster", {}).get("leader")
                ),
                None,
            ),
            f"{stream} has a leader",
        )

    def wait_safe(self, member, seconds=60):
        wait_until(
            lambda: member.sidecar("may-stop", "nats").returncode == 0,
            f"{member.name} may stop",
            seconds,
        )

    def stop(self):
        for member in self.members:
            if member.is_live():
                with contextlib.suppress(ProcessLookupError):
                    member.signal_server(signal.SIGCONT)
            if member.run is not None:
                member.run.stop()


@contextlib.contextmanager
def cluster(directory, ready=True, **options):
    """Three members that run, with their streams."""
    made = Cluster(directory, **options)
    try:
        made.start()
        if ready:
            made.wait_ready()
        yield made
    finally:
        made.stop()


class Load:
    """Writers and readers on each stream until `results()`."""

    def __init__(self, made, names=("DISK", "MEM", "WORK")):
        program = os.environ.get("ARC_CLIENTS", "")
        if not os.path.isfile(program):
            pytest.skip("ARC_CLIENTS must name the program that `scripts/setup clients` makes")
        urls = ",".join(f"nats://127.0.0.1:{member.port}" for member in made.members)
        self.process = subprocess.Popen(
            [program, "-timeout", "3h", "-nats", urls, "load", "nats", ",".join(names)],
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def results(self):
        """What each writer counted, by stream."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=300)
        assert self.process.returncode == 0, out
        return json.loads(out)

    def damage(self, seconds=40):
        """The same of a cluster that may not work any more: None if it cannot be read back."""
        self.process.send_signal(signal.SIGTERM)
        try:
            out, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        return json.loads(out)
