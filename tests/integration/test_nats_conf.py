"""Real nats-servers are started with random configurations, and `preflight --show` must read of each
what its server took. ARC_NATS_CONF_COUNT and ARC_NATS_CONF_SEED choose others."""

import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request

from support.certificates import Authority
from support.nats_conf import FEATURES, Generator
from support.servers import need, run_sidecar

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


def start_and_ask(case, directory, base_path):
    """What a server took, as preflight shows it, or Refused. Its monitor must answer at
    `base_path`."""
    environment = {"PATH": os.environ["PATH"], "TMPDIR": f"{directory}/tmp"} | case.environment
    log = directory / "log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [need("nats-server"), *case.arguments],
            cwd=directory,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while "Server is ready" not in log.read_text(errors="replace"):
            if process.poll() is not None:
                return Refused(log.read_text(errors="replace"))
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.005)
        return told_by(log.read_text(errors="replace"), directory, base_path)
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
        # as the sidecar prints it
        took["store"] = re.sub(r"[\t\n\r]", lambda match: repr(match[0])[1:-1], path)
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


def read_by_preflight(case, directory):
    """What the sidecar reads, or None where it does not know."""
    result = run_sidecar(
        *("preflight", "--show", "--service", "nats", "--", "nats-server", *case.arguments),
        env={"TMPDIR": f"{directory}/tmp"} | case.environment,
        cwd=directory,
    )
    if result.returncode == 78:
        assert result.stderr.startswith("arc-sidecar preflight: "), result.stderr
        return None
    assert result.returncode == 0, result
    return dict(line.split(": ", 1) for line in result.stdout.splitlines())


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
    for path, text in case.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(text.encode())
    (directory / "tmp").mkdir()
    read = read_by_preflight(case, directory)
    base_path = re.sub(r"^\w+://[^/]*|^off$", "", (read or {}).get("monitor", ""))
    took = start_and_ask(case, directory, base_path)
    return took, read, disagreement(case, took, read)


def compare(count, seed, directory):
    authority = Authority(directory / "ca")
    pair = authority.issue("monitor", "IP:127.0.0.1", "IP:::1", "DNS:localhost")
    generator = Generator(seed, directory, pair)
    cases = [generator.case() for _ in range(count)]
    used, outcomes, wrong = collections.Counter(), collections.Counter(), []

    def one(number, case):
        here = directory / str(number)
        here.mkdir()
        return case, *compare_one(case, here)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for case, took, read, why in pool.map(one, range(count), cases):
            used.update(case.features)
            outcomes["refused" if isinstance(took, Refused) else "accepted"] += 1
            outcomes["not read"] += read is None
            outcomes["accepted, not read"] += read is None and not isinstance(took, Refused)
            if why:
                wrong.append(f"{why}\n{case}\n{took if isinstance(took, Refused) else ''}")
    print(f"seed {seed}, {count} configurations: {dict(outcomes)}, {len(wrong)} disagreements")
    print(f"features: {dict(sorted(used.items()))}")
    assert not wrong, "\n\n".join(wrong[:5])
    return used


def test_preflight_reads_what_the_server_takes(tmp_path, capsys):
    count = int(os.environ.get("ARC_NATS_CONF_COUNT", "400"))
    seed = os.environ.get("ARC_NATS_CONF_SEED") or random.randrange(10**9)
    with capsys.disabled():
        used = compare(count, int(seed), tmp_path)
    if count >= 2000:
        assert set(FEATURES) <= set(used), set(FEATURES) - set(used)
