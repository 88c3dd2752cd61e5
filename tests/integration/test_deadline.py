"""No check outlives its --timeout by more than a moment, whatever the other side does: each case beside a `sleep` of the same length."""

import contextlib
import signal
import subprocess
import time

import pytest

from support.servers import SHIPPED, first_line, free_port, need, redis_server, run_sidecar, running, silent_port, silent_resolver, wait_until, accepts

RUNS = 20
TIMEOUT = 0.25  # seconds; short, so that twenty runs fit
MARGIN = 0.25  # seconds over the control


def seconds(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def worst_control():
    """How long the machine takes over a plain sleep of the same length, right now."""
    return max(seconds(lambda: subprocess.run(["sleep", str(TIMEOUT)], check=True)) for _ in range(3))


def timed_check(*arguments, env):
    """Seconds that a check took, and its result."""
    results = []
    took = seconds(lambda: results.append(run_sidecar("check", *arguments, "--timeout", f"{int(TIMEOUT * 1000)}ms", env=env, binary=SHIPPED)))
    return took, results[0]


def expect_bounded(service, env, *words):
    worst = control = 0.0
    for _ in range(RUNS):
        control = max(control, seconds(lambda: subprocess.run(["sleep", str(TIMEOUT)], check=True)))
        took, result = timed_check(service, env=env)
        worst = max(worst, took)
        assert result.returncode == 1, result.stdout
        line = first_line(result)
        assert line.startswith(f"unhealthy: {service}: "), line
        for word in words:
            assert word in line
    print(f"worst {worst * 1000:.0f} ms, worst control {control * 1000:.0f} ms")
    assert worst <= control + MARGIN, f"worst {worst:.3f} s, control {control:.3f} s"


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
        control = worst_control()
        took, result = timed_check(env=env)
        assert result.returncode == 1
        assert result.stdout.count("unhealthy: ") >= 3, result.stdout
        assert took <= max(control, worst_control()) + MARGIN
