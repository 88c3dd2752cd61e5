"""50 generated states of Redis: each family of Debian's prometheus-redis-exporter has the same
value here. `-k "state and 17"` makes one state again."""

import contextlib
import random
import re
import subprocess
import urllib.request

import pytest

from support.exposition import Exposition
from support.servers import (
    accepts,
    free_port,
    need,
    redis_cli,
    redis_node,
    redis_server,
    run_sidecar,
    running,
    wait_until,
)

STATES = 50
# The exporter's own process and scrapes.
NOT_OF_REDIS = re.compile(r"(go|process|promhttp)_|redis_exporter_")
# The exporter reads KeyDB's cached_keys in the place of Redis 8's subexpiry.
MISREAD = "redis_db_keys_cached"
# Samples of a moment: they change between two scrapes without a command of a client.
SAMPLED = re.compile(
    r"redis_(instantaneous|allocator|mem_|memory_|cpu_|client_recent|latency_percentiles|eventloop"
    r"|active_time|db_avg_ttl|uptime|start_time|reply_buffer|expire_cycle|io_threaded"
    r"|connected_slave_lag|master_last_io|aof_buffer|aof_pending|commands_latencies|expired_stale"
    r"|rdb_last_cow|aof_last_cow|number_of_cached)"
)


# Of these only the names are compared.
OF_A_MOMENT = re.compile(r"redis_(instantaneous|mem_clients|client_recent)")


class State:
    """A server, changed by drawn steps. `undo` restores it for the next state."""

    def __init__(self, server, dice, stack):
        self.server, self.dice, self.stack = server, dice, stack
        self.steps = []

    def cli(self, *words, **how):
        return redis_cli(self.server.port, *words, **how)

    def set(self, name, value):
        self.stack.callback(self.cli, "CONFIG", "SET", name, self.setting(name))
        assert self.cli("CONFIG", "SET", name, value) == "OK", name

    def setting(self, name):
        return self.cli("CONFIG", "GET", name).partition("\n")[2]


def keys(state):
    """Keys of all types, with and without a lifetime, in some databases."""
    lines = []
    for database in state.dice.sample(range(16), state.dice.randint(1, 4)):
        lines.append(f"SELECT {database}")
        for number in range(state.dice.randint(1, 60)):
            lines.append(f"SET s{number} {'x' * state.dice.randint(1, 300)}")
            lines += [f"EXPIRE s{number} {state.dice.randint(500, 9000)}"] * state.dice.randint(
                0, 1
            )
        lines += ["RPUSH l a b c", "HSET h f v", "SADD st a", "ZADD z 1 a", "XADD x * f v"]
    state.cli(stdin="\n".join(lines) + "\n")


def cluster_keys(state):
    for number in range(state.dice.randint(1, 30)):
        state.cli("SET", f"s{number}", "x" * number, "EX", state.dice.randint(500, 9000))


def expired(state):
    for number in range(state.dice.randint(1, 5)):
        state.cli("SET", f"short:{number}", "x", "PX", 1)
    wait_until(lambda: state.cli("EXISTS", "short:0") == "0", "the keys have expired")


def commands(state):
    choices = ["GET none", "PING", "INCR n", "LPUSH q a", "LPOP q", "EXISTS none", "TTL none"]
    choices += ["OBJECT HELP", "CLIENT ID", "EVAL return(1) 0", "SCRIPT LOAD return(2)", "GET n"]
    state.cli(stdin="\n".join(state.dice.choices(choices, k=50)) + "\n")


def errors(state):
    choices = ["NONSENSE", "GET", "CONFIG SET no such", "EVALSHA 00 0", "XADD k", "AUTH a b"]
    choices += ["CLUSTER", "LPUSH n x", "INCR text"]
    state.cli(stdin="SET n 1\n" + "\n".join(state.dice.choices(choices, k=9)) + "\n")


def memory(state):
    state.set("maxmemory-policy", state.dice.choice(["allkeys-lru", "volatile-ttl", "noeviction"]))
    state.set("maxmemory", state.dice.choice(["3mb", "100mb", "1gb", "1000000"]))
    state.cli(stdin="".join(f"SET m{i} {'x' * 10000}\n" for i in range(300)))


def settings(state):
    state.set("maxclients", state.dice.randint(50, 5000))
    state.set("repl-backlog-size", state.dice.randint(16_384, 4_000_000))
    limits = f"normal 0 0 0 replica {state.dice.randint(1, 9)}mb 1mb 60 pubsub 32mb 8mb 60"
    state.set("client-output-buffer-limit", limits)


def slow_commands(state):
    """Much slower than the commands of a scrape on a busy machine."""
    state.set("slowlog-log-slower-than", 100_000)
    state.set("latency-monitor-threshold", 100)
    for _ in range(state.dice.randint(1, 3)):
        state.cli("EVAL", "for i = 1, 900000 do redis.sha1hex('x') end", 0)
    state.stack.callback(state.cli, "SLOWLOG", "RESET")
    state.stack.callback(state.cli, "LATENCY", "RESET")


def snapshot(state):
    state.cli("SET", "changed", "1")
    state.cli("BGSAVE")


def snapshot_fails(state):
    directory = state.server.directory
    if (directory / "dump.rdb").is_dir():
        return  # it fails already
    (directory / "dump.rdb").unlink(missing_ok=True)
    (directory / "dump.rdb").mkdir()
    state.set("save", "3600 1")
    state.cli("SET", "changed", "1")
    status = lambda: state.cli("INFO", "persistence")
    # repeated: BGSAVE is refused during the snapshot or rewrite of an earlier step
    failed = lambda: state.cli("BGSAVE") and "rdb_last_bgsave_status:err" in status()
    wait_until(failed, "the snapshot fails")
    assert "MISCONF" in state.cli("PING")

    def mend():
        (directory / "dump.rdb").rmdir()
        saved = lambda: state.cli("BGSAVE") and "rdb_last_bgsave_status:ok" in status()
        wait_until(saved, "the snapshot succeeds")

    state.stack.callback(mend)


def append_only(state):
    state.set("appendonly", state.dice.choice(["yes", "no"]))
    state.cli("SET", "changed", "1")
    state.cli("BGREWRITEAOF")


def clients(state):
    """Clients that wait for keys, listen or watch."""
    waiting = ["BLPOP none 0", "SUBSCRIBE c", "PSUBSCRIBE p*", "WATCH w", "SSUBSCRIBE s"]
    for words in state.dice.choices(waiting, k=state.dice.randint(1, 6)):
        argv = [need("redis-cli"), "-p", str(state.server.port)]
        client = state.stack.enter_context(interactive(argv))
        client.stdin.write(words + "\n")
        client.stdin.flush()
    wait_until(lambda: state.cli("CLIENT", "LIST").count("\n") > 0, "a client is connected")


@contextlib.contextmanager
def interactive(argv):
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as client:
        try:
            yield client
        finally:
            client.kill()


def few_replicas(state):
    state.set("min-replicas-to-write", state.dice.randint(1, 2))
    state.set("min-replicas-max-lag", state.dice.randint(0, 20))
    state.cli("SET", "refused", "1")


def stale(state):
    """A replica whose master is gone; it may answer MASTERDOWN."""
    if not state.server.master:
        return
    state.set("replica-serve-stale-data", state.dice.choice(["yes", "no"]))
    state.cli("REPLICAOF", "127.0.0.1", 1)
    link = lambda: state.cli("INFO", "replication")
    wait_until(lambda: "master_link_status:down" in link(), "the master is gone")

    def follow():
        state.cli("REPLICAOF", "127.0.0.1", state.server.master.port)
        wait_until(lambda: "master_link_status:up" in link(), "the replica follows")

    state.stack.callback(follow)


def slots(state):
    first = state.dice.randint(1, 16_000)
    state.cli("CLUSTER", "DELSLOTSRANGE", first, first + state.dice.randint(1, 300))
    state.cli("GET", "s1")


STEPS = {
    "alone": (
        *(keys, keys, expired, commands, errors, memory, settings, slow_commands, snapshot),
        *(snapshot_fails, append_only, clients, few_replicas),
    ),
    "master": (keys, commands, errors, settings, few_replicas, snapshot, clients),
    "replica": (commands, errors, settings, stale, snapshot, clients),
    "cluster": (cluster_keys, commands, errors, slots, settings, clients),
}
SHARES = ("alone",) * 6 + ("master", "replica", "cluster", "cluster")


@contextlib.contextmanager
def servers(kind, directory):
    options = redis_node() if kind == "cluster" else ()
    with redis_server(directory / "a", *options) as server, contextlib.ExitStack() as stack:
        server.directory, server.master = directory / "a", None
        if kind == "cluster":
            redis_cli(server.port, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            state = lambda: redis_cli(server.port, "CLUSTER", "INFO")
            wait_until(lambda: "cluster_state:ok" in state(), "the cluster is up")
        if kind in ("master", "replica"):
            other = stack.enter_context(redis_server(directory / "b"))
            first, second = (server, other) if kind == "replica" else (other, server)
            redis_cli(first.port, "REPLICAOF", "127.0.0.1", second.port)
            link = lambda: redis_cli(first.port, "INFO", "replication")
            wait_until(lambda: "master_link_status:up" in link(), "the replica follows")
            if kind == "replica":
                server.master = other
        yield server


@contextlib.contextmanager
def exporter(server, directory):
    """Yields a function that scrapes Debian's exporter."""
    port = free_port()
    argv = [
        *(need("prometheus-redis-exporter"), "--redis.addr", f"redis://127.0.0.1:{server.port}"),
        *("--web.listen-address", f"127.0.0.1:{port}", "--include-system-metrics"),
    ]
    with running(argv, directory / "exporter.log"):
        wait_until(lambda: accepts(port), "the exporter listens")

        def scrape():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                return Exposition(answer.read().decode())

        yield scrape


def ours(server):
    env = {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}
    return Exposition(run_sidecar("metrics", "redis", env=env).stdout)


def quiet(server):
    """No snapshot or rewrite is in progress."""
    info = redis_cli(server.port, "INFO", "persistence")
    return "rdb_bgsave_in_progress:0" in info and "aof_rewrite_in_progress:0" in info


def is_between(number, before, after, name):
    low, high = min(before, after), max(before, after)
    if not SAMPLED.match(name):
        return low <= number <= high
    slack = 0.5 * max(abs(low), abs(high)) + 5
    return OF_A_MOMENT.match(name) or low - slack <= number <= high + slack


def differences(before, theirs, after):
    """The exporter's samples that are not between two scrapes of the sidecar."""
    found = {}
    for (name, labels), number in theirs.samples.items():
        if NOT_OF_REDIS.match(name) or name == MISREAD:
            continue
        key = name, comparable(labels)
        pair = [by_labels(each).get(key) for each in (before, after)]
        if pair[0] is None and name.endswith("_bucket"):
            pair[0] = 0  # the first call that took so long
        if None in pair or not is_between(number, *pair, name):
            found[name, labels] = (number, pair)
    return found


def comparable(labels):
    """Bounds of buckets as numbers: 1073741 and 1.073741e+06 are the same."""
    return frozenset(
        (name, float(value) if name in ("le", "quantile") else value) for name, value in labels
    )


def by_labels(read):
    if not hasattr(read, "by_labels"):
        read.by_labels = {
            (name, comparable(labels)): number for (name, labels), number in read.samples.items()
        }
    return read.by_labels


@pytest.mark.parametrize("number", range(STATES))
def test_each_family_has_the_exporters_value_in_state(number, tmp_path):
    dice = random.Random(number)
    kind = SHARES[number % len(SHARES)]
    with (
        servers(kind, tmp_path) as server,
        exporter(server, tmp_path) as scrape,
        contextlib.ExitStack() as stack,
    ):
        state = State(server, dice, stack)
        for step in dice.choices(STEPS[kind], k=dice.randint(2, 5)):
            state.steps.append(step.__name__)
            step(state)
        wait_until(lambda: quiet(server), "nothing is saved")
        scrape(), ours(server), scrape()  # each command of both has been called once
        before, theirs, after = ours(server), scrape(), ours(server)
        wanted = {name: kind for name, kind in theirs.types.items() if not NOT_OF_REDIS.match(name)}
        wanted.pop(MISREAD, None)
        assert {name: kind for name, kind in wanted.items() if after.types.get(name) != kind} == {}
        assert differences(before, theirs, after) == {}, (kind, state.steps)
        assert len(wanted) > 130
        print(f"\nstate {number}: {kind}, {' '.join(state.steps)}: {len(wanted)} families")
