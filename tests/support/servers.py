"""Starting real servers and the sidecar. Whatever starts a process ends it."""

import contextlib
import hashlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.ports import free_port

SIDECAR = os.environ.get("ARC_SIDECAR", "")
# For questions of time: the binary that ships. A sanitized one takes longer to start and to end
# than what is asked about.
SHIPPED = os.environ.get("ARC_SIDECAR_SHIPPED") or SIDECAR
STOP_SECONDS = 15


def needs_sidecar():
    """For the conftest.py of tests that ask a binary: ends pytest when there is none."""
    if not os.path.isfile(SIDECAR):
        raise pytest.UsageError(
            "ARC_SIDECAR must name the binary to test, for example build/dev/arc-sidecar"
        )


def wait_until(condition, what, seconds=30.0):
    """Waits for `condition()` to be true and returns its value; fails with `what` when it does not
    come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


def accepts(port, host="127.0.0.1"):
    """Whether something accepts a TCP connection."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def sidecar_environment(env=None):
    """What the sidecar sees: nothing of the host but the sanitizers' options, and no configuration
    file. Its ports are this machine's, so an agent answers nowhere unless the test says where."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("ASAN_", "UBSAN_", "LSAN_"))
    }
    base = {
        "PATH": os.environ["PATH"],
        "ARC_CONFIG": "/dev/null",
        "ARC_STATE_DIR": "/nonexistent/arc",
        "ARC_LISTEN": "off",
    }
    return kept | base | (env or {})


def run_sidecar(*args, env=None, timeout=20.0, binary=SIDECAR, **popen):
    """Runs the sidecar to its end and returns its CompletedProcess, outputs as text."""
    how = {
        "capture_output": True,
        "text": True,
        "timeout": timeout,
        "stdin": subprocess.DEVNULL,
        "check": False,
    } | popen
    return subprocess.run([binary, *args], env=sidecar_environment(env), **how)  # noqa: PLW1510 - it is in `how`


def first_line(result):
    """The first line of standard output: what `docker inspect` shows."""
    return result.stdout.partition("\n")[0]


def end_process(process):
    """TERM, then KILL; a stopped process is continued, or it would not see the TERM."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(argv, log, cwd=None, env=None, preexec=None):
    """A process that is ended with the block; its output goes to the file `log`."""
    with open(log, "ab") as output:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            preexec_fn=preexec,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end_process(process)


@contextlib.contextmanager
def agent(directory, service, env, port=None):
    """The agent by itself, in `directory`, answering on a port of its own. Yields its process, with
    .port, .log and .env."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    env = env | {"ARC_LISTEN": f"127.0.0.1:{port}", "ARC_STATE_DIR": str(directory)}
    log = directory / "agent.log"
    with running(
        [SIDECAR, "agent", "--service", service], log, env=sidecar_environment(env)
    ) as process:
        process.port, process.log, process.env = port, log, env
        wait_until(lambda: accepts(port) or process.poll() is not None, "the front listens")
        assert process.poll() is None, log.read_text()
        yield process


def need(program):
    """The path of a program that the toolchain image has."""
    path = shutil.which(program)
    assert path, f"{program} is not installed: run the tests in the toolchain image"
    return path


def redis_cli(port, *words, stdin=None, timeout=60):
    """One command (or many on `stdin`) by redis-cli; returns its text, errors included."""
    argv = [need("redis-cli"), "-p", str(port), *map(str, words)]
    result = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
    )
    return (result.stdout + result.stderr).strip()


def limit_file_size(limit):
    """For `preexec`: files beyond `limit` bytes cannot be written (EFBIG), as if the disk were
    full."""

    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    return apply


REDIS_DECLARED = (
    "--appendonly",
    "yes",
    "--appendfsync",
    "everysec",
    "--maxmemory",
    "512mb",
    "--maxmemory-policy",
    "noeviction",
)


@contextlib.contextmanager
def redis_server(directory, *options, conf=None, port=None, preexec=None, loaded=True):
    """redis-server in `directory` with the file `conf`, the options that the platform declares,
    then `options`.

    Yields the process, with `.port`, once it has loaded its data, or, without `loaded`, once it
    listens."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    argv = [
        need("redis-server"),
        *([str(conf)] if conf else []),
        "--port",
        str(port),
        "--dir",
        str(directory),
        "--save",
        "",
        *REDIS_DECLARED,
        *map(str, options),
    ]
    with running(argv, directory / "redis.log", cwd=directory, preexec=preexec) as process:
        wait_until(lambda: accepts(port) or process.poll() is not None, "redis-server listens")
        assert process.poll() is None, (directory / "redis.log").read_text()
        process.port = port
        if loaded:
            wait_until(lambda: not redis_loads(port), "redis-server has loaded its data")
        yield process


def redis_loads(port):
    """Whether the server says that it loads its data: it listens before that."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port), timeout=1) as client,
    ):
        client.sendall(b"PING\r\n")
        return client.recv(64).startswith(b"-LOADING")
    return False


@contextlib.contextmanager
def redis_loading(directory, keys=40_000, microseconds=250):
    """A redis-server that loads its append-only file, for so many microseconds a key. Yields the
    process, with `.port`.

    It answers LOADING after each 1024 keys, which must take much less than a check has."""
    with redis_server(directory) as server:
        redis_cli(server.port, "EVAL", f"for i = 1, {keys} do redis.call('SET', i, i) end", 0)
        server.kill()  # no clean stop: the append-only file is what is left
        server.wait()
    with redis_server(
        directory, "--key-load-delay", str(microseconds), port=server.port, loaded=False
    ) as server:
        yield server
        server.kill()  # it hears no TERM until it has loaded


@contextlib.contextmanager
def redis_cluster(directory, *options, nodes=3):
    """A cluster of that many masters, formed and up. Yields the servers."""
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(redis_server(directory / str(number), *redis_node(), *options))
            for number in range(nodes)
        ]
        said = redis_cli(
            servers[0].port,
            "--cluster",
            "create",
            *(f"127.0.0.1:{server.port}" for server in servers),
            "--cluster-yes",
        )
        for server in servers:
            wait_until(
                lambda port=server.port: "cluster_state:ok" in redis_cli(port, "CLUSTER", "INFO"),
                f"the cluster is up: {said}",
            )
        yield servers


def redis_node():
    """Options of a node in cluster mode. Before Redis 7.0 the port of its bus is 10,000 above its
    own."""
    said = subprocess.run(
        [need("redis-server"), "--version"], capture_output=True, text=True, check=True
    ).stdout
    bus = () if " v=6." in said else ("--cluster-port", str(free_port()))
    return ("--cluster-enabled", "yes", *bus, "--cluster-node-timeout", "500")


def redis_with_keys(directory, *options):
    """A volume that a real Redis has filled with one key, and left in order."""
    with redis_server(directory, *options) as server:
        assert redis_cli(server.port, "SET", "key", "kept") == "OK"
        if "no" in options:
            assert redis_cli(server.port, "SAVE") == "OK"
    return directory


def contents(directory):
    """All that could change in a tree: names, owners, modes, bytes."""
    found = {}
    for path in sorted(directory.rglob("*")):
        info = path.lstat()
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path)] = (info.st_uid, info.st_gid, info.st_mode, digest)
    return found


@contextlib.contextmanager
def silent_port():
    """A port that accepts connections and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


@contextlib.contextmanager
def answering_port(answer):
    """A peer that calls answer(connection) for each connection, one after the other, and closes
    it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        listener.settimeout(0.1)
        stopped = threading.Event()

        def serve():
            while not stopped.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = listener.accept()
                    with connection:
                        connection.settimeout(5)
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


def talking_port(answer, listen_first=True):
    """A peer that sends the bytes `answer` (after it has heard something, if `listen_first`) and
    closes."""

    def talk(connection):
        if listen_first:
            connection.recv(65536)
        connection.sendall(answer)

    return answering_port(talk)
