"""The command line and the configuration as a user meets them: arguments and environment in; exit
code and words out."""

import json
import re
import tomllib

import pytest

from support.servers import (
    SIDECAR,
    free_port,
    redis_server,
    run_sidecar,
    running,
    sidecar_environment,
    wait_until,
)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 64, ["a command is missing", "--help"]),
        (("chek",), 64, ["no command 'chek'", "did you mean 'check'?"]),
        (("check", "--strct"), 64, ["no flag '--strct'", "did you mean '--strict'?"]),
        (("check", "redsi"), 64, ["no service 'redsi'", "did you mean 'redis'?"]),
        (
            ("check", "--format", "jsn"),
            64,
            ["--format", "'jsn' is none of", "did you mean 'json'?"],
        ),
        (("check", "--redis-password", "x"), 64, ["--redis-password", "ARC_REDIS_PASSWORD_FILE"]),
        (("check", "--redis-password=x"), 64, ["--redis-password", "ARC_REDIS_PASSWORD_FILE"]),
        (("check", "--timeout"), 64, ["--timeout"]),
        (("config", "nats"), 64, ["'nats' is not expected here"]),
        (("check", "--timeout", "soon"), 78, ["--timeout", "'soon' is not a duration", "200ms"]),
        (("check", "--timeout", "0"), 78, ["--timeout", "more than 0"]),
        (
            ("check", "--redis-appendfsync", "evrysec"),
            78,
            ["--redis-appendfsync", "did you mean 'everysec'?"],
        ),
        (
            ("check", "--nats-url", "nats://me:secret@host"),
            78,
            ["--nats-url", "credentials do not belong in a URL"],
        ),
        (("check", "--config", "/no/such.toml"), 78, ["/no/such.toml", "--config"]),
        (("bootstrap", "--dryrun"), 64, ["did you mean '--dry-run'?"]),
        (("run",), 64, ["command"]),
    ],
)
def test_errors_say_what_and_where_and_what_next(arguments, code, words):
    result = run_sidecar(*arguments)
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
    assert "secret@" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("check", "--help"),
        ("bootstrap", "--help"),
        ("wait", "--help"),
        ("config", "--help"),
        ("explain", "--help"),
        ("metrics", "--help"),
        ("preflight", "--help"),
        ("run", "--help"),
        ("agent", "--help"),
        ("--version",),
    ],
)
def test_help_is_on_standard_output_and_fits_80_columns(arguments):
    result = run_sidecar(*arguments)
    assert result.returncode == 0
    assert "arc-sidecar" in result.stdout
    assert result.stderr == ""
    if arguments[-1] == "--help":
        assert [line for line in result.stdout.splitlines() if len(line) > 80] == []


COMMANDS = re.findall(r"^  ([a-z][a-z-]*) ", run_sidecar("--help").stdout, re.MULTILINE)
TYPES = {
    *("BOOL", "SIZE", "DURATION", "URL", "FILE", "DIR", "TEXT", "CHOICE", "NAME", "SIGNAL"),
    *("PORT", "ADDRESS:PORT", "HOSTS"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_usage_types_and_exit_codes(command):
    text = run_sidecar(command, "--help").stdout
    assert text.startswith(f"Usage: arc-sidecar {command} [OPTIONS]")
    assert "\nExit code:\n" in text
    assert re.search(r"^  64 +usage error", text, re.MULTILINE)
    for value in re.findall(r"^  --[a-z-]+ (\S+)", text, re.MULTILINE):
        assert {word for word in value.split("|") if word != word.lower()} <= TYPES, value


@pytest.mark.parametrize("command", ["config", "preflight", "explain", "run"])
def test_a_command_without_a_time_limit_has_no_timeout(command):
    assert "--timeout" not in run_sidecar(command, "--help").stdout
    result = run_sidecar(command, "--timeout", "1s", "--", "true")
    assert result.returncode == 64
    assert "--timeout" in result.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[redis]\nappendonyl = true\n",
            [":2:", "'redis.appendonyl'", "did you mean 'redis.appendonly'?"],
        ),
        ('[redis]\nappendfsync = "sometimes"\n', [":2:", "'sometimes' is none of"]),
        ("timeout = 3\n\n[nats\n", [":3:", "not TOML"]),
        (
            '[[nats.stream]]\nname = "A"\nsubject = ["a"]\n',
            [":3:", "'subject'", "did you mean 'subjects'?"],
        ),
        ('[[nats.stream]]\nsubjects = ["a"]\n', ["needs a name"]),
        ('[[nats.stream]]\nname = "A"\n[[nats.stream]]\nname = "A"\n', ["declared twice"]),
        ('[[pulsar.topic]]\nname = "t/n/x"\npartitions = "many"\n', [":3:", "'many'"]),
        ("nats = 5\n", ["'nats'"]),
        ('[[nats.stream]]\nname = "A.B"\n', [":1:", "'A.B'", "no spaces, dots"]),
        ('[[pulsar.namespace]]\nname = "events"\n', [":1:", "'events'", "tenant/namespace"]),
        (
            '[[pulsar.topic]]\nname = "arc-system/events"\n',
            [":1:", "'arc-system/events'", "tenant/namespace/topic"],
        ),
    ],
)
def test_wrong_file_is_78_with_file_line_and_suggestion(tmp_path, text, words):
    file = tmp_path / "sidecar.toml"
    file.write_text(text)
    result = run_sidecar("config", "--check", env={"ARC_CONFIG": str(file)})
    assert result.returncode == 78
    assert str(file) in result.stderr
    for word in words:
        assert word in result.stderr


def test_flags_beat_environment_beats_file_beats_defaults(tmp_path):
    file = tmp_path / "sidecar.toml"
    file.write_text('timeout = "7s"\n[redis]\nurl = "file:1"\nmaxmemory = "1gb"\n')
    env = {
        "ARC_CONFIG": str(file),
        "ARC_REDIS_URL": "environment:2",
        "ARC_NATS_URL": "environment:3",
    }
    shown = run_sidecar("config", "--nats-url", "flag:4", env=env).stdout
    assert f'timeout = "7s"  # {file}:1' in shown
    assert 'url = "nats://flag:4"  # --nats-url' in shown
    assert 'url = "redis://environment:2"  # ARC_REDIS_URL' in shown
    assert f'maxmemory = "1GiB"  # {file}:4' in shown
    assert "canary = false  # default" in shown
    assert 'appendfsync = "everysec"  # default' in shown


ODD = 'a "quoted" \\ back\\slash # tab\tand é'


@pytest.mark.parametrize(
    "env",
    [
        {},
        {
            "ARC_NATS_USER": ODD,
            "ARC_REDIS_MAXMEMORY": "1000001",
            "ARC_NATS_MIN_FREE": "3gb",
            "ARC_NATS_TLS_FIRST": "yes",
            "ARC_END_UNHEALTHY_AFTER": "90s",
            "ARC_LEVELS": "redis.memory.full=unhealthy",
        },
    ],
    ids=["default", "odd"],
)
def test_config_prints_toml_that_reads_back(tmp_path, env):
    first = run_sidecar("config", env=env).stdout
    values = tomllib.loads(first)
    if env:
        assert values["nats"]["user"] == ODD
        assert values["nats"]["min_free"] == "3GiB"
        assert values["nats"]["tls_first"] is True
        assert values["redis"]["maxmemory"] == 1000001
        assert values["levels"] == {"redis.memory.full": "unhealthy"}
    file = tmp_path / "sidecar.toml"
    file.write_text(first)
    second = run_sidecar(
        "config", env={"ARC_CONFIG": str(file), "ARC_STATE_DIR": "/nonexistent/arc"}
    )
    assert second.returncode == 0, second.stderr
    assert tomllib.loads(second.stdout) == values


def test_a_declared_object_with_odd_text_reads_back(tmp_path):
    file = tmp_path / "sidecar.toml"
    file.write_text(f'[[nats.stream]]\nname = "A"\nsubjects = ["a"]\ndescription = \'{ODD}\'\n')
    values = tomllib.loads(run_sidecar("config", env={"ARC_CONFIG": str(file)}).stdout)
    assert values["nats"]["stream"][0]["description"] == ODD


def test_no_secret_is_ever_shown(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2-in-a-file\n")
    env = {
        "ARC_NATS_PASSWORD": "hunter2-nats",
        "ARC_NATS_USER": "me",
        "ARC_REDIS_PASSWORD_FILE": str(secret),
        "ARC_PULSAR_TOKEN": "hunter2-pulsar",
        "ARC_NATS_URL": f"127.0.0.1:{free_port()}",
        "ARC_REDIS_URL": f"127.0.0.1:{free_port()}",
        "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{free_port()}",
    }
    for arguments in (
        ("config",),
        ("check",),
        ("check", "--format", "json"),
        ("bootstrap", "--dry-run", "--timeout", "1s"),
    ):
        result = run_sidecar(*arguments, env=env)
        assert "hunter2" not in result.stdout + result.stderr
    assert "(set)  # ARC_REDIS_PASSWORD_FILE" in run_sidecar("config", env=env).stdout


def test_a_secret_given_twice_is_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    result = run_sidecar(
        "check", "redis", env={"ARC_REDIS_PASSWORD": "x", "ARC_REDIS_PASSWORD_FILE": str(secret)}
    )
    assert result.returncode == 78
    assert "ARC_REDIS_PASSWORD and ARC_REDIS_PASSWORD_FILE are both set" in result.stderr


def test_misspelt_variable_is_a_warning_of_config():
    result = run_sidecar("config", "--check", env={"ARC_REDIS_APPENDONYL": "yes"})
    assert result.returncode == 0
    assert (
        "ARC_REDIS_APPENDONYL means nothing here; did you mean 'ARC_REDIS_APPENDONLY'?"
        in result.stderr
    )


def test_nobody_answers_is_unhealthy_and_json_says_so():
    env = {"ARC_REDIS_URL": f"127.0.0.1:{free_port()}"}
    result = run_sidecar("check", "redis", "--format", "json", env=env)
    assert result.returncode == 1
    report = json.loads(result.stdout)
    assert report["level"] == "unhealthy"
    assert [service["service"] for service in report["services"]] == ["redis"]


def test_without_a_service_all_three_are_checked_and_the_image_checks_its_own():
    ports = {
        "ARC_NATS_URL": f"127.0.0.1:{free_port()}",
        "ARC_REDIS_URL": f"127.0.0.1:{free_port()}",
        "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{free_port()}",
    }
    everything = json.loads(run_sidecar("check", "--format", "json", env=ports).stdout)
    assert [service["service"] for service in everything["services"]] == ["nats", "pulsar", "redis"]
    own = json.loads(
        run_sidecar("check", "--format", "json", env=ports | {"ARC_SERVICE": "redis"}).stdout
    )
    assert [service["service"] for service in own["services"]] == ["redis"]


def test_wait_gives_up_with_the_last_verdict():
    result = run_sidecar(
        "wait", "redis", "--timeout", "600ms", env={"ARC_REDIS_URL": f"127.0.0.1:{free_port()}"}
    )
    assert result.returncode == 1
    assert "not ready in time" in result.stdout.splitlines()[-1]


def test_wait_counts_its_stages(tmp_path):
    port, log = free_port(), tmp_path / "wait.log"
    env = {"ARC_REDIS_URL": f"127.0.0.1:{port}"}
    with running([SIDECAR, "wait", "redis"], log, env=sidecar_environment(env)) as waiting:
        wait_until(lambda: "refused" in log.read_text(), "the first stage is printed")
        with redis_server(tmp_path / "data", port=port):
            assert waiting.wait(20) == 0
            at_once = run_sidecar("wait", "redis", env=env).stdout
    assert re.search(r", ([2-9]|\d\d+) stages\)$", log.read_text().strip())
    assert at_once.strip().endswith(", 1 stage)")


def test_explain_gives_meaning_measurement_reason_and_remedy():
    result = run_sidecar("explain", "nats.stream.stuck")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("nats.stream.stuck\n\nA write to a stream failed")
    for heading in ("How it is measured:", "Why this level:", "What to do:"):
        assert f"\n{heading}\n  " in result.stdout
    assert "unhealthy (fails readiness)" in result.stdout


def test_explain_lists_every_code_and_fits_80_columns():
    listed = run_sidecar("explain")
    assert listed.returncode == 0
    rows = json.loads(run_sidecar("explain", "--format", "json").stdout)
    texts = [listed.stdout]
    for row in rows:
        assert re.search(rf"^  {row['code']} +{row['worst']}$", listed.stdout, re.MULTILINE)
    for row in rows[:: len(rows) // 20]:
        texts.append(run_sidecar("explain", row["code"]).stdout)
    assert all(len(line) <= 80 for text in texts for line in text.splitlines())


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("redis.memory.ful", "did you mean 'redis.memory.full'?"),
        ("redis.loading", "it was renamed to 'redis.dataset.loading' after 0.1.0"),
    ],
)
def test_explain_of_an_unknown_code_suggests_one(code, hint):
    result = run_sidecar("explain", code)
    assert (result.returncode, result.stdout) == (64, "")
    assert f"no finding has the code '{code}'; {hint}" in result.stderr
