"""Integration tests: the real binary, named by $ARC_SIDECAR, against real servers on free loopback ports."""

import os
from pathlib import Path

import pytest

from support.run_process import mode, start  # noqa: F401  (fixtures)


def pytest_configure(config):
    path = os.environ.get("ARC_SIDECAR")
    if not path or not Path(path).is_file():
        raise pytest.UsageError("ARC_SIDECAR must name the arc-sidecar binary to test, for example build/dev/arc-sidecar")
