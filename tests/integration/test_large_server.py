"""A server with ten thousand streams, under the limits of a container."""

import resource
import time
import urllib.request

import pytest

from support.nats_tools import Nats, nats_env, nats_server
from support.overload import memory_cap
from support.run_process import proc_status
from support.servers import SHIPPED, accepts, free_port, running, sidecar_environment, wait_until

MiB = 1024 * 1024
SANITIZED = "/asan/" in SHIPPED


def ask(port, target, timeout):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{target}", timeout=timeout) as answer:
        return answer.status, answer.read().decode()


def memory_peak(pid):
    return int(proc_status(pid)["VmHWM"].split()[0]) * 1024


@pytest.mark.nightly  # ten thousand streams take their time
@pytest.mark.skipif(SANITIZED, reason="the sanitizers need more than any limit")
@pytest.mark.parametrize(("container", "consumers"), [(512, 0), (2048, 20_000)])
def test_a_scrape_of_ten_thousand_streams_fits_into_the_memory(tmp_path, container, consumers):
    """With the memory that the agent has in a container of this size in MiB."""
    cap, count = memory_cap(container * MiB), 10_000
    with nats_server(tmp_path / "server") as server:
        with Nats(server.port) as client:
            for number in range(count):
                name = f"ORDERS_{number:05}"
                client.api(
                    f"STREAM.CREATE.{name}",
                    {
                        "name": name,
                        "subjects": [f"orders.{number}"],
                        "storage": "memory",
                        "retention": "limits",
                        "discard": "old",
                    },
                )
            for number in range(consumers):
                stream, name = f"ORDERS_{number % count:05}", f"worker-{number}"
                client.api(
                    f"CONSUMER.CREATE.{stream}.{name}",
                    {
                        "stream_name": stream,
                        "config": {
                            "durable_name": name,
                            "ack_policy": "explicit",
                            "mem_storage": True,
                        },
                    },
                )
        port, log = free_port(), tmp_path / "agent.log"
        env = sidecar_environment(
            nats_env(server)
            | {
                "ARC_STATE_DIR": str(tmp_path),
                "ARC_LISTEN": f"127.0.0.1:{port}",
                "ARC_TIMEOUT": "30s",
            }
        )
        limit = lambda: resource.setrlimit(resource.RLIMIT_DATA, (cap, cap))
        with running([SHIPPED, "agent", "--service", "nats"], log, env=env, preexec=limit) as front:
            wait_until(lambda: accepts(port), "the front listens")
            for _ in range(3):
                start = time.monotonic()
                status, text = ask(port, "/metrics", timeout=60)
                took = time.monotonic() - start
                assert status == 200
                assert text.count("\njetstream_stream_total_messages{") >= count
                assert text.count("\njetstream_consumer_num_pending{") == consumers
                assert '\narc_sidecar_up{service="nats"} 1\n' in text
                print(
                    f"{len(text) / MiB:.1f} MiB in {took:.1f} s, {memory_peak(front.pid) / MiB:.0f} of {cap / MiB:.0f} MiB",
                    flush=True,
                )
            assert ask(port, "/livez", 20)[0] == 200
            assert memory_peak(front.pid) < cap
