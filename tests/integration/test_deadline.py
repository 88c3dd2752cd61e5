"""No check outlives its --timeout by more than a moment, whatever the other side does: each case
beside a `sleep` of the same length."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from support import machine
from support.machine import silent_resolver
from support.servers import (
    SIDECAR,
    accepts,
    first_line,
    free_port,
    need,
    redis_server,
    running,
    sidecar_environment,
    silent_port,
    wait_until,
)
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


@pytest.mark.parametrize("service", ["nats", "pulsar", "redis", "sentinel"])
def test_port_that_accepts_and_never_answers(service):
    with silent_port() as port:
        expect_bounded(service, urls(service, "127.0.0.1", port))


@pytest.mark.parametrize("service", ["nats", "pulsar", "redis", "sentinel"])
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
    argv = [
        need("nats-server"),
        "-js",
        "-sd",
        str(tmp_path),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        str(monitor),
    ]
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


@pytest.mark.parametrize("name", ["ARC_CONFIG", "ARC_REDIS_PASSWORD_FILE"])
def test_a_pipe_that_nobody_writes_into(tmp_path, name):
    """As a file of the configuration: reading it is part of the check's time."""
    os.mkfifo(tmp_path / "fifo")
    found, results = overruns("redis", {name: str(tmp_path / "fifo")}, TIMEOUT)
    for result in results:
        assert result.returncode == 78
        assert "does not answer within 250ms" in result.stderr, result.stderr
    assert found[-1] <= MARGIN, found


@pytest.mark.parametrize("name", ["ARC_CONFIG", "ARC_REDIS_PASSWORD_FILE"])
def test_a_file_system_that_hangs(tmp_path, name):
    """FUSE without anybody who reads what it is asked: whoever looks is held, through signals,
    too."""
    with machine.hung_mount(tmp_path / "mount") as mount:
        found, results = overruns("redis", {name: f"{mount}/file"}, TIMEOUT)
        for result in results:
            assert result.returncode == 78
            assert "does not answer within 250ms" in result.stderr, result.stderr
        assert found[-1] <= MARGIN, found


def test_the_shell_s_pipes_are_still_read():
    script = f'exec "{SIDECAR}" config --config <(printf "[redis]\\nmaxmemory = \\"7mb\\"\\n")'
    result = subprocess.run(
        ["bash", "-c", script],
        env=sidecar_environment(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert 'maxmemory = "7MiB" ' in result.stdout


def test_a_reader_that_is_left_behind_meets_no_freed_memory():
    """Without processor time for its reader, a check ends while that still reads."""
    for timeout in ("60ms", "90ms"):
        checks = [
            subprocess.Popen(
                [SIDECAR, "check", "nats", "--timeout", timeout],
                env=sidecar_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(40)
        ]
        for one in checks:
            said = one.communicate(timeout=60)[0]
            assert one.returncode in (1, 78) and "ERROR" not in said, said


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_check_that_gets_no_time_still_answers_in_its_format(format):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        check = subprocess.Popen(
            [SIDECAR, "check", "redis", "--timeout", "1s", "--format", format],
            env=sidecar_environment({"ARC_REDIS_URL": address}),
            stdout=subprocess.PIPE,
            text=True,
        )
        listener.settimeout(20)
        connection, _ = listener.accept()
        with connection:
            check.send_signal(signal.SIGSTOP)
            stopped = time.monotonic()
            wait_until(lambda: time.monotonic() - stopped > 1.2, "its time is over")
            check.send_signal(signal.SIGCONT)
            said = check.communicate(timeout=20)[0]
    assert check.returncode == 1
    if format == "json":
        said = json.loads(said)["services"][0]["findings"][0]["text"]
    assert "no verdict within 1s" in said
