"""Writes docs/container-faults.md: verdicts, log and exit status after a kill, a full disk, data
that becomes read-only, a stopped process and too little memory, for each of the three images. Real
containers of images of this tree, one after the other; `make faults-report`.

It asserts nothing. The assertions are in the scenarios, tests/integration and tests/e2e."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from support.stack import CONTAINERS, SIDECAR, SMALL_JVM, Stack, docker, wait_until

NAMES = {"flash": "NATS", "sonic": "Redis", "strange": "Pulsar"}
DATA = {"flash": "/data", "sonic": "/data", "strange": "/pulsar/data"}
OWNER = {"flash": (1000, 1000), "sonic": (1000, 1000), "strange": (10000, 0)}
MEMORY = {"flash": "512m", "sonic": "700m", "strange": "1536m"}
# Less than the configuration takes; and so little that the server is killed for it.
TOO_LITTLE = {"flash": "48m", "sonic": "256m", "strange": "512m"}
FAR_TOO_LITTLE = {"flash": "8m", "sonic": "6m", "strange": "150m"}
DISK = {"flash": "24m", "sonic": "24m", "strange": "400m"}
WATCH = 15  # s that a fault is watched
# For the deep probe, which the agent makes every 30 s and which the broker may answer after 30 s.
SLOW_WATCH = 100


@dataclass
class Observation:
    """The observations of one fault."""

    first: str = ""  # the first verdict other than ok, with its time
    last: str = ""
    code: str = ""
    log: list = field(default_factory=list)


class Container:
    """One service alone, without a restart policy."""

    def __init__(self, stack, codename, name):
        self.stack, self.codename, self.name = stack, codename, f"{stack.prefix}{name}"
        self.volume = f"{self.name}-data"

    def start(self, *options, disk=None, memory=None, mode=""):
        uid, gid = OWNER[self.codename]
        opts = (
            [
                "--opt",
                "type=tmpfs",
                "--opt",
                "device=tmpfs",
                "--opt",
                f"o=size={disk},uid={uid},gid={gid}",
            ]
            if disk
            else []
        )
        docker("volume", "create", *opts, self.volume)
        host = CONTAINERS[self.codename]
        docker(
            "run",
            "--detach",
            "--name",
            self.name,
            "--hostname",
            host,
            "--network",
            self.stack.network,
            "--network-alias",
            host,
            "--tmpfs",
            f"/run/arc:uid={uid},gid={gid},mode=0700",
            "--memory",
            memory or MEMORY[self.codename],
            "--memory-swap",
            memory or MEMORY[self.codename],
            "-v",
            f"{self.volume}:{DATA[self.codename]}{mode}",
            "--env",
            f"PULSAR_MEM={SMALL_JVM}",
            "--env",
            f"ARC_PULSAR_ADVERTISED={host}",
            *options,
            self.stack.image(self.codename),
        )

    def check(self):
        return docker("exec", self.name, SIDECAR, "check", check=False)

    def healthy(self):
        """Waits until `check` and the agent have seen a healthy server: before that, a silent one
        is starting."""
        wait_until(
            lambda: (
                self.check().returncode == 0
                and any(line.startswith(("ok: ", "degraded: ")) for line in self.own_lines())
            ),
            f"{self.name} is healthy",
            120,
        )

    def running(self):
        return (
            docker("inspect", "--format", "{{.State.Running}}", self.name).stdout.strip() == "true"
        )

    def own_lines(self):
        result = docker("logs", self.name)
        return [
            line.removeprefix("arc-sidecar: ")
            for line in (result.stdout + result.stderr).splitlines()
            if line.startswith("arc-sidecar: ")
        ]

    def signal_server(self, signal):
        self.stack.container = lambda _: self.name  # the stack's own helper, for this container
        self.stack.signal_server(self.codename, signal)

    def watch(self, since, seconds=WATCH):
        """Verdicts from `since` on, until the container ends or the time is over."""
        seen = Observation()
        before = len(self.own_lines())
        while self.running() and time.monotonic() - since < seconds:
            result = self.check()
            line = result.stdout.partition("\n")[0]
            if result.returncode in (0, 1) and line:
                seen.last = line
                if not seen.first and not line.startswith("ok"):
                    seen.first = f"{time.monotonic() - since:.1f} s: {line}"
            time.sleep(0.3)
        seen.code = (
            "runs on"
            if self.running()
            else docker("inspect", "--format", "exit {{.State.ExitCode}}", self.name).stdout.strip()
        )
        seen.log = self.own_lines()[before:] if seen.code == "runs on" else self.own_lines()[-3:]
        return seen

    def write(self):
        """A client writes: some servers notice the fault only then."""
        what = {
            "flash": ("publish", "agent.fault.cmd", "m" * 9000),
            "sonic": ("set", "key", "v" * 9000),
            "strange": ("produce", "persistent://public/default/fault", "m" * 9000),
        }
        host = CONTAINERS[self.codename]
        at = {
            "NATS_URL": f"nats://{host}:4222",
            "REDIS_ADDR": f"{host}:6379",
            "PULSAR_URL": f"pulsar://{host}:6650",
        }
        self.stack.client("-timeout", "8s", *what[self.codename], check=False, **at)

    def remove(self):
        docker("rm", "--force", self.name, check=False)
        docker("volume", "rm", "--force", self.volume, check=False)


def killed(one):
    one.start()
    one.healthy()
    since = time.monotonic()
    one.signal_server("KILL")
    return one.watch(since)


def stopped(one):
    one.start()
    one.healthy()
    since = time.monotonic()
    one.signal_server("STOP")
    return one.watch(since, 20)


def full_disk(one):
    one.start(disk=DISK[one.codename])
    one.healthy()
    since = time.monotonic()
    docker(
        "exec",
        one.name,
        "sh",
        "-c",
        f"dd if=/dev/zero of={DATA[one.codename]}/fill bs=64k 2>/dev/null; true",
    )
    one.write()
    return one.watch(since, SLOW_WATCH if one.codename == "strange" else WATCH)


# FS_IOC_SETFLAGS with FS_IMMUTABLE_FL on every file, by numbers of linux/fs.h; the image has no
# chattr.
IMMUTABLE = """
import fcntl, os, struct, sys
for folder, folders, files in os.walk("/data", topdown=False):
    for name in [*(os.path.join(folder, one) for one in files), folder]:
        fd = os.open(name, os.O_RDONLY)
        flags = struct.unpack("i", fcntl.ioctl(fd, 0x80086601, b"0000"))[0]
        fcntl.ioctl(fd, 0x40086602, struct.pack("i", flags | 0x10 if sys.argv[1] == "on" else flags & ~0x10))
"""


def set_immutable(one, word):
    docker(
        "run",
        "--rm",
        "--cap-add",
        "LINUX_IMMUTABLE",
        "-v",
        f"{one.volume}:/data",
        "--entrypoint",
        "python3",
        "arc-toolchain:dev",
        "-c",
        IMMUTABLE,
        word,
    )


def read_only(one):
    """Makes every file immutable, which also affects open files. A server cannot distinguish this
    from a disk that became read-only; the kernel rejects a remount while files are open."""
    one.start()
    one.healthy()
    since = time.monotonic()
    set_immutable(one, "on")
    try:
        one.write()
        return one.watch(since, SLOW_WATCH if one.codename == "strange" else WATCH)
    finally:
        set_immutable(one, "off")


def read_only_at_start(one):
    one.start(mode=":ro")
    return one.watch(time.monotonic(), 20)


def too_little_memory(one):
    one.start(memory=TOO_LITTLE[one.codename])
    return one.watch(time.monotonic(), 20)


def out_of_memory(one):
    one.start("--env", "ARC_PREFLIGHT=warn", memory=FAR_TOO_LITTLE[one.codename])
    return one.watch(time.monotonic(), 40)


@dataclass
class Fault:
    slug: str
    text: str
    make: Callable


FAULTS = [
    Fault("server-killed", "the server is killed (KILL)", killed),
    Fault("server-stopped", "the server is stopped (STOP)", stopped),
    Fault("disk-full", "the disk of the data is full", full_disk),
    Fault("data-becomes-read-only", "the data becomes read-only", read_only),
    Fault("data-read-only-at-start", "the data is read-only at the start", read_only_at_start),
    Fault(
        "memory-limit-too-low", "the memory limit is below the configured use", too_little_memory
    ),
    Fault("out-of-memory", "the kernel kills the server for lack of memory", out_of_memory),
]

HEAD = """# Faults of a container, and the answers to them

`make faults-report` writes this page: it makes each fault in a real container of each image and
runs `check` about three times a second. Times count from the fault. They are those of one run on a
shared machine with two cores: read them as orders of magnitude. The log has only the sidecar's own
lines.
"""


def cell(text):
    return text.replace("|", "\\|")


def report(stack, codename):
    print(f"\n## {NAMES[codename]}\n")
    print("| fault | condition | first other verdict | last verdict | container | log |")
    print("|---|---|---|---|---|---|")
    for fault in FAULTS:
        one = Container(stack, codename, f"{codename}-{fault.slug}")
        try:
            seen = fault.make(one)
            log = "<br>".join(cell(line) for line in seen.log[-3:])
            print(
                f"| `{fault.slug}` | {fault.text} | {cell(seen.first) or 'none'} | {cell(seen.last) or 'none'} | {seen.code} | {log} |",
                flush=True,
            )
        finally:
            one.remove()


def main():
    stack = Stack(f"e2e{os.getpid()}f-")
    try:
        stack.make("messaging-build", timeout=900)
        docker("network", "create", stack.network)
        print(HEAD, end="")
        for codename in CONTAINERS:
            report(stack, codename)
    finally:
        with contextlib.suppress(AttributeError):
            del stack.container
        stack.remove()


if __name__ == "__main__":
    main()
