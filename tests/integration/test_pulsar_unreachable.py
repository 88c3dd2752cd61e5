"""`check pulsar` where no broker answers as one, on ports of our own."""

import contextlib
import re
import socket

import pytest

from support.servers import first_line, free_port, run_sidecar, silent_port, talking_port


def check(port, admin_port, *args, **env):
    urls = {
        "ARC_PULSAR_URL": f"127.0.0.1:{port}",
        "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{admin_port}",
    }
    return run_sidecar("check", "pulsar", *args, env=urls | env)


@contextlib.contextmanager
def accepting_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def test_binary_port_alone_is_not_a_broker():
    """It accepts seconds before the admin port does: a TCP check is green far too early."""
    with accepting_port() as port:
        admin_port = free_port()
        result = check(port, admin_port)
    assert first_line(result).startswith(
        f"unhealthy: pulsar: the admin port cannot be reached (127.0.0.1:{admin_port} refused the connection)"
    )


def test_silent_admin_port_is_told_in_time():
    with accepting_port() as port, silent_port() as admin_port:
        result = check(port, admin_port, "--timeout", "500ms")
    # How long exactly is the machine's matter.
    assert re.match(
        r"unhealthy: pulsar: health did not answer in 0\.\d s \(/admin/v2/brokers/ready on 127\.0\.0\.1:",
        first_line(result),
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x00\x01\x02",
        b"",
    ],
)
def test_admin_port_of_something_else_is_unhealthy(answer):
    with accepting_port() as port, talking_port(answer) as admin_port:
        result = check(port, admin_port)
    assert first_line(result).startswith("unhealthy: pulsar: "), result.stdout
    assert result.returncode == 1


def test_ready_with_an_empty_rest_is_told_at_its_stage():
    """A broker's 200 to everything: the list of clusters is not one."""
    with (
        accepting_port() as port,
        talking_port(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        ) as admin_port,
    ):
        result = check(port, admin_port)
    assert (
        "the program on the admin port is not a Pulsar broker (the answer is not a list of names)"
        in first_line(result)
    )
