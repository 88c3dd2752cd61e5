"""A Prometheus beside a stack: what it reads with the project's own configuration, asked by its
HTTP API."""

import json
import re
import urllib.parse
import urllib.request

from support.stack import ROOT, docker, free_ports, wait_until

# One target a server, and Pulsar's own metrics beside those of its sidecar.
TARGETS = {
    "arc-messaging": {"arc-messaging:8222"},
    "arc-streaming": {"arc-streaming:8080", "arc-streaming:7777"},
    "arc-cache": {"arc-cache:9121"},
}


class Prometheus:
    """Scrapes every 15 s, as the configuration says; with the project's alert rules."""

    def __init__(self, stack):
        [self.port] = free_ports(1)
        self.name = f"{stack.prefix}prometheus"
        docker(
            "run",
            "--detach",
            "--name",
            self.name,
            "--network",
            stack.network,
            "--publish",
            f"127.0.0.1:{self.port}:9090",
            "--user",
            "65534:65534",
            "--volume",
            f"{ROOT}/services/otel:/etc/arc:ro",
            "--tmpfs",
            "/tmp:mode=1777",
            "arc-toolchain:prometheus",
            "prometheus",
            "--config.file=/etc/arc/prometheus.yml",
            "--storage.tsdb.path=/tmp/data",
            "--web.listen-address=:9090",
        )
        wait_until(self._ready, "prometheus is ready", 30)

    def _ready(self):
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/-/ready", timeout=5
            ) as answer:
                return answer.status == 200
        except OSError:
            return False

    def api(self, path, **parameters):
        query = urllib.parse.urlencode(parameters)
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}", timeout=10
        ) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        """The present samples as (labels, value)."""
        return [
            (sample["metric"], float(sample["value"][1]))
            for sample in self.api("query", query=expression)["result"]
        ]

    def targets_up(self):
        """Which targets of each job were read by the last scrape."""
        found = {}
        for labels, value in self.query("up"):
            if value == 1:
                found.setdefault(labels["job"], set()).add(labels["instance"])
        return found

    def firing_or_pending(self):
        return {
            (alert["labels"]["alertname"], alert["labels"].get("service"))
            for alert in self.api("alerts")["alerts"]
        }

    def rules(self):
        return [rule for group in self.api("rules")["groups"] for rule in group["rules"]]


def metric_names(expression):
    """The names of series in a rule's expression: those of our servers all have one of these
    beginnings."""
    return set(
        re.findall(
            r"\b((?:arc_sidecar|gnatsd|jetstream|redis|pulsar|jvm)_\w+)",
            re.sub(r'"[^"]*"', "", expression),
        )
    )
