"""Abusive clients of an HTTP endpoint. Plain sockets; support/overload.py runs this as a program:

    python3 abusive_clients.py HOST PORT SECONDS KIND…

Each kind is a process of its own, which goes on for SECONDS and gives up for nothing. Ends with 0
when all of them ran to the end."""

import contextlib
import multiprocessing
import resource
import socket
import ssl
import struct
import sys
import time

GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"
KINDS = {}


def kind(function):
    """Registers a kind of abuse: a function of (connect, over), which stops soon after over() is
    true."""
    KINDS[function.__name__] = function
    return function


def read_some(client):
    with contextlib.suppress(OSError):
        return client.recv(65536)
    return b""


def reset(client):
    """Closes with an RST."""
    with contextlib.suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def each_again(connect, over, count, step, pause=0.02):
    """`count` connections, each of which `step(client, number of its step)` is done with in turn;
    one that fails is made anew."""
    clients = [None] * count
    steps = [0] * count
    while not over():
        for i in range(count):
            try:
                if clients[i] is None:
                    clients[i], steps[i] = connect(), 0
                step(clients[i], steps[i])
                steps[i] += 1
            except OSError:
                if clients[i] is not None:
                    clients[i].close()
                clients[i] = None
            if over():
                break
        time.sleep(pause)


@kind
def pipelined_and_never_read(connect, over):
    """Endless requests on one connection, without reading the answers."""
    while not over():
        with contextlib.suppress(OSError), connect(receive_buffer=4096) as client:
            client.settimeout(0.5)
            while not over():
                client.sendall(GET % b"/metrics" * 3000)


@kind
def pipelined_probes(connect, over):
    """The same, the answers read."""
    while not over():
        with contextlib.suppress(OSError), connect() as client:
            while not over():
                client.sendall(GET % b"/livez" * 20)
                for _ in range(4):
                    client.recv(65536)


@kind
def idle_connections(connect, over):
    """As many as this process may have, held."""
    held = []
    while not over():
        with contextlib.suppress(OSError):
            held.append(connect())
        if len(held) > 1000:
            held.pop(0).close()
        time.sleep(0.002)


@kind
def fin_then_reset(connect, over):
    """Half closed, then reset before the answer."""
    while not over():
        with contextlib.suppress(OSError):
            client = connect()
            client.sendall(GET % b"/livez")
            client.shutdown(socket.SHUT_WR)
            reset(client)
        time.sleep(0.005)


@kind
def hasty_scrapes(connect, over):
    """Scrapers that wait for a thousandth of a second."""
    while not over():
        with contextlib.suppress(OSError), connect() as client:
            client.sendall(
                b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 0.001\r\nConnection: close\r\n\r\n"
            )
            while read_some(client):
                pass
        time.sleep(0.01)


@kind
def parallel_scrapes(connect, over):
    """Two hundred at the same time."""
    while not over():
        clients = []
        for _ in range(200):
            with contextlib.suppress(OSError):
                clients.append(connect())
                clients[-1].sendall(GET % b"/metrics")
        for client in clients:
            if not over():
                read_some(client)
            client.close()


@kind
def slow_headers(connect, over):
    def step(client, number):
        client.sendall((b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 100_000)[number : number + 1])

    each_again(connect, over, 60, step, 0.1)


@kind
def slow_bodies(connect, over):
    def step(client, number):
        client.sendall(
            b"POST /varz HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
            if number == 0
            else b"x" * 500
        )

    each_again(connect, over, 60, step, 0.1)


@kind
def slow_readers(connect, over):
    def step(client, number):
        if number == 0:
            client.sendall(GET % b"/metrics")
        else:
            client.recv(1)

    each_again(lambda: connect(receive_buffer=2048), over, 60, step, 0.1)


@kind
def connection_storm(connect, over):
    """Connections that say nothing and go at once, half of them with a reset."""
    number = 0
    while not over():
        number += 1
        with contextlib.suppress(OSError):
            client = connect()
            reset(client) if number % 2 else client.close()


@kind
def request_storm(connect, over):
    """A connection for each request."""
    paths = [b"/livez", b"/readyz", b"/startupz", b"/metrics", b"/", b"/nothing"]
    number = 0
    while not over():
        number += 1
        with contextlib.suppress(OSError), connect() as client:
            client.sendall(GET % paths[number % len(paths)])
            client.recv(65536)


def one_after_the_other(connect, over, requests):
    """Each over a connection of its own, again and again."""
    number = 0
    while not over():
        number += 1
        with contextlib.suppress(OSError), connect() as client:
            client.sendall(requests[number % len(requests)])
            read_some(client)
        time.sleep(0.005)


OVERSIZED = [
    b"GET /metrics HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 200_000,
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50_000,
    b"POST /varz HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 200_000,
    b"POST /varz HTTP/1.1\r\nContent-Length: 65536\r\n\r\n" + b"x" * 65_536,
    b"POST /varz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"ffff\r\n" + b"x" * 65_535,
]


@kind
def oversized(connect, over):
    one_after_the_other(connect, over, OVERSIZED)


MALFORMED = [
    b"\r\n\r\n",
    b"nonsense\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    b"\x00" * 5000,
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@kind
def malformed(connect, over):
    one_after_the_other(connect, over, MALFORMED)


@kind
def tls_handshakes(connect, over):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    while not over():
        with contextlib.suppress(OSError), connect() as client, context.wrap_socket(client):
            pass
        time.sleep(0.02)


@kind
def monitor_through_the_proxy(connect, over):
    """What costs a nats-server most; elsewhere these paths are nothing."""
    paths = [
        b"/jsz?consumers=true&config=true&raft=true",
        b"/connz?limit=65536&subs=detail",
        b"/subsz?subs=1&limit=65536",
        b"/stacksz",
        b"/varz",
    ]

    def step(client, number):
        client.sendall(GET % paths[number % len(paths)])
        client.settimeout(0.05)
        read_some(client)

    each_again(connect, over, 40, step, 0.005)


def run(name, host, port, seconds):
    with contextlib.suppress(ValueError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    end = time.monotonic() + seconds

    def connect(receive_buffer=None):
        client = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            client.settimeout(0.5)
            client.connect((host, port))
        except OSError:
            client.close()
            raise
        return client

    KINDS[name](connect, lambda: time.monotonic() >= end)


def main():
    host, port, seconds, names = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    processes = [
        multiprocessing.Process(target=run, args=(name, host, port, seconds), daemon=True)
        for name in names or KINDS
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(seconds + 20)
    sys.exit(0 if all(process.exitcode == 0 for process in processes) else 1)


if __name__ == "__main__":
    main()
