"""Everything that the sidecar says, and the search for secrets and control characters in it."""

import base64
import contextlib
import http.client
import json
import re
import subprocess
import unicodedata
import urllib.parse
from pathlib import Path

from support.servers import (
    SIDECAR,
    accepts,
    free_port,
    run_sidecar,
    sidecar_environment,
    wait_until,
)

PIECE = 8  # that many successive characters of a secret are never shown


def over_http(port, path):
    """Headers and body of an answer of any status."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    ) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return str(answer.headers) + answer.read().decode()


def looks(port):
    """How often the agent has looked at its server."""
    found = re.search(
        r"^arc_sidecar_checks_total\{.*\} (\d+)$", over_http(port, "/metrics"), re.MULTILINE
    )
    return int(found[1]) if found else 0


def all_output(env, state):
    """What every command prints, and what an agent logs and leaves, while it runs with `env`; with
    each one's command line."""
    said = []
    for words in (
        ("check",),
        ("check", "--format", "json"),
        ("check", "--live"),
        ("config",),
        ("config", "--check"),
        ("bootstrap", "--timeout", "1s"),
        ("bootstrap", "--dry-run", "--timeout", "1s"),
        ("wait", "--timeout", "1s"),
        ("metrics",),
        ("check", "--help"),
    ):
        result = run_sidecar(*words, env=env)
        said += [result.stdout, result.stderr]
    port = free_port()
    agent = subprocess.Popen(
        [SIDECAR, "agent"],
        env=sidecar_environment(env | {"ARC_LISTEN": f"127.0.0.1:{port}"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_until(lambda: any(state.iterdir()), "the agent leaves its state")
        wait_until(
            lambda: accepts(port) and looks(port) >= 2,
            "a second look at the server, whose log line is asked about, too",
        )
        said.append(Path(f"/proc/{agent.pid}/cmdline").read_bytes().decode().replace("\0", " "))
        for path in ("/metrics", "/livez", "/readyz", "/startupz", "/"):
            said.append(over_http(port, path))
    finally:
        agent.terminate()
        said.append(agent.communicate(timeout=20)[0].decode())
    said += [file.read_text() for file in state.rglob("*") if file.is_file()]
    return said


def forms(secret):
    """A secret as it is, and as servers, shells and libraries write it."""
    raw = secret.encode()
    yield secret
    yield json.dumps(secret)[1:-1]
    yield urllib.parse.quote(secret, safe="")
    yield urllib.parse.quote_plus(secret)
    for before in (b"", b"u:", b"us:", b"user:"):
        # Without the digits that what stands in front has a share in.
        yield base64.b64encode(before + raw).decode().rstrip("=")[(len(before) * 8 + 5) // 6 : -1]


def leaked(text, secrets):
    """The first piece of one of these secrets that is in the text, or None."""
    for secret in secrets:
        for form in forms(secret):
            size = min(PIECE, len(form))
            for at in range(len(form) - size + 1):
                if form[at : at + size] in text:
                    return form[at : at + size]
    return None


def unescaped(text):
    """The control and format characters in the text, line ends aside."""
    return sorted(
        {
            character
            for character in text
            if character != "\n"
            and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
        }
    )
