"""Driving `arc-sidecar run`: as an ordinary process, and as PID 1 of a pid namespace where this
machine lets us make one."""

import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.servers import SIDECAR, free_port, sidecar_environment, wait_until

UNSHARE = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


@functools.cache
def can_be_pid1():
    """Whether a pid namespace can be made here: root outside a container, or a container with
    CAP_SYS_ADMIN."""
    return (
        shutil.which("unshare") is not None
        and subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    )


def proc_status(pid):
    """/proc/PID/status as a dictionary; empty when the process is gone."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return {}


def alive(pid):
    """Whether the process exists and is no zombie."""
    return proc_status(pid).get("State", "Z")[0] not in "ZX"


def command_line(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    return []


def children(pid):
    """The process ids of a process's children, zombies included, by the numbers of our own pid
    namespace."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(proc_status(entry.name).get("PPid", 0)) == pid:
            found.append(int(entry.name))
    return found


def descendants(pid):
    """All that descend from a process."""
    return [one for child in children(pid) for one in (child, *descendants(child))]


def kill(pid, signo=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signo)


def group_exists(group):
    """Whether a process of this process group is left; a zombie counts."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def python(script):
    """A command that runs a Python script."""
    return [sys.executable, "-S", "-E", "-c", script]


class Run:
    """One `arc-sidecar run flags… -- command…`, its output in files. `stop()` ends it and all that
    it started."""

    def __init__(
        self, directory, command, flags=(), mode="ordinary", env=None, binary=SIDECAR, **popen
    ):
        self.out = directory / "stdout"
        self.err = directory / "stderr"
        argv = [*(UNSHARE if mode == "pid1" else []), binary, "run", *flags, "--", *command]
        # Its agent listens on a port of its own.
        env = {"ARC_LISTEN": f"127.0.0.1:{free_port()}"} | (env or {})
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err} | popen
            self.process = subprocess.Popen(argv, env=sidecar_environment(env), **streams)
        self.mode, self.binary = mode, binary

    @property
    def pid(self):
        """The sidecar's own process id, as this process sees it: under unshare it is that one's
        child."""
        if self.mode == "ordinary":
            return self.process.pid
        return wait_until(
            lambda: next(
                (
                    p
                    for p in children(self.process.pid)
                    if command_line(p)[:2] == [self.binary, "run"]
                ),
                None,
            ),
            "PID 1 runs",
        )

    def child(self, is_agent=False):
        """The agent's process id or the server's, once it has been exec'd; None before."""
        for pid in children(self.pid):
            line = command_line(pid)
            # The agent, or preflight, which runs before the server.
            own = line[1] if line[:1] == ["arc-sidecar"] else None
            # An empty line is that of a process which is about to be a zombie.
            if (
                line
                and line[0]
                and line[:2] != [self.binary, "run"]
                and own != "preflight"
                and (own == "agent") == is_agent
                and alive(pid)
            ):
                return pid
        return None

    def server(self):
        return wait_until(self.child, f"the server runs: {self.log()}")

    def agent(self, but=None):
        return wait_until(
            lambda: (pid := self.child(is_agent=True)) != but and pid,
            f"an agent runs: {self.log()}",
        )

    def printed(self):
        return self.out.read_bytes()

    def wait_for(self, text):
        """Waits until the server has printed it."""
        wait_until(
            lambda: text in self.printed() or self.process.poll() is not None, f"{text} is printed"
        )
        assert text in self.printed(), self.log()

    def log(self):
        return self.err.read_text(errors="replace")

    def own_lines(self):
        return [
            line.removeprefix("arc-sidecar: ")
            for line in self.log().splitlines()
            if line.startswith("arc-sidecar: ")
        ]

    def send(self, signo):
        os.kill(self.pid, signo)

    def wait(self, seconds=20):
        """The exit code; that of PID 1 also under unshare."""
        return self.process.wait(seconds)

    def stop(self):
        left = descendants(self.process.pid)
        if self.process.poll() is None:
            self.process.kill()
        for pid in left:
            kill(pid)
        self.process.wait()


@pytest.fixture(params=["ordinary", "pid1"])
def mode(request):
    """A test that asks for it runs in both; as PID 1 only where that can be had."""
    if request.param == "pid1" and not can_be_pid1():
        assert not os.environ.get("ARC_NAMESPACES"), (
            "no pid namespace can be made, although this container is meant for it"
        )
        pytest.skip("no pid namespace can be made here: it takes CAP_SYS_ADMIN")
    return request.param


@pytest.fixture
def start(request, tmp_path):
    """Starts runs, start(command, flags=[], **popen), in the test's mode; ends all that is left of
    them after the test."""
    runs = []
    how = request.getfixturevalue("mode") if "mode" in request.fixturenames else "ordinary"

    def start_one(command, flags=(), **options):
        runs.append(Run(tmp_path, command, flags, how, **options))
        return runs[-1]

    yield start_one
    for run in runs:
        run.stop()
