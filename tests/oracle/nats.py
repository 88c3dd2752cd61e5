"""States of NATS JetStream."""

import contextlib
import dataclasses
import json
import re

from oracle.campaign import Asked, Case, Service, rule
from oracle.draw import servers_of
from scenarios.matrix import version_of
from support import machine
from support.nats_tools import Nats, nats_env, nats_server
from support.ports import free_port
from support.servers import wait_until

VERSION = version_of("nats-server")
SECOND = 10**9
LIMIT = 1000  # messages
BYTES = 256 * 1024
NEAR = 0.96  # of a limit
FULL = "full near"
PASSWORD = "pYx8Kq2oracle"

RULES = {
    "nats.stream.drift": rule("the stream serves, with another option", "drift", "option"),
    "nats.stream.full": rule("consumers must reach the server to drain it", FULL, "write option"),
    "nats.consumers.full": rule("its consumers work, a new one is refused", FULL, "read"),
    "nats.account.full": rule("consumers must reach the server to drain it", FULL, "write option"),
    "nats.storage.full": rule("consumers must reach the server to drain it", FULL, "write option"),
    "nats.memory.full": rule("consumers must reach the server to drain it", FULL, "write option"),
    "nats.disk.full": rule("the disk is nearly full, and the server stores", "near"),
    "nats.monitor.refused": rule("clients do not use the monitoring port", "monitor"),
    "nats.monitor.protocol": rule("clients do not use the monitoring port", "monitor"),
    "nats.store.unverified": rule("the declared free space is that of another server", "monitor"),
    "nats.store.volatile": rule("the server stores, and a restart loses it", "volatile"),
}
DURABILITY = frozenset({"nats.store.outside", "nats.store.unmounted", "nats.stream.damaged"})


# --- what is drawn ---


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of the server's stream configuration. The first value is the server's default."""

    name: str
    values: tuple
    declared: str = ""  # its name in the sidecar's configuration; empty: cannot be declared
    since: tuple = (2, 10)


FIELDS = (
    Field("retention", ("limits", "limits", "interest", "workqueue"), "retention"),
    Field("storage", ("file", "memory"), "storage"),
    Field("discard", ("old", "new"), "discard"),
    Field("compression", ("none", "s2"), "compression"),
    Field("max_msgs", (-1, LIMIT), "max_msgs"),
    Field("max_bytes", (-1, BYTES), "max_bytes"),
    Field("max_age", (0, 3600 * SECOND), "max_age"),
    Field("max_msgs_per_subject", (-1, -1, LIMIT), "max_msgs_per_subject"),
    Field("max_msg_size", (-1, 2048), "max_msg_size"),
    Field("max_consumers", (-1, 5), "max_consumers"),
    Field("duplicate_window", (120 * SECOND, 30 * SECOND), "duplicate_window"),
    Field("allow_direct", (False, True), "allow_direct"),
    Field("deny_delete", (False, False, True), "deny_delete"),
    Field("deny_purge", (False, False, True), "deny_purge"),
    Field("allow_rollup_hdrs", (False, False, True), "allow_rollup"),
    Field("description", ("", "drawn"), "description"),
    Field("discard_new_per_subject", (False, False, False, True)),
    Field("metadata", (None, {"owner": "test"})),
    Field("first_seq", (0, 1000)),
    Field("consumer_limits", (None, {"max_ack_pending": 100})),
    Field("republish", (None, {"src": "<name>.a", "dest": "r.<name>"})),
    # Other subjects, the same subjects, and parts of the declared ones under another name.
    Field(
        "subject_transform",
        (
            None,
            {"src": "t.<name>", "dest": "<name>.p"},
            {"src": "<name>.*", "dest": "<name>.{{wildcard(1)}}"},
            {"src": "<name>.q", "dest": "<name>.p"},
            {"src": "<name>.q.>", "dest": "t.<name>.>"},
            {"src": "*.a", "dest": "<name>.p"},
        ),
    ),
    Field("allow_msg_ttl", (False, True), since=(2, 11)),
    Field("allow_atomic", (False, True), since=(2, 12)),
    Field("allow_msg_schedules", (False, True), since=(2, 12)),
    Field("allow_batched", (False, True), since=(2, 14)),
)
FIELD = {field.name: field for field in FIELDS}
DECLARED = {field.name: field for field in FIELDS if field.declared}
DEFAULTS = {field.name: field.values[0] for field in FIELDS}
# Each value but the default is a drift.
UNDECLARABLE = [f.name for f in FIELDS if not f.declared and f.since <= VERSION]


@dataclasses.dataclass(frozen=True)
class State:
    name: str
    fields: dict = dataclasses.field(default_factory=dict)  # that it needs
    facts: str = ""
    level: str = ""
    since: tuple = (2, 10)


def full(name, **fields):
    return State(name, {"discard": "new"} | fields, "full", "degraded")


def near(name, **fields):
    return State(name, {"discard": "new"} | fields, "near", "degraded")


def rolls(name, **fields):
    return State(name, fields | {"discard_new_per_subject": False})


COUNTER = {"discard": "old"} | dict.fromkeys(
    ("discard_new_per_subject", "allow_msg_ttl", "allow_msg_schedules"), False
)
PLAIN = (
    State("empty"),
    State("some"),
    State("some"),
    full("messages full", max_msgs=LIMIT, max_msgs_per_subject=-1),
    near("messages near", max_msgs=LIMIT, max_msgs_per_subject=-1),
    full("bytes full", max_bytes=BYTES, max_msgs=-1),
    near("bytes near", max_bytes=BYTES, max_msgs=-1),
    full("subject full", max_msgs_per_subject=LIMIT, discard_new_per_subject=True, max_msgs=-1),
    near("subject near", max_msgs_per_subject=LIMIT, discard_new_per_subject=True, max_msgs=-1),
    # The oldest message of the subject makes room.
    rolls("subject rolls", max_msgs_per_subject=LIMIT, discard="new", max_msgs=-1),
    rolls("messages roll", max_msgs=LIMIT, discard="old"),
    State("consumers full", {"max_consumers": 2, "retention": "limits"}, "full", "degraded"),
    State("sealed", level="unhealthy"),
    State("missing", level="unhealthy"),
    State("missing, subjects of another stream", level="unhealthy"),
    State("mirror", level="unhealthy"),
    State("sources only", level="unhealthy"),
    State("other subjects", level="unhealthy"),
    State("a subject less", level="unhealthy"),
    State("a narrower subject", level="unhealthy"),
    State("a subject more", facts="drift", level="degraded"),
    State("a wider subject", facts="drift", level="degraded"),
    State("subjects transformed", {"subject_transform": None}, level="unhealthy"),
    State("unacknowledged", level="unhealthy"),
    State("counter", COUNTER, level="unhealthy", since=(2, 12)),
    State("a consumer paused", {"retention": "limits", "max_consumers": -1}, since=(2, 11)),
)
SERVERS = {
    "plain": PLAIN,
    "accounts": (
        State("some"),
        State("account file full", {"storage": "file"}, "full", "degraded"),
        State("account file near", {"storage": "file"}, "near", "degraded"),
        State("account memory full", {"storage": "memory"}, "full", "degraded"),
        State("account memory near", {"storage": "memory"}, "near", "degraded"),
        State(
            "account consumers full",
            {"max_consumers": -1, "retention": "limits"},
            "full",
            "degraded",
        ),
        State("account streams full", facts="near full"),
        State("account without JetStream", level="unhealthy"),
        State("another account", level="unhealthy"),
    ),
    "small limits": (
        State("server file full", {"storage": "file"}, "full", "degraded"),
        State("server file near", {"storage": "file"}, "near", "degraded"),
        State("server memory full", {"storage": "memory"}, "full", "degraded"),
        State("server memory near", {"storage": "memory"}, "near", "degraded"),
    ),
    "small disk": (State("disk full", {"storage": "file"}, level="unhealthy"), State("some")),
    "without JetStream": (State("missing", level="unhealthy"),),
    "leaf": (State("some", facts="monitor"), State("missing", level="unhealthy")),
    "connections used up": (State("some", level="unhealthy"),),
    "small payload": (State("some", {"max_msg_size": 2048}, "drift", "degraded"),),
    "store outside": (State("some", level="unhealthy"),),
    "without monitor": (State("some", facts="monitor"), State("missing", level="unhealthy")),
}
# How many of a hundred states each server configuration gets.
SHARES = {"plain": 56, "accounts": 16, "small limits": 8}
OTHER_SHARE = 3


def draw(dice, count):
    """Cases in the order of their server configurations."""
    shares = {name: SHARES.get(name, OTHER_SHARE) for name in SERVERS}
    for number, server in servers_of(count, shares, "plain"):
        yield draw_case(dice, number, server)


def draw_case(dice, number, server):
    states = [state for state in SERVERS[server] if state.since <= VERSION]
    names = [one.name for one in states]
    name = dice.one(f"state on {server}", *names)
    state = states[names.index(name)]
    stream = DEFAULTS | {name: dice.one(name, *field.values) for name, field in DECLARED.items()}
    # Most states have no drift: it would hide that the verdict says nothing else.
    extra = dice.one("not declarable", *[""] * len(UNDECLARABLE), *UNDECLARABLE)
    if extra:
        stream[extra] = dice.one(f"other {extra}", *FIELD[extra].values[1:])
    stream = consistent(stream | state.fields)
    if state.level:
        stream["subject_transform"] = None  # it decides the level, too
    extra = extra if extra and stream[extra] != DEFAULTS[extra] else ""
    drift = dice.one("drift", *[""] * len(DECLARED), *DECLARED)
    wildcard = dice.one("subjects", "one", "two", "all below", "any token")
    features = {key: stream[key] for key in DECLARED} | {
        "not declarable": extra,
        "drift": drift,
        "subjects": wildcard,
        "server": server,
        f"state on {server}": name,
    }
    if extra:
        features[f"other {extra}"] = stream[extra]
    set_fields = {key: value for key, value in stream.items() if value != DEFAULTS[key]}
    objects = {"stream": set_fields, "drift": drift, "subjects": wildcard}
    return Case("nats", number, server, name, features, objects)


def consistent(stream):
    """What the server accepts: a field gives way to another."""
    if stream["discard_new_per_subject"]:
        stream["discard"], stream["max_msgs_per_subject"] = "new", LIMIT
    if stream["allow_rollup_hdrs"]:
        stream["deny_purge"] = False
    if stream["discard"] == "new":
        stream["allow_msg_schedules"] = False
    if stream["allow_msg_schedules"]:
        stream["allow_rollup_hdrs"], stream["deny_purge"] = True, False
    return stream


# --- how it is made ---


def subjects_of(name, wildcard):
    return {
        "one": [f"{name}.a"],
        "two": [f"{name}.a", f"{name}.b"],
        "all below": [f"{name}.>"],
        "any token": [f"{name}.*"],
    }[wildcard]


def concrete(subject):
    """Subjects that a declared one matches."""
    if subject.endswith(">"):
        return [subject[:-1] + each for each in ("a", "z.y")]
    return [subject.replace("*", "a"), subject.replace("*", "z")] if "*" in subject else [subject]


def clients_of(declared, subjects):
    """Those of `subjects` that clients of a declared subject use: the ones that it matches."""
    pattern = re.escape(declared).replace(r"\*", r"[^.]+").replace(">", ".+") + "$"
    return [each for subject in subjects for each in concrete(subject) if re.match(pattern, each)]


def filled(value, name):
    return json.loads(json.dumps(value).replace("<name>", name))


def configuration(name, case):
    """The stream as the server gets it: without what is the default."""
    stream = filled(case.objects["stream"], name)
    return stream | {"name": name, "subjects": subjects_of(name, case.objects["subjects"])}


def other_value(field, value):
    return next(one for one in reversed(field.values) if one != value)


def declaration(name, case):
    """The stream as it is declared: as it is, but for the drift."""
    declared = {"name": name, "subjects": subjects_of(name, case.objects["subjects"])}
    for key, field in DECLARED.items():
        value = case.objects["stream"].get(key, DEFAULTS[key])
        if key == case.objects["drift"]:
            value = other_value(field, value)
        if value != DEFAULTS[key] or key == case.objects["drift"]:
            declared[field.declared] = value
    for key in ("max_age", "duplicate_window"):
        if key in declared:
            declared[key] = f"{declared[key] // SECOND}s"
    for key in ("max_msgs", "max_bytes", "max_msg_size", "max_msgs_per_subject", "max_consumers"):
        if declared.get(key) == -1:
            declared[key] = 0
    return declared


def toml(declared):
    lines = [f"{key} = {json.dumps(value)}" for key, value in declared.items()]
    return "\n".join(["[[nats.stream]]", *lines, ""])


def operations(declared, special=()):
    """All that the declaration promises to a client, also of the subjects `special`."""
    name = declared["name"]
    first = concrete(declared["subjects"][0])[0]
    yield from exchanges(declared, special)
    stays = declared.get("retention", "limits") == "limits"
    if stays:
        yield {"name": "get", "kind": "option", "stream": name, "subject": first}
    if stays and declared.get("allow_direct"):
        yield {"name": "direct", "kind": "option", "stream": name, "subject": first}
    yield {"name": "duplicate", "kind": "option", "stream": name, "subject": first, "size": 10}
    if declared.get("max_msg_size"):
        yield publish(name, first, "option", size=declared["max_msg_size"])
    if declared.get("allow_rollup"):
        yield publish(name, first, "option", headers={"Nats-Rollup": "sub"})
    if stays and not declared.get("deny_delete"):
        yield {"name": "delete", "kind": "option", "stream": name}
    if not declared.get("deny_purge"):
        yield {"name": "purge", "kind": "option", "stream": name, "subject": first}


def publish(stream, subject, kind="write", **more):
    return {
        "name": "publish",
        "kind": kind,
        "stream": stream,
        "subject": subject,
        "size": 100,
    } | more


def exchanges(declared, special):
    """A consumer for each subject that is declared, a message on it, and one received."""
    name = declared["name"]
    for declared_subject in declared["subjects"]:
        used = concrete(declared_subject) + clients_of(declared_subject, special)
        for subject in dict.fromkeys(used):
            yield {"name": "subscribe", "kind": "read", "stream": name, "filter": subject}
            yield publish(name, subject)
            yield {"name": "receive", "kind": "read", "stream": name}


class Server:
    """A running server configuration, as its states use it."""

    def __init__(self, directory, process, *, port=0, user="", env=None):
        self.directory = directory
        self.process = process
        self.port = port or process.port  # where the states are made
        self.user = user
        self.maker = None  # the connection that makes every state; none: one for each
        self.env = nats_env(process) | (env or {})

    def connect(self):
        if self.maker:
            return contextlib.nullcontext(self.maker)
        user = self.user
        return Nats(self.port, **({"user": user, "pass": PASSWORD} if user else {}))

    def access(self, user):
        """The sidecar's environment and the client's address, as this user."""
        where = {"address": f"nats://127.0.0.1:{self.process.port}"}
        if not user:
            return self.env, where
        env = self.env | {"ARC_NATS_USER": user, "ARC_NATS_PASSWORD": PASSWORD}
        return env, where | {"user": user, "password": PASSWORD}


@contextlib.contextmanager
def plain(directory, **how):
    with nats_server(directory, **how) as process:
        yield Server(directory, process)


ACCOUNTS = """accounts {
  LIMITED { jetstream { max_file: 1MB, max_mem: 1MB, max_streams: 4, max_consumers: 6 },
            users [{ user: limited, password: <p> }] }
  NONE { users [{ user: none, password: <p> }] }
  OTHER { jetstream: enabled, users [{ user: other, password: <p> }] }
}
""".replace("<p>", PASSWORD)


@contextlib.contextmanager
def accounts(directory):
    with nats_server(directory, conf=ACCOUNTS) as process:
        yield Server(directory, process, user="limited")


@contextlib.contextmanager
def small_disk(directory):
    conf = "jetstream { max_file_store: 1GB }"
    with (
        machine.small_disk() as store,
        nats_server(directory, conf=conf, store=store) as process,
    ):
        yield Server(directory, process, env={"ARC_NATS_MIN_FREE": "1kb"})


@contextlib.contextmanager
def leaf(directory):
    """A server without JetStream, which forwards everything to one that has it."""
    port = free_port()
    hub_conf = f'jetstream {{ domain: hub }}\nleafnodes {{ listen: "127.0.0.1:{port}" }}'
    leaf_conf = (
        'accounts { APP { users: [{ user: app, password: app }], mappings: { "$JS.API.>": '
        '"$JS.hub.API.>" } } }\nno_auth_user: app\n'
        f'leafnodes {{ remotes [{{ url: "nats://127.0.0.1:{port}", account: APP }}] }}'
    )
    with (
        nats_server(directory / "hub", conf=hub_conf, store=directory / "store") as hub,
        nats_server(directory / "leaf", jetstream=False, conf=leaf_conf) as process,
    ):
        with Nats(process.port) as nats:
            wait_until(lambda: b"limits" in nats.request("$JS.API.INFO"), "the leaf answers")
        yield Server(directory, process, port=hub.port)


@contextlib.contextmanager
def connections_used_up(directory):
    """Two clients may connect, and they stay."""
    with (
        plain(directory, conf="max_connections: 2") as server,
        server.connect() as maker,
        server.connect(),
    ):
        server.maker = maker
        yield server


@contextlib.contextmanager
def store_outside(directory):
    with plain(directory) as server:
        server.env["ARC_NATS_DATA_DIR"] = "/srv"
        yield server


MAKERS = {
    "plain": plain,
    "accounts": accounts,
    "small limits": lambda directory: plain(
        directory, conf="jetstream { max_file_store: 2MB, max_memory_store: 2MB }"
    ),
    "small disk": small_disk,
    "without JetStream": lambda directory: plain(directory, jetstream=False),
    "leaf": leaf,
    "connections used up": connections_used_up,
    "small payload": lambda directory: plain(directory, conf="max_payload: 1024"),
    "store outside": store_outside,
    "without monitor": lambda directory: plain(directory, monitor=0),
}


class Making:
    """One stream on its way into a state."""

    def __init__(self, server, case, nats):
        self.server, self.case, self.nats = server, case, nats
        self.name = f"S{case.number}"
        self.config = configuration(self.name, case)
        self.declared = declaration(self.name, case)
        self.subject = concrete(self.config["subjects"][0])[0]
        self.user = server.user
        self.named = []

    def create(self, **more):
        self.config = {**self.config, **more}
        answer = self.nats.api(f"STREAM.CREATE.{self.name}", self.config)
        assert "error" not in answer, (str(self.case), answer["error"], self.config)
        if self.config.get("retention") == "interest":
            self.consumer("holder")

    def consumer(self, name, **more):
        config = {"durable_name": name, "ack_policy": "explicit"} | more
        answer = self.nats.api(
            f"CONSUMER.CREATE.{self.name}.{name}", {"stream_name": self.name, "config": config}
        )
        assert "error" not in answer, answer

    def other(self, name="OTHER", **more):
        return self.nats.create(f"{name}{self.case.number}", **more)

    def store(self, count, size=20):
        """Publishes without waiting for the acknowledgements but the last."""
        for _ in range(count - 1):
            self.nats._send(f"PUB {self.subject} {size}", b"x" * size)
        return self.nats.publish(self.subject, b"x" * size)

    def store_to_the_limit(self, subject, size=8192):
        """Publishes until the server refuses the smallest message."""
        while size >= 20:
            if "error" in self.nats.publish(subject, b"x" * size):
                size //= 2

    def expect(self, pattern):
        self.named.append(pattern)


def some(making):
    making.create()
    making.store(3)


def messages_full(making, share=1.0):
    making.create()
    assert "error" not in making.store(int(LIMIT * share))
    assert ("error" in making.nats.publish(making.subject)) == (share == 1.0)
    making.expect("full|near|used")


def near_of(make):
    return lambda making: make(making, NEAR)


def bytes_full(making, share=1.0):
    making.create()
    size = 1000
    state = lambda: making.nats.api(f"STREAM.INFO.{making.name}")["state"]["bytes"]
    while state() < BYTES * min(share, 0.9):
        making.store(20, size)
    while state() < BYTES * share - 1100:
        making.store(1, size)
    if share == 1.0:
        making.store_to_the_limit(making.subject, size)
    making.expect("full|near|used")


def stored_beyond(making):
    making.create()
    assert "error" not in making.store(LIMIT + 5)


def consumers_full(making):
    making.create()
    for name in ("one", "two"):
        making.consumer(name)
    making.expect("consumers")


def sealed(making):
    some(making)
    answer = making.nats.api(f"STREAM.UPDATE.{making.name}", making.config | {"sealed": True})
    assert "error" not in answer, answer
    making.expect("sealed")


def missing(making):
    making.expect(making.name)


def missing_taken(making):
    making.other(subjects=making.config["subjects"])
    making.expect(making.name)


def mirror(making):
    """The declared name is a mirror; its origin has the declared subjects."""
    making.other(subjects=making.config["subjects"])
    _create_without_subjects(making, mirror={"name": f"OTHER{making.case.number}"})
    making.expect("mirror")


def sources_only(making):
    making.other(subjects=[f"o{making.case.number}.>"])
    _create_without_subjects(making, sources=[{"name": f"OTHER{making.case.number}"}])
    making.expect("sources|subject")


def _create_without_subjects(making, **more):
    """Without what the server refuses for a mirror."""
    making.config = {"name": making.name, "storage": making.config.get("storage", "file")}
    making.create(**more)


def other_subjects(making):
    making.config["subjects"] = [f"o{making.case.number}.>"]
    making.create()
    making.expect("subject|does not store")


def a_subject_less(making):
    making.create()
    making.declared["subjects"] = [*making.declared["subjects"], f"o{making.case.number}"]
    making.expect("subject|does not store")


def a_narrower_subject(making):
    making.config["subjects"] = [f"{making.name}.a"]
    making.declared["subjects"] = [f"{making.name}.>"]
    making.create()
    making.expect("subject|does not store")


def a_subject_more(making):
    making.create(subjects=[*making.config["subjects"], f"o{making.case.number}"])
    making.expect("subject")


def a_wider_subject(making):
    making.config["subjects"] = [f"{making.name}.>"]
    making.declared["subjects"] = [f"{making.name}.a"]
    making.create()
    making.expect("subject")


def subjects_transformed(making):
    making.create(subject_transform={"src": f"{making.name}.>", "dest": f"t{making.case.number}.>"})
    making.store(3)
    making.expect("transform")


def unacknowledged(making):
    making.create(no_ack=True)
    making.expect("no_ack|acknowledge")


def counter(making):
    making.config.pop("retention", None)
    making.declared.pop("retention", None)
    making.create(allow_msg_counter=True)
    making.expect("counter")


def a_consumer_paused(making):
    some(making)
    making.consumer("worker", pause_until="2100-01-01T00:00:00Z")


def _storage_full(making, share, limit):
    """Another stream takes the storage."""
    making.create()
    making.store(3)
    subject = f"o{making.case.number}"
    making.other(subjects=[subject], storage=making.config.get("storage", "file"))
    size, used = 8192, 0
    while used < limit * share - size:
        assert "error" not in making.nats.publish(subject, b"x" * size)
        used = making.nats.api(f"STREAM.INFO.OTHER{making.case.number}")["state"]["bytes"]
    if share == 1.0:
        making.store_to_the_limit(subject)
    making.expect("full|used|near|limit")


def account_full(making, share=1.0):
    _storage_full(making, share, 1024 * 1024)


def server_full(making, share=1.0):
    _storage_full(making, share, 2 * 1024 * 1024)


def account_consumers_full(making):
    """The account's limit is the limit of each stream."""
    some(making)
    for number in range(6):
        making.consumer(f"c{number}")
    making.expect("consumers")


def account_streams_full(making):
    some(making)
    for name in ("OTHER", "THIRD"):
        making.other(name, subjects=[f"{name}{making.case.number}"])


def without_jetstream(making):
    making.user = "none"
    making.expect("account|JetStream")


def another_account(making):
    some(making)
    making.user = "other"
    making.expect(making.name)


def disk_full(making):
    """Another file takes the rest of the disk."""
    some(making)
    with contextlib.suppress(OSError), open(machine.SMALL_DISK / "another", "wb", 0) as file:
        while True:
            file.write(b"x" * 4096)
    making.expect("disk|space")


STATES = {
    "empty": lambda making: making.create(),
    "some": some,
    "messages full": messages_full,
    "messages near": near_of(messages_full),
    "bytes full": bytes_full,
    "bytes near": near_of(bytes_full),
    "subject full": messages_full,
    "subject near": near_of(messages_full),
    "subject rolls": stored_beyond,
    "messages roll": stored_beyond,
    "consumers full": consumers_full,
    "sealed": sealed,
    "missing": missing,
    "missing, subjects of another stream": missing_taken,
    "mirror": mirror,
    "sources only": sources_only,
    "other subjects": other_subjects,
    "a subject less": a_subject_less,
    "a narrower subject": a_narrower_subject,
    "a subject more": a_subject_more,
    "a wider subject": a_wider_subject,
    "subjects transformed": subjects_transformed,
    "unacknowledged": unacknowledged,
    "counter": counter,
    "a consumer paused": a_consumer_paused,
    "account file full": account_full,
    "account file near": near_of(account_full),
    "account memory full": account_full,
    "account memory near": near_of(account_full),
    "account consumers full": account_consumers_full,
    "account streams full": account_streams_full,
    "account without JetStream": without_jetstream,
    "another account": another_account,
    "server file full": server_full,
    "server file near": near_of(server_full),
    "server memory full": server_full,
    "server memory near": near_of(server_full),
    "disk full": disk_full,
}


# What the verdict names of a server on which nothing can be stored.
CAUSES = {
    "without JetStream": "JetStream",
    "connections used up": "maximum connections|max_connections",
}


def special_subjects(config):
    """The subjects that the stream treats in another way."""
    return [config[key]["src"] for key in ("subject_transform", "republish") if config.get(key)]


def drifts(making):
    """Names of the fields in which the stream differs from its declaration."""
    found = (
        [DECLARED[making.case.objects["drift"]].declared] if making.case.objects["drift"] else []
    )
    return found + [key for key in UNDECLARABLE if key in making.config]


def clean(nats):
    """Deletes all but one stream: with the last one the server deletes their directory, while it
    may already create the next one."""
    for stream in nats.api("STREAM.NAMES", {"offset": 0}).get("streams") or []:
        if stream != "KEPT":
            nats.api(f"STREAM.DELETE.{stream}")
    (machine.SMALL_DISK / "another").unlink(missing_ok=True)


@contextlib.contextmanager
def make(server, case):
    state = next(one for one in SERVERS[case.server] if one.name == case.state)
    if case.server == "without JetStream":
        yield asked(server, case, state, Making(server, case, None))
        return
    with server.connect() as nats:
        nats.api("STREAM.CREATE.KEPT", {"name": "KEPT", "subjects": ["kept"]})
        making = Making(server, case, nats)
        STATES[state.name](making)
        yield asked(server, case, state, making)
        clean(nats)


def asked(server, case, state, making):
    if cause := CAUSES.get(case.server):
        making.expect(cause)
    if case.server == "small payload" and making.declared.get("max_msg_size"):
        making.expect("payload")
    facts = set(state.facts.split())
    level = state.level
    if level != "unhealthy" and (names := drifts(making)):
        facts.add("drift")
        # What a client can do decides on a transform.
        level = "" if making.config.get("subject_transform") else "degraded"
        making.named += names
    path = server.directory / "arc.toml"
    path.write_text(toml(making.declared))
    env, where = server.access(making.user)
    return Asked(
        env | {"ARC_CONFIG": str(path)},
        where,
        list(operations(making.declared, special_subjects(making.config))),
        facts,
        making.named,
        level,
    )


SERVICE = Service("nats", "NATS", RULES, DURABILITY, draw, MAKERS, make)
