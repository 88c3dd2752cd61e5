"""The stop of a cluster's member: `run`, `leave`, `may-stop` and `drain` with the toy service, whose
server answers for its cluster."""

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from support.run_process import alive, children, command_line, kill, python
from support.servers import SIDECAR, free_port, run_sidecar, wait_until
from support.toyd import Toyd

TOY = str(Path(SIDECAR).with_name("arc-toy-sidecar"))

pytestmark = pytest.mark.skipif(
    not os.path.isfile(TOY), reason="a release build has no binary with the toy"
)

# The server under `run`: prints its stop signal, and exits as toyd does.
SERVER = python(
    "import signal, sys\n"
    "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGQUIT, signal.SIGTERM})\n"
    "print('ready', flush=True)\n"
    "signal.sigwait({signal.SIGQUIT})\n"
    "print('QUIT', flush=True)\n"
    "sys.exit(3)\n"
)


def member(toyd, **settings):
    chosen = {"role": "member", "members": "a,b,c", "grace": "60s"} | settings
    return toyd.env | {f"ARC_CLUSTER_{key.upper()}": value for key, value in chosen.items()}


def ask(command, toyd, *words, **settings):
    return run_sidecar(command, *words, env=member(toyd, **settings), binary=TOY)


@pytest.fixture
def run(start, tmp_path):
    """Starts `run` of a member. Its server is SERVER, and `toyd` answers for the cluster."""

    def start_one(toyd, *flags, **settings):
        env = member(toyd, **settings) | {"ARC_STATE_DIR": str(tmp_path)}
        one = start(SERVER, list(flags), env=env, binary=TOY)
        one.wait_for(b"ready")
        return one

    return start_one


def http(port, path):
    """Status and text; 0 without an answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def leave_of(run):
    """The process id of the stop gate, or None."""
    found = [pid for pid in children(run.pid) if command_line(pid)[1:2] == ["leave"]]
    return found[0] if found and alive(found[0]) else None


def stopped(run):
    return b"QUIT" in run.printed()


def test_may_stop_says_why():
    with Toyd() as toyd:
        safe = ask("may-stop", toyd)
        assert (safe.returncode, safe.stdout) == (0, "safe: toy\n")
        toyd.answers["MAY_STOP"] = "wait - replica n2 is 120 messages behind"
        waits = ask("may-stop", toyd)
        assert waits.returncode == 1
        assert waits.stdout == "wait: toy: replica n2 is 120 messages behind\n"
        toyd.answers["MAY_STOP"] = "pointless no quorum"
        pointless = ask("may-stop", toyd, "toy")
        assert (pointless.returncode, pointless.stdout) == (1, "pointless: toy: no quorum\n")


@pytest.mark.parametrize("command", ["may-stop", "drain"])
def test_a_standalone_server_has_no_gate(command):
    with Toyd() as toyd:
        result = run_sidecar(command, env=toyd.env, binary=TOY)
        assert result.returncode == 78
        assert "cluster.role is standalone" in result.stderr
        wrong = run_sidecar(command, env=toyd.env | {"ARC_CLUSTER_ROLE": "member"}, binary=TOY)
        assert wrong.returncode == 78
        assert "cluster.members names none" in wrong.stderr
        assert toyd.asked == []


def test_drain_holds_the_token_and_returns_it():
    with Toyd() as toyd:
        assert ask("drain", toyd).returncode == 0
        assert toyd.asked == ["TAKE", "DRAIN", "RETURN"]
        toyd.asked.clear()
        toyd.answers["DRAIN"] = "pointless no other replica"
        assert ask("drain", toyd).stdout == "pointless: toy: no other replica\n"
        assert toyd.asked == ["TAKE", "DRAIN", "RETURN"]
        toyd.asked.clear()
        toyd.answers["TAKE"] = "taken - n2 stops since 3 s"
        refused = ask("drain", toyd)
        assert (refused.returncode, refused.stdout) == (1, "wait: toy: n2 stops since 3 s\n")
        assert toyd.asked == ["TAKE"]


def test_a_safe_member_is_drained_and_stopped(run, mode):
    with Toyd() as toyd:
        one = run(toyd, "--no-agent")
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert toyd.asked == ["MAY_STOP", "TAKE", "MAY_STOP", "DRAIN"]
        log = one.log()
    assert "TERM: the server stops once the other members can do without it, or after 45.0 s" in log
    assert "leave: drained" in log
    assert re.search(r"the stop gate ended [0-9.]+ m?s after TERM \(exit 0\)", log), log
    assert "server stopped on TERM (sent QUIT), exit 3" in log


def test_the_stop_waits_until_the_cluster_is_ready_and_the_log_says_for_what(run):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is 120 messages behind"
        one = run(toyd, "--no-agent")
        one.send(signal.SIGTERM)
        wait_until(lambda: toyd.asked.count("MAY_STOP") >= 3, "the gate asks again")
        toyd.answers["MAY_STOP"] = "wait - replica n2 is 80 messages behind"
        wait_until(lambda: toyd.asked.count("MAY_STOP") >= 5, "the gate asks again")
        assert not stopped(one)
        toyd.answers["MAY_STOP"] = "safe"
        assert one.wait() == 3
        log = one.log()
    assert log.count("waits: replica n2") == 1
    assert re.search(r"leave: waited [0-9.]+ s, and it is over: replica n2 is 80 messages", log)


def test_no_wait_where_none_helps(run):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "pointless the cluster has no quorum"
        one = run(toyd, "--no-agent")
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert toyd.asked == ["MAY_STOP"]
        assert "leave: no wait can make this stop safe" in one.log()
        assert "the cluster has no quorum" in one.log()


def test_a_second_term_stops_at_once(run, mode):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        one = run(toyd, "--no-agent")
        one.send(signal.SIGTERM)
        wait_until(lambda: "MAY_STOP" in toyd.asked, "the gate asks")
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert "a second request to stop (TERM) ends the stop gate" in one.log()


def test_the_end_of_the_budget_stops_it(run):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        toyd.answers["DRAIN"] = "wait - no other leader"
        one = run(toyd, "--no-agent", grace="4s", stop_reserve="1s")
        began = time.monotonic()
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert time.monotonic() - began < 4
        assert "the gate's time is over" in one.log()
        assert "the drain did not end within" in one.log()


@pytest.mark.parametrize("phase", ["MAY_STOP", "TAKE", "DRAIN"])
def test_a_killed_or_hung_gate_stops_the_server(run, phase):
    with Toyd() as toyd:
        toyd.hangs = phase
        one = run(toyd, "--no-agent", grace="10s", stop_reserve="1s")
        one.send(signal.SIGTERM)
        wait_until(lambda: phase in toyd.asked, "the gate hangs")
        leave = leave_of(one)
        assert not stopped(one)
        kill(leave)
        assert one.wait() == 3
        assert "the stop gate ended" in one.log()
        assert "killed by signal 9" in one.log()


def test_a_stopped_gate_is_ended_by_the_timer(run):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        one = run(toyd, "--no-agent", grace="3s", stop_reserve="1s")
        one.send(signal.SIGTERM)
        leave = wait_until(lambda: leave_of(one), "the gate runs")
        kill(leave, signal.SIGSTOP)
        assert one.wait() == 3
        assert "the stop gate did not end within 2.0 s" in one.log()
        assert not alive(leave)


def test_a_server_that_ends_ends_the_gate(run):
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        one = run(toyd, "--no-agent")
        one.send(signal.SIGTERM)
        leave = wait_until(lambda: leave_of(one), "the gate runs")
        kill(one.server())
        assert one.wait() == 137
        assert not alive(leave)


@pytest.mark.parametrize(
    "settings", [{"role": "standalone"}, {"grace": "off"}, {"grace": "10s"}], ids=str
)
def test_no_gate_without_role_and_grace(run, settings):
    with Toyd() as toyd:
        one = run(toyd, "--no-agent", **settings)
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert toyd.asked == []
        lines = one.own_lines()
        assert [line for line in lines if not line.startswith("preflight:")][1:] == lines[-1:]


def test_a_wrong_configuration_of_the_gate_stops_the_server(run, tmp_path):
    """It was right when the server started."""
    file = tmp_path / "sidecar.toml"
    file.write_text('[cluster]\nrole = "member"\nmembers = ["a", "b"]\ngrace = "60s"\n')
    with Toyd() as toyd:
        toyd.extra_env = {"ARC_CONFIG": str(file)}
        one = run(toyd, "--no-agent", role="", members="", grace="")
        file.write_text("[cluster\n")
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        assert "leave: configuration: " in one.log()


def test_the_agent_returns_the_token_once_the_member_is_back(run):
    with Toyd(jobs=3) as toyd:
        one = run(toyd)
        wait_until(lambda: "RETURN" in toyd.asked, f"the token is returned: {one.log()}")


def test_the_agent_returns_no_token_during_a_stop(run, tmp_path):
    with Toyd() as toyd:
        toyd.answers["RETURN"] = "not yet"  # it would try again
        one = run(toyd)
        wait_until(lambda: "RETURN" in toyd.asked, "the agent returns the token")
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        one.send(signal.SIGTERM)
        wait_until(lambda: "MAY_STOP" in toyd.asked, "the gate asks")
        agent = one.agent()
        kill(agent)
        one.agent(but=agent)
        toyd.asked.clear()
        before = toyd.checks
        wait_until(lambda: toyd.checks >= before + 3, "the new agent watches")
        assert "RETURN" not in toyd.asked
        one.send(signal.SIGTERM)
        assert one.wait() == 3


def test_preflight_compares_the_grace():
    def preflight(**settings):
        with Toyd() as toyd:
            result = run_sidecar(
                "preflight",
                *("--locks", "--service", "toy", "--", "toyd", "--spool", "/tmp"),
                env=member(toyd, **settings),
                binary=TOY,
            )
        return result.stdout

    assert "stop_budget: 45000\n" in preflight()
    assert "cluster.grace" not in preflight()
    short = preflight(grace="10s")
    assert "stop_budget" not in short
    assert "cluster.grace is 10s, no more than cluster.stop_reserve (15s)" in short
    many = preflight(grace="2m", stop_gate="110s")
    assert "stop_budget: 105000\n" in many
    assert "are 185s together, more than cluster.grace (2m)" in many
    assert "cluster.role is not" in preflight(role="")


def test_a_member_answers_memberz_stopz_and_the_metric(run):
    listen = free_port()
    with Toyd() as toyd:
        toyd.extra_env = {"ARC_LISTEN": f"127.0.0.1:{listen}"}
        run(toyd)
        wait_until(lambda: http(listen, "/readyz")[0] == 200, "the agent answers")
        assert http(listen, "/memberz")[0] == 200
        assert http(listen, "/memberz")[1].startswith("member: ok: toy")
        assert "/stopz" in http(listen, "/")[1]
        assert http(listen, "/stopz") == (200, "safe: toy\n")
        assert '\narc_sidecar_may_stop{service="toy"} 1\n' in http(listen, "/metrics")[1]
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        wait_until(lambda: http(listen, "/stopz")[0] == 409, "it may not stop")
        assert http(listen, "/stopz")[1] == "wait: toy: replica n2 is behind\n"
        wait_until(lambda: 'may_stop{service="toy"} 0' in http(listen, "/metrics")[1], "a scrape")


def test_a_standalone_server_has_no_stopz_and_no_such_metric(run):
    listen = free_port()
    with Toyd() as toyd:
        toyd.extra_env = {"ARC_LISTEN": f"127.0.0.1:{listen}"}
        run(toyd, role="standalone")
        wait_until(lambda: http(listen, "/readyz")[0] == 200, "the agent answers")
        assert http(listen, "/stopz")[0] == 404
        assert "arc_sidecar_may_stop" not in http(listen, "/metrics")[1]
        assert toyd.asked == []


def test_check_member_passes_until_the_agent_runs_and_then_as_live(tmp_path):
    env = {
        "ARC_SERVICE": "toy",
        "ARC_TOY_URL": f"toy://127.0.0.1:{free_port()}",
        "ARC_STATE_DIR": str(tmp_path),
    }

    def check(flag):
        return run_sidecar("check", flag, env=env, binary=TOY)

    assert check("--live").returncode == 1
    early = check("--member")
    assert early.returncode == 0
    assert early.stdout.startswith("member: starting: toy"), early.stdout
    state = tmp_path / "toy.agent.json"
    for phase, code in (("pending", 0), ("converged", 1)):
        state.write_text(json.dumps({"phase": phase, "detail": "", "since_ms": 1}))
        assert check("--member").returncode == check("--live").returncode == code
    assert "not a member: " in check("--member").stdout


def test_json_lines(run):
    with Toyd() as toyd:
        one = run(toyd, "--no-agent", "--log-format", "json")
        one.send(signal.SIGTERM)
        assert one.wait() == 3
        lines = [json.loads(line) for line in one.log().splitlines()]
    assert {line["component"] for line in lines} == {"init", "leave"}


def test_many_orders_of_kill_and_answers(run):
    """The server is stopped within the budget whatever happens to the gate, and when."""
    with Toyd() as toyd:
        toyd.answers["MAY_STOP"] = "wait - replica n2 is behind"
        for pause in (0, 0.03, 0.1):
            one = run(toyd, "--no-agent", grace="3s", stop_reserve="1s")
            one.send(signal.SIGTERM)
            time.sleep(pause)
            if leave := leave_of(one):
                kill(leave)
            assert one.wait(5) == 3
            assert stopped(one)
