"""`run` with the servers that it is for: a clean stop is a clean exit, and nothing acknowledged is lost (shared case N17)."""

import signal

import pytest
from servers import accepts, free_port, need, redis_cli, wait_until


def started(start, command, flags, port):
    run = start(command, ["--no-agent", *flags])
    wait_until(lambda: accepts(port) or run.process.poll() is not None, f"the server listens: {run.log()}")
    return run


@pytest.mark.parametrize(
    ("flags", "codes", "words"),
    [
        ([], {0}, "server stopped on TERM (sent INT), exit 0 after "),
        (["--stop-signal", "TERM"], {0, 1}, "server stopped on TERM, exit "),  # 2.10 leaves with 1, later ones with 0
    ],
)
def test_n17_a_clean_stop_of_nats_is_a_clean_exit(start, tmp_path, flags, codes, words):
    port = free_port()
    command = [need("nats-server"), "-a", "127.0.0.1", "-p", str(port), "-m", str(free_port()), "-js", "-sd", str(tmp_path / "store")]
    run = started(start, command, ["--service", "nats", *flags], port)
    run.send(signal.SIGTERM)
    code = run.wait()
    assert code in codes
    line = run.own_lines()[-1]
    assert line.startswith(words)
    assert ("nats-server 2.10 leaves with 1 on TERM; INT gives 0" in line) == (code == 1)


def test_redis_stops_with_0_and_keeps_what_it_acknowledged(start, tmp_path):
    port = free_port()
    command = [need("redis-server"), "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes"]
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert run.own_lines()[-1].startswith("server stopped on TERM, exit 0 after ")
    run = started(start, command, ["--service", "redis"], port)
    wait_until(lambda: redis_cli(port, "GET", "key") == "kept", "the key is there")
    run.send(signal.SIGTERM)
    assert run.wait() == 0
