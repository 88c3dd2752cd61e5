"""Redis on a socket in the file system: `unix:///run/redis.sock`."""

import contextlib
import shutil
import socket
import tempfile
from pathlib import Path

import pytest

from support.ports import free_port
from support.servers import (
    REDIS_DECLARED,
    agent,
    first_line,
    need,
    run_sidecar,
    running,
    wait_until,
)

PASSWORD = "on-a-socket-4711"


@pytest.fixture
def home():
    """A directory with a short name, which any user can reach."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextlib.contextmanager
def server(home, *options):
    """redis-server without a port. Yields its URL."""
    path = home / "redis.sock"
    (home / "log").unlink(missing_ok=True)
    argv = [need("redis-server"), "--port", "0", "--unixsocket", str(path), "--dir", str(home)]
    with running([*argv, *REDIS_DECLARED, *options], home / "log", cwd=home) as process:
        ready = b"eady to accept connections"  # it has loaded, too
        wait_until(
            lambda: ready in (home / "log").read_bytes() or process.poll() is not None,
            "redis-server listens",
        )
        assert process.poll() is None, (home / "log").read_text()
        yield f"unix://{path}"


def check(url, *words, user=None, **env):
    variables = {f"ARC_REDIS_{name.upper()}": value for name, value in env.items()}
    popen = {"user": user, "group": user, "extra_groups": []} if user else {}
    return run_sidecar(
        *(words or ("check",)), "redis", env={"ARC_REDIS_URL": url, **variables}, **popen
    )


def test_each_command_works_over_a_socket_with_a_password(home):
    with server(home, "--requirepass", PASSWORD) as url:
        assert first_line(check(url)).startswith("unhealthy: redis: the server requires a password")
        for words in (("check",), ("wait",), ("check", "--live"), ("metrics",)):
            result = check(url, *words, password=PASSWORD)
            assert result.returncode == 0, result.stdout + result.stderr
            assert PASSWORD not in result.stdout + result.stderr
        assert "\nredis_up 1\n" in result.stdout
        env = {"ARC_REDIS_URL": url, "ARC_REDIS_PASSWORD": PASSWORD}
        with (
            agent(home / "agent", "redis", env) as process,
            socket.create_connection(("127.0.0.1", process.port)) as client,
        ):
            client.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            assert b" 200 " in client.makefile("rb").readline()


def test_config_prints_the_url_of_a_socket_in_a_form_that_it_reads(home):
    url = f"unix://{home}/redis.sock"
    result = run_sidecar("config", env={"ARC_REDIS_URL": url})
    assert f'url = "{url}"' in result.stdout


def stale(path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()


@pytest.mark.parametrize(
    ("make", "live", "text"),
    [
        (
            lambda path: None,
            1,
            "there is no socket {path}. Check that the server runs, and that `unixsocket` in "
            "redis.conf is this path.",
        ),
        (
            stale,
            1,
            "{path}: Connection refused. Check that the server runs, and that `unixsocket` in "
            "redis.conf is this path.",
        ),
        (
            Path.touch,
            0,
            "{path} is not a socket of a server. Name the socket in the URL",
        ),
        (
            Path.mkdir,
            0,
            "{path} is not a socket of a server. Name the socket in the URL",
        ),
    ],
    ids=["absent", "stale", "file", "directory"],
)
def test_a_path_without_a_server_is_named_with_its_cause(home, make, live, text):
    path = home / "redis.sock"
    make(path)
    result = check(f"unix://{path}")
    assert result.returncode == 1
    assert first_line(result) == f"unhealthy: redis: {text.format(path=path)}"
    assert check(f"unix://{path}", "check", "--live").returncode == live


def test_a_socket_without_permission_names_owner_and_setting(home):
    with server(home, "--unixsocketperm", "700") as url:
        result = check(url, user=1000)
        assert first_line(result) == (
            f"unhealthy: redis: {home}/redis.sock: permission denied for 1000:1000, and the socket "
            "belongs to 0:0 (mode 0700). Let this user connect (`unixsocketperm`)"
        )
        assert check(url, "check", "--live", user=1000).returncode == 0, (
            "the server is not to blame"
        )
    with server(home, "--unixsocketperm", "777") as url:
        assert check(url, user=1000).returncode == 0


def test_a_server_that_accepts_no_connection_is_told_in_time(home):
    """Its queue is full, so connect() itself does not end."""
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as stack:
        listener.bind(str(home / "redis.sock"))
        listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                client = stack.enter_context(socket.socket(socket.AF_UNIX))
                client.setblocking(False)
                client.connect(str(home / "redis.sock"))
        result = run_sidecar(
            "check",
            "redis",
            "--timeout",
            "500ms",
            env={"ARC_REDIS_URL": f"unix://{home}/redis.sock"},
        )
        assert result.returncode == 1
        assert f"{home}/redis.sock: no answer within 500ms" in first_line(result)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("unix://run/redis.sock", "a URL of a socket is unix:// and an absolute path"),
        ("unix:///" + "a" * 107, "the path of a socket has at most 107 bytes"),
    ],
)
def test_a_url_that_is_none_of_a_socket_is_rejected(url, reason):
    result = check(url)
    assert result.returncode == 78
    assert reason in result.stderr


def preflight(home, url, *options):
    argv = ["redis-server", "--dir", str(home), *options]
    return run_sidecar("preflight", "--service", "redis", "--", *argv, env={"ARC_REDIS_URL": url})


def test_preflight_names_the_address_where_the_server_will_listen(home):
    port = str(free_port())
    plain, tls = "redis://127.0.0.1:9", "rediss://127.0.0.1:9"
    other = f"unix://{home}/other.sock"
    for options, right, wrong in (
        (("--port", "0", "--unixsocket", f"{home}/r.sock"), f"unix://{home}/r.sock", plain),
        (("--port", "0", "--unixsocket", "r.sock"), f"unix://{home}/r.sock", other),
        (("--port", port), f"redis://127.0.0.1:{port}", tls),
        (("--port", port), f"redis://127.0.0.1:{port}", other),
        (
            ("--port", "0", "--tls-port", port, "--tls-cert-file", "x"),
            f"rediss://127.0.0.1:{port}",
            plain,
        ),
    ):
        result = preflight(home, wrong, *options)
        assert result.returncode == 0
        assert result.stdout == (
            f"warning: redis.url is {wrong}, and the server will not listen there. "
            f"Set ARC_REDIS_URL={right}\n"
        )
        for good in (right, "redis://another-host:9"):
            assert not preflight(home, good, *options).stdout
