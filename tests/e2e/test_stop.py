"""Stopping, and what is still there afterwards."""

import json
import time

from support.stack import CONTAINERS, docker, subscribe, wait_until

# nats-server leaves with 0 on INT, a JVM with 143 on TERM. 137 would be docker's patience
# at its end.
STATUS = {"flash": 0, "strange": 143, "sonic": 0}
DOCKERS_DEFAULT_PATIENCE = 10  # s
TOPIC = "persistent://public/default/e2e-kept"


def test_a_stop_is_clean_N17_P12(running):
    took = {}
    for codename in CONTAINERS:
        start = time.monotonic()
        docker("stop", "--time", DOCKERS_DEFAULT_PATIENCE, running.container(codename))
        took[codename] = time.monotonic() - start
    states = {codename: running.inspect(codename)["State"] for codename in CONTAINERS}
    assert {codename: state["ExitCode"] for codename, state in states.items()} == STATUS
    assert not any(state["OOMKilled"] for state in states.values())
    assert max(took.values()) < DOCKERS_DEFAULT_PATIENCE, took


def test_a_server_that_dies_comes_back(running):
    restarts = running.inspect("sonic")["RestartCount"]
    running.signal_server("sonic", "KILL")
    wait_until(
        lambda: running.inspect("sonic")["RestartCount"] > restarts, "docker starts it again"
    )
    wait_until(lambda: running.check("sonic").returncode == 0, "it is healthy again")


def test_down_and_up_keep_data(running):
    text = f"kept-{time.time_ns()}"
    assert (
        json.loads(running.client("publish", "agent.e2e.cmd", text))["stream"] == "AGENT_COMMANDS"
    )
    subscribe(running.ports["ARC_STRANGE_ADMIN_PORT"], TOPIC)
    running.client("produce", TOPIC, text)
    running.client("set", "e2e:kept", text)

    down = running.make("messaging-down")
    assert docker("ps", "--all", "--quiet", "--filter", "name=^/" + running.prefix).stdout == ""
    assert "the data stays" in down.stderr
    running.make("messaging-up")

    assert text in running.client("fetch", "AGENT_COMMANDS").splitlines()
    assert running.client("consume", TOPIC).strip() == text
    assert running.client("get", "e2e:kept").strip() == text
