"""The README's table "What the usual probe misses": in each row, on a real server, the usual probe
passes, and `check` gives the verdict of the row."""

import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from scenarios import pulsar
from scenarios.tables import named
from support.servers import first_line, need, run_sidecar

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
TABLE = README.partition("## What the usual probe misses")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (\w+) \| [^|]* \| `([^`]+)` \| (\w+) \| `([a-z-]+)` \|$", TABLE, re.M)


def parameters():
    for server, probe, level, slug in ROWS:
        group = named(server, slug).group
        marks = [pytest.mark.xdist_group(group)] if group else []
        yield pytest.param(server, probe, level, slug, id=slug, marks=marks)


@pytest.fixture(scope="module", autouse=True)
def shared_broker():
    yield
    pulsar.SHARED.forget()


def redis_cli_passes(words, env):
    host, _, port = env["ARC_REDIS_URL"].rpartition(":")
    argv = [need("redis-cli"), "-h", host, "-p", port, *words]
    return subprocess.run(argv, capture_output=True, timeout=20, check=False).returncode == 0


def get_passes(path, env):
    address = env.get("ARC_NATS_MONITOR_URL") or env["ARC_PULSAR_ADMIN_URL"]
    base = "http://" + address.removeprefix("http://")
    headers = {"Authorization": f"Bearer {env.get('ARC_PULSAR_TOKEN', '')}"}
    request = urllib.request.Request(base + path, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.status == 200


def passes(probe, env):
    program, *words = probe.split()
    return redis_cli_passes(words, env) if program == "redis-cli" else get_passes(words[0], env)


def test_the_table_has_rows_for_each_server():
    assert {server for server, *_ in ROWS} == {"NATS", "Pulsar", "Redis"}
    assert len(ROWS) == TABLE.count("\n| ") - 1


@pytest.mark.parametrize(("server", "probe", "level", "slug"), parameters())
def test_the_usual_probe_passes_and_check_does_not(server, probe, level, slug, tmp_path):
    service = server.lower()
    directory = tmp_path / "scenario"
    directory.mkdir()
    try:
        with named(server, slug).make(directory) as setting:
            assert passes(probe, setting.env)
            verdict = run_sidecar("check", service, env=setting.env)
    except pulsar.NotRun as reason:
        pytest.skip(str(reason))
    assert first_line(verdict).startswith(f"{level}: {service}: "), verdict.stdout
    assert verdict.returncode == 1
