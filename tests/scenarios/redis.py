"""Scenarios of Redis."""

import contextlib
import os
import resource
import signal
import socket

from scenarios.matrix import (
    NotRun,
    Setting,
    agent_states,
    as_json,
    check,
    live,
    open_to_all,
    run,
    strict,
    table,
)
from support.servers import (
    contents,
    free_port,
    limit_file_size,
    need,
    redis_cli,
    redis_cluster,
    redis_loading,
    redis_node,
    redis_server,
    redis_with_keys,
    run_sidecar,
    running,
    wait_until,
)

scenario = table("Redis")


def env(server, **more):
    """The variables that point the sidecar at the server; a keyword is one without ARC_REDIS_."""
    return {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"} | {
        f"ARC_REDIS_{name}": value for name, value in more.items()
    }


def free_disk(server):
    """Ends what limit_file_size() began."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 << 30, resource.RLIM_INFINITY))


def write_keys(server, count, size=64):
    return redis_cli(
        server.port, stdin="".join(f"SET key:{i} {'x' * size}\n" for i in range(count))
    ).rsplit("\n", 1)[-1]


def fill(server):
    """Writes until the server refuses. The memory of a client's own commands counts as used, and is
    free again afterwards: so the last keys come singly."""
    write_keys(server, 4000, size=1000)
    wait_until(
        lambda: "OOM command not allowed" in redis_cli(server.port, "APPEND", "last", "x" * 1000),
        "the server refuses writes",
    )


@scenario(
    "loading",
    "the data set is loading; redis-cli ping exits 0",
    check("redis", "starting", "redis.dataset.loading", line="LOADING (AOF … %…Wait."),
    # While it loads, INFO has aof_enabled:0, which is not a difference to the declaration.
    check(
        "redis",
        "starting",
        "redis.dataset.loading",
        line="LOADING (AOF …",
        env={"ARC_REDIS_APPENDONLY": "yes"},
    ),
    live("redis", True, "starting"),
)
def loading(directory):
    with redis_loading(directory) as server:
        yield Setting(env(server))


@scenario(
    "password-missing",
    "a password is set and the sidecar has none",
    check(
        "redis",
        "unhealthy",
        "redis.authentication.required",
        line="…requires a password (NOAUTH)…ARC_REDIS_PASSWORD_FILE…",
    ),
)
def no_password(directory):
    with redis_server(directory, "--requirepass", "Vt9kZr2right") as server:
        yield Setting(env(server))


@scenario(
    "password-wrong",
    "the password is wrong",
    check("redis", "unhealthy", "redis.authentication.failed", line="…WRONGPASS…"),
)
def wrong_password(directory):
    with redis_server(directory, "--requirepass", "Vt9kZr2right") as server:
        yield Setting(env(server, PASSWORD="Vt9kZr2wrong"))


@scenario(
    "password-unneeded",
    "a password is given and none is needed",
    check("redis", "degraded", "redis.authentication.unneeded", line="…the server has none…"),
)
def unneeded_password(directory):
    with redis_server(directory) as server:
        yield Setting(env(server, PASSWORD="Vt9kZr2good"))


@scenario(
    "run-appendonly-over-snapshot",
    "`appendonly yes` over a volume that holds a snapshot alone",
    run(78, "preflight: <data>/dump.rdb: holds data (", "start once with `--appendonly no`"),
)
def appendonly_over_snapshot(directory):
    data = redis_with_keys(directory / "data", "--appendonly", "no")
    command = [need("redis-server"), "--port", free_port(), "--dir", data, "--appendonly", "yes"]
    yield Setting(
        command=command,
        flags=["--service", "redis"],
        unchanged=lambda: contents(data),
        values={"data": data, "port": command[2]},
    )


def newest_aof(data):
    """One file before Redis 7.0."""
    files = [*data.glob("appendonly.aof"), *data.glob("appendonlydir/*.incr.aof")]
    assert len(files) == 1, files
    return files[0]


@scenario(
    "run-volume-not-mounted",
    "the declared volume of the command is not a mount",
    run(
        78,
        "preflight: <directory>: declared as a volume (redis.data_dir), and nothing is mounted there",
        reasons=0,
    ),
)
def run_without_mount(directory):
    yield Setting(
        {"ARC_REDIS_DATA_DIR": str(directory)},
        ["redis-server", "--dir", directory],
        ["--service", "redis"],
        values={"directory": directory},
    )


@scenario(
    "run-aof-ends-with-nul-bytes",
    "NUL bytes at the end of the append-only file, after a power cut",
    run(
        78,
        "preflight: <aof>: ends with 12 NUL bytes, as after a power cut: Redis would leave with ",
        '"Bad file format reading the append only file"',
        "redis-check-aof --fix <repaired>",
    ),
)
def nul_bytes(directory):
    data = redis_with_keys(directory / "data")
    manifest = data / "appendonlydir/appendonly.aof.manifest"
    repaired = manifest if manifest.exists() else newest_aof(data)
    with open(newest_aof(data), "ab") as file:
        file.write(b"\0" * 12)
    yield Setting(
        command=[need("redis-server"), "--dir", data, "--appendonly", "yes"],
        flags=["--service", "redis"],
        unchanged=lambda: contents(data),
        values={
            "data": data,
            "aof": newest_aof(data),
            "repaired": repaired,
        },
    )


@scenario(
    "run-aof-truncated",
    "the append-only file ends inside a command: the server starts, with a warning",
    run(0, "ends inside a command, as after a crash: Redis drops that last command"),
)
def cut_tail(directory):
    data = redis_with_keys(directory / "data")
    os.truncate(newest_aof(data), newest_aof(data).stat().st_size - 7)
    port = free_port()

    def stop(started):
        wait_until(lambda: redis_cli(port, "PING") == "PONG", "Redis answers")
        started.send(signal.SIGTERM)

    command = [need("redis-server"), "--port", port, "--dir", data, "--appendonly", "yes"]
    yield Setting(command=command, flags=["--service", "redis", "--no-agent"], then=stop)


@scenario(
    "memory-full",
    "the memory is full under noeviction: the server answers reads and rejects writes",
    check(
        "redis",
        "degraded",
        "redis.memory.full",
        line="the memory is full under noeviction: … of 3 MiB used…writes were rejected since the start (OOM)…",
    ),
    strict("redis", "degraded", "redis.memory.full"),
)
def full_memory(directory):
    with redis_server(directory, "--maxmemory", "3mb") as server:
        fill(server)
        yield Setting(env(server, MAXMEMORY="3mb"))


FILL = """for i = 1, 400 do
  redis.call('SET', 'key:' .. i, string.rep('x', 10000))
  if i <= 4 * tonumber(ARGV[1]) then redis.call('EXPIRE', 'key:' .. i, 10000) end
end"""


def _full_by_policy(slug, text, policy, volatile, share, *expectations):
    """4 MB of keys, of which `volatile` percent have a lifetime, use this share of maxmemory."""

    @scenario(slug, text, *expectations)
    def full(directory):
        with redis_server(directory, "--maxmemory-policy", policy) as server:
            redis_cli(server.port, "EVAL", FILL, 0, volatile)
            used = next(
                int(line.partition(":")[2])
                for line in redis_cli(server.port, "INFO", "memory").splitlines()
                if line.startswith("used_memory:")
            )
            limit = int(used / share)
            assert redis_cli(server.port, "CONFIG", "SET", "maxmemory", limit) == "OK"
            yield Setting(env(server, MAXMEMORY=str(limit), MAXMEMORY_POLICY=policy))


for policy in ("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"):
    _full_by_policy(
        f"memory-full-{policy}",
        f"the memory is full under {policy}, and no key has a lifetime",
        policy,
        0,
        1.02,
        check(
            "redis",
            "degraded",
            "redis.memory.full",
            line=f"the memory is full under {policy}, and 0 of 400 keys have a lifetime: …",
        ),
        strict("redis", "degraded", "redis.memory.full"),
    )
_full_by_policy(
    "memory-near-full-volatile",
    "the memory is nearly full, and few keys have a lifetime",
    "volatile-lru",
    3,
    0.97,
    check("redis", "degraded", "redis.memory.full", "12 of 400 keys have a lifetime"),
)
_full_by_policy(
    "memory-full-evictable-volatile",
    "the memory is full, and each key has a lifetime: the server evicts keys",
    "volatile-lru",
    100,
    1.02,
    strict("redis", "ok", "redis.memory.ok"),
)
_full_by_policy(
    "memory-full-evictable",
    "the memory is full under allkeys-lru: the server evicts keys",
    "allkeys-lru",
    0,
    1.02,
    strict("redis", "ok", "redis.memory.ok"),
)
_full_by_policy(
    "maxmemory-below-needs",
    "maxmemory is less than the server needs without a key",
    "allkeys-lru",
    0,
    50,
    check(
        "redis",
        "degraded",
        "redis.memory.full",
        line="the memory is full, because maxmemory is less than the server needs without a key: …",
    ),
)


@scenario(
    "clients-near-limit",
    "nearly all of maxclients are connected",
    check("redis", "degraded", "redis.clients.full", line="19 of 20 clients are connected…"),
    strict("redis", "degraded", "redis.clients.full"),
)
def clients_near_limit(directory):
    with redis_server(directory, "--maxclients", "20") as server, connected(server.port, 19):
        yield Setting(env(server))


@scenario(
    "clients-full",
    "maxclients are connected: the server rejects the check like every client",
    check("redis", "unhealthy", "redis.clients.full", line="the server rejects clients: ERR max…"),
    live("redis", True, "unhealthy"),
)
def clients_full(directory):
    with redis_server(directory, "--maxclients", "5") as server, connected(server.port, 5):
        yield Setting(env(server))


@contextlib.contextmanager
def connected(port, count):
    """Clients that stay connected."""
    with contextlib.ExitStack() as stack:

        def is_let_in():
            client = socket.create_connection(("127.0.0.1", port), timeout=5)
            client.sendall(b"PING\r\n")
            if client.recv(64).startswith(b"+PONG"):
                return stack.enter_context(client)
            client.close()
            return None

        for _ in range(count):
            wait_until(is_let_in, "a client is let in")
        yield


@scenario(
    "writes-paused-by-failover",
    "a failover waits for a replica that hangs; writes wait for the end of the failover",
    check("redis", "unhealthy", "redis.writes.paused", line="…delays writes (FAILOVER)…"),
    live("redis", True, "unhealthy"),
)
def failover_waits(directory):
    with (
        redis_server(directory / "master") as master,
        redis_server(directory / "replica", "--replicaof", "127.0.0.1", master.port) as replica,
    ):
        wait_until(
            lambda: "state=online" in redis_cli(master.port, "INFO", "replication"),
            "the replica follows",
        )
        replica.send_signal(signal.SIGSTOP)
        redis_cli(master.port, "SET", "key", "1")
        assert redis_cli(master.port, "FAILOVER") == "OK"
        yield Setting(env(master))
        # The remedy ends it.
        assert redis_cli(master.port, "FAILOVER", "ABORT") == "OK"
        assert redis_cli(master.port, "SET", "key", "2") == "OK"


@scenario(
    "memory-full-canary",
    "the memory is full and the canary is on",
    check("redis", "degraded", "redis.canary.failed", "OOM command not allowed"),
)
def full_memory_canary(directory):
    with redis_server(directory, "--maxmemory", "3mb") as server:
        fill(server)
        yield Setting(env(server, MAXMEMORY="3mb", CANARY="true"))


@scenario(
    "canary-ok",
    "the canary is on and the server is healthy: its key expires after a second",
    strict("redis", "ok", "redis.canary.ok", "a key was set"),
    strict("redis", "ok", "redis.canary.ok"),
)
def canary(directory):
    with redis_server(directory) as server:
        assert redis_cli(server.port, "SET", "users", "kept") == "OK"
        yield Setting(
            env(server, CANARY="true"), unchanged=lambda: redis_cli(server.port, "GET", "users")
        )
        wait_until(lambda: redis_cli(server.port, "DBSIZE") == "1", "the canary is gone", 5)


@scenario(
    "writes-paused",
    "the canary is on and writes are paused (CLIENT PAUSE WRITE); the server answers reads",
    check(
        "redis",
        "unhealthy",
        "redis.canary.failed",
        "the server answers reads and delays writes (CLIENT PAUSE or FAILOVER)",
        flags="--timeout 1s",
    ),
    live("redis", True, "unhealthy"),
)
def writes_paused(directory):
    with redis_server(directory) as server:
        assert redis_cli(server.port, "CLIENT", "PAUSE", "60000", "WRITE") == "OK"
        yield Setting(env(server, CANARY="true"))
        redis_cli(server.port, "CLIENT", "UNPAUSE")


@scenario(
    "writes-paused-reported",
    "writes are paused and the canary is off; Valkey reports it",
    check("redis", "unhealthy", "redis.writes.paused", line="…delays writes (CLIENT PAUSE)…"),
)
def writes_paused_reported(directory):
    with redis_server(directory) as server:
        assert redis_cli(server.port, "CLIENT", "PAUSE", "60000", "WRITE") == "OK"
        if "paused_actions:write" not in redis_cli(server.port, "INFO", "clients"):
            raise NotRun("Redis does not report it")
        yield Setting(env(server))
        redis_cli(server.port, "CLIENT", "UNPAUSE")


@scenario(
    "canary-not-permitted",
    "the user may not set the canary's key",
    check("redis", "degraded", "redis.canary.unavailable", "NOPERM"),
)
def canary_forbidden(directory):
    with redis_server(directory) as server:
        assert (
            redis_cli(
                server.port,
                "ACL",
                "SETUSER",
                "probe",
                "on",
                ">Vt9kZr2good",
                "+ping",
                "+info",
                "+config|get",
            )
            == "OK"
        )
        yield Setting(env(server, USER="probe", PASSWORD="Vt9kZr2good", CANARY="true"))


@scenario(
    "memory-freed",
    "the memory was full and is free again",
    strict("redis", "ok", "redis.memory.ok", line="… of 3 MiB used…"),
)
def was_full(directory):
    with redis_server(directory, "--maxmemory", "3mb") as server:
        fill(server)
        redis_cli(server.port, "FLUSHALL")
        yield Setting(env(server, MAXMEMORY="3mb"))


def _acl(slug, rules, missing):
    @scenario(
        slug,
        f"the user has the ACL rules {' '.join(rules)}",
        live("redis", True, "degraded"),
        check(
            "redis",
            "degraded",
            "redis.info.unavailable|redis.config.unavailable",
            "appendfsync",
            "answers PING",
            line=f"…{missing}…Grant the user…+config|get…",
        ),
        strict("redis", "degraded", "", missing),
    )
    def restricted(directory):
        with redis_server(directory) as server:
            assert (
                redis_cli(server.port, "ACL", "SETUSER", "probe", "on", ">Vt9kZr2good", *rules)
                == "OK"
            )
            yield Setting(env(server, USER="probe", PASSWORD="Vt9kZr2good"))


_acl(
    "acl-ping-only",
    ("resetkeys", "nocommands", "+ping"),
    "no permission for INFO and CONFIG (NOPERM)",
)
_acl(
    "acl-without-dangerous", ("+@all", "-@dangerous"), "no permission for INFO and CONFIG (NOPERM)"
)
_acl("acl-without-config", ("+@all", "-config"), "no permission for CONFIG (NOPERM)")


@scenario(
    "config-renamed",
    "CONFIG is renamed",
    check(
        "redis",
        "degraded",
        "redis.config.unavailable",
        "maxmemory 512 MiB",
        "maxmemory-policy noeviction",
        "appendonly yes",
        line="appendfsync not verifiable: CONFIG is renamed or disabled…",
    ),
)
def config_renamed(directory):
    (directory / "redis.conf").write_text('rename-command CONFIG ""\n')
    with redis_server(directory / "data", conf=directory / "redis.conf") as server:
        yield Setting(env(server))


@scenario(
    "info-renamed",
    "INFO is renamed",
    check(
        "redis",
        "degraded",
        "redis.info.unavailable",
        "appendonly yes",  # by CONFIG GET
        line="…INFO is renamed or disabled…",
    ),
)
def info_renamed(directory):
    (directory / "redis.conf").write_text('rename-command INFO ""\n')
    with redis_server(directory / "data", conf=directory / "redis.conf") as server:
        yield Setting(env(server))


@scenario(
    "info-and-config-renamed",
    "INFO and CONFIG are renamed",
    check(
        "redis",
        "degraded",
        "redis.info.unavailable",
        line=(
            "…appendonly…INFO is renamed or disabled, CONFIG is renamed or disabled…",
            "…INFO is renamed or disabled, CONFIG is renamed or disabled…appendonly…",
        ),
    ),
)
def info_and_config_renamed(directory):
    (directory / "redis.conf").write_text('rename-command CONFIG ""\nrename-command INFO ""\n')
    with redis_server(directory / "data", conf=directory / "redis.conf") as server:
        yield Setting(env(server))


@scenario(
    "loopback-only",
    "the server listens on loopback only, in a container",
    check(
        "redis",
        "degraded",
        "redis.bind.loopback",
        line="…listens on loopback only (bind 127.0.0.1 -::1)…other containers cannot connect…",
        env={"ARC_SERVICE": "redis"},
    ),
    check("redis", "ok", "redis.persistence.ok"),
)
def loopback_only(directory):
    with redis_server(directory, "--bind", "127.0.0.1", "-::1", "--protected-mode", "no") as server:
        yield Setting(env(server))


@scenario(
    "aof-write-failing",
    "the append-only file cannot be written: the disk is full",
    check(
        "redis",
        "unhealthy",
        "redis.aof_write.failed",
        "free). Do not restart the server. Free disk space",
        line="the server rejects writes (MISCONF), because it cannot write the AOF: … (<data> has…",
    ),
)
def full_disk(directory):
    with redis_server(directory, preexec=limit_file_size(100_000)) as server:
        write_keys(server, 300, size=1000)
        wait_until(
            lambda: "MISCONF" in redis_cli(server.port, "PING"), "the server notices its full disk"
        )
        yield Setting(env(server), values={"data": directory})
        # The remedy: it tries again by itself.
        free_disk(server)
        wait_until(lambda: redis_cli(server.port, "PING") == "PONG", "the server writes again")


def _failed_save(slug, text, level, code, line, *options):
    @scenario(slug, text, check("redis", level, code, line=line))
    def failed(directory):
        options_ = ("--appendonly", "no", "--rdbcompression", "no", *options)
        with redis_server(directory, *options_, preexec=limit_file_size(100_000)) as server:
            write_keys(server, 300, size=1000)
            redis_cli(server.port, "BGSAVE")
            wait_until(
                lambda: (
                    "rdb_last_bgsave_status:err" in redis_cli(server.port, "INFO", "persistence")
                ),
                "BGSAVE fails",
            )
            yield Setting(env(server, APPENDONLY="no"), values={"data": directory})
            # The remedy.
            free_disk(server)
            redis_cli(server.port, "BGSAVE")
            wait_until(
                lambda: (
                    "rdb_last_bgsave_status:ok" in redis_cli(server.port, "INFO", "persistence")
                ),
                "BGSAVE succeeds",
            )


_failed_save(
    "snapshot-failing",
    "the last snapshot failed, and nothing depends on it",
    "degraded",
    "redis.rdb_save.failed",
    "the last RDB save failed (<data> has … free). Free disk space…",
)
_failed_save(
    "snapshot-failing-stops-writes",
    "the last snapshot failed, and the server rejects writes for it",
    "unhealthy",
    "redis.persistence.failed|redis.rdb_save.failed",
    "the server rejects writes (MISCONF), because it cannot save a snapshot (<data> has…",
    "--save",
    "3600",
    "1",
)


def _foreign_directory(slug, *options):
    @scenario(
        slug,
        f"/data belongs to root and Redis runs as 1000, {' '.join(options)}",
        run(
            78,
            "preflight: <data>: belongs to 0:0 (mode 0755), without access for others, and this server runs as 1000:1000: as root, chown -R 1000:1000 <data> (the platform's volume: make sonic-adopt)\n",
        ),
    )
    def foreign(directory):
        open_to_all(directory)
        data = redis_with_keys(directory / "data", *options)
        command = [need("redis-server"), "--dir", data, *options]
        yield Setting(
            command=command,
            flags=["--service", "redis"],
            popen={"user": 1000, "group": 1000, "extra_groups": []},
            unchanged=lambda: contents(data),
            values={"data": data},
        )
        # The command of the message helps.
        for one in (data, *data.rglob("*")):
            os.chown(one, 1000, 1000)
        result = run_sidecar("preflight", "--locks", "--service", "redis", "--", *map(str, command))
        assert result.returncode == 0, result.stdout


_foreign_directory("run-data-of-root-appendonly", "--appendonly", "yes")
_foreign_directory("run-data-of-root-snapshot", "--appendonly", "no")


def _setting(slug, text, level, code, line, *options):
    @scenario(slug, text, check("redis", level, code, line=line))
    def differing(directory):
        with redis_server(directory, *options) as server:
            yield Setting(env(server))


_setting(
    "maxmemory-unlimited",
    "maxmemory is 0",
    "degraded",
    "redis.maxmemory.drift",
    "…maxmemory is no limit, declared 512 MiB…",
    "--maxmemory",
    "0",
)
_setting(
    "maxmemory-policy-differs",
    "maxmemory-policy is not the declared one",
    "degraded",
    "redis.maxmemory_policy.drift",
    "…maxmemory-policy is allkeys-lru, declared noeviction…",
    "--maxmemory-policy",
    "allkeys-lru",
)
_setting(
    "appendfsync-differs",
    "appendfsync is not the declared one",
    "degraded",
    "redis.appendfsync.drift",
    "…appendfsync is no, declared everysec…",
    "--appendfsync",
    "no",
)


@scenario(
    "maxmemory-differs",
    "maxmemory is not the declared one",
    check(
        "redis",
        "degraded",
        "redis.maxmemory.drift",
        line="…maxmemory is 256 MiB, declared 512 MiB…",
    ),
    strict("redis", "degraded", "redis.maxmemory.drift"),
    as_json("redis", "degraded", "redis.maxmemory.drift", measured="256 MiB", wanted="512 MiB"),
)
def maxmemory_differs(directory):
    with redis_server(directory, "--maxmemory", "256mb") as server:
        yield Setting(env(server))


@scenario(
    "appendonly-off",
    "appendonly is off: a difference to the default, a declaration that does not hold, or as declared",
    check(
        "redis",
        "degraded",
        "redis.appendonly.drift",
        line="…appendonly is no, declared yes…",
    ),
    check(
        "redis",
        "unhealthy",
        "redis.appendonly.drift",
        line="…appendonly is no, declared yes…",
        env={"ARC_REDIS_APPENDONLY": "yes"},
    ),
    check(
        "redis",
        "ok",
        "redis.persistence.ok",
        line="…appendonly no;…",
        env={"ARC_REDIS_APPENDONLY": "no"},
    ),
)
def appendonly_off(directory):
    with redis_server(directory, "--appendonly", "no") as server:
        yield Setting(env(server))


@scenario(
    "healthy",
    "a healthy server",
    check(
        "redis",
        "ok",
        "redis.persistence.ok",
        line="<version>: appendonly yes, everysec; noeviction, … of 512 MiB used",
    ),
    strict("redis", "ok", "redis.persistence.ok"),
)
def healthy(directory):
    with redis_server(directory) as server:
        info = dict(
            line.partition(":")[::2]
            for line in redis_cli(server.port, "INFO", "server").splitlines()
        )
        valkey = info.get("valkey_version")
        name = f"Valkey {valkey}" if valkey else f"Redis {info['redis_version']}"
        yield Setting(env(server), values={"version": name.strip()})


@scenario(
    "too-few-replicas",
    "a master that requires a replica and has none; it answers PING",
    check(
        "redis", "degraded", "redis.replication.underreplicated", "NOREPLICAS", "0 of 1 replicas"
    ),
    check(
        "redis", "degraded", "redis.canary.failed", "NOREPLICAS", env={"ARC_REDIS_CANARY": "true"}
    ),
)
def no_replicas(directory):
    with redis_server(directory, "--min-replicas-to-write", "1") as server:
        assert "NOREPLICAS" in redis_cli(server.port, "SET", "key", "1")
        yield Setting(env(server))


def _master_gone(slug, text, serves, level, line):
    @scenario(slug, text, check("redis", level, "redis.replication.disconnected", line))
    def gone(directory):
        options = ("--replicaof", "127.0.0.1", free_port(), "--replica-serve-stale-data", serves)
        with redis_server(directory, *options) as server:
            reply = redis_cli(server.port, "GET", "key")
            assert reply.startswith("MASTERDOWN") == (serves == "no"), reply
            yield Setting(env(server))


_master_gone(
    "replica-master-gone",
    "a replica without a link to its master answers reads",
    "yes",
    "degraded",
    "is down, so the data is old",
)
_master_gone(
    "replica-master-gone-no-stale-data",
    "a replica without a link to its master rejects reads",
    "no",
    "unhealthy",
    "is down, so reads are rejected (MASTERDOWN)",
)


@scenario(
    "cluster-without-slots",
    "a cluster node without slots; it answers PING",
    check("redis", "unhealthy", "redis.cluster.down", "0 of 16384 slots served", "CLUSTERDOWN"),
    live("redis", True, "unhealthy"),
)
def cluster_without_slots(directory):
    with redis_server(directory, *redis_node()) as server:
        assert redis_cli(server.port, "PING") == "PONG"
        assert "CLUSTERDOWN" in redis_cli(server.port, "SET", "key", "1")
        yield Setting(env(server))


@scenario(
    "cluster-healthy",
    "a healthy cluster of three; another node has the canary's key",
    strict("redis", "ok", "redis.cluster.ok", "16384 of 16384 slots served"),
    strict("redis", "ok", "redis.canary.ok", "another node of the cluster"),
)
def cluster_up(directory):
    with redis_cluster(directory) as servers:
        other = next(
            server
            for server in servers
            if "MOVED" in redis_cli(server.port, "GET", "arc-sidecar:canary")
        )
        yield Setting(env(other, CANARY="true"))


def _broken_cluster(slug, text, level, code, words, *options):
    @scenario(slug, text, check("redis", level, code, words))
    def broken(directory):
        with redis_cluster(directory, *options) as servers:
            servers[2].kill()
            wait_until(
                lambda: "cluster_slots_fail:0" not in redis_cli(servers[0].port, "CLUSTER", "INFO"),
                "the others miss it",
            )
            yield Setting(env(servers[0]))

    return broken


@scenario(
    "replicas-without-max-lag",
    "replicas are required, but no maximum lag: Redis does not enforce it",
    check("redis", "ok", "redis.persistence.ok", "saves without errors"),
)
def replicas_without_max_lag(directory):
    options = ("--min-replicas-to-write", "1", "--min-replicas-max-lag", "0")
    with redis_server(directory, *options) as server:
        yield Setting(env(server))


_broken_cluster(
    "cluster-node-lost",
    "one of a cluster's three masters is gone; the cluster rejects all writes",
    "unhealthy",
    "redis.cluster.down",
    "slots served) and rejects writes",
)
_broken_cluster(
    "cluster-node-lost-partial-coverage",
    "one of three masters is gone; the others serve their slots",
    "degraded",
    "redis.slots.missing",
    "slots served, so the other keys are unavailable",
    "--cluster-require-full-coverage",
    "no",
)


@scenario(
    "sentinel",
    "the URL is a Sentinel's; it answers PING",
    check("redis", "unhealthy", "redis.mode.sentinel", "stores no data"),
)
def sentinel(directory):
    port = free_port()
    (directory / "sentinel.conf").write_text(f"port {port}\n")
    with running(
        [need("redis-server"), directory / "sentinel.conf", "--sentinel"],
        directory / "sentinel.log",
        cwd=directory,
    ):
        wait_until(lambda: redis_cli(port, "PING") == "PONG", "the Sentinel answers")
        yield Setting({"ARC_REDIS_URL": f"127.0.0.1:{port}"})


@scenario(
    "server-stopped",
    "the server is stopped (SIGSTOP)",
    check("redis", "unhealthy", "redis.connection.timeout", "did not answer within "),
    live("redis", False, "unhealthy", "redis.connection.timeout"),
)
def hanging(directory):
    with redis_server(directory) as server:
        server.send_signal(signal.SIGSTOP)
        yield Setting(env(server))


@scenario(
    "connection-refused",
    "no server listens; the agent waits for it, or has given up",
    check(
        "redis",
        "unhealthy",
        "redis.connection.refused",
        line="127.0.0.1:<port>: Connection refused…",
    ),
    check("redis", "starting", "redis.connection.refused", env={"ARC_STATE_DIR": "<pending>"}),
    check("redis", "unhealthy", "redis.connection.refused", env={"ARC_STATE_DIR": "<failing>"}),
)
def down(directory):
    port = free_port()
    yield Setting(
        {"ARC_REDIS_URL": f"127.0.0.1:{port}"},
        values={"port": port, **agent_states(directory, "redis")},
    )
