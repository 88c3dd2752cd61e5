"""The platform's own clients, from a container of the network and from the host."""

import json

import pytest

from plain_nats import plain_nats
from test_first_start import admin


def made(stack):
    """What a second bootstrap must not touch: the streams with the time they were made, and all that Pulsar has of the tenant."""
    with plain_nats(stack.ports["ARC_FLASH_PORT"]) as client:
        infos = [client.api(f"STREAM.INFO.{name}") for name in sorted(client.api("STREAM.NAMES")["streams"])]
    namespaces = sorted(admin(stack, "namespaces/arc-system"))
    return (
        [(info["config"], info["created"]) for info in infos],
        admin(stack, "tenants/arc-system"),
        [(name, admin(stack, f"namespaces/{name}"), sorted(admin(stack, f"persistent/{name}/partitioned"))) for name in namespaces],
    )


def test_the_platforms_bootstrap_finds_everything_done(running):
    before = made(running)
    said = running.client("bootstrap").splitlines()
    assert made(running) == before
    assert [line for line in said if line.startswith("pulsar: ") and not line.endswith(": there already")] == [], said
    assert len([line for line in said if line.startswith("nats: stream ")]) == 3


@pytest.mark.parametrize("scheme", ["pulsar", "http"])
@pytest.mark.parametrize("place", ["container", "host"])
def test_pulsar_takes_and_gives_a_message_P05(running, place, scheme):
    variables = {}
    if (place, scheme) == ("container", "http"):
        variables = {"PULSAR_URL": "http://arc-streaming:8080"}
    elif (place, scheme) == ("host", "http"):
        # By the binary port the broker knows who comes from the host; by HTTP the client has to say so.
        variables = {"PULSAR_URL": f"http://127.0.0.1:{running.ports['ARC_STRANGE_ADMIN_PORT']}", "PULSAR_LISTENER": "external"}
    topic, text = f"persistent://public/default/e2e-{place}-{scheme}", f"hello from the {place} by {scheme}"
    running.client("produce", topic, text, host=place == "host", **variables)
    assert running.client("consume", topic, host=place == "host", **variables).strip() == text


def test_the_host_reaches_nats_and_redis(running):
    assert json.loads(running.client("publish", "agent.host.cmd", "x", host=True))["stream"] == "AGENT_COMMANDS"
    running.client("set", "e2e:host", "x", host=True)
    assert running.client("get", "e2e:host", host=True).strip() == "x"
