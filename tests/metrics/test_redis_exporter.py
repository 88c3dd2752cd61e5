"""Beside Debian's prometheus-redis-exporter on the same server, series by series."""

import re
import urllib.request

import pytest

from support.exposition import Exposition
from support.servers import (
    accepts,
    free_port,
    need,
    redis_cli,
    redis_server,
    run_sidecar,
    running,
    wait_until,
)

# The exporter's own process.
THEIR_PROCESS = re.compile(r"(go|process|promhttp)_")
# The fourth field of a database is KeyDB's cached_keys there; Redis 8 has another one in that place
# (subexpiry).
MISREAD = "redis_db_keys_cached"
# What tells of a scrape, or of a moment: both scrapes are a scrape, too.
OF_THE_SCRAPE = re.compile(
    r"redis_exporter_|redis_(commands|cpu|net|connections|errors)_|redis_(latency_percentiles|instantaneous|total_(reads|writes|error)|uptime|start_time|eventloop|slowlog|mem_|memory_|allocator|client_recent)"
    r"|redis_(last_slow|reply_buffer|connected_clients|acl_|unexpected|io_threaded|aof_pending_bio|db_avg_ttl)"
)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    place = tmp_path_factory.mktemp("redis")
    with redis_server(place) as server:
        for number in range(50):
            redis_cli(server.port, "SET", f"key:{number}", "x" * number, "EX", 1000 + number)
        redis_cli(server.port, "GET", "nothing")
        redis_cli(server.port, "NONSENSE")
        port = free_port()
        argv = [
            need("prometheus-redis-exporter"),
            "--redis.addr",
            f"redis://127.0.0.1:{server.port}",
            "--web.listen-address",
            f"127.0.0.1:{port}",
        ]
        with running(argv, place / "exporter.log"):
            wait_until(lambda: accepts(port), "the exporter listens")
            url = f"http://127.0.0.1:{port}/metrics"
            urllib.request.urlopen(url, timeout=10).read()
            run_sidecar("metrics", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"})
            with urllib.request.urlopen(url, timeout=10) as answer:
                theirs = Exposition(answer.read().decode())
            ours = Exposition(
                run_sidecar(
                    "metrics", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}
                ).stdout
            )
            yield theirs, ours


def families(read):
    return {
        name: kind
        for name, kind in read.types.items()
        if not THEIR_PROCESS.match(name) and name != MISREAD
    }


def test_every_series_is_there_with_its_type_and_labels(both):
    theirs, ours = both
    wanted = families(theirs)
    missing = {name for name in wanted if name not in ours.types}
    print(
        f"\nfamilies of prometheus-redis-exporter that are here: {len(wanted) - len(missing)} of {len(wanted)}; here and not there: "
        f"{len([name for name in ours.types if name.startswith('redis_') and name not in wanted])}"
    )
    assert missing == set()
    assert {name: kind for name, kind in wanted.items() if ours.types[name] != kind} == {}
    assert {
        name: theirs.labels(name) for name in wanted if theirs.labels(name) != ours.labels(name)
    } == {}


def test_values_are_the_same(both):
    theirs, ours = both
    compared, different = 0, {}
    for (name, labels), number in theirs.samples.items():
        if name == MISREAD or THEIR_PROCESS.match(name) or OF_THE_SCRAPE.match(name):
            continue
        own = {
            key: value
            for (each, key), value in ours.samples.items()
            if each == name and dict(key) == dict(labels)
        }
        compared += 1
        if list(own.values()) != [number]:
            different[name, labels] = (number, list(own.values()))
    assert compared > 100
    assert different == {}


def test_moving_values_are_close(both):
    theirs, ours = both
    for name in (
        "redis_memory_used_bytes",
        "redis_memory_used_rss_bytes",
        "redis_start_time_seconds",
        "redis_uptime_in_seconds",
        "redis_db_avg_ttl_seconds",
    ):
        label = {"db": "db0"} if name.startswith("redis_db") else {}
        assert ours.value(name, **label) == pytest.approx(
            theirs.value(name, **label), rel=0.2, abs=3
        ), name
    for name in ("redis_commands_total", "redis_commands_duration_seconds_total"):
        assert ours.value(name, cmd="set") == theirs.value(name, cmd="set")
    assert ours.value("redis_commands_latencies_usec_count", cmd="set") == 50
