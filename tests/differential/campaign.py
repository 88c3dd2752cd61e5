"""Campaigns: the same generated inputs for a real server and for the sidecar, and what they made of
them. Every campaign prints its seed and how often each feature of the grammar occurred."""

import dataclasses
import os
import random
from collections import Counter

from support.servers import SHIPPED, run_sidecar

# Without ARC_SEED, each run has other inputs. The workers of pytest-xdist inherit the environment.
os.environ["ARC_SEED"] = os.environ.get("ARC_SEED") or str(random.SystemRandom().randrange(10**6))
SEED = int(os.environ["ARC_SEED"])
COUNT = int(os.environ.get("ARC_COUNT") or 300)
BATCH = 50  # inputs of one test: the tests run in parallel


def batches():
    """The seeds of the tests of a campaign, each of BATCH inputs."""
    return [f"{SEED}-{number}" for number in range(-(-COUNT // BATCH))]


@dataclasses.dataclass
class Read:
    """What the sidecar reads of a server's command line and configuration."""

    values: dict  # name -> text, as it is printed
    doubts: list  # what it does not understand, or knows that the server rejects

    @property
    def is_certain(self):
        return not self.doubts


def read_settings(service, command, env=None, **popen):
    """Asks `arc-sidecar preflight --show`."""
    result = run_sidecar(
        "preflight",
        "--show",
        "--service",
        service,
        "--",
        *command,
        env=env,
        binary=SHIPPED,
        **popen,
    )
    assert result.returncode in (0, 78), f"exit code {result.returncode}: {result.stderr}"
    lines = [line.partition(": ")[::2] for line in result.stdout.splitlines()]
    doubts = [value for name, value in lines if name == "warning"]
    if result.returncode:
        doubts.append(result.stderr.strip())
    return Read({name: value for name, value in lines if name != "warning"}, doubts)


def refusals(service, command, **popen):
    """The reasons for which the sidecar would not start the server."""
    result = run_sidecar("preflight", "--service", service, "--", *command, binary=SHIPPED, **popen)
    lines = result.stdout.splitlines()
    return [line for line in lines if line.startswith("refused: ")]


def escaped(raw):
    """A server's value as the sidecar prints it (base/escape.hpp)."""
    named = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
    return "".join(
        named.get(c)
        or (f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else None)
        or (f"\\x{ord(c):02x}" if c < " " or c == "\x7f" else c)
        for c in raw.decode("utf-8", "surrogateescape")
    )


class Tally:
    """Counts of one test, for the summary of the run."""

    def __init__(self, record_property, name):
        self.counts, self.record, self.name = Counter(), record_property, name
        self.disagreements = []

    def add(self, *features):
        self.counts.update(features)

    def disagree(self, case, why):
        self.disagreements.append(f"{why}\n{case}")

    def end(self):
        """Reports the counts, and fails if there was a disagreement."""
        self.record(self.name, dict(self.counts))
        shown = "\n\n".join(self.disagreements[:3])
        assert not self.disagreements, (
            f"seed {SEED}: {len(self.disagreements)} disagreements:\n{shown}"
        )
