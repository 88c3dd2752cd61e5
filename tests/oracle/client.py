"""The judge: one process of tests/clients, which uses the servers with the platform's own Go
clients and shares no code with the sidecar."""

import contextlib
import json
import os
import subprocess

SKIPPED = "skipped"  # an operation that another one's failure left without an object


class Client:
    def __init__(self, process):
        self._process = process

    def operate(self, service, operations, *, seconds=2.0, **where):
        """The outcome of each operation: empty where it succeeded, else the client's error."""
        line = {"service": service, "operations": operations, "seconds": seconds} | where
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"the client ended: {self._process.wait()}"
        return json.loads(answer)


@contextlib.contextmanager
def client():
    argv = [os.environ["ARC_CLIENTS"], "-timeout", "3h", "operate"]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Client(process)
        process.stdin.close()
