"""A real nats-server, and a NATS client of our own that is small enough to be trusted by a test."""

import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request

from support.servers import accepts, free_port, need, running, wait_until


@contextlib.contextmanager
def nats_server(
    directory,
    *options,
    port=None,
    monitor=None,
    jetstream=True,
    conf=None,
    store=None,
    host="127.0.0.1",
    ready=True,
):
    """nats-server with its store in `directory`/data. Yields the process, with .port and .monitor;
    monitor=0 starts it without that port."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    monitor = free_port() if monitor is None else monitor
    argv = [need("nats-server"), "-a", host, "-p", str(port), "-n", "test"]
    argv += ["-m", str(monitor)] if monitor else []
    argv += ["-js", "-sd", str(store or directory / "data")] if jetstream else []
    if conf is not None:
        (directory / "nats.conf").write_text(conf)
        argv += ["-c", str(directory / "nats.conf")]
    log = directory / "nats.log"
    with running([*argv, *map(str, options)], log, cwd=directory) as process:
        process.port, process.monitor, process.log = port, monitor, log
        if ready:
            wait_until(
                lambda: (
                    accepts(port, "::1" if host == "::1" else "127.0.0.1")
                    or process.poll() is not None
                ),
                "nats-server listens",
            )
            assert process.poll() is None, log.read_text()
        yield process


def nats_env(server, **more):
    """The environment that points the sidecar at this server."""
    monitor = server.monitor or free_port()
    return {
        "ARC_NATS_URL": f"127.0.0.1:{server.port}",
        "ARC_NATS_MONITOR_URL": f"127.0.0.1:{monitor}",
        "ARC_NATS_MIN_FREE": "1mb",
    } | more


def declare(path, *streams):
    """A configuration file with these streams (dictionaries), for ARC_CONFIG."""
    lines = []
    for stream in streams:
        lines.append("[[nats.stream]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in stream.items()]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def http_get(port, path):
    """Status and JSON of the monitoring port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@contextlib.contextmanager
def half_a_server(*lines):
    """A peer that says the first line, each further one after it has heard something, and then
    nothing for as long as it lives."""
    with socket.socket() as listener, contextlib.ExitStack() as connections:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        listener.settimeout(30)

        def serve():
            with contextlib.suppress(OSError):
                connection = connections.enter_context(listener.accept()[0])
                connection.settimeout(30)
                for number, line in enumerate(lines):
                    if number > 0:
                        connection.recv(4096)
                    connection.sendall(line)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@contextlib.contextmanager
def scripted_server(answers):
    """A server that gives the requests on each subject the listed answers, one after the other; the
    last one stays. An object is the body of a message, bytes are sent as they are: another line of
    the protocol, or nothing. Other subjects get the answer of $JS.API.INFO without limits."""
    with socket.socket() as listener, contextlib.ExitStack() as connections:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(30)

        def serve():
            with contextlib.suppress(OSError):
                connection = connections.enter_context(listener.accept()[0])
                connection.settimeout(30)
                connection.sendall(
                    b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576}\r\n'
                )
                for line in connection.makefile("rb"):
                    words = line.split()
                    if words[:1] == [b"PING"]:
                        connection.sendall(b"PONG\r\n")
                    elif words[:1] == [b"PUB"]:
                        script = answers.get(words[1].decode(), [{"limits": {}}])
                        answer = script.pop(0) if len(script) > 1 else script[0]
                        body = json.dumps(answer).encode() if isinstance(answer, dict) else b""
                        connection.sendall(
                            b"MSG %s 1 %d\r\n%s\r\n" % (words[2], len(body), body)
                            if body
                            else answer
                        )

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


class Nats:
    """One connection: PUB, SUB and requests, enough for the JetStream API."""

    def __init__(self, port, **credentials):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._file = self._socket.makefile("rb")
        self._next = 0
        assert self._file.readline().startswith(b"INFO ")
        self._send(
            "CONNECT "
            + json.dumps(
                {"verbose": False, "headers": True, "no_responders": True, "name": "test"}
                | credentials
            )
        )
        self._send("SUB _TEST.* 1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()

    def _send(self, line, payload=None):
        data = line.encode() + b"\r\n" + (b"" if payload is None else payload + b"\r\n")
        self._socket.sendall(data)

    def _message(self):
        while True:
            words = self._file.readline().split()
            assert words, "the server ended the connection"
            if words[0] == b"PING":
                self._send("PONG")
            elif words[0] in (b"MSG", b"HMSG"):
                body = self._file.read(int(words[-1]))
                self._file.read(2)
                return words[1].decode(), body
            elif words[0] == b"-ERR":
                raise AssertionError(b" ".join(words).decode())

    def request(self, subject, payload=b""):
        """The answer to one request, as bytes."""
        self._next += 1
        reply = f"_TEST.{self._next}"
        self._send(f"PUB {subject} {reply} {len(payload)}", payload)
        while True:
            got, body = self._message()
            if got == reply:
                return body

    def api(self, what, body=None):
        """$JS.API.<what> with a JSON body; the answer as an object."""
        return json.loads(
            self.request(f"$JS.API.{what}", b"" if body is None else json.dumps(body).encode())
        )

    def create(self, name, subjects, **more):
        """Creates a stream; the answer must not be an error."""
        answer = self.api(f"STREAM.CREATE.{name}", {"name": name, "subjects": subjects} | more)
        assert "error" not in answer, answer
        return answer["config"]

    def config(self, name):
        """The stream's configuration, or None."""
        return self.api(f"STREAM.INFO.{name}").get("config")

    def messages(self, name):
        return self.api(f"STREAM.INFO.{name}")["state"]["messages"]

    def publish(self, subject, payload=b"x", timeout=10):
        """Publishes into a stream; the acknowledgement as an object."""
        self._socket.settimeout(timeout)
        return json.loads(self.request(subject, payload))
