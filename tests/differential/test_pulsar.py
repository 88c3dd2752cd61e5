"""The real bin/pulsar is run with a java that notes its command line, the real JVM says what it
makes of the flags and of the properties, and the sidecar must have read the same."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from differential.campaign import BATCH, Tally, batches, read_settings
from differential.pulsar_grammar import Grammar
from support.servers import need

HOME = os.environ.get("ARC_PULSAR_HOME", "")
EACH = BATCH // 5  # inputs of a test: a JVM takes longer than a Redis
NOTES = """#!/bin/sh
[ "$1" != -version ] || { echo 'openjdk version "21.0.1"' >&2; exit; }
printf '%s\\0' "$@" >"$NOTES"
"""
LIMITS = {"heap": "MaxHeapSize", "direct": "MaxDirectMemorySize"}

pytestmark = pytest.mark.skipif(not HOME, reason="ARC_PULSAR_HOME names no Pulsar")


def make_home(home, case):
    """A home with the real start script and the generated settings."""
    (home / "bin").mkdir(parents=True)
    shutil.copy(Path(HOME) / "bin/pulsar", home / "bin/pulsar")
    (home / "lib").symlink_to(Path(HOME) / "lib")
    (home / "conf").mkdir()
    shutil.copy(Path(HOME) / "conf/bkenv.sh", home / "conf")
    if case.script is None:
        shutil.copy(Path(HOME) / "conf/pulsar_env.sh", home / "conf")
    else:
        (home / "conf/pulsar_env.sh").write_text(case.script)
    (home / "conf/standalone.conf").write_text(case.properties)
    java = home / "fake/java"
    java.parent.mkdir()
    java.write_text(NOTES)
    java.chmod(0o755)


def noted(home, case):
    """The flags and the arguments that the start script gives to java."""
    environment = {"PATH": f"{home}/fake:{os.environ['PATH']}", "NOTES": str(home / "notes")}
    command = [str(home / "bin/pulsar"), "standalone", *case.arguments]
    result = subprocess.run(
        command,
        env=environment | case.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (home / "notes").exists(), f"{result.stderr}\n{case}"
    words = (home / "notes").read_text().split("\0")[:-1]
    main = words.index("org.apache.pulsar.PulsarStandaloneStarter")
    return words[:main], words[main + 1 :]


def jvm(flags):
    """The limits as the JVM reads them; None if it rejects the flags."""
    # These cost memory or write files, and set no limit.
    left_out = (
        "-Xlog",
        "-XX:+AlwaysPreTouch",
        "-XX:+UseZGC",
        "-XX:+ZGenerational",
        "-XX:+UseSerial",
    )
    words, skip = [], False
    for flag in flags:
        if skip or flag == "-cp" or flag.startswith(left_out):
            skip = flag == "-cp"
            continue
        words.append(flag)
    result = subprocess.run(
        [need("java"), *words, "-XX:+PrintFlagsFinal", "-version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if result.returncode:
        return None
    named = dict(re.findall(r"(\w+) += (\d+)", result.stdout))
    set_here = " ".join(words)
    return {
        name: named[flag]
        if re.search(rf"-XX:{flag}=" + ("|-Xmx" if name == "heap" else ""), set_here)
        else "0"
        for name, flag in LIMITS.items()
    } | {
        "java.io.tmpdir": (
            [w[17:] for w in words if w.startswith("-Djava.io.tmpdir=")] or ["/tmp"]
        )[-1]
    }


def properties(path, scratch):
    """The properties of a file as Java reads them, which is how Pulsar reads them."""
    scratch.write_bytes(b"security.provider.1=SUN\n" + path.read_bytes())
    result = subprocess.run(
        [
            need("java"),
            f"-Djava.security.properties=={scratch}",
            "-XshowSettings:security:properties",
            "-version",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    # A long value goes on in lines that begin further to the right.
    text = re.sub(r"\n {9,}", "", result.stderr)
    lines = [line[8:] for line in text.splitlines() if line.startswith(" " * 8)]
    return {name: value.strip() for name, _, value in (line.partition("=") for line in lines)}


def advertised(found, arguments):
    """The names to which the broker itself connects."""
    names = []
    entries = [entry.strip() for entry in found.get("advertisedListeners", "").split(",")]
    listeners = [entry.partition(":")[::2] for entry in entries if entry]
    internal = found.get("internalListenerName") or (listeners[0][0].strip() if listeners else "")
    for name, url in listeners:
        host = url.strip().partition("://")[2].rpartition(":")[0]
        if name.strip() == internal and host not in names:
            names.append(host)
    flags = dict(zip(arguments, [*arguments[1:], ""], strict=False))
    flags |= dict(word.split("=", 1) for word in arguments if "=" in word)
    address = (
        flags.get("-a") or flags.get("--advertised-address") or found.get("advertisedAddress", "")
    )
    return " ".join(names + ([address] if address and address not in names else []))


def path_of(arguments, name, default):
    for at, word in enumerate(arguments):
        if word == name:
            return arguments[at + 1]
        if word.startswith(name + "="):
            return word.partition("=")[2]
    return default


def judge(tally, case, home):
    flags, arguments = noted(home, case)
    theirs = jvm(flags)
    config = next(w for w in flags if w.startswith("-Dpulsar.config.file=")).partition("=")[2]
    ours = read_settings(
        "pulsar",
        [str(home / "bin/pulsar"), "standalone", *case.arguments],
        env={"PATH": os.environ["PATH"], "ARC_CONFIG": "/dev/null", **case.environment},
    )
    tally.add("cases", "accepted" if theirs else "rejected", *case.features)
    if not theirs:
        if ours.is_certain:
            tally.disagree(case, f"the JVM rejects {flags}, the sidecar does not")
        return
    if "command in pulsar_env.sh" in case.features and not ours.is_certain:
        tally.add("needs a shell")
        return
    found = properties(Path(config), home / "scratch")
    wanted = theirs | {
        "home": str(home),
        "config": config,
        "metadata-dir": str(home / path_of(arguments, "--metadata-dir", "data/metadata")),
        "bookkeeper-dir": str(
            home / path_of(arguments, "--bookkeeper-dir", "data/standalone/bookkeeper")
        ),
        "advertised": advertised(found, arguments),
    }
    if not ours.is_certain:
        tally.disagree(case, f"the JVM takes {flags}, the sidecar doubts it: {ours.doubts}")
    elif wanted != ours.values:
        differences = {
            name: (wanted[name], ours.values.get(name))
            for name in wanted
            if wanted[name] != ours.values.get(name)
        }
        tally.disagree(case, f"Pulsar and sidecar: {differences}, flags {flags[3:]}")


@pytest.mark.parametrize("seed", batches())
def test_pulsar_and_the_sidecar_read_the_same(seed, tmp_path, record_property):
    tally = Tally(record_property, "Pulsar's configuration")
    for number in range(EACH):
        home = tmp_path / str(number)
        case = Grammar(f"{seed}-{number}").finish()
        make_home(home, case)
        judge(tally, case, home)
        shutil.rmtree(home)
    tally.end()
