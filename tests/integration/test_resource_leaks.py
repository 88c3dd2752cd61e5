"""Checks leave nothing behind: no process, no socket, no client on the server, no descriptor, no
line in its log."""

import contextlib
import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.nats_tools import http_get, nats_env, nats_server
from support.pulsar_broker import Broker
from support.run_process import group_exists
from support.servers import (
    SHIPPED,
    redis_cli,
    redis_server,
    run_sidecar,
    sidecar_environment,
    wait_until,
)


def counts(small, large):
    """A small number for each run, the large one nightly."""
    return pytest.mark.parametrize(
        "count",
        [
            pytest.param(small, id=str(small)),
            pytest.param(large, id=str(large), marks=pytest.mark.nightly),
        ],
    )


class Subject:
    """A server, and what can be left on it."""

    def __init__(self, service, process, env, log, clients, ports=()):
        self.service, self.process, self.env, self.log, self.clients, self.ports = (
            service,
            process,
            env,
            log,
            clients,
            ports,
        )
        self.left = []  # process groups of checks that had ended and left a process

    def check(self, *flags):
        argv = [SHIPPED, "check", self.service, *flags]
        how = {
            "env": sidecar_environment(self.env),
            "stdout": subprocess.DEVNULL,
            "start_new_session": True,
        }
        with subprocess.Popen(argv, **how) as process:
            try:
                code = process.wait(60)
            finally:
                process.kill()
        self.left += [process.pid] if group_exists(process.pid) else []
        return code

    def check_often(self, count, *flags):
        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(lambda _: self.check(*flags), range(count)))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def lines(self):
        return self.log.read_text(errors="replace").splitlines()

    def settle(self):
        wait_until(lambda: not any(map(sockets_left, self.ports)), "no socket is left", 5)

    def state(self):
        """Clients and descriptors. The question about the clients is a connection too, which the
        server closes after we have the answer."""
        clients = self.clients()
        self.settle()
        return clients, self.descriptors()


def sockets_left(port):
    """Connections to or from the port that are not closed; TIME_WAIT (6) is the kernel's own."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        row
        for row in rows
        if row[3] not in ("06", "0A") and f":{port:04X}" in (row[1][8:], row[2][8:])
    ]


@contextlib.contextmanager
def a_nats(place):
    with nats_server(place) as server:
        env = nats_env(server)
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        clients = lambda: http_get(server.monitor, "/varz")[1]["connections"]
        yield Subject("nats", server, env, server.log, clients, (server.port, server.monitor))


@contextlib.contextmanager
def a_redis(place):
    with redis_server(place) as server:
        clients = lambda: (
            redis_cli(server.port, "INFO", "clients").partition("connected_clients:")[2].split()[0]
        )
        yield Subject(
            "redis",
            server,
            {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"},
            place / "redis.log",
            clients,
            (server.port,),
        )


EACH = pytest.mark.parametrize("started", [a_nats, a_redis], ids=["nats", "redis"])


def expect_nothing(subject, before):
    assert subject.left == []
    # No more: what the kernel lists is not read in one moment, so that the first count may have had
    # one too many (1 in 1,500, measured).
    same = lambda now: now[0] == before[0] and now[1] <= before[1]
    wait_until(
        lambda: same(subject.state()),
        f"clients and descriptors are as before ({before}): {subject.state()}",
        10,
    )


@EACH
@counts(100, 10_000)
def test_checks_of_a_healthy_server_leave_nothing(tmp_path, started, count):
    with started(tmp_path) as subject:
        assert subject.check() == 0
        before, lines = subject.state(), subject.lines()
        assert subject.check_often(count) == {0}
        expect_nothing(subject, before)
        assert subject.lines() == lines


@EACH
@counts(50, 1_000)
def test_checks_of_a_dying_server_leave_nothing(tmp_path, started, count):
    codes = []
    with started(tmp_path) as subject, ThreadPoolExecutor(4) as pool:
        checks = [pool.submit(lambda: codes.append(subject.check())) for _ in range(count)]
        wait_until(lambda: len(codes) >= count // 4, "a quarter of the checks is made", 120)
        subject.process.send_signal(signal.SIGKILL)
        for check in checks:
            check.result()
        assert set(codes) == {0, 1}
        assert subject.check() == 1
        assert subject.left == []
        subject.settle()


@EACH
@counts(20, 200)
def test_checks_of_a_hanging_server_leave_nothing(tmp_path, started, count):
    with started(tmp_path) as subject:
        before = subject.state()
        subject.process.send_signal(signal.SIGSTOP)
        try:
            assert subject.check_often(count, "--timeout", "200ms") == {1}
            assert subject.left == []
        finally:
            subject.process.send_signal(signal.SIGCONT)
        expect_nothing(subject, before)


@pytest.mark.nightly
@pytest.mark.xdist_group("pulsar")
@pytest.mark.skipif(
    "ARC_PULSAR_HOME" not in os.environ, reason="ARC_PULSAR_HOME does not name an unpacked Pulsar"
)
def test_checks_of_pulsar_leave_nothing(tmp_path):
    broker = Broker(tmp_path / "broker")
    with broker.started():
        wait_until(
            lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0,
            "the broker is ready",
            150,
        )
        subject = Subject(
            "pulsar",
            broker.process,
            broker.environment(XDG_RUNTIME_DIR=str(tmp_path)),
            tmp_path / "broker/broker.log",
            None,
        )
        wait_until(lambda: subject.check("--timeout", "10s") == 0, "it is healthy", 60)
        assert subject.check_often(200, "--timeout", "20s") == {0}
        assert subject.left == []
        broker.process.send_signal(signal.SIGSTOP)
        try:
            assert subject.check_often(200, "--timeout", "200ms") == {1}
        finally:
            broker.process.send_signal(signal.SIGCONT)
        assert subject.left == []
