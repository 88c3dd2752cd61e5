"""What the agent answers over HTTP: /metrics, the probes, and a nats-server's monitor passed on."""

import contextlib
import http.client
import json
import os
import signal
import socket
import struct
import threading
import time

import pytest

from support.exposition import Exposition
from support.nats_tools import Nats, http_get, nats_env, nats_server
from support.run_process import children, kill
from support.servers import (
    SIDECAR,
    accepts,
    agent,
    first_line,
    free_port,
    redis_loading,
    redis_server,
    run_sidecar,
    running,
    sidecar_environment,
    silent_port,
    wait_until,
)

SECOND_PORT = 7777


class Answer:
    def __init__(self, response):
        self.status, self.reason, self.headers, self.body = (
            response.status,
            response.reason,
            dict(response.headers),
            response.read(),
        )

    @property
    def text(self):
        return self.body.decode()


def ask(port, target, method="GET", timeout=20, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.closing(connection):
        connection.request(
            method,
            target,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return Answer(connection.getresponse())


def metrics(port, **headers):
    answer = ask(port, "/metrics", **headers)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Exposition(answer.text)


@pytest.fixture
def nats(tmp_path):
    with (
        nats_server(tmp_path / "server") as server,
        agent(tmp_path / "agent", "nats", nats_env(server)) as front,
    ):
        wait_until(lambda: ask(front.port, "/readyz").status == 200, "ready")
        yield server, front


@pytest.fixture
def redis(tmp_path):
    with (
        redis_server(tmp_path / "server") as server,
        agent(tmp_path / "agent", "redis", {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}) as front,
    ):
        yield server, front


def stable(headers):
    """What does not differ from one answer to the next, and what does not concern one connection
    only."""
    return {
        name: value
        for name, value in headers.items()
        if name not in ("Date", "Connection", "Transfer-Encoding", "Content-Length")
    }


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/healthz",
        "/nothing",
        "/varz?callback=f",
        "/connz?limit=1&sort=bytes_to",
        "/subsz",
        "/connz?sort=nonsense",
    ],
)
def test_every_other_path_is_the_monitors(nats, target):
    server, front = nats
    direct, passed = ask(server.monitor, target), ask(front.port, target)
    assert (passed.status, passed.reason) == (direct.status, direct.reason)
    assert stable(passed.headers) == stable(direct.headers)
    assert passed.headers["Content-Length"] == str(len(passed.body))
    if target in ("/", "/healthz", "/nothing"):
        assert passed.body == direct.body
    head = ask(front.port, target, "HEAD")
    assert (head.status, head.body) == (ask(server.monitor, target, "HEAD").status, b"")


def test_a_head_says_the_length(nats):
    server, front = nats
    assert (
        ask(front.port, "/healthz", "HEAD").headers["Content-Length"]
        == ask(server.monitor, "/healthz", "HEAD").headers["Content-Length"]
    )


def test_a_large_answer_comes_whole(nats):
    server, front = nats
    with contextlib.ExitStack() as clients:
        for _ in range(300):
            clients.enter_context(Nats(server.port))
        wait_until(
            lambda: http_get(server.monitor, "/connz?limit=1")[1]["total"] >= 300, "connected"
        )
        passed = ask(front.port, "/connz?limit=2000&subs=detail")
        assert len(passed.body) > 150_000
        assert len(json.loads(passed.body)["connections"]) >= 300


def test_links_of_the_index_lead_through_the_front(nats):
    server, front = nats
    page = ask(front.port, "/").text
    links = {part.split(">")[0].split(" ")[0].strip("\"'") for part in page.split("href=")[1:]}
    own = [link for link in links if link.startswith(("./", "/"))]
    assert "./varz" in own, page
    for link in own:
        path = link.removeprefix(".")  # one of them the server itself has not: /raftz
        assert ask(front.port, path).status == ask(server.monitor, path).status, link


def test_one_connection_serves_many_requests_of_both_kinds(nats):
    _, front = nats
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=20)
    with contextlib.closing(connection):
        for target in ("/metrics", "/varz", "/livez", "/metrics", "/healthz"):
            connection.request("GET", target)
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
        assert connection.sock is not None  # kept


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_our_paths_are_for_reading(redis, method):
    for target in ("/metrics", "/livez?x=1"):
        answer = ask(redis[1].port, target, method)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_head_of_metrics_has_no_body(redis):
    answer = ask(redis[1].port, "/metrics", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 1000


def test_other_paths_where_nothing_stands_behind(redis):
    _, front = redis
    assert ask(front.port, "/").status == 200
    assert "/metrics /livez /readyz /startupz /memberz\n" in ask(front.port, "/").text
    nothing = ask(front.port, "/varz")
    assert nothing.status == 404
    assert nothing.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("scope", "status"), [("node", 200), ("cluster", 503)])
def test_readyz_counts_the_findings_of_the_declared_scope(tmp_path, scope, status):
    with nats_server(tmp_path / "server", jetstream=True) as server:
        env = nats_env(server, ARC_READY_SCOPE=scope)
        with agent(tmp_path / "agent", "nats", env) as front:
            wait_until(lambda: " starting " not in ask(front.port, "/readyz").text, "bootstrapped")
            with Nats(server.port) as client:
                client.api("STREAM.DELETE.AGENT_EVENTS")
            answer = wait_until(
                lambda: (got := ask(front.port, "/readyz")).text.count("missing") and got, "missing"
            )
            assert answer.status == status, answer.text
            outcome = "ready: " if scope == "node" else ""
            assert answer.text.startswith(f"{outcome}unhealthy: nats: stream AGENT_EVENTS ")


def test_probes_by_purpose(tmp_path, nats):
    server, front = nats
    assert ask(front.port, "/livez").text.startswith("live: ok: nats: ")
    assert ask(front.port, "/startupz").text.startswith("started: ok: nats: ")
    with Nats(server.port) as client:
        client.api("STREAM.DELETE.AGENT_EVENTS")
    ready = wait_until(
        lambda: (answer := ask(front.port, "/readyz")).status == 503 and answer, "not ready"
    )
    assert ready.text.startswith("unhealthy: nats: stream AGENT_EVENTS is missing")
    assert ready.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert ask(front.port, "/livez").status == 200  # a restart would not bring it back
    server.kill()
    server.wait()
    dead = wait_until(
        lambda: (answer := ask(front.port, "/livez")).status == 503 and answer, "not live"
    )
    assert dead.text.startswith("not live: unhealthy: nats: ")


def test_a_server_that_is_down_is_up_0_and_full_again_by_itself(tmp_path):
    server_port, monitor, port = free_port(), free_port(), free_port()
    env = {
        "ARC_NATS_URL": f"127.0.0.1:{server_port}",
        "ARC_NATS_MONITOR_URL": f"127.0.0.1:{monitor}",
        "ARC_NATS_MIN_FREE": "1mb",
    }
    with agent(tmp_path / "agent", "nats", env, port) as front:
        down = metrics(port)
        assert down.value("arc_sidecar_up") == 0
        assert not [
            name
            for name in down.types
            if name.startswith(("gnatsd_varz", "gnatsd_connz", "jetstream"))
        ]
        assert down.value("gnatsd_healthz_status_value", value="unreachable") == 0
        passed = ask(port, "/varz")
        assert (passed.status, passed.headers["Content-Type"]) == (502, "text/plain; charset=utf-8")
        assert (
            passed.text
            == f"arc-sidecar: the server's monitor: 127.0.0.1:{monitor} refused the connection\n"
        )
        with nats_server(tmp_path / "server", port=server_port, monitor=monitor):
            full = wait_until(
                lambda: (now := metrics(port)).value("arc_sidecar_up") == 1 and now, "up again"
            )
            assert full.value("gnatsd_varz_port") == server_port
            wait_until(
                lambda: metrics(port).value("arc_sidecar_bootstrap_done") == 1, "bootstrapped"
            )
            assert metrics(port).value("arc_sidecar_level", level="ok") == 1
        gone = metrics(port)
        assert gone.value("arc_sidecar_up") == 0
        assert gone.value("arc_sidecar_level", level="ok") == 0
    assert (
        front.log.read_text().count(
            f"metrics: not read: /varz: 127.0.0.1:{monitor} refused the connection"
        )
        == 2
    )


def test_a_server_that_hangs_costs_nobody_more_than_the_deadline(nats):
    server, front = nats
    server.send_signal(signal.SIGSTOP)
    busy = [threading.Thread(target=lambda: ask(front.port, "/varz")) for _ in range(8)]
    for each in busy:
        each.start()
    start = time.monotonic()
    answer = metrics(front.port)
    took = time.monotonic() - start
    for each in busy:
        each.join()
    assert answer.value("arc_sidecar_up") == 0
    assert took < 5, (
        took
        # the timeout is 3 s, and the machine has its part; those that wait for the monitor have workers
        # of their own
    )
    assert ask(front.port, "/varz").status == 504
    server.send_signal(signal.SIGCONT)
    wait_until(lambda: metrics(front.port).value("arc_sidecar_up") == 1, "up again")


def test_a_scrapers_own_patience_is_heeded(tmp_path):
    with nats_server(tmp_path / "server") as server, contextlib.ExitStack() as stack:
        front = stack.enter_context(
            agent(tmp_path / "agent", "nats", nats_env(server, ARC_TIMEOUT="20s"))
        )
        wait_until(lambda: ask(front.port, "/readyz").status == 200, "ready")
        server.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        answer = metrics(front.port, X_Prometheus_Scrape_Timeout_Seconds="1")
        took = time.monotonic() - start
        server.send_signal(signal.SIGCONT)
        assert answer.value("arc_sidecar_up") == 0
        # 0.9 s and the delays of the machine, not the default of 20 s.
        assert took < 10, took


def test_redis_that_loads_answers(tmp_path):
    with (
        redis_loading(tmp_path / "server", keys=8000, microseconds=400) as server,
        contextlib.ExitStack() as stack,
    ):
        front = stack.enter_context(
            agent(tmp_path / "agent", "redis", {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"})
        )
        loading = metrics(front.port)
        assert loading.value("redis_loading_dump_file") == 1
        assert (loading.value("redis_up"), loading.value("arc_sidecar_up")) == (1, 1)
        assert loading.value("arc_sidecar_level", level="starting") == 1
        wait_until(
            lambda: metrics(front.port).value("arc_sidecar_level", level="starting") == 0, "loaded"
        )
        assert metrics(front.port).value("redis_db_keys", db="db0") == 8000
        assert server.poll() is None


def test_what_may_not_be_read_is_said_once(tmp_path):
    """CONFIG renamed, and a user who may do little."""
    conf = tmp_path / "redis.conf"
    conf.write_text('rename-command CONFIG ""\nuser probe on >word +ping +info\n')
    with redis_server(tmp_path / "server", conf=conf) as server:
        env = {
            "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
            "ARC_REDIS_USER": "probe",
            "ARC_REDIS_PASSWORD": "word",
        }
        with agent(tmp_path / "agent", "redis", env) as front:
            for _ in range(3):
                scraped = metrics(front.port)
            assert scraped.value("redis_up") == 1
            assert scraped.value("redis_memory_used_bytes") > 0
            assert scraped.value("arc_sidecar_scrape_errors") == 5
            assert not [name for name in scraped.types if name.startswith("redis_config_")]
            log = front.log.read_text()
            assert log.count("metrics: not read: CONFIG GET: ERR unknown command 'CONFIG'") == 1, (
                log
            )
            assert log.count("metrics: not read: SLOWLOG LEN: NOPERM") == 1, log
            assert "word" not in log


def test_one_scrape_asks_the_server_once_for_each_thing(nats):
    server, front = nats
    metrics(front.port)

    def asked():
        return http_get(server.monitor, "/varz")[1]["http_req_stats"]

    before = asked()
    metrics(front.port)
    after = asked()
    assert {path: after[path] - before[path] for path in ("/connz", "/jsz")} == {
        "/connz": 1,
        "/jsz": 1,
    }
    assert after["/varz"] - before["/varz"] == 2  # and our own question


def test_many_scrapes_at_once_are_all_right(redis):
    _, front = redis
    texts = []
    threads = [
        threading.Thread(target=lambda: texts.append(metrics(front.port))) for _ in range(20)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(texts) == 20
    assert all(each.value("redis_up") == 1 for each in texts)


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def test_clients_that_go_away_leave_nothing(nats):
    _, front = nats
    ask(front.port, "/metrics")
    before = descriptors(front.pid)
    for number in range(100):
        with socket.create_connection(("127.0.0.1", front.port)) as client:
            client.sendall(
                b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"/metrics" if number % 2 else b"/connz")
            )
    wait_until(
        lambda: (
            metrics(front.port).value("arc_sidecar_up") == 1
            and descriptors(front.pid) <= before + 1
        ),
        "all closed",
    )


@pytest.mark.parametrize("path", [b"/livez", b"/metrics"])
def test_a_client_that_resets_its_connection_before_the_answer_ends_nothing(redis, path):
    _, front = redis
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", front.port)) as client:
            client.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
            client.shutdown(socket.SHUT_WR)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert ask(front.port, "/livez").status == 200
    assert front.poll() is None


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"POST /varz HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /varz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + b"A: b\r\n" * 5000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET http://elsewhere.test/healthz HTTP/1.1\r\nHost: elsewhere.test\r\nConnection: close\r\n\r\n",
    ],
)
def test_what_is_no_request_does_no_harm(nats, request_bytes):
    _, front = nats
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as client,
        contextlib.suppress(OSError),
    ):
        client.sendall(request_bytes)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    assert metrics(front.port).value("arc_sidecar_up") == 1
    assert front.poll() is None


@pytest.mark.xdist_group("second-port")
def test_run_the_port_for_clients_is_left_to_the_server(start, tmp_path):
    """The agent may be faster than its server, which would end when it finds its port taken."""
    port = free_port()
    env = {
        "ARC_LISTEN": f"127.0.0.1:{port}",
        "ARC_STATE_DIR": str(tmp_path),
        "ARC_REDIS_URL": f"redis://127.0.0.1:{port}",
    }
    run = start(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)],
        ["--service", "redis"],
        env=env,
    )
    told = f"port {port} is the server's own: answering /metrics on 127.0.0.1:{SECOND_PORT} instead"
    wait_until(
        lambda: any(line.endswith(told) for line in run.own_lines()),
        "the front says where it listens",
    )
    wait_until(lambda: ask(SECOND_PORT, "/livez").status == 200, "live")


@pytest.mark.xdist_group("second-port")
def test_run_a_configuration_that_gives_the_port_to_the_server_is_respected(start, tmp_path):
    """The server keeps its port, the front goes to the second one, and `check` finds the monitor
    without being told."""
    port, monitor = free_port(), free_port()
    (tmp_path / "nats.conf").write_text(
        f'server_name: "own"\nport: {port}\nhttp_port: {monitor}\njetstream {{ store_dir: "{tmp_path}/js" }}\n'
    )
    (tmp_path / "sidecar.toml").write_text(
        f'[nats]\nurl = "127.0.0.1:{port}"\nmonitor_url = "http://127.0.0.1:8223"\nmin_free = "1mb"\n'
    )
    env = {
        "ARC_LISTEN": f"127.0.0.1:{monitor}",
        "ARC_STATE_DIR": str(tmp_path),
        "ARC_CONFIG": str(tmp_path / "sidecar.toml"),
    }
    run = start(["nats-server", "-c", str(tmp_path / "nats.conf")], ["--service", "nats"], env=env)
    told = f"port {monitor} is the server's own monitor: answering /metrics on 127.0.0.1:{SECOND_PORT} instead"
    wait_until(
        lambda: any(line.endswith(told) for line in run.own_lines()),
        "the front says where it listens",
    )
    assert http_get(monitor, "/varz")[1]["server_name"] == "own"
    wait_until(lambda: ask(SECOND_PORT, "/readyz").status == 200, "ready")
    assert metrics(SECOND_PORT).value("gnatsd_varz_http_port") == monitor
    assert ask(SECOND_PORT, "/varz").status == 404  # the server has a port for that
    result = run_sidecar("check", "nats", env=env)
    assert result.returncode == 0 and "nats.monitor" not in result.stdout, result.stdout
    shown = run_sidecar("config", env=env).stdout
    assert (
        f'monitor_url = "http://127.0.0.1:{monitor}"  # the server\'s own configuration' in shown
    ), shown


def test_run_in_the_place_of_the_monitor(start, tmp_path):
    port, monitor, place = free_port(), free_port(), free_port()
    (tmp_path / "nats.conf").write_text(
        f'server_name: "own"\nport: {port}\nhttp: "127.0.0.1:{monitor}"\njetstream {{ store_dir: "{tmp_path}/js" }}\n'
    )
    env = {
        "ARC_LISTEN": f"{place}",
        "ARC_STATE_DIR": str(tmp_path),
        "ARC_NATS_URL": f"127.0.0.1:{port}",
        "ARC_NATS_MIN_FREE": "1mb",
    }
    run = start(["nats-server", "-c", str(tmp_path / "nats.conf")], ["--service", "nats"], env=env)
    wait_until(lambda: accepts(place), f"the front listens: {run.log()}")
    wait_until(lambda: ask(place, "/readyz").status == 200, f"ready: {run.log()}")
    assert json.loads(ask(place, "/varz").body)["server_name"] == "own"
    # An agent that dies comes back to its place; the server does not notice.
    server, first = run.server(), run.agent()
    kill(first)
    run.agent(but=first)
    wait_until(
        lambda: accepts(place) and metrics(place).value("arc_sidecar_up") == 1, "the front is back"
    )
    assert run.server() == server
    if accepts(place, "::1"):
        connection = http.client.HTTPConnection("::1", place, timeout=5)
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200


@pytest.mark.xdist_group("second-port")
def test_a_taken_port_is_told_and_the_agents_work_goes_on(tmp_path):
    with (
        nats_server(tmp_path / "server") as server,
        silent_port() as taken,
        socket.socket() as second,
    ):
        env = nats_env(server) | {
            "ARC_LISTEN": f"127.0.0.1:{taken}",
            "ARC_STATE_DIR": str(tmp_path),
        }
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        second.bind(("127.0.0.1", SECOND_PORT))
        second.listen()
        log = tmp_path / "agent.log"
        with running([SIDECAR, "agent", "--service", "nats"], log, env=sidecar_environment(env)):
            told = f"no port to answer /metrics and probes on: 127.0.0.1:{taken}: Address already in use; 127.0.0.1:{SECOND_PORT}: Address already in use"
            wait_until(
                lambda: "bootstrap: created stream SYSTEM_METRICS" in log.read_text(),
                "bootstrapped",
            )
            assert log.read_text().count(told) == 1, log.read_text()


def test_off_listens_nowhere(tmp_path):
    with nats_server(tmp_path / "server") as server:
        env = nats_env(server) | {"ARC_LISTEN": "off", "ARC_STATE_DIR": str(tmp_path)}
        log = tmp_path / "agent.log"
        with running(
            [SIDECAR, "agent", "--service", "nats"], log, env=sidecar_environment(env)
        ) as process:
            wait_until(
                lambda: "bootstrap: created stream SYSTEM_METRICS" in log.read_text(),
                "bootstrapped",
            )
            assert "/metrics" not in log.read_text()
            assert children(process.pid) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "70000",
        "localhost:9121",
        "127.0.0.1",
        "::1:9121",
        "[127.0.0.1]:9121",
        "on",
        "1.2.3.4:",
    ],
)
def test_a_wrong_place_is_a_wrong_configuration(text):
    result = run_sidecar("check", "redis", "--listen", text)
    assert result.returncode in (64, 78)
    assert "listen" in result.stderr
    if text:
        assert (
            f"'{text}' is not auto, off, a port (9121) or an address and a port (127.0.0.1:9121)"
            in result.stderr
        )


def test_metrics_by_command(tmp_path):
    with redis_server(tmp_path / "server") as server:
        result = run_sidecar("metrics", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"})
        assert (result.returncode, result.stderr) == (0, "")
        assert Exposition(result.stdout).value("redis_up") == 1
    down = run_sidecar("metrics", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"})
    assert down.returncode == 0
    assert Exposition(down.stdout).value("redis_up") == 0
    assert (
        down.stderr
        == f"arc-sidecar: metrics: not read: 127.0.0.1:{server.port}: Connection refused\n"
    )
    assert run_sidecar("metrics").returncode == 64
    assert run_sidecar("metrics", "redis", "nats").returncode == 64


def test_metrics_and_probes_of_pulsar_are_its_verdict(tmp_path):
    env = {
        "ARC_PULSAR_URL": f"127.0.0.1:{free_port()}",
        "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{free_port()}",
    }
    with agent(tmp_path / "agent", "pulsar", env) as front:
        scraped = metrics(front.port)
        assert scraped.value("arc_sidecar_up", service="pulsar") == 0
        assert scraped.value("arc_sidecar_level", level="starting") == 1
        assert all(name.startswith("arc_sidecar_") for name in scraped.types)
        assert ask(front.port, "/startupz").status == 503
        assert ask(front.port, "/livez").status == 200
        assert first_line(run_sidecar("check", "pulsar", env=front.env)).startswith(
            "starting: pulsar: stage 1 of 6"
        )
