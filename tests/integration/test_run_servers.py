"""`run` with the servers that it is for: a clean stop is a clean exit, and nothing acknowledged is
lost."""

import contextlib
import os
import signal
import subprocess

import pytest

from support.nats_tools import declare
from support.servers import accepts, free_port, need, redis_cli, wait_until


def started(start, command, flags, port):
    run = start(command, ["--no-agent", *flags])
    wait_until(
        lambda: accepts(port) or run.process.poll() is not None, f"the server listens: {run.log()}"
    )
    return run


@pytest.mark.parametrize(
    ("flags", "codes", "words"),
    [
        ([], {0}, "server stopped on TERM (sent INT), exit 0 after "),
        (
            ["--stop-signal", "TERM"],
            {0, 1},
            "server stopped on TERM, exit ",
        ),  # 2.10 leaves with 1, later ones with 0
    ],
)
def test_a_clean_stop_of_nats_is_a_clean_exit(start, tmp_path, flags, codes, words):
    port = free_port()
    command = [
        need("nats-server"),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        str(free_port()),
        "-js",
        "-sd",
        str(tmp_path / "store"),
    ]
    run = started(start, command, ["--service", "nats", *flags], port)
    run.send(signal.SIGTERM)
    code = run.wait()
    assert code in codes
    line = run.own_lines()[-1]
    assert line.startswith(words)
    assert ("nats-server 2.10 leaves with 1 on TERM; INT gives 0" in line) == (code == 1)


def test_redis_stops_with_0_and_keeps_what_it_acknowledged(start, tmp_path):
    port = free_port()
    command = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(tmp_path),
        "--appendonly",
        "yes",
    ]
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert run.own_lines()[-1].startswith("server stopped on TERM, exit 0 after ")
    run = started(start, command, ["--service", "redis"], port)
    wait_until(lambda: redis_cli(port, "GET", "key") == "kept", "the key is there")
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def fit_redis(start, tmp_path, **env):
    """A Redis that the agent calls fit, and its port."""
    port = free_port()
    command = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(tmp_path),
        "--appendonly",
        "yes",
        "--maxmemory",
        "512mb",
        "--save",
        "",
    ]
    run = start(
        command,
        ["--service", "redis"],
        env={"ARC_REDIS_URL": f"redis://127.0.0.1:{port}", "ARC_STATE_DIR": str(tmp_path)} | env,
    )
    # A server on loopback only is degraded.
    wait_until(
        lambda: "ok: redis: " in run.log() or "degraded: redis: " in run.log(),
        "the agent calls it fit",
    )
    return run, port


def unhealthy_redis(start, tmp_path, **env):
    """A Redis that was fit, until its append-only file was switched off."""
    run, port = fit_redis(start, tmp_path, ARC_REDIS_APPENDONLY="yes", **env)
    assert redis_cli(port, "CONFIG", "SET", "appendonly", "no") == "OK"
    return run


ENDING = (
    "has been unhealthy for 2s: ending it, so that the restart policy acts (end_unhealthy_after)"
)


def kept(run, why):
    """The server is not ended, although it has been unhealthy for so long, and the log says why."""
    wait_until(
        lambda: "and is not ended: a restart " in run.log() or run.process.poll() is not None,
        f"it is said: {run.log()}",
    )
    line = next(line for line in run.own_lines() if "and is not ended" in line)
    assert line.endswith(
        f" has been unhealthy for 2s and is not ended: a restart {why} (end_unhealthy_after)"
    ), line
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.process.wait(5)
    assert run.process.poll() is None, run.log()
    assert ENDING not in run.log()


def test_a_redis_that_would_lose_its_data_is_never_ended(start, tmp_path):
    run = unhealthy_redis(start, tmp_path, ARC_END_UNHEALTHY_AFTER="2s")
    kept(run, "would lose data: the append-only file is off")
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_a_hung_redis_that_would_lose_its_data_is_never_ended(start, tmp_path):
    run = unhealthy_redis(start, tmp_path, ARC_END_UNHEALTHY_AFTER="2s", ARC_TIMEOUT="1s")
    kept(run, "would lose data: the append-only file is off")
    os.kill(run.server(), signal.SIGSTOP)
    first = run.agent()
    os.kill(first, signal.SIGKILL)  # the next one has never heard of this server
    run.agent(but=first)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.process.wait(10)
    assert run.process.poll() is None, run.log()
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_a_redis_whose_password_is_wrong_is_not_ended(start, tmp_path):
    run, port = fit_redis(start, tmp_path, ARC_END_UNHEALTHY_AFTER="2s")
    assert redis_cli(port, "CONFIG", "SET", "requirepass", "other") == "OK"
    kept(run, "does not help")


def run_nats(start, tmp_path, *options, **env):
    """A nats-server that the agent calls fit, with an end after 2 s of being unhealthy."""
    port, monitor = free_port(), free_port()
    command = [
        need("nats-server"),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        str(monitor),
        "-js",
        "-sd",
        str(tmp_path / "store"),
        *options,
    ]
    urls = {
        "ARC_NATS_URL": f"nats://127.0.0.1:{port}",
        "ARC_NATS_MONITOR_URL": f"http://127.0.0.1:{monitor}",
        "ARC_NATS_MIN_FREE": "1mb",
    }
    run = start(
        command,
        ["--service", "nats"],
        env=urls
        | {"ARC_STATE_DIR": str(tmp_path), "ARC_END_UNHEALTHY_AFTER": "2s", "ARC_TIMEOUT": "1s"}
        | env,
    )
    wait_until(lambda: "ok: nats: " in run.log(), f"the agent calls it fit: {run.log()}")
    return run


def test_a_hung_nats_is_ended_and_that_is_a_failure(start, mode, tmp_path):
    run = run_nats(start, tmp_path)
    os.kill(run.server(), signal.SIGSTOP)
    assert run.wait(40) == 1, run.log()
    assert [line for line in run.own_lines() if line == f"nats {ENDING}"]
    assert run.own_lines()[-1].startswith(
        "server ended as unhealthy on TERM (sent INT), exit 0 after "
    )


def test_a_hung_nats_with_streams_in_memory_is_not_ended(start, tmp_path):
    declared = declare(
        tmp_path / "sidecar.toml", {"name": "VOLATILE", "subjects": ["v.*"], "storage": "memory"}
    )
    run = run_nats(start, tmp_path, ARC_CONFIG=declared)
    os.kill(run.server(), signal.SIGSTOP)
    kept(run, "would lose data: a declared stream is in memory")


@pytest.mark.nightly  # as long as the grace
def test_a_redis_that_hangs_and_does_not_obey_is_killed(start, tmp_path):
    port = free_port()
    command = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(tmp_path),
        "--appendonly",
        "yes",
        "--maxmemory",
        "512mb",
        "--save",
        "",
    ]
    command += ["--lua-time-limit", "0"]  # it never answers BUSY
    env = {
        "ARC_REDIS_URL": f"redis://127.0.0.1:{port}",
        "ARC_STATE_DIR": str(tmp_path),
        "ARC_END_UNHEALTHY_AFTER": "2s",
        "ARC_TIMEOUT": "1s",
    }
    run = start(command, ["--service", "redis"], env=env)
    wait_until(
        lambda: "ok: redis: " in run.log() or "degraded: redis: " in run.log(),
        "the agent calls it fit",
    )
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    with subprocess.Popen(
        [need("redis-cli"), "-p", str(port), "EVAL", "while true do end", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ):
        assert run.wait(100) == 137, run.log()
    assert "by arc-sidecar, because it did not stop, exit 137" in run.own_lines()[-1]
    run = started(start, command, ["--service", "redis"], port)
    wait_until(lambda: redis_cli(port, "GET", "key") == "kept", "nothing was lost")


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


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_the_log_says_why_redis_does_not_stop(start, tmp_path, known):
    """It cannot save, and has said so before (a snapshot failed), or finds out now."""
    port = free_port()
    data = tmp_path / "data"
    data.mkdir()
    command = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(data),
        "--appendonly",
        "no",
        "--save",
        "3600 1",
    ]
    run = start(
        command,
        ["--service", "redis"],
        env={
            "ARC_REDIS_URL": f"redis://127.0.0.1:{port}",
            "ARC_STATE_DIR": str(tmp_path),
            "ARC_REDIS_APPENDONLY": "no",
        },
    )
    wait_until(lambda: " redis: " in run.log(), "the agent has a verdict")
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    in_the_way = [data / f"temp-{run.server()}.rdb"]
    if known:  # a child of a number that is not known yet saves then
        in_the_way += [
            data / f"temp-{pid}.rdb" for pid in range(run.server() + 1, run.server() + 400)
        ]
    for one in in_the_way:
        one.mkdir()
    if known:
        redis_cli(port, "BGSAVE")
        wait_until(
            lambda: "rdb_last_bgsave_status:err" in redis_cli(port, "INFO", "persistence"),
            "a snapshot has failed",
        )
    run.send(signal.SIGTERM)
    wait_until(lambda: "redis does not stop: " in run.log(), f"the reason is said: {run.log()}", 9)
    line = next(line for line in run.own_lines() if line.startswith("redis does not stop: "))
    if known:
        assert "MISCONF" in line or "the last RDB save failed" in line, line
        assert f"({data} has " in line and " free)" in line, line
    else:
        assert (
            line
            == "redis does not stop: it still answers, as Redis does while it cannot save what is in memory: see its own log"
        )
    for one in in_the_way:
        one.rmdir()
    assert run.wait(15) == 0


def test_redis_that_forgets_a_term_is_asked_again(start, tmp_path):
    """While it cannot save: with save points it forgets a TERM, logs why, and goes on."""
    port = free_port()
    data = tmp_path / "data"
    data.mkdir()
    command = [
        need("redis-server"),
        "--port",
        str(port),
        "--dir",
        str(data),
        "--appendonly",
        "no",
        "--save",
        "3600 1",
    ]
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "SET", "key", "kept") == "OK"
    in_the_way = data / f"temp-{run.server()}.rdb"  # the name under which it saves
    in_the_way.mkdir()
    run.send(signal.SIGTERM)
    wait_until(
        lambda: "Errors trying to shut down" in run.printed().decode() + run.log(),
        "Redis forgets the TERM",
    )
    assert run.process.poll() is None
    in_the_way.rmdir()
    assert run.wait(15) == 0  # by nobody's second TERM but PID 1's
    run = started(start, command, ["--service", "redis"], port)
    assert redis_cli(port, "GET", "key") == "kept"
    run.send(signal.SIGTERM)
    assert run.wait() == 0
