"""build.py FOLDER - writes FOLDER/grafana/NAME.json and FOLDER/signoz/NAME.json of panels.py.

Grafana's files come from the Grafana Foundation SDK. For SigNoz there is no library that writes its
dashboards (format v5), so the few members that it reads are written here."""

import json
import sys
import uuid
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as StatPanel
from grafana_foundation_sdk.builders.timeseries import Panel as TimeseriesPanel
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from panels import DASHBOARDS

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH, HEIGHT = 8, 7  # of a panel, in Grafana's grid of 24 columns
SIGNOZ_UNITS = {
    "short": "short",
    "bytes": "bytes",
    "s": "s",
    "percentunit": "percentunit",
    "ops": "ops",
    "Bps": "binBps",
    "bool": "bool",
}


def grafana_panel(panel):
    builder = StatPanel() if panel.kind == "stat" else TimeseriesPanel()
    builder = builder.title(panel.title).unit(panel.unit).datasource(SOURCE)
    builder = builder.span(WIDTH).height(HEIGHT)
    if panel.empty:
        builder = builder.description(f"No data is normal: {panel.empty}.")
    for place, query in enumerate(panel.queries):
        target = Dataquery().expr(query.expr).legend_format(query.legend or "__auto")
        builder = builder.with_target(target.ref_id(chr(ord("A") + place)))
    return builder


def to_grafana(dashboard):
    builder = (
        grafana.Dashboard(dashboard.title)
        .uid(f"arc-{dashboard.slug}")
        .description(dashboard.text)
        .tags(["arc"])
        .refresh("30s")
        .time("now-1h", "now")
        .with_variable(grafana.DatasourceVariable("datasource").type("prometheus"))
    )
    for title, row in dashboard.rows.items():
        builder = builder.with_row(grafana.Row(title))
        for panel in row:
            builder = builder.with_panel(grafana_panel(panel))
    return JSONEncoder(sort_keys=True, indent=2).encode(builder.build())


def identifier(*words):
    """The same in each build, so that an import replaces what an earlier one made."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("arc-sidecar", *words))))


def signoz_widget(dashboard, panel):
    queries = [
        {
            "name": chr(ord("A") + place),
            "query": query.expr,
            "legend": query.legend,
            "disabled": False,
        }
        for place, query in enumerate(panel.queries)
    ]
    return {
        "id": identifier(dashboard.slug, panel.title),
        "title": panel.title,
        "description": f"No data is normal: {panel.empty}." if panel.empty else "",
        "panelTypes": "value" if panel.kind == "stat" and len(queries) == 1 else "graph",
        "yAxisUnit": SIGNOZ_UNITS[panel.unit],
        "timePreferance": "GLOBAL_TIME",  # as SigNoz spells it
        "nullZeroValues": "zero",
        "opacity": "1",
        "isStacked": False,
        "thresholds": [],
        "query": {
            "id": identifier(dashboard.slug, panel.title, "query"),
            "queryType": "promql",
            "promql": queries,
            "clickhouse_sql": [],
            "builder": {"queryData": [], "queryFormulas": []},
        },
    }


def to_signoz(dashboard):
    widgets = [signoz_widget(dashboard, panel) for panel in dashboard.panels()]
    layout = [
        {"i": widget["id"], "x": place % 2 * 6, "y": place // 2 * 6, "w": 6, "h": 6}
        for place, widget in enumerate(widgets)
    ]
    text = {
        "title": dashboard.title,
        "description": dashboard.text,
        "tags": ["arc"],
        "version": "v5",
        "variables": {},
        "layout": layout,
        "widgets": widgets,
    }
    return json.dumps(text, sort_keys=True, indent=2)


def main():
    folder = Path(sys.argv[1])
    for kind, encode in (("grafana", to_grafana), ("signoz", to_signoz)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for dashboard in DASHBOARDS:
            (folder / kind / f"{dashboard.slug}.json").write_text(encode(dashboard) + "\n")


if __name__ == "__main__":
    main()
