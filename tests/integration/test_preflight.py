"""The preflight of `run`: exit 78 before the server starts, and no changes."""

import errno
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from scenarios.redis import newest_aof
from scenarios.tables import named
from support import seccomp
from support.machine import publishing_resolver
from support.run_process import can_be_pid1
from support.servers import (
    SIDECAR,
    accepts,
    free_port,
    need,
    redis_cli,
    redis_server,
    redis_with_keys,
    run_sidecar,
    running,
    sidecar_environment,
    wait_until,
)

REDIS_UID = 1000


def preflight(*command, service, env=None, **options):
    return run_sidecar(
        "preflight", "--locks", "--service", service, "--", *map(str, command), env=env, **options
    )


def refused(start, command, flags, **popen):
    """Runs it; the lines that say why the server was not started."""
    run = start([str(word) for word in command], flags, **popen)
    assert run.wait() == 78, run.log()
    assert not run.printed(), "the server was started"
    lines = run.own_lines()
    assert (
        lines[-1]
        == "preflight: the server was not started, exit 78. ARC_PREFLIGHT=warn starts it anyway"
    )
    return [line.removeprefix("preflight: ") for line in lines[:-1]]


def chown_tree(path, uid):
    for one in (path, *path.rglob("*")):
        os.chown(one, uid, uid)


def as_user(uid):
    return {"user": uid, "group": uid, "extra_groups": []}


@pytest.fixture
def open_path(tmp_path):
    """A directory that another user can reach."""
    for one in (tmp_path, *tmp_path.parents):
        if one.owner() == "root" and str(one).startswith("/tmp"):
            one.chmod(one.stat().st_mode | 0o055)
    return tmp_path


# Redis -------------------------------------------------------------------------------------------------------------------------------


def test_appendonly_over_a_snapshot_is_rejected_with_a_procedure_that_works(start, tmp_path):
    with named("Redis", "run-appendonly-over-snapshot").make(tmp_path) as setting:
        data, command = setting.values["data"], setting.command
        (data / "redis.log").unlink()
        (_,) = refused(start, command, setting.flags)
    with redis_server(data, "--appendonly", "no") as server:  # the procedure of the message
        assert redis_cli(server.port, "CONFIG", "SET", "appendonly", "yes") == "OK"
        wait_until(
            lambda: "aof_rewrite_in_progress:0" in redis_cli(server.port, "INFO", "persistence"),
            "the rewrite is over",
        )
        assert "aof_last_bgrewrite_status:ok" in redis_cli(server.port, "INFO", "persistence")
    run = start([str(word) for word in command], ["--service", "redis", "--no-agent"])
    wait_until(lambda: redis_cli(command[2], "GET", "key") == "kept", "the key is there")
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_a_snapshot_without_keys_and_a_volume_with_its_aof_are_started(tmp_path):
    empty = tmp_path / "empty"
    with redis_server(empty, "--appendonly", "no") as server:
        assert redis_cli(server.port, "SAVE") == "OK"
    assert (empty / "dump.rdb").exists()
    both = tmp_path / "both"
    with redis_server(both) as server:
        assert redis_cli(server.port, "SET", "key", "kept") == "OK"
        assert redis_cli(server.port, "SAVE") == "OK"
    for data in (empty, both):
        result = preflight("redis-server", "--dir", data, "--appendonly", "yes", service="redis")
        assert (result.returncode, "refused" in result.stdout) == (0, False), result.stdout
    result = preflight("redis-server", "--dir", empty, service="redis")
    assert re.fullmatch(
        rf"log_format: text\n(lock: \d+ 1 {empty}\t/.*\n)+locks: named\n", result.stdout
    ), result.stdout


def test_nul_bytes_at_the_end_of_the_aof_are_rejected_with_a_procedure_that_works(tmp_path):
    with named("Redis", "run-aof-ends-with-nul-bytes").make(tmp_path) as setting:
        data, repaired = setting.values["data"], setting.values["repaired"]
    # Redis really exits, and the recommended command repairs the file.
    log = tmp_path / "log"
    with running(
        [
            need("redis-server"),
            "--port",
            str(free_port()),
            "--dir",
            str(data),
            "--appendonly",
            "yes",
        ],
        log,
    ) as server:
        assert server.wait(10) == 1
    assert "Bad file format reading the append only file" in log.read_text()
    subprocess.run(
        [need("redis-check-aof"), "--fix", str(repaired)],
        input=b"y\n",
        capture_output=True,
        check=True,
    )
    assert (
        preflight("redis-server", "--dir", data, "--appendonly", "yes", service="redis").returncode
        == 0
    )


@pytest.mark.parametrize("truncated", ["yes", "no"])
def test_a_cut_aof_is_a_warning_and_a_refusal_where_redis_would_refuse(tmp_path, truncated):
    data = tmp_path / "data"
    redis_with_keys(data)
    file = newest_aof(data)
    os.truncate(file, file.stat().st_size - 7)
    result = preflight(
        "redis-server",
        "--dir",
        data,
        "--appendonly",
        "yes",
        "--aof-load-truncated",
        truncated,
        service="redis",
    )
    if truncated == "yes":
        assert result.returncode == 0
        assert (
            f"warning: {file}: ends inside a command, as after a crash: Redis drops that last command and starts"
            in result.stdout
        )
    else:
        assert result.returncode == 78
        assert (
            f"refused: {file}: ends inside a command, and aof-load-truncated is off"
            in result.stdout
        )


def test_one_file_of_another_user_is_found(start, open_path):
    data = open_path / "data"
    redis_with_keys(data)
    chown_tree(data, REDIS_UID)
    os.chown(newest_aof(data), 999, 999)
    (reason,) = refused(
        start,
        ["redis-server", "--dir", data, "--appendonly", "yes"],
        ["--service", "redis"],
        **as_user(REDIS_UID),
    )
    assert reason.startswith(f"{newest_aof(data)}: belongs to 999:999 (mode 0644)")
    assert f"chown -R 1000:1000 {data} " in reason


def test_an_absent_directory_is_named(start, tmp_path):
    (reason,) = refused(
        start,
        ["redis-server", "--dir", "/no/such/volume"],
        ["--service", "redis", "--no-agent"],
        user=1000,
        group=1000,
    )
    assert reason == (
        "/no/such/volume: does not exist, and this server, which runs as 1000:1000, cannot make it in / (belongs to 0:0, mode 0755): "
        "mount a volume there, or as root: install -d -o 1000 -g 1000 /no/such/volume"
    )


@pytest.mark.skipif(os.access("/sys", os.W_OK), reason="/sys is read-only in a container alone")
@pytest.mark.parametrize("user", [0, 1000])
def test_a_volume_without_a_store_that_is_read_only_is_said_to_be(start, user):
    """/sys stands for the volume: read-only, and the server's directory is not there yet."""
    lines = refused(
        start,
        ["nats-server", "-m", "8222", "-js", "-sd", "/sys"],
        ["--service", "nats", "--no-agent"],
        **as_user(user),
    )
    assert (
        "/sys/jetstream: does not exist and cannot be made: /sys is on a read-only file system: mount the volume read-write"
        in lines
    )


def test_a_directory_below_one_that_may_not_be_searched_is_not_called_absent(start, open_path):
    data = open_path / "locked" / "data"
    data.mkdir(parents=True)
    data.parent.chmod(0o700)
    (reason,) = refused(
        start,
        ["redis-server", "--dir", data],
        ["--service", "redis", "--no-agent"],
        **as_user(REDIS_UID),
    )
    assert reason == (
        f"{data}: cannot be reached: {data.parent} belongs to 0:0 (mode 0700), and this server, which runs as 1000:1000, may not look into it: "
        f"as root, chmod a+x {data.parent}"
    )


# What is not the server's, and what cannot be known
# ------------------------------------------------------------------------------------


def lost_and_found(directory):
    """As ext4 makes it at the root of a volume."""
    (directory / "lost+found").mkdir(mode=0o700, parents=True)
    (directory / ".snapshot").mkdir(mode=0o700)


@pytest.mark.parametrize(
    "service", ["redis", "nats", "nats at the root", "pulsar", "pulsar at the roots"]
)
def test_what_no_server_made_does_not_count(start, open_path, pulsar_home, service):
    data = open_path / "data"
    if service.startswith("pulsar"):
        chown_tree(pulsar_home / "data", 10000)
        for root in (
            ("data",) if service == "pulsar" else ("data/metadata", "data/standalone/bookkeeper")
        ):
            lost_and_found(pulsar_home / root)
        command, env, uid = ["bin/pulsar", "standalone"], pulsar_env(pulsar_home), 10000
    else:
        redis_with_keys(data)
        (data / "jetstream").mkdir()
        chown_tree(data, 1000)
        lost_and_found(data / "jetstream" if service == "nats at the root" else data)
        (data / "notes.txt").touch(0o600)
        command = (
            ["redis-server", "--dir", data, "--appendonly", "yes"]
            if service == "redis"
            else ["nats-server", "-m", "1", "-js", "-sd", data]
        )
        env, uid = {}, 1000
    result = preflight(*command, service=service.split()[0], env=env, **as_user(uid))
    assert result.returncode == 0 and "refused" not in result.stdout, result.stdout


def test_a_snapshot_of_another_user_is_replaced_and_no_obstacle(open_path):
    """Redis reads it and renames a new one over it; with an append-only file it does not even read
    it."""
    data = open_path / "data"
    redis_with_keys(data)
    with redis_server(data, "--appendonly", "yes") as server:
        assert redis_cli(server.port, "SAVE") == "OK"
    chown_tree(data, 1000)
    os.chown(data / "dump.rdb", 0, 0)
    me = as_user(1000)
    (data / "dump.rdb").chmod(0o644)
    assert preflight("redis-server", "--dir", data, service="redis", **me).returncode == 0
    (data / "dump.rdb").chmod(0o600)
    assert (
        preflight(
            "redis-server", "--dir", data, "--appendonly", "yes", service="redis", **me
        ).returncode
        == 0
    )
    result = preflight("redis-server", "--dir", data, service="redis", **me)
    assert f"refused: {data}/dump.rdb: belongs to 0:0 (mode 0600)" in result.stdout


DENIED = [
    "faccessat2",
    "newfstatat",
    "statx",
    "getdents64",
    "statfs",
    "socket",
    "bind",
    "readlink",
    "fcntl",
]


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOSYS], ids=["EPERM", "ENOSYS"])
@pytest.mark.parametrize("call", DENIED)
def test_a_system_call_that_is_denied_is_no_reason_to_refuse(open_path, pulsar_home, call, error):
    """As by a profile that is older than the call. What cannot be known is not refused, and nothing
    untrue is said."""
    data = open_path / "data"
    redis_with_keys(data)
    with redis_server(data, "--appendonly", "yes") as server:
        assert redis_cli(server.port, "SAVE") == "OK"
    chown_tree(data, 1000)
    (data / "jetstream").mkdir()
    os.chown(data / "jetstream", 1000, 1000)
    chown_tree(pulsar_home / "data", 1000)
    commands = {
        "redis": ["redis-server", "--dir", data, "--appendonly", "yes"],
        "nats": ["nats-server", "-m", "8222", "-js", "-sd", data],
        "pulsar": ["bin/pulsar", "standalone"],
    }
    env = pulsar_env(pulsar_home) | {
        "LSAN_OPTIONS": "detect_leaks=0"
    }  # which reads directories itself
    for service, command in commands.items():
        calls = (
            (call, "faccessat", "access")
            if call == "faccessat2"
            else (call, "readlinkat")
            if call == "readlink"
            else (call,)
        )
        for denied in (calls, (call,)):
            result = preflight(
                *command,
                service=service,
                env=env,
                preexec_fn=seccomp.deny(*denied, error=error),
                **as_user(1000),
            )
            assert result.returncode == 0, f"{service}: {result.stdout}{result.stderr}"
            assert "refused" not in result.stdout, result.stdout


def test_with_the_newest_call_denied_the_older_one_still_tells(open_path):
    data = open_path / "data"
    redis_with_keys(data)
    result = preflight(
        "redis-server",
        "--dir",
        data,
        service="redis",
        preexec_fn=seccomp.deny("faccessat2"),
        **as_user(1000),
    )
    assert f"refused: {data}: belongs to 0:0 (mode 0755)" in result.stdout


def test_an_append_only_file_that_is_a_snapshot_may_end_in_nul_bytes(tmp_path):
    """From before Redis 7: one file, which begins as a snapshot. Without a checksum (rdbchecksum
    no) that ends with eight NUL bytes."""
    data = tmp_path / "data"
    with redis_server(data, "--appendonly", "no", "--rdbchecksum", "no", "--save", "") as server:
        assert redis_cli(server.port, "SET", "key", "kept") == "OK"
        assert redis_cli(server.port, "SAVE") == "OK"
    (data / "dump.rdb").rename(data / "appendonly.aof")
    assert (data / "appendonly.aof").read_bytes().endswith(b"\xff" + bytes(8))
    command = ["redis-server", "--dir", data, "--appendonly", "yes"]
    result = preflight(*command, service="redis")
    assert result.returncode == 0 and "NUL" not in result.stdout, result.stdout
    with redis_server(data, "--appendonly", "yes") as server:
        assert redis_cli(server.port, "GET", "key") == "kept"  # Redis takes it
    base = data / "appendonlydir/appendonly.aof"  # as it was, and as the manifest's base
    assert base.read_bytes().endswith(b"\xff" + bytes(8))
    assert preflight(*command, service="redis").returncode == 0
    with open(base, "ab") as file:
        file.write(bytes(12))
    assert f"refused: {base}: ends with 20 NUL bytes" in preflight(*command, service="redis").stdout


# Pulsar's start script
# -----------------------------------------------------------------------------------------------------------------

PULSAR_ENV = """
PULSAR_MEM=${PULSAR_MEM:-"-Xms2g -Xmx900g -XX:MaxDirectMemorySize=4g"}
PULSAR_GC_LOG_DIR=${PULSAR_GC_LOG_DIR:-"${PULSAR_LOG_DIR}"}
if [[ -z "$PULSAR_GC_LOG" ]]; then
  PULSAR_GC_LOG="-Xlog:gc*:${PULSAR_GC_LOG_DIR}/pulsar_gc_%p.log"
fi
"""


@pytest.fixture
def whole_home(pulsar_home):
    """With its start script's settings, as in upstream's image."""
    (pulsar_home / "conf").unlink()
    (pulsar_home / "conf").mkdir()
    (pulsar_home / "conf/standalone.conf").write_text("")
    (pulsar_home / "conf/pulsar_env.sh").write_text(PULSAR_ENV)
    (pulsar_home / "logs").mkdir()
    chown_tree(pulsar_home, 10000)
    return pulsar_home


def look_at_pulsar(home, *flags, **env):
    return preflight(
        "bin/pulsar",
        "standalone",
        *flags,
        service="pulsar",
        env={"PULSAR_HOME": str(home)} | env,
        **as_user(10000),
    )


def test_pulsar_s_logs_must_be_writable_where_the_jvm_writes_there(whole_home):
    assert look_at_pulsar(whole_home).returncode == 0
    os.chown(whole_home / "logs", 0, 0)
    result = look_at_pulsar(whole_home)
    assert result.returncode == 78
    assert (
        f"refused: {whole_home}/logs: {whole_home}/logs belongs to 0:0 (mode 0755), and this server runs as 10000:10000"
        in result.stdout
    )
    assert "PULSAR_GC_LOG=-Xlog:disable" in result.stdout
    for env in (
        {"PULSAR_GC_LOG": "-Xlog:disable"},
        {"PULSAR_LOG_DIR": "/tmp"},
        {"PULSAR_GC_LOG_DIR": "/tmp"},
    ):
        assert look_at_pulsar(whole_home, **env).returncode == 0


@pytest.mark.skipif(os.access("/sys", os.W_OK), reason="/sys is read-only in a container alone")
def test_pulsar_s_temporary_directory_must_be_writable_and_allow_exec(whole_home):
    result = look_at_pulsar(whole_home, PULSAR_EXTRA_OPTS="-Djava.io.tmpdir=/sys")
    assert result.returncode == 78
    assert (
        "refused: /sys: is mounted noexec, but Pulsar loads its native libraries from there"
        in result.stdout
    )
    assert (
        look_at_pulsar(
            whole_home, PULSAR_EXTRA_OPTS="-Djava.io.tmpdir=/sys", ROCKSDB_SHAREDLIB_DIR="/tmp"
        ).returncode
        == 0
    )


def test_pulsar_s_memory_is_that_of_its_start_script_where_none_is_set(whole_home):
    """Of this container's own limit, where it has one; tests/e2e has one for certain."""
    limited = (
        "refused: PULSAR_MEM is not set, and the start script's own default for the heap may take 900 GiB"
        in look_at_pulsar(whole_home).stdout
    )
    assert limited == ("may take 900" in look_at_pulsar(whole_home, PULSAR_MEM="-Xmx900g").stdout)


@pytest.mark.xdist_group("resolver")
@pytest.mark.parametrize(
    "flags",
    [
        ["-a", "NAME"],
        ["-a=NAME"],
        ["-aNAME"],
        ["--advertised-address", "NAME"],
        ["--advertised-address=NAME"],
    ],
)
def test_each_way_to_give_the_advertised_name_is_read(pulsar_home, flags):
    words = [flag.replace("NAME", "no-such-host.invalid") for flag in flags]
    result = preflight(
        "bin/pulsar", "standalone", *words, service="pulsar", env=pulsar_env(pulsar_home)
    )
    assert "no-such-host.invalid: the broker advertises this name" in result.stdout
    good = [flag.replace("NAME", "localhost") for flag in flags]
    (pulsar_home / "conf").write_text("advertisedAddress=no-such-host.invalid\n")  # the flag wins
    assert (
        preflight(
            "bin/pulsar", "standalone", *good, service="pulsar", env=pulsar_env(pulsar_home)
        ).returncode
        == 0
    )


@pytest.mark.xdist_group("resolver")
def test_only_the_internal_listener_s_name_must_resolve(pulsar_home):
    conf = pulsar_home / "conf"
    listeners = "advertisedListeners=internal:pulsar://localhost:6650,external:pulsar://only-outside.invalid:6650\n"
    conf.write_text(listeners)
    result = preflight("bin/pulsar", "standalone", service="pulsar", env=pulsar_env(pulsar_home))
    assert result.returncode == 0 and "only-outside" not in result.stdout, result.stdout
    conf.write_text(listeners + "internalListenerName=external\n")
    result = preflight("bin/pulsar", "standalone", service="pulsar", env=pulsar_env(pulsar_home))
    assert "only-outside.invalid: the broker advertises this name" in result.stdout


@pytest.mark.xdist_group("resolver")
def test_an_advertised_name_may_appear_after_the_start(pulsar_home):
    """As an orchestrator publishes the names of its containers."""
    words = ["bin/pulsar", "standalone", "-a", "appears-soon.invalid"]
    with publishing_resolver(1.5):
        result = preflight(*words, service="pulsar", env=pulsar_env(pulsar_home))
    assert result.returncode == 0 and "appears-soon" not in result.stdout, result.stdout


@pytest.mark.xdist_group("resolver")
def test_an_advertised_name_that_does_not_appear_is_refused(pulsar_home):
    words = ["bin/pulsar", "standalone", "-a", "appears-late.invalid"]
    with publishing_resolver(60):
        result = preflight(*words, service="pulsar", env=pulsar_env(pulsar_home))
    assert result.returncode == 78, result.stdout
    assert "refused: appears-late.invalid: the broker advertises this name" in result.stdout


REDIS_CONFIGURATIONS = {
    # /link is a link to the data
    "include with a pattern": "dir {data}\ninclude {conf}/*.conf\n",
    "include after dir": "dir {data}/..\ninclude conf/10-aof.conf\ndir {data}\n",
    "link": "include {conf}/10-aof.conf\ndir {link}/..\ndir data\n",
    "quotes": """'DIR' "{data}"\nAppendOnly "y\\x65s"\n""",
}


@pytest.mark.parametrize("text", REDIS_CONFIGURATIONS.values(), ids=REDIS_CONFIGURATIONS)
def test_the_guard_of_a_snapshot_reads_redis_conf_as_the_server_does(tmp_path, text):
    data, conf, link = tmp_path / "data", tmp_path / "conf", tmp_path / "elsewhere/link"
    redis_with_keys(data, "--appendonly", "no")
    conf.mkdir()
    (conf / "10-aof.conf").write_text("appendonly yes\n")
    link.parent.mkdir()
    link.symlink_to(data)
    (tmp_path / "redis.conf").write_text(text.format(data=data, conf=conf, link=link))
    result = preflight("redis-server", tmp_path / "redis.conf", service="redis")
    assert result.returncode == 78, result.stdout
    assert f"refused: {data}/dump.rdb: holds data (" in result.stdout
    assert "warning" not in result.stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port 1\nappendonly maybe\n", "redis.conf:2: appendonly is neither yes nor no"),
        ('port 1\n\ndir "/data\n', "redis.conf:3: a quote is not closed, or no blank follows it"),
        ("apendonly yes\n", "redis.conf:1: apendonly is not a known directive"),
        ("dir absent\n", "redis.conf:1: there is no directory './absent'"),
        ("port 0\n", "the settings of redis-server: the server listens nowhere"),
    ],
)
def test_what_redis_rejects_is_a_warning_with_its_line(tmp_path, text, reason):
    (tmp_path / "redis.conf").write_text(text)
    result = preflight("redis-server", "redis.conf", service="redis", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert f"warning: {reason}" in result.stdout
    server = subprocess.run(
        [need("redis-server"), "redis.conf"],
        cwd=tmp_path,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert server.returncode == 1


# What cannot be understood
# -----------------------------------------------------------------------------------------------------------


def unread(result):
    """The one line that says what was not understood."""
    lines = [
        line
        for line in result.stdout.splitlines()
        if "what the server is told is not known" in line
        or "The settings of nats-server are not known" in line
    ]
    assert len(lines) == 1, result.stdout
    assert lines[0].startswith("warning: ")
    return lines[0]


SCRIPTS = [
    ["sh", "-c", "exec redis-server --appendonly yes --dir {data}"],
    ["{entry}", "--appendonly", "yes", "--dir", "{data}"],
    ["{renamed}", "--dir", "{data}", "--appendonly", "yes"],
    ["env", "-C", "{data}", "redis-server", "--appendonly", "yes", "--dir", "{data}"],
    [
        "bash",
        "-l",
        "-c",
        "redis-server --appendonly yes --dir {data} && exec /usr/bin/redis-server",
    ],
    ["redis-server", "-", "--appendonly", "yes", "--dir", "{data}"],
    ["redis-server", "--appendonly", "yes", "--dir", "{data}", "-"],
    ["redis-server", "/dev/stdin", "--appendonly", "yes", "--dir", "{data}"],
]


@pytest.fixture
def unclear(tmp_path):
    """Redis's data in a folder, and the files that commands which are not understood have."""
    data = tmp_path / "data"
    redis_with_keys(data, "--appendonly", "no")
    names = {
        "data": data,
        "entry": tmp_path / "entry.sh",
        "renamed": tmp_path / "my-cache",
    }
    return data, lambda words: [word.format(**names) for word in words]


@pytest.mark.parametrize(
    "words",
    SCRIPTS,
    ids=[
        "sh",
        "entry",
        "renamed",
        "env-C",
        "login-shell",
        "stdin",
        "stdin-last",
        "dev-stdin",
    ],
)
def test_a_command_that_is_not_understood_is_named_and_the_snapshot_kept(unclear, words):
    data, command = unclear
    result = preflight(*command(words), service="redis")
    unread(result)
    assert result.returncode == 78, result.stdout
    assert f"refused: {data}/dump.rdb: holds data (" in result.stdout
    assert f"\t{data}\n" in result.stdout, "the lock is on the folder that the command names"


@pytest.mark.parametrize(
    "words",
    [
        ["sh", "-c", "exec redis-server --appendonly no --dir {data}"],
        ["sh", "-c", "exec redis-server"],
    ],
)
def test_a_command_that_is_not_understood_is_not_refused_on_a_guess(unclear, words):
    _, command = unclear
    result = preflight(*command(words), service="redis", env={"ARC_PREFLIGHT": "refuse"})
    unread(result)
    assert result.returncode == 0, result.stdout


def test_what_is_declared_is_looked_at_behind_a_script(start, open_path):
    """The image's own declaration: its volume's owner, and that `appendonly` is wanted."""
    data = open_path / "data"
    redis_with_keys(data, "--appendonly", "no")
    env = {"ARC_REDIS_DATA_DIR": str(data), "ARC_REDIS_APPENDONLY": "true"}
    script = ["sh", "-c", "exec redis-server /etc/redis/redis.conf"]
    result = preflight(*script, service="redis", env=env)
    assert (
        f"refused: {data}: declared as a volume (redis.data_dir), and nothing is mounted there"
        in result.stdout
    )
    assert f"refused: {data}/dump.rdb: holds data (" in result.stdout
    lines = refused(start, script, ["--service", "redis"], env=env, **as_user(REDIS_UID))
    assert any(
        line.startswith(f"{data}: belongs to 0:0 (mode 0755), without access for others")
        for line in lines
    ), lines


@pytest.mark.parametrize(
    ("service", "command", "example"),
    [
        ("nats", ["sh", "-c", "exec nats-server -js"], "nats-server -c /etc/nats/nats-server.conf"),
        ("pulsar", ["sh", "-c", "exec bin/pulsar standalone"], "bin/pulsar standalone"),
        ("pulsar", ["bin/pulsar", "broker"], "bin/pulsar standalone"),
    ],
)
def test_each_service_says_what_it_does_not_understand(service, command, example):
    result = preflight(*command, service=service)
    assert result.returncode == 0, result.stdout
    assert f"write the command as `{example}`" in unread(result)


def test_nats_files_that_are_not_understood_are_no_reason_to_refuse(tmp_path):
    conf = tmp_path / "nats.conf"
    env = {"ARC_NATS_DATA_DIR": str(tmp_path)}
    for text, line, why in (
        ("port: 4222\ninclude absent.conf\n", 2, f"include {tmp_path}/absent.conf: cannot be read"),
        ("jetstream {\n\n store_dir: $NOWHERE }\n", 3, "$NOWHERE: a variable without a value"),
        ("http_port: 8222\nmonitor_port: 8223\n", 2, "monitor_port sets what another name"),
        ("http: on\n", 1, "http is not a port"),
        ("jetstream {\n store_dir: '/data'", 2, "a map does not end"),
    ):
        conf.write_text(text)
        result = preflight("nats-server", "-c", conf, service="nats", env=env)
        assert unread(result).startswith(f"warning: {conf}:{line}: {why}")
        assert (
            "monitoring port" not in result.stdout
            and "is where the server keeps its data" not in result.stdout
        ), result.stdout


@pytest.mark.parametrize(
    "text",
    [
        'jetstream: { store: "DATA" }',
        'jetstream: Enabled\nstore_dir: "DATA"',
        'authorization { user: app, password: s3#cr3t, timeout: 2 }\njetstream { store_dir: "DATA" }',
        'jetstream {\n root = "DATA"\n store_dir: $root\n}',
        "include ./conf.d/all.conf",
    ],
)
def test_nats_spellings_that_the_server_takes(tmp_path, text):
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/all.conf").write_text("include ./js.conf\n")
    (tmp_path / "conf.d/js.conf").write_text(f'jetstream {{ store_dir: "{tmp_path}" }}\n')
    conf = tmp_path / "nats.conf"
    conf.write_text(text.replace("DATA", str(tmp_path)) + "\nhttp_port: 8222\n")
    checked = subprocess.run(
        [need("nats-server"), "-t", "-c", str(conf)], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    result = preflight("nats-server", "-c", conf, service="nats")
    assert result.returncode == 0, result.stdout
    assert f"{tmp_path}/jetstream\t" in result.stdout, "the store is known"


def test_preflight_leaves_standard_input_to_the_server(start, tmp_path):
    with open(tmp_path / "redis.conf", "w+") as conf:
        port = free_port()
        conf.write(f"port {port}\ndir {tmp_path}\n")
        conf.seek(0)
        run = start([need("redis-server"), "-"], ["--service", "redis", "--no-agent"], stdin=conf)
        wait_until(lambda: accepts(port), "the server has read its configuration")
    assert (
        "standard input: it is the server's to read: what the server is told is not known"
        in run.log()
    )
    run.send(signal.SIGTERM)
    assert run.wait() == 0


def test_a_pipe_as_the_server_s_configuration_is_not_emptied(tmp_path):
    fifo = tmp_path / "redis.conf"
    os.mkfifo(fifo)
    result = preflight("redis-server", fifo, service="redis")
    assert result.returncode == 0
    assert f"{fifo}: cannot be read" in unread(result)


@pytest.mark.parametrize("service", ["nats", "redis"])
def test_a_configuration_that_is_too_long_is_not_read_in_part(tmp_path, service):
    """A resolver_preload or an ACL of thousands: the store is named behind it."""
    conf = tmp_path / "long.conf"
    conf.write_text("# one of many\n" * 80_000 + "dir /data\nhttp: 8222\n")
    assert f"{conf}: cannot be read" in unread(
        preflight(f"{service}-server", *["-c"] * (service == "nats"), conf, service=service)
    )


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["-js", "-sd", "/no/such", "-t", "-c", "/dev/null"]]
)
def test_a_nats_server_that_only_tells_something_is_not_refused(words):
    result = preflight("nats-server", *words, service="nats")
    assert (result.returncode, result.stdout) == (0, "log_format: text\nlocks: named\n")


def test_a_second_jetstream_block_replaces_the_first(tmp_path):
    """The server's store is then its default, and no longer on the volume."""
    conf = tmp_path / "nats.conf"
    conf.write_text(
        f'http: 8222\njetstream {{ store_dir: "{tmp_path}" }}\njetstream {{ max_mem: 1M }}\n'
    )
    assert "/tmp/nats/jetstream\t" in preflight("nats-server", "-c", conf, service="nats").stdout


def test_thousands_of_users_of_nats_take_no_time(tmp_path):
    conf = tmp_path / "nats.conf"
    users = ",\n".join(
        f'{{user: u{i}, password: "{i:04}-{i * 7919 % 9973:04}-of-many-{"x" * 32}"}}'
        for i in range(8000)
    )
    conf.write_text(
        f'http: 8222\njetstream {{ store_dir: "{tmp_path}" }}\nauthorization {{ users = [ {users} ] }}\n'
    )
    before = time.monotonic()
    result = preflight("nats-server", "-c", conf, service="nats")
    assert f"{tmp_path}/jetstream\t" in result.stdout
    assert time.monotonic() - before < 5, "PID 1 waits ten seconds, on a busy machine, too"


def test_an_empty_store_dir_of_nats_is_none(tmp_path):
    """`-sd "$DIR"` without DIR: the server takes its default, even if its file names another."""
    conf = tmp_path / "nats.conf"
    conf.write_text(f'http_port: 8222\njetstream {{ store_dir: "{tmp_path}" }}\n')
    assert (
        "/tmp/nats/jetstream\t"
        in preflight("nats-server", "-c", conf, "-sd", "", service="nats").stdout
    )
    assert (
        "/tmp/nats/jetstream\t"
        in preflight("nats-server", "-js", "-m", "8222", "-sd", "", service="nats").stdout
    )


# The lock ----------------------------------------------------------------------------------------------------------------------------


def another(first, command, service, env=None):
    """A second `run` beside the first: its exit code and its lines, when it was refused; it is
    ended when it was not."""
    argv = [*first.process.args[:2], "--service", service, "--no-agent", "--", *map(str, command)]
    process = subprocess.Popen(
        argv,
        env=sidecar_environment(env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        return process.wait(4), process.stderr.read()
    except subprocess.TimeoutExpired:
        process.terminate()
        return process.wait(20), process.stderr.read()


def redis_on(data, *options):
    return [
        need("redis-server"),
        "--port",
        str(free_port()),
        "--dir",
        str(data),
        "--appendonly",
        "yes",
        *options,
    ]


def nats_on(data):
    return [
        need("nats-server"),
        "-a",
        "127.0.0.1",
        "-p",
        str(free_port()),
        "-m",
        str(free_port()),
        "-js",
        "-sd",
        str(data),
    ]


def refuses(first, command, service, store, env=None):
    code, said = another(first, command, service, env)
    assert code == 78, said
    assert f"preflight: {store}: another server uses this directory" in said


def admits(first, command, service, env=None):
    code, said = another(first, command, service, env)
    assert code == 0 and "another server" not in said, said


def test_two_servers_on_one_directory_the_second_is_refused(start, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    command = redis_on(data)
    first = start(command, ["--service", "redis", "--no-agent"])
    wait_until(lambda: accepts(command[2]), "the first runs")
    refuses(first, redis_on(data), "redis", data)
    assert redis_cli(command[2], "PING") == "PONG"
    first.send(signal.SIGTERM)
    assert first.wait() == 0
    again = start(command, ["--service", "redis", "--no-agent"])
    wait_until(lambda: accepts(command[2]), "the lock went with its holder")
    again.send(signal.SIGTERM)
    assert again.wait() == 0


@pytest.mark.parametrize("used", [False, True])
def test_a_store_is_locked_before_it_exists(start, tmp_path, used):
    """Of a nats-server, which makes its store itself: on a fresh volume it is not there yet when
    the second looks."""
    data = tmp_path / "data"
    (data / "jetstream" if used else data).mkdir(parents=True)
    # The first never makes the store: what it holds is the lock of one that does not exist.
    first = start(
        ["sh", str(sleeper(tmp_path)), "nats-server", "-m", "1", "-js", "-sd", str(data)],
        ["--service", "nats", "--no-agent"],
    )
    wait_until(lambda: "started" in first.log(), "the first runs")
    refuses(first, nats_on(data), "nats", data / "jetstream")
    assert (data / "jetstream").exists() == used, "the look changes nothing"
    (tmp_path / "link").symlink_to(data)
    refuses(first, nats_on(tmp_path / "link"), "nats", tmp_path / "link/jetstream")
    (data / "jetstream").mkdir(exist_ok=True)
    refuses(first, nats_on(data), "nats", data / "jetstream")
    admits(first, nats_on(data / "other"), "nats")


def sleeper(directory):
    """A script in front of a server: runs in its place, and passes nothing on."""
    script = directory / "entry.sh"
    script.write_text("exec sleep 60\n")
    return script


def test_servers_with_stores_of_their_own_share_a_volume(start, tmp_path):
    volume = tmp_path / "volume"
    for name in ("a", "b"):
        (volume / name).mkdir(parents=True)
    command = redis_on(volume / "a")
    first = start(command, ["--service", "redis", "--no-agent"])
    wait_until(lambda: accepts(command[2]), "the first runs")
    admits(first, redis_on(volume / "b"), "redis")
    admits(first, redis_on(volume), "redis")
    admits(first, nats_on(volume), "nats")
    admits(first, nats_on(volume / "a"), "nats")
    refuses(first, redis_on(volume / "b/../a"), "redis", volume / "a")


def test_a_script_s_server_has_the_volume_to_itself(start, tmp_path):
    """Where its store is, is not known: no other server of its kind may use the declared volume."""
    data = tmp_path / "data"
    data.mkdir()
    env = {"ARC_REDIS_DATA_DIR": str(data), "ARC_NATS_DATA_DIR": str(data)}
    first = start(
        ["sh", "-c", "exec sleep 60"],
        ["--service", "redis", "--no-agent", "--preflight", "warn"],
        env=env,
    )
    wait_until(lambda: "started" in first.log(), "the first runs")
    for command in (redis_on(data), ["sh", "-c", "exec redis-server"]):
        code, said = another(first, command, "redis", env)
        assert code == 78 and f"preflight: {data}: another server uses this directory" in said
    admits(first, nats_on(data), "nats")


@pytest.mark.skipif(not can_be_pid1(), reason="no mount can be made here: it takes CAP_SYS_ADMIN")
def test_a_volume_that_is_mounted_elsewhere_is_the_same_volume(start, tmp_path):
    volume, here, there = tmp_path / "volume", tmp_path / "here", tmp_path / "there/deeper"
    for one in (volume, here, there):
        one.mkdir(parents=True)
    mounted = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        'mount --bind "$0" "$1" && shift && exec "$@"',
        str(volume),
    ]
    first = start(
        [need("nats-server"), "-m", "1", "-js", "-sd", str(here)],
        ["--service", "nats", "--no-agent"],
    )
    first.stop()
    sidecar = first.process.args[0]
    holder = subprocess.Popen(
        [
            *mounted,
            str(here),
            sidecar,
            "run",
            "--service",
            "nats",
            "--no-agent",
            "--",
            *nats_on(here),
        ],
        env=sidecar_environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until((volume / "jetstream").exists, "the first has made its store")
        result = subprocess.run(
            [
                *mounted,
                str(there),
                sidecar,
                "run",
                "--service",
                "nats",
                "--no-agent",
                "--",
                *nats_on(there),
            ],
            env=sidecar_environment(),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert result.returncode == 78, result.stderr
        assert f"preflight: {there}/jetstream: another server uses this directory" in result.stderr
    finally:
        holder.terminate()
        holder.wait(20)


def test_pulsar_s_stores_are_locked_one_by_one(start, pulsar_home):
    def command(name):
        return [
            str(pulsar_home / "bin/pulsar"),
            "standalone",
            "--metadata-dir",
            f"data/{name}-meta",
            "--bookkeeper-dir",
            f"data/{name}-bookie",
        ]

    (pulsar_home / "bin").mkdir()
    (pulsar_home / "bin/pulsar").write_text("#!/bin/sh\nexec sleep 60\n")
    (pulsar_home / "bin/pulsar").chmod(0o755)
    first = start(command("a"), ["--service", "pulsar", "--no-agent"], env=pulsar_env(pulsar_home))
    wait_until(lambda: "started" in first.log(), "the first runs")
    env = pulsar_env(pulsar_home)
    refuses(first, command("a"), "pulsar", pulsar_home / "data/a-bookie", env)
    code, said = another(first, command("b"), "pulsar", env)
    assert "another server" not in said and code == 143, said
    mixed = [*command("b")[:4], "--bookkeeper-dir", "data/a-bookie"]
    refuses(first, mixed, "pulsar", pulsar_home / "data/a-bookie", env)


def test_the_memory_limit_is_compared_with_maxmemory(tmp_path):
    """In this container's own cgroup, which has a limit only where the machine gives it one: so by
    the text alone that it says."""
    limit = next(
        (
            path
            for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
            if Path(path).exists()
        ),
        None,
    )
    known = limit and Path(limit).read_text().strip()
    has_limit = bool(known and known.isdigit() and int(known) < 1 << 60)
    result = preflight(
        "redis-server", "--dir", tmp_path, "--maxmemory", str(1 << 59), service="redis"
    )
    assert ("refused: maxmemory may take" in result.stdout) == has_limit


@pytest.mark.parametrize(("nofile", "clients", "served"), [(1024, 10000, 992), (1024, 900, None)])
def test_too_few_descriptors_for_maxclients_are_named(tmp_path, nofile, clients, served):
    """The number is what the server itself does."""
    command = ["redis-server", "--dir", str(tmp_path), "--maxclients", str(clients)]
    limits = ["prlimit", f"--nofile={nofile}:{nofile}"]
    sidecar = [SIDECAR, "preflight", "--locks", "--service", "redis", "--", *command]
    said = subprocess.run(
        [*limits, *sidecar], capture_output=True, text=True, timeout=20, check=False
    ).stdout
    wanted = f"nofile is {nofile}, so the server lowers maxclients from {clients} to {served}: "
    assert (wanted in said) == (served is not None), said
    port = free_port()
    with running([*limits, *command, "--port", str(port)], log=tmp_path / "log"):
        wait_until(lambda: redis_cli(port, "PING").strip() == "PONG", "the server answers")
        shown = redis_cli(port, "CONFIG", "GET", "maxclients").split()[-1]
    assert shown == str(served or clients)


# NATS --------------------------------------------------------------------------------------------------------------------------------


def test_a_monitor_by_option_or_in_the_file_is_enough(tmp_path):
    conf = tmp_path / "nats.conf"
    conf.write_text(f'jetstream {{ store_dir: "{tmp_path}" }}\n')
    for fit in (["-m", "8222"], ["--http_port=1"]):
        assert preflight("nats-server", "-c", conf, *fit, service="nats").returncode == 0
    conf.write_text(conf.read_text() + 'http: "127.0.0.1:8223"\n')
    assert preflight("nats-server", "-c", conf, service="nats").returncode == 0


@pytest.mark.xdist_group("small-disk")
def test_little_room_is_a_warning(small_disk):
    command = ["nats-server", "-m", "8222", "-js", "-sd", small_disk]
    result = preflight(*command, service="nats", env={"ARC_NATS_DATA_DIR": str(small_disk)})
    assert result.returncode == 0
    assert f"warning: {small_disk}/jetstream: " in result.stdout
    assert (
        " free on its disk, less than 512.0 MiB" in result.stdout
        or " free on its disk, less than 512 MiB" in result.stdout
    )


def test_data_of_another_user_deep_in_the_store_is_found(start, open_path):
    data = open_path / "data"
    (data / "jetstream/$G/streams/A/msgs").mkdir(parents=True)
    (data / "jetstream/$G/streams/A/meta.inf").write_text("{}")
    chown_tree(data, 1000)
    os.chown(data / "jetstream/$G/streams/A/meta.inf", 0, 0)
    (reason,) = refused(
        start,
        ["nats-server", "-m", "8222", "-js", "-sd", data],
        ["--service", "nats"],
        **as_user(1000),
    )
    assert reason.startswith(f"{data}/jetstream/$G/streams/A/meta.inf: belongs to 0:0")


# Pulsar ------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pulsar_home(open_path):
    """The directories of a Pulsar that has run: names and owners are all that preflight asks
    for."""
    home = open_path / "pulsar"
    (home / "data/metadata").mkdir(parents=True)
    (home / "data/metadata/CURRENT").write_text("MANIFEST-000005\n")
    (home / "data/standalone/bookkeeper/current").mkdir(parents=True)
    (home / "data/standalone/bookkeeper/current/VERSION").write_text(
        '5\nbookieHost: "127.0.0.1:1"\n'
    )
    (home / "conf").write_text("")
    return home


def pulsar_env(home, **more):
    return {"PULSAR_HOME": str(home), "PULSAR_STANDALONE_CONF": str(home / "conf")} | more


def test_metadata_that_the_group_may_write_but_another_owns_is_refused(start, pulsar_home):
    chown_tree(pulsar_home / "data", 10000)
    for path in (pulsar_home / "data/metadata", pulsar_home / "data/metadata/CURRENT"):
        os.chown(path, 0, 10000)
        path.chmod(path.stat().st_mode | 0o070)
    (reason,) = refused(
        start,
        ["bin/pulsar", "standalone"],
        ["--service", "pulsar"],
        env=pulsar_env(pulsar_home),
        **as_user(10000),
    )
    assert reason.startswith(
        f"{pulsar_home}/data/metadata: belongs to 0:10000 (mode 0775), and this server runs as 10000:10000"
    )


def test_a_volume_of_another_bookie_is_refused(start, pulsar_home):
    """By its address; tests/e2e has one by name, where a resolver knows that there is no such
    name."""
    bookie = "192.0.2.7:34863"
    (pulsar_home / "data/standalone/bookkeeper/current/VERSION").write_text(
        f'5\nbookieHost: "{bookie}"\n'
    )
    (reason,) = refused(
        start, ["bin/pulsar", "standalone"], ["--service", "pulsar"], env=pulsar_env(pulsar_home)
    )
    assert f"the data belongs to the bookie {bookie}, which is not this container" in reason
    assert "run `make strange-adopt`" in reason


def test_advertised_loopback_addresses_are_accepted(pulsar_home):
    (pulsar_home / "conf").write_text(
        "advertisedListeners=internal:pulsar://127.0.0.1:6650,external:pulsar://localhost:6650\n"
    )
    result = preflight("bin/pulsar", "standalone", service="pulsar", env=pulsar_env(pulsar_home))
    assert result.returncode == 0


def test_lost_metadata_is_said_before_the_start_and_again_at_the_end(start, pulsar_home):
    (pulsar_home / "data/metadata/CURRENT").unlink()
    (pulsar_home / "bin").mkdir()
    server = pulsar_home / "bin/pulsar"
    # As the real one does 1.5 s later; tests/e2e has the real one.
    server.write_text("#!/bin/sh\nexit 1\n")
    server.chmod(0o755)
    run = start(
        [str(server), "standalone"],
        ["--service", "pulsar", "--no-agent"],
        env=pulsar_env(pulsar_home),
    )
    assert run.wait() == 1
    said = [line for line in run.own_lines() if "the metadata of the messages in" in line]
    assert len(said) == 2
    assert said[0].startswith("preflight: ") and said[1].startswith(
        "preflight warned before the start: "
    )
    assert "No data was deleted" in said[1]


def test_pulsar_s_memory_is_heap_and_direct_memory(pulsar_home):
    result = preflight(
        "bin/pulsar",
        "standalone",
        service="pulsar",
        env=pulsar_env(pulsar_home, PULSAR_MEM="-Xmx512m"),
    )
    assert result.returncode == 0, result.stdout


# All ---------------------------------------------------------------------------------------------------------------------------------


def test_warn_starts_all_the_same_and_off_does_not_look(start, tmp_path):
    command = [
        need("nats-server"),
        "-js",
        "-a",
        "127.0.0.1",
        "-p",
        str(free_port()),
        "-sd",
        str(tmp_path),
    ]
    for mode, said in (("warn", True), ("off", False)):
        run = start(command, ["--service", "nats", "--no-agent", "--preflight", mode])
        wait_until(lambda: accepts(int(command[5])), "the server listens")
        run.send(signal.SIGTERM)
        assert run.wait() == 0
        assert (f"preflight: {command[0]}: the monitoring port is off" in run.log()) == said


def test_a_sidecar_configuration_that_cannot_be_read_is_refused(start, tmp_path):
    """Without it nothing can be verified, and without its secret the server would be started
    open."""
    conf = tmp_path / "sidecar.toml"
    conf.write_text("servise = 'redis'\n")
    command = ["sh", "-c", "echo started; exit 3"]
    for env, words in (
        ({"ARC_CONFIG": str(conf)}, f"{conf}:1: "),
        (
            {"ARC_REDIS_PASSWORD_FILE": str(tmp_path / "absent")},
            f"ARC_REDIS_PASSWORD_FILE: {tmp_path}/absent: cannot be read",
        ),
        ({"ARC_REDIS_APPENDFSYNC": "sometimes"}, "ARC_REDIS_APPENDFSYNC: "),
    ):
        # The second is about the shell.
        reason, _ = refused(start, command, ["--service", "redis"], env=env)
        assert reason.startswith(f"the sidecar's own configuration is wrong: {words}"), reason
    run = start(
        command,
        ["--service", "redis", "--no-agent", "--preflight", "warn"],
        env={"ARC_CONFIG": str(conf)},
    )
    assert run.wait() == 3
    assert f"preflight: the sidecar's own configuration is wrong: {conf}:1: " in run.log()


def test_a_secret_that_the_images_user_cannot_read_is_refused(start, open_path):
    secret = open_path / "password"
    secret.write_text("word")
    secret.chmod(0o600)
    data = open_path / "data"
    data.mkdir()
    chown_tree(data, REDIS_UID)
    command = ["redis-server", "--port", free_port(), "--save", "", "--dir", data]
    (reason,) = refused(
        start,
        command,
        ["--service", "redis"],
        env={"ARC_REDIS_PASSWORD_FILE": str(secret)},
        **as_user(REDIS_UID),
    )
    assert (
        reason
        == f"the sidecar's own configuration is wrong: ARC_REDIS_PASSWORD_FILE: {secret}: cannot be read: Permission denied"
    )


@pytest.mark.parametrize("service", ["nats", "redis", "pulsar"])
def test_a_key_or_certificate_that_cannot_be_read_is_refused(start, open_path, service):
    key = open_path / "key.pem"
    key.write_text("x")
    key.chmod(0o600)
    env = {
        f"ARC_{service.upper()}_KEY_FILE": str(key),
        f"ARC_{service.upper()}_CA_FILE": str(open_path / "absent"),
        "ARC_NATS_CERT_FILE": "/dev/null",
    }
    lines = refused(
        start, ["sh", "-c", "echo started"], ["--service", service], env=env, **as_user(REDIS_UID)
    )
    assert f"ARC_{service.upper()}_KEY_FILE: {key}: cannot be read: Permission denied" in lines
    assert (
        f"ARC_{service.upper()}_CA_FILE: {open_path}/absent: cannot be read: No such file or directory"
        in lines
    )


def test_preflight_by_itself_says_what_is_missing():
    result = run_sidecar("preflight", "--service", "redis")
    assert result.returncode == 64
    assert "the server's command is missing. Example: `arc-sidecar preflight" in result.stderr
