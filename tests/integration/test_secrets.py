"""Secrets in each place where one can be configured, and peers that repeat what they were told: no
output has a piece of one, nor a control character."""

import base64
import http.server
import json
import threading

import pytest

from support.output import all_output, leaked, unescaped
from support.run_process import Run
from support.servers import answering_port, free_port, redis_server, run_sidecar

# With what quoting changes: quotes, a backslash, a blank, what URLs and base64 have signs for.
SECRET = 'Zq7"kX\\w9&Lm2 vB/4+Ht'
PLAIN = "Zq7kXw9Lm2vB4HtJr8"
CONTROLS = "\x1b[2J\x07\x85\x9b31m\u202e\u2066\u200b\u2028"


def clean(texts, *secrets):
    for text in texts:
        assert (piece := leaked(text, secrets)) is None, f"{piece!r} is in {text}"
        assert not unescaped(text), text


def said_by(result):
    return [result.stdout, result.stderr]


def repeating(answer, greeting=b""):
    """A peer that answers the first bytes of each connection with answer(bytes), and closes."""

    def talk(connection):
        connection.sendall(greeting)
        connection.sendall(answer(connection.recv(65536)))

    return answering_port(talk)


def one_line(heard):
    return heard.replace(b"\r\n", b" ")


def in_c(heard):
    """As Redis quotes (sdscatrepr)."""
    return one_line(heard).decode().replace("\\", "\\\\").replace('"', '\\"').encode()


def cut_within(heard):
    """Up to the middle of the secret, as a server's own limit cuts."""
    at = heard.find(SECRET[:4].encode())
    return one_line(heard[: at + 10] if at >= 0 else heard)


ANSWERS = {
    "as-heard": one_line,
    "in-c": in_c,
    "cut": cut_within,
    "base64": lambda heard: base64.b64encode(b"u:" + SECRET.encode()),
    "controls": lambda heard: one_line(heard) + CONTROLS.encode() + b"\xff\xc0",
}


@pytest.mark.parametrize("how", list(ANSWERS))
def test_a_redis_that_repeats_what_it_was_told(tmp_path, how):
    state = tmp_path / "state"
    state.mkdir()
    with repeating(lambda heard: b"-ERR you said '" + ANSWERS[how](heard) + b"'\r\n") as port:
        env = {
            "ARC_SERVICE": "redis",
            "ARC_STATE_DIR": str(state),
            "ARC_REDIS_URL": f"127.0.0.1:{port}",
            "ARC_REDIS_PASSWORD": SECRET,
        }
        assert "you said" in run_sidecar("check", env=env).stdout
        clean(all_output(env, state), SECRET)


@pytest.mark.parametrize("how", list(ANSWERS))
def test_what_speaks_no_protocol_at_all_and_repeats(how):
    """The beginning of what it says is shown, and cut."""
    with repeating(lambda heard: b"so: " + ANSWERS[how](heard) + b"\r\n") as port:
        env = {
            "ARC_REDIS_URL": f"127.0.0.1:{port}",
            "ARC_REDIS_USER": "u",
            "ARC_REDIS_PASSWORD": SECRET,
        }
        for arguments in (
            ("check", "redis"),
            ("check", "redis", "--format", "json"),
            ("metrics", "redis"),
        ):
            clean(said_by(run_sidecar(*arguments, env=env)), SECRET)


@pytest.mark.parametrize("setting", ["PASSWORD", "TOKEN"])
@pytest.mark.parametrize("how", list(ANSWERS))
def test_a_nats_server_that_repeats_what_it_was_told(how, setting):
    greeting = b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576,"auth_required":true}\r\n'
    with repeating(
        lambda heard: b"-ERR 'you said " + ANSWERS[how](heard) + b"'\r\n", greeting
    ) as port:
        env = {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
            "ARC_NATS_USER": "u",
            f"ARC_NATS_{setting}": SECRET,
        }
        for arguments in (
            ("check", "nats"),
            ("check", "nats", "--format", "json"),
            ("bootstrap", "nats", "--timeout", "1s"),
            ("metrics", "nats"),
        ):
            clean(said_by(run_sidecar(*arguments, env=env)), SECRET)


class Repeating(http.server.BaseHTTPRequestHandler):
    """An admin API that finds fault with each request's own headers."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        ready = self.path.endswith("/brokers/ready")
        heard = self.headers["Authorization"]
        body = (
            b"ok"
            if ready
            else json.dumps(
                {"reason": f"you said '{heard}'{CONTROLS} and {'long ' * 15}'{heard}'"}
            ).encode()
        )
        self.send_response(200 if ready else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST = do_GET


def test_a_broker_that_repeats_what_it_was_told(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repeating) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"127.0.0.1:{server.server_port}"
        env = {
            "ARC_SERVICE": "pulsar",
            "ARC_STATE_DIR": str(state),
            "ARC_PULSAR_URL": where,
            "ARC_PULSAR_ADMIN_URL": where,
            "ARC_PULSAR_TOKEN": PLAIN,
        }
        assert "you said" in run_sidecar("check", env=env).stdout
        clean(all_output(env, state), PLAIN)
        server.shutdown()


def test_auth_renamed_on_a_real_redis(tmp_path):
    """It names the command that it does not know, with its arguments, cut to 128 bytes."""
    (tmp_path / "redis.conf").write_text('rename-command AUTH ""\n')
    state = tmp_path / "state"
    state.mkdir()
    with redis_server(tmp_path / "server", conf=tmp_path / "redis.conf") as server:
        for user in ("", "u" * 118):
            env = {
                "ARC_SERVICE": "redis",
                "ARC_STATE_DIR": str(state),
                "ARC_REDIS_URL": f"127.0.0.1:{server.port}",
                "ARC_REDIS_USER": user,
                "ARC_REDIS_PASSWORD": SECRET,
            }
            said = all_output(env, state)
            assert any("unknown command" in text for text in said)
            clean(said, SECRET)
            assert not any(f"'{SECRET[:5]}" in text for text in said)


SHAPES = [
    "{scheme}:1234,password={secret},ssl=False",
    "{scheme}://u:{secret}@127.0.0.1:1",
    "{scheme}://{secret}@127.0.0.1",
    "{scheme}://127.0.0.1:{secret}",
    "{scheme}://127.0.0.1/{secret}",
    "{scheme}://127.0.0.1?password={secret}",
    "{secret}://127.0.0.1",
    "{secret} {secret}",
    "[{secret}",
    "a:b:{secret}",
]


@pytest.mark.parametrize("where", ["environment", "file", "flag"])
@pytest.mark.parametrize(
    ("key", "scheme"),
    [
        ("redis.url", "redis"),
        ("nats.url", "nats"),
        ("nats.monitor_url", "http"),
        ("pulsar.url", "pulsar"),
        ("pulsar.admin_url", "http"),
    ],
)
def test_a_url_that_cannot_be_used_is_not_repeated(tmp_path, key, scheme, where):
    for shape in SHAPES:
        if key == "nats.monitor_url" and shape.endswith("/{secret}"):
            continue  # a path is no secret
        text = shape.format(scheme=scheme, secret=PLAIN)
        section, _, name = key.partition(".")
        (tmp_path / "arc.toml").write_text(f"[{section}]\n{name} = {json.dumps(text)}\n")
        env = {
            "environment": {f"ARC_{section}_{name}".upper(): text},
            "file": {"ARC_CONFIG": str(tmp_path / "arc.toml")},
            "flag": {},
        }[where]
        flags = (f"--{section}-{name.replace('_', '-')}", text) if where == "flag" else ()
        for command in ("check", "config", "bootstrap"):
            result = run_sidecar(command, *flags, env=env)
            assert result.returncode == 78, (text, result.stdout + result.stderr)
            clean(said_by(result), PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        "[redis]\npassword = {}\n",
        '[redis]\npassword = "{}\n',
        '[redis]\npassword = ["{}"]\n',
        '[redis]\npassword = {{ a = "{}" }}\n',
        '[redis]\npassword = "{}"\npassword = "{}"\n',
        '[nats]\ntoken = "{}" x\n',
        '[redis]\npassword = "{}"\nappendfsync = "{}"\n',
        '[redis]\npassword = "{}"\n"{}" = 1\n',
        '[pulsar]\ntoken = "{}"\n[[pulsar.tenant]]\nname = "{}/"\n',
    ],
)
def test_a_file_that_is_wrong_is_not_repeated(tmp_path, text):
    (tmp_path / "arc.toml").write_text(
        text.replace("{}", PLAIN).replace("{{", "{").replace("}}", "}")
    )
    for command in ("check", "config", "bootstrap"):
        result = run_sidecar(command, env={"ARC_CONFIG": str(tmp_path / "arc.toml")})
        assert result.returncode == 78
        clean(said_by(result), PLAIN)


@pytest.mark.parametrize(
    "flags",
    [
        ("--redis-password", PLAIN),
        (f"--redis-password={PLAIN}",),
        (f"--password={PLAIN}",),
        ("--pass", PLAIN),
        ("--nats-url", f"nats://u:{PLAIN}@h"),
        ("--token", PLAIN, "x"),
    ],
)
def test_a_flag_that_is_wrong_is_not_repeated(flags):
    for command in ("check", "bootstrap", "config", "wait", "metrics", "agent"):
        result = run_sidecar(command, *flags)
        assert result.returncode in (64, 78)
        clean(said_by(result), PLAIN)


def test_variables_that_mean_nothing_are_not_repeated():
    env = {
        "ARC_REDIS_PASWORD": PLAIN,
        "ARC_NATS_PASS": SECRET,
        "ARC_PULSAR_URLS": f"pulsar://u:{PLAIN}@h",
        "ARC_LEVELS": f"token={PLAIN}",
    }
    clean(said_by(run_sidecar("config", env=env)), PLAIN, SECRET)


COMMANDS = {
    "redis": [
        "redis-server",
        "--requirepass",
        PLAIN,
        "--masterauth",
        SECRET,
        "--user",
        "u",
        "on",
        f">{PLAIN}",
        "--dir",
        f"/nonexistent/{PLAIN}",
    ],
    "nats": [
        "nats-server",
        "-js",
        "--user",
        "u",
        "--pass",
        PLAIN,
        "--routes",
        f"nats://u:{PLAIN}@h:1",
        "-sd",
        f"/nonexistent/{PLAIN}",
    ],
}


@pytest.mark.parametrize("shell", [False, True])
@pytest.mark.parametrize("service", list(COMMANDS))
def test_the_servers_own_command_is_not_repeated(tmp_path, service, shell):
    command = COMMANDS[service]
    if shell:
        command = ["sh", "-c", " ".join(f"'{word}'" for word in command)]
    clean(said_by(run_sidecar("preflight", "--service", service, "--", *command)), PLAIN)
    started = Run(tmp_path, ["/nonexistent/server", *command[1:]], ["--service", service])
    assert started.wait(20) != 0
    started.stop()
    clean([started.log()], PLAIN)


def test_the_servers_own_configuration_is_not_repeated(tmp_path):
    redis, nats = tmp_path / "redis.conf", tmp_path / "nats.conf"
    redis.write_text(
        f'requirepass "{PLAIN}"\nuser u on >{PLAIN}x ~* +@all\ndir "/nonexistent/{PLAIN}"\n'
    )
    nats.write_text(
        f'authorization {{ token: "{PLAIN}" }}\njetstream {{ store_dir: "/nonexistent/{PLAIN}" }}\n'
    )
    for service, command in (
        ("redis", ["redis-server", redis]),
        ("nats", ["nats-server", "-c", nats]),
    ):
        clean(
            said_by(run_sidecar("preflight", "--service", service, "--", *map(str, command))), PLAIN
        )


@pytest.mark.parametrize("name", ["key", "ek", "encryption_key", "prev_key", "Prev_Encryption_Key"])
def test_the_key_of_an_encrypted_store_is_not_repeated(tmp_path, name):
    conf = tmp_path / "nats.conf"
    conf.write_text(f'jetstream {{ {name}: "{PLAIN}" }}\ninclude "{PLAIN}.conf"\n')
    result = run_sidecar("preflight", "--service", "nats", "--", "nats-server", "-c", str(conf))
    assert "***.conf" in result.stdout + result.stderr
    clean(said_by(result), PLAIN)


def test_names_with_control_characters_are_escaped(tmp_path):
    (tmp_path / "arc.toml").write_text(
        f"[[nats.stream]]\nname = {json.dumps('A' + CONTROLS)}\n", encoding="utf-8"
    )
    for arguments in (
        ("config",),
        ("check", "nats"),
        (f"che{CONTROLS}ck",),
        ("check", f"--a{CONTROLS}"),
        ("check", CONTROLS),
        ("check", "--config", f"/nonexistent{CONTROLS}"),
    ):
        result = run_sidecar(*arguments, env={"ARC_CONFIG": str(tmp_path / "arc.toml")})
        assert result.returncode != 0
        clean(said_by(result))
    started = Run(tmp_path, [f"/nonexistent/{CONTROLS}"], ["--log-format", "json"])
    assert started.wait(20) != 0
    started.stop()
    clean([started.log()])
    for line in started.log().splitlines():
        json.loads(line)
