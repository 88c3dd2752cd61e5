"""The real OpenTelemetry collector beside the three servers. Nightly: where no registry answers it
is built first, which takes minutes."""

import pytest

from support.collector import Collector, series, written
from support.stack import docker, wait_until

pytestmark = pytest.mark.nightly

# What only the server itself can have said, under the service.name that an operator looks for.
REAL_SERIES = {
    ("arc-messaging", "arc-messaging:8222", "jetstream_server_total_streams"): 3,
    ("arc-streaming", "arc-streaming:8080", "pulsar_version_info"): 1,
    ("arc-streaming", "arc-streaming:7777", "arc_sidecar_up"): 1,
    ("arc-cache", "arc-cache:9121", "redis_memory_max_bytes"): 512 * 2**20,
}
UP = {(*key[:2], "up"): 1 for key in REAL_SERIES}


@pytest.fixture(scope="module")
def collector(stack, first_start):
    beside = Collector(stack)
    beside.up("standalone")
    yield beside
    beside.down()


@pytest.fixture
def standalone(collector):
    """In standalone mode, whatever the test before made of it."""
    if collector.variables["ARC_OTEL_MODE"] != "standalone":
        collector.up("standalone")
    return collector


def test_within_a_minute_each_service_has_its_own_name_and_real_series(running, standalone):
    wanted = REAL_SERIES | UP
    wait_until(
        lambda: wanted.items() <= series(standalone.written()).items(),
        "series of each server",
        60,
        pause=2,
    )
    status, said = standalone.health()
    assert (status, said.splitlines()) == (
        0,
        [f"ok: {standalone.name}: 4 of 4 targets answer; exports to its log (standalone)"],
    )


def test_with_the_servers_down_traces_and_logs_still_flow(running, standalone):
    running.make("messaging-down")
    try:
        down = dict.fromkeys(UP, 0)
        wait_until(
            lambda: down.items() <= series(standalone.written()).items(),
            "every target is down",
            60,
            pause=2,
        )
        standalone.send_trace("a span without servers")
        standalone.send_log("a line without servers")
        wait_until(lambda: "a span without servers" in standalone.written(), "the trace", 30)
        wait_until(lambda: "a line without servers" in standalone.written(), "the log line", 30)
        status, said = standalone.health()
        assert status == 0 and said.startswith(
            f"degraded: {standalone.name}: 0 of 4 targets answer"
        ), said
        assert said.count("\n  down ") == 4 and "http://arc-cache:9121/metrics" in said, said
    finally:
        running.make("messaging-up")


def test_by_default_all_goes_to_arc_friday_and_its_absence_is_said(running, collector):
    collector.up("friday")
    wait_until(lambda: "accepts no data" in collector.health()[1], "nobody is there", 60, pause=1)
    status, said = collector.health()
    assert (
        status != 0
        and said.startswith(f"unhealthy: {collector.name}: ")
        and "arc-friday:4317 accepts no data" in said
    ), said
    friday = running.prefix + "arc-friday"
    docker(
        "run",
        "--detach",
        "--name",
        friday,
        "--network",
        running.prefix + "arc_otel_net",
        "--network-alias",
        "arc-friday",
        "--env",
        "ARC_OTEL_VERBOSITY=detailed",
        collector.image,
        "--config=/etc/otelcol/collector.yaml",
        "--config=/etc/otelcol/standalone.yaml",
    )
    try:
        collector.send_trace("a span for friday")
        wait_until(lambda: "a span for friday" in written(friday), "the trace arrives there", 60)
        wait_until(
            lambda: (
                ("arc-streaming", "arc-streaming:8080", "pulsar_version_info")
                in series(written(friday))
            ),
            "metrics arrive there",
            60,
            pause=2,
        )
        wait_until(lambda: collector.health()[0] == 0, "it is well again", 60, pause=1)
        assert "nothing queued for arc-friday:4317" in collector.health()[1]
    finally:
        docker("rm", "--force", "--volumes", friday)


def test_it_is_on_both_networks_and_the_storage_behind_it_has_no_way_out(running, standalone):
    names = docker(
        "inspect",
        "--format",
        "{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}",
        standalone.name,
    ).stdout.split()
    assert set(names) == {running.prefix + "arc_platform_net", running.prefix + "arc_otel_net"}
    assert (
        docker(
            "network", "inspect", "--format", "{{.Internal}}", running.prefix + "arc_otel_net"
        ).stdout.strip()
        == "true"
    )
    assert (
        docker(
            "inspect",
            "--format",
            '{{index .Config.Labels "com.docker.compose.project"}}',
            standalone.name,
        ).stdout.strip()
        == running.prefix + "arc-otel-stack"
    )


def test_a_configuration_that_cannot_be_is_said_at_the_start(running, collector):
    result = running.make(
        "otel-up", check=False, **collector.variables | {"ARC_OTEL_MODE": "nowhere"}
    )
    assert (
        result.returncode != 0
        and "ARC_OTEL_MODE: 'nowhere' is not known: friday or standalone" in result.stderr
    )
