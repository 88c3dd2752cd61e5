"""Preflight compares what wrote the data with the server that is about to start; the server itself
is the judge."""

import re
import shutil
import stat

import pytest

from support.nats_tools import Nats, nats_server
from support.servers import (
    REDIS_DECLARED,
    free_port,
    need,
    redis_cli,
    redis_server,
    run_sidecar,
    running,
    wait_until,
)

TOO_NEW = re.compile(r"refused: \S+: RDB format (\d+).* reads no format above \d+")


def preflight(service, *command):
    return run_sidecar("preflight", "--service", service, "--", *map(str, command)).stdout


def exits(data, *options):
    """Whether redis-server leaves because of the format of its data."""
    port = free_port()
    argv = [need("redis-server"), "--port", str(port), "--dir", str(data)]
    log = data.parent / f"{port}.log"
    with running([*argv, *REDIS_DECLARED, *options], log) as server:
        wait_until(
            lambda: server.poll() is not None or redis_cli(port, "PING") == "PONG",
            "redis-server answers or exits",
        )
    return "Can't handle RDB format version" in log.read_text()


@pytest.fixture
def snapshot(tmp_path):
    """A directory with a snapshot that has no checksum, so that its header can be another's."""
    data = tmp_path / "data"
    with redis_server(data, "--appendonly", "no", "--rdbchecksum", "no") as server:
        assert redis_cli(server.port, "SET", "key", "kept") == "OK"
        assert redis_cli(server.port, "SAVE") == "OK"
    return data


def in_format(data, format):
    dump = data / "dump.rdb"
    dump.write_bytes(b"REDIS%04d" % format + dump.read_bytes()[9:])


def test_a_snapshot_of_each_format_is_refused_where_the_server_exits(snapshot):
    own = int((snapshot / "dump.rdb").read_bytes()[5:9])
    command = ("redis-server", "--dir", snapshot, "--appendonly", "no")
    for format in (own - 2, own - 1, own, own + 1, own + 2, 70):
        in_format(snapshot, format)
        said = preflight("redis", *command)
        assert bool(TOO_NEW.search(said)) == exits(snapshot, "--appendonly", "no"), (format, said)
        assert ("there is no way back" in said) == (format < own), (format, said)


def test_the_base_of_an_append_only_file_counts_likewise(snapshot):
    own = int((snapshot / "dump.rdb").read_bytes()[5:9])
    folder = snapshot / "appendonlydir"
    folder.mkdir()
    base = folder / "appendonly.aof.1.base.rdb"
    (folder / "appendonly.aof.manifest").write_text(f"file {base.name} seq 1 type b\n")
    command = ("redis-server", "--dir", snapshot, "--appendonly", "yes")
    for format in (own - 1, own, own + 1):
        in_format(snapshot, format)
        shutil.copy(snapshot / "dump.rdb", base)
        said = preflight("redis", *command)
        assert bool(TOO_NEW.search(said)) == (format > own), said
        assert ("there is no way back" in said) == (format < own), said
    assert exits(snapshot, "--appendonly", "yes")


def named(tmp_path, name, line):
    """A program of that name whose version is `line`."""
    program = tmp_path / name
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{line}"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_an_older_server_is_refused_the_append_only_file_that_it_would_not_read(tmp_path):
    """Redis 6.2 starts empty on the files of Redis 7; here only its version is its own."""
    data = tmp_path / "data"
    with redis_server(data, "--appendonly", "yes") as server:
        assert redis_cli(server.port, "SET", "key", "kept") == "OK"
    old = named(tmp_path, "redis-server", "Redis server v=6.2.5 sha=00000000:0 bits=64")
    said = preflight("redis", old, "--dir", data, "--appendonly", "yes")
    manifest = data / "appendonlydir/appendonly.aof.manifest"
    assert f"refused: {manifest}: the append-only file of Redis 7 or later. Redis 6.2.5" in said


def test_the_move_of_an_append_only_file_is_said_beforehand(snapshot):
    (snapshot / "dump.rdb").rename(snapshot / "appendonly.aof")
    said = preflight("redis", "redis-server", "--dir", snapshot, "--appendonly", "yes")
    assert f"warning: {snapshot}/appendonly.aof: the append-only file of a server before" in said
    assert said.count("no way back") == 1
    with redis_server(snapshot, "--appendonly", "yes") as server:
        assert redis_cli(server.port, "GET", "key") == "kept"
    assert not (snapshot / "appendonly.aof").exists(), "it is moved, as preflight said"


@pytest.mark.parametrize(
    "script",
    ["exit 1", "sleep 60", "exec cat /dev/zero", "kill -9 $$", "echo 'Redis server v=99.0.0'"],
)
def test_a_program_that_does_not_say_a_known_version_is_not_judged(snapshot, script):
    program = named(snapshot.parent, "redis-server", "")
    program.write_text(f"#!/bin/sh\n{script}\n")
    in_format(snapshot, 1)
    said = preflight("redis", program, "--dir", snapshot, "--appendonly", "no")
    assert "RDB format" not in said


def test_a_stream_of_a_newer_server_is_named(tmp_path):
    """2.10 takes metadata of any name, so it can make the file that a newer server makes."""
    with nats_server(tmp_path) as server, Nats(server.port) as client:
        for name, level in (("OLD", 0), ("TTL", 1), ("COUNTER", 2)):
            client.create(name, [name], metadata={"_nats.req.level": str(level)})
    for version, wanted in (
        ("2.10.27", {"TTL": "1", "COUNTER": "2"}),
        ("2.11.4", {"COUNTER": "2"}),
        ("2.12.0", {}),
        ("2.99.0", {}),
    ):
        program = named(tmp_path, "nats-server", f"nats-server: v{version}")
        said = preflight("nats", program, "-js", "-sd", tmp_path / "data", "-m", "8222")
        lines = re.findall(r"warning: stream '\$G > (\w+)' has settings of API level (\d)", said)
        assert dict(lines) == wanted, said
