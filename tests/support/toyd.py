"""The server of the toy service (tests/toy_service): answers lines, also for its cluster."""

import contextlib
import socket
import ssl
import threading

from support.ports import free_port


class Toyd:
    """Answers each line, by TLS if it has a certificate. `answers` are those of its cluster;
    `asked` are the questions about it; `hangs` is the question that gets no answer."""

    def __init__(self, jobs=3, certificate=None):
        self.jobs = jobs
        self.port = free_port()
        self.answers = {"MAY_STOP": "safe", "TAKE": "held", "RETURN": "returned", "DRAIN": "safe"}
        self.asked = []
        self.checks = 0
        self.hangs = None
        self.extra_env = {}
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(5)
        with contextlib.suppress(OSError), connection:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            connection.sendall(self._answer(connection.recv(64).decode(errors="replace")).encode())

    def _answer(self, line):
        question = line.partition(" ")[0]
        if question not in self.answers:
            self.checks += 1
            return f"toyd 1.2 jobs={self.jobs}\n"
        self.asked.append(question)
        if question == self.hangs:
            threading.Event().wait(20)
        return self.answers[question] + "\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def env(self):
        scheme = "toys" if self._context else "toy"
        url = f"{scheme}://127.0.0.1:{self.port}"
        return {"ARC_SERVICE": "toy", "ARC_TOY_URL": url} | self.extra_env
