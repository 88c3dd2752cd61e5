"""The verdict on a declared member of a Redis Cluster."""

import json

import pytest

from support.ports import free_port
from support.servers import redis_cli, redis_cluster, run_sidecar, wait_until

pytestmark = pytest.mark.xdist_group("redis-set")


def environment(server, servers, members=()):
    ports = [*(one.port for one in servers), *members]
    return {
        "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
        "ARC_CLUSTER_ROLE": "member",
        "ARC_CLUSTER_MEMBERS": ",".join(f"127.0.0.1:{port}" for port in ports),
    }


def findings(env):
    report = json.loads(run_sidecar("check", "redis", "--format", "json", env=env).stdout)
    return {one["code"]: one for one in report["services"][0]["findings"]}


def expect(env, code, level, *words):
    found = wait_until(lambda: findings(env).get(code), code)
    assert found["level"] == level, found
    text = json.dumps(found)
    assert all(word in text for word in words), found


def test_a_whole_cluster_a_lost_node_and_a_wrong_address(tmp_path):
    with redis_cluster(tmp_path, "--cluster-require-full-coverage", "no") as servers:
        first, second, third = servers
        env = environment(first, servers)
        assert run_sidecar("check", "redis", "--strict", env=env).returncode == 0
        expect(
            environment(first, servers, [free_port()]), "redis.member.missing", "degraded", "3 of 4"
        )

        port = redis_cli(first.port, "CONFIG", "SET", "cluster-announce-port", second.port)
        assert port == "OK"
        expect(env, "redis.address.unreachable", "degraded", str(second.port), "another server")
        closed = free_port()
        redis_cli(first.port, "CONFIG", "SET", "cluster-announce-port", closed)
        expect(env, "redis.address.unreachable", "degraded", str(closed), "no server")
        redis_cli(first.port, "CONFIG", "SET", "cluster-announce-port", 0)
        wait_until(lambda: "redis.address.unreachable" not in findings(env), "the own address")

        third.kill()
        expect(env, "redis.node.failed", "degraded", str(third.port))
        node = run_sidecar("check", "redis", env=env | {"ARC_READY_SCOPE": "node"})
        assert node.returncode == 0, node.stdout
        live = run_sidecar("check", "redis", "--live", env=env)
        assert live.returncode == 0, live.stdout


def test_without_the_permission_the_nodes_are_not_verifiable(tmp_path):
    with redis_cluster(tmp_path) as servers:
        rule = "ACL SETUSER some on >Vt9kZr2good ~* +@all -cluster|nodes"
        assert redis_cli(servers[0].port, *rule.split()) == "OK"
        user = {"ARC_REDIS_USER": "some", "ARC_REDIS_PASSWORD": "Vt9kZr2good"}
        env = environment(servers[0], servers) | user
        expect(env, "redis.cluster_info.unavailable", "degraded", "+cluster|nodes")
        # Of a server that is no declared member, they are not asked.
        alone = {"ARC_REDIS_URL": env["ARC_REDIS_URL"]} | user
        assert "redis.cluster_info.unavailable" not in findings(alone)
