"""Members of a NATS cluster: bootstrap by one of them, and whether one may stop."""

import contextlib
import datetime
import shutil
import signal

import pytest

from support.nats_cluster import STREAMS, Cluster, cluster
from support.nats_tools import Nats, http_get
from support.servers import first_line, wait_until

pytestmark = [pytest.mark.xdist_group("nats-cluster"), pytest.mark.nightly]

# Without it, the command waits for what may pass by itself.
BRIEFLY = ("--timeout", "3s")


def leader_of_meta(made):
    """The member that leads the meta group."""
    name = http_get(made[0].monitor, "/jsz")[1]["meta_cluster"]["leader"]
    return next(member for member in made.members if member.name == name)


def server_uptime(member):
    """Seconds by the server's own clock."""
    varz = http_get(member.monitor, "/varz")[1]
    start, now = (datetime.datetime.fromisoformat(varz[key]) for key in ("start", "now"))
    return (now - start).total_seconds()


def is_open(member):
    with contextlib.suppress(OSError):
        return http_get(member.monitor, "/varz")[0] == 200
    return False


def test_one_member_creates_the_streams_with_all_their_replicas(tmp_path):
    """The agents of all members start together. Each stream exists once, with three copies, and
    every member verifies it."""
    with cluster(tmp_path) as made:
        for stream in STREAMS:
            info = made.info(stream["name"])
            assert info["config"]["num_replicas"] == 3
            assert len(info["cluster"]["replicas"]) == 2
        for member in made.members:
            wait_until(
                lambda member=member: member.sidecar("check", "nats", "--strict").returncode == 0,
                f"{member.name} verifies",
            )
        made_by = [member for member in made.members if "(done)" in member.run.log()]
        assert len(made_by) <= 1, [member.name for member in made_by]


def test_only_beside_the_meta_leader_a_stream_is_created(tmp_path):
    with cluster(tmp_path, ready=False) as made:
        made.wait_ready()
        leader = leader_of_meta(made)
        with Nats(made[0].port) as nats:
            nats.api("STREAM.DELETE.DISK")
        for member in made.members:
            if member is not leader:
                refused = member.sidecar("bootstrap", "nats", "--dry-run", *BRIEFLY)
                assert f"the sidecar beside the meta leader {leader.name} does it" in refused.stdout
        planned = leader.sidecar("bootstrap", "nats", "--dry-run")
        assert "  + stream DISK" in planned.stdout, planned.stdout
        done = leader.sidecar("bootstrap", "nats")
        assert done.returncode == 0, done.stdout
        assert made.info("DISK")["config"]["num_replicas"] == 3


def test_the_first_creation_waits_for_all_members_and_later_ones_for_a_quorum(tmp_path):
    made = Cluster(tmp_path)
    with contextlib.ExitStack() as stack:
        stack.callback(made.stop)
        for member in made.members[:2]:
            member.start()
        for member in made.members[:2]:
            member.wait_healthy()
        leader = leader_of_meta(made)
        refused = leader.sidecar("bootstrap", "nats", "--dry-run", *BRIEFLY).stdout
        assert "the first creation waits until all members are seen" in refused, refused
        assert str(made[2].agent_port) in refused, refused
        made[2].start()
        made.wait_ready()
        made[2].kill()
        wait_until(
            lambda: (
                "degraded  nats.member.missing: not all 3 members of the cluster are seen"
                in made[0].sidecar("check", "nats").stdout
            ),
            "the missing member is named",
        )
        with Nats(made[0].port) as nats:
            nats.api("STREAM.DELETE.DISK")
        leader = leader_of_meta(made)
        planned = leader.sidecar("bootstrap", "nats", "--dry-run").stdout
        assert "  + stream DISK" in planned, planned


def test_more_replicas_than_members_are_refused(tmp_path):
    streams = ({"name": "MANY", "subjects": ["many"], "replicas": 5},)
    with cluster(tmp_path, ready=False, streams=streams) as made:
        for member in made.members:
            member.wait_healthy()
        refused = leader_of_meta(made).sidecar("bootstrap", "nats", "--dry-run").stdout
        assert "needs 5 replicas, and cluster.members has 3" in refused, refused


def test_a_wiped_member_catches_up_and_is_not_counted_before(tmp_path):
    """Its Raft groups are current at once, its messages are not."""
    with cluster(tmp_path) as made:
        with Nats(made[0].port) as nats:
            for number in range(20_000):
                nats._send(f"PUB disk.a {1000}", b"%01000d" % number)
            wait_until(lambda: nats.messages("DISK") == 20_000, "all are stored")
        member, other = made[2], made[0]
        made.wait_safe(member)
        member.run.send(signal.SIGTERM)
        member.run.wait(60)
        shutil.rmtree(member.store)
        reasons = set()
        member.start()

        def is_safe():
            answer = other.sidecar("may-stop", "nats")
            if answer.returncode == 0:
                state = http_get(member.monitor, "/jsz?streams=1")[1]["account_details"][0]
                seen = {one["name"]: one["state"]["messages"] for one in state["stream_detail"]}
                assert seen["DISK"] == 20_000, seen
                return True
            reasons.add(first_line(answer))
            return False

        wait_until(is_safe, "the wiped member has everything", 60)
        assert any("n2" in reason for reason in reasons), reasons


def test_a_hung_follower_makes_a_stop_wait_until_it_goes_on(tmp_path):
    with cluster(tmp_path) as made:
        made.wait_safe(made[0])
        made[1].signal_server(signal.SIGSTOP)
        answer = made[0].sidecar("may-stop", "nats")
        assert answer.returncode == 1
        assert "n1 does not answer" in answer.stdout, answer.stdout
        made[1].signal_server(signal.SIGCONT)
        made.wait_safe(made[0])


def test_without_a_quorum_no_wait_helps(tmp_path):
    with cluster(tmp_path) as made:
        for member in made.members[1:]:
            member.kill()
        # For 2 s it still counts who was heard lately.
        wait_until(
            lambda: (
                "no quorum, 1 of 3 members answers" in made[0].sidecar("may-stop", "nats").stdout
            ),
            "the lost quorum is named",
        )


def without_agent(member, tmp_path):
    """The check of a container without an agent: nothing tells it that streams are awaited."""
    return member.sidecar(
        "check", "nats", "--timeout", "2s", ARC_STATE_DIR=str(tmp_path / "no-state")
    )


def test_a_member_that_waits_for_a_leader_is_starting_and_then_unhealthy(tmp_path):
    """Alone after its start, it cannot tell whether the others come."""
    made = Cluster(tmp_path)
    with contextlib.ExitStack() as stack:
        stack.callback(made.stop)
        member = made[0]
        member.start()
        seen = []

        def is_unhealthy():
            line = first_line(without_agent(member, tmp_path))
            seen.append((server_uptime(member), line))
            return line.startswith("unhealthy")

        wait_until(lambda: is_open(member), "the monitor answers")
        wait_until(is_unhealthy, "the lost quorum is named", 60)
        early = [line for uptime, line in seen if uptime < 30]
        assert early and all(line.startswith("starting") for line in early), seen
        assert seen[-1][0] >= 30 and "leader" in seen[-1][1], seen


def test_a_restarted_member_is_starting_until_it_is_ready(tmp_path):
    with cluster(tmp_path) as made:
        seen = []
        for member in made.members:
            made.wait_safe(member)
            member.run.send(signal.SIGTERM)
            assert member.run.wait(60) == 0, member.run.log()
            member.start()
            wait_until(lambda member=member: is_open(member), "the monitor answers")

            def is_ready(member=member):
                seen.append(without_agent(member, tmp_path).stdout)
                return seen[-1].startswith(("ok", "degraded"))

            wait_until(is_ready, "the member is ready")
        assert [text for text in seen if text.startswith("starting")], seen
        assert not [text for text in seen if text.startswith("unhealthy")], seen
