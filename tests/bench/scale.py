"""The time and the memory of bootstrap, check and scrape with many declared objects, as ratios to
those with the fewest, on real servers.

    ARC_SIDECAR=… scripts/in-container dev env PYTHONPATH=tests \
      python3 -B tests/bench/scale.py nats|pulsar|redis

Prints a table for docs/benchmarks.md."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from support.nats_tools import declare, nats_env, nats_server
from support.pulsar_broker import Broker
from support.servers import SIDECAR, redis_cli, redis_server, sidecar_environment, wait_until


class Figures:
    """Microseconds (wall and CPU) and KiB of one command."""

    def __init__(self, line):
        self.wall, self.cpu, self.memory = (int(word) for word in line.split())


class Launcher:
    """Runs the sidecar from a small process: a child's peak includes that of its parent."""

    def __init__(self, directory):
        self.program = directory / "usage"
        source = Path(__file__).with_name("usage.c")
        subprocess.run(["cc", "-Os", "-o", self.program, source], check=True)
        self.figures = directory / "figures"

    def run(self, env, *args):
        shell = f'exec "$0" "$@" 3>{self.figures}'
        argv = ["sh", "-c", shell, self.program, SIDECAR, *args]
        done = subprocess.run(argv, check=False, env=env, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout[-500:]
        return Figures(self.figures.read_text()), done.stdout

    def least(self, rounds, env, *args):
        """That of the least CPU time, which the load of the machine changes least."""
        return min((self.run(env, *args)[0] for _ in range(rounds)), key=lambda one: one.cpu)


class Table:
    """One line for each size, as ratios to the first."""

    def __init__(self, *columns):
        self.first = None
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")

    def add(self, sizes, numbers):
        self.first = self.first or numbers
        ratios = (f"{one / base:.1f} ×" for one, base in zip(numbers, self.first, strict=True))
        print(f"| {' | '.join([*(f'{size:,}' for size in sizes), *ratios])} |", flush=True)


def nats(launch):
    columns = ("bootstrap, new", "bootstrap, same", "check", "scrape")
    table = Table("streams", *columns, *(f"memory of {column}" for column in columns))
    for count in (3, 100, 1_000, 10_000):
        with tempfile.TemporaryDirectory() as name, nats_server(Path(name)) as server:
            streams = (
                {"name": f"S{number}", "subjects": [f"s.{number}"], "storage": "memory"}
                for number in range(count)
            )
            config = declare(Path(name) / "streams.toml", *streams)
            env = sidecar_environment(nats_env(server, ARC_CONFIG=config))
            new, output = launch.run(env, "bootstrap", "nats", "--timeout", "300s")
            assert output.count("(done)") == count, output[-500:]
            _, output = launch.run(env, "check", "nats", "--timeout", "60s")
            assert f"{count} streams as declared" in output, output[:500]
            _, output = launch.run(env, "metrics", "nats", "--timeout", "60s")
            assert output.count("\njetstream_stream_total_messages{") == count
            same, check, scrape = (
                launch.least(5, env, command, "nats", "--timeout", "60s")
                for command in ("bootstrap", "check", "metrics")
            )
            all_of = (new, same, check, scrape)
            table.add((count,), [one.cpu for one in all_of] + [one.memory for one in all_of])


def topics(count):
    lines = "".join(
        f'[[pulsar.topic]]\nname = "bench/n{count}/t{number}"\npartitions = 1\n'
        for number in range(count)
    )
    return (
        f'[[pulsar.tenant]]\nname = "bench"\n[[pulsar.namespace]]\nname = "bench/n{count}"\n{lines}'
    )


def subscribe(broker, count):
    """The broker removes an idle topic without a subscription."""
    for number in range(count):
        status, _ = broker.admin(f"persistent/bench/n{count}/t{number}/subscription/s", "latest")
        assert status in (204, 409)


def pulsar(launch):
    columns = ("bootstrap, new", "bootstrap, same", "check", "CPU of a check", "memory of a check")
    table = Table("topics", *columns)
    with tempfile.TemporaryDirectory() as name:
        broker = Broker(Path(name) / "broker")
        config = Path(name) / "topics.toml"
        with broker.started():
            created = lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0
            wait_until(created, "the start", 300)
            env = broker.sidecar_environment(ARC_CONFIG=str(config))
            for count in (3, 100, 1_000):
                config.write_text(topics(count))
                new, output = launch.run(env, "bootstrap", "pulsar", "--timeout", "300s")
                assert output.count("(done)") >= count, output[-500:]
                subscribe(broker, count)
                same = launch.least(3, env, "bootstrap", "pulsar", "--timeout", "60s")
                _, output = launch.run(env, "check", "pulsar", "--timeout", "60s")
                assert re.match(r"ok: pulsar: ", output), output[:500]
                check = launch.least(3, env, "check", "pulsar", "--timeout", "60s")
                table.add((count,), [new.wall, same.wall, check.wall, check.cpu, check.memory])


FILL = """for i = 1, tonumber(ARGV[1]) do
  redis.call('SELECT', i % tonumber(ARGV[2]))
  redis.call('SET', 'key:' .. i, i)
end"""


def redis(launch):
    columns = ("check", "memory of a check", "scrape", "memory of a scrape")
    table = Table("keys", "databases", *columns)
    for keys, databases in (
        *((3, 1), (100, 1), (1_000, 16), (10_000, 16), (1_000_000, 16), (1_000_000, 1_000)),
    ):
        options = ("--databases", "1000", "--appendonly", "no")
        with (
            tempfile.TemporaryDirectory() as name,
            redis_server(Path(name), *options) as server,
        ):
            assert redis_cli(server.port, "EVAL", FILL, 0, keys, databases) == ""
            env = sidecar_environment(
                {"ARC_REDIS_URL": f"127.0.0.1:{server.port}", "ARC_REDIS_APPENDONLY": "no"}
            )
            check, scrape = (launch.least(60, env, name, "redis") for name in ("check", "metrics"))
            figures = [check.wall, check.memory, scrape.wall, scrape.memory]
            table.add((keys, databases), figures)


def main():
    with tempfile.TemporaryDirectory() as directory:
        {"nats": nats, "pulsar": pulsar, "redis": redis}[sys.argv[1]](Launcher(Path(directory)))


if __name__ == "__main__":
    main()
