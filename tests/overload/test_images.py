"""The long form of the overload test (support/overload.py): each kind of abusive client by itself,
then all at once, on each image."""

import os

import pytest

from support.abusive_clients import KINDS
from support.overload import overload, under_overload

SECONDS = float(os.environ.get("ARC_OVERLOAD_SECONDS", "10"))


@pytest.mark.parametrize(
    "kinds", [*([name] for name in KINDS), []], ids=lambda kinds: kinds[0] if kinds else "all"
)
@pytest.mark.parametrize("codename", ["flash", "sonic", "strange"])
def test_an_image_withstands_overload(running, codename, kinds):
    with under_overload(running, codename) as (target, sink):
        overload(target, sink, SECONDS, kinds)
