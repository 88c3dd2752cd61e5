"""A real Pulsar standalone for the tests: of $ARC_PULSAR_HOME, small, on free loopback ports, with
token authentication on."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import socket
import urllib.error
import urllib.request
from pathlib import Path

from support.servers import free_port, run_sidecar, running, sidecar_environment, wait_until
from support.stack import SMALL_JVM

# Bounds for the JVM that make it start in half the time and fit beside the others.
SMALL = {"PULSAR_MEM": SMALL_JVM, "PULSAR_GC": "-XX:+UseSerialGC"}


def home():
    return Path(os.environ["ARC_PULSAR_HOME"])


# What differs from the platform's own: an admin role more, two partitions more.
DRIFT = """
[[pulsar.tenant]]
name = "arc-system"
admin_roles = ["ops"]
[[pulsar.namespace]]
name = "arc-system/events"
[[pulsar.topic]]
name = "arc-system/events/agent-lifecycle"
partitions = 5
"""


class Keys:
    """A secret that signs tokens as the broker's token provider takes them (JWT, HS256)."""

    def __init__(self):
        self.secret = secrets.token_bytes(32)

    def token(self, role):
        def part(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")

        signed = part(b'{"alg":"HS256"}') + b"." + part(json.dumps({"sub": role}).encode())
        return (
            signed + b"." + part(hmac.new(self.secret, signed, hashlib.sha256).digest())
        ).decode()

    def settings(self):
        """What turns authentication and authorization on in the broker's configuration, its own
        client included."""
        return {
            "authenticationEnabled": "true",
            "authorizationEnabled": "true",
            "authenticationProviders": "org.apache.pulsar.broker.authentication.AuthenticationProviderToken",
            "superUserRoles": "admin",
            "tokenSecretKey": "data:;base64," + base64.b64encode(self.secret).decode(),
            "brokerClientAuthenticationPlugin": "org.apache.pulsar.client.impl.auth.AuthenticationToken",
            "brokerClientAuthenticationParameters": "token:" + self.token("admin"),
        }


class Broker:
    """Where it listens and how to ask it, with or without a token."""

    def __init__(self, directory, settings=None):
        self.directory = directory
        self.port = free_port()
        self.admin_port = free_port()
        self.settings = settings or {}
        self.token = ""
        self.process = None

    def environment(self, **more):
        """The variables that point the sidecar at this broker."""
        env = {
            "ARC_PULSAR_URL": f"pulsar://127.0.0.1:{self.port}",
            "ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{self.admin_port}",
        }
        return env | ({"ARC_PULSAR_TOKEN": self.token} if self.token else {}) | more

    def sidecar(self, *args, **env):
        return run_sidecar(*args, env=self.environment(**env), timeout=90)

    def sidecar_environment(self, **env):
        return sidecar_environment(self.environment(**env))

    def admin(self, path, body=None, method=None):
        """One request to the admin API, or to another path that begins with a slash; returns
        status and decoded JSON (or the text)."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.admin_port}{path if path.startswith('/') else '/admin/v2/' + path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method or ("GET" if body is None else "PUT"),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text, status = answer.read().decode(), answer.status
        except urllib.error.HTTPError as error:
            text, status = error.read().decode(), error.code
        with contextlib.suppress(ValueError):
            return status, json.loads(text)
        return status, text

    def publish(self, topic, count, size=100):
        """Stores messages by REST, which no backlog quota rejects."""
        message = {"payload": "x" * size}
        body = {"producerName": "test", "messages": [message] * count}
        status, answer = self.admin(f"/topics/persistent/{topic}", body, "POST")
        assert status == 200 and all(
            one["errorCode"] == 0 for one in answer["messagePublishResults"]
        ), answer

    @contextlib.contextmanager
    def connected(self, path):
        """A client of the broker's WebSocket proxy: "producer/persistent/t/n/x",
        "consumer/persistent/t/n/x/subscription". Yields whether the broker accepted it."""
        with socket.create_connection(("127.0.0.1", self.admin_port), timeout=5) as client:
            lines = [
                f"GET /ws/v2/{path} HTTP/1.1",
                f"Host: 127.0.0.1:{self.admin_port}",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: " + base64.b64encode(secrets.token_bytes(16)).decode(),
                *([f"Authorization: Bearer {self.token}"] if self.token else []),
            ]
            client.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
            try:
                answer = client.recv(65536)
            except TimeoutError:
                answer = b""
            yield answer.startswith(b"HTTP/1.1 101 ")

    def log(self):
        return (self.directory / "broker.log").read_text(errors="replace")

    def asked(self, what):
        """How many requests of the sidecar that begin with `what` ("PUT ", "GET
        /admin/v2/brokers/health ") the broker has logged.

        It logs a request after its answer: one of our own comes last, so that those before it are
        not missed."""
        mark = secrets.token_hex(8)
        self.admin(f"brokers/version?mark={mark}")
        wait_until(lambda: mark in self.log(), "the broker logs a request", 20)
        return sum(
            f'"{what}' in line and '"arc-sidecar"' in line for line in self.log().splitlines()
        )

    def configuration(self):
        """Pulsar's own standalone.conf with our lines behind it: the last of two equal keys
        counts."""
        lines = {
            "brokerServicePort": self.port,
            "webServicePort": self.admin_port,
            "bindAddress": "127.0.0.1",
            "advertisedAddress": "localhost",
        } | self.settings
        ours = "".join(f"{key}={value}\n" for key, value in lines.items())
        path = self.directory / "standalone.conf"
        path.write_text((home() / "conf" / "standalone.conf").read_text() + "\n" + ours)
        return path

    @contextlib.contextmanager
    def started(self):
        """Starts the process and does not wait for anything."""
        self.directory.mkdir(parents=True, exist_ok=True)
        env = {
            "PATH": os.environ["PATH"],
            "PULSAR_STANDALONE_CONF": str(self.configuration()),
            "PULSAR_LOG_DIR": str(self.directory / "logs"),
            "TMPDIR": str(self.directory),
        } | SMALL
        argv = [
            str(home() / "bin" / "pulsar"),
            "standalone",
            "-nfw",
            "-nss",
            "--metadata-dir",
            str(self.directory / "metadata"),
            "--bookkeeper-dir",
            str(self.directory / "bookkeeper"),
        ]
        with running(
            argv, self.directory / "broker.log", cwd=self.directory, env=env
        ) as self.process:
            yield self
