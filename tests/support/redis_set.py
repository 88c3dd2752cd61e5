"""A set of Redis servers, one master with replicas, and the Sentinels that watch it."""

import contextlib
import os
import signal
import subprocess

from support.ports import free_port
from support.run_process import Run
from support.servers import (
    REDIS_DECLARED,
    accepts,
    end_process,
    need,
    redis_cli,
    redis_loads,
    wait_until,
)

MASTER_NAME = "arc-test"


def fields(text):
    """The lines `name:value` of INFO, or the alternating lines of a flat list."""
    lines = text.split("\n")
    if ":" in lines[0] or lines[0].startswith("#"):
        return dict(line.strip().split(":", 1) for line in lines if ":" in line)
    return dict(zip(lines[::2], lines[1::2], strict=False))


def replication(port):
    """INFO replication as a dictionary; empty if the server does not answer."""
    text = redis_cli(port, "INFO", "replication")
    return fields(text) if "role:" in text else {}


class Server:
    """One server of the set: its port and directory outlive its processes."""

    def __init__(self, directory, kind, port=None):
        self.directory, self.kind, self.port = directory, kind, port or free_port()
        self.conf = directory / f"{kind}.conf"
        self.log = directory / f"{kind}.log"
        self.process = self.run = None
        directory.mkdir(parents=True, exist_ok=True)

    def command(self, *options):
        argv = [need("redis-server"), str(self.conf), *map(str, options)]
        return argv + (["--sentinel"] if self.kind == "sentinel" else [])

    def start(self, *options, ready=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(*options),
                cwd=self.directory,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.wait_ready(ready)

    def start_under_sidecar(self, env, *options, flags=(), ready=True):
        """The same command behind `arc-sidecar run`."""
        directory = self.directory / f"run-{os.urandom(3).hex()}"
        directory.mkdir()
        service = "sentinel" if self.kind == "sentinel" else "redis"
        self.run = Run(
            directory,
            self.command(*options),
            ["--service", service, *flags],
            env={"ARC_STATE_DIR": str(directory)} | env,
            cwd=self.directory,
        )
        self.process = self.run.process
        self.wait_ready(ready)

    def wait_ready(self, ready=True):
        if ready:
            wait_until(
                lambda: accepts(self.port) or self.process.poll() is not None,
                f"{self.kind} listens",
            )
            assert self.process.poll() is None, self.log.read_text()
            wait_until(lambda: not redis_loads(self.port), f"{self.kind} has loaded")

    def kill(self):
        if self.run:
            self.run.stop()
        if self.process and self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self):
        if self.run:
            self.run.stop()
        if self.process:
            end_process(self.process)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def cli(self, *words):
        return redis_cli(self.port, *words)


class RedisSet:
    """`members[0]` is the first master. Sentinels notice a silent server after `down_after` ms."""

    def __init__(self, directory, members=3, sentinels=3, quorum=2, down_after=1500, conf=()):
        self.quorum, self.down_after = quorum, down_after
        self.members = [Server(directory / f"member-{i}", "redis") for i in range(members)]
        self.sentinels = [Server(directory / f"sentinel-{i}", "sentinel") for i in range(sentinels)]
        for server in self.members:
            server.conf.write_text(self.redis_conf(server, conf))
        for server in self.sentinels:
            server.conf.write_text(self.sentinel_conf(server))

    def redis_conf(self, server, conf):
        first = self.members[0]
        declared = zip(REDIS_DECLARED[::2], REDIS_DECLARED[1::2], strict=True)
        lines = [
            f"port {server.port}",
            f"dir {server.directory}",
            'save ""',
            "repl-diskless-sync-delay 0",
            "min-replicas-to-write 1",
            *(f"{name.removeprefix('--')} {value}" for name, value in declared),
            *([] if server is first else [f"replicaof 127.0.0.1 {first.port}"]),
            *conf,
        ]
        return "\n".join([*lines, ""])

    def sentinel_conf(self, server):
        return "\n".join(
            [
                f"port {server.port}",
                f"dir {server.directory}",
                f"sentinel monitor {MASTER_NAME} 127.0.0.1 {self.members[0].port} {self.quorum}",
                f"sentinel down-after-milliseconds {MASTER_NAME} {self.down_after}",
                f"sentinel failover-timeout {MASTER_NAME} 10000",
                "",
            ]
        )

    def environment(self, member, **more):
        """What declares this set to the sidecar beside one member."""
        return {
            "ARC_REDIS_URL": f"127.0.0.1:{member.port}",
            "ARC_CLUSTER_ROLE": "member",
            "ARC_CLUSTER_MEMBERS": ",".join(f"127.0.0.1:{one.port}" for one in self.members),
            "ARC_REDIS_SENTINELS": ",".join(f"127.0.0.1:{one.port}" for one in self.sentinels),
            "ARC_REDIS_MASTER_NAME": MASTER_NAME,
            "ARC_REDIS_QUORUM": str(self.quorum),
        } | more

    def sentinel_environment(self, sentinel, **more):
        return {
            "ARC_SENTINEL_URL": f"127.0.0.1:{sentinel.port}",
            "ARC_SENTINEL_MASTER_NAME": MASTER_NAME,
            "ARC_SENTINEL_QUORUM": str(self.quorum),
        } | more

    def named(self, sentinel):
        """The port of the master that a Sentinel names; 0: none."""
        said = sentinel.cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME).split("\n")
        return int(said[1]) if len(said) == 2 else 0

    def master(self):
        """The one member that is a master, and that every Sentinel names; None while there is
        none."""
        named = {self.named(one) for one in self.sentinels}
        masters = [one for one in self.members if replication(one.port).get("role") == "master"]
        is_one = len(masters) == 1 and (not self.sentinels or named == {masters[0].port})
        return masters[0] if is_one else None

    def replicas(self):
        return [one for one in self.members if one is not self.master()]

    def is_complete(self):
        """Every replica has its data, and the Sentinels know each other and all replicas."""
        master = self.master()
        if master is None:
            return False
        known = [fields(one.cli("SENTINEL", "MASTER", MASTER_NAME)) for one in self.sentinels]
        slaves = [v for k, v in replication(master.port).items() if k.startswith("slave")]
        others = len(self.members) - 1
        return sum("state=online" in one for one in slaves) == others and all(
            one.get("num-slaves") == str(others)
            and one.get("num-other-sentinels") == str(len(self.sentinels) - 1)
            and one.get("flags") == "master"
            for one in known
        )

    def wait_complete(self, seconds=60):
        wait_until(self.is_complete, "the set is complete", seconds)

    def stop(self):
        for server in [*self.sentinels, *self.members]:
            server.stop()


@contextlib.contextmanager
def redis_set(directory, **how):
    """A complete set, which ends with the block."""
    started = RedisSet(directory, **how)
    try:
        for server in [*started.members, *started.sentinels]:
            server.start()
        started.wait_complete()
        yield started
    finally:
        started.stop()
