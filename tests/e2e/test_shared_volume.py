"""Two containers on one store: one serves, the other refuses to start, and a KILL of the one loses
nothing that was acknowledged."""

import pytest

from support.stack import CONTAINERS, SIDECAR, SMALL_JVM, docker, free_ports, wait_until
from support.writers import assert_kept, numbers_held, writing

MOUNT = {"flash": "/data", "strange": "/pulsar/data", "sonic": "/data"}
NOT_FIT = 78


class Pair:
    """Two containers that are the same but for their names, on one volume."""

    def __init__(self, stack, codename):
        self.stack, self.codename, self.network, self.prefix = (
            stack,
            codename,
            stack.network,
            stack.prefix,
        )
        self.names = [stack.prefix + "a", stack.prefix + "b"]
        self.ports = dict(zip(self.names, free_ports(2), strict=True))

    def start(self):
        host = CONTAINERS[self.codename]
        for name in self.names:
            docker(
                "run",
                "--detach",
                "--name",
                name,
                "--hostname",
                host,
                "--network",
                self.network,
                "--network-alias",
                host,
                "--volume",
                f"{self.prefix}store:{MOUNT[self.codename]}",
                "--env",
                f"PULSAR_MEM={SMALL_JVM}",
                "--env",
                f"ARC_PULSAR_ADVERTISED={host}",
                "--publish",
                f"127.0.0.1:{self.ports[name]}:8080",
                self.stack.image(self.codename),
            )

    def status(self, name):
        """running, or the exit code as text."""
        status, code = docker(
            "container", "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name
        ).stdout.split()
        return code if status == "exited" else status

    def one_refused(self):
        """The name of the one that serves, once the other one has ended."""
        wait_until(
            lambda: (
                "running" not in {self.status(name) for name in self.names}
                or len({self.status(name) for name in self.names}) == 2
            ),
            "one has ended",
        )
        left = [name for name in self.names if self.status(name) == "running"]
        assert len(left) == 1, {
            name: (self.status(name), docker("logs", name).stderr) for name in self.names
        }
        (refused,) = set(self.names) - set(left)
        assert self.status(refused) == str(NOT_FIT), docker("logs", refused)
        said = docker("logs", refused)
        assert f"{MOUNT[self.codename]}" in said.stderr and "another" in said.stderr, said
        return left[0]

    def remove(self):
        docker("rm", "--force", *self.names)


def one_round(stack, codename, kept):
    """Both start, one serves, takes writes and is killed; `kept` is what an earlier round left, and
    becomes what this one leaves."""
    pair = Pair(stack, codename)
    pair.start()
    try:
        winner = pair.one_refused()
        wait_until(
            lambda: docker("exec", winner, SIDECAR, "check", check=False).returncode == 0,
            f"{codename} is healthy",
            120,
        )
        stack.ports["ARC_STRANGE_ADMIN_PORT"] = pair.ports[winner]
        for name, seen in kept.items():
            assert_kept(codename, seen, numbers_held(stack, codename, name))
        with writing(stack, codename) as (name, writer):
            docker("kill", winner)
            return kept | {name: writer.end()}
    finally:
        pair.remove()


def rounds(stack, codename, count):
    kept = {}
    for _ in range(count):
        kept = one_round(stack, codename, kept)
    assert len(kept) == count and all(len(seen) >= 200 for seen in kept.values())


@pytest.mark.parametrize("codename", ["flash", "sonic"])
def test_a_fresh_store_and_a_used_one_have_one_server(other, codename):
    """The first round meets a volume that nothing was written to. Pulsar's two starts are among the
    nightly ones."""
    rounds(other, codename, 2)


@pytest.mark.nightly
@pytest.mark.parametrize("codename", CONTAINERS)
def test_ten_rounds_on_one_store(other, codename):
    rounds(other, codename, 10)
