"""What CI asks of images before they are pushed: built by the same file, and the smoke test, which
must fail where it should."""

import os

import pytest

from support.stack import OWN, docker, run

pytestmark = pytest.mark.xdist_group("ci-images")


@pytest.fixture(scope="module")
def tag():
    """The images, built as the workflow builds them."""
    name = f"{OWN}ci"
    run("make", "ci-image", env=os.environ | {"ARC_TAG": name}, timeout=300)
    yield name
    for service in ("messaging", "streaming", "cache", "sidecar"):
        docker("image", "rm", "--force", f"arc-{service}:{name}", check=False)


def smoke(tag, *services, timeout="240"):
    return run(
        "make",
        "ci-smoke",
        "SERVICES=" + " ".join(services),
        env=os.environ | {"ARC_TAG": tag, "ARC_WAIT_TIMEOUT": timeout},
        check=False,
        timeout=900,
    )


def test_good_images_pass_and_leave_nothing(tag):
    result = smoke(tag, "messaging", "streaming", "cache", "sidecar")
    assert result.returncode == 0, result.stderr
    assert "= stream AGENT_COMMANDS" in result.stdout
    assert (
        "smoke"
        not in docker(
            "ps", "--all", "--filter", f"ancestor=arc-cache:{tag}", "--format", "{{.Names}}"
        ).stdout
    )


def test_an_image_that_is_not_fit_fails(tag):
    run(
        "docker",
        "build",
        "-q",
        "-t",
        f"arc-cache:{tag}-bad",
        "-",
        stdin=f'FROM arc-cache:{tag}\nCMD ["redis-server", "--appendonly", "no"]\n',
    )
    try:
        result = smoke(f"{tag}-bad", "cache", timeout="5")
        assert result.returncode != 0 and "appendonly" in result.stderr, result.stderr
    finally:
        docker("image", "rm", "--force", f"arc-cache:{tag}-bad", check=False)
