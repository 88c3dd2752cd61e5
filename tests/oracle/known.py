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
)
