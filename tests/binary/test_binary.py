"""What ships: both architectures' binaries are static, stripped, small, and run, the foreign one
under qemu-user."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from support import sizes

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 12_000_000
ARCHITECTURES = {"amd64": ("x86-64", []), "arm64": ("ARM aarch64", ["qemu-aarch64"])}


@pytest.fixture(params=ARCHITECTURES)
def architecture(request):
    return request.param


def binary(architecture):
    return ROOT / f"build/release-{architecture}/arc-sidecar"


def output(*argv, **options):
    return subprocess.run(
        [str(word) for word in argv],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )


def run(architecture, *arguments, env=None):
    emulator = (
        ARCHITECTURES[architecture][1]
        if os.uname().machine != {"amd64": "x86_64", "arm64": "aarch64"}[architecture]
        else []
    )
    return output(
        *emulator,
        binary(architecture),
        *arguments,
        env={"PATH": os.environ["PATH"], "ARC_CONFIG": "/dev/null"} | (env or {}),
    )


def test_static_and_stripped(architecture):
    kind = output("file", binary(architecture)).stdout
    assert ARCHITECTURES[architecture][0] in kind
    assert "statically linked" in kind
    assert ", stripped" in kind
    assert (
        "INTERP"
        not in output("readelf", "--program-headers", "--wide", binary(architecture)).stdout
    )


def test_small(architecture):
    assert binary(architecture).stat().st_size <= MAX_BYTES


def test_the_report_of_sizes_is_complete(architecture):
    path = binary(architecture)
    parts, sections = sizes.read_map(Path(f"{path}.map").read_text())
    listed = Counter()
    for part in parts:
        listed[part.section] += part.size
    # arm64's linker adds code of its own, which its map does not list.
    assert all(0.99 * size <= listed[name] <= size for name, size in sections.items()), listed
    assert sum(sections.values()) >= 0.99 * path.stat().st_size


def test_runs_and_says_its_version(architecture):
    result = run(architecture, "--version")
    assert result.returncode == 0, result.stderr
    assert re.match(r"arc-sidecar \d+\.\d+\.\d+ \([0-9a-f]{12}(-dirty)?\)\n", result.stdout), (
        result.stdout
    )
    for library in (
        "cnats",
        "hiredis",
        "libcurl",
        "libevent",
        "OpenSSL",
        "CLI11",
        "fmt",
        "nlohmann/json",
        "toml11",
    ):
        assert re.search(rf"\b{library} \d+\.\d+", result.stdout), library


def test_knows_no_folder_of_the_machine_that_built_it(architecture):
    content = binary(architecture).read_bytes()
    assert str(ROOT).encode() not in content


def test_checks_a_port_where_nobody_listens(architecture):
    result = run(
        architecture, "check", "redis", "--timeout", "10s", env={"ARC_REDIS_URL": "127.0.0.1:1"}
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout.startswith("unhealthy: redis: "), result.stdout


def test_exceptions_work_in_the_static_binary(architecture):
    result = run(architecture, "check", "--strct")
    assert result.returncode == 64, result.stderr
    assert "did you mean '--strict'?" in result.stderr
