"""The short form of the siege (support/siege.py; `make siege` is the long one): every kind of abuse
at once, on each image."""

import os

import pytest

from support.siege import besiege, besieged

SECONDS = float(os.environ.get("ARC_SIEGE_SECONDS", "1"))


@pytest.mark.alone
@pytest.mark.parametrize("codename", ["flash", "sonic", "strange"])
def test_an_image_stands_a_siege(running, codename):
    with besieged(running, codename) as (target, sink):
        besiege(target, sink, SECONDS)
