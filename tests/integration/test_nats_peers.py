"""What the sidecar says about each kind of peer on the client port, for each way to connect. Each
setting that an answer names is then set."""

import contextlib
import ssl
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from support.certificates import Authority
from support.nats_tools import nats_server
from support.servers import (
    answering_port,
    first_line,
    free_port,
    redis_server,
    run_sidecar,
    silent_port,
)

PLAIN, TLS, TLS_FIRST = "plain", "tls", "tls-first"
TLS_FIRST_NEEDED = "expects a TLS handshake first, so set ARC_NATS_TLS_FIRST=true"
NO_TLS = "does not offer TLS"
NOT_FIRST = "sends its INFO before the TLS handshake, so set ARC_NATS_TLS_FIRST=false"
NOT_NATS = "does not speak NATS"
HTTP = "speaks HTTP, not NATS"
SILENT = "did not answer within"
CLOSED = "accepted the connection and closed it"

# For each peer: is it live, and the text for a client that begins plain, that requires TLS after
# INFO, and that begins with TLS. Empty: the client is let in.
PEERS = {
    "nats": (True, {PLAIN: "", TLS: NO_TLS, TLS_FIRST: NOT_FIRST}),
    "nats with TLS": (True, {PLAIN: "", TLS: "", TLS_FIRST: NOT_FIRST}),
    "nats with TLS first": (True, {PLAIN: TLS_FIRST_NEEDED, TLS: TLS_FIRST_NEEDED, TLS_FIRST: ""}),
    "http": (True, {PLAIN: HTTP, TLS: HTTP}),
    "https": (True, {PLAIN: TLS_FIRST_NEEDED, TLS: TLS_FIRST_NEEDED}),
    "redis": (True, {PLAIN: NOT_NATS, TLS: NOT_NATS}),
    "silent": (False, {PLAIN: SILENT, TLS: SILENT, TLS_FIRST: "TLS handshake within"}),
    "closing": (False, {PLAIN: CLOSED, TLS: CLOSED}),
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


class Server(HTTPServer):
    def handle_error(self, *_):
        """A failed handshake is no error of the test."""


@contextlib.contextmanager
def web(certificate=None):
    server = Server(("127.0.0.1", 0), Page)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def nats(directory, certificate=None, first=False):
    conf = ""
    if certificate:
        options = "handshake_first: true" if first else ""
        conf = f'tls {{ cert_file: "{certificate[0]}", key_file: "{certificate[1]}", {options} }}'
    with nats_server(directory, conf=conf) as server:
        yield server.port


@contextlib.contextmanager
def peer(kind, directory):
    authority = Authority(directory / "ca")
    certificate = authority.issue("peer", "IP:127.0.0.1")
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(
            {
                "nats": lambda: nats(directory),
                "nats with TLS": lambda: nats(directory, certificate),
                "nats with TLS first": lambda: nats(directory, certificate, first=True),
                "http": web,
                "https": lambda: web(certificate),
                "redis": lambda: redis(directory),
                "silent": silent_port,
                "closing": lambda: answering_port(lambda connection: None),
            }[kind]()
        )
        yield port, {"ARC_NATS_CA_FILE": str(authority.ca)}


@contextlib.contextmanager
def redis(directory):
    with redis_server(directory / "redis") as server:
        yield server.port


def client(how, port):
    return {
        "ARC_NATS_URL": f"{'tls' if how == TLS else 'nats'}://127.0.0.1:{port}",
        "ARC_NATS_TLS_FIRST": str(how == TLS_FIRST),
        "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
    }


@pytest.mark.parametrize("kind", PEERS)
def test_the_cause_is_the_peer(tmp_path, kind):
    live, texts = PEERS[kind]
    with peer(kind, tmp_path) as (port, trusted):
        for how, text in texts.items():
            env = client(how, port) | trusted
            said = run_sidecar("check", "nats", "--timeout", "2s", env=env)
            assert (text or " is missing. Run") in first_line(said), (how, said.stdout)
            alive = run_sidecar("check", "nats", "--live", "--timeout", "2s", env=env)
            assert alive.returncode == (0 if live else 1), (how, alive.stdout)
