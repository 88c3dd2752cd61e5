"""The time and the memory of a check and a scrape of Redis with many keys and databases, as ratios
to those with three keys.

    ARC_SIDECAR=… scripts/in-container dev env PYTHONPATH=tests python3 -B tests/bench/redis_keys.py

Prints a table for docs/benchmarks.md."""

import os
import subprocess
import tempfile
import time
from pathlib import Path

from support.servers import SIDECAR, redis_cli, redis_server, sidecar_environment

# Keys, and databases that have some of them.
SIZES = ((3, 1), (100, 1), (1_000, 16), (10_000, 16), (1_000_000, 16), (1_000_000, 1_000))
ROUNDS = 40
WARM_UP = 20  # the server resizes its tables
FILL = """for i = 1, tonumber(ARGV[1]) do
  redis.call('SELECT', i % tonumber(ARGV[2]))
  redis.call('SET', 'key:' .. i, i)
end"""


def measured(command, env):
    """The least of seconds, which the load of the machine changes least, and the most of memory."""
    seconds, memory = [], 0
    for number in range(-WARM_UP, ROUNDS):
        begun = time.monotonic()
        process = subprocess.Popen([SIDECAR, command, "redis"], env=env, stdout=subprocess.PIPE)
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if number >= 0:
            seconds.append(time.monotonic() - begun)
        memory = max(memory, usage.ru_maxrss)
        assert status == 0 and output, output
    return min(seconds), memory


def main():
    print("| keys | databases | check | memory of a check | scrape | memory of a scrape |")
    print("|---|---|---|---|---|---|")
    first = None
    for keys, databases in SIZES:
        with (
            tempfile.TemporaryDirectory() as directory,
            redis_server(Path(directory), "--databases", "1000", "--appendonly", "no") as server,
        ):
            assert redis_cli(server.port, "EVAL", FILL, 0, keys, databases) == ""
            env = sidecar_environment(
                {"ARC_REDIS_URL": f"127.0.0.1:{server.port}", "ARC_REDIS_APPENDONLY": "no"}
            )
            figures = [*measured("check", env), *measured("metrics", env)]
            first = first or figures
            ratios = (f"{one / base:.2f} ×" for one, base in zip(figures, first, strict=True))
            print(f"| {keys:,} | {databases:,} | {' | '.join(ratios)} |", flush=True)


if __name__ == "__main__":
    main()
