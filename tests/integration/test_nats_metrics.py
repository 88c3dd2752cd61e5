"""Whose series a scrape of NATS has, under which name, and what `up` says."""

import contextlib
import json

import pytest

from support.exposition import Exposition
from support.nats_tools import Nats, http_get, nats_env, nats_server
from support.servers import answering_port, free_port, run_sidecar


def scrape(env):
    result = run_sidecar("metrics", "nats", env=env)
    assert result.returncode == 0
    return Exposition(result.stdout), result


def labels(exposition, name, label):
    return {dict(key[1]).get(label) for key in exposition.samples if key[0] == name}


def test_the_series_of_another_server_are_not_exported(tmp_path):
    with nats_server(tmp_path / "a") as one, nats_server(tmp_path / "b") as other:
        read, result = scrape(nats_env(one, ARC_NATS_MONITOR_URL=f"127.0.0.1:{other.monitor}"))
        assert not [key for key in read.samples if key[0].startswith(("gnatsd_varz", "jetstream_"))]
        assert read.value("arc_sidecar_up") == 1  # the server of the client port answers
        assert "belongs to another server than the client port" in result.stderr
        read, _ = scrape(nats_env(one))
        assert read.value("arc_sidecar_up") == 1
        assert labels(read, "gnatsd_varz_connections", "server_id") == {"test"}


def test_a_server_without_its_monitoring_port_is_up(tmp_path):
    with nats_server(tmp_path, monitor=0) as server:
        assert scrape(nats_env(server))[0].value("arc_sidecar_up") == 1
    assert scrape(nats_env(server))[0].value("arc_sidecar_up") == 0


def test_a_server_without_a_name_has_the_same_label_after_each_start(tmp_path):
    monitor = free_port()
    for start in ("first", "second"):
        with nats_server(tmp_path / start, "-n", "", monitor=monitor) as server:
            with Nats(server.port) as nats:
                nats.create("A", ["a"])
            varz = http_get(monitor, "/varz")[1]
            assert varz["server_name"] == varz["server_id"]
            read, result = scrape(nats_env(server))
            for name in (
                "gnatsd_varz_connections",
                "gnatsd_connz_total",
                "jetstream_stream_total_bytes",
            ):
                assert labels(read, name, "server_id") == {f"127.0.0.1:{monitor}"}
            assert labels(read, "jetstream_stream_total_bytes", "stream_leader") <= {
                "",
                f"127.0.0.1:{monitor}",
            }
            assert labels(read, "jetstream_stream_total_bytes", "is_stream_leader") == {"true"}
            others = [line for line in result.stdout.splitlines() if varz["server_id"] in line]
            assert all("value=" in line for line in others), others


@contextlib.contextmanager
def monitor_of(pages):
    """A monitoring port that gives each path (without its query) this JSON."""

    def answer(connection):
        request = b""
        while b"\r\n\r\n" not in request:
            request += connection.recv(4096)
        body = json.dumps(pages[request.split()[1].decode().partition("?")[0]]).encode()
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body) + body)

    with answering_port(answer) as port:
        yield port


@pytest.mark.parametrize(("streams", "consumers"), [(3, 2), (2000, 2)])
def test_every_stream_and_consumer_is_read_whatever_the_size(streams, consumers):
    def stream(number):
        return {
            # Text that looks like the end of a list.
            "name": f'S{number}"]}},"stream_detail":[',
            "state": {"messages": number},
            "config": {"max_bytes": -1, "description": "x" * 3000},
            "consumer_detail": [
                {"name": f"c{index}", "num_pending": number + index} for index in range(consumers)
            ],
        }

    detail = [stream(number) for number in range(streams)]
    account = {"name": "$G", "id": "$G", "stream_detail": detail}
    pages = {
        "/varz": {"server_id": "N", "server_name": "n"},
        "/connz": {"server_id": "N"},
        "/healthz": {"status": "ok"},
        "/jsz": {
            "server_id": "N",
            "account_details": [account, {"name": "EMPTY", "stream_detail": []}],
        },
    }
    with monitor_of(pages) as port:
        read, _ = scrape(
            {
                "ARC_NATS_URL": f"127.0.0.1:{free_port()}",
                "ARC_NATS_MONITOR_URL": f"127.0.0.1:{port}",
                "ARC_TIMEOUT": "20s",
            }
        )
    assert read.value("arc_sidecar_up") == 1
    pending = {
        (dict(key[1])["stream_name"], dict(key[1])["consumer_name"]): value
        for key, value in read.samples.items()
        if key[0] == "jetstream_consumer_num_pending"
    }
    assert len(pending) == streams * consumers
    messages = [
        value for key, value in read.samples.items() if key[0] == "jetstream_stream_total_messages"
    ]
    assert sorted(messages) == list(range(streams))
    assert labels(read, "jetstream_account_storage_used", "account") == {"$G", "EMPTY"}
