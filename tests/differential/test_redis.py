"""redis-server and the sidecar read the same configuration, and must agree on what the sidecar
uses."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from differential.campaign import BATCH, Tally, batches, escaped, read_settings, refusals
from differential.redis_grammar import Grammar, make_home
from support.certificates import Authority
from support.ports import free_port
from support.servers import need, running, wait_until

TEXTS = (
    "dbfilename",
    "appendonly",
    "appenddirname",
    "appendfilename",
    "aof-load-truncated",
    "maxmemory",
    "bind",
    "port",
    "tls-port",
)


# A client ---------------------------------------------------------------------------------------


class Refused(Exception):
    """The server answers with an error, or is of another protocol."""


def reply(stream):
    line = stream.readline()
    kind, rest = line[:1], line[1:].rstrip()
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2] if int(rest) >= 0 else None
    if kind in b"*%" and kind:
        return [reply(stream) for _ in range(int(rest) * (2 if kind == b"%" else 1))]
    if kind in b"+:" and kind:
        return rest
    raise Refused(line)


def ask(stream, *words):
    words = [word if isinstance(word, bytes) else word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(words))
    for word in words:
        stream.write(b"$%d\r\n%b\r\n" % (len(word), word))
    stream.flush()
    return reply(stream)


def inodes(pid):
    found = set()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
    return found


def endpoints(pid):
    """The addresses on which a process listens, from the kernel: a port, or the path of a
    socket."""
    own = inodes(pid)
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in own:
                yield int(words[1].rpartition(":")[2], 16)
    for line in Path(f"/proc/{pid}/net/unix").read_bytes().splitlines()[1:]:
        words = line.split(maxsplit=7)
        if words[6].decode() in own and len(words) == 8 and int(words[3], 16) & 0x10000:
            yield words[7]


def connected(pid, endpoint, tls):
    if isinstance(endpoint, bytes):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(5)
        client.connect(os.path.join(f"/proc/{pid}/cwd".encode(), endpoint))
        return client
    client = socket.create_connection(("127.0.0.1", endpoint), timeout=5)
    return tls.wrap_socket(client, server_hostname="127.0.0.1") if tls else client


def candidates(case):
    """The words that may be the server's password: it may end in a vertical tab, which is no blank
    at the end of a word."""
    return [word + end for word in reversed(case.passwords) for end in ("", "\v")]


def settings_of(server, case, tls):
    """What the server took of the configuration: CONFIG GET *, by name."""
    for endpoint in endpoints(server.pid):
        for context in (None, tls):
            for password in (None, *candidates(case)):
                with (
                    contextlib.suppress(Refused, OSError, ValueError),
                    connected(server.pid, endpoint, context) as client,
                    client.makefile("rwb") as stream,
                ):
                    if password is not None:
                        ask(stream, "AUTH", password)
                    words = ask(stream, "CONFIG", "GET", "*")
                    return dict(zip(map(bytes.decode, words[::2]), words[1::2], strict=True))
    raise AssertionError(f"no client gets in\n{case}")


def start_and_ask(command, case, home, tls):
    """The settings of the real server; None if it exits."""
    argv = [os.fsencode(word) for word in command]
    log = home / "server.log"
    with open(log, "wb") as output:
        server = subprocess.Popen(
            argv, cwd=home / "work", stdin=subprocess.PIPE, stdout=output, stderr=output
        )
    try:
        with contextlib.suppress(BrokenPipeError):
            server.stdin.write(case.stdin.encode("utf-8", "surrogateescape"))
            server.stdin.close()
        deadline = time.monotonic() + 20
        # It listens before it has loaded, and is ready when it says so.
        while b"eady to accept connections" not in log.read_bytes():
            if server.poll() is not None:
                return None
            assert time.monotonic() < deadline, f"{log.read_text()}\n{case}"
            time.sleep(0.005)
        return settings_of(server, case, tls)
    finally:
        server.kill()
        server.wait()


# The campaign -------------------------------------------------------------------------------------


def expected(settings):
    """What the sidecar prints of the same settings."""
    values = {name: escaped(settings[name]) for name in TEXTS}
    directory = Path(os.fsdecode(settings["dir"]))
    sock = settings["unixsocket"]
    return values | {
        "dir": escaped(os.fsencode(directory.resolve())),
        "unixsocket": escaped(os.path.realpath(os.path.join(os.fsencode(directory), sock)))
        if sock
        else "",
        "requirepass": "yes" if settings["requirepass"] else "no",
        "sentinel": "no",
    }


def redacted(values, passwords):
    for password in passwords:
        values = {name: text.replace(password, "***") for name, text in values.items()}
    return values


def program():
    """The server by its own name: redis-server may be a link to valkey-server."""
    real = Path(need("redis-server")).resolve().name
    return "valkey-server" if "valkey" in real else "redis-server"


def is_odd_argument(case):
    """Valkey 8.1.1 does not escape quotes in arguments that are values."""
    values = [word for word in case.command if not word.startswith("--")]
    return program() == "valkey-server" and any(set('"\\') & set(word) for word in values)


def judge(tally, case, theirs, home):
    said = (home / "server.log").read_text(errors="replace")
    if not theirs and ("not known" in said or "name resolution" in said):
        tally.add("a host name that has no address")
        return
    command = [program(), *case.command]
    options = {"cwd": home / "work"}
    ours = read_settings("redis", command, **options)
    tally.add("cases", "accepted" if theirs else "rejected", *case.features)
    if not theirs:
        if ours.is_certain:
            tally.disagree(case, f"the server rejects it, the sidecar does not: {said[-300:]}")
        return
    refused = refusals("redis", command, **options)
    if refused:
        tally.disagree(case, f"the server takes it, the sidecar refuses to start it: {refused}")
    if case.is_unknowable or is_odd_argument(case):
        if ours.is_certain:
            tally.disagree(case, "the sidecar cannot know this")
    elif not ours.is_certain:
        tally.disagree(case, f"the server takes it, the sidecar doubts it: {ours.doubts}")
    elif redacted(expected(theirs), case.passwords) != ours.values:
        wanted = redacted(expected(theirs), case.passwords)
        differences = {
            name: (wanted[name], ours.values.get(name))
            for name in wanted
            if wanted[name] != ours.values.get(name)
        }
        tally.disagree(case, f"server and sidecar: {differences}")


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """The directives of this server, with their values."""
    home = tmp_path_factory.mktemp("known")
    port = free_port()
    with running([need("redis-server"), "--port", str(port)], home / "log", cwd=home):

        def settings():
            with (
                contextlib.suppress(OSError, Refused),
                socket.create_connection(("127.0.0.1", port), timeout=5) as client,
                client.makefile("rwb") as stream,
            ):
                words = ask(stream, "CONFIG", "GET", "*")
                return dict(
                    zip(map(bytes.decode, words[::2]), map(bytes.decode, words[1::2]), strict=True)
                )

        return wait_until(settings, "the server tells its settings")


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    """The options of a server with TLS, and a client's context."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    certificate, key = map(str, authority.issue("redis", "IP:127.0.0.1"))
    context = ssl.create_default_context(cafile=authority.ca)
    context.load_cert_chain(certificate, key)
    files = {"cert": certificate, "key": key, "ca-cert": str(authority.ca)}
    options = [word for name, path in files.items() for word in (f"--tls-{name}-file", path)]
    return options, context


@pytest.mark.parametrize("seed", batches())
def test_redis_server_and_the_sidecar_read_the_same(seed, known, tls, tmp_path, record_property):
    tally = Tally(record_property, "redis-server's configuration")
    options, context = tls
    for number in range(BATCH):
        home = tmp_path / str(number)
        make_home(home)
        case = Grammar(f"{seed}-{number}", home, known, free_port, options).finish()
        theirs = start_and_ask([need("redis-server"), *case.command], case, home, context)
        judge(tally, case, theirs, home)
        shutil.rmtree(home)
    tally.end()
