"""The rules of the campaign, without a server: what counts as a disagreement."""

import pytest

from oracle import campaign, nats, pulsar, redis
from oracle.campaign import Asked, Case, Outcome, Service, judged, mark_known, rule
from oracle.client import SKIPPED
from oracle.known import KNOWN, Known

SERVICE = Service(
    "toy",
    "Toy",
    {"toy.full": rule("readers must reach it", "full", "write"), "toy.drift": rule("it serves")},
    frozenset({"toy.volatile"}),
    draw=None,
    servers={},
    make=None,
)
OPERATIONS = [{"name": "put", "kind": "write"}, {"name": "take", "kind": "read"}]
WELL, NO_PUT, NOTHING = ["", ""], ["full", ""], ["gone", "gone"]


def outcome(level, code, results, facts=(), named=(), wanted=""):
    worst = {"code": code, "level": level, "text": "the limit is reached"}
    findings = [{"code": "toy.ok", "level": "ok", "text": "limit"}, *([worst] if code else [])]
    asked = Asked({}, {}, OPERATIONS, set(facts), list(named), wanted)
    case = Case("toy", 1, "plain", "some", {})
    return Outcome(case, asked, {"level": level, "findings": findings}, results, [])


@pytest.mark.parametrize(
    ("found", "problems"),
    [
        (outcome("ok", "", WELL), []),
        (outcome("ok", "", ["", SKIPPED]), []),
        (outcome("ok", "", NO_PUT), ["ok, but put: full"]),
        (outcome("ok", "", NOTHING), ["ok, but put: gone", "ok, but take: gone"]),
        (outcome("unhealthy", "toy.gone", NOTHING), []),
        (
            outcome("unhealthy", "toy.gone", WELL),
            ["unhealthy (toy.gone), but every operation succeeds"],
        ),
        (outcome("unhealthy", "toy.volatile", WELL), []),
        (outcome("degraded", "toy.full", NO_PUT, ["full"]), []),
        (
            outcome("degraded", "toy.full", WELL),
            ["degraded by toy.full, and the state is not full"],
        ),
        (outcome("degraded", "toy.full", NOTHING, ["full"]), ["degraded, but take: gone"]),
        (outcome("degraded", "toy.drift", WELL), []),
        (outcome("degraded", "toy.drift", NO_PUT), ["degraded, but put: full"]),
        (outcome("degraded", "toy.other", WELL), ["degraded, and toy.other has no rule"]),
        (outcome("starting", "toy.other", WELL), ["starting, and toy.other has no rule"]),
        (
            outcome("degraded", "toy.full", NO_PUT, ["full"], wanted="unhealthy"),
            ["degraded, should be unhealthy"],
        ),
        (outcome("degraded", "toy.full", NO_PUT, ["full"], ["limit"]), []),
        (outcome("ok", "", WELL, named=["limit"]), ["no finding names limit"]),
    ],
)
def test_what_counts_as_a_disagreement(found, problems):
    assert list(judged(SERVICE, found)) == problems


def known(*outcomes):
    row = Known("row", "toy", "", lambda case: case.state == "some")
    return mark_known([row], outcomes), [one.known for one in outcomes]


def test_a_known_disagreement_is_marked_and_a_fixed_one_is_reported():
    wrong, right = outcome("ok", "", NO_PUT), outcome("ok", "", WELL)
    wrong.problems = ["ok, but put: full"]
    assert known(wrong, right) == ([], ["row", ""])
    assert [row.slug for row in known(right)[0]] == ["row"]
    assert known() == ([], [])


@pytest.mark.parametrize("service", [nats.SERVICE, redis.SERVICE, pulsar.SERVICE])
def test_each_rule_excuses_kinds_that_the_service_has(service):
    kinds = {"read", "write", "option", "delete"}
    assert all(each.excuses <= kinds for each in service.rules.values())
    assert not service.durability & {code for code in service.rules if "full" in code}


def test_each_known_disagreement_has_a_name_of_its_own():
    slugs = [row.slug for row in KNOWN]
    assert len(slugs) == len(set(slugs))
    assert {row.service for row in KNOWN} <= {"nats", "redis", "pulsar"}


def test_the_matrix_counts_by_what_the_client_could_do():
    outcomes = [outcome("ok", "", WELL), outcome("ok", "", NO_PUT), outcome("ok", "", NOTHING)]
    assert campaign.matrix(outcomes) == {
        ("ok", "everything"): 1,
        ("ok", "read only"): 1,
        ("ok", "nothing"): 1,
    }
