"""Scenarios of the container: docker's health check, and PID 1."""

import signal
import subprocess
from pathlib import Path

from scenarios.matrix import NotRun, Setting, check, run, table
from support.nats_tools import nats_env, nats_server
from support.run_process import children, group_exists, proc_status, python
from support.servers import (
    SIDECAR,
    free_port,
    run_sidecar,
    sidecar_environment,
    silent_port,
    wait_until,
)

docker = table("Docker")
pid1 = table("PID 1")
ROOT = Path(__file__).resolve().parents[2]


@docker(
    "checks-leave-no-process",
    "50 checks of a server that hangs have left no process",
    check("nats", "unhealthy", "nats.connection.timeout"),
)
def nothing_left(directory):
    with silent_port() as port:
        env = {"ARC_NATS_URL": f"127.0.0.1:{port}", "ARC_NATS_MONITOR_URL": f"127.0.0.1:{port}"}
        argv = [SIDECAR, "check", "nats", "--timeout", "200ms"]
        how = {
            "env": sidecar_environment(env),
            "stdout": subprocess.DEVNULL,
            "start_new_session": True,
        }
        checks = [subprocess.Popen(argv, **how) for _ in range(50)]
        for one in checks:
            assert one.wait(30) == 1
            assert not group_exists(one.pid)
        yield Setting(env)


def start_interval_without_period(text):
    return "start-interval" in text.replace("_", "-") and "start-period" not in text.replace(
        "_", "-"
    )


@docker(
    "image-start-interval",
    "each image and compose file with a start interval has a start period",
    check("nats", "unhealthy", ""),
)
def start_intervals(directory):
    files = [*ROOT.glob("services/*/Dockerfile"), *ROOT.glob("services/*/docker-compose.yml")]
    assert len(files) >= 6
    wrong = [str(path) for path in files if start_interval_without_period(path.read_text())]
    assert not wrong, wrong
    yield Setting({"ARC_NATS_URL": f"127.0.0.1:{free_port()}"})


@docker("proxy-variables", "proxy variables in the environment", check("nats", "ok", "nats.stream.ok"))
def proxies(directory):
    away = dict.fromkeys(
        ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"), "http://192.0.2.1:9"
    )
    with nats_server(directory) as server:
        assert run_sidecar("bootstrap", "nats", env=nats_env(server)).returncode == 0
        yield Setting(nats_env(server) | away)


@docker(
    "localhost-ipv4-only",
    "localhost is asked and the server has IPv4 only",
    check("nats", "ok", "nats.stream.ok"),
)
def ipv4_only(directory):
    with nats_server(directory) as server:
        assert run_sidecar("bootstrap", "nats", env=nats_env(server)).returncode == 0
        yield Setting(
            nats_env(server)
            | {
                "ARC_NATS_URL": f"localhost:{server.port}",
                "ARC_NATS_MONITOR_URL": f"localhost:{server.monitor}",
            }
        )


@docker(
    "localhost-connection-refused",
    "localhost is asked and nobody listens: the addresses tried are listed",
    check("redis", "unhealthy", "redis.connection.refused", "127.0.0.1"),
)
def addresses_listed(directory):
    yield Setting({"ARC_REDIS_URL": f"localhost:{free_port()}"})


@docker(
    "compose-up-wait",
    "`up --wait` and a one-shot container that ends with 0",
    check("nats", "ok", ""),
)
def up_wait(directory):
    raise NotRun("needs the engine: tests/e2e/test_first_start.py asks make messaging-up twice")
    yield


def blocks_term(pid):
    return int(proc_status(pid).get("SigBlk", "0"), 16) & (1 << (signal.SIGTERM - 1))


def term_at_once(started):
    wait_until(
        lambda: started.process.poll() is not None or blocks_term(started.pid),
        "signals are blocked",
    )
    started.send(signal.SIGTERM)


@pid1("term-at-once", "TERM at the first moment", run(143))
def early_term(directory):
    yield Setting(command=["sleep", "1000"], then=term_at_once)


@pid1(
    "term-during-bootstrap", "TERM while the agent bootstraps", run(143, "server stopped on TERM")
)
def term_during_bootstrap(directory):
    def stop(started):
        started.agent()
        started.send(signal.SIGTERM)

    yield Setting(
        command=["sleep", "1000"], flags=["--service", "pulsar", "--preflight", "off"], then=stop
    )


@pid1(
    "server-behind-shell",
    "a shell between PID 1 and the server",
    run(143, "server stopped on TERM", seconds=5),
)
def behind_a_shell(directory):
    def stop(started):
        started.wait_for(b"up")
        started.send(signal.SIGTERM)

    yield Setting(command=["sh", "-c", "echo up; sleep 1000; true"], then=stop)


def _status(slug, text, command, code, words):
    @pid1(slug, text, run(code, words))
    def ends(directory):
        yield Setting(command=command)


for _code in (0, 1, 3):
    _status(
        f"exit-code-{_code}",
        f"the server exits with {_code}",
        ["sh", "-c", f"exit {_code}"],
        _code,
        f"exit {_code} after ",
    )
for _signal in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
    _status(
        f"killed-by-{_signal.name[3:].lower()}",
        f"the server dies by {_signal.name[3:]}",
        ["sh", "-c", f"kill -{_signal.value} $$"],
        128 + _signal,
        f"killed by signal {_signal.value} ({_signal.name[3:]})",
    )

ORPHANS = """
import os, time
for _ in range(1000):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(0.5)
        os._exit(0)
    os.wait()
print("up", flush=True)
time.sleep(3)
os._exit(7)
"""


def no_zombies(started):
    """An orphan becomes a child of PID 1, which reaps it: the server and the agent are left in the
    end."""
    wait_until(lambda: b"up" in started.printed(), "all orphans are made", 120)
    wait_until(lambda: len(children(started.pid)) <= 2, "no zombie and no orphan is left", 10)


@pid1(
    "thousand-orphans",
    "1,000 orphans: no zombie, and the server's own end is seen",
    run(7, "exit 7 after ", seconds=120),
)
def orphans(directory):
    yield Setting(command=python(ORPHANS), then=no_zombies)
