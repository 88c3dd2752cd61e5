"""The overload test of the images needs docker's socket and the host's network, as the end-to-end
tests do."""

import pytest

from support.stack import OWN, Stack, docker, remove_run


def pytest_configure(config):
    if docker("version", check=False).returncode != 0:
        raise pytest.UsageError("no docker engine answers: run these tests with make overload")


@pytest.fixture(scope="session")
def running():
    """The three images with their shipped limits, up and healthy."""
    own = Stack(f"{OWN}-")
    try:
        own.make("messaging-up")
        yield own
    finally:
        own.remove()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        remove_run()
