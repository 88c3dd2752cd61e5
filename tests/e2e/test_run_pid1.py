"""`arc-sidecar run` as PID 1 of a real container, and below docker's own init.
The binary is mounted into an image that has a shell and Python: ours for building, which is always
there."""

import contextlib
import os
import pty
import select
import signal
import time

import pytest

from support.stack import OWN, RUN, docker, run, wait_until

IMAGE = "arc-toolchain:dev"
LABEL = f"arc.test.worker={OWN}"
BOTH = pytest.mark.parametrize("init", [(), ("--init",)], ids=["pid1", "below-init"])


def options(*more):
    binary = os.path.abspath(os.environ["ARC_SIDECAR"])
    return [
        "run",
        "--label",
        f"arc.test={RUN}",
        "--label",
        LABEL,
        "--network",
        "none",
        "-v",
        f"{binary}:/arc-sidecar:ro",
        *more,
        "--entrypoint",
        "/arc-sidecar",
        IMAGE,
        "run",
    ]


def foreground(*command, more=()):
    """Runs the command under the sidecar to its end; returns the CompletedProcess of docker, whose
    exit code is the container's."""
    return docker(*options("--rm", *more), "--", *command, check=False)


@pytest.fixture
def start():
    """Starts a container in the background: start(command, more options) -> its id. Removed after
    the test."""
    started = []

    def start_one(*command, more=()):
        started.append(docker(*options("--detach", *more), "--", *command).stdout.strip())
        return started[-1]

    yield start_one
    for container in started:
        docker("rm", "--force", container, check=False)


def log(container):
    result = docker("logs", container)
    return result.stdout + result.stderr


def stopped(container, seconds=10):
    """`docker stop`: the exit code and how long it took."""
    begin = time.monotonic()
    docker("stop", "--time", str(seconds), container)
    return int(
        docker("inspect", "--format", "{{.State.ExitCode}}", container).stdout
    ), time.monotonic() - begin


@BOTH
@pytest.mark.parametrize("code", [0, 3, 137, 255])
def test_exit_codes(init, code):
    assert foreground("sh", "-c", f"exit {code}", more=init).returncode == code


@BOTH
def test_a_thousand_orphans_leave_no_zombie(init):
    orphans = "i=0; while [ $i -lt 1000 ]; do (true &); i=$((i+1)); done"
    wait = "while grep -qs 'State:.Z' /proc/[0-9]*/status; do sleep 0.05; done"
    assert (
        foreground("timeout", "10", "sh", "-c", f"{orphans}; {wait}; exit 7", more=init).returncode
        == 7
    )


@BOTH
def test_docker_stop_reaches_a_server_behind_a_shell_and_waits_for_it(init, start):
    server = "trap 'sleep 1; echo saved; exit' TERM; echo up; while :; do sleep 0.1; done"
    container = start("sh", "-c", f'sh -c "{server}"; true', more=init)
    wait_until(lambda: "up" in log(container), "the server runs")
    code, seconds = stopped(container)
    assert code == 143
    assert seconds < 8
    assert "saved" in log(container)


def test_a_server_that_will_not_stop_is_killed_by_docker_only_and_said_before(start):
    container = start("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done")
    wait_until(lambda: "up" in log(container), "the server runs")
    code, seconds = stopped(container, 12)
    assert code == 137
    assert seconds > 11
    assert "server still runs 9.0 s after TERM. arc-sidecar waits for it and sends no KILL" in log(
        container
    )


def test_out_of_memory_is_said():
    hog = "x = bytearray(256 << 20); x[::4096] = b'x' * len(x[::4096])"
    result = foreground("python3", "-c", hog, more=["--memory", "64m", "--memory-swap", "64m"])
    assert result.returncode == 137
    assert (
        "server was killed by signal 9 (KILL): out of memory (cgroup counts 1 oom kill), exit 137"
        in result.stderr
    )


def test_an_exec_is_no_orphan_of_ours(start):
    # A `docker exec` (a health check, say) is nobody's child in the container: it is neither waited
    # for nor a reason to stay.
    container = start("sh", "-c", "echo up; sleep 1000")
    wait_until(lambda: "up" in log(container), "the server runs")
    docker("exec", "--detach", container, "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
    code, seconds = stopped(container)
    assert code == 143
    assert seconds < 5


def on_a_terminal(argv, keys):
    """Runs argv on a terminal of its own, types `keys` once it printed "up", and returns all it
    printed and its exit code."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    seen = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while select.select([fd], [], [], 30)[0]:
            block = os.read(fd, 4096)
            if b"up" in block and b"up" not in seen:
                os.write(fd, keys)
            seen += block
        os.kill(pid, signal.SIGTERM)  # silent for too long: the exit code will show it
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return seen.decode(errors="replace"), os.waitstatus_to_exitcode(status)


@BOTH
def test_ctrl_c_reaches_the_server_once(init):
    server = "trap 'echo heard' INT; echo up; sleep 1; exit 3"
    printed, code = on_a_terminal(
        ["docker", *options("--rm", "-it", *init), "--", "sh", "-c", server], b"\x03"
    )
    assert code == 3
    assert printed.count("heard") == 1


def test_ctrl_z_does_not_freeze_the_container():
    # No child of the server's here: a shell that is just starting one can hang at Ctrl-Z all by
    # itself.
    printed, code = on_a_terminal(
        ["docker", *options("--rm", "-it"), "--", "sh", "-c", "echo up; read x; exit 3"], b"\x1a\n"
    )
    assert code == 3
    assert "server was stopped from the terminal and is continued" in printed


def test_nothing_is_left_behind():
    assert run("docker", "ps", "--all", "--quiet", "--filter", f"label={LABEL}").stdout == ""
