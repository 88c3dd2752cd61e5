"""For all tests: how assertions of the shared modules are explained, and what each test took."""

import os
from collections import Counter

import pytest

# An assertion in a helper or in a condition of the fault matrix is explained as well as one in a
# test.
pytest.register_assert_rewrite("support", "faults")


class Times:
    """Appends "SECONDS<tab>nodeid" to a file for each test: setup, call and teardown together."""

    def __init__(self, path):
        self.path, self.seconds = path, Counter()

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        if report.when == "teardown":
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(f"{self.seconds.pop(report.nodeid):.3f}\t{report.nodeid}\n")


def pytest_configure(config):
    path = os.environ.get("ARC_TEST_TIMES")
    if path and not hasattr(config, "workerinput"):  # the controller hears of every test
        config.pluginmanager.register(Times(path), "arc-times")
