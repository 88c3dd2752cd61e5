"""Each way in which the sidecar connects, to everything that may listen on the port: the first line
names the cause, its remedy works, and a peer that talks is live."""

import dataclasses
import re

import pytest

from support.certificates import Authority
from support.listeners import listeners
from support.servers import first_line, run_sidecar

pytestmark = pytest.mark.xdist_group("listeners")

NAMES = {"nats": "NATS", "redis": "Redis", "http": "HTTP", "ssh": "SSH"}
KINDS = [
    *("closed", "silent", "closes", "resets", "hears-and-closes", "ssh", "http", "https"),
    *("nats", "nats-tls", "nats-tls-first", "nats-full", "redis", "redis-tls", "redis-full"),
]


@dataclasses.dataclass(frozen=True)
class Spoken:
    """A setting with a URL of this scheme. `tls`: "" (none), "tls" (after the server's greeting) or
    "first"."""

    service: str
    setting: str
    scheme: str
    protocol: str
    tls: str = ""

    def environment(self, found, listener):
        env = {
            f"ARC_{self.service.upper()}_CA_FILE": found.ca,
            self.setting: f"{self.scheme}://127.0.0.1:{listener.port}",
        }
        if self.setting == "ARC_NATS_URL":
            env["ARC_NATS_MONITOR_URL"] = f"127.0.0.1:{listener.monitor or found.closed}"
            env["ARC_NATS_TLS_FIRST"] = "yes" if self.tls == "first" else "no"
        elif self.setting == "ARC_NATS_MONITOR_URL":
            owner = "nats-tls" if listener is found.by_name["https"] else "nats"
            env["ARC_NATS_URL"] = f"127.0.0.1:{found.by_name[owner].port}"
        elif self.setting == "ARC_PULSAR_URL":
            env["ARC_PULSAR_ADMIN_URL"] = f"127.0.0.1:{found.by_name['http'].port}"
        elif self.setting == "ARC_PULSAR_ADMIN_URL":
            env["ARC_PULSAR_URL"] = f"127.0.0.1:{found.by_name['nats'].port}"
        return env


SPOKEN = {
    "nats": Spoken("nats", "ARC_NATS_URL", "nats", "nats"),
    "nats-tls": Spoken("nats", "ARC_NATS_URL", "tls", "nats", "tls"),
    "nats-tls-first": Spoken("nats", "ARC_NATS_URL", "tls", "nats", "first"),
    "nats-http": Spoken("nats", "ARC_NATS_MONITOR_URL", "http", "http"),
    "nats-https": Spoken("nats", "ARC_NATS_MONITOR_URL", "https", "http", "first"),
    "redis": Spoken("redis", "ARC_REDIS_URL", "redis", "redis"),
    "rediss": Spoken("redis", "ARC_REDIS_URL", "rediss", "redis", "first"),
    "pulsar+ssl": Spoken("pulsar", "ARC_PULSAR_URL", "pulsar+ssl", "pulsar", "first"),
    "pulsar-http": Spoken("pulsar", "ARC_PULSAR_ADMIN_URL", "http", "http"),
    "pulsar-https": Spoken("pulsar", "ARC_PULSAR_ADMIN_URL", "https", "http", "first"),
}


class Found:
    def __init__(self, authority, by_name):
        self.ca, self.by_name, self.closed = str(authority.ca), by_name, by_name["closed"].port


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    directory = tmp_path_factory.mktemp("listeners")
    authority = Authority(directory / "ca")
    with listeners(directory, authority) as by_name:
        assert set(by_name) == set(KINDS)
        everything = Found(authority, by_name)
        for name in ("nats", "nats-tls", "nats-tls-first"):
            way = dataclasses.replace(SPOKEN[name], scheme="nats")
            env = way.environment(everything, by_name[name])
            made = run_sidecar("bootstrap", "nats", "--force", env=env)
            assert made.returncode == 0, made.stdout + made.stderr
        yield everything


def fits(spoken, listener):
    """Whether the two can talk: then the cause is none of the connection."""
    begins_with_tls = (spoken.tls == "first") == (listener.tls == "first")
    offers_tls = spoken.tls != "tls" or listener.tls
    return spoken.protocol == listener.speaks and begins_with_tls and offers_tls


def cause_of(spoken, listener):
    """The cause that the first line must name, and the remedy: "set", "compare" or ""."""
    if listener.closes:
        return "closed|reset|refused", ""
    if not listener.speaks:
        return "refused|closed|did not answer|did not finish|not the monitoring port", ""
    if spoken.protocol != listener.speaks:
        ours = {**NAMES, "pulsar": "Pulsar"}[spoken.protocol]
        tls = " with TLS" if listener.tls == "first" else ""
        return f"speaks {NAMES[listener.speaks]}{tls} and not {ours}", "compare"
    if listener.limit and not spoken.tls:
        return "max(imum)? (connections|number of clients)", ""
    if fits(spoken, listener):
        return "", ""
    if listener.tls == "first":
        return "requires TLS", "set"
    return "does not (begin with|offer) TLS", "set"


def line_of(spoken, report):
    """The first line, behind the level and the service, and all that the report says of it."""
    first = report.stdout.partition("\n")[0].partition(f"{spoken.service}: ")[2]
    whole = [line for line in report.stdout.splitlines()[1:] if first[:60] in line]
    return first, whole[0] if whole else first


def answers(spoken, report):
    """Whether nothing in the report is about the connection of the setting."""
    kind = "monitor" if spoken.setting.endswith("MONITOR_URL") else "connection"
    bad = [
        line
        for line in report.stdout.splitlines()[1:]
        if re.match(rf"  (degraded|unhealthy|starting) +{spoken.service}\.{kind}\.", line)
    ]
    return not bad


def follow(spoken, listener, env, whole):
    """Does what the remedy says, and what the next one says, until the connection is in order."""
    report = whole
    for _ in range(3):
        remedy = re.search(r"Set (ARC_\w+) to (\S+?)[.,]( |$)", whole)
        if remedy is None:  # what is left is that it is no broker
            return spoken.service == "pulsar"
        env = env | {remedy[1]: remedy[2]}
        report = run_sidecar("check", spoken.service, env=env)
        if answers(spoken, report) or listener.limit:
            return True
        _, whole = line_of(spoken, report)
    raise AssertionError(report.stdout)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", SPOKEN)
def test_first_line_names_the_cause_and_a_remedy_that_works(found, way, kind):
    spoken, listener = SPOKEN[way], found.by_name[kind]
    if way == "pulsar+ssl" and listener.tls == "first":
        pytest.skip("the sidecar does not speak the protocol of Pulsar's binary port")
    env = spoken.environment(found, listener)
    report = run_sidecar("check", spoken.service, "--timeout", "2s", env=env)
    cause, remedy = cause_of(spoken, listener)
    first, whole = line_of(spoken, report)
    if not cause:
        assert answers(spoken, report) or spoken.service == "pulsar", report.stdout
        return
    assert re.search(cause, first), f"{cause}: {report.stdout}"
    if remedy == "compare":
        assert f"Compare {spoken.setting} with" in whole, report.stdout
    assert remedy != "set" or follow(spoken, listener, env, whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", SPOKEN)
def test_peer_that_talks_is_live(found, way, kind):
    spoken, listener = SPOKEN[way], found.by_name[kind]
    env = spoken.environment(found, listener)
    report = run_sidecar("check", spoken.service, "--live", "--timeout", "2s", env=env)
    is_live = bool(listener.speaks) or spoken.setting == "ARC_NATS_MONITOR_URL"
    assert (report.returncode == 0) == is_live, first_line(report)
