"""The workflows: what they run is ours and exists, what they use is pinned, and the scripts behind
them do their steps in order."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from support import forge, makefile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
DIGEST = {
    service: "sha256:" + str(number) * 64
    for number, service in enumerate(("messaging", "streaming", "cache", "sidecar"), 1)
}
PLATFORM = {"amd64": "sha256:" + "a" * 64, "arm64": "sha256:" + "b" * 64}


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return request.param.read_text()


# Where each step of the workflows is run here: in a test, by `make test` or `make nightly` itself,
# or in a release's rehearsal. What the forge alone can run is tried against programs of a test's
# own.
RUN_BY = {
    "scripts/ci/changed": "tests/host/test_release.py",
    "scripts/release/plan": "tests/host/test_release.py",
    "scripts/ci/log-in": "tests/host/test_workflows.py",
    "scripts/ci/builder": "tests/host/test_workflows.py",
    "scripts/ci/tell-engine": "tests/host/test_workflows.py",
    "scripts/release/images": "tests/host/test_workflows.py",
    "scripts/release/open-issues": "tests/host/test_workflows.py",
    "scripts/release/publish": "tests/host/test_workflows.py",
    "scripts/ci/required": "tests/host/test_forge.py",
    "scripts/ci/emulate-amd64": "tests/host/test_forge.py",
    "scripts/ci/failure-issue": "tests/host/test_forge.py",
    "ci-image": "tests/e2e/test_ci.py",
    "ci-smoke": "tests/e2e/test_ci.py",
    "ci-build-": "scripts/release/rehearsal",
    "setup-release-tools": "scripts/release/rehearsal",
}


def test_each_step_is_run_here_too():
    """test_forge.py has seen that each is one script or target of ours, and that it is there."""
    jobs = forge.jobs(forge.load())
    found = [
        forge.STEP.fullmatch(line)
        for _, workflow, _, job in jobs
        for line, _ in forge.commands(workflow, job)
    ]
    steps = {each["script"] or each["target"].strip('"').partition("$")[0] for each in found}
    own = forge.NAMED_STAGES | makefile.made_by(["test", "nightly"]) | set(makefile.test_stages())
    assert steps - own == set(RUN_BY)
    for step, where in RUN_BY.items():
        assert step.removeprefix("setup-") in (ROOT / where).read_text(), (
            f"{where} does not run {step}"
        )


@pytest.mark.parametrize(
    ("target", "stage"), [("ci-build-amd64", "build"), ("ci-build-arm64", "build-arm64")]
)
def test_the_workflows_compile_as_make_test_does(target, stage):
    said = [
        subprocess.run(
            ["make", "-n", "-C", ROOT, name], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        for name in (target, stage)
    ]
    assert said[0] == said[1] and "cmake --build" in said[0]
    assert stage in makefile.test_stages()


def test_actions_are_pinned_by_commit_and_say_their_version(workflow):
    for used in re.findall(r"uses: *(.*)$", workflow, re.MULTILINE):
        assert used.startswith("./.github/workflows/") or re.fullmatch(
            r"actions/[a-z-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", used
        ), used


def test_permissions_and_time_are_bounded(workflow):
    assert re.search(r"^permissions:\n  contents: read\n\n", workflow, re.MULTILINE)
    assert workflow.count("runs-on:") == workflow.count("timeout-minutes:")
    assert "pull_request_target" not in workflow and "write-all" not in workflow
    # What came from outside goes through the environment, never into a shell's text.
    assert not re.search(r"run:.*\$\{\{", workflow)


def test_a_tag_is_set_only_after_smoke_test_and_gate_of_what_was_pushed():
    lasts = {
        forge.IMAGES: ("tag", ["gate", "tag"]),
        forge.RELEASE: ("release", ["gate", "sign", "tag"]),
    }
    for file, (last, expected) in lasts.items():
        workflow = forge.load()[file]
        steps = {
            name: [
                line.split()[1]
                for line, _ in forge.commands(workflow, job)
                if line.startswith("scripts/release/images ")
            ]
            for name, job in workflow["jobs"].items()
        }
        # Each platform's image starts on a machine of its own.
        assert (steps["push"], steps["smoke"], steps[last]) == (
            ["push"],
            ["smoke", "smoke"],
            expected,
        ), file
        assert {values["runner"] for values in forge.combinations(workflow["jobs"]["smoke"])} == {
            "ubuntu-24.04",
            "ubuntu-24.04-arm",
        }
        assert {"push", "smoke"} <= forge.needed_by(workflow, last)
        assert "push" in forge.needed_by(workflow, "smoke")
        tagging = [name for name, lines in steps.items() if "tag" in lines]
        assert tagging == [last]


def test_secrets_are_given_to_the_signing_step_alone():
    for path in WORKFLOWS:
        for line in re.findall(r".*\$\{\{ *secrets\..*", path.read_text()):
            assert re.match(r" +COSIGN_(PRIVATE_KEY|PASSWORD): ", line), line


class Machine:
    """The scripts with a docker and a gh that write down what they were asked."""

    def __init__(self, folder):
        self.folder = folder
        self.state = folder / "state"
        (folder / "bin").mkdir()
        self.program("docker", DOCKER)
        self.program(
            "gh",
            'printf "gh" >>"$CALLS"; printf " %q" "$@" >>"$CALLS"; echo >>"$CALLS"\n'
            '[[ "$1 $2" == "issue list" ]] && cat "$OPEN"; [[ "$*" == *body-file\\ -* ]] && cat >/dev/null; exit 0\n',
        )
        (folder / "open").write_text("")
        (folder / "calls").write_text("")

    def program(self, name, text):
        path = self.folder / "bin" / name
        path.write_text("#!/usr/bin/env bash\n" + text)
        path.chmod(0o755)

    def run(self, *argv, stdin="", **variables):
        index = {
            "manifests": [
                {"digest": digest, "platform": {"os": "linux", "architecture": name}}
                for name, digest in PLATFORM.items()
            ]
            + [
                {
                    "digest": "sha256:" + "c" * 64,
                    "platform": {"os": "unknown", "architecture": "unknown"},
                }
            ]
        }
        environment = {
            **os.environ,
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "CALLS": self.folder / "calls",
            "OPEN": self.folder / "open",
            "INDEX": json.dumps(index),
            "DIGESTS": json.dumps(DIGEST),
            "ARC_RELEASE_STATE": self.state,
            "ARC_REGISTRY": "registry.example",
            "ARC_REGISTRY_OWNER": "ARC-Framework",
            "TAG": "messaging-v1.2.3",
            "ARC_SCANNER": self.folder / "bin/scanner",
            "ARC_SCAN_PAUSE": 0,
            **variables,
        }
        return subprocess.run(
            [str(word) for word in argv],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=ROOT,
            env={name: str(value) for name, value in environment.items()},
        )

    def scanner(self, findings="[]", status=0, log=""):
        (self.folder / "findings").write_text(findings)
        (self.folder / "log").write_text(log)
        self.program(
            "scanner",
            f"""while (($#)); do [[ $1 == --output ]] && out=$2; image=$1; shift; done
echo "scan $image" >>"$CALLS"
cat {self.folder}/log >&2
((({status}) == 0)) || exit {status}
printf '{{"ArtifactName": "%s", "Results": [{{"Vulnerabilities": %s}}]}}' "$image" "$(<{self.folder}/findings)" >"$out"
""",
        )

    def calls(self):
        return (self.folder / "calls").read_text().splitlines()


DOCKER = r"""
printf "docker" >>"$CALLS"; printf " %q" "$@" >>"$CALLS"; echo >>"$CALLS"
case "$*" in
    "buildx bake"*)
        while (($#)); do [[ $1 == --metadata-file ]] && file=$2; shift; done
        python3 -c 'import json, os; print(json.dumps({name: {"containerimage.digest": digest} for name, digest in json.loads(os.environ["DIGESTS"]).items()}))' >"$file" ;;
    "container inspect"*) echo "${STATE:-running healthy}" ;;
    *"imagetools inspect"*) [[ -z ${NO_REGISTRY:-} ]] && echo "$INDEX" ;;
    login*) cat >/dev/null ;;
esac
"""
CRITICAL = json.dumps(
    [
        {
            "VulnerabilityID": "CVE-2026-0001",
            "PkgName": "libssl3t64",
            "InstalledVersion": "3.5.0-1",
            "Severity": "CRITICAL",
        }
    ]
)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def images(machine, *steps, **variables):
    for step in steps:
        result = machine.run(ROOT / "scripts/release/images", step, **variables)
        if result.returncode:
            return result
    return result


def tags(machine):
    return [line for line in machine.calls() if "imagetools create" in line]


def test_images_are_pushed_by_digest_without_a_tag(machine):
    result = images(machine, "push")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [
        f"registry.example/arc-framework/arc-{service}@{digest}"
        for service, digest in DIGEST.items()
    ]
    bakes = [line.replace("\\", "") for line in machine.calls() if "buildx bake" in line]
    assert (
        len(bakes) == 1
        and bakes[0].count("push-by-digest=true") == 4
        and "messaging-v" not in bakes[0]
    ), "one run builds all four, at once"


def test_a_build_without_a_digest_is_no_push(machine):
    result = images(machine, "push", DIGESTS="{}")
    assert result.returncode != 0 and not (machine.state / "digests").exists()


def test_only_the_services_that_changed_are_pushed(machine):
    assert images(machine, "push", ARC_SERVICES='["cache"]').stdout.split() == [
        f"registry.example/arc-framework/arc-cache@{DIGEST['cache']}"
    ]


def started(machine):
    """The images, each once."""
    words = [
        word
        for line in machine.calls()
        if line.startswith("docker run ")
        for word in line.replace("\\", "").split()
        if "@sha256:" in word
    ]
    return list(dict.fromkeys(words))


def test_what_is_smoke_tested_is_what_was_pushed(machine):
    """Built once: the digests that were pushed are those that are started, judged and tagged."""
    assert images(machine, "push").returncode == 0
    images(machine, "smoke", ARC_WAIT_TIMEOUT=3)
    assert started(machine) == [
        f"registry.example/arc-framework/arc-{service}@{digest}"
        for service, digest in DIGEST.items()
    ]
    assert sum("buildx bake" in line for line in machine.calls()) == 1


def test_a_smoke_test_of_another_platform_takes_that_ones_digest(machine):
    assert images(machine, "push").returncode == 0
    images(
        machine,
        "smoke",
        ARC_SMOKE_PLATFORM="linux/arm64",
        ARC_SERVICES="[messaging]",
        ARC_WAIT_TIMEOUT=3,
    )
    assert started(machine) == [f"registry.example/arc-framework/arc-messaging@{PLATFORM['arm64']}"]
    assert any(
        "--platform linux/arm64" in line for line in machine.calls() if "run --detach" in line
    )


def test_an_image_that_does_not_become_healthy_is_red(machine):
    assert images(machine, "push", ARC_SERVICES='["cache"]').returncode == 0
    result = images(machine, "smoke", ARC_SERVICES='["cache"]', STATE="exited unhealthy")
    assert result.returncode != 0 and "arc-cache is exited unhealthy" in result.stderr


def test_what_was_not_pushed_cannot_be_smoke_tested(machine):
    assert images(machine, "push", ARC_SERVICES='["cache"]').returncode == 0
    assert images(machine, "smoke", ARC_SERVICES='["messaging"]').returncode != 0


def test_each_platform_is_scanned_by_digest_before_a_tag_moves(machine):
    machine.scanner()
    result = images(machine, "push", "gate", "tag")
    assert result.returncode == 0, result.stderr
    calls = [
        line.split()[0] + " " + line.split()[2] if "imagetools create" in line else line
        for line in machine.calls()
        if line.startswith("scan ") or "imagetools create" in line
    ]
    assert len(calls) == 12 and all(line.startswith("scan ") for line in calls[:8])
    assert {line.split("@")[1] for line in calls[:8]} == set(PLATFORM.values())
    assert all(f"arc-{service}:messaging-v1.2.3" in "".join(tags(machine)) for service in DIGEST)


@pytest.mark.parametrize(
    ("scanner", "status", "issues"),
    [
        ({"findings": CRITICAL}, 1, 4),  # one a service: both platforms have the same
        ({"status": 1, "log": "FATAL DB error: failed to download vulnerability DB"}, 3, 0),
        ({"findings": "nonsense"}, 4, 0),
    ],
)
def test_a_blocked_release_moves_no_tag(machine, scanner, status, issues):
    machine.scanner(**scanner)
    assert images(machine, "push", "gate").returncode == status
    assert len(list(machine.state.glob("issues/*.md"))) == issues
    assert images(machine, "tag").returncode != 0
    assert tags(machine) == []


def test_a_gate_that_saw_no_image_has_not_passed(machine):
    machine.scanner()
    assert images(machine, "gate").returncode != 0
    assert images(machine, "push").returncode == 0
    assert images(machine, "gate", NO_REGISTRY=1).returncode != 0
    assert images(machine, "tag").returncode != 0 and tags(machine) == []


def test_the_token_is_in_no_argument_and_no_output(machine):
    result = machine.run(ROOT / "scripts/ci/log-in", GH_TOKEN="t0p-secret")
    assert result.returncode == 0, result.stderr
    assert "t0p-secret" not in result.stdout + result.stderr + "".join(machine.calls())
    assert "--username arc-framework --password-stdin" in machine.calls()[0]


def test_the_builder_is_of_the_driver_that_pushes_by_digest(machine):
    assert machine.run(ROOT / "scripts/ci/builder", "image=x", "network=host").returncode == 0
    assert machine.calls() == [
        "docker buildx create --use --driver docker-container --driver-opt image=x --driver-opt network=host"
    ]


def test_the_page_of_a_release_has_notes_digests_and_files(machine):
    """What gh is given; the page itself is the forge's."""
    for architecture in ("amd64", "arm64"):
        (machine.folder / f"build/release-{architecture}").mkdir(parents=True)
        (machine.folder / f"build/release-{architecture}/arc-sidecar").write_text(
            f"#!/bin/sh\necho {architecture} $*\n"
        )
    (machine.folder / "CHANGELOG.md").write_text(
        "## 1.2.3 - 2026-01-02\n\n- this\n\n## 1.2.2 - 2026-01-01\n\n- before\n"
    )
    assert images(machine, "push").returncode == 0
    variables = {
        "VERSION": "1.2.3",
        "GITHUB_REF_NAME": "messaging/v1.2.3",
        "ARC_RELEASE_TREE": machine.folder,
        "ARC_BUILD_ROOT": machine.folder / "build",
    }
    result = machine.run(ROOT / "scripts/release/publish", **variables)
    assert result.returncode == 0, result.stderr
    call = next(
        line
        for line in machine.calls()
        if line.startswith("gh release create messaging/v1.2.3 --verify-tag ")
    )
    assert all(
        f"{machine.state}/files/{name}" in call
        for name in (
            "SHA256SUMS",
            "arc-sidecar-linux-amd64",
            "arc-sidecar-linux-arm64",
            "arc-sidecar-linux-amd64.tar.gz",
            "arc-sidecar-linux-arm64.tar.gz",
        )
    )
    notes = (machine.state / "notes.md").read_text()
    assert (
        notes.startswith("- this\n")
        and "before" not in notes
        and all(digest in notes for digest in DIGEST.values())
    )
    assert (
        machine.run(ROOT / "scripts/release/publish", **variables | {"VERSION": "1.2.4"}).returncode
        != 0
    )


def test_signing_attests_every_platform_and_signs_the_index(machine):
    assert images(machine, "push", ARC_SERVICES='["cache"]').returncode == 0
    result = images(
        machine, "sign", COSIGN_PRIVATE_KEY="k3y", COSIGN_PASSWORD="p4ss", HOME=machine.folder
    )
    assert result.returncode == 0, result.stderr
    text = "\n".join(machine.calls())
    assert "k3y" not in text and "p4ss" not in text
    for digest in PLATFORM.values():
        assert re.search(rf"cosign attest .*@{digest}", text) and re.search(
            rf"syft .*@{digest}", text
        )
    assert re.search(rf"cosign sign .*@{DIGEST['cache']}", text)


def test_an_issue_that_is_open_is_not_opened_again(machine):
    folder = machine.folder / "issues"
    folder.mkdir()
    (folder / "1.md").write_text("one is open\n\ntext\n")
    (folder / "2.md").write_text("two is new\n\ntext\n")
    (machine.folder / "open").write_text("one is open\n")
    result = machine.run(ROOT / "scripts/release/open-issues", folder)
    assert result.returncode == 0, result.stderr
    created = [line for line in machine.calls() if "issue create" in line]
    assert len(created) == 1 and "two" in created[0]


@pytest.mark.parametrize(("label", "said"), [((), "vulnerability"), (("nightly",), "nightly")])
def test_an_issue_has_the_label_of_what_found_it(machine, label, said):
    (machine.folder / "issues").mkdir()
    (machine.folder / "issues/1.md").write_text("one\n\ntext\n")
    assert (
        machine.run(
            ROOT / "scripts/release/open-issues", machine.folder / "issues", *label
        ).returncode
        == 0
    )
    assert any(f"label create {said} " in line for line in machine.calls())
    assert any(f"issue create --title one --label {said} " in line for line in machine.calls())


def test_an_unknown_label_opens_nothing(machine):
    result = machine.run(ROOT / "scripts/release/open-issues", machine.folder, "other")
    assert result.returncode != 0 and "label 'other' is not known" in result.stderr
    assert machine.calls() == []


def test_no_finding_opens_no_issue(machine):
    assert (
        machine.run(ROOT / "scripts/release/open-issues", machine.folder / "none").returncode == 0
    )
    assert not [line for line in machine.calls() if "issue create" in line]


def test_what_the_engine_knows_can_be_told(machine):
    assert machine.run(ROOT / "scripts/ci/tell-engine").returncode == 0
    assert "docker ps --all" in machine.calls()
