"""P05: Pulsar's clients from a container of the network and from the host, by the binary and by the HTTP address."""

import pytest

from stack import docker


def client(stack, network, url, listener, *words):
    """Pulsar's own command-line client. The host's is a container with the host's network."""
    options = ["--listener-name", listener] if listener else []
    return docker(
        "run", "--rm", "--network", network, "--entrypoint", "bin/pulsar-client", stack.image("strange"), "--url", url, *options, *words, timeout=90
    )  # fmt: skip


@pytest.mark.parametrize("where", ["container, pulsar://", "container, http://", "host, pulsar://", "host, http://"])
def test_produce_and_consume(running, where):
    place, scheme = where.removesuffix("://").split(", ")
    ports = running.ports
    if place == "container":
        network, listener = running.network, None
        url = {"pulsar": "pulsar://arc-streaming:6650", "http": "http://arc-streaming:8080"}[scheme]
    else:
        network, listener = "host", "external"
        url = {"pulsar": f"pulsar://localhost:{ports['ARC_STRANGE_PORT']}", "http": f"http://localhost:{ports['ARC_STRANGE_ADMIN_PORT']}"}[scheme]
    topic, text = f"persistent://public/default/e2e-{place}-{scheme}", f"hello by {where}"
    client(running, network, url, listener, "produce", topic, "--messages", text)
    seen = client(running, network, url, listener, "consume", topic, "--subscription-name", "s", "--subscription-position", "Earliest", "--num-messages", "1")
    assert text in seen.stdout
