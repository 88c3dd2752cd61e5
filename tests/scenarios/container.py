"""Scenarios of the container: docker's health check, and PID 1."""

import signal
import subprocess
from pathlib import Path

from scenarios.matrix import NotRun, Setting, check, run, strict, table
from support.nats_tools import nats_env, nats_server
from support.run_process import children, group_exists, proc_status, python
from support.servers import (
    SIDECAR,
    free_port,
    redis_server,
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
    "50 checks of a silent server leave no process",
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


PROXIES = dict.fromkeys(
    ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "http://192.0.2.1:9",  # nothing answers there
)


@docker(
    "proxy-variables-nats",
    "proxy variables in the environment",
    strict(
        "nats",
        "ok",
        "nats.stream.ok",
        line="nats-server …: 3 streams as declared, JetStream on … free",
    ),
)
def proxies_nats(directory):
    with nats_server(directory) as server:
        assert run_sidecar("bootstrap", "nats", env=nats_env(server)).returncode == 0
        yield Setting(nats_env(server) | PROXIES)


@docker(
    "proxy-variables-redis",
    "proxy variables in the environment",
    strict("redis", "ok", "redis.persistence.ok"),
)
def proxies_redis(directory):
    with redis_server(directory) as server:
        yield Setting({"ARC_REDIS_URL": f"redis://127.0.0.1:{server.port}"} | PROXIES)


@docker(
    "localhost-ipv4-only-nats",
    "localhost is asked and the server has IPv4 only",
    strict("nats", "ok", "nats.stream.ok"),
)
def ipv4_only_nats(directory):
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
    "localhost-ipv4-only-redis",
    "localhost is asked and the server has IPv4 only",
    strict("redis", "ok", "redis.persistence.ok"),
)
def ipv4_only_redis(directory):
    with redis_server(directory, "--bind", "127.0.0.1") as server:
        yield Setting({"ARC_REDIS_URL": f"localhost:{server.port}"})


def _addresses_listed(service, code):
    @docker(
        f"localhost-connection-refused-{service}",
        "localhost is asked and no server listens: the addresses tried are listed",
        check(
            service,
            "unhealthy",
            code,
            line=(
                "…127.0.0.1:<port>: Connection refused…[::1]:<port>…",
                "…[::1]:<port>…127.0.0.1:<port>: Connection refused…",
            ),
        ),
    )
    def addresses_listed(directory):
        port = free_port()
        env = {
            f"ARC_{service.upper()}_URL": f"localhost:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
        }
        yield Setting(env, values={"port": port})


_addresses_listed("nats", "nats.connection.refused")
_addresses_listed("redis", "redis.connection.refused")


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
    "term-during-bootstrap",
    "TERM while the agent bootstraps: server and agent end",
    run(143, "server stopped on TERM", seconds=10),
)
def term_during_bootstrap(directory):
    agents = []

    def stop(started):
        wait_until(lambda: list(directory.glob("nats.agent.json")), "the agent bootstraps")
        agents.append(started.agent())
        started.send(signal.SIGTERM)

    yield Setting(
        {"ARC_STATE_DIR": str(directory)},
        command=["sleep", "1000"],
        flags=["--service", "nats", "--stop-signal", "TERM"],
        then=stop,
    )
    assert not proc_status(agents[0])


SAVER = """
import pathlib, signal, sys, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("up", flush=True)
signal.sigwait([signal.SIGTERM])
time.sleep(0.5)
pathlib.Path(sys.argv[0]).with_name("saved").touch()
"""


@pid1(
    "server-behind-shell",
    "a shell between PID 1 and the server: the shell ends on TERM, and the server saves its data",
    run(143, "server stopped on TERM", seconds=5),
)
def behind_a_shell(directory):
    def stop(started):
        started.wait_for(b"up")
        started.send(signal.SIGTERM)

    (directory / "saver.py").write_text(SAVER)
    command = " ".join([*python("")[:-2], str(directory / "saver.py")])
    yield Setting(command=["sh", "-c", f"{command}; true"], then=stop)
    assert (directory / "saved").exists()


def _status(slug, text, command, code, *words):
    @pid1(slug, text, run(code, *words))
    def ends(directory):
        yield Setting(command=command)


for _code in (0, 1, 3, 126, 127, 128, 137, 143, 255):
    _status(
        f"exit-code-{_code}",
        f"the server exits with {_code}",
        ["sh", "-c", f"exit {_code}"],
        _code,
        f"exit {_code} after ",
    )
for _signal in (
    signal.SIGTERM,
    signal.SIGKILL,
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGHUP,
    signal.SIGINT,
):
    _status(
        f"killed-by-{_signal.name[3:].lower()}",
        f"the server dies by {_signal.name[3:]}",
        ["sh", "-c", f"kill -{_signal.value} $$; sleep 5"],
        128 + _signal,
        f"server was killed by signal {_signal.value} ({_signal.name[3:]})",
        f", exit {128 + _signal} after ",
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
    """An orphan becomes a child of PID 1, which reaps it: in the end the server is left."""
    wait_until(lambda: b"up" in started.printed(), "all orphans are made", 120)
    wait_until(
        lambda: children(started.pid) == [started.server()], "no zombie and no orphan is left", 10
    )


@pid1(
    "thousand-orphans",
    "1,000 orphans: no zombie, and the server's exit status",
    run(7, "exit 7 after ", seconds=120),
)
def orphans(directory):
    yield Setting(command=python(ORPHANS), then=no_zombies)
