"""`run`: signals reach the server, each once and none before its time."""

import os
import pty
import signal
import subprocess
import threading
import time

import pytest

from support.machine import silent_resolver
from support.run_process import alive, command_line, descendants, kill, proc_status, python
from support.servers import SIDECAR, sidecar_environment, wait_until

# Prints the name of each signal that it gets; ends with 0 at the second TERM or the first USR2.
LISTENER = """
import signal
every = set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
signal.pthread_sigmask(signal.SIG_BLOCK, every)
print("ready", flush=True)
terms = 0
while terms < 2:
    signo = signal.Signals(signal.sigwait(every))
    terms += signo == signal.SIGTERM
    print(signo.name, flush=True)
    if signo == signal.SIGUSR2:
        break
"""


def heard(run):
    return [word for word in run.printed().decode().split() if word not in ("ready", "SIGCONT")]


def test_signals_reach_the_server(start, mode):
    run = start(python(LISTENER))
    run.wait_for(b"ready")
    names = ["SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGWINCH", "SIGALRM", "SIGABRT", "SIGTERM"]
    for name in names:
        run.send(signal.Signals[name])
        run.wait_for(name.encode())
    run.send(signal.SIGUSR2)
    assert run.wait() == 0
    assert heard(run) == [*names, "SIGUSR2"]


def test_a_second_term_is_passed_on_again(start, mode):
    run = start(python(LISTENER))
    run.wait_for(b"ready")
    run.send(signal.SIGTERM)
    run.wait_for(b"SIGTERM")
    run.send(signal.SIGTERM)
    assert run.wait() == 0
    assert heard(run) == ["SIGTERM", "SIGTERM"]
    assert run.own_lines()[-1].startswith("server stopped on TERM, exit 0 after ")


@pytest.mark.parametrize(
    ("flags", "env", "expected"),
    [
        (["--service", "nats"], {}, "SIGINT"),
        ([], {"ARC_SERVICE": "nats"}, "SIGINT"),
        (["--service", "redis"], {}, "SIGTERM"),
        (["--service", "pulsar"], {}, "SIGTERM"),
        (["--service", "nats", "--stop-signal", "TERM"], {}, "SIGTERM"),
        (["--service", "nats"], {"ARC_STOP_SIGNAL": "SIGHUP"}, "SIGHUP"),
    ],
)
def test_a_term_becomes_the_stop_signal_of_the_service(start, flags, env, expected):
    run = start(python(LISTENER), ["--no-agent", *flags], env=env)
    run.wait_for(b"ready")
    run.send(signal.SIGTERM)
    run.wait_for(expected.encode())
    run.send(signal.SIGUSR2)
    assert run.wait() == 0
    assert heard(run) == [expected, "SIGUSR2"]
    sent = "" if expected == "SIGTERM" else f" (sent {expected[3:]})"
    assert run.own_lines()[-1].startswith(f"server stopped on TERM{sent}, exit 0 after ")


def blocks_term(pid):
    return int(proc_status(pid).get("SigBlk", "0"), 16) & (1 << (signal.SIGTERM - 1))


def test_a_term_from_the_first_moment_on_is_never_lost(start, mode):
    for _ in range(15):
        run = start(["sleep", "1000"])
        pid = run.pid
        # The very first thing that it does.
        wait_until(lambda pid=pid: blocks_term(pid), "signals are blocked")
        run.send(signal.SIGTERM)
        assert run.wait(5) == 143


@pytest.mark.parametrize("delay", [0.005, 0.01, 0.02, 0.05, 0.1])
def test_a_term_shortly_after_the_start(start, delay):
    run = start(["sleep", "1000"])
    wait_until(lambda: blocks_term(run.pid), "signals are blocked")
    time.sleep(delay)
    run.send(signal.SIGTERM)
    assert run.wait(5) == 143


@pytest.mark.xdist_group("resolver")
@pytest.mark.parametrize("name", ["TERM", "INT", "QUIT", "USR2"])
def test_a_stop_during_preflight_ends_it_at_once_and_no_server_is_started(start, mode, name):
    signo = signal.Signals[f"SIG{name}"]
    with silent_resolver() as questions:
        names = {"ARC_PULSAR_ADVERTISED": "name.example", "PULSAR_HOME": "/nonexistent"}
        run = start(
            ["sh", "-c", "echo started", "bin/pulsar", "standalone"],
            ["--service", "pulsar", "--stop-signal", "USR2"],
            env=names,
        )
        wait_until(lambda: questions.asked("name.example"), "preflight asks for the name")
        run.send(signo)
        assert run.wait(2) == 128 + signo
    assert (
        run.own_lines()[-1]
        == f"stopped on {name} before the server was started, exit {128 + signo}"
    )
    assert run.printed() == b""
    assert descendants(run.process.pid) == []


def test_a_term_while_the_server_s_orphans_are_waited_for_is_passed_on_to_them(start, mode):
    # does not end at the first TERM, which it gets anyway
    orphan = "trap 'echo heard' TERM; echo up; while :; do sleep 0.05; done"
    run = start(
        [
            "sh",
            "-c",
            f'sh -c "{orphan}" & while ! [ -e /proc/$!/fd/1 ]; do :; done; sleep 0.3; exit 5',
        ]
    )
    run.wait_for(b"heard")
    init = run.pid
    run.send(signal.SIGTERM)
    wait_until(lambda: run.printed().count(b"heard") == 2, "the second TERM reaches it, too")
    for pid in descendants(run.process.pid):
        if pid != init:
            kill(pid)
    assert run.wait(10) == 5


def test_a_stopped_server_can_be_stopped(start, mode):
    run = start(["sleep", "1000"])
    server = run.server()
    os.kill(server, signal.SIGSTOP)
    wait_until(lambda: proc_status(server)["State"].startswith("T"), "the server is stopped")
    run.send(signal.SIGTERM)
    assert run.wait(5) == 143


def test_a_stopped_orphan_can_be_stopped(start, mode):
    """Else the runtime waits for it in vain, and `docker stop` ends in 137 although the server left
    with its own code."""
    run = start(["sh", "-c", "sleep 1000 & echo up; read x; exit 5"], stdin=subprocess.PIPE)
    run.wait_for(b"up")
    orphan = wait_until(
        lambda: next(
            (pid for pid in descendants(run.pid) if command_line(pid)[0] == "sleep"), None
        ),
        "the orphan runs",
    )
    os.kill(orphan, signal.SIGSTOP)
    wait_until(lambda: proc_status(orphan)["State"].startswith("T"), "the orphan is stopped")
    run.send(signal.SIGTERM)
    assert run.wait(5) == 143
    assert not alive(orphan)


def test_a_log_that_nobody_reads_keeps_no_signal_from_the_server(start):
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    while True:
        try:
            os.write(writer, b"x" * 4096)
        except BlockingIOError:
            break
    os.set_blocking(writer, True)  # as the server expects it
    run = start(["sleep", "1000"], stderr=writer)
    run.server()
    run.send(signal.SIGTERM)
    assert run.wait(5) == 143
    os.close(reader)
    os.close(writer)


def test_at_rest_nothing_wakes_it(start):
    run = start(["sleep", "1000"])
    run.server()
    pid = run.pid
    wait_until(lambda: proc_status(pid)["State"].startswith("S"), "it sleeps")
    before = proc_status(pid)
    time.sleep(0.5)
    after = proc_status(pid)
    for counter in ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"):
        assert before[counter] == after[counter]


class Terminal:
    """A process on a terminal of its own, as its session's leader. What appears is collected."""

    def __init__(self, argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], argv, sidecar_environment({"TERM": "dumb", "PS1": "shell> "}))
        self.seen = b""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while True:
            try:
                self.seen += os.read(self.fd, 4096)
            except OSError:
                return

    def type(self, keys):
        os.write(self.fd, keys)

    def wait_for(self, text, times=1):
        wait_until(lambda: self.seen.count(text) >= times, f"{text} appears in {self.seen}")

    def wait(self):
        """The exit code; the terminal is closed."""
        deadline = time.monotonic() + 20
        while (done := os.waitpid(self.pid, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        if done[0] == 0:
            os.kill(self.pid, signal.SIGKILL)
            done = os.waitpid(self.pid, 0)
        self.reader.join()
        os.close(self.fd)
        return os.waitstatus_to_exitcode(done[1])


def test_ctrl_c_reaches_the_server_exactly_once():
    # Twice would cost data: Redis leaves without saving at its second INT.
    terminal = Terminal([SIDECAR, "run", "--", *python(LISTENER)])
    terminal.wait_for(b"ready")
    terminal.type(b"\x03")
    terminal.wait_for(b"SIGINT")
    os.kill(terminal.pid, signal.SIGUSR2)
    assert terminal.wait() == 0
    assert terminal.seen.count(b"SIGINT") == 1


def test_the_server_can_read_the_terminal_and_what_comes_after_it_too():
    terminal = Terminal(
        [
            "sh",
            "-c",
            f"{SIDECAR} run -- sh -c 'read word; echo server:$word'; read word; echo after:$word",
        ]
    )
    terminal.wait_for(b"started sh")
    terminal.type(b"one\n")
    terminal.wait_for(b"server:one")
    terminal.type(b"two\n")
    terminal.wait_for(b"after:two")
    assert terminal.wait() == 0


def test_ctrl_z_gives_the_shell_its_prompt_and_fg_goes_on():
    terminal = Terminal(["bash", "--norc", "--noprofile", "-i"])
    terminal.wait_for(b"shell> ")
    terminal.type(f"{SIDECAR} run -- cat\n".encode())
    terminal.wait_for(b"started cat")
    terminal.type(b"\x1a")
    terminal.wait_for(b"Stopped")
    terminal.wait_for(b"shell> ", 2)
    server = next(pid for pid in descendants(terminal.pid) if command_line(pid)[0] == "cat")
    assert proc_status(server)["State"].startswith("T")
    terminal.type(b"fg\n")
    wait_until(lambda: proc_status(server)["State"].startswith("S"), "the server goes on")
    terminal.type(b"word\n")
    terminal.wait_for(b"word", 2)  # the terminal's echo, and cat's: it may read again
    terminal.type(b"\x03")
    terminal.wait_for(b", exit 130 after ")
    terminal.wait_for(b"shell> ", 3)
    terminal.type(b"exit\n")
    assert terminal.wait() == 130
