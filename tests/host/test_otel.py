"""What `make otel-health` makes of the collector's answers, and that what is configured twice is the same."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
OTEL = ROOT / "services/otel"


def target(health, url, error=""):
    return {"discoveredLabels": {"__address__": "x", "job": "j"}, "labels": {"job": "j"}, "scrapePool": "j", "scrapeUrl": url,
            "globalUrl": url, "lastError": error, "lastScrape": "2026-01-01T00:00:00Z", "lastScrapeDuration": 0.1, "health": health}  # fmt: skip


def target_lines(*targets):
    answer = json.dumps({"status": "success", "data": {"activeTargets": targets, "droppedTargets": []}}, separators=(",", ":"))
    script = f"set -euo pipefail; . {ROOT}/scripts/otel/health.sh; target_lines"
    return subprocess.run(["bash", "-c", script], input=answer, capture_output=True, text=True, timeout=60, check=False)


def test_each_target_is_a_line_with_its_own_error():
    result = target_lines(
        target("up", "http://b:1/metrics"),
        target("down", "http://a:1/metrics", 'Get "http://a:1/metrics": dial tcp: lookup a: no such host'),
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


def test_the_collector_is_of_one_version_everywhere():
    places = (OTEL / "Dockerfile", OTEL / "service.yaml", OTEL / "docker-compose.yml", ROOT / "compose/bases/collector.yaml", ROOT / "compose/bases/collector.Dockerfile")
    versions = set()
    for path in places:
        found = re.findall(r"(?:opentelemetry-collector:|builder@v|version: |contrib/\S+ v|collector/(?:receiver|processor|exporter)/\S+ v)(\d+\.\d+\.\d+)", path.read_text())
        assert found, path
        versions |= set(found)
    assert len(versions) == 1, versions


def test_service_yaml_names_the_ports_that_compose_publishes():
    published = dict(re.findall(r'"127\.0\.0\.1:\$\{ARC_OTEL_\w+:-(\d+)\}:(\d+)"', (OTEL / "docker-compose.yml").read_text()))
    declared = re.findall(r'container: (\d+), host: "127\.0\.0\.1:(\d+)"', (OTEL / "service.yaml").read_text())
    assert {host: container for container, host in declared} == published
