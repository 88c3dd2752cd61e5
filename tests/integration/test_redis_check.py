"""`check redis` against real servers: what each state of a server must be called."""

import json
import resource
import subprocess

import pytest

from support.servers import (
    first_line,
    free_port,
    limit_file_size,
    need,
    redis_cli,
    redis_loading,
    redis_server,
    run_sidecar,
    talking_port,
    wait_until,
)


def check(server, *args, **env):
    """`check redis` of `server`; each keyword is a variable without its ARC_ prefix."""
    variables = {f"ARC_{name}": value for name, value in env.items()}
    return run_sidecar(
        "check", "redis", *args, env={"ARC_REDIS_URL": f"127.0.0.1:{server.port}"} | variables
    )


def findings(server, **env):
    """The findings of `check redis --format json` by their code."""
    report = json.loads(check(server, "--format", "json", **env).stdout)
    return {finding["code"]: finding for finding in report["services"][0]["findings"]}


def expect(result, level, *words):
    """The first line has the level and the words, is short, and the exit code is the level's."""
    line = first_line(result)
    assert line.startswith(f"{level}: redis: "), result.stdout + result.stderr
    for word in words:
        assert word in line
    assert len(line.encode()) < 200
    assert result.returncode == (1 if level in ("starting", "unhealthy") else 0)
    assert result.stderr == ""


def test_good_server_is_ok_and_says_what_was_verified(tmp_path):
    with redis_server(tmp_path) as server:
        version = redis_cli(server.port, "INFO", "server").partition("redis_version:")[2].split()[0]
        expect(
            check(server),
            "ok",
            f"Redis {version}: appendonly yes, everysec; noeviction, ",
            " of 512 MiB used",
        )


def test_strict_passes_on_ok_and_fails_on_degraded(tmp_path):
    with redis_server(tmp_path) as server:
        assert check(server, "--strict").returncode == 0
        assert check(server, "--strict", REDIS_MAXMEMORY="1gb").returncode == 1


def write_keys(server, count, size=64):
    """`count` keys of `size` bytes; returns what the server answered last."""
    commands = "".join(f"SET key:{i} {'x' * size}\n" for i in range(count))
    return redis_cli(server.port, stdin=commands).rsplit("\n", 1)[-1]


def test_loading_is_starting(tmp_path):
    with redis_loading(tmp_path) as server:
        expect(check(server), "starting", "LOADING (AOF ", " %", "nothing to do")
        # While it loads, INFO says aof_enabled:0: that must not be taken for a declaration that
        # does not hold.
        expect(check(server, REDIS_APPENDONLY="yes"), "starting", "LOADING (AOF ")


def test_password_missing(tmp_path):
    with redis_server(tmp_path, "--requirepass", "s3cret-right") as server:
        expect(
            check(server),
            "unhealthy",
            "authentication required",
            "NOAUTH",
            "ARC_REDIS_PASSWORD_FILE",
        )


def test_password_wrong(tmp_path):
    with redis_server(tmp_path, "--requirepass", "s3cret-right") as server:
        result = check(server, REDIS_PASSWORD="s3cret-wrong")
        expect(result, "unhealthy", "WRONGPASS")
        assert "s3cret" not in result.stdout


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


def test_password_given_but_none_needed(tmp_path):
    with redis_server(tmp_path) as server:
        result = check(server, REDIS_PASSWORD="s3cret-unneeded")
        expect(result, "degraded", "the server has none")
        assert "s3cret" not in result.stdout


def fill(server):
    """Writes until the server refuses. What a client has under way counts as used, and is free
    again afterwards: so the last keys come singly."""
    write_keys(server, 4000, size=1000)
    wait_until(
        lambda: "OOM command not allowed" in redis_cli(server.port, "APPEND", "last", "x" * 1000),
        "the server refuses",
    )


def test_full_under_noeviction_is_degraded(tmp_path):
    with redis_server(tmp_path, "--maxmemory", "3mb") as server:
        fill(server)
        result = check(server, REDIS_MAXMEMORY="3mb")
        expect(
            result,
            "degraded",
            "full: ",
            "of 3 MiB used",
            "noeviction",
            "writes refused since the start (OOM)",
        )
        assert check(server, "--strict", REDIS_MAXMEMORY="3mb").returncode == 1


def test_refusals_of_the_past_are_not_a_state(tmp_path):
    with redis_server(tmp_path, "--maxmemory", "3mb") as server:
        fill(server)
        redis_cli(server.port, "FLUSHALL")
        expect(check(server, REDIS_MAXMEMORY="3mb"), "ok", "of 3 MiB used")


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--maxmemory", "256mb"), "maxmemory differs: 256 MiB, declared 512 MiB"),
        (("--maxmemory", "0"), "maxmemory differs: no limit, declared 512 MiB"),
        (
            ("--maxmemory-policy", "allkeys-lru"),
            "maxmemory-policy differs: allkeys-lru, declared noeviction",
        ),
        (("--appendfsync", "no"), "appendfsync differs: no, declared everysec"),
        (("--appendonly", "no"), "appendonly differs: no, declared yes"),
    ],
)
def test_setting_that_differs_is_degraded(tmp_path, options, words):
    with redis_server(tmp_path, *options) as server:
        expect(check(server), "degraded", words)


def test_appendonly_off_is_unhealthy_when_somebody_declared_it(tmp_path):
    with redis_server(tmp_path, "--appendonly", "no") as server:
        expect(
            check(server, REDIS_APPENDONLY="yes"),
            "unhealthy",
            "appendonly differs: no, declared yes",
        )
        expect(check(server, REDIS_APPENDONLY="no"), "ok", "appendonly no;")


@pytest.mark.parametrize(
    ("rules", "missing"),
    [
        (("resetkeys", "nocommands", "+ping"), "no permission for INFO and CONFIG (NOPERM)"),
        (("+@all", "-@dangerous"), "no permission for INFO and CONFIG (NOPERM)"),
        (("+@all", "-config"), "no permission for CONFIG (NOPERM)"),
    ],
)
def test_user_without_permission_is_degraded(tmp_path, rules, missing):
    with redis_server(tmp_path) as server:
        assert redis_cli(server.port, "ACL", "SETUSER", "probe", "on", ">word", *rules) == "OK"
        result = check(server, REDIS_USER="probe", REDIS_PASSWORD="word")
        expect(result, "degraded", missing, "appendfsync", "grant the user", "+config|get")
        assert "answers PING" in result.stdout


def test_config_renamed(tmp_path):
    conf = tmp_path / "redis.conf"
    conf.write_text('rename-command CONFIG ""\n')
    with redis_server(tmp_path / "data", conf=conf) as server:
        result = check(server)
        expect(result, "degraded", "appendfsync not verifiable: CONFIG is renamed or disabled")
        for fact in ("appendonly yes", "maxmemory 512 MiB", "maxmemory-policy noeviction"):
            assert fact in result.stdout


def test_info_renamed_too(tmp_path):
    conf = tmp_path / "redis.conf"
    conf.write_text('rename-command INFO ""\n')
    with redis_server(tmp_path / "data", conf=conf) as server:
        result = check(server)
        expect(result, "degraded", "INFO is renamed or disabled")
        assert "appendonly yes" in result.stdout  # CONFIG GET still tells
    conf.write_text('rename-command INFO ""\nrename-command CONFIG ""\n')
    with redis_server(tmp_path / "data", conf=conf) as server:
        expect(
            check(server),
            "degraded",
            "INFO is renamed or disabled, CONFIG is renamed or disabled",
            "appendonly",
        )


def test_loopback_only_matters_in_the_service_image(tmp_path):
    with redis_server(tmp_path, "--bind", "127.0.0.1", "-::1", "--protected-mode", "no") as server:
        expect(
            check(server, SERVICE="redis"),
            "degraded",
            "listens on loopback only (bind 127.0.0.1 -::1)",
            "other containers cannot connect",
        )
        expect(check(server), "ok")


def test_protected_mode_without_password_refuses_others(tmp_path):
    with redis_server(tmp_path, "--protected-mode", "yes") as server:
        expect(check(server, SERVICE="redis"), "degraded", "protected mode")
    with redis_server(tmp_path, "--protected-mode", "yes", "--requirepass", "word") as server:
        expect(check(server, SERVICE="redis", REDIS_PASSWORD="word"), "ok")
    with redis_server(tmp_path, "--protected-mode", "no") as server:
        expect(check(server, SERVICE="redis"), "ok")


def test_append_only_file_that_cannot_be_written_is_unhealthy(tmp_path):
    with redis_server(tmp_path, preexec=limit_file_size(100_000)) as server:
        write_keys(server, 300, size=1000)
        wait_until(
            lambda: "MISCONF" in redis_cli(server.port, "PING"), "the server notices its full disk"
        )
        result = check(server)
        expect(result, "unhealthy", "MISCONF", "AOF")
        assert "redis.aof_write.failed" in result.stdout


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


def failed_save(server):
    """A BGSAVE that fails for want of room."""
    write_keys(server, 300, size=1000)
    redis_cli(server.port, "BGSAVE")
    wait_until(
        lambda: "rdb_last_bgsave_status:err" in redis_cli(server.port, "INFO", "persistence"),
        "BGSAVE fails",
    )


def test_failed_save_is_degraded(tmp_path):
    options = ("--appendonly", "no", "--rdbcompression", "no")
    with redis_server(tmp_path, *options, preexec=limit_file_size(100_000)) as server:
        failed_save(server)
        expect(check(server, REDIS_APPENDONLY="no"), "degraded", "the last RDB save failed")


def test_failed_save_that_stops_writes_is_unhealthy(tmp_path):
    options = ("--appendonly", "no", "--rdbcompression", "no", "--save", "3600 1")
    with redis_server(tmp_path, *options, preexec=limit_file_size(100_000)) as server:
        failed_save(server)
        expect(check(server, REDIS_APPENDONLY="no"), "unhealthy", "MISCONF")
        server.kill()  # it would not end on a TERM: it cannot save


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
                "writes are refused",
            )
            expect(check(master), "ok")


def test_replica_without_its_master(tmp_path):
    with redis_server(tmp_path, "--replicaof", f"127.0.0.1 {free_port()}") as replica:
        expect(check(replica), "degraded", "link down")
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
    info = b"# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n"
    settings = [
        b"appendonly",
        b"yes",
        b"maxmemory",
        b"536870912",
        b"maxmemory-policy",
        b"noeviction",
        b"appendfsync",
        b"everysec",
    ]
    reply = b"+PONG\r\n" + b"$%d\r\n%s\r\n" % (len(info), info) + b"*%d\r\n" % len(settings)
    reply += b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in settings)
    with talking_port(reply) as port:
        result = run_sidecar("check", "redis", env={"ARC_REDIS_URL": f"127.0.0.1:{port}"})
        assert first_line(result).startswith("ok: redis: Valkey 8.1.1")


def test_json_report_has_measured_and_wanted(tmp_path):
    with redis_server(tmp_path) as server:
        found = findings(server, REDIS_MAXMEMORY="1gb")["redis.maxmemory.drift"]
        assert (found["level"], found["measured"], found["wanted"]) == (
            "degraded",
            "512 MiB",
            "1 GiB",
        )
