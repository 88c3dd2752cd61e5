"""`run`: children, orphans, descriptors, output and the agent."""

import ctypes
import json
import os
import signal
import subprocess

import pytest

from support.run_process import (
    alive,
    children,
    command_line,
    descendants,
    kill,
    proc_status,
    python,
)
from support.servers import wait_until


def test_the_server_s_end_among_a_thousand_others(start, mode):
    run = start(
        ["sh", "-c", "i=0; while [ $i -lt 300 ]; do (sleep 0.1 &); i=$((i+1)); done; exit 7"]
    )
    assert run.wait() == 7


def test_ends_that_share_one_signal_leave_no_zombie(start, mode):
    """The kernel does not count SIGCHLD: whatever ends while PID 1 does not run is one signal."""
    reader, writer = os.pipe()
    run = start(
        ["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 1000 &); done; read x; exit 7"],
        stdin=reader,
    )
    os.close(reader)
    pid = run.pid
    wait_until(
        lambda: sum(command_line(child)[0] == "sleep" for child in children(pid)) == 10,
        "ten orphans run",
    )
    orphans = [child for child in children(pid) if command_line(child)[0] == "sleep"]
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: proc_status(pid)["State"].startswith("T"), "PID 1 is stopped")
    for orphan in orphans:
        kill(orphan)
    wait_until(lambda: not any(alive(orphan) for orphan in orphans), "all ten have ended")
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: not any(proc_status(orphan) for orphan in orphans), "no zombie is left")
    os.write(writer, b"\n")
    os.close(writer)
    assert run.wait() == 7


def test_what_the_server_leaves_is_ended_before_the_exit(start, mode):
    orphan = "trap 'echo ended; exit' TERM; echo up; sleep 1000 & wait"
    reader, writer = os.pipe()
    run = start(
        ["sh", "-c", f'sh -c "{orphan}" & setsid sh -c "{orphan}" & read x; exit 5'], stdin=reader
    )
    os.close(reader)
    wait_until(lambda: run.printed().count(b"up") == 2, "both run")
    left = descendants(run.pid)
    os.close(writer)
    assert run.wait(8) == 5  # without the TERM it would wait for them
    assert run.printed().count(b"ended") == 2
    wait_until(lambda: not any(alive(pid) for pid in left), "nothing is left", 1)


def test_what_refuses_to_end_is_named_and_not_waited_for_for_ever(start):
    run = start(["sh", "-c", "trap '' TERM; echo up; sleep 1000 & exit 5"])
    assert run.wait(20) == 5
    ended, waiting, leaving = run.own_lines()[-3:]
    assert ended.startswith("server ended by itself, exit 5")
    assert waiting.startswith("waiting for processes that the server left behind: ")
    assert leaving.startswith("no longer waiting for processes that the server left behind: ")
    pid, name = leaving.rsplit(": ", 1)[1].split()
    assert name == "(sleep)"
    assert proc_status(int(pid))["Name"] == "sleep"
    kill(int(pid))


def test_no_descriptor_reaches_the_server_or_stays_open_in_pid1(start):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    os.dup2(writer, 200, inheritable=True)
    run = start(
        python(
            "import os, sys; print(sorted(os.listdir('/proc/self/fd')), flush=True); sys.stdin.read()"
        ),
        pass_fds=(writer, 200),
        stdin=reader,
    )
    os.close(writer)
    os.close(200)
    run.wait_for(b"]")
    assert run.printed().strip() == b"['0', '1', '2', '3']"  # 3 is the listing itself
    # The server's read of the other end gets its end of file: nobody else holds the pipe open, PID
    # 1 neither.
    assert run.wait() == 0
    os.close(reader)


def test_closed_standard_descriptors_are_opened_for_the_server(start):
    run = start(
        ["sh", "-c", "readlink /proc/self/fd/0"], preexec_fn=lambda: os.close(0), stdin=None
    )
    assert run.wait() == 0
    assert run.printed() == b"/dev/null\n"


def test_the_server_s_output_is_untouched(start, mode):
    script = "import os\nblob = bytes(range(256)) * 4096\nwhile blob: blob = blob[os.write(1, blob):]\nos.write(2, b'no line end \\x00\\xff')"
    run = start(python(script))
    assert run.wait() == 0
    assert run.printed() == bytes(range(256)) * 4096
    assert b"no line end \x00\xff" in run.err.read_bytes()


def test_the_server_s_environment_arguments_and_directory_are_untouched(start, tmp_path):
    script = (
        "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]))"
    )
    arguments = ["", "two words", "--service", "ü"]
    run = start(
        [*python(script), *arguments],
        ["--no-agent", "--service", "redis"],
        env={"ARC_X": "1", "EMPTY": ""},
        cwd=tmp_path,
    )
    assert run.wait() == 0
    got_arguments, got_environment, got_directory = json.loads(run.printed())
    assert got_arguments == arguments
    assert got_environment["ARC_X"] == "1"
    assert got_environment["EMPTY"] == ""
    assert not [name for name in got_environment if name.startswith("ARC_SERVER")]
    assert got_directory == str(tmp_path)


def ignore(*signals):
    """As a parent may have done. By the kernel's own call: the C library refuses 32 and 33, other
    programs do not."""
    kernel_action = (ctypes.c_ulong * 8)(signal.SIG_IGN)
    number = {"x86_64": 13, "aarch64": 134}[os.uname().machine]
    for signo in signals:
        assert ctypes.CDLL(None).syscall(number, signo, kernel_action, None, 8) == 0


def test_signals_and_mask_of_the_server_are_the_original_ones(start):
    run = start(
        ["sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status"],
        preexec_fn=lambda: ignore(signal.SIGHUP, 32, 33, 64),
    )
    assert run.wait() == 0
    values = [int(line.split()[1], 16) for line in run.printed().splitlines()]
    assert values == [0, 0]


def test_the_agent_s_death_never_touches_the_server_and_it_comes_back(start, mode):
    run = start(["sleep", "1000"], ["--service", "redis"])
    server = run.server()
    first = run.agent()
    kill(first)
    second = run.agent(but=first)
    assert alive(server)
    assert run.server() == server
    assert any(
        line.startswith("agent: killed by signal 9 (KILL) after ") for line in run.own_lines()
    )
    run.send(signal.SIGTERM)
    assert run.wait() == 143
    assert not alive(second)


def test_the_agent_dies_with_pid1(start):
    run = start(["sleep", "1000"], ["--service", "redis"])
    server, agent = run.server(), run.agent()
    kill(run.pid)
    run.wait()
    wait_until(lambda: not alive(agent), "the agent is gone", 5)
    assert alive(server)  # outside a container nobody else ends it; the runtime would
    kill(server)


@pytest.mark.parametrize(
    ("flags", "variable", "pid1", "agent"),
    [
        ([], None, "json", "json"),
        (["--preflight", "off"], None, "text", "json"),
        (["--log-format", "text"], None, "text", "text"),
        ([], "text", "text", "text"),
        ([], "", "json", "json"),
    ],
)
def test_the_log_format_of_the_file_applies_to_pid1_and_the_agent(
    start, tmp_path, flags, variable, pid1, agent
):
    file = tmp_path / "sidecar.toml"
    file.write_text('log_format = "json"\n')
    env = {"ARC_CONFIG": str(file), "ARC_STATE_DIR": str(tmp_path)}
    run = start(
        ["sleep", "1000"],
        ["--service", "redis", *flags],
        env=env | ({} if variable is None else {"ARC_LOG_FORMAT": variable}),
    )

    def formats(text):
        lines = [line for line in run.log().splitlines() if text in line]
        return {"json" if line.startswith('{"time":') else "text" for line in lines}

    wait_until(lambda: formats("started sleep") and formats("/metrics"), "both have logged", 10)
    assert formats("started sleep") == {pid1}, run.log()
    assert formats("/metrics") == {agent}, run.log()


def test_the_agent_has_no_terminal_and_knows_the_server(start):
    run = start(
        ["sleep", "1000"], ["--service", "nats", "--log-format", "json"], stdin=subprocess.PIPE
    )
    server, agent = run.server(), run.agent()
    with open(f"/proc/{agent}/environ", "rb") as file:
        environment = file.read().decode().split("\0")
    assert f"ARC_SERVER_PID={server}" in environment
    assert "ARC_LOG_FORMAT=json" in environment
    started = next(
        int(entry.split("=")[1]) for entry in environment if entry.startswith("ARC_SERVER_STARTED=")
    )
    with open("/proc/uptime", encoding="ascii") as file:
        # /proc/uptime has hundredths of a second.
        assert -0.01 <= float(file.read().split()[0]) - started / 1000 < 20
    assert os.readlink(f"/proc/{agent}/fd/0") == "/dev/null"
    assert os.getpgid(agent) == agent


@pytest.mark.parametrize("flags", [[], ["--service", "redis", "--no-agent"]])
def test_no_agent_where_none_is_wanted(start, flags):
    run = start(["sleep", "1000"], flags)
    server = run.server()
    run.send(signal.SIGHUP)  # the server's end, after anything else that was going to happen
    assert run.wait() == 129
    assert not alive(server)
    assert "agent" not in run.log()
