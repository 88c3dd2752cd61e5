"""nats-server and the sidecar read the same configuration and command line, and must agree on what
the sidecar uses."""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from differential.campaign import BATCH, Tally, batches, escaped, read_settings
from differential.nats_grammar import FEATURES, Generator
from support.certificates import Authority
from support.servers import need

# Names of settings that the sidecar reads, in a message of the server.
READ = {
    *[
        "port",
        "host",
        "net",
        "listen",
        "server_name",
        "http",
        "https",
        "http_port",
        "monitor_port",
        "https_port",
    ],
    *["http_base_path", "tls", "store_dir", "storedir", "store", "jetstream", "enable", "enabled"],
    *["max_memory_store", "max_mem_store", "max_mem", "max_file_store", "max_file"],
}
# Errors of the server that are about the file as a whole, or about what the sidecar reads.
OF_GRAMMAR = re.compile(
    r"Parse error|variable reference|error parsing include|error opening|is invalid|out of the range"
    r"|Duplicate 'store_dir'|max_(mem|file)_store |expected '?enabled|JetStream, got|invalid port|TLS cert"
    r"|can't specify both|flag provided|flag needs|invalid value|invalid boolean|unrecognized",
    re.I,
)


class Refused(str):
    """What the server wrote before it exited."""


def written(log):
    return log.read_bytes().decode("utf-8", "surrogateescape")


def start_and_ask(case, directory, environment, base_path):
    """What a server took, as preflight shows it, or Refused. Its monitor must answer at
    `base_path`."""
    log = directory / "log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [need("nats-server"), *case.arguments],
            cwd=directory,
            env={"PATH": os.environ["PATH"]} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while "Server is ready" not in written(log):
            if process.poll() is not None:
                return Refused(written(log))
            assert time.monotonic() < deadline, written(log)
            time.sleep(0.005)
        return told_by(written(log), directory, base_path)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def told_by(log, directory, base_path):
    def found(pattern):
        match = re.search(rf"\[INF\] +{pattern}", log)
        return match and match[1]

    name = found(r"Name: +(.*)")
    took = {
        "client": f"nats://{found(r'Listening for client connections on (.*)')}",
        "tls": "yes" if "TLS required for client connections" in log else "no",
        "monitor": "off",
        "store": "none",
        "server_name": "" if name == found(r"ID: +(.*)") else name,
    }
    if store := re.search(r'Store Directory: "(.*?)"\n', log, re.S):
        path = os.path.normpath(os.path.join(directory, store[1]))
        took["store"] = escaped(path.encode("utf-8", "surrogateescape"))
    if monitor := re.search(r"Starting (https?) monitor on (.*)", log):
        took["monitor"] = f"{monitor[1]}://{monitor[2]}{base_path}"
        varz = ask_varz(took["monitor"].replace("0.0.0.0", "127.0.0.1"))
        if varz is None:
            took["monitor"] += ": not there"
        else:
            jetstream = varz.get("jetstream", {}).get("config", {})
            took["max_memory_store"] = jetstream.get("max_memory")
    return took


def ask_varz(monitor):
    """None where the monitor has another base path."""
    trusting = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(f"{monitor}/varz", timeout=20, context=trusting) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return None


# A duration such as 4m0s without quotes, which only servers since 2.15.2 accept.
NEWER = re.compile(r"\d[kmgtpe][bi]*\d", re.I)


def is_about_what_is_read(refusal, case):
    """Whether the server's error is about something that the sidecar reads."""
    if OF_GRAMMAR.search(re.sub('unknown field ".*"', "", refusal)):
        return True
    for path, line in re.findall(
        r"([\w./ ]+\.conf):(\d+):\d+: (?!.*unknown field|error parsing X509)", refusal
    ):
        lines = case.files.get(os.path.normpath(path), "").split("\n")
        key = (
            re.match(r"[\s\"'{,;]*([\w]+)", lines[int(line) - 1])
            if int(line) <= len(lines)
            else None
        )
        # `jetstream` also stands for a value deep in its map.
        deep = key and key[1].lower() == "jetstream" and "interface conversion" in refusal
        if key and key[1].lower() in READ and not deep:
            return True
    return False


def disagreement(case, took, read):
    """What is wrong, or None."""
    if isinstance(took, Refused):
        newer = "but got '0' instead" in took and any(map(NEWER.search, case.files.values()))
        if read is None or newer or (case.mutated and not is_about_what_is_read(took, case)):
            return None
        return f"the server refuses, the sidecar reads {read}"
    if read is None:
        return (
            None if case.mutated or case.ambiguous else "the server accepts, the sidecar does not"
        )
    limit = took.pop("max_memory_store", None)
    if (
        limit is not None
        and int(read["max_memory_store"]) > 0
        and limit != int(read["max_memory_store"])
    ):
        return f"max_memory {limit}, read as {read['max_memory_store']}"
    wrong = {name: (took[name], read[name]) for name in took if took[name] != read[name]}
    return f"server and sidecar: {wrong}" if wrong else None


def compare_one(case, directory):
    """What the server took, whether the sidecar knows, and what is wrong."""
    for path, text in case.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(text.encode())
    (directory / "tmp").mkdir()
    environment = {"TMPDIR": f"{directory}/tmp"} | case.environment
    command = ["nats-server", *case.arguments]
    shown = read_settings(
        "nats", command, env={"PATH": os.environ["PATH"]} | environment, cwd=directory
    )
    read = shown.values if shown.is_certain else None
    base_path = re.sub(r"^\w+://[^/]*|^off$", "", (read or {}).get("monitor", ""))
    took = start_and_ask(case, directory, environment, base_path)
    return took, read is not None, disagreement(case, took, read)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A certificate and its key."""
    authority = Authority(tmp_path_factory.mktemp("ca"))
    return authority.issue("monitor", "IP:127.0.0.1", "IP:::1", "DNS:localhost")


@pytest.mark.parametrize("seed", batches())
def test_nats_server_and_the_sidecar_read_the_same(seed, pair, tmp_path, record_property):
    tally = Tally(record_property, "nats-server's configuration")
    tally.counts.update(dict.fromkeys(FEATURES, 0))
    generator = Generator(seed, tmp_path, pair)
    for number in range(BATCH):
        case = generator.case()
        home = tmp_path / str(number)
        home.mkdir()
        took, known, wrong = compare_one(case, home)
        refused = isinstance(took, Refused)
        tally.add(
            *case.features,
            f"{'refused' if refused else 'accepted'}, {'' if known else 'not '}known",
        )
        if wrong:
            tally.disagree(case, f"{wrong}\n{took if refused else ''}")
        shutil.rmtree(home)
    tally.end()
