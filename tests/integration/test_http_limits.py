"""What clients of the agent's HTTP endpoint can do to it, to its server and to each other: nothing
that counts."""

import contextlib
import http.client
import resource
import socket
import threading
import time
from pathlib import Path

import pytest

from support.exposition import Exposition
from support.nats_tools import http_get, nats_env, nats_server
from support.run_process import proc_status
from support.servers import (
    SIDECAR,
    accepts,
    agent,
    free_port,
    redis_server,
    running,
    sidecar_environment,
    wait_until,
)

MiB = 1024 * 1024
SANITIZED = "/asan/" in SIDECAR  # which keeps what was freed


def ask(port, target, timeout=20, **headers):
    """Status and text of an answer over a connection of its own."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    ) as connection:
        connection.request(
            "GET",
            target,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def connect(port, receive_buffer=None):
    client = socket.socket()
    if receive_buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(20)
    client.connect(("127.0.0.1", port))
    return client


def memory(pid):
    """Bytes that the process has in memory."""
    return int(proc_status(pid)["VmRSS"].split()[0]) * 1024


@pytest.fixture
def redis(tmp_path):
    with (
        redis_server(tmp_path / "server") as server,
        agent(tmp_path / "agent", "redis", {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}) as front,
    ):
        wait_until(lambda: ask(front.port, "/readyz")[0] == 200, "ready")
        yield server, front


@pytest.fixture
def nats(tmp_path):
    with (
        nats_server(tmp_path / "server") as server,
        agent(tmp_path / "agent", "nats", nats_env(server)) as front,
    ):
        wait_until(lambda: ask(front.port, "/readyz")[0] == 200, "ready")
        yield server, front


def test_a_scrapers_patience_is_its_own(redis):
    _, front = redis
    for _ in range(20):
        status, text = ask(front.port, "/metrics", X_Prometheus_Scrape_Timeout_Seconds="0.001")
        assert status == 200
        # The last verdict, whether or not there was time to ask.
        assert Exposition(text).value("arc_sidecar_level", level="unhealthy") == 0
        for path in ("/livez", "/readyz", "/startupz"):
            assert ask(front.port, path)[0] == 200
        assert Exposition(ask(front.port, "/metrics")[1]).value("redis_up") == 1


def test_one_connection_that_asks_without_end_and_reads_nothing_takes_little_memory(redis):
    _, front = redis
    ask(front.port, "/metrics")
    before = memory(front.pid)
    with connect(front.port, receive_buffer=4096) as client:
        client.settimeout(2)
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 200 * MiB:
                sent += client.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 3000)
        assert sent < 8 * MiB, "it reads on while its answers are not taken"
        assert SANITIZED or memory(front.pid) - before < 16 * MiB
        assert ask(front.port, "/livez")[0] == 200


def test_bodies_and_heads_that_never_end_take_little_memory(redis):
    _, front = redis
    ask(front.port, "/metrics")
    before = memory(front.pid)
    with contextlib.ExitStack() as clients:
        for number in range(120):
            client = clients.enter_context(connect(front.port))
            with contextlib.suppress(OSError):
                client.sendall(
                    b"POST /varz HTTP/1.1\r\nContent-Length: 65536\r\n\r\n" + b"x" * 65_000
                    if number % 2
                    else b"GET / HTTP/1.1\r\nA: " + b"x" * 16_000
                )
        assert ask(front.port, "/livez")[0] == 200
        assert SANITIZED or memory(front.pid) - before < 32 * MiB


def test_idle_connections_leave_descriptors_for_our_own_questions(tmp_path):
    """Under a limit of 100 descriptors: the oldest idle connection goes, and nothing is said of the
    server nor written to the log."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
    with redis_server(tmp_path / "server") as server:
        port, log = free_port(), tmp_path / "agent.log"
        env = sidecar_environment(
            {
                "ARC_STATE_DIR": str(tmp_path),
                "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
                "ARC_LISTEN": f"127.0.0.1:{port}",
            }
        )
        with running(
            [SIDECAR, "agent", "--service", "redis"], log, env=env, preexec=limit
        ) as front:
            wait_until(lambda: accepts(port), "the front listens")
            wait_until(lambda: ask(port, "/readyz")[0] == 200, "ready")
            with contextlib.ExitStack() as clients:
                held = [clients.enter_context(connect(port)) for _ in range(400)]
                for _ in range(15):
                    status, text = ask(port, "/readyz")
                    assert (status, "redis.ping.ok: answers" in text) == (200, True), text
                    time.sleep(0.1)
                held[0].settimeout(5)
                assert held[0].recv(1) == b"", "the oldest is closed"
                held[-1].sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                assert held[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
            assert front.poll() is None
        assert log.stat().st_size < 20_000, log.read_text()[:2000]


def test_many_scrapes_side_by_side_keep_no_probe_waiting(nats):
    server, front = nats
    asked = lambda: http_get(server.monitor, "/varz")[1]["http_req_stats"].get("/jsz", 0)
    before = asked()
    with contextlib.ExitStack() as clients:
        scrapers = [clients.enter_context(connect(front.port)) for _ in range(100)]
        for scraper in scrapers:
            scraper.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        start = time.monotonic()
        assert ask(front.port, "/livez")[0] == 200
        assert time.monotonic() - start < 2
        answers = [scraper.recv(65536) for scraper in scrapers]
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert asked() - before < 20  # far fewer than scrapers: a scrape in progress is everybody's


def test_the_monitor_is_asked_only_so_often(nats):
    server, front = nats
    asked = lambda: http_get(server.monitor, "/varz")[1]["http_req_stats"].get("/subsz", 0)
    before, over = asked(), time.monotonic() + 3

    def hammer():
        while time.monotonic() < over:
            ask(front.port, "/subsz")

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert 60 <= asked() - before < 160  # 60 at once, then 20 a second


def seconds_open(client, sends):
    """How long the other end keeps the connection, to which `sends()` gives something five times a
    second."""
    start = time.monotonic()
    client.settimeout(0.2)
    while time.monotonic() - start < 30:
        try:
            sends()
            if client.recv(4096) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - start


def test_the_agent_goes_before_its_server(redis):
    """Its own memory has a limit, and the kernel would choose it first."""
    server, front = redis
    score = lambda pid: int(Path(f"/proc/{pid}/oom_score_adj").read_text())
    assert score(front.pid) == 1000 > score(server.pid)
    limit = next(
        line.split()[3]
        for line in Path(f"/proc/{front.pid}/limits").read_text().splitlines()
        if line.startswith("Max data size")
    )
    assert SANITIZED or 64 * MiB <= int(limit) <= 512 * MiB


@pytest.mark.parametrize(
    "beginning",
    [b"GET /metrics HTTP/1.1\r\nA: ", b"POST /x HTTP/1.1\r\nContent-Length: 60000\r\n\r\n"],
)
def test_a_request_that_does_not_end_is_cut_off(redis, beginning):
    _, front = redis
    with connect(front.port) as client:
        client.sendall(beginning)
        assert 8 < seconds_open(client, lambda: client.sendall(b"a")) < 20


def test_an_answer_that_is_not_taken_is_cut_off(redis):
    _, front = redis
    with connect(front.port, receive_buffer=2048) as client:
        client.settimeout(1)
        with contextlib.suppress(OSError):
            while True:
                client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        rows = lambda: [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        established = lambda: [
            row for row in rows() if row[1].endswith(f":{front.port:04X}") and row[3] == "01"
        ]
        assert established()
        wait_until(lambda: not established(), "it is closed", 20)
