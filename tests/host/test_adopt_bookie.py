"""adopt-bookie's last step replaces the cookie on the disk whole or not at all."""

import os
import shutil
import subprocess

import pytest

from support import makefile

OLD = '5\nbookieHost: "old-name:34863"\njournalDir: "data/standalone/bookkeeper"\n'
LOGGED = """#!/bin/sh
echo "NAME $*" >>"$LOG"
[ "$FAILS" != NAME ] || exit 1
exec REAL "$@"
"""


@pytest.fixture
def home(tmp_path):
    """A Pulsar whose bookkeeper says yes to all, and a PATH on which the last commands say that
    they were called."""
    (tmp_path / "data/standalone/bookkeeper/current").mkdir(parents=True)
    (tmp_path / "data/standalone/bookkeeper/current/VERSION").write_text(OLD)
    programs = {
        name: LOGGED.replace("NAME", name).replace("REAL", shutil.which(name))
        for name in ("sync", "mv")
    }
    for name, text in {"bookkeeper": "#!/bin/sh\n", **programs}.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)
    return tmp_path


def adopt(home, fails=""):
    env = {
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "PULSAR_HOME": str(home),
        "LOG": str(home / "log"),
        "FAILS": fails,
    }
    script = makefile.ROOT / "services/streaming/adopt-bookie"
    return subprocess.run(
        ["sh", str(script), "new-name"],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def cookie(home):
    return home / "data/standalone/bookkeeper/current/VERSION"


def test_the_cookie_is_synced_and_renamed(home):
    cookie(home).chmod(0o640)
    before = cookie(home).stat()
    result = adopt(home)
    assert result.returncode == 0, result.stderr
    assert "the bookie was old-name:34863 and is new-name:34863 now" in result.stdout
    assert cookie(home).read_text() == OLD.replace("old-name", "new-name")
    assert (
        cookie(home).stat().st_mode == before.st_mode
        and cookie(home).stat().st_ino != before.st_ino
    )
    path = "data/standalone/bookkeeper/current/VERSION"
    assert (home / "log").read_text().splitlines() == [
        f"sync {path}.new",
        f"mv {path}.new {path}",
        f"sync {path.rpartition('/')[0]}",
    ]
    assert [one.name for one in cookie(home).parent.iterdir()] == ["VERSION"]
    assert "the bookie is new-name:34863 already" in adopt(home).stdout


@pytest.mark.parametrize("step", ["sync", "mv"])
def test_a_run_that_is_cut_off_leaves_the_old_cookie_and_can_be_made_again(home, step):
    assert adopt(home, fails=step).returncode != 0
    assert cookie(home).read_text() == OLD
    assert adopt(home).returncode == 0
    assert cookie(home).read_text() == OLD.replace("old-name", "new-name")
