"""`make cortex-run-dev`: what it says when something is missing, and that what runs there reaches
all three services by the names of the network."""

import contextlib
import json
import subprocess
import urllib.error
import urllib.request

import pytest

from support.stack import OWN, ROOT, docker, free_ports, run, wait_until

# Stands in for cortex, whose image is not of this project: asks each address that it was given
# whether somebody listens.
STAND_IN = r"""FROM arc-toolchain:dev
COPY <<'END' /cortex.py
import http.server, json, os, socket, urllib.parse
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = {name: value for name, value in os.environ.items() if name.startswith("CORTEX_BOOTSTRAP_")}
        found["reached"] = [self.reached(found["CORTEX_BOOTSTRAP_" + name], port) for name, port in
                            (("NATS_URL", 4222), ("PULSAR_ADMIN_URL", 8080), ("PULSAR_SERVICE_URL", 6650), ("REDIS_HOST", 6379))]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(found).encode())
    def reached(self, where, port):
        where = urllib.parse.urlsplit(where if "//" in where else "//" + where)
        with socket.create_connection((where.hostname, where.port or port), timeout=5):
            return where.hostname
http.server.ThreadingHTTPServer(("", 8081), Handler).serve_forever()
END
ENTRYPOINT ["python3", "/cortex.py"]
"""


@pytest.fixture(scope="module")
def image():
    name = f"{OWN}-cortex"
    run("docker", "build", "--quiet", "--tag", name, "-", stdin=STAND_IN)
    yield name
    docker("image", "rm", "--force", name, check=False)


@pytest.fixture
def cortex(running, image):
    """Runs it beside the stack; gives its port on the host."""
    port = free_ports(1)[0]
    environment = running.environment(
        CORTEX_IMAGE=image, ARC_CORTEX_PORT=str(port), CORTEX_BOOTSTRAP_POSTGRES_HOST="db.example"
    )
    process = subprocess.Popen(
        ["make", "--no-print-directory", "cortex-run-dev"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process, port
    finally:
        docker("rm", "--force", running.prefix + "arc-cortex", check=False)
        process.communicate(timeout=60)


def answer(port):
    with (
        contextlib.suppress(urllib.error.URLError, ConnectionError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health/deep", timeout=20) as reply,
    ):
        return json.load(reply)


def test_it_reaches_all_three_and_ends_with_its_container(cortex, running):
    process, port = cortex
    found = wait_until(lambda: answer(port), "an answer on the host's port", 60)
    assert found["reached"] == ["arc-messaging", "arc-streaming", "arc-streaming", "arc-cache"]
    assert found["CORTEX_BOOTSTRAP_POSTGRES_HOST"] == "db.example", (
        "a variable of the caller's goes first"
    )
    docker("stop", "--time", "1", running.prefix + "arc-cortex")
    wait_until(lambda: process.poll() is not None, "the end of make", 30)


def test_without_an_image_it_says_which_variable(running):
    result = running.make("cortex-run-dev", check=False, CORTEX_IMAGE="")
    assert result.returncode != 0 and "CORTEX_IMAGE is not set" in result.stderr, result.stderr


def test_without_the_services_it_says_what_to_start(running, image):
    result = running.make(
        "cortex-run-dev", check=False, CORTEX_IMAGE=image, ARC_PREFIX="e2enothing-"
    )
    assert result.returncode != 0 and "make messaging-up first" in result.stderr, result.stderr


def test_with_a_service_that_is_not_fit_it_does_not_start(running, image):
    running.execute("sonic", "redis-cli", "config", "set", "appendonly", "no")
    try:
        result = running.make("cortex-run-dev", check=False, CORTEX_IMAGE=image)
        assert result.returncode != 0 and "not all three services are healthy" in result.stderr, (
            result.stderr
        )
    finally:
        running.execute("sonic", "redis-cli", "config", "set", "appendonly", "yes")
