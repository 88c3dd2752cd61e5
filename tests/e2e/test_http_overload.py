"""The short form of the overload test (support/overload.py; `make overload` is the long one): every
kind of abusive client at once, on each image."""

import os

import pytest

from support.overload import overload, under_overload

SECONDS = float(os.environ.get("ARC_OVERLOAD_SECONDS", "1"))


@pytest.mark.alone
@pytest.mark.parametrize("codename", ["flash", "sonic", "strange"])
def test_an_image_withstands_overload(running, codename):
    with under_overload(running, codename) as (target, sink):
        overload(target, sink, SECONDS)
