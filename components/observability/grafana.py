"""Pages of panels as Grafana's dashboards, in its JSON model.

https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from typing import Any

from neuronserve.components.observability.panels import Page, Panel

SCHEMA_VERSION = 39
COLUMNS, WIDTH, HEIGHT = 24, 8, 8
"""Of the page, and of a graph on it."""

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""The Prometheus that is chosen on the page."""

SERVICES_OF = "ray_vllm_num_requests_running"
"""The metric by which services are found."""


def grafana_dashboard(page: Page) -> dict[str, Any]:
    """Return a page as Grafana reads it."""
    return {
        "uid": f"neuronserve-{page.key}",
        "title": page.title,
        "tags": ["neuronserve"],
        "schemaVersion": SCHEMA_VERSION,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source(), *(_services() if page.by_service else [])]},
        "panels": [_panel(panel, place) for place, panel in enumerate(page.panels)],
    }


def _source() -> dict[str, Any]:
    return {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}


def _services() -> list[dict[str, Any]]:
    of_namespace = f'{SERVICES_OF}{{namespace=~"$namespace"}}'
    return [_variable("namespace", SERVICES_OF), _variable("service", of_namespace)]


def _variable(label: str, series: str) -> dict[str, Any]:
    return {
        "name": label,
        "type": "query",
        "datasource": SOURCE,
        "query": f"label_values({series}, {label})",
        "refresh": 2,  # when the page's span of time changes
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
    }


def _panel(panel: Panel, place: int) -> dict[str, Any]:
    row, column = divmod(place, COLUMNS // WIDTH)
    return {
        "id": place + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(panel.queries)
        ],
    }
