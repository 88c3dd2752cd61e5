"""P05: Pulsar's clients from a container of the network and from the host, by the binary and by the HTTP address."""

import pytest


@pytest.mark.parametrize("where", ["container, pulsar://", "container, http://", "host, pulsar://", "host, http://"])
def test_produce_and_consume(running, where):
    place, scheme = where.removesuffix("://").split(", ")
    ports = running.ports
    if place == "container":
        network, listener = running.network, []
        url = {"pulsar": "pulsar://arc-streaming:6650", "http": "http://arc-streaming:8080"}[scheme]
    else:
        # By the binary port the host's clients need to say nothing; an HTTP lookup has no port to be known by.
        network, listener = "host", ["--listener-name", "external"] if scheme == "http" else []
        url = {"pulsar": f"pulsar://localhost:{ports['ARC_STRANGE_PORT']}", "http": f"http://localhost:{ports['ARC_STRANGE_ADMIN_PORT']}"}[scheme]
    topic, text = f"persistent://public/default/e2e-{place}-{scheme}", f"hello from the {place} by {scheme}"
    running.pulsar_client(network, url, *listener, "produce", topic, "--messages", text)
    from_the_first = ["--subscription-name", "s", "--subscription-position", "Earliest", "--num-messages", "1"]
    assert text in running.pulsar_client(network, url, *listener, "consume", topic, *from_the_first).stdout
