"""The sidecar's own configuration, wrong or changed while the server runs: `check` and the agent
say the same, and the server is let be."""

import http.client
import os
from contextlib import closing

import pytest

from support.nats_tools import declare, nats_env, nats_server
from support.servers import agent, first_line, redis_server, run_sidecar, wait_until

BROKEN = "servise = 'nats'\n"


class Answer:
    """What the agent answers to GET `target`; status 0 while it starts anew."""

    def __init__(self, port, target):
        self.status, self.text = 0, ""
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            try:
                connection.request("GET", target)
                response = connection.getresponse()
                self.status, self.text = response.status, response.read().decode()
            except (OSError, http.client.HTTPException):
                pass


def written(path, text, how):
    """Puts the text there as an editor does (another inode) or as a mount is written to (the same
    one)."""
    if how == "replaced":
        other = path.with_name("other.toml")
        other.write_text(text)
        os.replace(other, path)
    else:
        path.write_text(text)


@pytest.mark.parametrize("service", ["nats", "redis", "pulsar"])
@pytest.mark.parametrize("wrong", ["file", "secret", "value"])
def test_our_own_wrong_configuration_fails_neither_liveness_nor_startup(tmp_path, service, wrong):
    conf = tmp_path / "sidecar.toml"
    conf.write_text(BROKEN)
    secret = {
        "nats": "ARC_NATS_TOKEN_FILE",
        "redis": "ARC_REDIS_PASSWORD_FILE",
        "pulsar": "ARC_PULSAR_TOKEN_FILE",
    }[service]
    env = {
        "file": {"ARC_CONFIG": str(conf)},
        "secret": {secret: "/no/such/file"},
        "value": {"ARC_TIMEOUT": "soon"},
    }[wrong] | {"ARC_SERVICE": service}
    for purpose, outcome in (("--live", "live"), ("--startup", "started")):
        result = run_sidecar("check", purpose, env=env)
        assert result.returncode == 0, result.stdout
        assert first_line(result).startswith(
            f"{outcome}: unhealthy: {service}: the sidecar's own configuration is wrong: "
        ), result.stdout
    assert run_sidecar("check", env=env).returncode == 78


def test_an_agent_whose_configuration_is_wrong_stays_and_reads_again(tmp_path):
    conf = tmp_path / "sidecar.toml"
    conf.write_text(BROKEN)
    with nats_server(tmp_path / "server") as server:
        env = nats_env(server, ARC_CONFIG=str(conf))
        with agent(tmp_path / "agent", "nats", env) as front:
            assert Answer(front.port, "/livez").status == 200
            assert Answer(front.port, "/startupz").status == 200
            ready = Answer(front.port, "/readyz")
            assert ready.status == 503
            assert ready.text.startswith(
                f"unhealthy: nats: the sidecar's own configuration is wrong: {conf}:1: no setting 'servise'"
            ), ready.text
            assert "created" not in front.log.read_text()  # nor the default streams
            written(conf, "", "replaced")
            wait_until(
                lambda: Answer(front.port, "/readyz").status == 200, "it has read the right one"
            )
            assert front.poll() is None
            assert "bootstrap: created stream AGENT_COMMANDS" in front.log.read_text()


@pytest.mark.parametrize("how", ["replaced", "rewritten"])
def test_check_and_agent_agree_after_the_declaration_changed(tmp_path, how):
    conf = tmp_path / "sidecar.toml"
    declare(conf, {"name": "ONE", "subjects": ["one.*"]})
    with nats_server(tmp_path / "server") as server:
        env = nats_env(server, ARC_CONFIG=str(conf))
        with agent(tmp_path / "agent", "nats", env) as front:
            wait_until(lambda: Answer(front.port, "/readyz").status == 200, "ready")
            # A declaration that is not met: both say so.
            written(conf, '[[nats.stream]]\nname = "ONE"\nsubjects = ["other.*"]\n', how)
            wait_until(
                lambda: "nats.stream.unusable" in Answer(front.port, "/readyz").text,
                "the agent sees it",
            )
            assert "nats.stream.unusable" in run_sidecar("check", "nats", env=env).stdout
            # One more: the agent makes it, and both are content.
            declare(
                conf, {"name": "ONE", "subjects": ["one.*"]}, {"name": "TWO", "subjects": ["two.*"]}
            )
            wait_until(
                lambda: "stream TWO is as declared" in Answer(front.port, "/readyz").text,
                "the agent makes it",
            )
            assert run_sidecar("check", "nats", env=env).returncode == 0
            # A wrong one: both say so, the server is live, and what was read before still judges
            # it.
            written(conf, BROKEN, how)
            wait_until(
                lambda: Answer(front.port, "/readyz").status == 503, "the agent sees the wrong one"
            )
            assert "sidecar.config.invalid" in Answer(front.port, "/readyz").text
            assert "stream TWO is as declared" in Answer(front.port, "/readyz").text
            assert Answer(front.port, "/livez").status == 200
            assert run_sidecar("check", "nats", env=env).returncode == 78
            assert run_sidecar("check", "nats", "--live", env=env).returncode == 0
            assert front.poll() is None


def test_a_secret_that_changes_is_read_again(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("old")
    with redis_server(tmp_path / "server", "--requirepass", "new") as server:
        env = {"ARC_REDIS_URL": f"127.0.0.1:{server.port}", "ARC_REDIS_PASSWORD_FILE": str(secret)}
        with agent(tmp_path / "agent", "redis", env) as front:
            assert Answer(front.port, "/readyz").status == 503
            secret.write_text("new\n")
            wait_until(lambda: Answer(front.port, "/readyz").status == 200, "it uses the new one")
            assert front.poll() is None
