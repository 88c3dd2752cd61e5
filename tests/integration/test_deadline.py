"""No check outlives its --timeout by more than a moment, whatever the other side does: each case beside a `sleep` of the same length."""

import contextlib
import signal

import pytest

from support.machine import silent_resolver
from support.servers import accepts, first_line, free_port, need, redis_server, running, silent_port, wait_until
from support.timing import MARGIN, overruns

pytestmark = pytest.mark.alone  # a quarter of a second is measured
TIMEOUT = 0.25  # seconds; short, so that twenty runs fit


def expect_bounded(service, env, *words):
    found, results = overruns(service, env, TIMEOUT)
    for result in results:
        assert result.returncode == 1, result.stdout
        line = first_line(result)
        assert line.startswith(f"unhealthy: {service}: "), line
        for word in words:
            assert word in line
    assert found[-1] <= MARGIN, found


def urls(service, address, port):
    """The settings that send every connection of a service's check to one place."""
    second = {"nats": "MONITOR", "pulsar": "ADMIN"}.get(service)
    env = {f"ARC_{service.upper()}_URL": f"{address}:{port}"}
    return env | ({f"ARC_{service.upper()}_{second}_URL": f"{address}:{port}"} if second else {})


@pytest.mark.parametrize("service", ["nats", "pulsar", "redis"])
def test_port_that_accepts_and_never_answers(service):
    with silent_port() as port:
        expect_bounded(service, urls(service, "127.0.0.1", port))


@pytest.mark.parametrize("service", ["nats", "pulsar", "redis"])
def test_resolver_that_never_answers(service):
    with silent_resolver():
        expect_bounded(service, urls(service, "server.example", 4222), "resolver did not answer")


@contextlib.contextmanager
def stopped_redis(tmp_path):
    with redis_server(tmp_path) as server:
        server.send_signal(signal.SIGSTOP)
        yield urls("redis", "127.0.0.1", server.port)


@contextlib.contextmanager
def stopped_nats(tmp_path):
    port, monitor = free_port(), free_port()
    argv = [need("nats-server"), "-js", "-sd", str(tmp_path), "-a", "127.0.0.1", "-p", str(port), "-m", str(monitor)]
    with running(argv, tmp_path / "nats.log") as server:
        wait_until(lambda: accepts(port) and accepts(monitor), "nats-server listens")
        server.send_signal(signal.SIGSTOP)
        yield {"ARC_NATS_URL": f"127.0.0.1:{port}", "ARC_NATS_MONITOR_URL": f"127.0.0.1:{monitor}"}


@pytest.mark.parametrize(("service", "server"), [("redis", stopped_redis), ("nats", stopped_nats)])
def test_stopped_server(service, server, tmp_path):
    with server(tmp_path) as env:
        expect_bounded(service, env)


def test_all_three_at_once_take_no_longer_than_one(tmp_path):
    with silent_port() as port:
        env = {}
        for service in ("nats", "pulsar", "redis"):
            env |= urls(service, "127.0.0.1", port)
        found, results = overruns("", env, TIMEOUT)
        for result in results:
            assert result.returncode == 1
            assert result.stdout.count("unhealthy: ") >= 3, result.stdout
        assert found[-1] <= MARGIN, found
