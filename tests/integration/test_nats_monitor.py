"""The monitor of a nats-server on any address, behind a base path, on HTTPS: it is found in the
server's configuration, and it can be configured."""

import json
import urllib.request

import pytest

from support.certificates import Authority
from support.exposition import Exposition
from support.nats_tools import nats_env, nats_server
from support.servers import first_line, free_port, run_sidecar, wait_until


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def tls_block(authority):
    cert, key = authority.issue("monitor", "IP:127.0.0.1", "IP:::1", "DNS:localhost")
    return f'tls {{ cert_file: "{cert}", key_file: "{key}" }}\n'


# What the configuration says of the client port and of the monitor, and where the monitor is then.
FOUND = {
    "address": ("listen: 127.0.0.1:PORT\nhttp: 127.0.0.1:MONITOR", "http://127.0.0.1:MONITOR"),
    "ipv6": ('host: "::1"\nport: PORT\nhttp: "[::1]:MONITOR"', "http://[::1]:MONITOR"),
    "ipv6-by-host": ('host: "::1"\nport: PORT\nhttp_port: MONITOR', "http://[::1]:MONITOR"),
    "all-of-ipv6": ('host: "::"\nport: PORT\nhttp: "[::]:MONITOR"', "http://127.0.0.1:MONITOR"),
    "name": ("port: PORT\nhttp: localhost:MONITOR", "http://localhost:MONITOR"),
    "base-path": (
        "port: PORT\nhttp: MONITOR\nhttp_base_path: /a b/c/",
        "http://127.0.0.1:MONITOR/a%20b/c",
    ),
    "https": ("port: PORT\nhttps: localhost:MONITOR\nTLS", "https://localhost:MONITOR"),
    "https-and-path": (
        "port: PORT\nhttps_port: MONITOR\nhttp_base_path: nats\nTLS",
        "https://127.0.0.1:MONITOR/nats",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_run_the_agent_and_check_find_the_monitor(start, tmp_path, authority, name):
    conf, expected = FOUND[name]
    port, monitor, place = free_port(), free_port(), free_port()
    conf = conf.replace("TLS", tls_block(authority)).replace("/a b/c/", '"/a b/c/"')
    conf = conf.replace("PORT", str(port)).replace("MONITOR", str(monitor))
    (tmp_path / "nats.conf").write_text(f'{conf}\njetstream {{ store_dir: "{tmp_path}/js" }}\n')
    env = {
        "ARC_LISTEN": str(place),
        "ARC_STATE_DIR": str(tmp_path),
        "ARC_NATS_MIN_FREE": "1mb",
        "ARC_NATS_CA_FILE": str(authority.ca),
    }
    start(["nats-server", "-c", str(tmp_path / "nats.conf")], ["--service", "nats"], env=env)

    def is_fit():
        return run_sidecar("check", "nats", env=env).returncode == 0

    wait_until(is_fit, "the agent has created its streams")
    result = run_sidecar("check", "nats", env=env)
    assert "nats.monitor" not in result.stdout, result.stdout
    shown = run_sidecar("config", env=env).stdout
    url = expected.replace("MONITOR", str(monitor))
    assert f'monitor_url = "{url}"  # the server\'s own configuration' in shown
    # The agent's port has the server's metrics, and passes on all other paths without the base path.
    with urllib.request.urlopen(f"http://127.0.0.1:{place}/metrics") as answer:
        assert Exposition(answer.read().decode()).value("gnatsd_varz_port") == port
    with urllib.request.urlopen(f"http://127.0.0.1:{place}/varz?x=1") as answer:
        assert json.load(answer)["port"] == port


def test_a_base_path_is_configured_in_the_url(tmp_path):
    with nats_server(tmp_path, conf="http_base_path: /nats") as server:
        env = nats_env(server)
        result = run_sidecar("check", "nats", env=env)
        assert "answers /healthz with HTTP 404" in result.stdout
        assert "has another http_base_path" in result.stdout
        url = f"http://127.0.0.1:{server.monitor}/nats/"
        result = run_sidecar("bootstrap", "nats", env=env | {"ARC_NATS_MONITOR_URL": url})
        assert result.returncode == 0, result
        result = run_sidecar("check", "nats", env=env | {"ARC_NATS_MONITOR_URL": url})
        assert result.returncode == 0 and first_line(result).startswith("ok: "), result.stdout
        result = run_sidecar("metrics", "nats", env=env | {"ARC_NATS_MONITOR_URL": url})
        assert "gnatsd_varz_port" in result.stdout


def test_a_monitor_that_speaks_https_is_named(tmp_path, authority):
    port = free_port()
    conf = f'https: "127.0.0.1:{port}"\n{tls_block(authority)}'
    with nats_server(tmp_path, conf=conf, monitor=0) as server:
        server.monitor = port
        env = nats_env(server) | {"ARC_NATS_CA_FILE": str(authority.ca)}
        result = run_sidecar("check", "nats", env=env)
        assert (
            f"127.0.0.1:{port} requires TLS). Set ARC_NATS_MONITOR_URL to https://127.0.0.1:{port}."
            in result.stdout
        ), result.stdout
        assert "nats.monitor.tls" in result.stdout
        # the remedy
        env["ARC_NATS_MONITOR_URL"] = f"https://127.0.0.1:{port}"
        assert "nats.monitor" not in run_sidecar("check", "nats", env=env).stdout
    # and the other way round
    with nats_server(tmp_path / "plain") as server:
        env = nats_env(server) | {"ARC_NATS_MONITOR_URL": f"https://127.0.0.1:{server.monitor}"}
        result = run_sidecar("check", "nats", env=env)
        assert "nats.monitor.tls" in result.stdout
        assert "does not begin with TLS). Set ARC_NATS_MONITOR_URL to http://" in result.stdout
