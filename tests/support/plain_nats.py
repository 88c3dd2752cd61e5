"""A plain NATS client, of the protocol's text alone, so that what the sidecar made is read by other
code than its own."""

import contextlib
import json
import socket
import uuid


class PlainNats:
    def __init__(self, port, host="127.0.0.1", timeout=10):
        self._socket = socket.create_connection((host, port), timeout=timeout)
        self._file = self._socket.makefile("rb")
        assert self._file.readline().startswith(b"INFO ")
        self._send('CONNECT {"verbose":false,"pedantic":false,"lang":"python","version":"0"}')

    def _send(self, line, payload=None):
        data = line.encode() + b"\r\n"
        if payload is not None:
            data += payload + b"\r\n"
        self._socket.sendall(data)

    def request(self, subject, payload=b""):
        """The first reply to a request, as bytes."""
        inbox = f"_INBOX.{uuid.uuid4().hex}"
        self._send(f"SUB {inbox} 1")
        self._send("UNSUB 1 1")
        self._send(f"PUB {subject} {inbox} {len(payload)}", payload)
        while True:
            words = self._file.readline().split()
            assert words, "the server closed the connection"
            if words[0] == b"PING":
                self._send("PONG")
            elif words[0] == b"MSG":
                return self._file.read(int(words[-1]) + 2)[:-2]
            else:
                assert words[0] != b"HMSG", "no responders: JetStream is off"

    def api(self, name, payload=b""):
        return json.loads(self.request(f"$JS.API.{name}", payload))

    def close(self):
        self._file.close()
        self._socket.close()


@contextlib.contextmanager
def plain_nats(port):
    client = PlainNats(port)
    try:
        yield client
    finally:
        client.close()
