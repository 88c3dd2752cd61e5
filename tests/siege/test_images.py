"""The long form of the siege (support/siege.py): each kind of abuse by itself, then all at once, on
each image."""

import os

import pytest

from support.abuse import KINDS
from support.siege import besiege, besieged

SECONDS = float(os.environ.get("ARC_SIEGE_SECONDS", "10"))


@pytest.mark.parametrize(
    "kinds", [*([name] for name in KINDS), []], ids=lambda kinds: kinds[0] if kinds else "all"
)
@pytest.mark.parametrize("codename", ["flash", "sonic", "strange"])
def test_an_image_stands_a_siege(running, codename, kinds):
    with besieged(running, codename) as (target, sink):
        besiege(target, sink, SECONDS, kinds)
