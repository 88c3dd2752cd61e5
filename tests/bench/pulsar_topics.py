"""The time and the memory of bootstrap and check with many declared topics, on a real broker.

    ARC_SIDECAR=… ARC_PULSAR_HOME=… scripts/in-container dev env PYTHONPATH=tests \
      python3 -B tests/bench/pulsar_topics.py

Prints a table for docs/benchmarks.md."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from support.pulsar_broker import Broker
from support.servers import SIDECAR, wait_until

COUNTS = (3, 100, 1_000)
ROUNDS = 3


def declaration(count):
    topics = "".join(
        f'[[pulsar.topic]]\nname = "bench/n{count}/t{number}"\npartitions = 1\n'
        for number in range(count)
    )
    return f'[[pulsar.tenant]]\nname = "bench"\n[[pulsar.namespace]]\nname = "bench/n{count}"\n{topics}'


def measured(command, env):
    """Seconds, the maximum of resident memory in MiB, and the output."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [SIDECAR, command, "pulsar", "--timeout", "120s"],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - begun, usage.ru_maxrss / 1024, output


def subscribe(broker, count):
    """The broker removes an idle topic without a subscription."""
    for number in range(count):
        status, _ = broker.admin(f"persistent/bench/n{count}/t{number}/subscription/s", "latest")
        assert status in (204, 409)


def main():
    with tempfile.TemporaryDirectory() as directory:
        broker = Broker(Path(directory) / "broker")
        with broker.started():
            wait_until(
                lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0, "the start", 300
            )
            print("| topics | bootstrap, new | bootstrap, same | check | memory of a check |")
            print("|---|---|---|---|---|")
            for count in COUNTS:
                config = Path(directory) / "topics.toml"
                config.write_text(declaration(count))
                env = broker.sidecar_environment(ARC_CONFIG=str(config))
                new, _, output = measured("bootstrap", env)
                assert output.count("(done)") >= count, output[-500:]
                subscribe(broker, count)
                same = min(measured("bootstrap", env)[0] for _ in range(ROUNDS))
                rounds = [measured("check", env) for _ in range(ROUNDS)]
                took, memory, output = min(rounds)
                assert re.match(r"ok: pulsar: ", output), output[:500]
                print(
                    f"| {count:,} | {new:.2f} s | {same:.2f} s | {took:.2f} s | {memory:.1f} MiB |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
