"""End-to-end tests: the images, composed, on a real engine. They need docker's socket and the
host's network.

One stack serves all tests of a worker; each takes `running`, which mends what the test before
stopped."""

import signal

import pytest

from support.stack import CONTAINERS, OWN, Stack, docker, remove_run


def pytest_configure(config):
    if docker("version", check=False).returncode != 0:
        raise pytest.UsageError("no docker engine answers: run these tests with make e2e")
    # A TERM removes everything, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def stack():
    """Images of this tree, nothing started yet. Removed at the end, also after a failure."""
    own = Stack(f"{OWN}-")
    try:
        yield own
    finally:
        own.remove()


@pytest.fixture(scope="session")
def first_start(stack):
    """What `make messaging-up` said when there was nothing of this stack, not even images."""
    return stack.make("messaging-up")


@pytest.fixture
def other(first_start, stack):
    """A second stack with the same images; its network exists, and no container."""
    with stack.beside() as second:
        yield second


@pytest.fixture
def running(stack, first_start):
    """The stack, up and healthy."""
    if any(stack.check(codename).returncode != 0 for codename in CONTAINERS):
        stack.make("messaging-up")
    return stack


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    """A worker of pytest-xdist that was ended early may not have finished its fixtures: the
    controller removes the rest."""
    if not hasattr(session.config, "workerinput"):
        remove_run()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """The first start comes first: it is measured from nothing. Then what takes longest, so that no
    worker is left with it at the end. The tests of a module that use the stack are a group, so that
    few stacks are made."""
    first = ("test_first_start", "test_acknowledged_writes", "test_volume_migration", "test_faults")
    items.sort(
        key=lambda item: next(
            (place for place, name in enumerate(first) if name in item.nodeid), len(first)
        )
    )
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(f"stack-{item.module.__name__}"))
