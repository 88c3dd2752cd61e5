"""Ports for the servers of the tests: none is given twice, whichever process asks.

A port that the kernel chose (bind to 0) can, once it is closed, become another process's, a
client's included. These ports lie below the range from which the kernel chooses, and each worker of
pytest-xdist has a part of its own."""

import itertools
import os
import random
import socket

# Outside the default ports of servers and, from 32768 on, the range of the kernel.
FIRST, LAST = (
    10_000,
    32_000,
)
EACH = 1_000  # ports of a worker


def _own_range():
    """All of them without pytest-xdist; else those of this worker ("gw3")."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        return range(FIRST, LAST)
    first = FIRST + int(worker.removeprefix("gw")) % ((LAST - FIRST) // EACH) * EACH
    return range(first, first + EACH)


def _in_turn(ports):
    """From a random one on, so that two runs on one host (make e2e) do not meet."""
    begin = random.randrange(len(ports))
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_RANGE = _own_range()
_NEXT = _in_turn(_RANGE)


def free_port():
    """A loopback port that nothing listens on, and that this process was not given for a thousand
    calls."""
    for port in itertools.islice(_NEXT, len(_RANGE)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"no port of {_RANGE} is free")
