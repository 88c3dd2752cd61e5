"""`check redis` against real servers: what each state of a server must be called."""

import re
import resource
import subprocess

import pytest

from support.servers import (
    answering_port,
    first_line,
    free_port,
    limit_file_size,
    need,
    redis_cli,
    redis_server,
    run_sidecar,
    wait_until,
)


def check(server, *args, **env):
    """`check redis` of `server`; each keyword is a variable without its ARC_ prefix."""
    variables = {f"ARC_{name}": value for name, value in env.items()}
    return run_sidecar(
        "check", "redis", *args, env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"} | variables
    )


def expect(result, level, *words):
    """The first line has the level and the words, is short, and the exit code is the level's."""
    line = first_line(result)
    assert line.startswith(f"{level}: redis: "), result.stdout + result.stderr
    for word in words:
        assert word in line
    assert len(line.encode()) < 200
    assert result.returncode == (1 if level in ("starting", "unhealthy") else 0)
    assert result.stderr == ""


def write_keys(server, count, size=64):
    """`count` keys of `size` bytes; returns what the server answered last."""
    commands = "".join(f"SET key:{i} {'x' * size}\n" for i in range(count))
    return redis_cli(server.port, stdin=commands).rsplit("\n", 1)[-1]


def test_password_right_from_a_file(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("s3cret-right\n")
    with redis_server(tmp_path / "data", "--requirepass", "s3cret-right") as server:
        expect(check(server, REDIS_PASSWORD_FILE=str(secret)), "ok", "appendonly yes")
        expect(
            check(server, REDIS_USER="default", REDIS_PASSWORD_FILE=str(secret)),
            "ok",
            "appendonly yes",
        )


def answer_each(replies):
    """A peer that answers each command of a client with the reply of its first word."""

    def answer(connection):
        while data := connection.recv(65536):
            words = re.findall(rb"\*\d+\r\n\$\d+\r\n(\w+)", data)
            connection.sendall(b"".join(replies[word] for word in words))

    return answering_port(answer)


@pytest.mark.parametrize("info", ["", "redis_version:1.2.3\r\nrole:master\r\n"])
def test_a_product_that_does_not_report_what_is_declared_is_not_ok(info):
    replies = {
        b"PING": b"+PONG\r\n",
        b"INFO": f"${len(info)}\r\n{info}\r\n".encode(),
        b"CONFIG": b"*0\r\n",
    }
    with answer_each(replies) as port:
        env = {"ARC_REDIS_URL": f"127.0.0.1:{port}"}
        line = first_line(run_sidecar("check", "redis", env=env))
        assert line.startswith("degraded: redis: appendonly, appendfsync, maxmemory, "), line
        assert "not verifiable: INFO and CONFIG do not report it" in line
        assert run_sidecar("check", "redis", "--strict", env=env).returncode == 1


def test_full_cache_that_evicts_is_ok(tmp_path):
    with redis_server(
        tmp_path, "--maxmemory", "3mb", "--maxmemory-policy", "allkeys-lru"
    ) as server:
        write_keys(server, 4000, size=1000)
        expect(
            check(server, REDIS_MAXMEMORY="3mb", REDIS_MAXMEMORY_POLICY="allkeys-lru"),
            "ok",
            "allkeys-lru",
        )


def test_protected_mode_without_password_refuses_others(tmp_path):
    with redis_server(tmp_path, "--protected-mode", "yes") as server:
        expect(check(server, SERVICE="redis"), "degraded", "Protected mode rejects")
    with redis_server(tmp_path, "--protected-mode", "yes", "--requirepass", "word") as server:
        expect(check(server, SERVICE="redis", REDIS_PASSWORD="word"), "ok")
    with redis_server(tmp_path, "--protected-mode", "no") as server:
        expect(check(server, SERVICE="redis"), "ok")


@pytest.mark.parametrize("before", ["never", "stale"])
def test_an_append_only_file_that_cannot_be_made_is_not_safe(tmp_path, before):
    """CONFIG SET appendonly yes says OK; the rewrite that makes the file fails, as on a full disk,
    and the server goes on."""
    options = (
        "--appendonly",
        "yes" if before == "stale" else "no",
        "--save",
        "",
        "--rdbcompression",
        "no",
    )
    with redis_server(tmp_path, *options, preexec=limit_file_size(1 << 30)) as server:
        write_keys(server, 300, size=1000)
        assert redis_cli(server.port, "CONFIG", "SET", "appendonly", "no") == "OK"
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (100_000, 1 << 30))
        assert redis_cli(server.port, "CONFIG", "SET", "appendonly", "yes") == "OK"
        wait_until(
            lambda: (
                "unhealthy: redis: no append-only file is on the disk"
                in check(server, REDIS_MAXMEMORY="0").stdout
            ),
            "it is said",
        )
        assert "aof_last_write_status:ok" in redis_cli(server.port, "INFO", "persistence")
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        redis_cli(server.port, "BGREWRITEAOF")
        wait_until(
            lambda: "redis.aof" not in check(server, REDIS_MAXMEMORY="0").stdout, "it is well again"
        )


def test_rewrite_in_progress_is_ok(tmp_path):
    with redis_server(tmp_path, "--rdb-key-save-delay", "20000") as server:
        write_keys(server, 500)
        redis_cli(server.port, "BGREWRITEAOF")
        wait_until(
            lambda: "aof_rewrite_in_progress:1" in redis_cli(server.port, "INFO", "persistence"),
            "the rewrite begins",
        )
        result = check(server)
        expect(result, "ok", "appendonly yes")
        assert "a rewrite is in progress" in result.stdout


def test_replica_is_degraded_and_says_of_whom(tmp_path):
    with redis_server(
        tmp_path / "master", "--repl-diskless-sync-delay", "0", "--shutdown-timeout", "0"
    ) as master:
        options = ("--replicaof", f"127.0.0.1 {master.port}")
        with redis_server(tmp_path / "replica", *options) as replica:
            wait_until(
                lambda: "master_link_status:up" in redis_cli(replica.port, "INFO", "replication"),
                "the replica follows",
            )
            # After a first copy it writes a new append-only file, and until that is done it does
            # not end on a TERM.
            wait_until(
                lambda: (
                    "aof_rewrite_in_progress:0" in redis_cli(replica.port, "INFO", "persistence")
                ),
                "its file is written",
            )
            expect(
                check(replica),
                "degraded",
                f"read-only replica of 127.0.0.1:{master.port}",
                "`REPLICAOF NO ONE` makes it a master.",
            )
            expect(check(master), "ok")


def test_replica_without_its_master(tmp_path):
    with redis_server(tmp_path, "--replicaof", f"127.0.0.1 {free_port()}") as replica:
        expect(check(replica), "degraded", "is down")
        redis_cli(replica.port, "CONFIG", "SET", "replica-serve-stale-data", "no")
        expect(check(replica), "unhealthy", "MASTERDOWN")


def test_busy_script_is_unhealthy(tmp_path):
    with redis_server(tmp_path, "--busy-reply-threshold", "50") as server:
        script = subprocess.Popen(
            [need("redis-cli"), "-p", str(server.port), "EVAL", "while true do end", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(
                lambda: "BUSY" in redis_cli(server.port, "PING"), "the script keeps the server busy"
            )
            expect(check(server), "unhealthy", "BUSY")
        finally:
            redis_cli(server.port, "SCRIPT", "KILL")
            script.wait(10)


def test_no_more_clients_is_unhealthy(tmp_path):
    with redis_server(tmp_path) as server:
        assert redis_cli(server.port, "CONFIG", "SET", "maxclients", "1") == "OK"
        holder = subprocess.Popen(
            [need("redis-cli"), "-p", str(server.port), "SUBSCRIBE", "c"], stdout=subprocess.PIPE
        )
        try:
            holder.stdout.read(1)  # it has its subscription
            expect(check(server), "unhealthy", "max number of clients reached")
        finally:
            holder.terminate()
            holder.wait(10)
            holder.stdout.close()


def test_valkey_is_called_by_its_name():
    """From the text that Valkey 8.1.1 answers: it says redis_version for old clients and
    valkey_version for itself."""
    info = "\r\n".join(
        (
            *("redis_version:7.2.4", "server_name:valkey", "valkey_version:8.1.1", "role:master"),
            *("aof_enabled:1", "aof_last_write_status:ok", "rdb_last_bgsave_status:ok"),
            *("used_memory:1000000", "maxmemory:536870912", "maxmemory_policy:noeviction", ""),
        )
    )
    replies = {
        b"PING": b"+PONG\r\n",
        b"INFO": f"${len(info)}\r\n{info}\r\n".encode(),
        b"CONFIG": b"*2\r\n$11\r\nappendfsync\r\n$8\r\neverysec\r\n",
    }
    with answer_each(replies) as port:
        result = run_sidecar("check", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{port}"})
        assert first_line(result).startswith("ok: redis: Valkey 8.1.1")
