"""One Kubernetes for all tests of this directory. Each test applies what it needs and deletes it."""

import os
import pathlib

import pytest

from support.kubernetes import Cluster

SERVICES = ("arc-messaging", "arc-cache", "arc-streaming")


@pytest.fixture(scope="session")
def cluster():
    programs = os.environ.get("ARC_KUBERNETES")
    assert programs, "run `make kubernetes`: it starts these tests in a container of their own"
    tag = os.environ.get("ARC_TAG", "dev")
    # The manifests name the tag dev.
    names = {f"{name}:{tag}": f"{name}:dev" for name in SERVICES if tag != "dev"}
    made = Cluster(pathlib.Path("/cluster/run"), programs, [os.environ["ARC_IMAGES"]], names)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def pytest_runtest_logreport(report):
    """The stage takes a quarter of an hour: a failure is told at once."""
    if report.failed:
        print(f"\n{report.nodeid}: {report.longreprtext[-6000:]}")
