"""From nothing to healthy, and again."""

import re

import pytest

from support.plain_nats import plain_nats
from support.stack import CONTAINERS, SIDECAR, docker, wait_until

HOUR = 3600 * 10**9  # ns
NAMES = {"flash": "nats", "strange": "pulsar", "sonic": "redis"}
UIDS = {"flash": 1000, "strange": 10000, "sonic": 1000}
# What must be in the first line: the server, its version, what was verified.
HEADLINES = {
    "flash": r"ok: nats: nats-server 2\.\d+\.\d+: .*3 streams as declared",
    "strange": r"ok: pulsar: \S.* 3\.3\.\d+: \S",
    "sonic": r"ok: redis: Redis \d+\.\d+\.\d+: .*everysec.*noeviction",
}


def test_up_shows_stages_and_ends_with_a_line_a_service(first_start):
    lines = first_start.stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines[-3:]] == [
        ["ok", NAMES[codename]] for codename in CONTAINERS
    ], first_start.stdout
    assert any(re.match(r" *\d+ s  starting: pulsar: ", line) for line in lines), (
        f"no stage of the cold start:\n{first_start.stdout}"
    )


@pytest.mark.parametrize(
    "target", ["messaging-health", "flash-health", "strange-health", "sonic-health"]
)
def test_health_prints_a_line_a_service(running, target):
    lines = running.make(target).stdout.splitlines()
    wanted = (
        NAMES.values() if target == "messaging-health" else [NAMES[target.removesuffix("-health")]]
    )
    assert [line.split(": ")[:2] for line in lines] == [["ok", name] for name in wanted]


@pytest.mark.parametrize("codename", CONTAINERS)
def test_docker_shows_what_was_verified(running, codename):
    _, line = wait_until(
        lambda: (seen := running.docker_health(codename))[0] == "healthy" and seen,
        "docker calls it healthy",
    )
    assert re.match(HEADLINES[codename], line), line
    assert len(line.encode()) < 200


@pytest.mark.parametrize("codename", CONTAINERS)
def test_every_process_has_the_uid_of_the_image(running, codename):
    processes = running.processes(codename)
    assert {uid for uid, _ in processes} == {UIDS[codename]}, processes
    assert any(args.startswith(SIDECAR) for _, args in processes)


def stream(name, subjects, retention, max_age):
    return {
        "name": name,
        "subjects": subjects,
        "retention": retention,
        "max_age": max_age,
        "storage": "file",
        "discard": "old",
        "num_replicas": 1,
        "duplicate_window": 120 * 10**9,
        "compression": "none",
        "max_consumers": -1,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_msg_size": -1,
        "max_msgs_per_subject": -1,
        "allow_direct": False,
        "mirror_direct": False,
        "sealed": False,
        "deny_delete": False,
        "deny_purge": False,
        "allow_rollup_hdrs": False,
        "consumer_limits": {},
    }


def test_the_streams_are_the_platforms_field_by_field(running):
    with plain_nats(running.ports["ARC_FLASH_PORT"]) as client:
        names = client.api("STREAM.NAMES")["streams"]
        configs = [client.api(f"STREAM.INFO.{name}")["config"] for name in sorted(names)]
    for config in configs:
        # Newer servers add facts of their own about the server.
        metadata = config.pop("metadata", {})
        assert all(key.startswith("_nats.") for key in metadata), metadata
    assert configs == [
        stream("AGENT_COMMANDS", ["agent.*.cmd"], "limits", 24 * HOUR),
        stream("AGENT_EVENTS", ["agent.*.event", "agent.*.status"], "interest", 168 * HOUR),
        stream("SYSTEM_METRICS", ["metrics.>"], "limits", 6 * HOUR),
    ]


def test_pulsar_has_the_platforms_tenant_namespaces_and_topics(running):
    assert sorted(running.pulsar_admin("namespaces/arc-system")) == [
        "arc-system/audit",
        "arc-system/events",
        "arc-system/logs",
    ]
    partitions = {
        topic: running.pulsar_admin(f"persistent/arc-system/{topic}/partitions")["partitions"]
        for topic in ("events/agent-lifecycle", "logs/application", "audit/command-log")
    }
    assert partitions == {
        "events/agent-lifecycle": 3,
        "logs/application": 4,
        "audit/command-log": 1,
    }


def test_redis_holds_the_settings(running):
    settings = {}
    for name in ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy"):
        _, value = running.execute("sonic", "redis-cli", "CONFIG", "GET", name).stdout.split()
        settings[name] = value
    assert settings == {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory": str(512 * 2**20),
        "maxmemory-policy": "noeviction",
    }


@pytest.mark.parametrize("codename", ["flash", "strange"])
def test_the_files_in_the_image_declare_just_the_defaults(running, codename):
    """Written out for people to read; with no file at all the same must be wanted."""
    plan = running.execute(
        codename,
        "env",
        "-u",
        "ARC_PULSAR_ADVERTISED",
        SIDECAR,
        "bootstrap",
        NAMES[codename],
        "--dry-run",
        "--config",
        "/dev/null",
    )
    assert re.search(r"^\s*=", plan.stdout, re.M), plan.stdout
    assert not re.search(r"^\s*[+~!]", plan.stdout, re.M), plan.stdout


def test_a_second_up_is_quick_and_restarts_nothing(running):
    before = running.runs()
    again = running.make("messaging-up")
    assert running.runs() == before
    assert again.seconds <= 10
    assert [line.split(":")[0] for line in again.stdout.splitlines()[-3:]] == ["ok"] * 3


def test_composes_own_wait_is_content_D06(running):
    before = running.runs()
    running.compose("up", "--detach", "--no-build", "--wait")
    assert running.runs() == before


def test_logs_of_all_three(running):
    lines = running.make("messaging-logs", ARC_LOGS="--no-color --tail 3").stdout.splitlines()
    assert {line.removeprefix("\x1b[2K").split(" ")[0] for line in lines} == {
        running.container(codename) for codename in CONTAINERS
    }


def test_one_service_goes_and_comes_without_the_others(running):
    before = running.runs()
    running.make("flash-down")
    assert (
        docker("ps", "--all", "--quiet", "--filter", f"name=^/{running.container('flash')}$").stdout
        == ""
    )
    health = running.make("messaging-health", check=False)
    assert health.returncode != 0
    assert (
        f"unhealthy: {running.container('flash')}: not there: start it with make flash-up"
        in health.stdout
    )
    running.make("flash-up")
    after = running.runs()
    assert {name: run for name, run in after.items() if name != "flash"} == {
        name: run for name, run in before.items() if name != "flash"
    }
