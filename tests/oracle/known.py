"""Disagreements that are not fixed yet. A row whose states all agree fails the campaign: delete
it. The table must become empty."""

import dataclasses
from collections.abc import Callable


@dataclasses.dataclass(frozen=True)
class Known:
    slug: str
    service: str
    text: str
    when: Callable  # (case) -> whether it is one of these states


KNOWN = ()
