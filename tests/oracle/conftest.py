"""Options of the oracle test, and its report, which the controller of pytest-xdist writes."""

import json
import os
import random
from pathlib import Path

import pytest

from oracle.report import summary
from support.servers import needs_sidecar


def pytest_addoption(parser):
    group = parser.getgroup("oracle")
    group.addoption("--seed", type=int, default=None, help="repeat the campaign with this seed")
    group.addoption("--states", type=int, default=50, help="states per service")
    group.addoption("--only", type=int, default=None, help="make only the state with this number")
    group.addoption("--report", type=Path, help="write the results there as JSON, for table.py")


def pytest_configure(config):
    needs_sidecar()
    if not os.path.isfile(os.environ.get("ARC_CLIENTS", "")):
        raise pytest.UsageError(
            "ARC_CLIENTS must name the program that `scripts/setup clients` makes"
        )
    if hasattr(config, "workerinput"):
        config.option.seed = config.workerinput["seed"]
        return
    if config.option.seed is None:
        config.option.seed = random.randrange(10**6)
    config.pluginmanager.register(Collector(config), "oracle-collector")


class Collector:
    """Gathers the reports of all campaigns, whichever process ran them."""

    def __init__(self, config):
        self.config, self.reports = config, []

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["seed"] = self.config.option.seed

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.reports += [value for name, value in report.user_properties if name == "oracle"]

    def pytest_terminal_summary(self, terminalreporter):
        for report in self.reports:
            terminalreporter.write_line(summary(report))
        if self.reports and (path := self.config.getoption("report", None)):
            path.write_text(json.dumps(self.reports, indent=1) + "\n")
