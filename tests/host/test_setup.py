"""What scripts/ make of machines: sources of packages, wrong systems, the package list, stages."""

import os
import pathlib
import re
import subprocess

import pytest

from support.stack import OWN

ROOT = pathlib.Path(__file__).resolve().parents[2]


def bash(script, **variables):
    """Runs SCRIPT with all of scripts/lib/ loaded."""
    parts = "; ".join(f". {part}" for part in sorted((ROOT / "scripts/lib").glob("*.sh")))
    return subprocess.run(
        ["bash", "-c", f"set -euo pipefail; {parts}; {script}"],
        env={**os.environ, "ARC_ROOT": str(ROOT), **{k: str(v) for k, v in variables.items()}},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def machine(tmp_path):
    """A Debian 12 with the given files below /etc/apt."""

    def make(release=12, identity="debian", **files):
        (tmp_path / "os-release").write_text(f'ID={identity}\nVERSION_ID="{release}"\n')
        (tmp_path / "sources.list.d").mkdir()
        for name, text in files.items():
            path = {
                "list": "sources.list",
                "deb822": "sources.list.d/debian.sources",
                "foreign": "sources.list.d/foreign.list",
            }[name]
            (tmp_path / path).write_text(text)
        return {"ARC_OS_RELEASE": tmp_path / "os-release", "ARC_APT_ETC": tmp_path}

    return make


ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # the nearest
deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian bullseye main
"""

DEB822 = """\
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
"""

FOREIGN = """\
deb https://apt.example bookworm main
deb https://docker.example/linux/debian bookworm stable
deb https://cloud.example/apt cloud-sdk-bookworm main
"""


def test_one_line_sources_become_those_of_the_next_release(machine):
    result = bash("debian_sources trixie", **machine(list=ONE_LINE, foreign=FOREIGN))
    assert result.stdout == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n\n"
        "Types: deb\nURIs: http://mirror.example/debian-security\nSuites: trixie-security\n"
        "Components: main\nSigned-By: /k.gpg\n\n"
    )


def test_deb822_sources_keep_the_keyring_and_leave_out_what_is_disabled(machine):
    result = bash("debian_sources trixie yes", **machine(deb822=DEB822, foreign=FOREIGN))
    assert result.stdout == (
        "Types: deb deb-src\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\n"
        "Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
    )


def test_no_debian_source_is_a_failure(machine):
    assert bash("debian_sources trixie", **machine(list=FOREIGN)).returncode == 1


@pytest.mark.parametrize(("release", "identity"), [(41, "fedora"), (24, "ubuntu"), (11, "debian")])
def test_another_system_is_told_what_to_install(machine, release, identity):
    result = bash(
        "setup_engine",
        PATH="/usr/bin:/bin",
        DOCKER_HOST="unix:///nowhere",
        **machine(release, identity),
    )
    assert result.returncode == 1
    assert "this system is not Debian 12 or 13" in result.stderr
    assert "install Docker Engine 25 or newer" in result.stderr


def test_an_old_engine_is_named(machine):
    result = bash("engine_version() { echo 20.10.24; }; setup_engine", **machine())
    assert result.returncode == 1
    assert "20.10.24 runs, 25 or newer is needed" in result.stderr


def test_a_recorded_pid_of_another_process_is_forgotten(tmp_path):
    pidfile = tmp_path / "dockerd.pid"
    pidfile.write_text(str(os.getpid()))
    bash(f"_forget_unless dockerd {pidfile}")
    assert not pidfile.exists()


def test_a_recorded_pid_of_the_engine_is_kept(tmp_path):
    pidfile = tmp_path / "any.pid"
    bash(f"echo $$ >{pidfile}; _forget_unless bash {pidfile}")
    assert pidfile.exists()


def test_only_containers_of_tests_go_with_the_engine(tmp_path):
    asked = tmp_path / "asked"
    bash(
        f'docker() {{ echo "$*" >>{asked}; [[ $1 != ps ]] || echo 0123 4567; }}; engine_forget_tests'
    )
    listed, removed = asked.read_text().splitlines()
    pattern = re.search(r"name=(\S+)", listed)[1]
    assert re.search(pattern, f"/{OWN}-arc-messaging")
    assert not any(
        re.search(pattern, f"/{name}")
        for name in ("arc-messaging", "my-e2e1xabcd", "smoke12-arc-cache")
    )
    assert removed == "rm --force --volumes 0123 4567"


def test_an_archive_with_another_checksum_is_not_taken(tmp_path):
    fetched = 'pulsar_fetch() { echo "something else" >"$(pulsar_archive "$1")"; }; setup_pulsar_archive "$PULSAR_VERSION"'
    cache, state = tmp_path / "cache", tmp_path / "state"
    state.mkdir()
    result = bash(fetched, ARC_CACHE_DIR=cache, ARC_STATE=state)
    assert result.returncode == 1 and "sha256 differs" in result.stderr
    # No stamp, which would have the next run believe it.
    assert len([path for path in cache.rglob("*") if path.is_file()]) == 1


def check_lock(tmp_path, list_text, mode):
    """Runs a copy of check-lock beside a list of our own, with a fake dpkg-query."""
    (tmp_path / "check-lock").write_text((ROOT / "docker/check-lock").read_text())
    (tmp_path / "packages.lock").write_text(list_text)
    fake = tmp_path / "dpkg-query"
    fake.write_text("#!/bin/sh\nprintf 'a=1\\nlib:arm64=2:2.0~x\\n'\n")
    fake.chmod(0o755)
    return subprocess.run(
        ["sh", str(tmp_path / "check-lock"), "dev", mode],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_packages_as_listed_say_nothing(tmp_path):
    result = check_lock(
        tmp_path, "# list\na=1 amd64,dev\nlib:arm64=2:2.0~x dev\nb=1 arm64\n", "strict"
    )
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(("mode", "status"), [("warn", 0), ("strict", 1)])
def test_each_difference_is_a_line(tmp_path, mode, status):
    result = check_lock(tmp_path, "a=3 dev\ngone=1 dev\n", mode)
    assert result.returncode == status
    assert sorted(result.stdout.splitlines()) == [
        "lock: dev: a is 1, the list has 3",
        "lock: dev: gone is not installed, the list has 1",
        "lock: dev: lib:arm64 2:2.0~x is installed, the list has none",
    ]


def run_stages(folder, makefile, *stages, at_once=2):
    """scripts/run-stages on a Makefile of its own, in a tree of its own."""
    (folder / "scripts").mkdir()
    (folder / "scripts/run-stages").write_bytes((ROOT / "scripts/run-stages").read_bytes())
    (folder / "Makefile").write_text(makefile)
    return subprocess.run(
        ["bash", folder / "scripts/run-stages", *stages],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={
            name: value
            for name, value in os.environ.items()
            if name not in ("MAKE", "MAKEFLAGS", "MAKELEVEL")
        }
        | {"ARC_STAGES": str(at_once)},
    )


def test_a_failed_stage_ends_the_others_and_what_needs_it_never_starts(tmp_path):
    result = run_stages(
        tmp_path,
        "good:\n\t@true\nbad: \n\t@echo broken; exit 3\nlong:\n\t@sleep 300\nnever:\n\t@touch never\n",
        "good",
        "long",
        "bad:good",
        "never:bad",
        at_once=3,
    )
    assert result.returncode == 1
    assert "== good           passed in" in result.stdout
    assert "broken" in result.stdout and "== bad            failed after" in result.stdout
    assert "== long           ended, because another failed" in result.stdout
    assert not (tmp_path / "never").exists() and "== never          waiting" in result.stdout


def test_stages_run_side_by_side_and_after_what_they_need(tmp_path):
    """`first` and `second` each wait for the other's file: one after the other they would never
    end."""
    makefile = """
first: ; @touch first; until [ -e second ]; do sleep 0.05; done
second: ; @touch second; until [ -e first ]; do sleep 0.05; done
third: ; @test -e first -a -e second; touch third
"""
    result = run_stages(tmp_path, makefile, "third:first,second", "first", "second")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "third").exists()


def test_the_slowest_tests_of_all_stages_are_listed(tmp_path):
    makefile = """
one: ; @printf '3.5\\ttests/a.py::slow\\n0.1\\ttests/a.py::quick\\n' >$$ARC_TEST_TIMES
two: ; @printf '12.0\\ttests/b.py::slowest\\n' >$$ARC_TEST_TIMES
"""
    result = run_stages(tmp_path, makefile, "one", "two")
    slowest = result.stdout.partition("slowest tests (seconds)")[2].split()
    assert slowest[:6] == [
        "12.0",
        "tests/b.py::slowest",
        "3.5",
        "tests/a.py::slow",
        "0.1",
        "tests/a.py::quick",
    ]


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        (["a:b"], "stage 'a' needs 'b', which is not in the list"),
        (["a:b", "b:a"], "the stages need each other in a circle"),
        ([], "which stages?"),
    ],
)
def test_a_list_of_stages_that_makes_no_sense_is_refused(tmp_path, stages, said):
    result = run_stages(tmp_path, "a b: ; @true\n", *stages)
    assert result.returncode == 64 and said in result.stderr


def test_help_lists_every_target_with_a_comment():
    result = subprocess.run(
        ["make", "-C", ROOT, "help"], capture_output=True, text=True, timeout=60, check=False
    )
    for target in ("build", "test", "lint", "clean", "setup", "engine-down"):
        assert f"\n  {target} " in result.stdout


# What a container is given.


def container_options(tmp_path, *arguments, **variables):
    """docker's arguments when user 1001 calls scripts/in-container."""
    for name, text in (("docker", f'echo "$*" >{tmp_path}/said'), ("id", "echo 1001")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ARC_CACHE_DIR": str(tmp_path), **variables}
    subprocess.run(
        [ROOT / "scripts/in-container", *arguments, "dev", "true"],
        env=environment,
        timeout=60,
        check=True,
    )
    return (tmp_path / "said").read_text()


def test_what_is_built_belongs_to_the_one_who_built_it(tmp_path):
    assert "--user 1001:1001 " in container_options(tmp_path)


@pytest.mark.parametrize("kind", ["--resolver", "--namespaces"])
def test_tests_that_change_owners_are_root_whoever_calls(tmp_path, kind):
    said = container_options(tmp_path, kind)
    assert "--user 0:0 " in said
    assert "--env PYTHONDONTWRITEBYTECODE=1 " in said


def test_the_compilers_cache_has_a_limit(tmp_path):
    assert "--env CCACHE_MAXSIZE=2G " in container_options(tmp_path)
    assert "--env CCACHE_MAXSIZE=300M " in container_options(tmp_path, ARC_CCACHE_SIZE="300M")
