"""`run` with the servers that it is for: a clean stop is a clean exit, and nothing acknowledged is lost (shared case N17)."""

import contextlib
import signal
import subprocess

import pytest

from support.servers import accepts, free_port, need, redis_cli, wait_until


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


def unhealthy_redis(start, tmp_path, **env):
    """A Redis that was fit, and is not any more: its append-only file is off."""
    port = free_port()
    command = [need("redis-server"), "--port", str(port), "--dir", str(tmp_path), "--appendonly", "yes", "--maxmemory", "512mb", "--save", ""]
    run = start(command, ["--service", "redis"], env={"ARC_REDIS_URL": f"redis://127.0.0.1:{port}", "ARC_STATE_DIR": str(tmp_path), "ARC_REDIS_APPENDONLY": "yes"} | env)
    wait_until(lambda: "ok: redis: " in run.log() or "degraded: redis: " in run.log(), "the agent calls it fit")  # loopback only is degraded
    assert redis_cli(port, "CONFIG", "SET", "appendonly", "no") == "OK"
    return run


def test_a_server_that_stays_unhealthy_is_ended_where_that_was_asked_for(start, tmp_path):
    run = unhealthy_redis(start, tmp_path, ARC_END_UNHEALTHY_AFTER="2s")
    assert run.wait(40) == 0  # its own status: it was stopped in order
    lines = run.own_lines()
    (ended,) = [line for line in lines if "ending it, so that the restart policy acts" in line]
    assert ended == "redis has been unhealthy for 2s: ending it, so that the restart policy acts (end_unhealthy_after)"
    assert lines[-1].startswith("server stopped on TERM, exit 0 after ")


def test_a_server_that_stays_unhealthy_is_left_alone_by_default_and_said_once(start, tmp_path):
    run = unhealthy_redis(start, tmp_path)
    wait_until(lambda: "unhealthy: redis: " in run.log(), "the agent says it")
    before = len(run.own_lines())
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.process.wait(12)  # longer than the agent's pause between two verdicts
    assert run.process.poll() is None
    assert len(run.own_lines()) == before
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_redis_that_forgets_a_term_is_asked_again(start, tmp_path):
    """While it cannot save: with save points it forgets a TERM, logs why, and goes on."""
    port = free_port()
    data = tmp_path / "data"
    data.mkdir()
    command = [need("redis-server"), "--port", str(port), "--dir", str(data), "--appendonly", "no", "--save", "3600 1"]
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    in_the_way = data / f"temp-{run.server()}.rdb"  # the name under which it saves
    in_the_way.mkdir()
    run.send(signal.SIGTERM)
    wait_until(lambda: "Errors trying to shut down" in run.printed().decode() + run.log(), "Redis forgets the TERM")
    assert run.process.poll() is None
    in_the_way.rmdir()
    assert run.wait(15) == 0  # by nobody's second TERM but PID 1's
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "GET", "key") == "kept"
    run.send(signal.SIGTERM)
    assert run.wait() == 0
