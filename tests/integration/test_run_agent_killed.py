"""The agent is killed again and again, or stopped: probes over HTTP do not notice."""

import contextlib
import http.client
import os
import signal
import time

from support.run_process import kill
from support.servers import accepts, free_port, need, wait_until


def ask(port, target, timeout=20):
    """The status of an answer over a connection of its own."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    ) as connection:
        connection.request("GET", target)
        return connection.getresponse().status


def test_run_an_agent_that_is_killed_again_and_again_fails_no_probe(start, tmp_path):
    """Far more often than every five seconds, and no single probe fails: a client's connection
    waits for the next agent."""
    server, port = free_port(), free_port()
    argv = [
        need("redis-server"),
        "--port",
        str(server),
        "--dir",
        str(tmp_path),
        "--save",
        "",
        "--appendonly",
        "yes",
    ]
    run = start(
        argv,
        ["--service", "redis"],
        env={
            "ARC_LISTEN": f"127.0.0.1:{port}",
            "ARC_STATE_DIR": str(tmp_path),
            "ARC_REDIS_URL": f"127.0.0.1:{server}",
        },
    )
    wait_until(lambda: accepts(port) and ask(port, "/readyz") == 200, f"ready: {run.log()}")
    before, agent_pid, asked = run.server(), run.agent(), 0
    for _ in range(4):
        over = time.monotonic() + 3
        while time.monotonic() < over:
            began = time.monotonic()
            try:
                assert ask(port, "/livez", timeout=5) == 200
            except (ConnectionResetError, http.client.RemoteDisconnected):
                assert time.monotonic() < over - 2.5, (
                    "an answer is lost only with the agent that was at it"
                )
            assert time.monotonic() - began < 5  # the shipped timeout
            asked += 1
            time.sleep(0.02)
        kill(agent_pid)
        agent_pid = run.agent(but=agent_pid)
    assert asked > 100
    assert run.server() == before


def test_run_continues_an_agent_that_is_stopped(start, tmp_path):
    port = free_port()
    run = start(
        ["sleep", "60"],
        ["--service", "redis", "--preflight", "off"],
        env={"ARC_LISTEN": f"127.0.0.1:{port}", "ARC_STATE_DIR": str(tmp_path)},
    )
    wait_until(lambda: accepts(port), f"the agent listens: {run.log()}")
    agent = run.agent()
    os.kill(agent, signal.SIGSTOP)
    assert ask(port, "/startupz", timeout=10) == 503
    assert run.agent() == agent
    assert "agent was stopped by STOP and is continued" in run.own_lines()
