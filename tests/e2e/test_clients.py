"""The platform's own clients, from a container of the network and from the host."""

import json

import pytest

from support.plain_nats import plain_nats


def made(stack):
    """What a second bootstrap must not touch: the streams with the time they were made, and all
    that Pulsar has of the tenant."""
    with plain_nats(stack.ports["ARC_FLASH_PORT"]) as client:
        infos = [
            client.api(f"STREAM.INFO.{name}")
            for name in sorted(client.api("STREAM.NAMES")["streams"])
        ]
    namespaces = sorted(stack.pulsar_admin("namespaces/arc-system"))
    return (
        [(info["config"], info["created"]) for info in infos],
        stack.pulsar_admin("tenants/arc-system"),
        [
            (
                name,
                stack.pulsar_admin(f"namespaces/{name}"),
                sorted(stack.pulsar_admin(f"persistent/{name}/partitioned")),
            )
            for name in namespaces
        ],
    )


def test_the_platforms_bootstrap_finds_everything_done(running):
    before = made(running)
    said = running.client("bootstrap").splitlines()
    assert made(running) == before
    assert [
        line
        for line in said
        if line.startswith("pulsar: ") and not line.endswith(": there already")
    ] == [], said
    assert len([line for line in said if line.startswith("nats: stream ")]) == 3


WAYS = {
    "container, pulsar": {"host": False},
    "container, http": {"host": False, "PULSAR_URL": "http://arc-streaming:8080"},
    "host, pulsar": {"host": True},
}


@pytest.mark.parametrize("way", WAYS)
def test_pulsar_takes_and_gives_a_message_P05(running, way):
    topic, text = f"persistent://public/default/e2e-{way.replace(', ', '-')}", f"hello from {way}"
    running.client("produce", topic, text, **WAYS[way])
    assert running.client("consume", topic, **WAYS[way]).strip() == text


def test_a_lookup_by_http_from_the_host_names_the_host_P05(running):
    """By the binary port the broker knows who comes from the host; by HTTP the client has to name
    the listener."""
    named = running.client(
        "lookup", "persistent://public/default/e2e-host-http", host=True, PULSAR_LISTENER="external"
    )
    assert named.strip() == f"pulsar://localhost:{running.ports['ARC_STRANGE_PORT']}"


def test_the_host_reaches_nats_and_redis(running):
    assert (
        json.loads(running.client("publish", "agent.host.cmd", "x", host=True))["stream"]
        == "AGENT_COMMANDS"
    )
    running.client("set", "e2e:host", "x", host=True)
    assert running.client("get", "e2e:host", host=True).strip() == "x"
