"""An HTTP proxy in front of a real server that treats some requests oddly: withholds the answer, or
gives another one."""

import contextlib
import dataclasses
import http.client
import http.server
import threading


@dataclasses.dataclass
class Odd:
    """What happens to a request: with `deliver` the server gets it; then `status` and `text` are
    answered, or, without a status, nothing. `location` is the port of a redirect to the same
    path."""

    status: int = 0
    text: str = ""
    deliver: bool = False
    location: int = 0


class OddProxy(http.server.ThreadingHTTPServer):
    """Forwards to `target` what `rule(method, path)` gives no Odd for, and counts the rest."""

    daemon_threads = True

    def __init__(self, target, rule):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.rule = rule
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.odd = 0
        self.under_way = 0
        self.most_under_way = 0

    @property
    def port(self):
        return self.server_address[1]

    @contextlib.contextmanager
    def counted(self):
        with self.lock:
            self.odd += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            yield
        finally:
            with self.lock:
                self.under_way -= 1

    def handle_error(self, request, client_address):
        """A client that leaves early is what these tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        with contextlib.closing(connection):
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in ("host", "content-length")
            }
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def reply(self, status, text, location=0):
        self.send_response(status)
        if location:
            self.send_header("Location", f"http://127.0.0.1:{location}{self.path}")
        if status != 204:
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def treat(self, odd, body):
        with self.server.counted():
            if odd.deliver:
                self.forward(body)
            if odd.status:
                self.reply(odd.status, odd.text.encode(), odd.location)
                return
            self.server.released.wait(60)
            self.close_connection = True

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        odd = self.server.rule(self.command, self.path)
        if odd:
            self.treat(odd, body)
        else:
            self.reply(*self.forward(body))

    do_GET = do_PUT = do_POST = handle_one


@contextlib.contextmanager
def odd_proxy(target, rule):
    server = OddProxy(target, rule)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
