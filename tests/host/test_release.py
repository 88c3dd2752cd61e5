"""What the release's and CI's scripts decide: which services, which version, which notes, and
whether an image may have its tag."""

import json
import os
import pathlib
import subprocess
import tarfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALL = ["messaging", "streaming", "cache", "sidecar"]
IMAGE = "registry.example/owner/arc-cache@sha256:" + "a" * 64


def run(*argv, stdin="", **variables):
    return subprocess.run(
        [str(word) for word in argv],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
    )


def outputs(result):
    assert result.returncode == 0, result.stderr
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


# Change detection.


@pytest.mark.parametrize(
    ("files", "services"),
    [
        ([], []),
        (["README.md", "docs/architecture.md", "tests/unit/test_x.cpp"], []),
        (["services/messaging/nats.conf"], ["messaging"]),
        (["services/streaming/standalone.conf"], ["streaming"]),
        (["services/cache/redis.conf", "services/messaging/Dockerfile"], ["messaging", "cache"]),
        (["services/cache/sonic.mk"], []),
        (["services/otel/otel.mk", "services/profiles.yaml"], []),
        (["sidecar/redis/gather.cpp"], ALL),
        (["cmake/compiler.cmake"], ALL),
        (["docker/packages.lock"], ALL),
        (["services/docker-bake.hcl"], ALL),
        ([".github/workflows/messaging-images.yml"], ALL),
        ([".github/workflows/other.yml"], []),
        (["services/sidecar/Dockerfile"], ["sidecar"]),
        (["services/cachet/x"], []),
    ],
)
def test_changed_files_give_the_services_to_build(files, services):
    got = outputs(run(ROOT / "scripts/ci/changed", stdin="".join(f"{name}\n" for name in files)))
    assert json.loads(got["services"]) == services
    assert got["build"] == ("true" if services else "false")


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        return run(
            "git",
            "-C",
            tmp_path,
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.invalid",
            *arguments,
        ).stdout.strip()

    git("init", "-q")
    (tmp_path / "services/cache").mkdir(parents=True)
    (tmp_path / "services/cache/redis.conf").write_text("a\n")
    git("add", ".")
    git("commit", "-qm", "one")
    (tmp_path / "services/messaging").mkdir()
    git("mv", "services/cache/redis.conf", "services/messaging/redis.conf")
    git("commit", "-qm", "two")
    return tmp_path, git


def changed_in(folder, *arguments):
    return subprocess.run(
        [ROOT / "scripts/ci/changed", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_file_that_moved_counts_on_both_sides(repository):
    folder, git = repository
    got = outputs(changed_in(folder, git("rev-parse", "HEAD~1"), "HEAD"))
    assert json.loads(got["services"]) == ["messaging", "cache"]


def test_an_unknown_base_means_everything(repository):
    got = outputs(changed_in(repository[0], "0" * 40, "HEAD"))
    assert json.loads(got["services"]) == ALL


# Names and versions.


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "project(arc-sidecar VERSION 1.2.3 LANGUAGES CXX)\nset(ARC_VERSION_DAY 2026-01-02)\n"
    )
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- later\n\n## [1.2.3] - 2026-01-02\n\n### Added\n- this\n\n"
        "## 1.2.2 - 2026-01-01\n\n- before\n\n[1.2.3]: https://example.invalid\n"
    )
    return tmp_path


def test_a_release_has_the_tags_version(tree):
    got = outputs(run(ROOT / "scripts/release/plan", "messaging/v1.2.3", ARC_RELEASE_TREE=tree))
    assert got == {"version": "1.2.3", "image_tag": "messaging-v1.2.3"}


@pytest.mark.parametrize(
    "tag",
    [
        "v1.2.3",
        "messaging/1.2.3",
        "messaging/v1.2",
        "messaging/v1.2.3-rc1",
        "messaging/v01.2.3",
        "refs/tags/messaging/v1.2.3",
        "cache/v1.2.3",
        "messaging/v1.2.3 ",
    ],
)
def test_a_wrong_tag_is_refused_loudly(tree, tag):
    result = run(ROOT / "scripts/release/plan", tag, ARC_RELEASE_TREE=tree)
    assert result.returncode != 0 and result.stdout == ""
    assert tag in result.stderr and "messaging/vX.Y.Z" in result.stderr


def test_a_tag_of_another_version_than_the_sources_is_refused(tree):
    result = run(ROOT / "scripts/release/plan", "messaging/v1.2.2", ARC_RELEASE_TREE=tree)
    assert result.returncode != 0 and "1.2.2" in result.stderr and "1.2.3" in result.stderr


def test_notes_are_the_versions_own_section(tree):
    assert (
        run(ROOT / "scripts/release/notes", "1.2.3", tree / "CHANGELOG.md").stdout.strip()
        == "### Added\n- this"
    )
    assert (
        run(ROOT / "scripts/release/notes", "1.2.2", tree / "CHANGELOG.md").stdout.strip()
        == "- before"
    )
    missing = run(ROOT / "scripts/release/notes", "1.2", tree / "CHANGELOG.md")
    assert missing.returncode != 0 and "no notes for 1.2" in missing.stderr


def test_a_release_is_prepared_in_both_files_once(tree):
    (tree / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n- later\n\n## 1.2.3 - 2026-01-02\n\n- this\n"
    )
    for _ in range(2):
        result = run(ROOT / "scripts/release/prepare", "1.3.0", "2026-02-03", ARC_RELEASE_TREE=tree)
        assert result.returncode == 0, result.stderr
        assert (tree / "CMakeLists.txt").read_text() == (
            "project(arc-sidecar VERSION 1.3.0 LANGUAGES CXX)\nset(ARC_VERSION_DAY 2026-02-03)\n"
        )
        assert (tree / "CHANGELOG.md").read_text().count("## 1.3.0 - 2026-02-03\n\n- later\n") == 1
    assert (
        run(ROOT / "scripts/release/plan", "messaging/v1.3.0", ARC_RELEASE_TREE=tree).returncode
        == 0
    )


def test_nothing_to_release_is_said(tree):
    (tree / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-02\n\n- this\n"
    )
    result = run(ROOT / "scripts/release/prepare", "1.3.0", ARC_RELEASE_TREE=tree)
    assert result.returncode != 0 and "no notes for 1.3.0" in result.stderr


def test_the_owner_is_lower_case():
    result = run(
        "bash", "-c", f". {ROOT}/scripts/release/names.sh; image_prefix ghcr.example ARC-Framework"
    )
    assert result.stdout == "ghcr.example/arc-framework\n"


def test_binaries_have_checksums_that_hold(tmp_path):
    for architecture in ("amd64", "arm64"):
        (tmp_path / f"build/release-{architecture}").mkdir(parents=True)
        (tmp_path / f"build/release-{architecture}/arc-sidecar").write_text(
            f"#!/bin/sh\necho {architecture} $*\n"
        )
    assert (
        run(
            ROOT / "scripts/release/binaries", tmp_path / "out", ARC_BUILD_ROOT=tmp_path / "build"
        ).returncode
        == 0
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "SHA256SUMS",
        "arc-sidecar-linux-amd64",
        "arc-sidecar-linux-amd64.tar.gz",
        "arc-sidecar-linux-arm64",
        "arc-sidecar-linux-arm64.tar.gz",
    ]
    with tarfile.open(tmp_path / "out/arc-sidecar-linux-arm64.tar.gz") as files:
        modes = {each.name: each.mode for each in files.getmembers() if each.isfile()}
        assert modes == {
            "bin/arc-sidecar": 0o755,
            "share/bash-completion/completions/arc-sidecar": 0o644,
            "share/doc/arc-sidecar/LICENSE": 0o644,
            "share/fish/vendor_completions.d/arc-sidecar.fish": 0o644,
            "share/man/man1/arc-sidecar.1": 0o644,
            "share/zsh/site-functions/_arc-sidecar": 0o644,
        }
        assert files.extractfile("bin/arc-sidecar").read().startswith(b"#!/bin/sh\necho arm64")
        page = files.extractfile("share/man/man1/arc-sidecar.1").read()
        assert page.split()[1:] == [b"man"]
    assert (
        subprocess.run(
            ["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "out", check=False
        ).returncode
        == 0
    )


# The security gate. The recorded answers are in the form of Trivy's JSON report.


def finding(identifier="CVE-2026-0001", package="libssl3t64", severity="CRITICAL"):
    return {
        "VulnerabilityID": identifier,
        "PkgName": package,
        "InstalledVersion": "3.5.0-1",
        "FixedVersion": "3.5.0-2",
        "Severity": severity,
        "Title": "a title",
        "PrimaryURL": "https://example.invalid/" + identifier,
    }


def report(*findings, image=IMAGE):
    return json.dumps(
        {
            "SchemaVersion": 2,
            "ArtifactName": image,
            "ArtifactType": "container_image",
            "Results": [
                {
                    "Target": "debian 13.1",
                    "Class": "os-pkgs",
                    "Type": "debian",
                    **({"Vulnerabilities": list(findings)} if findings else {}),
                }
            ],
        }
    )


def excepting(expires, package="libssl3t64"):
    return json.dumps(
        [{"id": "CVE-2026-0001", "package": package, "reason": "not reachable", "expires": expires}]
    )


# As Trivy 0.74.0 says it, but for the host's name.
NO_DATABASE = (
    "2026-01-02T03:04:05Z\tFATAL\tFatal error\trun error: init error: DB error: failed to download vulnerability DB: "
    "OCI artifact error: failed to download vulnerability DB: failed to download artifact from mirror.example/db:2: OCI repository error: "
    '1 error occurred:\n\t* Get "https://mirror.example/v2/": dial tcp: lookup mirror.example on 192.0.2.53:53: no such host\n\n\n\n'
)
NO_JAVA_DATABASE = (
    "2026-01-02T03:04:05Z\tFATAL\tFatal error\trun error: image scan error: scan error: scan failed: failed analysis: analyze error: pipeline error: "
    "failed to analyze layer (sha256:5c6a): post analysis error: post analysis error: Unable to initialize the Java DB: Java DB update failed: "
    "OCI artifact error: failed to download Java DB: failed to download artifact from mirror.example/java-db:1: OCI repository error: "
    '1 error occurred:\n\t* Get "https://mirror.example/v2/": dial tcp: lookup mirror.example on 192.0.2.53:53: no such host\n\n\n\n'
)
NO_IMAGE = "2026-01-02T03:04:05Z\tFATAL\tFatal error\trun error: image scan error: unable to find the specified image: unauthorized\n"


class Gate:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, result, exceptions="[]", status=0, log="", image=IMAGE):
        for name, text in (("result", result), ("exceptions", exceptions), ("log", log)):
            (self.folder / name).write_text(text)
        return run(
            ROOT / "scripts/release/gate",
            "--image",
            image,
            "--result",
            self.folder / "result",
            "--status",
            status,
            "--log",
            self.folder / "log",
            "--exceptions",
            self.folder / "exceptions",
            "--issues",
            self.folder / "issues",
            "--today",
            "2026-06-15",
        )

    def issues(self):
        return (
            sorted((self.folder / "issues").glob("*")) if (self.folder / "issues").exists() else []
        )


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path)


def test_nothing_found_lets_the_image_through(gate):
    assert gate(report()).returncode == 0
    assert gate.issues() == []


def test_a_high_finding_does_not_block(gate):
    result = gate(report(finding(severity="HIGH")))
    assert result.returncode == 0 and "1 findings, 0 block" in result.stderr
    assert gate.issues() == []


def test_a_critical_finding_blocks_with_an_issue_each(gate):
    result = gate(
        report(
            finding(),
            finding("CVE-2026-0002", "zlib1g"),
            finding("CVE-2026-0003", severity="LOW"),
            finding(),
        )
    )
    assert result.returncode == 1
    assert "CVE-2026-0001" in result.stderr and "CVE-2026-0002" in result.stderr
    titles = [path.read_text().splitlines()[0] for path in gate.issues()]
    assert titles == [
        "CVE-2026-0001 (CRITICAL) in libssl3t64 of arc-cache",
        "CVE-2026-0002 (CRITICAL) in zlib1g of arc-cache",
    ]
    assert all(
        IMAGE in path.read_text() and "3.5.0-2" in path.read_text() for path in gate.issues()
    )


@pytest.mark.parametrize("last_day", ["2026-06-15", "2027-01-01"])
def test_an_exception_counts_up_to_its_last_day(gate, last_day):
    assert gate(report(finding()), excepting(last_day)).returncode == 0
    assert gate.issues() == []


def test_an_exception_is_for_its_package_alone(gate):
    assert gate(report(finding(package="other")), excepting("2027-01-01")).returncode == 1


def test_an_expired_exception_excepts_nothing_and_says_so(gate):
    result = gate(report(finding()), excepting("2026-06-14"))
    assert result.returncode == 1 and "expired on 2026-06-14" in result.stderr
    assert "expired on 2026-06-14" in gate.issues()[0].read_text()


@pytest.mark.parametrize("log", [NO_DATABASE, NO_JAVA_DATABASE])
def test_an_unreachable_database_is_red_with_its_own_words_and_no_issue(gate, log):
    result = gate("", status=1, log=log)
    assert result.returncode == 3 and "vulnerability database could not be reached" in result.stderr
    assert "CRITICAL" not in result.stderr and gate.issues() == []


def test_another_failure_of_the_scanner_is_not_taken_for_the_database(gate):
    result = gate("", status=1, log=NO_IMAGE)
    assert (
        result.returncode == 4
        and "unauthorized" in result.stderr
        and "database" not in result.stderr
    )
    assert gate.issues() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        '{"Results": null}',
        '{"Results": []}',
        report(image=IMAGE.replace("a", "b")),
        json.dumps({"ArtifactName": IMAGE, "Results": ["x"]}),
        json.dumps({"ArtifactName": IMAGE, "Results": [{"Vulnerabilities": "none"}]}),
        json.dumps(
            {
                "ArtifactName": IMAGE,
                "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1"}]}],
            }
        ),
    ],
)
def test_a_malformed_scan_is_red_without_an_issue(gate, text):
    result = gate(text)
    assert result.returncode == 4 and result.stderr.startswith("gate: red: ")
    assert gate.issues() == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '[{"id": "CVE-2026-0001"}]',
        excepting("soon"),
        excepting("2027-01-01").replace("not reachable", " "),
    ],
)
def test_malformed_exceptions_are_red_without_an_issue(gate, text):
    assert gate(report(finding()), text).returncode == 4
    assert gate.issues() == []


def test_an_image_without_a_digest_is_not_judged(gate):
    result = gate(
        report(image="registry.example/arc-cache:latest"), image="registry.example/arc-cache:latest"
    )
    assert result.returncode == 4 and "no digest" in result.stderr


def scan(folder, body):
    scanner = folder / "scanner"
    scanner.write_text(
        '#!/usr/bin/env bash\nset -eu\necho "$@" >>"$(dirname "$0")/calls"\n'
        "while (($#)); do [[ $1 == --output ]] && out=$2; shift; done\n" + body
    )
    scanner.chmod(0o755)
    (folder / "exceptions.json").write_text("[]")
    return run(
        ROOT / "scripts/release/scan",
        IMAGE,
        folder / "issues",
        ARC_SCANNER=scanner,
        ARC_SCAN_PAUSE=0,
        ARC_EXCEPTIONS=folder / "exceptions.json",
    )


def test_a_scan_asks_for_the_digest_and_blocks(tmp_path):
    (tmp_path / "report").write_text(report(finding()))
    result = scan(tmp_path, f'cp {tmp_path}/report "$out"\n')
    assert result.returncode == 1, result.stderr
    assert (tmp_path / "calls").read_text().strip().endswith(IMAGE)


def test_a_scan_tries_again_where_the_database_fails(tmp_path):
    (tmp_path / "report").write_text(report())
    (tmp_path / "log").write_text(NO_DATABASE)
    body = f'cat {tmp_path}/log >&2; (($(wc -l <{tmp_path}/calls) >= 3)) || exit 1\ncp {tmp_path}/report "$out"\n'
    assert scan(tmp_path, body).returncode == 0
    assert scan(tmp_path, f"cat {tmp_path}/log >&2; exit 1\n").returncode == 3


def test_the_committed_exceptions_can_be_read(gate):
    assert gate(report(), (ROOT / "scripts/release/exceptions.json").read_text()).returncode == 0
