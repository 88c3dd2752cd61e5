"""Shell completion and the manual page, which follow from the same tables as --help."""

import re
import shutil
import subprocess

import pytest

from support.servers import need, run_sidecar

COMMANDS = re.findall(r"^  ([a-z]+) ", run_sidecar("--help").stdout, re.MULTILINE)


def completed(tmp_path, *words):
    """The candidates of bash for the last word."""
    script = tmp_path / "completion.bash"
    script.write_text(run_sidecar("completion", "bash").stdout)
    asked = f"""source {script}
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _arc_sidecar
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    argv = [need("bash"), "-euc", asked, "bash", "arc-sidecar", *words]
    result = subprocess.run(
        argv, capture_output=True, text=True, timeout=20, check=True, cwd=tmp_path
    )
    assert result.stderr == ""
    return [word for word in result.stdout.split("\n") if word]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ch"], ["check"]),
        (["--v"], ["--version"]),
        (["check", "--st"], ["--startup", "--strict", "--state-dir"]),
        (["check", "--format", ""], ["text", "json"]),
        (["check", "--nats-tls-first", "t"], ["true"]),
        (["check", "--redis-maxmemory-policy", "noe"], ["noeviction"]),
        (["wait", "--listen", ""], ["auto", "off"]),
        (["check", "--timeout", ""], []),
        (["explain", "nats.stream.miss"], ["nats.stream.missing"]),
        (["completion", "z"], ["zsh"]),
        (["run", "--preflight", ""], ["refuse", "warn", "off"]),
    ],
)
def test_bash_completes(tmp_path, words, expected):
    assert sorted(completed(tmp_path, *words)) == sorted(expected)


def test_bash_completes_files_and_the_server_s_command(tmp_path):
    (tmp_path / "arc-own.toml").touch()
    assert completed(tmp_path, "check", "--config", "arc-") == ["arc-own.toml"]
    assert "arc-own.toml" in completed(tmp_path, "run", "--", "arc-")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_knows_each_command_and_flag(shell):
    script = run_sidecar("completion", shell).stdout
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", script)
    long_flags = re.findall(r"^  (?:-h, )?--([a-z-]+)", run_sidecar("check", "--help").stdout, re.M)
    assert len(long_flags) > 20
    for flag in long_flags:
        assert re.search(rf"(--|-l ){flag}\b", script), flag


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_accepts_its_script(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = run_sidecar("completion", shell).stdout
    result = subprocess.run(
        [shell, "-n"], input=script, capture_output=True, text=True, timeout=20, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_shell_must_be_named():
    result = run_sidecar("completion")
    assert (result.returncode, result.stdout) == (64, "")
    assert "bash, zsh or fish" in result.stderr


def plain(text):
    """The text of a line of roff."""
    return re.sub(r"\\f[BIR]|\\&", "", text).replace("\\-", "-").replace("\\e", "\\")


def test_the_manual_page_has_what_each_help_has():
    page = plain(run_sidecar("man").stdout)
    for command in COMMANDS:
        help_text = run_sidecar(command, "--help").stdout
        (usage,) = re.findall(r"^Usage: arc-sidecar (.*)$", help_text, re.MULTILINE)
        assert f'.SS "{usage}"\n' in page
        for flag in re.findall(r"^  (?:-h, )?(--[a-z-]+)", help_text, re.MULTILINE):
            assert re.search(rf"^\.TP\n(-h, )?{flag}\b", page, re.MULTILINE), flag


def test_the_manual_page_has_known_requests_and_escapes_alone():
    page = run_sidecar("man").stdout
    for line in page.splitlines():
        assert line, "an empty line is a paragraph without a request"
        assert not line.startswith("'")
        assert not line.startswith(".") or re.match(r"\.(TH|SH|SS|PP|TP)\b", line), line
        assert re.fullmatch(r"(?:[^\\]|\\f[BIR]|\\[-e&])*", line), line


@pytest.mark.parametrize(
    "lint", [["mandoc", "-T", "lint", "-W", "error"], ["groff", "-man", "-Tutf8", "-ww", "-z"]]
)
def test_a_linter_accepts_the_manual_page(lint):
    if not shutil.which(lint[0]):
        pytest.skip(f"{lint[0]} is not installed")
    page = run_sidecar("man").stdout
    result = subprocess.run(
        lint, input=page, capture_output=True, text=True, timeout=20, check=False
    )
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
