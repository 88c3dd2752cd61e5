#!/usr/bin/env python3
"""bench.py [--pulsar] - what PID 1 and a check cost, beside other inits, the usual tools and the
least that is possible. Markdown on stdout.

All figures are ratios within this one run, to a line that is named; the runs of one table take
turns, so that what else the machine does meets them all."""

import argparse
import http.client
import os
import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from support.nats_tools import nats_env, nats_server
from support.pulsar_broker import Broker, home
from support.run_process import children, command_line
from support.servers import (
    SIDECAR,
    accepts,
    agent,
    end_process,
    free_port,
    redis_server,
    run_sidecar,
    running,
    sidecar_environment,
    wait_until,
)

STARTS = 200
CHECKS = 100
SCRAPES = 1000
REST_SECONDS = 20
STREAMS = ("AGENT_COMMANDS", "AGENT_EVENTS", "SYSTEM_METRICS")  # the usual ones


def compiled_floor(directory):
    program = directory / "floor"
    source = Path(__file__).with_name("floor.c")
    subprocess.run(
        ["g++", "-x", "c++", "-O2", "-static", "-o", program, source],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return str(program)


def quartiles(values):
    first, middle, _ = statistics.quantiles(values, n=4)
    return first, middle


def times(value, base):
    return f"{value / base:.2f} ×" if base else "–"


def table(title, heads, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(heads) + " |")
    print("|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")


# PID 1 -------------------------------------------------------------------------------------------------------------------------------


def inits():
    """Each init with the words before its command."""
    run = [SIDECAR, "run", "--log-format", "text"]
    return {
        "tini": ["/usr/bin/tini", "-s", "--"],
        "catatonit": ["/usr/bin/catatonit", "--"],
        "arc-sidecar run": [*run, "--"],
        "arc-sidecar run, with agent": [*run, "--service", "redis", "--preflight", "off", "--"],
    }


def start_times(floor):
    """ns from before the exec of each init until its child runs, in turns; without an init
    first."""
    ways = (
        {"no init": []}
        | inits()
        | {
            "arc-sidecar run, with preflight": [
                SIDECAR,
                "run",
                "--service",
                "redis",
                "--no-agent",
                "--",
            ]
        }
    )
    seen = {name: [] for name in ways}
    for _ in range(STARTS):
        for name, words in ways.items():
            begun = time.monotonic_ns()
            result = subprocess.run(
                [*words, floor],
                env=sidecar_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            seen[name].append(int(result.stdout) - begun)
    return seen


def memory(pid):
    """Private dirty and proportional memory in KiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return tuple(
        int(re.search(rf"^{field_}:\s+(\d+)", text, re.MULTILINE)[1])
        for field_ in ("Private_Dirty", "Pss")
    )


def wakeups(pid):
    """How often its threads have given up or lost the processor."""
    return sum(
        int(count)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for count in re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text())
    )


def init_and_agent(process):
    """The process itself, and the agent below it where there is one."""
    agents = [
        pid for pid in children(process.pid) if command_line(pid)[:2] == ["arc-sidecar", "agent"]
    ]
    return process.pid, agents[0] if agents else None


@dataclass
class AtRest:
    private: int
    shared: int
    wakes: int


def at_rest(directory):
    """Memory and wake-ups of each, after it has settled, at the same time for all. The agent
    watches a Redis that is fit."""
    with redis_server(directory / "rest") as server:
        env = sidecar_environment(
            {
                "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
                "ARC_STATE_DIR": str(directory),
                "ARC_METRICS_LISTEN": "",
            }
        )
        processes = {
            name: subprocess.Popen([*words, "sleep", "1000"], env=env, stderr=subprocess.DEVNULL)
            for name, words in inits().items()
        }
        try:
            time.sleep(5)
            pids = {name: init_and_agent(process) for name, process in processes.items()}
            watched = {name: pid for name, (pid, _) in pids.items()} | {
                f"{name}: the agent": pid for name, (_, pid) in pids.items() if pid
            }
            before = {name: wakeups(pid) for name, pid in watched.items()}
            time.sleep(REST_SECONDS)
            return {
                name: AtRest(*memory(pid), wakeups(pid) - before[name])
                for name, pid in watched.items()
            }
        finally:
            for process in processes.values():
                end_process(process)


def bench_pid1(directory, floor):
    rest = at_rest(directory)
    tini = rest["tini"]
    rows = [
        (name, times(one.private, tini.private), times(one.shared, tini.shared), one.wakes)
        for name, one in rest.items()
    ]
    table(
        "PID 1 at rest",
        (
            "parent of `sleep`",
            "private dirty, tini = 1",
            "Pss, tini = 1",
            f"wake-ups in {REST_SECONDS} s",
        ),
        rows,
    )
    seen = start_times(floor)
    base = quartiles(seen["no init"])
    rows = [
        (name, *(times(value, one) for value, one in zip(quartiles(values), base, strict=True)))
        for name, values in seen.items()
    ]
    table(
        f"From exec to the server's exec ({STARTS} runs)",
        ("init", "p25, no init = 1", "p50, no init = 1"),
        rows,
    )


# Checks ------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Way:
    """One way to ask, and what it cost."""

    argv: list
    verifies: str
    env: dict = field(default_factory=dict)
    turns: int = CHECKS
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    server_cpu: int = 0
    lines: int = 0


def on_cpu(pid):
    """ns that a process has run, its ended threads included: its CPU clock
    (clock_getcpuclockid(3))."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def ask(way, server_pid, log):
    lines, server = len(log.read_bytes().splitlines()), on_cpu(server_pid)
    begun = time.perf_counter_ns()
    process = subprocess.Popen(
        way.argv,
        env=sidecar_environment(way.env) | way.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    way.wall.append(time.perf_counter_ns() - begun)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{way.argv}: {process.returncode}"
    way.cpu.append(used.ru_utime + used.ru_stime)
    time.sleep(0.002)  # what the server does when its client has gone belongs to it, too
    way.server_cpu += on_cpu(server_pid) - server
    way.lines += len(log.read_bytes().splitlines()) - lines


def bench_checks(title, ways, server_pid, log):
    """`ways` by name; the first is the floor."""
    for turn in range(max(way.turns for way in ways.values())):
        for way in ways.values():
            if turn < way.turns:
                ask(way, server_pid, log)
    first = next(iter(ways.values()))
    rows = []
    for name, way in ways.items():
        ratios = (
            times(statistics.median(way.wall), statistics.median(first.wall)),
            times(statistics.fmean(way.cpu), statistics.fmean(first.cpu)),
        )
        server = times(way.server_cpu / way.turns, first.server_cpu / first.turns)
        rows.append((name, *ratios, server, f"{way.lines / way.turns:.1f}", way.verifies))
    heads = ("command", "wall p50", "client CPU", "server CPU", "log lines each", "verifies")
    table(f"{title} (first line = 1)", heads, rows)


def bench_redis(directory, floor):
    with redis_server(directory / "redis") as server:
        env = {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}
        ways = {
            "connect and PING in C": Way([floor, str(server.port), "redis"], "the port answers"),
            "exec of an empty static program": Way([floor], "nothing"),
            "INFO, CONFIG GET and PING in C": Way(
                [floor, str(server.port), "redis-all"], "nothing, but reads all data of a verdict"
            ),
            "`arc-sidecar check`": Way([SIDECAR, "check", "redis"], "the complete verdict", env),
            "`arc-sidecar check`, with the canary": Way(
                [SIDECAR, "check", "redis"],
                "the same, and a write",
                env | {"ARC_REDIS_CANARY": "true"},
            ),
            "`redis-cli ping`": Way(
                ["redis-cli", "-p", str(server.port), "ping"], "any reply, also LOADING and NOAUTH"
            ),
            "`nc -z`": Way(
                ["nc", "-z", "127.0.0.1", str(server.port)], "the port accepts connections"
            ),
        }
        bench_checks("A check of Redis", ways, server.pid, directory / "redis/redis.log")


def bench_nats(directory, floor):
    with nats_server(directory / "nats") as server:
        env = nats_env(server)
        assert run_sidecar("bootstrap", "nats", env=env).returncode == 0
        health = f"http://127.0.0.1:{server.monitor}/healthz"
        cli, home_ = (
            ["nats", "--server", f"nats://127.0.0.1:{server.port}", "server", "check"],
            {"HOME": str(directory)},
        )
        ways = {
            "connect and PING in C": Way(
                [floor, str(server.port), "nats"], "a NATS server answers"
            ),
            "exec of an empty static program": Way([floor], "nothing"),
            "GET /healthz in C": Way(
                [floor, str(server.monitor), "http"], "status 200, also with JetStream off"
            ),
            "all questions of a verdict in C": Way(
                [floor, str(server.port), "nats-all", str(server.monitor), *STREAMS],
                "nothing, but exchanges all data of a verdict",
            ),
            "`arc-sidecar check`": Way(
                [SIDECAR, "check", "nats"], "the complete verdict, three streams", env
            ),
            "`arc-sidecar check`, with the canary": Way(
                [SIDECAR, "check", "nats"],
                "the same, and a stored message",
                env | {"ARC_NATS_CANARY": "true"},
            ),
            "busybox `wget` on /healthz": Way(
                ["busybox", "wget", "-q", "-O", "/dev/null", health],
                "status 200, also with JetStream off",
            ),
            '`sh -c "wget … || exit 1"`': Way(
                ["sh", "-c", f"busybox wget -q -O /dev/null {health} || exit 1"],
                "status 200, also with JetStream off",
            ),
            "`wget` on /healthz": Way(
                ["wget", "-q", "-O", "/dev/null", health], "status 200, also with JetStream off"
            ),
            "`curl -f` on /healthz": Way(
                ["curl", "-fsS", health], "status 200, also with JetStream off"
            ),
            "`nats server check connection`": Way(
                [*cli, "connection"], "connect, round trip", home_
            ),
            "`nats server check stream`": Way(
                [*cli, "stream", "--stream", "AGENT_EVENTS"], "one stream exists", home_
            ),
            "`nc -z`": Way(
                ["nc", "-z", "127.0.0.1", str(server.port)], "the port accepts connections"
            ),
        }
        bench_checks("A check of NATS", ways, server.pid, server.log)


# Scrapes -----------------------------------------------------------------------------------------------------------------------------


def scrape(connection):
    """One scrape on a kept connection, in ns."""
    begun = time.monotonic_ns()
    connection.request("GET", "/metrics")
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200 and b"redis_up 1" in text
    return time.monotonic_ns() - begun


def cpu_ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def peak(pid, name):
    return int(
        re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)[1]
    )


THEIRS, OURS = "`prometheus-redis-exporter`", "the agent of `arc-sidecar`"


def bench_scrapes(directory):
    """An agent and an exporter beside one Redis, scraped in turns."""
    directory.mkdir()
    ports = {THEIRS: free_port(), OURS: free_port()}
    with redis_server(directory / "redis") as server:
        url = f"redis://127.0.0.1:{server.port}"
        theirs = [
            "prometheus-redis-exporter",
            "--redis.addr",
            url,
            "--web.listen-address",
            f"127.0.0.1:{ports[THEIRS]}",
        ]
        with (
            running(theirs, directory / "theirs.log") as exporter,
            agent(directory / "ours", "redis", {"ARC_REDIS_URL": url}, ports[OURS]) as ours,
        ):
            pids = {THEIRS: exporter.pid, OURS: ours.pid}
            wait_until(lambda: accepts(ports[THEIRS]), "the exporter listens")
            connections = {
                name: http.client.HTTPConnection("127.0.0.1", port) for name, port in ports.items()
            }
            before = {name: cpu_ticks(pid) for name, pid in pids.items()}
            walls = {name: [] for name in ports}
            for _ in range(SCRAPES):
                for name, connection in connections.items():
                    walls[name].append(scrape(connection))
            figures = {
                name: (
                    statistics.median(walls[name]),
                    cpu_ticks(pid) - before[name],
                    peak(pid, "VmHWM"),
                    peak(pid, "RssAnon"),
                )
                for name, pid in pids.items()
            }
    rows = [
        (name, *(times(value, of) for value, of in zip(mine, figures[THEIRS], strict=True)))
        for name, mine in figures.items()
    ]
    table(
        f"{SCRAPES} scrapes of Redis (first line = 1)",
        ["command", "wall p50", "CPU", "peak memory (RSS)", "private memory at the end"],
        rows,
    )


def fresh_deep_result(directory):
    """What the agent leaves; far enough in the future of its making to be young for the whole
    bench."""
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    (directory / "pulsar.deep.json").write_text(
        '{"level": "ok", "text": "health answered ok", "at_ms": %d}' % now
    )
    return {"ARC_STATE_DIR": str(directory)}


def bench_pulsar(directory):
    broker = Broker(directory / "pulsar")
    with broker.started():
        wait_until(
            lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0,
            "the broker is ready",
            150,
        )
        wait_until(lambda: broker.admin("brokers/health")[0] == 200, "the first deep health", 90)
        own = broker.environment()
        admin = f"http://127.0.0.1:{broker.admin_port}"
        ways = {
            "`curl -f` on /brokers/ready": Way(
                ["curl", "-fsS", f"{admin}/admin/v2/brokers/ready"], "the JVM runs", turns=30
            ),
            "`arc-sidecar check`, deep result of the agent": Way(
                [SIDECAR, "check", "pulsar"],
                "the complete verdict",
                own | fresh_deep_result(directory),
                30,
            ),
            "`arc-sidecar check`, alone": Way(
                [SIDECAR, "check", "pulsar", "--timeout", "10s"], "the complete verdict", own, 10
            ),
            "`arc-sidecar check`, alone, with the canary": Way(
                [SIDECAR, "check", "pulsar", "--timeout", "10s"],
                "the same, and a message in a new ledger",
                own | {"ARC_PULSAR_CANARY": "true"},
                10,
            ),
            "`curl -f` on /brokers/health": Way(
                ["curl", "-fsS", f"{admin}/admin/v2/brokers/health"],
                "a message passes through the ledgers",
                turns=10,
            ),
            "`pulsar-admin brokers healthcheck`": Way(
                [str(home() / "bin/pulsar-admin"), "--admin-url", admin, "brokers", "healthcheck"],
                "a message passes through the ledgers",
                {"PATH": os.environ["PATH"]},
                2,
            ),
        }
        bench_checks("A check of Pulsar", ways, broker.process.pid, broker.directory / "broker.log")


def versions():
    packages = subprocess.run(
        [
            "dpkg-query",
            "-W",
            "-f",
            "${Package} ${Version}, ",
            "busybox",
            "tini",
            "catatonit",
            "curl",
            "wget",
            "netcat-openbsd",
            "redis-server",
            "nats-server",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    cli = subprocess.run(
        ["nats", "--version"],
        env={"HOME": "/tmp"},
        executable="/usr/local/bin/nats",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return (
        run_sidecar("--version").stdout.partition("\n")[0]
        + "; "
        + packages.stdout
        + f"nats CLI {cli}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pulsar", action="store_true", help="Pulsar, too (half a minute)")
    options = parser.parse_args()
    print(f"Measured with: {versions()}. One run; the commands of a table ran in turn.")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        floor = compiled_floor(directory)
        bench_pid1(directory, floor)
        bench_redis(directory, floor)
        bench_nats(directory, floor)
        bench_scrapes(directory / "scrapes")
        if options.pulsar:
            bench_pulsar(directory)


if __name__ == "__main__":
    main()
