"""The parts of a release's rehearsal that need no engine: arguments, the engine's configuration,
and reading back from a registry."""

import base64
import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REHEARSAL = ROOT / "scripts/release/rehearsal"


def run(*argv, **variables):
    return subprocess.run(
        [str(word) for word in argv],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
    )


def library(script, **variables):
    parts = "; ".join(f". {part}" for part in sorted((ROOT / "scripts/lib").glob("*.sh")))
    return run("bash", "-c", f"set -euo pipefail; {parts}; {script}", ARC_ROOT=ROOT, **variables)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "rehearsal X.Y.Z - "),
        (["1.2"], "messaging/vX.Y.Z"),
        (["1.2.3", "4"], "rehearsal X.Y.Z - "),
        (["--help"], "rehearsal X.Y.Z - "),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_done(arguments, words):
    result = run(REHEARSAL, *arguments)
    assert result.returncode == 64 and words in result.stderr


def test_an_unknown_service_is_named():
    result = run(REHEARSAL, "0.1.0", EMULATED="messaging postgres")
    assert result.returncode == 1 and "EMULATED: 'postgres' is not known" in result.stderr


@pytest.mark.skipif(
    os.path.exists("/opt/arc-engine/usr/sbin/dockerd") or shutil.which("dockerd") is not None,
    reason="would start a rehearsal",
)
def test_a_machine_without_an_engine_of_its_own_is_told(tmp_path):
    result = run(REHEARSAL, "0.1.0", PATH="/usr/bin:/bin")
    assert result.returncode == 1 and (
        "dockerd is missing" in result.stderr or "run this as root" in result.stderr
    )


def test_the_engine_of_its_own_touches_nothing_of_the_machines():
    configuration = json.loads(library("own_engine_configuration /x").stdout)
    # "none" would delete docker0, whoever's that is.
    assert configuration["bridge"] not in ("none", "docker0", "")
    assert not any(
        configuration[name] for name in ("iptables", "ip6tables", "ip-forward", "ip-masq")
    )
    assert all(
        configuration[name].startswith("/x/") for name in ("data-root", "exec-root", "pidfile")
    )
    assert configuration["hosts"] == ["unix:///x/docker.sock"]


def test_a_process_that_only_has_the_pid_is_not_ended(tmp_path):
    folder = tmp_path / "engine"
    folder.mkdir()
    process = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "dockerd.pid").write_text(str(process.pid))
        assert library(f"own_engine_stop {folder}").returncode == 0
        assert process.poll() is None and not folder.exists()
    finally:
        process.kill()
        process.wait()


def test_what_an_engine_left_running_is_ended_by_its_folder_alone(tmp_path):
    folder = tmp_path / "engine"
    (folder / "exec").mkdir(parents=True)
    ours, other = (
        subprocess.Popen(
            [
                "python3",
                "-c",
                "import time; time.sleep(60)",
                "-address",
                f"{where}/exec/containerd.sock",
            ]
        )
        for where in (folder, tmp_path / "other")
    )
    try:
        assert library(f"own_engine_stop {folder}").returncode == 0
        assert ours.wait(timeout=10) == -9 and other.poll() is None and not folder.exists()
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()


# Reading back. The registry is two programs that answer from files.

PLATFORMS = ("amd64", "arm64")
SERVICES = {
    "arc-messaging": ("1000:1000", "nats-server"),
    "arc-streaming": ("10000:0", "pulsar-broker"),
    "arc-cache": ("1000:1000", "redis-server"),
    "arc-sidecar": ("65532:65532", "libssl-dev"),
}
ANSWER = """#!/usr/bin/env python3
import json, pathlib, sys
answers = json.loads(pathlib.Path("{answers}").read_text())
key = " ".join(sys.argv)
key = key[key.index("{name} "):]
if key not in answers:
    sys.exit("no such thing: " + key)
sys.stdout.buffer.write(bytes.fromhex(answers[key]))
"""


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """A release as it must be; a test then spoils one thing."""

    def __init__(self, folder):
        self.folder = folder
        self.answers = {}
        self.images = []
        self.binary = {architecture: architecture.encode() for architecture in PLATFORMS}
        self.label = {
            "org.opencontainers.image.version": "1.2.3",
            "org.opencontainers.image.revision": "c0ffee",
        }
        self.platforms = PLATFORMS
        self.predicate = "https://slsa.dev/provenance/v1"
        self.provenance_of = self.sbom_of = None
        self.package = None
        self.tags = ["messaging-v1.2.3", "sha256-1.sig"]
        self.other_key_verifies = False

    def answer(self, words, data):
        self.answers[words] = (data if isinstance(data, bytes) else json.dumps(data).encode()).hex()

    def layer(self, architecture):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as files:
            entry = tarfile.TarInfo("usr/local/bin/arc-sidecar")
            entry.size = len(self.binary[architecture])
            files.addfile(entry, io.BytesIO(self.binary[architecture]))
        return data.getvalue()

    def platform(self, name, architecture):
        """One platform's manifest, and the two entries of the index: it and what attests it."""
        repository, layer = f"registry.example/o/{name}", self.layer(architecture)
        manifest = json.dumps(
            {"layers": [{"digest": digest(layer)}], "for": [name, architecture]}
        ).encode()
        own = digest(manifest)
        image = f"{repository}@{own}"
        self.answer(f"crane blob {repository}@{digest(layer)}", layer)
        self.answer(f"crane manifest {image}", manifest)
        labels = {"org.opencontainers.image.title": name, "arc.service.name": name, **self.label}
        self.answer(
            f"crane config {image}",
            {"architecture": architecture, "config": {"Labels": labels, "User": SERVICES[name][0]}},
        )
        statement = json.dumps(
            {
                "subject": [
                    {"digest": {"sha256": (self.provenance_of or own).removeprefix("sha256:")}}
                ],
                "predicate": {
                    "buildDefinition": {"resolvedDependencies": [{"uri": "pkg:docker/base@1"}]}
                },
            }
        ).encode()
        attestation = json.dumps(
            {
                "layers": [
                    {
                        "digest": digest(statement),
                        "annotations": {"in-toto.io/predicate-type": self.predicate},
                    }
                ],
                "of": own,
            }
        ).encode()
        self.answer(f"crane blob {repository}@{digest(statement)}", statement)
        self.answer(f"crane manifest {repository}@{digest(attestation)}", attestation)
        bill = {
            "subject": [{"digest": {"sha256": (self.sbom_of or own).removeprefix("sha256:")}}],
            "predicate": {
                "packages": [{"name": self.package or SERVICES[name][1]}, {"name": "libc6"}]
            },
        }
        payload = base64.b64encode(json.dumps(bill).encode()).decode()
        self.answer(
            f"cosign verify-attestation --key good.pub --insecure-ignore-tlog --type spdxjson {image}",
            {"payload": payload},
        )
        return [
            {"digest": own, "platform": {"os": "linux", "architecture": architecture}},
            {
                "digest": digest(attestation),
                "platform": {"os": "unknown", "architecture": "unknown"},
                "annotations": {
                    "vnd.docker.reference.type": "attestation-manifest",
                    "vnd.docker.reference.digest": own,
                },
            },
        ]

    def service(self, name):
        index = json.dumps(
            {
                "manifests": [
                    entry
                    for architecture in self.platforms
                    for entry in self.platform(name, architecture)
                ]
            }
        ).encode()
        image = f"registry.example/o/{name}@{digest(index)}"
        self.images.append(image)
        self.answer(f"crane manifest {image}", index)
        self.answer(
            f"crane digest registry.example/o/{name}:messaging-v1.2.3", digest(index).encode()
        )
        self.answer(f"crane ls registry.example/o/{name}", "\n".join(self.tags).encode())
        for key in ("good.pub", "other.pub")[: 2 if self.other_key_verifies else 1]:
            self.answer(f"cosign verify --key {key} --insecure-ignore-tlog {image}", b"[]")

    def read_back(self, spoil=lambda answers: None):
        for name in SERVICES:
            self.service(name)
        spoil(self.answers)
        (self.folder / "answers").write_text(json.dumps(self.answers))
        (self.folder / "images").write_text("".join(f"{image}\n" for image in self.images))
        (self.folder / "SHA256SUMS").write_text(
            "".join(
                f"{hashlib.sha256(name.encode()).hexdigest()}  arc-sidecar-linux-{name}\n"
                for name in PLATFORMS
            )
        )
        for name in ("crane", "cosign"):
            (self.folder / name).write_text(
                ANSWER.format(answers=self.folder / "answers", name=name)
            )
            (self.folder / name).chmod(0o755)
        return run(
            ROOT / "scripts/release/read-back",
            "--images",
            self.folder / "images",
            "--tag",
            "messaging-v1.2.3",
            "--version",
            "1.2.3",
            "--revision",
            "c0ffee",
            "--binaries",
            self.folder,
            "--key",
            "good.pub",
            "--other-key",
            "other.pub",
            PATH=f"{self.folder}:{os.environ['PATH']}",
        )


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path)


def test_a_release_as_it_must_be_is_shown_line_by_line(registry):
    result = registry.read_back()
    assert result.returncode == 0, result.stderr
    lines = dict(line.split("\t") for line in result.stdout.splitlines())
    assert len(lines) == 7 * len(SERVICES)
    assert "linux/amd64, linux/arm64" in lines["arc-cache: index"] and lines[
        "arc-cache: SBOM"
    ].endswith("amd64 2 packages, arm64 2 packages")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"platforms": ("amd64",)}, "platforms are ['linux/amd64']"),
        (
            {
                "label": {
                    "org.opencontainers.image.version": "1.2.2",
                    "org.opencontainers.image.revision": "c0ffee",
                }
            },
            "image.version is 1.2.2, not 1.2.3",
        ),
        ({"label": {"org.opencontainers.image.version": "1.2.3"}}, "image.revision is None"),
        ({"binary": {"amd64": b"amd64", "arm64": b"other"}}, "has another binary than the release"),
        ({"predicate": "https://spdx.dev/Document"}, "no provenance"),
        ({"provenance_of": "sha256:" + "d" * 64}, "its provenance is of another image"),
        ({"sbom_of": "sha256:" + "d" * 64}, "its SBOM is of another image"),
        ({"package": "bash"}, "its SBOM does not name nats-server"),
        ({"other_key_verifies": True}, "another key verifies it, too"),
        ({"tags": ["messaging-v1.2.3", "latest"]}, "has other tags"),
    ],
)
def test_one_thing_that_is_wrong_fails_and_is_named(registry, change, words):
    for name, value in change.items():
        setattr(registry, name, value)
    result = registry.read_back()
    assert result.returncode == 1 and words in result.stderr, result.stderr


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("crane digest registry.example/o/arc-cache", "no such thing"),
        ("cosign verify --key good.pub", "no such thing"),
        ("cosign verify-attestation", "no such thing"),
    ],
)
def test_what_the_registry_does_not_have_fails(registry, key, words):
    def lose(answers):
        for name in [name for name in answers if name.startswith(key)]:
            del answers[name]

    result = registry.read_back(lose)
    assert result.returncode == 1 and words in result.stderr


def test_a_registry_that_answers_with_other_bytes_fails(registry):
    def swap(answers):
        name = f"crane manifest {registry.images[0]}"
        answers[name] = (bytes.fromhex(answers[name]) + b" ").hex()

    result = registry.read_back(swap)
    assert result.returncode == 1 and "answers with another manifest" in result.stderr
