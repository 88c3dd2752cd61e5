"""`run`: the exit status is the server's own, and the log says why."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.run_process import python
from support.servers import run_sidecar, wait_until


def code_of(command, *flags):
    return run_sidecar("run", *flags, "--", *command)


def test_every_exit_code_is_forwarded():
    def wrong(code):
        got = code_of(["sh", "-c", f"exit {code}"]).returncode
        return None if got == code else f"{code} became {got}"

    with ThreadPoolExecutor(4) as pool:
        assert [text for text in pool.map(wrong, range(256)) if text] == []


def test_the_status_is_seen_also_where_chld_is_ignored_by_whoever_starts_us(start):
    run = start(
        ["sh", "-c", "exit 3"], preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    )
    assert run.wait() == 3


def test_the_log_says_start_and_end_and_nothing_else():
    result = code_of(["sh", "-c", "exit 3"])
    first, last = result.stderr.splitlines()
    assert first.startswith("arc-sidecar: started sh (pid ")
    assert last.startswith("arc-sidecar: server ended by itself, exit 3 after ")


def test_json_lines():
    result = code_of(["sh", "-c", "exit 3"], "--log-format", "json")
    first, last = map(json.loads, result.stderr.splitlines())
    assert (first["level"], last["level"]) == ("info", "error")
    assert last["message"].startswith("server ended by itself, exit 3")
    assert last["component"] == "init"
    assert last["time"].endswith("Z")


@pytest.fixture
def broken(tmp_path):
    """Files that cannot be executed, each for another reason."""
    (tmp_path / "plain").write_text("echo\n")
    (tmp_path / "no-interpreter").write_text("#!/no/such/shell\n")
    (tmp_path / "garbage").write_bytes(b"\0\1\2\3")
    (tmp_path / "directory").mkdir()
    for name in ("no-interpreter", "garbage"):
        (tmp_path / name).chmod(0o755)
    (tmp_path / "plain").chmod(0o644)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("plain", 126, "is not executable (mode 0644). Run chmod +x"),
        ("directory", 126, "is a directory"),
        ("garbage", 126, "exec format error"),
        ("no-interpreter", 127, "its interpreter or loader does not"),
        ("absent", 127, "no such file"),
    ],
)
def test_a_command_that_cannot_be_executed(broken, name, code, words):
    result = code_of([str(broken / name)])
    assert result.returncode == code
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"arc-sidecar: run: {broken / name}: ")
    assert words in line


def test_a_command_that_is_not_in_path(start, mode):
    run = start(["no-such-server"])
    assert run.wait() == 127
    (line,) = run.own_lines()
    assert line.startswith("run: no-such-server: command not found in PATH (")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "no command"),
        (["--sevice", "nats", "x"], "--sevice: unknown flag; did you mean '--service'?"),
        (["--service", "nat", "x"], "--service: unknown service 'nat'; did you mean 'nats'?"),
        (["--stop-signal", "KILL", "x"], "--stop-signal: 'KILL'"),
    ],
)
def test_usage_errors_are_64_and_start_nothing(args, words):
    result = run_sidecar("run", *args)
    assert result.returncode == 64
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("arc-sidecar: run: ")
    assert words in line


def test_an_unknown_service_in_the_environment_is_64():
    result = run_sidecar("run", "true", env={"ARC_SERVICE": "rediss"})
    assert result.returncode == 64
    assert "ARC_SERVICE: unknown service 'rediss'; did you mean 'redis'?" in result.stderr


HOG = "import time; print('up', flush=True); time.sleep(0.2); x = bytearray(256 << 20); x[::4096] = b'x' * len(x[::4096]); time.sleep(1000)"


@pytest.fixture
def small_cgroup():
    """A memory cgroup of 64 MiB below our own, v1 or v2; skips where none can be made."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    v1 = next(
        (line.split(":", 2)[2] for line in lines if "memory" in line.split(":")[1].split(",")), None
    )
    v2 = next((line.split(":", 2)[2] for line in lines if line.startswith("0::")), None)
    parent, limit = (
        (f"/sys/fs/cgroup/memory{v1}", "memory.limit_in_bytes")
        if v1
        else (f"/sys/fs/cgroup{v2}", "memory.max")
    )
    group = Path(parent) / f"arc-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / limit).write_text(str(64 << 20))
    except OSError as error:
        with_group = group.is_dir()
        if with_group:
            group.rmdir()
        pytest.skip(f"no memory cgroup can be made here: {error}")
    yield group
    wait_until(lambda: not (group / "cgroup.procs").read_text(), "the cgroup is empty")
    group.rmdir()


def test_an_out_of_memory_kill_is_told_from_any_other_kill(start, small_cgroup):
    run = start(
        python(HOG), preexec_fn=lambda: (small_cgroup / "cgroup.procs").write_text(str(os.getpid()))
    )
    assert run.wait() == 137
    assert (
        "server was killed by signal 9 (KILL): out of memory (cgroup counts 1 oom kill), exit 137"
        in run.own_lines()[-1]
    )
