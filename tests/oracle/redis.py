"""States of Redis and Valkey."""

import contextlib
import functools
import socket
import subprocess
import tempfile
from pathlib import Path

from oracle.campaign import Asked, Case, Service, rule
from oracle.draw import servers_of
from scenarios.matrix import version_of
from support.certificates import Authority
from support.servers import (
    free_port,
    limit_file_size,
    need,
    redis_cli,
    redis_cluster,
    redis_loading,
    redis_server,
    wait_until,
)

PASSWORD = "pYx8Kq2oracle"
MIB = 1024 * 1024
PLENTY = 512 * MIB
ALL = "read write delete option"

RULES = {
    "redis.memory.full": rule("reads and deletions must reach the server", "full near", "write"),
    "redis.maxmemory.drift": rule("the server serves, with another limit", "drift"),
    "redis.maxmemory_policy.drift": rule("the server serves, with another policy", "drift"),
    "redis.appendfsync.drift": rule("the server serves and saves", "drift"),
    "redis.appendonly.drift": rule("nothing declares that the server is durable", "drift"),
    "redis.rdb_save.failed": rule("the append-only file holds the data", "unsaved"),
    "redis.replication.read_only": rule("a replica serves reads", "replica", "write delete"),
    "redis.replication.disconnected": rule("it serves old data", "disconnected", "write delete"),
    "redis.replication.underreplicated": rule(
        "it serves reads, as its min-replicas-to-write wants it", "underreplicated", "write delete"
    ),
    "redis.slots.missing": rule("it serves the other slots", "slots", ALL),
    "redis.canary.failed": rule(
        "reads must reach the server",
        "full near replica disconnected underreplicated",
        "write delete",
    ),
    "redis.canary.unavailable": rule("nothing was written", "unverifiable"),
    "redis.info.unavailable": rule("the server answers", "unverifiable"),
    "redis.config.unavailable": rule("the server answers", "unverifiable"),
    "redis.cluster_info.unavailable": rule("the server answers", "unverifiable"),
    "redis.authentication.unneeded": rule("the server takes every client", "unneeded"),
    "redis.dataset.loading": rule("it ends by itself", "loading", ALL),
}
DURABILITY = frozenset({"redis.appendonly.drift", "redis.aof.missing", "redis.aof_write.failed"})

POLICIES = (
    *("noeviction", "noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random"),
    *("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"),
)

# Server configuration -> its states. A state that is listed twice is drawn twice as often.
SERVERS = {
    "append-only": (
        *("some", "some", "parameter", "parameter", "parameter", "parameter"),
        *("full", "full", "full, volatile keys", "full, a few volatile keys", "near full"),
        *("near full", "below its own needs", "writes paused", "all paused", "busy script"),
        *("too few replicas", "replicas without lag", "monitoring user", "limited user"),
        *("declared off", "wrong password", "unneeded password"),
    ),
    "snapshots": (
        *("some", "full", "near full", "save failing", "save failing, writes go on"),
        *("declared on", "no save point"),
    ),
    "replica": ("read-only", "writable", "master gone", "master gone, no stale data"),
    "cluster": ("some", "slots missing", "partial coverage"),
    "full disk": ("append-only file failing",),
    "full disk, late": ("append-only switched on",),
    "clients used up": ("clients used up",),
    "loading": ("loading",),
    "password": ("password", "no password"),
    "TLS, without CONFIG": ("TLS", "no TLS"),
}
VERSION = version_of("redis-server")
if VERSION < (7,):  # without ranges of slots; the tests' build has no TLS
    del SERVERS["cluster"], SERVERS["TLS, without CONFIG"]
SHARES = {"append-only": 50, "snapshots": 16, "replica": 12, "cluster": 8}
OTHER_SHARE = 3

# Parameters that the test itself needs, or that a state has.
NOT_DRAWN = (
    *("appendonly", "appenddirname", "bind", "dir", "logfile", "maxclients", "maxmemory", "port"),
    *("maxmemory-policy", "protected-mode", "requirepass", "save", "appendfsync", "timeout"),
    *("min-replicas-to-write", "min-slaves-to-write", "masterauth", "masteruser"),
    *("stop-writes-on-bgsave-error", "key-load-delay", "rdb-key-save-delay"),
)


@functools.cache
def parameters():
    """Name, value and another value of each setting that the server can change to a number or a
    word that it takes, and another value."""
    found = []
    with tempfile.TemporaryDirectory() as directory, redis_server(Path(directory)) as server:
        lines = redis_cli(server.port, "CONFIG", "GET", "*").split("\n")
        for name, value in sorted(zip(lines[::2], lines[1::2], strict=False)):
            other = other_value(value)
            if name in NOT_DRAWN or name.startswith(("tls-", "cluster-", "replica-announce")):
                continue
            if other and redis_cli(server.port, "CONFIG", "SET", name, other) == "OK":
                found.append((name, value, other))
                redis_cli(server.port, "CONFIG", "SET", name, value)
    return tuple(found)


def other_value(value):
    if value in ("yes", "no"):
        return "no" if value == "yes" else "yes"
    return str(int(value) * 2 or 1) if value.isdigit() else ""


def draw(dice, count):
    shares = {name: SHARES.get(name, OTHER_SHARE) for name in SERVERS}
    # Loading ends.
    for number, server in servers_of(count, shares, "append-only", {"loading": 4}):
        yield draw_case(dice, number, server)


def draw_case(dice, number, server):
    state = dice.one(f"state on {server}", *SERVERS[server])
    features = {
        "server": server,
        f"state on {server}": state,
        "policy": dice.one("policy", *(POLICIES[1:] if "full" not in state else POLICIES)),
        "maxmemory": dice.one("maxmemory", 0, PLENTY, PLENTY),
        "appendfsync": dice.one("appendfsync", "everysec", "always", "no"),
        "drift": dice.one("drift", "", "", "", "appendfsync", "maxmemory", "maxmemory_policy"),
        "canary": dice.one("canary", False, True),
    }
    if state == "parameter":
        features["parameter"] = dice.one(
            "parameter", *(f"{name} {other}" for name, _, other in parameters())
        )
    return Case("redis", number, server, state, features, features)


# --- how it is made ---


class Server:
    def __init__(self, process, *, directory=None, cluster=False, master=None):
        self.process = process
        self.port = process.port
        self.directory = directory
        self.cluster = cluster
        self.master = master  # of a replica

    def cli(self, *words, **how):
        return redis_cli(self.port, *words, **how)

    def must(self, *words):
        said = self.cli(*words)
        assert said == "OK", (words, said)

    def set(self, **parameters):
        for name, value in parameters.items():
            self.must("CONFIG", "SET", name.replace("_", "-"), value)

    def info(self, section, field):
        for line in self.cli("INFO", section).splitlines():
            if line.startswith(f"{field}:"):
                return line.partition(":")[2].strip()
        return ""

    def used(self):
        return int(self.info("memory", "used_memory"))


class Making:
    """A server on its way into a state."""

    def __init__(self, server, case):
        self.server, self.case = server, case
        self.objects = dict(case.objects)
        self.facts = set()
        self.named = []
        self.level = ""
        self.env = {}
        self.where = {}
        self.flags = ()
        self.seconds = 2.0
        self.few = False  # one operation of each kind: each takes its time
        self.kept = True  # the keys of the state cannot have been evicted
        self.appendonly = case.server != "snapshots"

    def expect(self, level, facts="", *named):
        self.level, self.facts, self.named = level, self.facts | {facts}, list(named)

    @property
    def policy(self):
        return self.objects["policy"]


def some(making):
    """A few keys, with and without a lifetime."""
    making.server.cli(stdin="SET kept value\nSET lives value EX 1000\nRPUSH list a\n")


def parameter(making):
    some(making)
    name, _, other = making.objects["parameter"].partition(" ")
    making.server.must("CONFIG", "SET", name, other)


FILL = """for i = 1, 2000 do
  local key = 'key:' .. i
  redis.call('SET', key, string.rep('x', 10000))
  if i % 100 < tonumber(ARGV[1]) then redis.call('EXPIRE', key, 10000) end
end"""


def written(making, volatile):
    """20 MB: a client's buffers count as used, too. `volatile` of a hundred keys have a
    lifetime."""
    some(making)
    if volatile == 0:
        making.server.cli("PERSIST", "lives")
    making.server.cli("EVAL", FILL, 0, volatile)


def limited(making, share):
    """maxmemory so that this share of it is used."""
    server = making.server
    buffered = lambda: int(server.info("memory", "mem_not_counted_for_evict"))
    wait_until(lambda: buffered() < 100_000, "the append-only file is written")
    server.set(maxmemory_policy=making.policy, maxmemory=int(server.used() / share))
    making.objects["maxmemory"] = int(server.cli("CONFIG", "GET", "maxmemory").split("\n")[1])
    making.kept = making.policy == "noeviction"


def full(making, volatile=0, share=1.02):
    written(making, volatile)
    limited(making, share)
    if making.policy == "noeviction" or (making.policy.startswith("volatile") and volatile < 5):
        making.expect("degraded", "full", "redis.memory.full")
    if making.policy.startswith("volatile"):
        making.kept = volatile < 100


def near_full(making):
    full(making, share=0.975)


def below_its_needs(making):
    some(making)
    making.server.set(maxmemory_policy=making.policy, maxmemory=100_000)
    making.objects["maxmemory"] = 100_000
    making.kept = making.policy == "noeviction"
    making.expect("degraded", "full", "redis.memory.full")


def paused(making, kind):
    """CLIENT UNPAUSE may wait, too, until the pause ends by itself. Where INFO does not
    report a pause of writes, only a write shows it."""
    some(making)
    if not making.server.info("clients", "paused_reason"):
        making.objects["canary"] = True
    making.flags, making.seconds, making.few = ("--timeout", "1s"), 0.2, True
    making.server.must("CLIENT", "PAUSE", 10_000 if kind == "WRITE" else 3000, kind)
    making.expect(
        "unhealthy", "", "(?i)pause" if kind == "WRITE" else "(?i)did not answer|timeout|pause"
    )


@contextlib.contextmanager
def busy(making):
    some(making)
    making.server.set(lua_time_limit=20)
    argv = [need("redis-cli"), "-p", str(making.server.port), "EVAL", "while true do end", "0"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as script:
        wait_until(lambda: "BUSY" in making.server.cli("PING"), "the script keeps it busy")
        making.expect("unhealthy", "", "BUSY")
        yield
        making.server.must("SCRIPT", "KILL")
        script.wait()


def too_few_replicas(making):
    some(making)
    making.server.set(min_replicas_to_write=1)
    making.expect("degraded", "underreplicated", "redis.replication.underreplicated")


def without_lag(making):
    some(making)
    making.server.set(min_replicas_to_write=1, min_replicas_max_lag=0)


def login(making, name, *acl):
    making.server.must("ACL", "SETUSER", name, "on", f">{PASSWORD}", *acl)


def monitoring_user(making):
    """The sidecar's user of docs/permissions.md, and an ordinary user's client."""
    some(making)
    login(making, "sidecar", "resetkeys", "resetchannels", "-@all", "+ping", "+info", "+config|get")
    login(making, "app", "~*", "&*", "+@all", "-@dangerous", "-@admin")
    as_user(making, "sidecar")
    making.where = {"user": "app", "password": PASSWORD}
    if making.objects["canary"]:
        making.facts.add("unverifiable")
        making.level = "degraded"


def limited_user(making):
    """Both are an ordinary user."""
    some(making)
    login(making, "app", "~*", "&*", "+@all", "-@dangerous", "-@admin")
    as_user(making, "app")
    making.where = {"user": "app", "password": PASSWORD}
    making.objects["drift"] = ""
    making.expect("degraded", "unverifiable")


def as_user(making, name):
    making.env |= {"ARC_REDIS_USER": name, "ARC_REDIS_PASSWORD": PASSWORD}


def declared_off(making):
    """The append-only file is more than what is declared."""
    some(making)
    making.appendonly = False
    making.expect("degraded", "drift", "redis.appendonly.drift")


def declared_on(making):
    some(making)
    making.appendonly = True
    making.expect("unhealthy", "drift", "redis.appendonly.drift")


def wrong_password(making):
    some(making)
    login(making, "app", "~*", "+@all")
    making.env |= {"ARC_REDIS_USER": "app", "ARC_REDIS_PASSWORD": PASSWORD + "x"}
    making.where = {"user": "app", "password": PASSWORD + "x"}
    making.expect("unhealthy", "", "redis.authentication.failed")


def unneeded_password(making):
    some(making)
    making.env["ARC_REDIS_PASSWORD"] = PASSWORD
    making.expect("degraded", "unneeded", "redis.authentication.unneeded")


@contextlib.contextmanager
def save_failing(making, stop="yes"):
    """A directory is where the snapshot should be."""
    some(making)
    server = making.server
    snapshot = server.directory / "dump.rdb"
    snapshot.unlink(missing_ok=True)
    snapshot.mkdir()
    server.set(save="3600 1", stop_writes_on_bgsave_error=stop)
    server.cli("SET", "one", "more")
    server.cli("BGSAVE")
    status = lambda: server.info("persistence", "rdb_last_bgsave_status")
    wait_until(lambda: status() == "err", "the snapshot fails")
    if stop == "yes":
        making.expect("unhealthy", "unsaved", "redis.persistence.failed|redis.rdb_save.failed")
    else:
        making.expect("degraded", "unsaved", "redis.rdb_save.failed")
    yield
    snapshot.rmdir()
    server.cli("BGSAVE")
    wait_until(lambda: status() == "ok", "the snapshot succeeds")


def no_save_point(making):
    some(making)
    making.server.set(save="")


def read_only(making):
    making.expect("degraded", "replica", "redis.replication.read_only")


def writable(making):
    making.server.set(replica_read_only="no")


@contextlib.contextmanager
def master_gone(making, stale="yes"):
    server = making.server
    server.set(replica_serve_stale_data=stale)
    server.must("REPLICAOF", "127.0.0.1", 1)
    wait_until(
        lambda: server.info("replication", "master_link_status") == "down", "the master is gone"
    )
    if stale == "yes":
        making.expect("degraded", "disconnected", "redis.replication.disconnected")
    else:
        making.expect("unhealthy", "", "MASTERDOWN|link")
    yield
    server.set(replica_serve_stale_data="yes")
    follow(server, server.master.port)


def follow(server, port):
    server.must("REPLICAOF", "127.0.0.1", port)
    wait_until(
        lambda: server.info("replication", "master_link_status") == "up", "the replica follows"
    )
    rewrites = lambda: server.info("persistence", "aof_rewrite_in_progress") != "0"
    wait_until(lambda: not rewrites(), "the replica has its append-only file")


@contextlib.contextmanager
def slots_missing(making, coverage="yes"):
    """The slots of the first node that the client's keys do not need to be in."""
    server = making.server
    server.set(cluster_require_full_coverage=coverage)
    server.must("CLUSTER", "DELSLOTSRANGE", 0, 2000)
    state = "fail" if coverage == "yes" else "ok"
    wait_until(lambda: f"cluster_state:{state}" in server.cli("CLUSTER", "INFO"), "the slots miss")
    if coverage == "yes":
        making.expect("unhealthy", "", "redis.cluster.down")
    else:
        making.expect("degraded", "slots", "redis.slots.missing")
    yield
    server.must("CLUSTER", "ADDSLOTSRANGE", 0, 2000)
    server.set(cluster_require_full_coverage="yes")
    wait_until(lambda: "cluster_state:ok" in server.cli("CLUSTER", "INFO"), "the cluster is up")


def aof_failing(making):
    server = making.server
    server.cli(stdin="".join(f"SET key:{i} {'x' * 1000}\n" for i in range(300)))
    wait_until(lambda: "MISCONF" in server.cli("PING"), "the server notices its full disk")
    making.expect("unhealthy", "unsaved", "redis.aof_write.failed")


def no_password(making):
    making.expect("unhealthy", "", "redis.authentication.required")


def with_password(making):
    making.env["ARC_REDIS_PASSWORD"] = PASSWORD
    making.where = {"password": PASSWORD}


def is_loading(making):
    making.expect("starting", "loading", "redis.dataset.loading")
    making.seconds, making.few = 0.2, True


def is_closed(making):
    making.expect("unhealthy", "", "max number of clients|maxclients")


def switched_on(making):
    """The rewrite that makes the append-only file fails: a restart loses everything."""
    server = making.server
    if server.cli("CONFIG", "GET", "appendonly").endswith("no"):
        server.cli(stdin="".join(f"SET key:{i} {'x' * 1000}\n" for i in range(300)))
        server.must("CONFIG", "SET", "appendonly", "yes")
    status = lambda: server.info("persistence", "aof_last_bgrewrite_status")
    wait_until(lambda: status() == "err", "the rewrite fails")
    making.expect("unhealthy", "", "redis.aof.missing")


def with_tls(making):
    """CONFIG is disabled: what INFO does not say cannot be verified."""
    making.env |= {
        "ARC_REDIS_URL": f"rediss://127.0.0.1:{making.server.tls_port}",
        "ARC_REDIS_CA_FILE": str(making.server.ca),
    }
    making.where = {
        "address": f"127.0.0.1:{making.server.tls_port}",
        "ca": str(making.server.ca),
    }
    making.expect("degraded", "unverifiable", "redis.config.unavailable")


def without_tls(making):
    making.env["ARC_REDIS_URL"] = f"redis://127.0.0.1:{making.server.tls_port}"
    making.where = {"address": f"127.0.0.1:{making.server.tls_port}"}
    making.expect("unhealthy", "", "TLS")


STATES = {
    "some": some,
    "parameter": parameter,
    "full": full,
    "full, volatile keys": functools.partial(full, volatile=100),
    "full, a few volatile keys": functools.partial(full, volatile=1),
    "near full": near_full,
    "below its own needs": below_its_needs,
    "writes paused": functools.partial(paused, kind="WRITE"),
    "all paused": functools.partial(paused, kind="ALL"),
    "busy script": busy,
    "too few replicas": too_few_replicas,
    "replicas without lag": without_lag,
    "monitoring user": monitoring_user,
    "limited user": limited_user,
    "declared off": declared_off,
    "declared on": declared_on,
    "wrong password": wrong_password,
    "unneeded password": unneeded_password,
    "save failing": save_failing,
    "save failing, writes go on": functools.partial(save_failing, stop="no"),
    "no save point": no_save_point,
    "read-only": read_only,
    "writable": writable,
    "master gone": master_gone,
    "master gone, no stale data": functools.partial(master_gone, stale="no"),
    "slots missing": slots_missing,
    "partial coverage": functools.partial(slots_missing, coverage="no"),
    "append-only file failing": aof_failing,
    "append-only switched on": switched_on,
    "no password": no_password,
    "password": with_password,
    "loading": is_loading,
    "clients used up": is_closed,
    "TLS": with_tls,
    "no TLS": without_tls,
}


# --- the servers ---


@contextlib.contextmanager
def plain(directory, *options, **how):
    with redis_server(directory, *options, **how) as process:
        yield Server(process, directory=directory)


@contextlib.contextmanager
def replica(directory):
    with (
        redis_server(directory / "master") as master,
        redis_server(directory / "replica") as process,
    ):
        redis_cli(master.port, stdin="SET kept value\nSET lives value EX 1000\nRPUSH list a\n")
        server = Server(process, directory=directory, master=master)
        follow(server, master.port)
        yield server


@contextlib.contextmanager
def cluster(directory):
    with redis_cluster(directory) as servers:
        yield Server(servers[0], directory=directory, cluster=True)


@contextlib.contextmanager
def clients_used_up(directory):
    """One client may connect, and it stays."""
    with plain(directory, "--maxclients", "1") as server, contextlib.ExitStack() as stack:

        def is_let_in():
            client = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            client.sendall(b"PING\r\n")
            if client.recv(64).startswith(b"+PONG"):
                return stack.enter_context(client)
            client.close()
            return None

        wait_until(is_let_in, "a client is let in")
        yield server


@contextlib.contextmanager
def tls(directory):
    authority = Authority(directory / "ca")
    certificate, key = authority.issue("server", "IP:127.0.0.1")
    conf = directory / "redis.conf"
    conf.write_text('rename-command CONFIG ""\n')
    port = free_port()
    options = {
        "tls-port": port,
        "tls-cert-file": certificate,
        "tls-key-file": key,
        "tls-ca-cert-file": authority.ca,
        "tls-auth-clients": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with plain(directory / "data", *words, conf=conf) as server:
        server.tls_port, server.ca = port, authority.ca
        yield server


@contextlib.contextmanager
def loading(directory):
    with redis_loading(directory) as process:
        yield Server(process, directory=directory)


MAKERS = {
    "append-only": plain,
    "snapshots": lambda directory: plain(directory, "--appendonly", "no", "--save", "3600 1"),
    "replica": replica,
    "cluster": cluster,
    "full disk": lambda directory: plain(directory, preexec=limit_file_size(100_000)),
    "clients used up": clients_used_up,
    "loading": loading,
    "full disk, late": lambda directory: plain(
        directory, "--appendonly", "no", "--rdbcompression", "no", preexec=limit_file_size(100_000)
    ),
    "password": lambda directory: plain(directory, "--requirepass", PASSWORD),
    "TLS, without CONFIG": tls,
}
# The state is the server's.
UNTOUCHED = (
    *("full disk", "full disk, late", "clients used up", "loading", "password"),
    "TLS, without CONFIG",
)


@contextlib.contextmanager
def make(server, case):
    making = Making(server, case)
    touched = case.server not in UNTOUCHED
    if touched:
        configure(making)
    made = STATES[case.state](making)
    with made if hasattr(made, "__enter__") else contextlib.nullcontext():
        yield asked(making)
    if touched:
        clean(making)


def configure(making):
    making.server.set(
        maxmemory=0,
        appendfsync=making.objects["appendfsync"],
    )
    if "full" not in making.case.state and making.case.state != "below its own needs":
        making.server.set(maxmemory_policy=making.policy, maxmemory=making.objects["maxmemory"])


def clean(making):
    server = making.server
    server.cli("CLIENT", "UNPAUSE")
    server.set(maxmemory=0, maxmemory_policy="noeviction", min_replicas_to_write=0)
    server.set(min_replicas_max_lag=10)
    if making.objects.get("parameter"):
        name = making.objects["parameter"].partition(" ")[0]
        (value,) = (value for each, value, _ in parameters() if each == name)
        server.must("CONFIG", "SET", name, value)
    if server.master:
        server.set(replica_read_only="yes")
        server.cli(stdin="ACL DELUSER app sidecar\n")
    else:
        server.cli(stdin="FLUSHALL\nACL DELUSER app sidecar\n")
    if server.cluster:
        return
    server.cli("CONFIG", "RESETSTAT")


def declaration(making):
    """What the sidecar is told: as it is, but for the drift."""
    values = {
        "appendfsync": making.objects["appendfsync"],
        "maxmemory": str(making.objects["maxmemory"]),
        "maxmemory_policy": making.policy,
    }
    if making.case.server in UNTOUCHED:
        values = {"appendfsync": "everysec", "maxmemory": "512mb", "maxmemory_policy": "noeviction"}
    others = {"appendfsync": ("no", "always"), "maxmemory": ("1gb", "2gb")}
    drift = making.objects["drift"] if making.case.server not in UNTOUCHED else ""
    if drift:
        choice = others.get(drift, ("noeviction", "allkeys-lru"))
        values[drift] = choice[values[drift] == choice[0]]
        making.facts.add("drift")
        making.named += [f"redis.{drift}.drift"] if making.level != "unhealthy" else []
        making.level = making.level or "degraded"
    return {f"ARC_REDIS_{name.upper()}": value for name, value in values.items()}


def asked(making):
    env = {
        "ARC_REDIS_URL": f"127.0.0.1:{making.server.port}",
        "ARC_REDIS_APPENDONLY": "yes" if making.appendonly else "no",
        "ARC_REDIS_CANARY": "true" if making.objects["canary"] else "false",
    }
    env |= declaration(making) | making.env
    where = {
        "address": f"127.0.0.1:{making.server.port}",
        "cluster": making.server.cluster,
        "seconds": making.seconds,
    }
    facts = making.facts - {""}
    does = list(operations(making))
    if making.few:
        does = list({one["kind"]: one for one in reversed(does)}.values())
    where |= making.where
    return Asked(env, where, does, facts, making.named, making.level, making.flags)


def operations(making):
    """What an ordinary user does."""
    wanted = {"wanted": "value"} if making.kept else {}
    if making.case.server not in UNTOUCHED:
        yield operation("read", "GET kept", **wanted)
    yield operation("read", "GET absent")
    yield operation("read", "LRANGE list 0 -1")
    yield operation("read", "TTL lives")
    yield operation("write", "SET new value", wanted="OK")
    yield operation("write", "SET new:volatile value EX 100", wanted="OK")
    yield operation("write", f"APPEND new:large {'x' * 1000}")
    yield operation("write", "INCR new:counter")
    yield operation("write", "LPUSH new:list one")
    yield operation("write", "HSET new:hash field value")
    yield operation("write", "XADD new:stream * field value")
    yield operation("delete", "DEL new:large")
    yield operation("delete", "EXPIRE new:list 100")


def operation(kind, command, **more):
    words = command.split(" ")
    return {"name": words[0], "kind": kind, "command": words} | more


SERVICE = Service("redis", "Redis", RULES, DURABILITY, draw, MAKERS, make)
