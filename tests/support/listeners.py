"""Everything that may listen on a port: the servers with and without TLS, at their limits, other
services, and peers that say nothing or close."""

import contextlib
import dataclasses
import socket
import struct

from support.nats_tools import nats_server
from support.servers import (
    accepts,
    answering_port,
    free_port,
    need,
    redis_cli,
    redis_server,
    running,
    silent_port,
    talking_port,
    wait_until,
)


@dataclasses.dataclass(frozen=True)
class Listener:
    """`speaks`: "nats", "redis", "http", "ssh" or "" (nothing). `tls`: "", "tls", or "first" (the
    handshake comes before the server's own greeting)."""

    port: int
    speaks: str = ""
    tls: str = ""
    limit: bool = False  # it has as many clients as it accepts
    closes: bool = False  # it accepts connections and closes them
    monitor: int = 0  # of a nats-server


def _tls(authority, cert, key, *more):
    lines = [f'cert_file: "{cert}"', f'key_file: "{key}"', f'ca_file: "{authority.ca}"', *more]
    return "tls { " + ", ".join(lines) + " }\n"


def _redis_with_tls(directory, authority, cert, key):
    directory.mkdir(parents=True)
    port = free_port()
    argv = [need("redis-server"), "--port", "0", "--tls-port", str(port), "--tls-cert-file"]
    argv += [str(cert), "--tls-key-file", str(key), "--tls-ca-cert-file", str(authority.ca)]
    argv += ["--tls-auth-clients", "no", "--dir", str(directory), "--save", ""]
    argv += ["--appendonly", "yes", "--maxmemory", "512mb"]
    return port, running(argv, directory / "redis.log", cwd=directory)


def _reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _only_client(port):
    """A connection that Redis accepted, or None while it still has another client."""
    client = socket.create_connection(("127.0.0.1", port))
    with contextlib.suppress(OSError):
        client.sendall(b"PING\r\n")
        if client.recv(64).startswith(b"+PONG"):
            return client
    client.close()
    return None


def _only_client(port):
    """A client of nats-server, or None while the server still counts an earlier one."""
    client = socket.create_connection(("127.0.0.1", port))
    with contextlib.suppress(OSError):
        client.sendall(b"CONNECT {}\r\nPING\r\n")
        answer = b""
        while part := client.recv(4096):
            answer += part
            if b"PONG" in answer:
                return client
    client.close()
    return None


@contextlib.contextmanager
def listeners(directory, authority):
    """One of each kind, by name."""
    cert, key = authority.issue("listener", "IP:127.0.0.1", "DNS:localhost")
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context

        def nats(name, conf="", **more):
            server = enter(nats_server(directory / name, conf=conf, **more))
            return server.port, server.monitor

        found = {"closed": Listener(free_port())}
        found["silent"] = Listener(enter(silent_port()))
        found["closes"] = Listener(enter(answering_port(lambda _: None)), closes=True)
        found["resets"] = Listener(enter(answering_port(_reset)), closes=True)
        found["hears-and-closes"] = Listener(enter(talking_port(b"")))
        found["ssh"] = Listener(
            enter(talking_port(b"SSH-2.0-OpenSSH_9.2p1\r\n", listen_first=False)), "ssh"
        )

        port, monitor = nats("plain")
        found["nats"] = Listener(port, "nats", monitor=monitor)
        found["http"] = Listener(monitor, "http")
        https = free_port()
        conf = _tls(authority, cert, key) + f"https: 127.0.0.1:{https}\n"
        port, _ = nats("tls", conf, monitor=0)
        found["nats-tls"] = Listener(port, "nats", "tls")
        found["https"] = Listener(https, "http", "first")
        port, monitor = nats("tls-first", _tls(authority, cert, key, "handshake_first: true"))
        found["nats-tls-first"] = Listener(port, "nats", "first", monitor=monitor)
        port, monitor = nats("full", "max_connections: 1\n")
        enter(wait_until(lambda: _only_client(port), "the only client is connected"))
        found["nats-full"] = Listener(port, "nats", limit=True, monitor=monitor)

        port = enter(redis_server(directory / "redis")).port
        found["redis"] = Listener(port, "redis")
        port, process = _redis_with_tls(directory / "redis-tls", authority, cert, key)
        enter(process)
        wait_until(lambda: accepts(port), "redis-server listens")
        found["redis-tls"] = Listener(port, "redis", "first")
        port = enter(redis_server(directory / "redis-full")).port
        assert redis_cli(port, "CONFIG", "SET", "maxclients", "1") == "OK"
        enter(wait_until(lambda: _only_client(port), "the only client is connected"))
        found["redis-full"] = Listener(port, "redis", limit=True)
        yield found
