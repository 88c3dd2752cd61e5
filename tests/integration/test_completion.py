"""Shell completion and the manual page, which follow from the same tables as --help."""

import os
import pty
import re
import shutil
import subprocess

import pytest

from support.servers import need, run_sidecar, wait_until

CHECK = run_sidecar("check", "--help").stdout
SERVICES = re.split(r",\s+|\s+or\s+", re.search(r"SERVICE\.\.\.\s+([^.]*)\. Default", CHECK)[1])
COMMANDS = re.findall(r"^  ([a-z]+) ", run_sidecar("--help").stdout, re.MULTILINE)


def available(program):
    """Whether the test can run: in the image `shells` it must, elsewhere it is left out."""
    if not shutil.which(program) and not os.environ.get("ARC_SHELLS"):
        pytest.skip(f"{program} is not installed")
    return need(program)


def script_of(shell, tmp_path):
    script = tmp_path / f"completion.{shell}"
    script.write_text(run_sidecar("completion", shell).stdout)
    return script


def answer(argv, tmp_path):
    result = subprocess.run(
        argv, capture_output=True, text=True, timeout=20, check=True, cwd=tmp_path
    )
    assert result.stderr == ""
    return [line for line in result.stdout.split("\n") if line]


def bash_completes(tmp_path, *words):
    asked = f"""source {script_of("bash", tmp_path)}
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _arc_sidecar
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return answer([available("bash"), "-euc", asked, "bash", "arc-sidecar", *words], tmp_path)


def fish_completes(tmp_path, *words):
    asked = f"source {script_of('fish', tmp_path)}; complete -C 'arc-sidecar {' '.join(words)}'"
    lines = answer([available("fish"), "--no-config", "-c", asked], tmp_path)
    # fish also offers words that merely contain what was typed.
    return [word for line in lines if (word := line.partition("\t")[0]).startswith(words[-1])]


# Writes the candidates of one completion to `candidates`, then END.
ZSH_SETTINGS = """
autoload -Uz compinit; compinit -u -D
source {script}
_shown() {{
    compadd() {{
        local -a hits
        [[ -n ${{@[(r)-[OAD]]}} ]] || {{
            builtin compadd -A hits "$@"
            print -rl -- $hits >>{folder}/candidates
        }}
        builtin compadd "$@"
    }}
    _main_complete
    unfunction compadd
    print END >>{folder}/candidates
}}
zle -C shown complete-word _shown
bindkey '^I' shown
PROMPT='READY'
"""


def zsh_completes(tmp_path, *words):
    """In an interactive zsh on a terminal: elsewhere it completes nothing."""
    zsh = available("zsh")
    (tmp_path / ".zshrc").write_text(
        ZSH_SETTINGS.format(script=script_of("zsh", tmp_path), folder=tmp_path)
    )
    candidates = tmp_path / "candidates"
    candidates.touch()
    terminal, slave = pty.openpty()
    environment = os.environ | {"ZDOTDIR": str(tmp_path), "TERM": "dumb"}
    process = subprocess.Popen(
        [zsh, "-d", "-i"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
    )
    try:
        shown = b""
        while b"READY" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, f"arc-sidecar {' '.join(words)}\t".encode())
        wait_until(lambda: "END" in candidates.read_text(), "zsh has completed")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
        os.close(slave)
    return [line for line in candidates.read_text().splitlines() if line not in ("", "END")]


COMPLETES = {"bash": bash_completes, "zsh": zsh_completes, "fish": fish_completes}


@pytest.mark.parametrize("shell", sorted(COMPLETES))
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ch"], ["check"]),
        (["check", ""], SERVICES),
        (["wait", "nats", "r"], ["redis"]),
        (["metrics", "pul"], ["pulsar"]),
        (["check", "--st"], ["--startup", "--strict", "--state-dir"]),
        (["check", "--format", ""], ["text", "json"]),
        (["check", "--nats-tls-first", "t"], ["true"]),
        (["check", "--redis-maxmemory-policy", "noev"], ["noeviction"]),
        (["wait", "--listen", ""], ["auto", "off"]),
        (["explain", "nats.stream.miss"], ["nats.stream.missing"]),
        (["completion", "z"], ["zsh"]),
        (["run", "--preflight", ""], ["refuse", "warn", "off"]),
        (["run", "--", "redis-ser"], ["redis-server"]),
    ],
)
def test_a_shell_completes(tmp_path, shell, words, expected):
    assert sorted(COMPLETES[shell](tmp_path, *words)) == sorted(expected)


def test_bash_completes_files_and_the_server_s_command(tmp_path):
    (tmp_path / "arc-own.toml").touch()
    assert bash_completes(tmp_path, "check", "--config", "arc-") == ["arc-own.toml"]
    assert "arc-own.toml" in bash_completes(tmp_path, "run", "--", "arc-")
    assert bash_completes(tmp_path, "check", "--timeout", "") == []


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
    available(shell)
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


def test_mandoc_has_no_objection_to_the_manual_page():
    mandoc = available("mandoc")
    page = run_sidecar("man").stdout
    result = subprocess.run(
        [mandoc, "-T", "lint"], input=page, capture_output=True, text=True, timeout=20, check=False
    )
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
