"""Options of the fault matrix, its report and its closing line, which the controller of
pytest-xdist writes."""

import json
from pathlib import Path

import pytest

from scenarios import rows as text
from support.servers import needs_sidecar


def pytest_addoption(parser):
    group = parser.getgroup("faults")
    group.addoption("--service", default="", help="only this service: nats, redis, pulsar, docker")
    group.addoption("--scenario", default="", help="only scenarios whose names begin with this")
    group.addoption("--report", type=Path, help="write the rows there as JSON, for table.py")


def pytest_configure(config):
    needs_sidecar()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config), "faults-collector")


class Collector:
    """Gathers the rows of all tests, whichever process ran them."""

    def __init__(self, config):
        self.config, self.rows = config, []

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            self.rows += [value for name, value in report.user_properties if name == "row"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        self.rows.sort(key=lambda row: row["order"])
        # A run that could not ask anything is no success.
        nothing_asked = self.rows and all(row["outcome"] == "not run" for row in self.rows)
        if nothing_asked and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if not self.rows:
            return
        if path := self.config.getoption("report", None):
            path.write_text(json.dumps(text.report(self.rows), indent=1, ensure_ascii=False) + "\n")
        if terminalreporter.verbosity > 0:
            terminalreporter.section("fault matrix")
            for row in self.rows:
                terminalreporter.write_line(text.shown(row))
        terminalreporter.write_line(text.totals(self.rows))
