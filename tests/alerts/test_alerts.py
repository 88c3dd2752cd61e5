"""The alert rules: promtool accepts and tests them, each is seen firing and not firing, and the
runbook has an entry for each and no other."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "services/otel/alerts").glob("*.yml"))
TESTS = sorted((ROOT / "tests/alerts").glob("*_test.yml"))
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
URL = "https://github.com/arc-framework/arc-platform/blob/main/docs/runbook.md#"


def promtool(*words):
    return subprocess.run(
        ["promtool", *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )


def alerts(path):
    """The rules of one file by name."""
    return {
        rule["alert"]: rule
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    }


def all_alerts():
    return {name: rule for path in RULES for name, rule in alerts(path).items()}


def scenarios(path):
    return yaml.safe_load(path.read_text())["tests"]


def fired(scenario):
    """For each time that a scenario looks at: the names that fire then."""
    return [
        set(re.findall(r'alertname="(\w+)"', str(look["exp_samples"])))
        for look in scenario.get("promql_expr_test", [])
    ]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_accepts_the_rules(path):
    result = promtool("check", "rules", path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_promtool_accepts_the_configuration_that_has_them():
    result = promtool("check", "config", ROOT / "services/otel/prometheus.yml")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_promtool_tests_the_rules(path):
    result = promtool("test", "rules", path)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_alert_is_seen_firing_and_not_firing(path):
    tests = ROOT / f"tests/alerts/{path.stem}_test.yml"
    looks = [fired(scenario) for scenario in scenarios(tests)]
    for name in alerts(path):
        both = [
            times
            for times in looks
            if any(name in now for now in times) and any(name not in now for now in times)
        ]
        assert both, (
            f"{name}: no scenario of {tests.name} in which it fires at one time and not at another"
        )


def test_a_scenario_names_all_that_fires_and_no_alert_that_is_not_there():
    for path in TESTS:
        for scenario in scenarios(path):
            for look in scenario["promql_expr_test"]:
                assert (
                    look["expr"] == 'sum by (alertname, service) (ALERTS{alertstate="firing"})'
                ), scenario["name"]
            assert set().union(*fired(scenario)) <= set(all_alerts()), scenario["name"]


def test_names_are_given_once():
    names = [name for path in RULES for name in alerts(path)]
    assert len(names) == len(set(names)) >= 30


def test_each_alert_says_what_it_is_about_and_leads_to_its_entry():
    for name, rule in all_alerts().items():
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert rule["annotations"]["runbook_url"] == URL + name.lower(), name
        # Whom it is about: of the rule, or of the series of the sidecar.
        assert rule["labels"].get("service") or "arc_sidecar_" in rule["expr"], name


def entries():
    """The entries of the runbook: name and text."""
    parts = re.split(r"^### (\w+)\n", RUNBOOK, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_runbook_has_an_entry_for_each_alert_and_no_other():
    assert set(entries()) == set(all_alerts())


def test_each_entry_says_meaning_first_look_and_what_to_do():
    for name, text in entries().items():
        found = re.findall(r"^\*\*(.+?)\*\* \S", text, re.MULTILINE)
        assert found[:3] == ["Meaning.", "First look.", "What to do."], f"{name}: {found}"


def test_links_inside_the_runbook_lead_somewhere():
    for anchor in re.findall(r"\]\(#([^)]+)\)", RUNBOOK):
        assert anchor in {name.lower() for name in entries()}, anchor
