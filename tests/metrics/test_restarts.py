"""Scraping five times a second while the server restarts three times: every answer is well-formed
and in time, and no counter goes back."""

import contextlib
import http.client
import time

import pytest

from support.exposition import Exposition
from support.nats_tools import nats_server
from support.servers import agent, free_port, redis_server

TIMEOUT = 3.0  # of a scrape; the sidecar's default


def scrape(port):
    start = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    return Exposition(text), time.monotonic() - start


class Servers:
    """One server after the other on the same ports and data."""

    def __init__(self, service, directory):
        self.service, self.directory, self.port, self.monitor = (
            service,
            directory,
            free_port(),
            free_port(),
        )

    def start(self):
        if self.service == "redis":
            return redis_server(self.directory, port=self.port)
        return nats_server(self.directory, port=self.port, monitor=self.monitor)

    def env(self):
        if self.service == "redis":
            return {"ARC_REDIS_URL": f"127.0.0.1:{self.port}"}
        return {
            "ARC_NATS_URL": f"127.0.0.1:{self.port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{self.monitor}",
            "ARC_NATS_MIN_FREE": "1mb",
        }


def watch(port, seconds, restarts, servers):
    """Scrapes for so long; returns how many answers were up and down."""
    begin, period, seen, ups, downs, slowest = time.monotonic(), 0.2, {}, 0, 0, 0.0
    next_restart = [begin + seconds * (number + 1) / (restarts + 1) for number in range(restarts)]
    stack = contextlib.ExitStack()
    with stack:
        stack.enter_context(servers.start())
        while (now := time.monotonic()) < begin + seconds:
            if next_restart and now >= next_restart[0]:
                next_restart.pop(0)
                stack.close()
                read, _ = scrape(port)
                assert read.value("arc_sidecar_up") == 0
                downs += 1
                stack.enter_context(servers.start())
            read, took = scrape(port)
            slowest = max(slowest, took)
            up = read.value("arc_sidecar_up")
            ups, downs = ups + int(up), downs + int(not up)
            never_back(seen, read)
            time.sleep(max(0.0, period - took))
    assert slowest < TIMEOUT, slowest
    return ups, downs


def never_back(seen, read):
    """A counter is less than before only behind a start of the server (or, our own, never)."""
    start = {
        value
        for (name, _), value in read.samples.items()
        if name == "arc_sidecar_server_start_time_seconds"
    }
    for key, number in read.counters().items():
        before, run = seen.get(key, (0.0, start))
        ours = key[0].startswith(("arc_sidecar_", "redis_exporter_"))
        assert number >= before or (not ours and abs(min(start) - min(run)) > 0.5), (
            f"{key} went from {before} to {number}"
        )
        seen[key] = (number, start)


def campaign(service, place, seconds):
    servers = Servers(service, place / "server")
    with agent(place / "agent", service, servers.env()) as front:
        ups, downs = watch(front.port, seconds, 3, servers)
    print(f"\n{service}: {ups + downs} scrapes in {seconds} s, {ups} up, {downs} down")
    assert ups > downs > 2
    assert ups + downs > seconds * 2


@pytest.mark.parametrize("service", ["nats", "redis"])
def test_restarts(tmp_path, service):
    campaign(service, tmp_path, 12)


@pytest.mark.nightly
@pytest.mark.parametrize("service", ["nats", "redis"])
def test_restarts_for_a_minute(tmp_path, service):
    campaign(service, tmp_path, 60)
