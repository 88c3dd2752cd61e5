"""States of Pulsar: one broker, and a namespace for each state."""

import contextlib
import dataclasses
import json
import os
import time

import pytest

from oracle.campaign import Asked, Case, Service, rule
from oracle.client import client
from support.pulsar_broker import Broker
from support.servers import wait_until

TENANT = "oracle"
CLUSTERS = ["standalone", "elsewhere"]
WRITE = "write option"
NEAR = 0.97  # of a quota

RULES = {
    "pulsar.topic.drift": rule("the topic serves, with other partitions", "drift", "option"),
    "pulsar.tenant.drift": rule("the tenant serves", "drift"),
    "pulsar.backlog.full": rule("consumers must reach the broker to drain it", "full near", WRITE),
    "pulsar.producers.full": rule("its producers and consumers work", "full", WRITE),
    "pulsar.consumers.full": rule("its producers and consumers work", "full", "read"),
    "pulsar.subscriptions.full": rule("its subscriptions work", "full", "read"),
    "pulsar.subscriptions.restricted": rule("other subscriptions work", "fixed", "read"),
    "pulsar.encryption.required": rule("clients that encrypt work", "encryption", WRITE),
    "pulsar.schema.required": rule("clients with the schema work", "schema", WRITE),
}
DURABILITY = frozenset()

# Policies of a namespace under which a client works: name, method, body.
HARMLESS = (
    ("deduplication", "POST", True),
    ("retention", "POST", {"retentionTimeInMinutes": 10, "retentionSizeInMB": 10}),
    ("messageTTL", "POST", 3600),
    ("publishRate", "POST", {"publishThrottlingRateInMsg": 0, "publishThrottlingRateInByte": 0}),
    ("publishRate", "POST", {"publishThrottlingRateInMsg": 50, "publishThrottlingRateInByte": -1}),
    ("dispatchRate", "POST", {"dispatchThrottlingRateInMsg": 0, "ratePeriodInSecond": 1}),
    ("dispatchRate", "POST", {"dispatchThrottlingRateInMsg": 50, "ratePeriodInSecond": 1}),
    ("subscriptionDispatchRate", "POST", {"dispatchThrottlingRateInMsg": 50}),
    ("subscribeRate", "POST", {"subscribeThrottlingRatePerConsumer": 50, "ratePeriodInSecond": 30}),
    ("maxProducersPerTopic", "POST", 10),
    ("maxConsumersPerTopic", "POST", 10),
    ("maxConsumersPerSubscription", "POST", 10),
    ("maxSubscriptionsPerTopic", "POST", 10),
    ("maxTopicsPerNamespace", "POST", 20),
    ("maxUnackedMessagesPerConsumer", "POST", 10),
    ("maxUnackedMessagesPerSubscription", "POST", 10),
    ("compactionThreshold", "PUT", 1000),
    ("delayedDelivery", "POST", {"active": True, "tickTime": 1000}),
    ("isAllowAutoUpdateSchema", "POST", False),
    ("schemaCompatibilityStrategy", "PUT", "FULL"),
    ("schemaValidationEnforced", "POST", True),
    ("antiAffinity", "POST", "group"),
    ("autoSubscriptionCreation", "POST", {"allowAutoSubscriptionCreation": True}),
    ("subscriptionTypesEnabled", "POST", ["Exclusive", "Shared", "Failover", "Key_Shared"]),
    ("deduplicationSnapshotInterval", "POST", 100),
)
QUOTAS = ("producer_request_hold", "producer_exception", "consumer_backlog_eviction")
TYPES = ("Exclusive", "Shared", "Failover", "Key_Shared")


@dataclasses.dataclass(frozen=True)
class State:
    name: str
    level: str = ""
    facts: str = ""
    partitions: tuple = (0, 1, 3)


STATES = (
    State("empty"),
    State("some"),
    State("unloaded"),
    State("tenant missing", "unhealthy"),
    State("namespace missing", "unhealthy"),
    State("topic missing", "unhealthy"),
    State("more partitions", "degraded", "drift", (1, 3)),
    State("fewer partitions", "degraded", "drift", (3,)),
    State("not partitioned", "degraded", "drift", (3,)),
    State("roles differ", "degraded", "drift"),
    State("terminated", "unhealthy"),
    State("one partition terminated", "unhealthy", "", (3,)),
    State("backlog quota exceeded"),
    State("backlog quota exceeded"),
    State("backlog quota near"),
    State("backlog quota of age exceeded"),
    State("producers full", "degraded", "full"),
    State("consumers full", "degraded", "full"),
    State("subscriptions full", "degraded", "full"),
    State("topics full", facts="full"),
    State("more bookies than there are", "unhealthy"),
    State("encryption required", "degraded", "encryption"),
    State("schema required", "degraded", "schema"),
    State("replicated elsewhere", "unhealthy"),
    State("isolated"),  # a single broker takes the namespace all the same
    State("subscription type refused", "degraded", "fixed"),
    State("subscriptions not created on use", "degraded", "fixed"),
)
BY_NAME = {state.name: state for state in STATES}


def draw(dice, count):
    for number in range(1, count + 1):
        state = BY_NAME[dice.one("state", *(state.name for state in STATES))]
        quota = dice.one("quota", *QUOTAS) if "quota" in state.name else ""
        policies = [f"{name} {json.dumps(body)}" for name, _, body in HARMLESS]
        objects = {
            "partitions": dice.one("partitions", *state.partitions),
            "policy": dice.one("policy", "", "", *policies),
            "type": dice.one("type", *TYPES),
            "limits of": dice.one("limits of", "namespace", "topic"),
            "quota": quota,
        }
        features = objects | {"state": state.name}
        yield Case("pulsar", number, "broker", state.name, features, objects)


# --- how it is made ---


class Making:
    """A topic on its way into a state."""

    def __init__(self, broker, case, keeper):
        self.broker, self.case, self.keeper = broker, case, keeper
        self.state = BY_NAME[case.state]
        self.level, self.facts = self.state.level, set(self.state.facts.split())
        self.tenant = TENANT
        self.namespace = f"{TENANT}/n{case.number}"
        self.topic = f"{self.namespace}/topic"
        self.partitions = case.objects["partitions"]
        self.declared = {"partitions": self.partitions, "admin_roles": []}
        self.named = []
        self.subscription = ""  # that the client takes; empty: one of its own
        self.stored = False

    def admin(self, path, body=None, method=None):
        return must(self.broker, path, body, method)

    def policy(self, name, body, method="POST"):
        self.admin(f"namespaces/{self.namespace}/{name}", body, method)

    def limit(self, name, body, name_of_topic="", query=""):
        """A policy of the namespace or of the topic."""
        if self.case.objects["limits of"] == "namespace":
            self.policy(name + query, body)
            return
        name = name_of_topic or name
        self.admin(self.path(f"/{name}{query}"), body, "POST")
        asked = self.path("/backlogQuotaMap" if name == "backlogQuota" else f"/{name}")
        wait_until(lambda: self.admin(asked), f"the topic's {name} is set")

    def create_namespace(self):
        self.admin(f"namespaces/{self.namespace}", {"bundles": {"numBundles": 1}})
        for name, method, body in HARMLESS:
            if self.case.objects["policy"] == f"{name} {json.dumps(body)}":
                self.policy(name, body, method)

    def create_topic(self, partitions=None):
        count = self.partitions if partitions is None else partitions
        self.admin(self.path("/partitions") if count else self.path(), count or None, "PUT")

    def path(self, more=""):
        return f"persistent/{self.topic}{more}"

    def create(self):
        self.create_namespace()
        self.create_topic()

    def operate(self, *operations):
        """By a client that stays until the state is over."""
        found = self.keeper.operate(
            "pulsar", list(operations), keep=str(self.case.number), seconds=10, **self.where()
        )
        assert not any(found), (str(self.case), found)

    def where(self):
        return {"address": f"pulsar://127.0.0.1:{self.broker.port}"}

    def leave(self):
        self.keeper.operate("pulsar", [], keep=str(self.case.number), **self.where())

    def on_topic(self, name, **more):
        return {"name": name, "topic": f"persistent://{self.topic}"} | more

    def expect(self, pattern):
        self.named.append(pattern)


def some(making):
    making.create()
    making.operate(making.on_topic("produce", size=100))
    making.leave()


def unloaded(making):
    some(making)
    making.admin(making.path("/unload"), method="PUT")


def tenant_missing(making):
    making.tenant = f"oracle-{making.case.number}"
    making.namespace = f"{making.tenant}/n"
    making.topic = f"{making.namespace}/topic"
    making.expect("tenant")


def namespace_missing(making):
    making.expect("namespace")


def topic_missing(making):
    making.create_namespace()
    making.expect("topic")


def more_partitions(making):
    making.create_namespace()
    making.create_topic(making.partitions + 1)
    making.expect("partitions")


def fewer_partitions(making):
    making.create_namespace()
    making.create_topic(making.partitions - 1)
    making.expect("partitions")


def not_partitioned(making):
    making.create_namespace()
    making.create_topic(0)
    making.expect("partition")


def roles_differ(making):
    some(making)
    making.declared["admin_roles"] = ["ops"]
    making.expect("roles")


def terminated(making):
    some(making)
    making.admin(
        making.path("/terminate/partitions" if making.partitions else "/terminate"), method="POST"
    )
    making.expect("terminated")


def one_terminated(making):
    some(making)
    making.admin(making.path("-partition-1/terminate"), method="POST")
    making.expect("terminated")


def backlog(making):
    """Messages in a subscription that nothing drains; the size of the largest."""
    making.create()
    subscribe = making.on_topic("subscribe", consumer="held", type=making.case.objects["type"])
    making.operate(subscribe, *[making.on_topic("produce", size=10_000)] * 10)
    making.leave()
    making.subscription, making.stored = "held", True
    stored = lambda: [
        stats["backlogSize"] for stats in statistics(making) if "held" in stats["subscriptions"]
    ]
    wait_until(lambda: all(size > 90_000 for size in stored()), "the backlog is there")
    return max(stored())


def quota(making, size=-1, seconds=-1):
    policy = making.case.objects["quota"]
    of_age = "?backlogQuotaType=message_age" if seconds > 0 else ""
    making.limit(
        "backlogQuota",
        {"limitSize": size, "limitTime": seconds, "policy": policy},
        query=of_age,
    )


def statistics(making):
    """Of each partition."""
    if not making.partitions:
        return [making.admin(making.path("/stats"))]
    return [
        making.admin(making.path(f"-partition-{number}/stats"))
        for number in range(making.partitions)
    ]


def goes_on(making):
    """While the broker evicts a backlog, a producer can wait (docs/limitations.md): that moment is
    not the state."""
    message = making.on_topic("produce", size=100)

    def is_taken():
        found = making.keeper.operate("pulsar", [message], seconds=10, **making.where())
        return not any(found)

    wait_until(is_taken, "the topic takes a message", 120)


def backlog_exceeded(making):
    backlog(making)
    quota(making, 1000)
    if making.case.objects["quota"] == "consumer_backlog_eviction":
        goes_on(making)
    _exceeded(making)


def age_exceeded(making):
    """The oldest message is older than a second."""
    backlog(making)
    quota(making, seconds=1)
    time.sleep(1)  # the age of a message is its condition
    _exceeded(making)


def _exceeded(making):
    if making.case.objects["quota"] == "consumer_backlog_eviction":
        # The broker drops the oldest messages, and everything goes on.
        making.stored, making.subscription = False, ""
        return
    making.level, making.facts = "degraded", {"full"}
    making.expect("backlog")


def backlog_near(making):
    quota(making, int(backlog(making) / NEAR))
    if making.case.objects["quota"] != "consumer_backlog_eviction":
        making.level, making.facts = "degraded", {"near"}
        making.expect("backlog")


def topics_full(making):
    """The declared topic is there; a further one is not declared."""
    making.create()
    making.policy("maxTopicsPerNamespace", 1)


def producers_full(making):
    making.create()
    making.operate(making.on_topic("produce", size=100))
    making.limit("maxProducersPerTopic", 1, "maxProducers")
    making.expect("producers")


def consumers_full(making):
    making.create()
    making.operate(making.on_topic("subscribe", type="Shared"))
    making.limit("maxConsumersPerTopic", 1, "maxConsumers")
    making.expect("consumers")


def subscriptions_full(making):
    making.create()
    making.operate(making.on_topic("subscribe", type="Shared"))
    making.limit("maxSubscriptionsPerTopic", 1, "maxSubscriptionsPerTopic")
    making.expect("subscriptions")


def many_bookies(making):
    """The topic is opened again: a new ledger needs three bookies."""
    making.create()
    bookies = {"bookkeeperEnsemble": 3, "bookkeeperWriteQuorum": 3, "bookkeeperAckQuorum": 2}
    making.policy("persistence", bookies | {"managedLedgerMaxMarkDeleteRate": 0})
    making.admin(f"namespaces/{making.namespace}/unload", method="PUT")


def encryption_required(making):
    making.create_namespace()
    making.policy("encryptionRequired", True)
    making.create_topic()
    making.expect("encryption")


def schema_required(making):
    making.create_namespace()
    making.policy("schemaValidationEnforced", True)
    making.create_topic()
    schema = {"type": "STRING", "schema": "", "properties": {}}
    making.admin(f"schemas/{making.topic}/schema", schema, "POST")
    making.expect("schema")


def replicated_elsewhere(making):
    making.create()
    making.policy("replication", ["elsewhere"])
    making.expect("cluster")


@contextlib.contextmanager
def isolated(making):
    path = f"clusters/standalone/namespaceIsolationPolicies/p{making.case.number}"
    making.create()
    making.admin(
        path,
        {
            "namespaces": [making.namespace],
            "primary": ["nothing"],
            "secondary": [],
            "auto_failover_policy": {
                "policy_type": "min_available",
                "parameters": {"min_limit": "1", "usage_threshold": "100"},
            },
        },
        "POST",
    )
    making.admin(f"namespaces/{making.namespace}/unload", method="PUT")
    yield
    making.admin(path, method="DELETE")


def type_refused(making):
    """Every type but the client's."""
    making.create_namespace()
    others = [one for one in TYPES if one != making.case.objects["type"]]
    making.policy("subscriptionTypesEnabled", others)
    making.create_topic()


def subscriptions_fixed(making):
    making.create_namespace()
    making.policy("autoSubscriptionCreation", {"allowAutoSubscriptionCreation": False})
    making.create_topic()
    making.expect("[sS]ubscription")


MAKERS = {
    "empty": Making.create,
    "some": some,
    "unloaded": unloaded,
    "tenant missing": tenant_missing,
    "namespace missing": namespace_missing,
    "topic missing": topic_missing,
    "more partitions": more_partitions,
    "fewer partitions": fewer_partitions,
    "not partitioned": not_partitioned,
    "roles differ": roles_differ,
    "terminated": terminated,
    "one partition terminated": one_terminated,
    "backlog quota exceeded": backlog_exceeded,
    "backlog quota near": backlog_near,
    "backlog quota of age exceeded": age_exceeded,
    "producers full": producers_full,
    "topics full": topics_full,
    "consumers full": consumers_full,
    "subscriptions full": subscriptions_full,
    "more bookies than there are": many_bookies,
    "encryption required": encryption_required,
    "schema required": schema_required,
    "replicated elsewhere": replicated_elsewhere,
    "isolated": isolated,
    "subscription type refused": type_refused,
    "subscriptions not created on use": subscriptions_fixed,
}
SETTINGS = {
    "allowAutoTopicCreation": "false",
    "backlogQuotaCheckIntervalInSeconds": 1,
    "preciseTimeBasedBacklogQuotaCheck": "true",
    "brokerDeleteInactiveTopicsEnabled": "false",
    "forceDeleteNamespaceAllowed": "true",
    "journalSyncData": "false",  # many namespaces on a slow disk
}


@contextlib.contextmanager
def started(directory):
    if "ARC_PULSAR_HOME" not in os.environ:
        pytest.skip("ARC_PULSAR_HOME does not name an unpacked Pulsar")
    broker = Broker(directory, SETTINGS)
    with broker.started(), client() as broker.keeper:
        wait_until(lambda: is_ready(broker), "the broker is ready", 240)
        prepare(broker)
        yield broker


def prepare(broker):
    """Another cluster, and the tenant."""
    other = {"serviceUrl": "http://127.0.0.1:1", "brokerServiceUrl": "pulsar://127.0.0.1:1"}
    must(broker, "clusters/elsewhere", other)
    must(broker, f"tenants/{TENANT}", {"allowedClusters": CLUSTERS, "adminRoles": []})


def must(broker, path, body=None, method=None):
    """A request of the admin API that must succeed."""
    status, said = broker.admin(path, body, method)
    assert status // 100 == 2, (path, status, said)
    return said


def has_default(broker):
    with contextlib.suppress(OSError):
        return "public/default" in broker.admin("namespaces/public")[1]


def is_ready(broker):
    with contextlib.suppress(OSError):
        return has_default(broker) and broker.admin("brokers/health")[0] == 200


@contextlib.contextmanager
def make(broker, case):
    making = Making(broker, case, broker.keeper)
    made = MAKERS[case.state](making)
    with made if hasattr(made, "__enter__") else contextlib.nullcontext():
        yield asked(making)
    making.leave()
    broker.admin(f"namespaces/{making.namespace}?force=true", method="DELETE")


def asked(making):
    path = making.broker.directory / "arc.toml"
    declared = {
        "pulsar.tenant": {
            "name": making.tenant,
            "allowed_clusters": CLUSTERS,
            "admin_roles": making.declared["admin_roles"],
        },
        "pulsar.namespace": {"name": making.namespace},
        "pulsar.topic": {"name": making.topic, "partitions": making.declared["partitions"]},
    }
    path.write_text(
        "\n".join(
            f"[[{kind}]]\n"
            + "\n".join(f"{key} = {json.dumps(value)}" for key, value in fields.items())
            for kind, fields in declared.items()
        )
        + "\n"
    )
    env = making.broker.environment(
        ARC_CONFIG=str(path), XDG_RUNTIME_DIR=str(making.broker.directory)
    )
    return Asked(
        env,
        making.where() | {"seconds": 5},
        list(operations(making)),
        making.facts,
        making.named,
        making.level,
        ("--timeout", "10s"),
    )


def operations(making):
    declared = making.declared["partitions"]
    wanted = "stored" if making.stored else ""
    yield making.on_topic("partitions", kind="option", size=declared)
    yield making.on_topic(
        "subscribe", kind="read", consumer=making.subscription, type=making.case.objects["type"]
    )
    yield making.on_topic("produce", kind="write", size=100)
    yield making.on_topic("receive", kind="read", wanted=wanted)


SERVICE = Service("pulsar", "Pulsar", RULES, DURABILITY, draw, {"broker": started}, make)
