"""The short form of the overload test (support/overload.py), with servers on loopback: without a
container the agent has only its own limits."""

import contextlib
import os

import pytest

from support.overload import (
    SINK,
    Target,
    fresh_livez,
    memory_cap,
    nats_client,
    overload,
    redis_client,
)
from support.run_process import proc_status
from support.servers import SHIPPED, accepts, free_port, need, running, wait_until

SECONDS = float(os.environ.get("ARC_OVERLOAD_SECONDS", "1"))


@contextlib.contextmanager
def sink(directory):
    """A process that discards all bytes; yields its address."""
    port = free_port()
    with running(["python3", "-S", "-c", SINK, "127.0.0.1", str(port)], directory / "sink.log"):
        wait_until(lambda: accepts(port), "the sink listens")
        yield "127.0.0.1", port


def redis_run(tmp_path):
    port = free_port()
    argv = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(tmp_path),
        "--save",
        "",
        "--appendonly",
        "yes",
    ]
    return argv, {"ARC_REDIS_URL": f"127.0.0.1:{port}"}, redis_client("127.0.0.1", port)


def nats_run(tmp_path):
    """The agent listens on the monitoring port and the server's monitor on another, as in the
    image."""
    port, monitor = free_port(), free_port()
    argv = [
        need("nats-server"),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        str(monitor),
        "-js",
        "-sd",
        str(tmp_path / "js"),
        "-n",
        "overload",
    ]
    env = {
        "ARC_NATS_URL": f"127.0.0.1:{port}",
        "ARC_NATS_MONITOR_URL": f"127.0.0.1:{monitor}",
        "ARC_NATS_MIN_FREE": "1mb",
    }
    return argv, env, nats_client("127.0.0.1", port)


@pytest.mark.alone
@pytest.mark.parametrize(("service", "made"), [("redis", redis_run), ("nats", nats_run)])
def test_overload_harms_neither_the_server_nor_a_probe(start, tmp_path, service, made):
    argv, env, client = made(tmp_path)
    port = free_port()
    env |= {"ARC_LISTEN": f"127.0.0.1:{port}", "ARC_STATE_DIR": str(tmp_path)}
    run = start(argv, ["--service", service], env=env, binary=SHIPPED)  # it measures time
    wait_until(
        lambda: accepts(port) and fresh_livez("127.0.0.1", port)[0] == 200,
        f"the agent answers: {run.log()}",
    )
    target = Target(
        host="127.0.0.1",
        port=port,
        client=client,
        server_pid=run.server,
        agent_memory=lambda: int(proc_status(run.agent())["VmHWM"].split()[0]) * 1024,
        cap=memory_cap(None),
        log_size=lambda: run.err.stat().st_size,
    )
    agent = run.agent()
    with sink(tmp_path) as address:
        overload(target, address, SECONDS)
    assert run.agent() == agent, run.log()
