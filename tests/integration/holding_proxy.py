"""An HTTP proxy in front of a real server that withholds the answers to some requests, and counts them."""

import contextlib
import http.client
import http.server
import threading


class HoldingProxy(http.server.ThreadingHTTPServer):
    """Forwards to `target`, but where `holds(method, path)` no answer comes. With `deliver` such a request reaches the server all the same."""

    daemon_threads = True

    def __init__(self, target, holds, deliver=False):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.holds = holds
        self.deliver = deliver
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.held = 0
        self.under_way = 0
        self.most_under_way = 0

    @property
    def port(self):
        return self.server_address[1]

    def enter(self):
        with self.lock:
            self.held += 1
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)

    def leave(self):
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
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "text/plain")

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        if self.server.holds(self.command, self.path):
            self.server.enter()
            try:
                if self.server.deliver:
                    self.forward(body)
                self.server.released.wait(60)
            finally:
                self.server.leave()
            self.close_connection = True
            return
        status, text, kind = self.forward(body)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_PUT = handle_one


@contextlib.contextmanager
def holding_proxy(target, holds, deliver=False):
    server = HoldingProxy(target, holds, deliver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
