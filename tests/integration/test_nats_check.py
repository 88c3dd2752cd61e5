"""Verdicts about a real nats-server, beside those of the scenarios (tests/scenarios/nats.py)."""

import contextlib
import json
import os
import socket
import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from scenarios.tables import named
from support.nats_tools import Nats, declare, half_a_server, http_get, nats_env, nats_server
from support.servers import (
    SIDECAR,
    first_line,
    free_port,
    need,
    run_sidecar,
    silent_port,
    wait_until,
)
from support.timing import MARGIN, overruns


def check(server_or_env, *arguments, **more):
    env = server_or_env if isinstance(server_or_env, dict) else nats_env(server_or_env)
    return run_sidecar("check", "nats", *arguments, env=env | more)


def bootstrapped(server):
    result = run_sidecar("bootstrap", "nats", env=nats_env(server))
    assert result.returncode == 0, result.stdout + result.stderr


def codes(result):
    """The findings of a JSON report, by code."""
    return {
        finding["code"]: finding for finding in json.loads(result.stdout)["services"][0]["findings"]
    }


def test_missing_stream_is_unhealthy(tmp_path):
    with nats_server(tmp_path) as server:
        bootstrapped(server)
        with Nats(server.port) as nats:
            nats.api("STREAM.DELETE.AGENT_EVENTS")
        result = check(server)
        assert result.returncode == 1
        assert (
            first_line(result)
            == "unhealthy: nats: stream AGENT_EVENTS is missing. Run `arc-sidecar bootstrap nats`."
        )


def test_missing_stream_is_starting_while_the_agent_is_at_it(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "nats.agent.json").write_text(
        json.dumps({"phase": "pending", "detail": "", "since_ms": 0})
    )
    with nats_server(tmp_path) as server:
        result = check(server, ARC_STATE_DIR=str(state))
        assert result.returncode == 1
        assert first_line(result).startswith(
            "starting: nats: stream AGENT_COMMANDS is missing, and the agent creates it"
        )


def test_what_a_newer_server_adds_is_no_drift(tmp_path):
    with nats_server(tmp_path) as server, Nats(server.port) as nats:
        bootstrapped(server)
        more = nats.config("SYSTEM_METRICS") | {"metadata": {"_nats.level": "1"}}
        assert "error" not in nats.api("STREAM.UPDATE.SYSTEM_METRICS", more)
        assert check(server, "--strict").returncode == 0


def test_the_inbox_is_not_permitted(tmp_path):
    conf = 'accounts { A { jetstream: enabled, users = [{user: a, password: p, permissions: {publish: ">", subscribe: "app.>"}}] } }'
    with nats_server(tmp_path, conf=conf) as server:
        result = check(server, ARC_NATS_USER="a", ARC_NATS_PASSWORD="p")
        assert result.returncode == 1
        assert "-ERR 'Permissions Violation for Subscription to \"_INBOX." in first_line(result)
        assert "Permit subscribing to _INBOX.>" in first_line(result)


def test_the_monitor_of_another_server_is_not_believed(tmp_path):
    with nats_server(tmp_path / "a") as one, nats_server(tmp_path / "b") as other:
        bootstrapped(one)
        result = check(nats_env(one, ARC_NATS_MONITOR_URL=f"127.0.0.1:{other.monitor}"))
        assert result.returncode == 0
        assert first_line(result).startswith("degraded: nats: ")
        assert "belongs to another server" in first_line(result)


def test_a_link_out_of_the_volume_is_seen(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume" / "link").symlink_to(tmp_path / "elsewhere")
    with nats_server(tmp_path, store=tmp_path / "volume" / "link") as server:
        result = check(server, ARC_NATS_DATA_DIR=str(tmp_path / "volume"))
        assert f"is not on the declared volume {tmp_path}/volume" in result.stdout


def test_a_server_that_recovers_is_starting(tmp_path):
    """A FIFO in the place of a stream's index holds up the recovery for as long as nobody writes to
    it."""
    with nats_server(tmp_path) as server:
        bootstrapped(server)
        with Nats(server.port) as nats:
            nats.publish("agent.a.cmd")
    index = (
        tmp_path / "data" / "jetstream" / "$G" / "streams" / "AGENT_COMMANDS" / "msgs" / "index.db"
    )
    index.unlink(missing_ok=True)
    os.mkfifo(index)
    with nats_server(tmp_path, ready=False) as server:
        answers = lambda: _quietly(lambda: http_get(server.monitor, "/varz")[0] == 200)
        wait_until(answers, "the monitoring port answers")
        result = check(server)
        assert result.returncode == 1
        assert (
            first_line(result)
            == f"starting: nats: the client port {server.port} is not open yet, because JetStream is recovering. Wait: it ends without help."
        )
        with open(index, "wb"):
            pass
        wait_until(lambda: check(server, "--strict").returncode == 0, "the server has recovered")


def _quietly(call):
    with contextlib.suppress(OSError, ValueError):
        return call()
    return None


def test_the_client_port_is_elsewhere(tmp_path):
    with nats_server(tmp_path) as server:
        result = check(nats_env(server, ARC_NATS_URL=f"127.0.0.1:{free_port()}"))
        assert result.returncode == 1
        assert (
            f"Correct ARC_NATS_URL: the server listens for clients on port {server.port}."
            in first_line(result)
        )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {},
            "the server requires credentials (Authorization Violation). Set ARC_NATS_USER and ARC_NATS_PASSWORD_FILE",
        ),
        (
            {"ARC_NATS_USER": "me", "ARC_NATS_PASSWORD": "wrong"},
            "the server rejects user 'me' (Authorization Violation)",
        ),
        ({"ARC_NATS_TOKEN": "wrong"}, "the server rejects the token (Authorization Violation)"),
    ],
)
def test_no_access_is_unhealthy_and_says_what_to_set(tmp_path, given, words):
    with nats_server(tmp_path, "--user", "me", "--pass", "right") as server:
        result = check(server, **given)
        assert result.returncode == 1
        assert first_line(result).startswith("unhealthy: nats: the server re")
        assert words in first_line(result)
        assert "wrong" not in result.stdout + result.stderr


def test_a_refusal_in_the_servers_own_words():
    """What a server with max_connections reached sends; a real one counts the test's own probe of
    its port for a moment."""
    info = b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n'
    with half_a_server(info, b"-ERR 'maximum connections exceeded'\r\n") as port:
        result = check({"ARC_NATS_URL": f"127.0.0.1:{port}"})
        assert result.returncode == 1
        assert (
            first_line(result)
            == f"unhealthy: nats: 127.0.0.1:{port} rejects the connection (maximum connections exceeded). Raise max_connections of the server or of the account, or close connections."
        )


def test_credentials_from_files_with_quotes_in_them(tmp_path):
    password = 'p"a\\s\ts","echo":"x'
    (tmp_path / "secret").write_text(password + "\n")
    conf = "authorization { user: %s, password: %s }" % (json.dumps('m"e'), json.dumps(password))
    with nats_server(tmp_path, conf=conf) as server:
        env = nats_env(server, ARC_NATS_USER='m"e', ARC_NATS_PASSWORD_FILE=str(tmp_path / "secret"))
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        assert check(env, "--strict").returncode == 0


def test_a_token(tmp_path):
    with nats_server(tmp_path, "--auth", 's3"cret') as server:
        env = nats_env(server, ARC_NATS_TOKEN='s3"cret')
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        assert check(env, "--strict").returncode == 0


def test_a_server_that_requires_tls_is_recognized(tmp_path):
    argv = [
        need("openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
    conf = "tls { cert_file: cert.pem, key_file: key.pem }"
    with nats_server(tmp_path, conf=conf) as server:
        result = check(server)
        assert result.returncode == 1
        assert first_line(result).startswith(
            f"unhealthy: nats: the certificate of 127.0.0.1:{server.port} is not trusted, unknown CA"
        )
    with nats_server(tmp_path, conf=conf + "\nallow_non_tls: true\n") as server:
        assert run_sidecar("bootstrap", "nats", env=nats_env(server)).returncode == 0
        assert check(server, "--strict").returncode == 0


@pytest.mark.alone  # a quarter of a second is measured
def test_a_server_that_requires_tls_and_hangs_costs_no_more_than_the_timeout():
    info = b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576,"tls_required":true}\r\n'
    with half_a_server(info) as port:
        result = in_time({"ARC_NATS_URL": f"127.0.0.1:{port}"})
        assert "did not finish the TLS handshake within 500ms" in first_line(result)


def test_something_else_on_the_port():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    web = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=web.serve_forever)
    thread.start()
    try:
        result = run_sidecar(
            "check", "nats", "--timeout", "1s", env={"ARC_NATS_URL": f"127.0.0.1:{web.server_port}"}
        )
    finally:
        web.shutdown()
        thread.join()
        web.server_close()
    assert result.returncode == 1
    assert first_line(result) == (
        f"unhealthy: nats: 127.0.0.1:{web.server_port} speaks HTTP and not NATS. Compare ARC_NATS_URL with the server's port."
    )


def test_a_monitor_that_is_something_else_is_degraded(tmp_path):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    web = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=web.serve_forever)
    thread.start()
    try:
        with nats_server(tmp_path) as server:
            bootstrapped(server)
            result = check(nats_env(server, ARC_NATS_MONITOR_URL=f"127.0.0.1:{web.server_port}"))
    finally:
        web.shutdown()
        thread.join()
        web.server_close()
    assert result.returncode == 0
    assert "answers /healthz with HTTP 404 and is not a nats-server's monitor" in first_line(result)


def has_ipv6():
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


@pytest.mark.skipif(not has_ipv6(), reason="no ::1 here")
def test_localhost_with_a_server_on_ipv6_only(tmp_path):
    with nats_server(tmp_path, host="::1") as server:
        env = nats_env(
            server,
            ARC_NATS_URL=f"localhost:{server.port}",
            ARC_NATS_MONITOR_URL=f"localhost:{server.monitor}",
        )
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        assert check(env, "--strict").returncode == 0
        literal = nats_env(
            server,
            ARC_NATS_URL=f"[::1]:{server.port}",
            ARC_NATS_MONITOR_URL=f"[::1]:{server.monitor}",
        )
        assert check(literal, "--strict").returncode == 0


def in_time(env):
    """The result of a check with half a second, which must not take longer; for tests that run
    alone."""
    (overrun,), (result,) = overruns("nats", env, 0.5, times=1, binary=SIDECAR)
    assert overrun <= MARGIN
    return result


@pytest.mark.alone
@pytest.mark.parametrize("ports", ["client", "monitor"])
def test_a_port_that_accepts_and_never_answers_costs_no_more_than_the_timeout(tmp_path, ports):
    with nats_server(tmp_path) as server, silent_port() as silent:
        bootstrapped(server)
        more = (
            {"ARC_NATS_URL": f"127.0.0.1:{silent}"}
            if ports == "client"
            else {"ARC_NATS_MONITOR_URL": f"127.0.0.1:{silent}"}
        )
        result = in_time(nats_env(server, **more))
        assert "did not answer within" in first_line(result)
        assert result.returncode == (1 if ports == "client" else 0)


@pytest.mark.alone
def test_a_stopped_server_costs_no_more_than_the_timeout(tmp_path):
    with named("NATS", "server-stopped").make(tmp_path) as setting:
        result = in_time(setting.env)
        assert result.returncode == 1
        assert first_line(result).startswith(
            f"unhealthy: nats: {setting.env['ARC_NATS_URL']} did not answer within 500ms"
        )


@pytest.mark.alone
def test_a_server_that_stops_answering_half_way():
    """The greeting and the PONG of a server, then silence: the answers of JetStream never come."""
    info = b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n'
    with half_a_server(info, b"PONG\r\n") as port:
        result = in_time(
            {
                "ARC_NATS_URL": f"127.0.0.1:{port}",
                "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
            }
        )
        assert result.returncode == 1
        assert "answers PING, but no request within 500ms" in first_line(result)


@pytest.mark.xdist_group("resolver")
def test_a_name_that_does_not_resolve():
    result = run_sidecar(
        "check", "nats", "--timeout", "1s", env={"ARC_NATS_URL": "no-such-host.invalid:4222"}
    )
    assert result.returncode == 1
    assert "no-such-host.invalid" in first_line(result)


def test_declared_names_that_cannot_be_streams_are_refused_with_their_line_and_never_sent(tmp_path):
    config = declare(tmp_path / "arc.toml", {"name": "A B", "subjects": ["a"]})
    with nats_server(tmp_path) as server:
        result = check(server, ARC_CONFIG=config)
        assert result.returncode == 78
        assert result.stdout == ""
        assert (
            f"{config}:1: nats.stream 'A B': no spaces, dots, wildcards or slashes" in result.stderr
        )
