"""Ten cold starts in a row, each with the bootstrap that the agent makes from the first moment on."""

import os
import re

import pytest

from support.pulsar_broker import Broker
from support.servers import first_line, wait_until

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.xdist_group("pulsar"),
    pytest.mark.skipif(
        "ARC_PULSAR_HOME" not in os.environ,
        reason="ARC_PULSAR_HOME does not name an unpacked Pulsar",
    ),
]


@pytest.mark.parametrize("run", range(10))
def test_cold_start_under_a_bootstrap_that_does_not_wait(tmp_path, run):
    """Whatever the moment, a bootstrap either says that the broker is not ready, or makes
    everything; nothing in between."""
    server = Broker(tmp_path / "broker")
    with server.started():

        def converged():
            assert server.process.poll() is None, server.log()[-3000:]
            result = server.sidecar("bootstrap", "pulsar", "--timeout", "20s")
            if result.returncode == 0:
                assert result.stdout.count("(done)") == 7
                return True
            assert re.fullmatch(
                r"pulsar: not converged\n  \w+: not ready: stage [1-4] of 6: .*\n", result.stdout
            ), result.stdout
            return False

        wait_until(converged, "the bootstrap converges", 150)
        result = wait_until(
            lambda: (
                (r := server.sidecar("check", "pulsar", "--timeout", "15s")).returncode == 0 and r
            ),
            "healthy",
            60,
        )
        assert first_line(result).startswith(
            "ok: pulsar: Pulsar 3.3.6: 1 tenant, 3 namespaces, 3 topics as declared"
        )
