"""Clients that write numbers while something happens to the server, and what of it is there
afterwards."""

import contextlib
import subprocess
import time
import uuid

from support.stack import docker, subscribe, wait_until

TECH = {"flash": "nats", "strange": "pulsar", "sonic": "redis"}
# After a KILL of the process, which is not a power cut: the kernel still has what was written.
# Redis acknowledges before it writes where a sync is under way (everysec), and puts that off for 2
# s at most.
MAY_LOSE_SECONDS = {"flash": 0, "strange": 0, "sonic": 2}


class Writer:
    """One client of the platform's network that writes numbers; `acknowledged()` has those that
    came back, with the time of each."""

    def __init__(self, stack, codename, name):
        self.container = f"{stack.prefix}writer-{name}"
        self.seen = []
        client = [
            "docker",
            "run",
            "--rm",
            "--name",
            self.container,
            "--network",
            stack.network,
            "arc-clients:dev",
        ]
        argv = [*client, "-timeout", "200s", "write", TECH[codename], name]
        self.process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def read(self, count):
        """Waits for so many acknowledgements."""
        for _ in range(count):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            self.seen.append((int(line), time.monotonic()))

    def end(self):
        """All acknowledgements, once nothing writes any more."""
        docker("rm", "--force", self.container, check=False)
        rest, _ = self.process.communicate(timeout=60)
        now = time.monotonic()
        self.seen += [(int(line), now) for line in rest.splitlines()]
        return self.seen


@contextlib.contextmanager
def writing(stack, codename):
    name = f"kept{uuid.uuid4().hex[:8]}"
    if codename == "strange":
        subscribe(stack.ports["ARC_STRANGE_ADMIN_PORT"], f"persistent://public/default/{name}")
    writer = Writer(stack, codename, name)
    try:
        writer.read(200)
        yield name, writer
    finally:
        writer.end()


def numbers_held(stack, codename, name):
    """All that is there, by one whole reading; tried again as `subscribe` is."""

    def read():
        client = ["run", "--rm", "--network", stack.network, "arc-clients:dev"]
        container = docker(*client, "-timeout", "60s", "held", TECH[codename], name, check=False)
        return container.returncode == 0 and container

    return {int(line) for line in wait_until(read, "what is held can be read", 60).stdout.split()}


def assert_kept(codename, seen, held):
    """After a KILL: all that was acknowledged is held, but for what the server does not promise."""
    lost = [number for number, _ in seen if number not in held]
    # The writer waits for one acknowledgement before the next write, so a second is at most a
    # thousand of them.
    assert len(lost) <= MAY_LOSE_SECONDS[codename] * 1000, (
        f"{len(seen)} acknowledged, {len(lost)} lost"
    )
    assert lost == sorted(lost) and (not lost or lost[-1] == len(seen)), (
        "only the newest may be lost"
    )
