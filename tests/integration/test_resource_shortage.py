"""The sidecar's own want of descriptors or threads: said of the sidecar, never of the server, and
no reason to end it."""

import contextlib
import http.client
import resource
import subprocess

import pytest

from support.nats_tools import nats_env, nats_server
from support.servers import (
    SHIPPED,
    agent,
    first_line,
    redis_server,
    sidecar_environment,
    wait_until,
)

MiB = 1024 * 1024
SANITIZED = "/asan/" in SHIPPED


def run_limited(what, limit, *words, env):
    """The sidecar under a resource limit."""
    apply = lambda: resource.setrlimit(what, (limit, limit))
    return subprocess.run(
        [SHIPPED, *words],
        env=sidecar_environment(env),
        capture_output=True,
        text=True,
        timeout=20,
        preexec_fn=apply,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("service", ["nats", "redis", "pulsar"])
def test_an_agent_without_a_descriptor_says_so_of_itself(tmp_path, service):
    """Its limit is lowered to what it has open; the connection that asks is open before."""
    with contextlib.ExitStack() as stack:
        if service == "redis":
            env = {
                "ARC_REDIS_URL": f"127.0.0.1:{stack.enter_context(redis_server(tmp_path / 'server')).port}"
            }
        else:  # which stands for a broker, too: something that accepts
            server = stack.enter_context(nats_server(tmp_path / "server"))
            env = nats_env(server) | {
                "ARC_PULSAR_URL": f"127.0.0.1:{server.port}",
                "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{server.monitor}",
            }
        front = stack.enter_context(agent(tmp_path / "agent", service, env))
        kept = stack.enter_context(
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", front.port, timeout=20))
        )

        def ask_kept(path):
            kept.request("GET", path)
            answer = kept.getresponse()
            return answer.status, answer.read().decode()

        ask_kept("/livez")
        soft, hard = resource.prlimit(front.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(front.pid, resource.RLIMIT_NOFILE, (3, hard))
        said = wait_until(
            lambda: (
                (text := ask_kept("/readyz")[1]) and "sidecar.resources.exhausted" in text and text
            ),
            "the want is said",
        )
        assert "not reached" not in said and "refused" not in said, said
        status, text = ask_kept("/livez")
        assert status == 200, text
        resource.prlimit(front.pid, resource.RLIMIT_NOFILE, (soft, hard))
        wait_until(lambda: "sidecar.resources.exhausted" not in ask_kept("/readyz")[1], "and over")


@pytest.mark.skipif(SANITIZED, reason="the sanitizers need more than any limit")
def test_no_thread_is_a_finding_about_the_sidecar(tmp_path):
    """As with pids_limit: the threads of the NATS library cannot be made (here for want of memory
    for their stacks)."""
    with nats_server(tmp_path) as server:
        for words in (("check", "nats", "--live"), ("check", "nats")):
            result = run_limited(resource.RLIMIT_DATA, 12 * MiB, *words, env=nats_env(server))
            assert result.returncode == 0, result.stdout + result.stderr
            assert "the sidecar itself ran out of a resource" in first_line(result), result.stdout
        words = ("wait", "nats", "--timeout", "2s")
        result = run_limited(resource.RLIMIT_DATA, 12 * MiB, *words, env=nats_env(server))
        assert result.returncode == 1, "wait passes although nothing is known: " + result.stdout
