"""A service is one directory and one line of the registry: a binary with one more service
(tests/toy_service, docs/architecture.md) knows it in every command."""

import os
from pathlib import Path

import pytest

from support.certificates import Authority
from support.ports import free_port
from support.servers import SIDECAR, first_line, redis_server, run_sidecar
from support.toyd import Toyd

TOY = str(Path(SIDECAR).with_name("arc-toy-sidecar"))

pytestmark = pytest.mark.skipif(
    not os.path.isfile(TOY), reason="a release build has no binary with the toy"
)


def run_toy(*words, env=None, **how):
    return run_sidecar(*words, env=env, binary=TOY, **how)


def test_the_other_binary_does_not_know_it():
    result = run_sidecar("check", "toy")
    assert result.returncode == 64
    assert "no service 'toy': nats, pulsar, redis or sentinel" in result.stderr


def test_check_and_wait():
    with Toyd() as toyd:
        result = run_toy("check", env=toyd.env)
        assert result.returncode == 0, result.stdout
        assert first_line(result) == "ok: toy: toyd 1.2: 3 jobs"
        assert "toy.jobs.ok" in run_toy("check", "--format", "json", "toy", env=toyd.env).stdout
        result = run_toy("wait", "toy", env=toyd.env)
        assert result.returncode == 0
        assert "ready after" in result.stdout


def test_a_finding_and_a_setting_of_its_own():
    with Toyd(jobs=101) as toyd:
        result = run_toy("check", "--strict", env=toyd.env)
        assert result.returncode == 1
        assert first_line(result).startswith("degraded: toy: 101 jobs wait"), result.stdout
        assert run_toy("check", "--strict", "--toy-max-jobs", "101", env=toyd.env).returncode == 0
        env = toyd.env | {"ARC_TOY_MAX_JOBS": "101"}
        assert run_toy("check", "--strict", env=env).returncode == 0


def test_a_silent_server_is_about_liveness():
    env = {"ARC_SERVICE": "toy", "ARC_TOY_URL": f"toy://127.0.0.1:{free_port()}"}
    result = run_toy("check", "--live", env=env)
    assert result.returncode == 1
    assert "toy.connection.refused" in run_toy("check", "--format", "json", env=env).stdout


def test_its_protocol_is_named_on_the_port_of_another_service(tmp_path):
    with Toyd() as toyd:
        redis = {"ARC_REDIS_URL": f"127.0.0.1:{toyd.port}"}
        where = f"unhealthy: redis: 127.0.0.1:{toyd.port}"
        known = first_line(run_toy("check", "redis", env=redis))
        assert known.startswith(f"{where} speaks Toy and not Redis. Compare ARC_REDIS_URL"), known
        unknown = first_line(run_sidecar("check", "redis", env=redis))
        assert unknown.startswith(f"{where} does not speak Redis's protocol"), unknown
    with redis_server(tmp_path) as server:
        env = {"ARC_TOY_URL": f"toy://127.0.0.1:{server.port}"}
        line = first_line(run_toy("check", "toy", env=env))
    assert f"{server.port} speaks Redis and not Toy. Compare ARC_TOY_URL" in line, line


def test_explain():
    assert "Too many jobs wait." in run_toy("explain", "toy.jobs.excessive").stdout
    assert "\nToy\n  toy.connection.broken " in run_toy("explain").stdout


def test_tls_is_verified(tmp_path):
    authority = Authority(tmp_path)
    with Toyd(certificate=authority.issue("toyd", "IP:127.0.0.1")) as toyd:
        refused = run_toy("check", env=toyd.env)
        assert refused.returncode == 1
        assert "ARC_TOY_CA_FILE" in refused.stdout, refused.stdout
        result = run_toy("check", env=toyd.env | {"ARC_TOY_CA_FILE": str(authority.ca)})
        assert result.returncode == 0, result.stdout


def test_config(tmp_path):
    file = tmp_path / "sidecar.toml"
    file.write_text("[toy]\nmax_jobs = 7\n")
    printed = run_toy("config", env={"ARC_CONFIG": str(file)}).stdout
    section = printed.partition("\n[toy]\n")[2]
    assert f"max_jobs = 7  # {file}:2\n" in section, printed
    assert 'url = "toy://127.0.0.1:7070"  # default\n' in section
    file.write_text("[toy]\nmax_job = 7\n")
    wrong = run_toy("config", "--check", env={"ARC_CONFIG": str(file)})
    assert wrong.returncode == 78
    assert "max_jobs" in wrong.stderr
    unknown = run_toy("config", env={"ARC_TOY_MAX_JOB": "7"}).stderr
    assert "ARC_TOY_MAX_JOBS" in unknown


def test_metrics():
    with Toyd(jobs=42) as toyd:
        text = run_toy("metrics", "toy", env=toyd.env).stdout
    assert "\ntoy_jobs 42\n" in text, text
    assert '\narc_sidecar_up{service="toy"} 1\n' in text
    assert '\narc_sidecar_level{service="toy",level="ok"} 1\n' in text


def test_help_and_version():
    assert "NATS, Pulsar, Redis, Sentinel and Toy" in run_toy("--help").stdout
    assert "nats, pulsar, redis, sentinel or toy. Default:" in run_toy("check", "--help").stdout
    assert "--toy-max-jobs" in run_toy("check", "--help").stdout
    usage = run_toy("run", "--help").stdout
    assert "nats, pulsar, redis, sentinel or toy." in usage
    assert "TERM, or INT for nats, or QUIT for toy" in usage
    assert "libtoy 0.7" in run_toy("--version").stdout
    assert "did you mean 'toy'?" in run_toy("check", "toi").stderr


def test_preflight(tmp_path):
    def preflight(*command):
        return run_toy("preflight", "--locks", "--service", "toy", "--", *command)

    spool = tmp_path / "spool"
    spool.mkdir()
    fine = preflight("toyd", "--spool", str(spool))
    assert fine.returncode == 0, fine.stdout
    locks = [line.split()[1:3] for line in fine.stdout.splitlines() if line.startswith("lock: ")]
    assert locks
    assert all(int(first) >> 56 == 3 and length == "1" for first, length in locks)
    (spool / "damaged").touch()
    refused = preflight("toyd", "--spool", str(spool))
    assert refused.returncode == 78
    assert f"refused: {spool}: is damaged: repair it with toyfix\n" in refused.stdout
    unread = preflight("sh", "-c", "toyd")
    assert "warning: " in unread.stdout
    assert "toyd --spool /var/spool/toy" in unread.stdout


def test_run(tmp_path):
    toyd = tmp_path / "toyd"
    toyd.write_text(
        "#!/bin/sh\ntrap 'exit 3' QUIT\nkill -TERM $PPID\nwhile :; do sleep 0.1; done\n"
    )
    toyd.chmod(0o755)
    words = ("run", "--service", "toy", "--no-agent", "--", str(toyd), "--spool", str(tmp_path))
    result = run_toy(*words)
    assert result.returncode == 3, result.stderr
    assert "(toyd's orderly end on QUIT)" in result.stderr
    (tmp_path / "damaged").touch()
    assert run_toy(*words).returncode == 78


def test_run_with_an_agent_answers_probes(tmp_path):
    program = tmp_path / "toyd"
    listen = free_port()
    program.write_text(
        "#!/bin/bash\n"
        "for i in $(seq 100); do\n"
        f"  exec 3<>/dev/tcp/127.0.0.1/{listen} && break; sleep 0.1\n"
        "done 2>/dev/null\n"
        "printf 'GET /readyz HTTP/1.1\\r\\nHost: toy\\r\\nConnection: close\\r\\n\\r\\n' >&3\n"
        "cat <&3\n"
    )
    program.chmod(0o755)
    with Toyd() as toyd:
        env = toyd.env | {"ARC_LISTEN": f"127.0.0.1:{listen}", "ARC_STATE_DIR": str(tmp_path)}
        result = run_toy("run", "--", str(program), "--spool", str(tmp_path), env=env)
    assert "HTTP/1.1 200" in result.stdout, result.stdout + result.stderr
    assert "ok: toy: toyd 1.2" in result.stdout
