#!/usr/bin/env python3
"""table.py REPORT… - docs/faults.md on stdout, from the reports that `pytest tests/scenarios --report
FILE` wrote.

The first report is that of the shipped servers."""

import json
import sys
from collections import Counter
from pathlib import Path

from oracle.report import section

HEAD = """# The fault matrix

`make faults-table` writes this page: it makes each condition on a real server and asks the sidecar.
`make faults` does the same with the shipped servers and the shipped binary. An answer is right if
exit code, level, finding and text are as expected. `FAULTS_ARGS="--scenario NAME" make faults` asks
about one scenario. [container-faults](container-faults.md) has the answers in the moments after a
fault of a whole container, [findings](findings.md) explains each finding.
"""
ORACLE = """
## The oracle test

`make oracle` draws configurations and states of real servers and lets the platform's own clients
publish, consume, read and write as declared. Each table counts the states by the verdict and by
what a client could do. `ok` beside anything but "everything" is wrong, and so is `unhealthy` beside
"everything", unless the finding is about durability. [tests](../tests/README.md#the-oracle-test)
describes the rules for `degraded` and `starting`."""
MARKS = {"right": "right", "wrong": "**wrong**", "not run": "not run"}


def table(heads, rows):
    print("\n| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for row in rows:
        print("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |")


def totals(reports):
    rows = []
    for report in reports:
        for service in dict.fromkeys(row["service"] for row in report["rows"]):
            outcomes = Counter(
                row["outcome"] for row in report["rows"] if row["service"] == service
            )
            rows.append(
                (
                    report["servers"].get(service, service),
                    sum(outcomes.values()),
                    *(outcomes[name] for name in MARKS),
                )
            )
    every = Counter(row["outcome"] for report in reports for row in report["rows"])
    rows.append(("all", sum(every.values()), *(every[name] for name in MARKS)))
    table(("server", "questions", *MARKS), rows)


def key(row):
    return row["scenario"], row["condition"], row["question"], row["wanted"]


def by_question(reports):
    """Outcome by server for each question, in the order in which they were asked."""
    found = {}
    for report in reports:
        for number, row in enumerate(report["rows"]):
            # The same question can be asked twice about one condition.
            again = sum(key(row) == key(other) for other in report["rows"][:number])
            found.setdefault((*key(row), again), {})[report["servers"].get(row["service"], "")] = (
                row["outcome"]
            )
    return found


def service_table(service, reports):
    mine = [
        report | {"rows": rows}
        for report in reports
        if (rows := [row for row in report["rows"] if row["service"] == service])
    ]
    names = [report["servers"].get(service, "") for report in mine]
    print(f"\n## {service}")
    rows = [
        (
            f"`{scenario}`",
            condition,
            f"`{question}`",
            wanted,
            *(MARKS.get(outcomes.get(name), "–") for name in names),
        )
        for (scenario, condition, question, wanted, _), outcomes in sorted(
            by_question(mine).items(), key=lambda one: one[0][0]
        )
    ]
    table(
        ("scenario", "condition", "question", "wanted", *(name or "outcome" for name in names)),
        rows,
    )


def not_run(reports):
    said = sorted(
        {
            (row["scenario"], row["said"])
            for report in reports
            for row in report["rows"]
            if row["outcome"] == "not run"
        }
    )
    if said:
        print("\nNot run: " + "; ".join(f"`{scenario}` ({why})" for scenario, why in said) + ".")


def oracle(reports):
    print(ORACLE)
    for heads, rows in section(reports):
        table(heads, rows)


def main():
    every = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    # A campaign's file is a list of reports.
    reports = [one for one in every if isinstance(one, dict)]
    print(HEAD)
    binaries = sorted(
        {
            report["binary"]
            + (
                ", under the address and undefined-behaviour sanitizers"
                if report["sanitized"]
                else ""
            )
            for report in reports
        }
    )
    print(f"Last result, of {'; '.join(binaries)}:")
    totals(reports)
    not_run(reports)
    for service in dict.fromkeys(row["service"] for report in reports for row in report["rows"]):
        service_table(service, reports)
    oracle([found for one in every if isinstance(one, list) for found in one])


if __name__ == "__main__":
    main()
