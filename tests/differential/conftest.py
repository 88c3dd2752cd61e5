"""Differential tests: a real server and the sidecar are given the same generated input."""

from collections import Counter, defaultdict

from differential.campaign import SEED
from support.servers import needs_sidecar


def pytest_configure(config):
    needs_sidecar()


def pytest_terminal_summary(terminalreporter):
    """The seed, the number of inputs and the coverage of each campaign."""
    campaigns = defaultdict(Counter)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, counts in report.user_properties:
                    campaigns[name].update(counts)
    for name, counts in campaigns.items():
        features = ", ".join(f"{feature} {count}" for feature, count in sorted(counts.items()))
        terminalreporter.write_line(f"campaign {name}, seed {SEED}: {features}")
