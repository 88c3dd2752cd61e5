"""Overload of the HTTP endpoint: every kind of abusive client (support/abusive_clients.py) at once,
while a client of the server works.

The requirements: the server keeps its process, and its latency stays within twice that of a
control, in which the same clients connect to a plain sink beside the server; a new /livez is
answered within a second; the agent stays below its memory cap; the log hardly grows."""

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from support import abusive_clients
from support.stack import docker

RUNS = 5
LATENCY_FACTOR = 2
LATENCY_FLOOR = 0.001  # s: below it the machine's own unrest is larger than what is measured
LIVEZ_SECONDS = 1.0
LOG_GROWTH = 1024 * 1024
MiB = 1024 * 1024


def memory_cap(container):
    """The agent's memory cap in bytes, as sidecar/agent/resources.hpp has it; `container` is its
    memory limit, or None."""
    return min(max((container or 512 * MiB * 5) // 5, 64 * MiB), 512 * MiB)


# Takes connections and bytes and says nothing. As a program of its own, so that a container can run
# it, too.
SINK = """
import selectors, socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(512)
listener.setblocking(False)
waiting = selectors.DefaultSelector()
waiting.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        try:
            if key.fileobj is listener:
                client = listener.accept()[0]
                client.setblocking(False)
                waiting.register(client, selectors.EVENT_READ)
            elif not key.fileobj.recv(65536):
                waiting.unregister(key.fileobj)
                key.fileobj.close()
        except BlockingIOError:
            pass
        except OSError:
            if key.fileobj is not listener:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
"""


@dataclasses.dataclass
class Target:
    """The endpoint under overload. The functions are asked before, during and after."""

    host: str
    port: int  # of the endpoint
    client: Callable[
        [], Callable[[], None]
    ]  # connects a client of the server; returns what does one piece of work
    server_pid: Callable[[], int]
    agent_memory: Callable[[], int]  # the most that the agent ever had in memory, in bytes
    cap: int
    log_size: Callable[[], int]


def redis_client(host, port):
    """SET and GET over one connection."""

    def connect():
        client = socket.create_connection((host, port), timeout=10)
        stream = client.makefile("rb")

        def work():
            client.sendall(
                b"*3\r\n$3\r\nSET\r\n$8\r\noverload\r\n$4\r\nheld\r\n*2\r\n$3\r\nGET\r\n$8\r\noverload\r\n"
            )
            assert stream.readline() == b"+OK\r\n"
            assert (stream.readline(), stream.readline()) == (b"$4\r\n", b"held\r\n")

        return work

    return connect


def nats_client(host, port):
    """PING after a message without a subscriber, over one connection."""

    def connect():
        client = socket.create_connection((host, port), timeout=10)
        stream = client.makefile("rb")
        stream.readline()  # INFO
        client.sendall(b'CONNECT {"verbose":false}\r\n')

        def work():
            client.sendall(b"PUB overload.unused 4\r\nheld\r\nPING\r\n")
            while (line := stream.readline()) != b"PONG\r\n":
                assert line, "the server ended the connection"
                if line == b"PING\r\n":
                    client.sendall(b"PONG\r\n")

        return work

    return connect


def http_client(host, port, path):
    """A GET over one connection: a Pulsar broker's admin port."""

    def connect():
        connection = http.client.HTTPConnection(host, port, timeout=10)

        def work():
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200

        return work

    return connect


def latency(connect, seconds):
    """The mean time of one piece of work, over `seconds`."""
    work = connect()
    work()
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        work()
        times.append(time.monotonic() - start)
        time.sleep(0.002)
    return statistics.fmean(times)


@contextlib.contextmanager
def abused(host, port, seconds, kinds=()):
    """The abuse of `kinds` (all of them) as a process, for `seconds` or until the end of the
    block."""
    argv = [sys.executable, "-B", Path(abusive_clients.__file__), host, port, seconds, *kinds]
    quiet = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    process = subprocess.Popen([str(word) for word in argv], start_new_session=True, **quiet)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # with its children, one a kind
        process.wait()


def latency_under(host, port, connect, seconds, kinds):
    """The latency while the endpoint (or the sink) is abused."""
    with abused(host, port, seconds + 20, kinds):
        time.sleep(1)
        return latency(connect, seconds)


def fresh_livez(host, port):
    """Status and seconds of a /livez over a connection of its own."""
    start = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=10)) as connection:
        connection.request("GET", "/livez", headers={"Connection": "close"})
        status = connection.getresponse().status
    return status, time.monotonic() - start


class Watch:
    """Asks for a fresh /livez twice a second, during each of its blocks."""

    def __init__(self, host, port):
        self.place = host, port
        self.answers, self.errors = [], []

    def _watch(self):
        while not self._over.wait(0.5):
            try:
                self.answers.append(fresh_livez(*self.place))
            except OSError as error:
                self.errors.append(repr(error))

    def __enter__(self):
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def overload(target, sink, seconds, kinds=()):
    """The overload and its control, at `sink` (host, port). Returns the figures, having asserted all
    of them."""
    pid = target.server_pid()
    control, measured, logged, watch = [], [], [], Watch(target.host, target.port)
    for _ in range(RUNS):  # in turn, so that what else the machine does meets both alike
        before = target.log_size()
        control.append(latency_under(*sink, target.client, seconds, kinds))
        between = target.log_size()
        with watch:
            measured.append(latency_under(target.host, target.port, target.client, seconds, kinds))
        # A broker logs each request of the client that works, too: that is the control's share.
        logged.append(target.log_size() - between - (between - before))
    figures = {
        "control_ms": statistics.median(control) * 1000,
        "overload_ms": statistics.median(measured) * 1000,
        "livez": len(watch.answers),
        "livez_slowest_s": max((took for _, took in watch.answers), default=0),
        "livez_errors": watch.errors,
        "agent_MiB": target.agent_memory() / MiB,
        "cap_MiB": target.cap / MiB,
        "log_bytes": sum(logged),
    }
    print("overload:", " ".join(kinds) or "all kinds", figures)
    assert target.server_pid() == pid, "the server was started again"
    assert not watch.errors, figures
    assert len(watch.answers) >= RUNS, figures
    assert {status for status, _ in watch.answers} == {200}, watch.answers
    assert figures["livez_slowest_s"] < LIVEZ_SECONDS, figures
    assert target.agent_memory() < target.cap, figures
    assert figures["log_bytes"] < LOG_GROWTH, figures
    assert statistics.median(measured) <= max(
        LATENCY_FACTOR * statistics.median(control), LATENCY_FLOOR
    ), figures
    return figures


# --- containers ---

ENDPOINTS = {"flash": 8222, "sonic": 9121, "strange": 7777}
TOOLCHAIN = "arc-toolchain:dev"  # has the Python of the sink


def address(container):
    networks = json.loads(docker("container", "inspect", container).stdout)[0]["NetworkSettings"][
        "Networks"
    ]
    return next(iter(networks.values()))["IPAddress"]


def client_of(codename, host):
    if codename == "flash":
        return nats_client(host, 4222)
    return (
        redis_client(host, 6379)
        if codename == "sonic"
        else http_client(host, 8080, "/admin/v2/brokers/ready")
    )


def log_size(container):
    said = docker("logs", container, timeout=120)
    return len(said.stdout) + len(said.stderr)


def agent_memory(stack, codename):
    """The high-water mark of the agent, from inside its container."""
    script = """
        for process in /proc/[0-9]*; do
            case $(tr '\\0' ' ' <$process/cmdline) in "arc-sidecar agent"*) grep VmHWM $process/status ;; esac
        done 2>/dev/null
        true"""
    return max(
        int(line.split()[1]) * 1024
        for line in stack.execute(codename, "sh", "-c", script).stdout.splitlines()
    )


def server_pid(stack, codename):
    """The number of the server's process on this machine."""
    lines = docker("top", stack.container(codename), "-eo", "pid,args").stdout.splitlines()[1:]
    return next(
        int(pid)
        for pid, args in (line.split(None, 1) for line in lines)
        if "arc-sidecar" not in args
    )


@contextlib.contextmanager
def under_overload(stack, codename):
    """A running service of the stack as a Target, and the place of a sink in a container of the
    same size."""
    state = stack.inspect(codename)
    limits = [
        "--memory",
        state["HostConfig"]["Memory"],
        "--pids-limit",
        state["HostConfig"]["PidsLimit"],
    ]
    host, name = address(stack.container(codename)), f"{stack.prefix}sink"
    docker(
        "run",
        "--detach",
        "--rm",
        "--name",
        name,
        "--network",
        stack.network,
        *limits,
        TOOLCHAIN,
        "python3",
        "-c",
        SINK,
        "0.0.0.0",
        9,
    )
    target = Target(
        host=host,
        port=ENDPOINTS[codename],
        client=client_of(codename, host),
        server_pid=lambda: server_pid(stack, codename),
        agent_memory=lambda: agent_memory(stack, codename),
        cap=memory_cap(state["HostConfig"]["Memory"]),
        log_size=lambda: log_size(stack.container(codename)),
    )
    try:
        yield target, (address(name), 9)
    finally:
        docker("rm", "--force", name)
