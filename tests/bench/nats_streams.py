"""The CPU time and the memory of bootstrap, check and scrape with many declared streams.

    ARC_SIDECAR=… scripts/in-container dev env PYTHONPATH=tests \
      python3 -B tests/bench/nats_streams.py

Prints a table for docs/benchmarks.md."""

import os
import subprocess
import tempfile
from pathlib import Path

from support.nats_tools import declare, nats_env, nats_server
from support.servers import SIDECAR, sidecar_environment

COUNTS = (3, 100, 1_000, 10_000)
ROUNDS = 3


def measured(command, env):
    """Seconds of CPU time, the maximum of resident memory in MiB, and the output."""
    process = subprocess.Popen(
        [SIDECAR, command, "nats", "--timeout", "300s"], env=env, stdout=subprocess.PIPE, text=True
    )
    output = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output


def least(command, env):
    return min(measured(command, env) for _ in range(ROUNDS))


def figures(count):
    with tempfile.TemporaryDirectory() as name, nats_server(Path(name)) as server:
        config = declare(
            Path(name) / "streams.toml",
            *(
                {"name": f"S{number}", "subjects": [f"s.{number}"], "storage": "memory"}
                for number in range(count)
            ),
        )
        env = sidecar_environment(nats_env(server, ARC_CONFIG=config))
        made = measured("bootstrap", env)
        assert made[2].count("(done)") == count, made[2][-500:]
        checked = least("check", env)
        assert f"{count} streams as declared" in checked[2], checked[2][:500]
        scraped = least("metrics", env)
        assert scraped[2].count("\njetstream_stream_total_messages{") == count
        return made, least("bootstrap", env), checked, scraped


def main():
    print("| streams | bootstrap, new | bootstrap, same | check | scrape |")
    print("|---|---|---|---|---|")
    for count in COUNTS:
        cells = (f"{took * 1000:.0f} ms, {memory:.0f} MiB" for took, memory, _ in figures(count))
        print(f"| {count:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
