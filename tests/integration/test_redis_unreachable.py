"""`check redis` where no Redis answers: in time, with the reason, and without leaks."""

import contextlib
import http.server
import socket
import subprocess
import threading
import time
import uuid
from pathlib import Path

import pytest

from scenarios.tables import named
from support.servers import (
    first_line,
    redis_server,
    run_sidecar,
    silent_port,
    talking_port,
)
from support.timing import MARGIN, overruns

BUDGET = 0.5  # seconds, what these probes are given


def check(port, *args, host="127.0.0.1", **env):
    variables = {f"ARC_{name}": value for name, value in env.items()}
    return run_sidecar("check", "redis", *args, env={"ARC_REDIS_URL": f"{host}:{port}"} | variables)


def left_behind(mark):
    """Processes that carry a test's mark in their environment, zombies of ours aside (each was
    waited for)."""
    left = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            left += [entry.parent.name] if mark.encode() in entry.read_bytes() else []
    return left


def twenty_runs(url, words):
    mark = uuid.uuid4().hex
    found, results = overruns("redis", {"ARC_REDIS_URL": url, "ARC_TEST_MARK": mark}, BUDGET)
    assert found[-1] <= MARGIN, found
    for result in results:
        assert result.returncode == 1
        assert result.stdout.startswith("unhealthy: redis: ")
        # On a machine that is busy enough the guard behind the deadline may be first to speak.
        assert words in result.stdout or "no verdict within 500ms" in result.stdout
    assert sum("no verdict within 500ms" in result.stdout for result in results) < 10
    assert left_behind(mark) == []


@pytest.mark.alone  # a quarter of a second is measured
def test_stopped_server_is_told_in_time_twenty_times(tmp_path):
    with named("Redis", "server-stopped").make(tmp_path) as setting:
        twenty_runs(setting.env["ARC_REDIS_URL"], "did not answer within 500ms")


@pytest.mark.alone
def test_silent_port_is_told_in_time_twenty_times():
    with silent_port() as port:
        twenty_runs(f"127.0.0.1:{port}", "did not answer within 500ms")


def test_server_that_answers_a_byte_at_a_time_is_bounded():
    """Progress must not stretch the deadline."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def drip():
            connection, _ = listener.accept()
            with connection:
                for _ in range(100):
                    try:
                        connection.sendall(b"+")
                        time.sleep(0.05)
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        start = time.monotonic()
        result = check(listener.getsockname()[1], "--timeout", "500ms")
        assert time.monotonic() - start < 2
        assert "did not answer within 500ms" in first_line(result)
        thread.join()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_http_server_on_the_port_is_a_protocol_error(tmp_path):
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        # Not even while the agent still waits for its server: no Redis will come of it.
        (tmp_path / "redis.agent.json").write_text('{"phase":"pending","detail":"","since_ms":1}')
        result = check(server.server_port, STATE_DIR=str(tmp_path))
        assert "speaks HTTP and not Redis" in first_line(result)
        assert first_line(result).startswith("unhealthy: redis: ")
        assert "ARC_REDIS_URL" in result.stdout
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


FOREIGN = "does not speak Redis's protocol"
TLS = "requires TLS"
CLOSED = "closed the connection before it answered"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", TLS),  # a TLS alert
        (b"\x1b[31mgarbage\x00\xff\r\n", FOREIGN),
        (b"$99999999999\r\n", CLOSED),
        (b"*1000000000\r\n", FOREIGN),
        (b":1\r\n:2\r\n:3x\r\n", FOREIGN),
        (b"*2\r\n" * 5000, CLOSED),
    ],
    ids=["tls-alert", "escapes", "huge-string", "huge-list", "odd-number", "deep-nesting"],
)
def test_garbage_is_unhealthy_and_harmless(answer, words):
    with talking_port(answer) as port:
        result = check(port)
        line = first_line(result)
        assert line.startswith("unhealthy: redis: ") and words in line
        assert result.returncode == 1
        assert all(character.isprintable() for character in line)


def test_a_reply_without_end_is_cut_short():
    with talking_port(b"$99999999\r\n" + b"x" * 1_000_000) as port:
        assert f"127.0.0.1:{port} answers more than 256 KiB" in first_line(check(port))


def test_a_refusal_in_one_line_is_quoted():
    """As protected mode and a full client list refuse: one error, then the end, before a command
    was read."""
    with talking_port(
        b"-DENIED Redis is running in protected mode\r\n", listen_first=False
    ) as port:
        assert first_line(check(port)).startswith(
            "unhealthy: redis: the server answers PING with: DENIED Redis is running in protected mode"
        )


def test_peer_that_closes_without_a_word():
    with talking_port(b"") as port:
        assert "closed the connection before it answered" in first_line(check(port))


def test_localhost_finds_a_server_on_ipv6_only(tmp_path):
    if (
        not Path("/proc/net/if_inet6").exists()
        or "00000000000000000000000000000001" not in Path("/proc/net/if_inet6").read_text()
    ):
        pytest.skip("this machine has no ::1")
    with redis_server(tmp_path, "--bind", "127.0.0.1", "::1") as server:
        assert first_line(check(server.port, host="[::1]")).startswith("ok: redis: ")
        # One that has only ::1 left.
        assert (
            subprocess.run(
                ["redis-cli", "-p", str(server.port), "CONFIG", "SET", "bind", "::1"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            == "OK"
        )
        assert first_line(check(server.port, host="localhost")).startswith("ok: redis: ")


def test_the_probe_closes_what_it_opens(tmp_path):
    """No connection of a good check is left on the server."""
    with redis_server(tmp_path) as server:
        for _ in range(20):
            assert check(server.port).returncode == 0
        clients = (
            subprocess.run(
                ["redis-cli", "-p", str(server.port), "CLIENT", "LIST"],
                capture_output=True,
                text=True,
                check=True,
            )
            .stdout.strip()
            .splitlines()
        )
        assert len(clients) == 1  # redis-cli itself
