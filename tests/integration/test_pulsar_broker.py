"""Pulsar on a real broker: cold start, bootstrap, verdicts, deep health.

One broker for all, with token authentication on; the tests run in this order and build on each
other."""

import json
import os
import re
import shlex
import signal
import subprocess
import time

import pytest

from support.odd_proxy import Odd, odd_proxy
from support.pulsar_broker import Broker, Keys, home
from support.servers import SIDECAR, first_line, free_port, run_sidecar, running, wait_until
from support.timing import MARGIN, overruns

pytestmark = [
    pytest.mark.xdist_group("pulsar"),
    pytest.mark.skipif(
        "ARC_PULSAR_HOME" not in os.environ,
        reason="ARC_PULSAR_HOME does not name an unpacked Pulsar",
    ),
]

HEALTH = "GET /admin/v2/brokers/health "
AS_DECLARED = (
    "ok: pulsar: Pulsar 3.3.6: 1 tenant, 3 namespaces, 3 topics as declared, deep health ok"
)
TOPICS = {"events/agent-lifecycle": 3, "logs/application": 4, "audit/command-log": 1}


@pytest.fixture(scope="module")
def keys():
    return Keys()


@pytest.fixture(scope="module")
def broker(tmp_path_factory, keys):
    """Started, and not waited for: the first test watches it come up."""
    server = Broker(tmp_path_factory.mktemp("pulsar") / "broker", keys.settings())
    server.token = keys.token("admin")
    with server.started():
        yield server


@pytest.fixture
def lock_dir(tmp_path):
    """A directory of this test's own for the lock of the deep probe, so that no test meets
    another's hold-off."""
    path = tmp_path / "runtime"
    path.mkdir()
    return path


@pytest.fixture
def check(broker, lock_dir):
    def run(*args, **env):
        result = broker.sidecar(
            "check", "pulsar", *args, **({"XDG_RUNTIME_DIR": str(lock_dir)} | env)
        )
        assert broker.token not in result.stdout + result.stderr
        return result

    return run


def boottime():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def agent_state(directory, phase, age=None):
    since = 1 if age is None else boottime() - int(age * 1000)
    (directory / "pulsar.agent.json").write_text(
        json.dumps({"phase": phase, "detail": "", "since_ms": since})
    )
    return str(directory)


def deep_result(directory, age, level="ok", text="health answered ok in 31 ms", ok_at=0):
    at = boottime() - int(age * 1000)
    (directory / "pulsar.deep.json").write_text(
        json.dumps({"level": level, "text": text, "at_ms": at, "ok_at_ms": ok_at})
    )
    return str(directory)


def findings(result):
    return {
        finding["code"]: finding for finding in json.loads(result.stdout)["services"][0]["findings"]
    }


def declared(path, text):
    path.write_text(text)
    return {"ARC_CONFIG": str(path)}


def test_cold_start_shows_its_stages_in_order_and_no_error(broker, check, tmp_path):
    state = agent_state(tmp_path, "pending")
    stages = []

    def at_the_objects():
        assert broker.process.poll() is None, broker.log()[-3000:]
        result = check(ARC_STATE_DIR=state)
        line = first_line(result)
        assert line.startswith("starting: pulsar: stage "), line
        assert result.returncode == 1
        stages.append(int(re.match(r"starting: pulsar: stage (\d) of 6: ", line)[1]))
        plan = broker.sidecar("bootstrap", "pulsar", "--dry-run").stdout
        assert "not ready: stage " in plan or "+ tenant arc-system" in plan, plan
        return stages[-1] == 5

    wait_until(at_the_objects, "the broker comes up", 300)
    assert stages == sorted(stages)
    assert stages[0] == 1
    assert broker.asked("PUT ") == 0


def test_absent_objects_are_unhealthy_where_no_agent_makes_them(check):
    result = check()
    assert first_line(result).startswith(
        "unhealthy: pulsar: tenant arc-system is missing. Run `arc-sidecar bootstrap pulsar`."
    )
    assert result.returncode == 1


def test_bootstrap_makes_what_is_declared(broker):
    result = broker.sidecar("bootstrap", "pulsar")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("  + ") == result.stdout.count("(done)") == 7
    assert broker.admin("tenants/arc-system") == (
        200,
        {"adminRoles": [], "allowedClusters": ["standalone"]},
    )
    for topic, partitions in TOPICS.items():
        assert (
            broker.admin(f"persistent/arc-system/{topic}/partitions")[1]["partitions"] == partitions
        )


def test_second_bootstrap_finds_all_the_same_and_writes_nothing(broker):
    writes = broker.asked("PUT ")
    result = broker.sidecar("bootstrap", "pulsar")
    assert result.returncode == 0
    assert result.stdout.count("  = ") == len(result.stdout.strip().splitlines()) - 1 == 7
    assert broker.asked("PUT ") == writes


def test_good_check_asks_for_deep_health_when_no_agent_has(broker, check):
    asked = broker.asked(HEALTH)
    result = wait_until(
        lambda: (r := check("--timeout", "10s")) and r.returncode == 0 and r,
        "the first deep health",
        60,
    )
    assert first_line(result) == AS_DECLARED
    assert result.returncode == 0
    assert broker.asked(HEALTH) > asked


def test_deep_result_of_the_agent_is_reused_with_its_age_while_it_is_young(broker, check, tmp_path):
    asked = broker.asked(HEALTH)
    result = check(ARC_STATE_DIR=deep_result(tmp_path, 12))
    assert re.fullmatch(re.escape(AS_DECLARED) + r" 1[2-4] s ago", first_line(result)), (
        result.stdout
    )
    result = check(
        ARC_STATE_DIR=deep_result(tmp_path, 20, "unhealthy", "health did not answer in 10.0 s")
    )
    assert first_line(result).startswith("unhealthy: pulsar: health did not answer in 10.0 s (2")
    assert broker.asked(HEALTH) == asked


@pytest.mark.parametrize(
    ("age", "ok_at", "level"),
    [(30, 0, "starting: pulsar: stage 6 of 6"), (30, 1, "unhealthy"), (200, 0, "unhealthy")],
)
def test_silence_soon_after_the_bootstrap_is_starting_until_deep_health_was_ok_once(
    check, tmp_path, age, ok_at, level
):
    """On a slow machine the first answer takes longer than a check has."""
    agent_state(tmp_path, "converged", age)
    text = "health did not answer in 10.0 s"
    result = check(ARC_STATE_DIR=deep_result(tmp_path, 5, "unhealthy", text, ok_at))
    assert first_line(result).startswith(f"{level}: "), result.stdout
    assert result.returncode == 1


@pytest.mark.parametrize(("age", "level"), [(91, "unhealthy"), (-60, "unhealthy"), (1, "starting")])
def test_deep_result_that_is_old_or_of_another_boot_or_of_nobody_is_asked_anew(
    broker, check, tmp_path, age, level
):
    asked = broker.asked(HEALTH)
    result = check(
        "--timeout", "10s", ARC_STATE_DIR=deep_result(tmp_path, age, level, "not to be believed")
    )
    assert first_line(result) == AS_DECLARED
    assert broker.asked(HEALTH) == asked + 1


def test_token_comes_from_a_file(broker, tmp_path):
    path = tmp_path / "token"
    path.write_text(broker.token + "\n")
    env = broker.environment(
        ARC_PULSAR_TOKEN_FILE=str(path), ARC_STATE_DIR=deep_result(tmp_path, 1)
    )
    del env["ARC_PULSAR_TOKEN"]
    assert first_line(run_sidecar("check", "pulsar", env=env)).startswith("ok: pulsar: ")


NEW = """
[[pulsar.tenant]]
name = "{0}"
[[pulsar.namespace]]
name = "{0}/n"
[[pulsar.topic]]
name = "{0}/n/x"
partitions = 2
[[pulsar.topic]]
name = "{0}/n/plain and odd?"
"""


def test_bootstraps_at_the_same_time_all_converge(broker, tmp_path):
    env = broker.sidecar_environment(**declared(tmp_path / "new.toml", NEW.format("together")))
    argv = [SIDECAR, "bootstrap", "pulsar", "--timeout", "30s"]
    runs = [subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4, outputs
    # Made by at least one of them: the broker says 204 to more than one that creates the same at
    # the same moment.
    assert sum(output.count("(done)") for output in outputs) >= 4
    assert broker.admin("persistent/together/n/x/partitions")[1]["partitions"] == 2
    assert (
        broker.admin("persistent/together/n/plain%20and%20odd%3F/partitions")[1]["partitions"] == 0
    )


def test_topic_that_a_client_made_first_is_not_taken_for_the_declared_one(broker, tmp_path):
    assert broker.admin("persistent/together/n/first", {})[0] == 204
    text = NEW.format("together").replace('"together/n/x"', '"together/n/first"')
    refused = broker.sidecar("bootstrap", "pulsar", **declared(tmp_path / "first.toml", text))
    assert refused.returncode == 1
    assert (
        "  ! topic together/n/first: partitions is 0, declared 2. A topic without partitions never gets any"
        in refused.stdout
    )


def bootstrap_through(broker, path, tenant, rule):
    """The bootstrap of `tenant` with `rule` between it and the broker; returns its result and the
    proxy."""
    with odd_proxy(broker.admin_port, rule) as proxy:
        env = declared(path, NEW.format(tenant)) | {
            "ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{proxy.port}"
        }
        return broker.sidecar("bootstrap", "pulsar", "--timeout", "16s", **env), proxy


def writes_of(tenant, odd):
    return lambda method, path: (
        odd if method == "PUT" and path.endswith(f"/tenants/{tenant}") else None
    )


def test_write_without_an_answer_is_read_again(broker, tmp_path):
    result, proxy = bootstrap_through(
        broker, tmp_path / "new.toml", "silent", writes_of("silent", Odd(deliver=True))
    )
    assert proxy.odd == 1
    assert result.returncode == 0, result.stdout
    assert (
        "  + tenant silent: allowed_clusters standalone, admin_roles none (done)" in result.stdout
    )


def test_loser_of_two_that_create_the_same_is_told_500_and_reads_again(broker, tmp_path):
    mismatch = Odd(500, '{"reason":"Version mismatch, actual=0, expect=-1"}', deliver=True)
    result, proxy = bootstrap_through(
        broker, tmp_path / "new.toml", "loser", writes_of("loser", mismatch)
    )
    assert proxy.odd == 1
    assert result.returncode == 0, result.stdout
    assert "  = tenant loser: allowed_clusters standalone, admin_roles none" in result.stdout


def test_500_for_a_write_that_was_not_done_is_an_error(broker, tmp_path):
    result, _ = bootstrap_through(
        broker,
        tmp_path / "new.toml",
        "broken",
        writes_of("broken", Odd(500, '{"reason":"No space left on device"}')),
    )
    assert result.returncode == 1
    assert (
        "rejected: tenant broken: the broker answered 500: No space left on device" in result.stdout
    )


def test_clusters_do_not_exist_is_tried_again(broker, tmp_path):
    left = [3]

    def rule(method, path):
        if method == "PUT" and path.endswith("/tenants/early") and left[0] > 0:
            left[0] -= 1
            return Odd(412, '{"reason":"Clusters do not exist"}')
        return None

    result, proxy = bootstrap_through(broker, tmp_path / "new.toml", "early", rule)
    assert proxy.odd == 3
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("path", "odd", "stage"),
    [
        (
            "/brokers/ready",
            Odd(500, "<html>"),
            "stage 2 of 6: the broker does not accept requests yet",
        ),
        ("/clusters", Odd(200, "[]"), "stage 3 of 6: the cluster standalone is not registered yet"),
        (
            "/namespaces/public",
            Odd(404, '{"reason":"Tenant not found"}'),
            "stage 4 of 6: the namespace public/default does not exist yet",
        ),
        (
            "/namespaces/public",
            Odd(200, "[]"),
            "stage 4 of 6: the namespace public/default does not exist yet",
        ),
    ],
)
def test_each_stage_holds_check_and_bootstrap_back(broker, check, tmp_path, path, odd, stage):
    """The answers of a broker that is coming up, one at a time and for as long as it takes to
    look."""
    writes = broker.asked("PUT ")
    with odd_proxy(
        broker.admin_port, lambda _, asked: odd if asked.endswith(path) else None
    ) as proxy:
        env = {"ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{proxy.port}"}
        result = check(**env)
        assert first_line(result) == f"starting: pulsar: {stage}"
        assert result.returncode == 1
        refused = broker.sidecar(
            "bootstrap", "pulsar", **env, **declared(tmp_path / "new.toml", NEW.format("eager"))
        )
        assert refused.stdout == f"pulsar: not converged\n  timeout: not ready: {stage}\n"
        assert refused.returncode == 1
    assert broker.asked("PUT ") == writes


def test_cluster_that_is_not_registered_is_refused_at_once(broker, tmp_path):
    text = NEW.format("west").replace('name = "west"', 'name = "west"\nallowed_clusters = ["west"]')
    refused = broker.sidecar("bootstrap", "pulsar", **declared(tmp_path / "west.toml", text))
    assert refused.returncode == 1
    assert (
        "  ! tenant west: its cluster west is not registered (registered: standalone)"
        in refused.stdout
    )
    assert broker.admin("tenants/west")[0] == 404


@pytest.mark.alone  # who waits how long for whom is told apart by parts of seconds
def test_one_deep_question_at_a_time_and_none_soon_after_one_without_an_answer(broker, lock_dir):
    wait_until(
        lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0, "the broker is up", 300
    )
    with odd_proxy(
        broker.admin_port, lambda _, path: Odd() if path.endswith("/brokers/health") else None
    ) as proxy:
        env = broker.sidecar_environment(
            XDG_RUNTIME_DIR=str(lock_dir), ARC_PULSAR_ADMIN_URL=f"http://127.0.0.1:{proxy.port}"
        )
        argv = [SIDECAR, "check", "pulsar", "--timeout", "5s"]
        first = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True)
        wait_until(lambda: proxy.odd, "the first question", 10)
        others = [
            subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)
        ]
        quick = subprocess.run(
            [*argv[:-1], "1s"], env=env, stdout=subprocess.PIPE, text=True, timeout=30, check=False
        )
        assert quick.stdout.startswith("degraded: pulsar: ")
        assert (
            "  degraded  pulsar.health.unavailable: health is not verified, another process is asking"
            in quick.stdout
        ), quick.stdout
        assert quick.returncode == 0
        for (
            other
        ) in others:  # a question of another that goes unanswered for so long is an answer, too
            said = other.communicate(timeout=30)[0]
            assert re.match(
                r"unhealthy: pulsar: health did not answer (another process )?in [2-5]\.\d s", said
            ), said
            assert other.returncode == 1
        assert first.communicate(timeout=30)[0].startswith(
            "unhealthy: pulsar: health did not answer in "
        )
        assert first.returncode == 1
        again = subprocess.run(
            argv, env=env, stdout=subprocess.PIPE, text=True, timeout=30, check=False
        )
        assert re.match(
            r"unhealthy: pulsar: health did not answer in [1-5]\.\d s \(\d s ago\), not asked again so soon",
            again.stdout,
        )
        assert (proxy.odd, proxy.most_under_way) == (1, 1)


def test_questions_at_the_same_time_wait_for_each_other_and_are_all_answered(broker, lock_dir):
    env = broker.sidecar_environment(XDG_RUNTIME_DIR=str(lock_dir))
    argv = [SIDECAR, "check", "pulsar", "--timeout", "30s"]
    checks = [subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for one in checks:
        assert one.communicate(timeout=60)[0].partition("\n")[0] == AS_DECLARED
        assert one.returncode == 0


def test_canaries_of_checks_at_the_same_time_do_not_meet(broker, lock_dir):
    """One would close the topic under the other's message."""
    env = broker.sidecar_environment(XDG_RUNTIME_DIR=str(lock_dir), ARC_PULSAR_CANARY="true")
    argv = [SIDECAR, "check", "pulsar", "--strict", "--timeout", "30s"]
    checks = [subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for one in checks:
        said = one.communicate(timeout=60)[0]
        assert (
            one.returncode == 0
            and "  ok        pulsar.canary.ok: a test message was stored in a new ledger" in said
        ), said


def test_canary_of_the_agent_is_what_check_tells(broker, check, tmp_path):
    own = {"ARC_SERVICE": "pulsar", "ARC_STATE_DIR": str(tmp_path), "ARC_LISTEN": "off"}
    env = broker.sidecar_environment(ARC_PULSAR_CANARY="true", **own)
    with running([SIDECAR, "agent"], tmp_path / "agent.log", env=env):
        deep = tmp_path / "pulsar.deep.json"
        wait_until(
            lambda: deep.exists() and "canary_level" in json.loads(deep.read_text()),
            "the agent's deep probe",
        )
    assert json.loads(deep.read_text())["ok_at_ms"] > 0
    posts = broker.asked("POST /topics/")
    result = check(ARC_STATE_DIR=str(tmp_path), ARC_PULSAR_CANARY="true")
    assert (
        "  ok        pulsar.canary.ok: a test message was stored in a new ledger" in result.stdout
    ), result.stdout
    assert broker.asked("POST /topics/") == posts > 0


@pytest.mark.parametrize(
    ("path", "odd", "line"),
    [
        (
            "/topics/persistent/arc-sidecar/canary/canary",
            Odd(500, '{"reason":"Not enough non-faulty bookies"}'),
            "unhealthy pulsar.canary.failed: a test message that needs a new ledger was rejected: 500: Not enough non-faulty bookies. ",
        ),
        (
            "/topics/persistent/arc-sidecar/canary/canary",
            Odd(200, '{"messagePublishResults":[{"errorCode":2,"errorMsg":"fenced"}]}'),
            "unhealthy pulsar.canary.failed: a test message that needs a new ledger was rejected: 200: fenced. ",
        ),
        (
            "/topics/persistent/arc-sidecar/canary/canary",
            Odd(),
            "unhealthy pulsar.canary.failed: a test message that needs a new ledger was not acknowledged in ",
        ),
        (
            "/admin/v2/persistent/arc-sidecar/canary/canary/unload",
            Odd(401, "{}"),
            "degraded  pulsar.canary.unavailable: no test message was sent (",
        ),
    ],
)
def test_canary_that_does_not_come_back(broker, check, path, odd, line):
    with odd_proxy(
        broker.admin_port, lambda method, asked: odd if asked == path and method != "GET" else None
    ) as proxy:
        result = check(
            ARC_PULSAR_ADMIN_URL=f"http://127.0.0.1:{proxy.port}", ARC_PULSAR_CANARY="true"
        )
    assert f"  {line}" in result.stdout, result.stdout
    assert result.returncode == (1 if line.startswith("unhealthy") else 0)


def redirected(method, path):
    """Whether a broker redirects this request to the broker that has the topic."""
    return path.startswith(("/admin/v2/persistent/", "/topics/"))


def test_redirects_to_another_broker_are_followed(broker, check, tmp_path):
    """A broker redirects requests about a topic of another broker, for its clients to follow."""
    other = Odd(307, location=broker.admin_port)
    rule = lambda method, path: other if redirected(method, path) else None
    with odd_proxy(broker.admin_port, rule) as proxy:
        env = {"ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{proxy.port}"}
        result = check("--timeout", "10s", "--strict", ARC_PULSAR_CANARY="true", **env)
        assert first_line(result) == AS_DECLARED
        assert "  ok        pulsar.canary.ok: " in result.stdout
        config = declared(tmp_path / "new.toml", NEW.format("redirected"))
        made = broker.sidecar("bootstrap", "pulsar", **env, **config)
        assert made.stdout.count("(done)") == 4, made.stdout
        assert proxy.odd > 10


@pytest.mark.parametrize(
    ("port", "text"),
    [
        ("closed", "redirects to http://127.0.0.1:{}, which fails"),
        ("itself", "redirects too often"),
    ],
)
def test_redirect_that_leads_nowhere_is_no_silence_of_this_broker(broker, check, port, text):
    target = [free_port()]
    rule = lambda method, path: (
        Odd(307, location=target[0]) if path.startswith("/topics/") else None
    )
    with odd_proxy(broker.admin_port, rule) as proxy:
        if port == "itself":
            target[0] = proxy.port
        env = {"ARC_PULSAR_ADMIN_URL": f"http://127.0.0.1:{proxy.port}"}
        result = check(ARC_PULSAR_CANARY="true", **env)
    assert "degraded  pulsar.canary.unavailable: no test message was sent (" in result.stdout
    assert text.format(target[0]) in result.stdout
    assert result.returncode == 0


def run_remedies(broker, text):
    """Runs each `pulsar-admin …` of a text."""
    commands = re.findall(r"`pulsar-admin ([^`]+)`", text)
    connect = ["--admin-url", f"http://127.0.0.1:{broker.admin_port}"]
    if broker.token:
        plugin = "org.apache.pulsar.client.impl.auth.AuthenticationToken"
        connect += ["--auth-plugin", plugin, "--auth-params", f"token:{broker.token}"]
    for command in commands:
        argv = [str(home() / "bin/pulsar-admin"), *connect, *shlex.split(command)]
        env = {"PATH": os.environ["PATH"], "PULSAR_MEM": "-Xmx128m"} | {
            "PULSAR_LOG_DIR": str(broker.directory / "logs")
        }
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    return len(commands)


def test_commands_of_a_refused_bootstrap_do_what_they_promise(broker, tmp_path):
    """Partitions are added, a tenant's lists are set, and a terminated topic is replaced."""
    config = declared(tmp_path / "new.toml", NEW.format("remedies"))
    assert broker.sidecar("bootstrap", "pulsar", **config).returncode == 0
    plain = "remedies/n/plain%20and%20odd%3F"
    assert broker.admin(f"persistent/{plain}/subscription/s", "latest")[0] == 204
    assert broker.admin(f"persistent/{plain}/terminate", {}, "POST")[0] == 200
    text = NEW.format("remedies").replace("partitions = 2", "partitions = 3")
    text = text.replace('name = "remedies"', 'name = "remedies"\nadmin_roles = ["a", "b"]')
    config = declared(tmp_path / "new.toml", text)
    refused = broker.sidecar("bootstrap", "pulsar", **config)
    assert refused.returncode == 1
    assert run_remedies(broker, refused.stdout) == 3, refused.stdout
    made = broker.sidecar("bootstrap", "pulsar", **config)
    assert made.returncode == 0, made.stdout
    assert made.stdout.count("(done)") == 1
    again = broker.sidecar("bootstrap", "pulsar", **config)
    assert again.stdout.count("  = ") == 4, again.stdout


@pytest.mark.alone  # a quarter of a second is measured
def test_stopped_broker_is_told_in_time_twenty_times(broker, lock_dir):
    wait_until(
        lambda: broker.sidecar("bootstrap", "pulsar").returncode == 0, "the broker is up", 300
    )
    broker.process.send_signal(signal.SIGSTOP)
    try:
        found, results = overruns(
            "pulsar", broker.environment(XDG_RUNTIME_DIR=str(lock_dir)), 0.5, at_once=1
        )
    finally:
        broker.process.send_signal(signal.SIGCONT)
    for result in results:
        assert result.stdout.startswith("unhealthy: pulsar: health did not answer in "), (
            result.stdout
        )
        assert result.returncode == 1
    assert found[-1] <= MARGIN, found


@pytest.mark.alone  # it goes on after the test before
def test_broker_that_goes_on_is_healthy_again(check):
    result = wait_until(
        lambda: (r := check("--timeout", "10s")) and r.returncode == 0 and r, "healthy again", 30
    )
    assert first_line(result) == AS_DECLARED
