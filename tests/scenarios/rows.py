"""Rows of the fault matrix as text and as JSON, and the report for table.py."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

from support.servers import SIDECAR


def fields(row):
    """A row as it travels and is written; `detail` has all lines of the answer."""
    one, expected = row.scenario, row.expectation
    return {
        "scenario": one.slug,
        "service": one.service,
        "condition": one.text,
        "question": expected.question,
        "wanted": expected.wanted,
        "outcome": row.outcome,
        "said": row.detail.partition("\n")[0],
        "detail": row.detail,
    }


def shown(row):
    """A line, and for a row that is not right the whole answer."""
    name = f"{row['service']} {row['scenario']}"
    line = f"{row['outcome']:<8} {name:<36} {row['question']:<28} {row['wanted']}"
    detail = row["detail"].splitlines() if row["outcome"] != "right" else []
    return "\n".join([line, *(f"           {each}" for each in detail)])


def totals(rows):
    count = Counter(row["outcome"] for row in rows)
    scenarios = len({(row["service"], row["scenario"]) for row in rows})
    outcomes = ", ".join(f"{count[name]} {name}" for name in ("right", "wrong", "not run"))
    return f"faults: {len(rows)} questions about {scenarios} scenarios: {outcomes}"


def _said_by(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def servers():
    """By service: the name and the version that the server itself reports."""
    name, version = re.match(
        r"(\w+) server v=(\S+)", _said_by("redis-server", "--version")
    ).groups()
    nats = _said_by("nats-server", "--version").split("v")[-1].strip()
    found = {"NATS": f"nats-server {nats}", "Redis": f"{name} {version}"}
    libraries = Path(os.environ.get("ARC_PULSAR_HOME", "/nonexistent"), "lib")
    for jar in libraries.glob("org.apache.pulsar-pulsar-broker-[0-9]*.jar"):
        found["Pulsar"] = "Pulsar " + jar.stem.rpartition("-")[2]
    return found


def report(rows):
    """The whole report, for table.py."""
    binary = _said_by(SIDECAR, "--version").partition("\n")[0]
    sanitized = b"__asan_init" in Path(SIDECAR).read_bytes()
    kept = [
        {name: value for name, value in row.items() if name not in ("detail", "order")}
        for row in rows
    ]
    return {"binary": binary, "sanitized": sanitized, "servers": servers(), "rows": kept}
