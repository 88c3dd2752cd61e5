"""Locked doors: each server with authentication and TLS on, what is said when a door stays shut,
and that no secret is ever shown."""

import contextlib
import os
import re
import signal
import socket
import ssl
import threading
import time

import pytest

from support.certificates import Authority, NKey, openssl, operator_mode
from support.nats_tools import declare, nats_env, nats_server
from support.output import all_output
from support.pulsar_broker import Broker, Keys
from support.servers import (
    accepts,
    first_line,
    free_port,
    need,
    redis_server,
    run_sidecar,
    running,
    talking_port,
    wait_until,
)

PASSWORD = 'pa"ss\\w0rd-never-shown'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


def tls_block(cert, key, authority, *more):
    lines = [f'cert_file: "{cert}"', f'key_file: "{key}"', f'ca_file: "{authority.ca}"', *more]
    return "tls {\n  " + "\n  ".join(lines) + "\n}\n"


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# --- NATS ---


@contextlib.contextmanager
def nats(tmp_path, conf, **env):
    """A nats-server without declared streams, and what points the sidecar at it."""
    with nats_server(tmp_path / "server", conf=conf) as server:
        empty = tmp_path / "one.toml"
        declare(empty, {"name": "A", "subjects": ["a"]})
        yield server, nats_env(server, ARC_CONFIG=str(empty), **env)


def converges(env):
    result = run_sidecar("bootstrap", "nats", env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    result = run_sidecar("check", "nats", env=env)
    assert first_line(result).startswith("ok: nats: nats-server "), result.stdout
    return result


@pytest.mark.parametrize("first", [False, True], ids=["info-then-tls", "tls-first"])
def test_nats_with_user_and_tls_with_client_certificates(tmp_path, authority, first):
    cert, key = authority.issue("nats", "DNS:nats.test", "IP:127.0.0.1")
    own = authority.issue("client")
    conf = tls_block(
        cert, key, authority, "verify: true", *(["handshake_first: true"] if first else [])
    )
    conf += f'authorization {{ user: "arc", password: {quoted(PASSWORD)} }}\n'
    with nats(tmp_path, conf, ARC_NATS_USER="arc", ARC_NATS_PASSWORD=PASSWORD) as (server, env):
        env |= {
            "ARC_NATS_CA_FILE": str(authority.ca),
            "ARC_NATS_CERT_FILE": str(own[0]),
            "ARC_NATS_KEY_FILE": str(own[1]),
        }
        converges(env | ({"ARC_NATS_TLS_FIRST": "yes"} if first else {}))
        if first:
            return
        converges(env | {"ARC_NATS_URL": f"tls://127.0.0.1:{server.port}"})
        converges(env | {"ARC_NATS_SERVER_NAME": "nats.test"})
        without = {
            name: value
            for name, value in env.items()
            if name not in ("ARC_NATS_CERT_FILE", "ARC_NATS_KEY_FILE")
        }
        refused = run_sidecar("check", "nats", env=without)
        assert refused.returncode == 1
        assert (
            "requires a client certificate. Set ARC_NATS_CERT_FILE and ARC_NATS_KEY_FILE"
            in first_line(refused)
        )
        assert "nats.connection.tls" in refused.stdout


def test_nats_tls_many_answers_are_read_to_their_end(tmp_path, authority):
    """Answers of several TLS records, while cnats's own waiting for the rest of one is kept out."""
    cert, key = authority.issue("nats-many", "IP:127.0.0.1")
    with nats_server(tmp_path / "server", conf=tls_block(cert, key, authority)) as server:
        file = tmp_path / "many.toml"
        declare(
            file,
            *(
                {"name": f"S{i}", "subjects": [f"s{i}.{'x' * 90}.{j}" for j in range(20)]}
                for i in range(40)
            ),
        )
        converges(nats_env(server, ARC_CONFIG=str(file), ARC_NATS_CA_FILE=str(authority.ca)))


def test_nats_tls_handshake_that_does_not_end_costs_no_more_than_the_deadline(tmp_path, authority):
    cert, key = authority.issue("nats-stop", "IP:127.0.0.1")
    with nats(tmp_path, tls_block(cert, key, authority), ARC_NATS_CA_FILE=str(authority.ca)) as (
        server,
        env,
    ):
        converges(env)
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        result = run_sidecar("check", "nats", "--timeout", "2s", env=env)
        assert result.returncode == 1
        assert time.monotonic() - began < 10
        assert "nats.connection.timeout" in result.stdout, result.stdout


@contextlib.contextmanager
def half_an_answer(cert, key):
    """A NATS server by TLS that lets in and then sends the first half of a record, and nothing more
    for as long as it lives."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        listener.settimeout(30)

        def serve():
            connection = stack.enter_context(listener.accept()[0])
            connection.settimeout(30)
            connection.sendall(
                b'INFO {"server_id":"N","version":"2.10.27","proto":1,"headers":true,"max_payload":1048576,"tls_required":true}\r\n'
            )
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            session = context.wrap_bio(incoming, outgoing, server_side=True)

            def step(action, *arguments):
                while True:
                    with contextlib.suppress(ssl.SSLWantReadError):
                        return action(*arguments)
                    connection.sendall(outgoing.read())
                    incoming.write(connection.recv(65536))

            step(session.do_handshake)
            while b"PING\r\n" not in step(session.read, 65536):
                pass
            session.write(b"PONG\r\n")
            connection.sendall(outgoing.read())
            step(session.read, 65536)
            session.write(b"MSG _INBOX.x 1 4000\r\n" + b"x" * 4000)
            connection.sendall(outgoing.read()[:2000])

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def test_nats_tls_half_a_record_costs_no_more_than_the_deadline(tmp_path, authority):
    cert, key = authority.issue("nats-half", "IP:127.0.0.1")
    file = tmp_path / "one.toml"
    declare(file, {"name": "A", "subjects": ["a"]})
    with half_an_answer(cert, key) as port:
        env = {
            "ARC_NATS_URL": f"127.0.0.1:{port}",
            "ARC_NATS_MONITOR_URL": f"127.0.0.1:{free_port()}",
        }
        env |= {"ARC_CONFIG": str(file), "ARC_NATS_CA_FILE": str(authority.ca)}
        began = time.monotonic()
        # No guard of the whole process here: the room's own deadline must end it.
        # Long enough for a handshake of the sanitized binary on a busy machine.
        result = run_sidecar("bootstrap", "nats", "--timeout", "5s", env=env)
        assert time.monotonic() - began < 10
        assert result.returncode == 1
        assert (
            f"127.0.0.1:{port} answers PING, but no request within 5s). Check the server's log"
            in result.stdout
        ), result.stdout


def test_nats_tls_errors_say_what_failed_and_what_to_set(tmp_path, authority):
    cert, key = authority.issue("nats-name", "DNS:other.test", "IP:10.9.8.7")
    with nats(tmp_path, tls_block(cert, key, authority)) as (_, env):
        result = run_sidecar("check", "nats", env=env)
        assert "unknown CA" in first_line(result) and "Set ARC_NATS_CA_FILE" in result.stdout, (
            result.stdout
        )
        result = run_sidecar("check", "nats", env=env | {"ARC_NATS_CA_FILE": str(authority.ca)})
        assert (
            "is for DNS:other.test, IP:10.9.8.7 and not for '127.0.0.1'. Set ARC_NATS_SERVER_NAME"
            in first_line(result)
        )
        converges(
            env | {"ARC_NATS_CA_FILE": str(authority.ca), "ARC_NATS_SERVER_NAME": "other.test"}
        )
        converges(env | {"ARC_NATS_TLS_VERIFY": "no"})
        missing = run_sidecar(
            "check", "nats", env=env | {"ARC_NATS_CA_FILE": str(tmp_path / "no.pem")}
        )
        assert f"ARC_NATS_CA_FILE: {tmp_path}/no.pem: No such file or directory" in first_line(
            missing
        )
        # A wrong setting of the probe is no reason to kill the server.
        assert run_sidecar("check", "nats", "--live", env=env).returncode == 0


def test_nats_certificate_that_has_expired(tmp_path, authority):
    cert, key = authority.issue("nats-old", "IP:127.0.0.1", expired=True)
    with nats(tmp_path, tls_block(cert, key, authority), ARC_NATS_CA_FILE=str(authority.ca)) as (
        _,
        env,
    ):
        line = first_line(run_sidecar("check", "nats", env=env))
        assert "expired on 2020-02-01" in line, line


def test_nats_tls_demanded_and_not_offered(tmp_path):
    with nats(tmp_path, "") as (server, env):
        line = first_line(
            run_sidecar(
                "check", "nats", env=env | {"ARC_NATS_URL": f"tls://127.0.0.1:{server.port}"}
            )
        )
        assert "does not offer TLS" in line, line


def test_nats_monitor_by_https(tmp_path, authority):
    cert, key = authority.issue("nats-monitor", "IP:127.0.0.1")
    https = free_port()
    conf = tls_block(cert, key, authority) + f'https: "127.0.0.1:{https}"\n'
    with nats_server(tmp_path / "server", conf=conf, monitor=0) as server:
        file = tmp_path / "one.toml"
        declare(file, {"name": "A", "subjects": ["a"]})
        env = nats_env(
            server, ARC_CONFIG=str(file), ARC_NATS_MONITOR_URL=f"https://127.0.0.1:{https}"
        )
        converges(env | {"ARC_NATS_CA_FILE": str(authority.ca)})
        result = run_sidecar(
            "check",
            "nats",
            env=env
            | {
                "ARC_NATS_CA_FILE": str(authority.ca),
                "ARC_NATS_MONITOR_URL": f"https://localhost:{https}",
            },
        )
        assert "nats.monitor.tls" in result.stdout
        assert (
            "is for IP:127.0.0.1 and not for 'localhost'). Set ARC_NATS_SERVER_NAME"
            in result.stdout
        ), result.stdout


def test_nats_token_from_a_file_with_a_line_end(tmp_path):
    secret = tmp_path / "token"
    secret.write_text(PASSWORD + "\n")
    with nats(
        tmp_path,
        f"authorization {{ token: {quoted(PASSWORD)} }}\n",
        ARC_NATS_TOKEN_FILE=str(secret),
    ) as (_, env):
        converges(env)


def test_nats_nkey(tmp_path):
    key, stranger = NKey(tmp_path / "keys", "user"), NKey(tmp_path / "keys", "user")
    seed = tmp_path / "seed"
    seed.write_text(key.seed + "\n")
    with nats(tmp_path, f"authorization {{ users: [ {{ nkey: {key.public} }} ] }}\n") as (_, env):
        converges(env | {"ARC_NATS_NKEY_FILE": str(seed)})
        refused = run_sidecar("check", "nats", env=env | {"ARC_NATS_NKEY": stranger.seed})
        assert (
            "nats.authentication.failed" in refused.stdout
            and "Check ARC_NATS_NKEY_FILE." in first_line(refused)
        ), refused.stdout
        # Not the last character: two of its bits stand for nothing.
        other = key.seed[:-2] + ("A" if key.seed[-2] != "A" else "B") + key.seed[-1]
        damaged = run_sidecar("check", "nats", env=env | {"ARC_NATS_NKEY": other})
        assert "ARC_NATS_NKEY_FILE: is not a user's seed, or is damaged" in first_line(damaged), (
            damaged.stdout
        )
        none = run_sidecar("check", "nats", env=env | {"ARC_NATS_NKEY": "not a seed"})
        assert "has no user seed" in first_line(none)


def test_nats_credentials_file(tmp_path):
    conf, creds = operator_mode(tmp_path / "keys")
    file = tmp_path / "user.creds"
    file.write_text(creds)
    with nats(tmp_path, conf) as (_, env):
        converges(env | {"ARC_NATS_CREDS_FILE": str(file)})
        refused = run_sidecar("check", "nats", env=env)
        assert (
            "nats.authentication.failed" in refused.stdout
            and "ARC_NATS_CREDS_FILE" in refused.stdout
        )
        wrong = run_sidecar("check", "nats", env=env | {"ARC_NATS_CREDS": "nothing"})
        assert "ARC_NATS_CREDS_FILE has no JWT and seed of a user" in first_line(wrong), (
            wrong.stdout
        )


# --- Redis ---


@contextlib.contextmanager
def redis_tls(directory, authority, cert, key, *options):
    """redis-server that speaks TLS only."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    argv = [
        need("redis-server"),
        "--port",
        "0",
        "--tls-port",
        str(port),
        "--tls-cert-file",
        str(cert),
        "--tls-key-file",
        str(key),
        "--tls-ca-cert-file",
        str(authority.ca),
        "--dir",
        str(directory),
        "--save",
        "",
        "--appendonly",
        "yes",
        "--maxmemory",
        "512mb",
        *map(str, options),
    ]
    with running(argv, directory / "redis.log", cwd=directory) as process:
        wait_until(lambda: accepts(port) or process.poll() is not None, "redis-server listens")
        assert process.poll() is None, (directory / "redis.log").read_text()
        process.port = port
        yield process


def test_redis_with_acl_user_and_tls_with_client_certificates(tmp_path, authority):
    cert, key = authority.issue("redis", "DNS:redis.test", "IP:127.0.0.1")
    own = authority.issue("redis-client")
    secret = tmp_path / "password"
    secret.write_text("pw-never-shown\r\n")
    users = ("--user", "default", "off", "--user", "arc", "on", ">pw-never-shown", "~*", "+@all")
    with redis_tls(
        tmp_path / "server", authority, cert, key, "--tls-auth-clients", "yes", *users
    ) as server:
        env = {
            "ARC_REDIS_URL": f"rediss://127.0.0.1:{server.port}",
            "ARC_REDIS_USER": "arc",
            "ARC_REDIS_PASSWORD_FILE": str(secret),
        }
        trusting = env | {"ARC_REDIS_CA_FILE": str(authority.ca)}
        good = trusting | {"ARC_REDIS_CERT_FILE": str(own[0]), "ARC_REDIS_KEY_FILE": str(own[1])}
        assert first_line(run_sidecar("check", "redis", env=good)).startswith(
            "ok: redis: Redis "
        ), run_sidecar("check", "redis", env=good).stdout
        for wrong, words in (
            (env, "Set ARC_REDIS_CA_FILE"),
            (
                trusting,
                "requires a client certificate. Set ARC_REDIS_CERT_FILE and ARC_REDIS_KEY_FILE",
            ),
            (
                good | {"ARC_REDIS_SERVER_NAME": "x.test"},
                "is for DNS:redis.test, IP:127.0.0.1 and not for 'x.test'",
            ),
        ):
            result = run_sidecar("check", "redis", env=wrong)
            assert result.returncode == 1
            assert words in first_line(result), result.stdout
            assert "redis.connection.tls" in result.stdout
            assert run_sidecar("check", "redis", "--live", env=wrong).returncode == 0


@pytest.mark.alone  # a busy machine ends the check by its last guard, which says something else
def follow_remedy(service, env, line):
    """The verdict after the variable of the remedy ("Set NAME to VALUE") is set."""
    name, value = re.search(r"\bSet (ARC_\w+) to (\S+?)\.?$", line).groups()
    return run_sidecar("check", service, env=env | {name: value})


def test_redis_without_tls_where_tls_is_asked_for(tmp_path):
    with redis_server(tmp_path) as server:
        env = {"ARC_REDIS_URL": f"rediss://127.0.0.1:{server.port}"}
        # Redis waits for the end of a line that a ClientHello has not.
        line = first_line(run_sidecar("check", "redis", "--timeout", "2s", env=env))
        assert line == (
            f"unhealthy: redis: 127.0.0.1:{server.port} does not begin with TLS."
            f" Set ARC_REDIS_URL to redis://127.0.0.1:{server.port}."
        )
        live = run_sidecar("check", "redis", "--live", "--timeout", "2s", env=env)
        assert live.returncode == 0, live.stdout
        assert first_line(follow_remedy("redis", env, line)).startswith("ok: redis: ")


@pytest.mark.parametrize("option", [("--tls-auth-clients", "no"), ("--tls-auth-clients", "yes")])
@pytest.mark.parametrize("protocols", ["TLSv1.2", "TLSv1.3"])
def test_plain_client_of_a_port_with_tls(tmp_path, authority, option, protocols):
    cert, key = authority.issue("redis-plain", "IP:127.0.0.1")
    options = (*option, "--tls-protocols", protocols)
    own = authority.issue("redis-plain-client")
    with redis_tls(tmp_path / "server", authority, cert, key, *options) as server:
        env = {"ARC_REDIS_URL": f"127.0.0.1:{server.port}", "ARC_REDIS_CA_FILE": str(authority.ca)}
        env |= {"ARC_REDIS_CERT_FILE": str(own[0]), "ARC_REDIS_KEY_FILE": str(own[1])}
        result = run_sidecar("check", "redis", env=env)
        assert first_line(result) == (
            f"unhealthy: redis: 127.0.0.1:{server.port} requires TLS."
            f" Set ARC_REDIS_URL to rediss://127.0.0.1:{server.port}."
        )
        assert "redis.connection.tls" in result.stdout
        assert run_sidecar("check", "redis", "--live", env=env).returncode == 0
        assert first_line(follow_remedy("redis", env, first_line(result))).startswith("ok: redis: ")


def test_peer_that_answers_the_handshake_with_words(tmp_path):
    with talking_port(b"-ERR unknown command\r\n") as port:
        result = run_sidecar("check", "redis", env={"ARC_REDIS_URL": f"rediss://127.0.0.1:{port}"})
        assert "does not begin with TLS. Set ARC_REDIS_URL to redis://" in first_line(result)


def test_redis_tls_handshake_ends_with_the_deadline(tmp_path, authority):
    cert, key = authority.issue("redis-stop", "IP:127.0.0.1")
    with redis_tls(tmp_path / "server", authority, cert, key, "--tls-auth-clients", "no") as server:
        env = {
            "ARC_REDIS_URL": f"rediss://127.0.0.1:{server.port}",
            "ARC_REDIS_CA_FILE": str(authority.ca),
        }
        assert first_line(run_sidecar("check", "redis", env=env)).startswith("ok: ")
        server.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        result = run_sidecar("check", "redis", "--timeout", "2s", env=env)
        assert time.monotonic() - began < 10
        assert "did not finish the TLS handshake within 2s" in first_line(result), result.stdout


# --- Pulsar ---


@pytest.mark.xdist_group("pulsar")
@pytest.mark.skipif(
    "ARC_PULSAR_HOME" not in os.environ, reason="ARC_PULSAR_HOME does not name an unpacked Pulsar"
)
def test_pulsar_with_token_and_tls_with_client_certificates(tmp_path, authority):
    cert, key = authority.issue("pulsar", "DNS:localhost", "DNS:pulsar.test", "IP:127.0.0.1")
    own = authority.issue("pulsar-client")
    pkcs8 = tmp_path / "pulsar.key"
    pkcs8.write_bytes(openssl("pkcs8", "-topk8", "-nocrypt", "-in", key))
    keys = Keys()
    binary, admin = free_port(), free_port()
    broker = Broker(
        tmp_path / "broker",
        keys.settings()
        | {
            "brokerServicePortTls": binary,
            "webServicePortTls": admin,
            "tlsCertificateFilePath": cert,
            "tlsKeyFilePath": pkcs8,
            "tlsTrustCertsFilePath": authority.ca,
            "tlsRequireTrustedClientCertOnConnect": "true",
            "brokerClientTlsEnabled": "false",
        },
    )
    token = tmp_path / "token"
    token.write_text(keys.token("admin") + "\n")
    env = {
        "ARC_PULSAR_URL": f"pulsar+ssl://127.0.0.1:{binary}",
        "ARC_PULSAR_ADMIN_URL": f"https://127.0.0.1:{admin}",
        "ARC_PULSAR_TOKEN_FILE": str(token),
    }
    trusting = env | {"ARC_PULSAR_CA_FILE": str(authority.ca)}
    good = trusting | {"ARC_PULSAR_CERT_FILE": str(own[0]), "ARC_PULSAR_KEY_FILE": str(own[1])}
    with broker.started():
        wait_until(
            lambda: run_sidecar("bootstrap", "pulsar", env=good, timeout=90).returncode == 0,
            "Pulsar starts and bootstrap converges",
            300,
        )
        ask = lambda: run_sidecar("check", "pulsar", "--timeout", "10s", env=good, timeout=60)
        result = wait_until(
            lambda: (answer := ask()).returncode == 0 and answer, "the first deep health", 90
        )
        assert first_line(result).startswith("ok: pulsar: Pulsar "), result.stdout
        named = run_sidecar(
            "check",
            "pulsar",
            "--timeout",
            "10s",
            env=good | {"ARC_PULSAR_SERVER_NAME": "pulsar.test"},
            timeout=60,
        )
        assert first_line(named).startswith("ok: pulsar: Pulsar "), named.stdout
        only_admin = {"ARC_PULSAR_URL": f"127.0.0.1:{broker.port}"}
        for wrong, code, words in (
            (env, "tls", "Set ARC_PULSAR_CA_FILE"),
            (env | only_admin, "tls", "Set ARC_PULSAR_CA_FILE"),
            (
                trusting | only_admin,
                "tls",
                "requires a client certificate. Set ARC_PULSAR_CERT_FILE and ARC_PULSAR_KEY_FILE",
            ),
            (
                good | {"ARC_PULSAR_SERVER_NAME": "x.test"},
                "tls",
                "and not for 'x.test'. Set ARC_PULSAR_SERVER_NAME",
            ),
            (
                good | only_admin | {"ARC_PULSAR_SERVER_NAME": "x.test"},
                "tls",
                "is for DNS:localhost, DNS:pulsar.test, IP:127.0.0.1 and not for 'x.test'",
            ),
            (
                good | only_admin | {"ARC_PULSAR_CA_FILE": str(tmp_path / "no.pem")},
                "misconfigured",
                "ARC_PULSAR_CA_FILE",
            ),
        ):
            result = run_sidecar("check", "pulsar", env=wrong, timeout=60)
            assert result.returncode == 1
            assert words in first_line(result), result.stdout
            assert f"pulsar.connection.{code}" in result.stdout
            assert run_sidecar("check", "pulsar", "--live", env=wrong, timeout=60).returncode == 0


# --- no secret is shown ---


@pytest.mark.parametrize("door", ["open", "shut"])
@pytest.mark.parametrize("service", ["nats", "redis", "pulsar"])
def test_no_secret_in_anything_that_is_said(tmp_path, service, door):
    secrets = {
        "ARC_NATS_PASSWORD": "secret-nats-pw",
        "ARC_NATS_TOKEN": "secret-nats-token",
        "ARC_NATS_NKEY": "secret-nkey",
        "ARC_NATS_CREDS": "secret-creds",
    }
    secrets |= {"ARC_REDIS_PASSWORD": "secret-redis-pw", "ARC_PULSAR_TOKEN": "secret-pulsar-token"}
    state = tmp_path / "state"
    state.mkdir()
    base = {"ARC_SERVICE": service, "ARC_STATE_DIR": str(state)}
    with contextlib.ExitStack() as stack:
        if service == "nats":
            secrets = {"ARC_NATS_PASSWORD": "secret-nats-pw"}
            password = "secret-nats-pw" if door == "open" else "other"
            server = stack.enter_context(
                nats_server(
                    tmp_path / "server",
                    conf=f'authorization {{ user: "arc", password: "{password}" }}\n',
                )
            )
            base |= nats_env(server, ARC_NATS_USER="arc")
        elif service == "redis":
            server = stack.enter_context(
                redis_server(
                    tmp_path / "server",
                    "--requirepass",
                    "secret-redis-pw" if door == "open" else "other",
                )
            )
            base |= {"ARC_REDIS_URL": f"127.0.0.1:{server.port}"}
        else:
            base |= {
                "ARC_PULSAR_URL": f"127.0.0.1:{free_port()}",
                "ARC_PULSAR_ADMIN_URL": f"127.0.0.1:{free_port()}",
            }
        said = all_output(base | secrets, state)
    assert len(said) > 23
    for text in said:
        for secret in secrets.values():
            assert secret not in text


@pytest.mark.parametrize("name", ["ARC_NATS_NKEY", "ARC_NATS_CREDS"])
def test_no_seed_in_an_error(tmp_path, name):
    with nats_server(tmp_path / "server") as server:
        for value in (
            "SUAsecret-seed",
            "-----BEGIN NATS USER JWT-----\nsecret-seed\n------END NATS USER JWT------\nsecret-seed",
        ):
            result = run_sidecar("check", "nats", env=nats_env(server, **{name: value}))
            assert result.returncode == 1
            assert "secret-seed" not in result.stdout + result.stderr
