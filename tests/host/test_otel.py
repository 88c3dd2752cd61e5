"""What `make otel-health` makes of the collector's answers, and that what is configured twice is
the same."""

import json
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTEL = ROOT / "services/otel"


def target(health, url, error=""):
    return {
        "discoveredLabels": {"__address__": "x", "job": "j"},
        "labels": {"job": "j"},
        "scrapePool": "j",
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": error,
        "lastScrape": "2026-01-01T00:00:00Z",
        "lastScrapeDuration": 0.1,
        "health": health,
    }


def target_lines(*targets):
    answer = json.dumps(
        {"status": "success", "data": {"activeTargets": targets, "droppedTargets": []}},
        separators=(",", ":"),
    )
    script = f"set -euo pipefail; . {ROOT}/scripts/otel/health.sh; target_lines"
    return subprocess.run(
        ["bash", "-c", script],
        input=answer,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_target_is_a_line_with_its_own_error():
    result = target_lines(
        target("up", "http://b:1/metrics"),
        target(
            "down",
            "http://a:1/metrics",
            'Get "http://a:1/metrics": dial tcp: lookup a: no such host',
        ),
        target("down", "http://c:1/metrics", 'strange "words", and a comma'),
        target("unknown", "http://d:1/metrics/"),
    )
    assert result.returncode == 0
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "down http://a:1/metrics dial tcp: lookup a: no such host",
        "up http://b:1/metrics",
        'down http://c:1/metrics strange "words", and a comma',
        "unknown http://d:1/metrics/",
    ]


def test_no_target_is_a_failure():
    assert target_lines().returncode == 1


def report(targets, metrics, command="--config=/etc/otelcol/friday.yaml"):
    """What is said of these targets and of these metrics of the collector's own."""
    script = f"""set -euo pipefail; . {ROOT}/scripts/otel/health.sh
        sleep() {{ :; }}
        ask() {{ printf '%s\\n' "$METRICS"; }}
        about() {{ [[ $2 == *Cmd* ]] && echo "$COMMAND" || printf 'PATH=/\\nARC_OTEL_EXPORT_ENDPOINT=friday:1\\n'; }}
        report_flow collector "$TARGETS" """
    environment = {
        "PATH": "/usr/bin:/bin",
        "METRICS": metrics,
        "COMMAND": command,
        "TARGETS": targets,
    }
    return subprocess.run(
        ["bash", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


QUIET = 'otelcol_exporter_queue_size{data_type="logs"} 0\notelcol_exporter_queue_capacity{data_type="logs"} 1000'


@pytest.mark.parametrize(
    ("targets", "metrics", "status", "said"),
    [
        (
            "up http://a/m",
            QUIET,
            0,
            "ok: collector: 1 of 1 targets answer; nothing queued for friday:1\n",
        ),
        (
            "up http://a/m\ndown http://b/m no such host",
            QUIET,
            0,
            "degraded: collector: 1 of 2 targets answer; nothing queued for friday:1\n  down    http://b/m no such host\n",
        ),
        (
            "unknown http://a/m",
            QUIET,
            1,
            "starting: collector: 0 of 1 targets answer; nothing queued for friday:1\n  not asked yet http://a/m\n",
        ),
        (
            "up http://a/m",
            QUIET + '\notelcol_exporter_queue_size{data_type="traces"} 7',
            1,
            "unhealthy: collector: 1 of 1 targets answer; friday:1 accepts no data, 7 requests queued: start it, or set ARC_OTEL_MODE=standalone\n",
        ),
        (
            "up http://a/m",
            QUIET
            + "\notelcol_exporter_send_failed_spans 3\notelcol_receiver_refused_metric_points 40",
            0,
            "ok: collector: 1 of 1 targets answer; nothing queued for friday:1; 43 spans, log records and metric points lost since its start\n",
        ),
    ],
)
def test_the_verdict_is_about_what_flows(targets, metrics, status, said):
    result = report(targets, metrics)
    assert (result.returncode, result.stdout, result.stderr) == (status, said, "")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("13133", "runs and does not answer: make otel-logs shows more"),
        ("9090", "does not list its targets: make otel-logs shows more"),
        ("8888", "does not report its exports"),
    ],
)
def test_a_question_without_an_answer_is_not_taken_for_a_good_one(broken, said):
    script = f"""set -euo pipefail; . {ROOT}/scripts/otel/health.sh
        container_of() {{ echo collector; }}
        state_of() {{ echo running; }}
        ask() {{ [[ $1 != {broken} ]] && echo '"discoveredLabels" "scrapeUrl":"u" "health":"up" "lastError":"","lastScrape"'; }}
        otel_health"""
    result = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout) == (1, f"unhealthy: collector: {said}\n")


def test_standalone_has_nobody_to_wait_for():
    result = report("up http://a/m", QUIET, "--config=/etc/otelcol/standalone.yaml")
    assert (
        result.stdout == "ok: collector: 1 of 1 targets answer; exports to its log (standalone)\n"
    )


def test_the_collector_is_of_one_version_everywhere():
    places = (
        OTEL / "Dockerfile",
        OTEL / "service.yaml",
        OTEL / "docker-compose.yml",
        ROOT / "docker/bases/collector.yaml",
        ROOT / "docker/bases/collector.Dockerfile",
    )
    versions = set()
    for path in places:
        found = re.findall(
            r"(?:opentelemetry-collector:|builder@v|version: |contrib/\S+ v|collector/(?:receiver|processor|exporter)/\S+ v)(\d+\.\d+\.\d+)",
            path.read_text(),
        )
        assert found, path
        versions |= set(found)
    assert len(versions) == 1, versions


def test_service_yaml_names_the_ports_that_compose_publishes():
    published = dict(
        re.findall(
            r'"127\.0\.0\.1:\$\{ARC_OTEL_\w+:-(\d+)\}:(\d+)"',
            (OTEL / "docker-compose.yml").read_text(),
        )
    )
    declared = re.findall(
        r'container: (\d+), host: "127\.0\.0\.1:(\d+)"', (OTEL / "service.yaml").read_text()
    )
    assert {host: container for container, host in declared} == published
