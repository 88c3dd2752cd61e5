"""The collector beside a stack: what it writes out, and what is sent to it."""

import json
import re
import time
import urllib.request

from support.stack import docker, free_ports

PORT_VARIABLES = (
    "ARC_OTEL_GRPC_PORT",
    "ARC_OTEL_HTTP_PORT",
    "ARC_OTEL_HEALTH_PORT",
    "ARC_OTEL_TARGETS_PORT",
    "ARC_OTEL_METRICS_PORT",
)
NAME = "arc-friday-collector"


class Collector:
    """`make otel-up` for a stack, on ports of its own."""

    def __init__(self, stack):
        self.stack = stack
        self.name = stack.prefix + NAME
        self.image = f"{NAME}:{stack.tag}"
        self.variables = {
            name: str(port)
            for name, port in zip(PORT_VARIABLES, free_ports(len(PORT_VARIABLES)), strict=True)
        }

    def up(self, mode):
        self.variables |= {"ARC_OTEL_MODE": mode, "ARC_OTEL_VERBOSITY": "detailed"}
        return self.stack.make("otel-up", **self.variables)

    def down(self):
        self.stack.make("otel-down", **self.variables)

    def health(self):
        """Exit code of `make otel-health`, and what it says."""
        result = self.stack.make("otel-health", check=False, **self.variables)
        return result.returncode, result.stdout

    def written(self):
        """Its log from the start on: what it wrote out, in standalone mode."""
        return written(self.name)

    def send(self, kind, body):
        """One OTLP request by HTTP and JSON, as an application on the host sends it."""
        url = f"http://127.0.0.1:{self.variables['ARC_OTEL_HTTP_PORT']}/v1/{kind}"
        request = urllib.request.Request(
            url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200, answer.status

    def send_trace(self, name):
        now = time.time_ns()
        span = {
            "traceId": "5b8efff798038103d269b633813fc60c",
            "spanId": "eee19b7ec3c1b174",
            "name": name,
            "kind": 2,
            "startTimeUnixNano": str(now),
            "endTimeUnixNano": str(now + 1000),
        }
        self.send(
            "traces", {"resourceSpans": [{"resource": RESOURCE, "scopeSpans": [{"spans": [span]}]}]}
        )

    def send_log(self, text):
        record = {
            "timeUnixNano": str(time.time_ns()),
            "severityText": "INFO",
            "body": {"stringValue": text},
        }
        self.send(
            "logs",
            {"resourceLogs": [{"resource": RESOURCE, "scopeLogs": [{"logRecords": [record]}]}]},
        )


RESOURCE = {"attributes": [{"key": "service.name", "value": {"stringValue": "arc-cortex"}}]}


def written(container):
    result = docker("logs", container)
    return result.stdout + result.stderr


def series(text):
    """The newest value of each series in the debug exporter's words: by service.name, instance and
    name of the metric."""
    found, service, instance, metric = {}, "", "", ""
    for line in text.splitlines():
        if match := re.search(r"-> service\.name: Str\((.*)\)", line):
            service = match[1]
        elif match := re.search(r"-> service\.instance\.id: Str\((.*)\)", line):
            instance = match[1]
        elif match := re.search(r"^ +-> Name: (.*)", line):
            metric = match[1]
        elif match := re.search(r"^Value: (.*)", line):
            found[service, instance, metric] = float(match[1])
    return found
