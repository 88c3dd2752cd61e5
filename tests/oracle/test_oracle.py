"""The campaigns, one per service."""

import json

import pytest

from oracle import nats, pulsar, redis
from oracle.campaign import line, mark_known, run
from oracle.client import client
from oracle.draw import Draw
from oracle.known import KNOWN
from oracle.report import report
from scenarios.rows import servers


@pytest.fixture
def campaign(request, record_property, tmp_path):
    """Runs a service's campaign and fails with each disagreement that is not known."""
    option = request.config.getoption

    def campaign(service):
        seed, dice = option("--seed"), Draw(option("--seed"))
        cases = list(service.draw(dice, option("--states")))
        if only := option("--only"):
            cases = [case for case in cases if case.number == only]
        with client() as judge:
            outcomes = list(run(service, cases, judge, tmp_path))
        fixed = mark_known([row for row in KNOWN if row.service == service.name], outcomes)
        name = servers()[service.title]
        found = report(service, name, seed, dice, outcomes)
        record_property("oracle", json.loads(json.dumps(found)))
        wrong = [line(one) for one in outcomes if one.problems and not one.known]
        wrong += [f"known disagreement {row.slug} is fixed: delete its row" for row in fixed]
        if wrong:
            pytest.fail("\n".join([f"{name}, seed {seed}:", *wrong]), pytrace=False)

    return campaign


@pytest.mark.xdist_group("small-disk")
def test_nats(campaign):
    campaign(nats.SERVICE)


def test_redis(campaign):
    campaign(redis.SERVICE)


@pytest.mark.xdist_group("pulsar")
def test_pulsar(campaign):
    campaign(pulsar.SERVICE)
