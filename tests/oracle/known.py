"""Disagreements that are not fixed yet. A row whose states all agree fails the campaign: delete
it. The table must become empty."""

import dataclasses
from collections.abc import Callable

from oracle.redis import VERSION


@dataclasses.dataclass(frozen=True)
class Known:
    slug: str
    service: str
    text: str
    when: Callable  # (case) -> whether it is one of these states


def states(*names):
    return lambda case: case.state in names


KNOWN = (
    Known(
        "redis-6.2-stale",
        "redis",
        "Redis 6.2 answers PING while it refuses to serve old data: the verdict is degraded",
        lambda case: VERSION < (7,) and case.state == "master gone, no stale data",
    ),
    Known(
        "pulsar-terminated",
        "pulsar",
        "a terminated topic, or one with a terminated partition, is called as declared",
        states("terminated", "one partition terminated"),
    ),
    Known(
        "pulsar-backlog",
        "pulsar",
        "a backlog quota that is reached or nearly reached is called ok",
        lambda case: case.features.get("quota", "") not in ("", "consumer_backlog_eviction"),
    ),
    Known(
        "pulsar-limits",
        "pulsar",
        "the limit of producers, consumers or subscriptions is reached, and the verdict is ok",
        states("producers full", "consumers full", "subscriptions full"),
    ),
    Known(
        "pulsar-restricted",
        "pulsar",
        "a policy refuses subscriptions, producers without encryption or without the schema",
        states(
            *("subscription type refused", "subscriptions not created on use"),
            *("encryption required", "schema required"),
        ),
    ),
    Known(
        "pulsar-bookies",
        "pulsar",
        "the namespace wants more bookies than there are: its topics cannot be opened",
        states("more bookies than there are"),
    ),
)
