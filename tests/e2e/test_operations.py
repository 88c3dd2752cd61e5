"""The blocks of docs/operations.md, on a stack of its own: what was written before a backup is there
after the restore, and nothing that came later."""

import re
import shutil

import pytest

from support.stack import OWN, ROOT, run, subscribe

PAGE = (ROOT / "docs/operations.md").read_text()
VOLUMES = ("arc-messaging-jetstream", "arc-streaming-data", "arc-cache-data")
TOPIC = "persistent://public/default/kept"

pytestmark = pytest.mark.nightly


def block(heading):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]
    return re.search(r"^```sh\n(.*?)^```$", section, re.M | re.S)[1]


@pytest.fixture
def backup():
    folder = ROOT / ".arc" / f"{OWN}-backup"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def carry_out(stack, heading, backup):
    """The block's own text, with the names of this stack."""
    text = block(heading).replace("/var/backups/arc", str(backup))
    text = text.replace("arc-cache:dev", stack.image("sonic"))
    for volume in VOLUMES:
        text = text.replace(volume, stack.prefix + volume)
    run("bash", "-euc", text, env=stack.environment(), timeout=400)


class Clients:
    """What the platform's clients write and read."""

    def __init__(self, stack):
        self.stack = stack
        self.nats = {"NATS_URL": f"nats://{stack.container('flash')}:4222"}
        self.redis = {"REDIS_ADDR": f"{stack.container('sonic')}:6379"}
        self.pulsar = {
            "PULSAR_URL": "pulsar://arc-streaming:6650",
            "PULSAR_ADMIN_URL": "http://arc-streaming:8080",
        }

    def write(self, text):
        self.stack.client("publish", "agent.kept.cmd", text, **self.nats)
        self.stack.client("set", "kept", text, **self.redis)
        self.stack.client("produce", TOPIC, text, **self.pulsar)

    def read(self):
        """Messages of NATS, the key of Redis, the next message of Pulsar, which it acknowledges."""
        return (
            self.stack.client("fetch", "AGENT_COMMANDS", **self.nats).split(),
            self.stack.client("get", "kept", **self.redis).strip(),
            self.stack.client("consume", TOPIC, **self.pulsar).strip(),
        )


def test_a_backup_is_restored(other, backup):
    other.make("messaging-up")
    clients = Clients(other)
    subscribe(other.ports["ARC_STRANGE_ADMIN_PORT"], TOPIC)
    clients.write("before")
    carry_out(other, "Backup", backup)
    assert sorted(path.name for path in backup.iterdir()) == sorted(
        f"{other.prefix}{volume}.tar" for volume in VOLUMES
    )
    clients.write("after")
    messages, key, message = clients.read()
    assert (key, message) == ("after", "before") and "after" in " ".join(messages)
    carry_out(other, "Restore", backup)
    messages, key, message = clients.read()
    assert (key, message) == ("before", "before")
    assert "before" in " ".join(messages) and "after" not in " ".join(messages)
