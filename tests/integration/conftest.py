"""Integration tests: the real binary, named by $ARC_SIDECAR, against real servers on free loopback
ports."""

import pytest

from support import machine
from support.run_process import mode, start  # noqa: F401  (fixtures)
from support.servers import needs_sidecar


def pytest_configure(config):
    needs_sidecar()


@pytest.fixture
def small_disk(request):
    """A file system of 12 MB. A test that uses it is of the group "small-disk"."""
    assert ("small-disk",) in [mark.args for mark in request.node.iter_markers("xdist_group")]
    with machine.small_disk() as path:
        yield path
