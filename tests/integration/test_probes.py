"""Probes by purpose: `check --live`, `--ready`, `--startup` of real servers, and levels of an
operator's own."""

import json
import subprocess

import pytest

from support.nats_tools import nats_env, nats_server
from support.servers import (
    SIDECAR,
    first_line,
    free_port,
    redis_loading,
    redis_server,
    run_sidecar,
    sidecar_environment,
    silent_port,
    wait_until,
)


def probes(service, env):
    """The exit codes of --live, --ready and --startup."""
    return tuple(
        run_sidecar("check", service, purpose, env=env).returncode
        for purpose in ("--live", "--ready", "--startup")
    )


def redis_env(server, **more):
    return {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"} | more


def pending_agent(directory, service):
    """A state directory in which the agent of `service` still waits for its server, as it writes
    it."""
    directory.mkdir(exist_ok=True)
    environment = {"ARC_SERVICE": service, "ARC_STATE_DIR": str(directory), "ARC_LISTEN": "off"}
    environment |= {f"ARC_{service.upper()}_URL": f"127.0.0.1:{free_port()}"}
    agent = subprocess.Popen(
        [SIDECAR, "agent"], env=sidecar_environment(environment), stderr=subprocess.DEVNULL
    )
    try:
        wait_until((directory / f"{service}.agent.json").exists, "the agent leaves its state")
    finally:
        agent.kill()
        agent.wait()
    return str(directory)


def test_good_server_passes_all_three(tmp_path):
    with redis_server(tmp_path) as server:
        assert probes("redis", redis_env(server)) == (0, 0, 0)
        assert first_line(
            run_sidecar("check", "redis", "--live", env=redis_env(server))
        ).startswith("live: ok: redis: Redis ")
        assert first_line(
            run_sidecar("check", "redis", "--ready", env=redis_env(server))
        ).startswith("ok: redis: Redis ")


def test_server_that_loads_is_live_and_neither_ready_nor_started(tmp_path):
    with redis_loading(tmp_path) as server:
        assert probes("redis", redis_env(server)) == (0, 1, 1)
        line = first_line(run_sidecar("check", "redis", "--startup", env=redis_env(server)))
        assert line.startswith("not started: starting: redis: LOADING (AOF "), line


@pytest.mark.parametrize(
    "options", [("--requirepass", "x"), ("--user", "default", "on", "nopass", "+info")]
)
def test_server_that_refuses_this_client_is_live_and_started(tmp_path, options):
    with redis_server(tmp_path, *options) as server:
        live, _, started = probes("redis", redis_env(server))
        assert (live, started) == (0, 0)


def test_missing_stream_is_no_reason_to_kill_the_server(tmp_path):
    with nats_server(tmp_path) as server:
        assert probes("nats", nats_env(server)) == (0, 1, 0)
        line = first_line(run_sidecar("check", "nats", "--live", env=nats_env(server)))
        assert line.startswith("live: unhealthy: nats: stream AGENT_COMMANDS is missing"), line


def test_readiness_of_the_node_passes_without_a_declared_stream(tmp_path):
    with nats_server(tmp_path) as server:
        env = nats_env(server, ARC_READY_SCOPE="node")
        result = run_sidecar("check", "nats", "--ready", "--strict", env=env)
        assert result.returncode == 0, result.stdout
        assert first_line(result).startswith("ready: unhealthy: nats: stream "), result.stdout
        assert run_sidecar("wait", "nats", "--timeout", "1s", env=env).returncode == 1
        env["ARC_NATS_MIN_FREE"] = "1000000gb"  # of the node, and degraded
        assert run_sidecar("check", "nats", env=env).returncode == 0
        strict = run_sidecar("check", "nats", "--strict", env=env)
        assert strict.returncode == 1, strict.stdout
    gone = run_sidecar("check", "nats", env=env)
    assert gone.returncode == 1
    assert first_line(gone).startswith("not ready: unhealthy: nats: "), gone.stdout


def test_jetstream_off_is_live(tmp_path):
    with nats_server(tmp_path, jetstream=False) as server:
        assert probes("nats", nats_env(server)) == (0, 1, 0)


@pytest.mark.parametrize("service", ["nats", "redis", "pulsar"])
def test_refused_port_is_not_live_unless_the_agent_still_waits_for_its_server(tmp_path, service):
    ports = {f"ARC_{service.upper()}_URL": f"127.0.0.1:{free_port()}"}
    assert probes(service, ports) == (1, 1, 1)
    assert probes(
        service, ports | {"ARC_STATE_DIR": pending_agent(tmp_path / "state", service)}
    ) == (0, 1, 1)


@pytest.mark.alone  # a busy machine ends the check by its last guard, which says something else
@pytest.mark.parametrize("service", ["nats", "redis"])
def test_silent_port_is_not_live(service):
    with silent_port() as port:
        result = run_sidecar(
            "check",
            service,
            "--live",
            "--timeout",
            "300ms",
            env={f"ARC_{service.upper()}_URL": f"127.0.0.1:{port}"},
        )
        assert result.returncode == 1
        assert first_line(result).startswith(f"not live: unhealthy: {service}: "), result.stdout


def test_of_several_services_the_one_that_is_not_live_is_named(tmp_path):
    with redis_server(tmp_path, "--requirepass", "x") as server:
        env = redis_env(server) | {"ARC_NATS_URL": f"127.0.0.1:{free_port()}"}
        result = run_sidecar("check", "redis", "nats", "--live", env=env)
        assert result.returncode == 1
        assert first_line(result).startswith("not live: unhealthy: nats: "), result.stdout
        assert (
            json.loads(
                run_sidecar("check", "redis", "nats", "--live", "--format", "json", env=env).stdout
            )["outcome"]
            == "not live"
        )


@pytest.mark.parametrize(
    "flags",
    [
        ("--live", "--ready"),
        ("--live", "--startup"),
        ("--ready", "--startup"),
        ("--live", "--strict"),
        ("--startup", "--strict"),
    ],
)
def test_contradicting_flags_are_refused_and_both_named(flags):
    result = run_sidecar("check", *flags)
    assert result.returncode == 64
    assert result.stdout == ""
    for flag in flags:
        assert flag in result.stderr
    assert "contradict" in result.stderr


def test_level_of_an_operators_own(tmp_path):
    with redis_server(tmp_path) as server:
        env = redis_env(server, ARC_REDIS_MAXMEMORY="1gb")
        assert first_line(run_sidecar("check", "redis", env=env)).startswith(
            "degraded: redis: maxmemory is 512 MiB, declared 1 GiB"
        )
        file = tmp_path / "sidecar.toml"
        file.write_text('[levels]\n"redis.maxmemory.drift" = "unhealthy"\n')
        from_file = run_sidecar("check", "redis", env=env | {"ARC_CONFIG": str(file)})
        assert (from_file.returncode, first_line(from_file).partition(" is ")[0]) == (
            1,
            "unhealthy: redis: maxmemory",
        )
        both = run_sidecar(
            "check",
            "redis",
            env=env | {"ARC_CONFIG": str(file), "ARC_LEVELS": "redis.maxmemory.drift=ok"},
        )
        assert first_line(both).startswith("ok: redis: "), both.stdout
        assert (
            '"redis.maxmemory.drift" = "ok"  # ARC_LEVELS'
            in run_sidecar("config", env={"ARC_LEVELS": "redis.maxmemory.drift=ok"}).stdout
        )


def test_code_of_0_1_0_is_a_configuration_error_with_the_new_one(tmp_path):
    result = run_sidecar("check", env={"ARC_LEVELS": "nats.room=degraded"})
    assert result.returncode == 78
    assert "it was renamed to 'nats.disk.full' after 0.1.0" in result.stderr
    file = tmp_path / "sidecar.toml"
    file.write_text('[levels]\n"redis.maxmemory-policy" = "ok"\n')
    result = run_sidecar("check", env={"ARC_CONFIG": str(file)})
    assert result.returncode == 78
    assert f"{file}:2: " in result.stderr
    assert "it was renamed to 'redis.maxmemory_policy.drift' after 0.1.0" in result.stderr


def test_unknown_code_is_a_configuration_error_with_a_suggestion():
    result = run_sidecar("check", env={"ARC_LEVELS": "redis.maxmemry.drift=ok"})
    assert result.returncode == 78
    assert "ARC_LEVELS" in result.stderr
    assert "did you mean 'redis.maxmemory.drift'?" in result.stderr
