#!/usr/bin/env python3
"""faults.py [--case PREFIX] [--report FILE] - asks all conditions, prints the table, and at the end the totals. Exits 1 when a row is wrong."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import matrix
import faults_nats  # noqa: F401
import faults_redis  # noqa: F401
import faults_pulsar  # noqa: F401
import faults_container  # noqa: F401


def show(row):
    one, expected = row.condition, row.expectation
    print(f"{row.outcome:<8} {one.case}  {expected.question:<28} {expected.wanted:<42} {one.text}", flush=True)
    if row.outcome != "right":
        print("".join(f"           {line}\n" for line in row.detail.splitlines()), end="", flush=True)


def all_rows(prefix):
    with tempfile.TemporaryDirectory(prefix="faults-") as directory:
        for number, one in enumerate(matrix.CONDITIONS):
            if one.case.startswith(prefix):
                for row in matrix.ask_all(one, Path(directory) / str(number)):
                    show(row)
                    yield row


def as_json(row):
    one, expected = row.condition, row.expectation
    return {
        "case": one.case, "service": one.service, "condition": one.text, "question": expected.question,
        "wanted": expected.wanted, "outcome": row.outcome, "said": row.detail.partition("\n")[0],
    }  # fmt: skip


def said_by(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def servers():
    """What was asked about, by service: the name and the version that the server itself gives."""
    name, version = re.match(r"(\w+) server v=(\S+)", said_by("redis-server", "--version")).groups()
    found = {"NATS": "nats-server " + said_by("nats-server", "--version").split("v")[-1].strip(), "Redis": f"{name} {version}"}
    for jar in Path(os.environ.get("ARC_PULSAR_HOME", "/nonexistent")).glob("lib/org.apache.pulsar-pulsar-broker-[0-9]*.jar"):
        found["Pulsar"] = "Pulsar " + jar.stem.rpartition("-")[2]
    return found


def report(rows):
    binary = said_by(matrix.SIDECAR, "--version").partition("\n")[0]
    sanitized = b"__asan_init" in Path(matrix.SIDECAR).read_bytes()
    return {"binary": binary, "sanitized": sanitized, "servers": servers(), "rows": [as_json(row) for row in rows]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="", help="only the cases that begin with this")
    parser.add_argument("--report", type=Path, help="write the rows there as JSON")
    options = parser.parse_args()
    matrix.needs_binary()
    begun = time.monotonic()
    rows = list(all_rows(options.case))
    if options.report:
        options.report.write_text(json.dumps(report(rows), indent=1, ensure_ascii=False) + "\n")
    count = Counter(row.outcome for row in rows)
    cases = len({row.condition.case for row in rows})
    print(f"faults: {len(rows)} questions about {cases} cases: {count['right']} right, {count['wrong']} wrong, {count['not run']} not run, in {time.monotonic() - begun:.0f} s")
    return 1 if count["wrong"] or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
