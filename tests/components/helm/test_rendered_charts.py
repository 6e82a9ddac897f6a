"""Every release of a stack with all add-ons, rendered by the real helm with exactly the plan's values."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.components.helm.charts import chart_problems, local_chart
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.observability.prometheus_chart import PROMETHEUS_CHART
from neuronserve.facts.system_nodes import apart
from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import synthesise
from neuronserve.settings import PYTHON_NAMES
from tests.components.helm.chart_checks import problems
from tests.components.helm.helm_cli import rendered
from tests.kubernetes_programs import unpacked
from tests.project import project_with, values_of

CHARTS_VARIABLE = "NEURONSERVE_TEST_CHARTS"
RELEASE = "kubernetes:helm.sh/v3:Release"
REGISTRY = "111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror"
CHARTS = {chart.name: chart for chart in (*(chart for add_on in ADD_ONS for chart in add_on.charts), PROMETHEUS_CHART)}


@pytest.fixture(scope="module")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked("helm", tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the plan of a stack with every add-on and a Prometheus, whose images come from a mirror."""
    values = values_of("inf2-and-trn1") | {
        "addOns": {"efa": True, "loadBalancerController": True},
        "mirror": {"registry": REGISTRY},
        "observability": {"prometheus": {}},
    }
    return synthesise(project_with(tmp_path_factory.mktemp("project"), values), "test")


def release_of(plan: Plan, chart: str) -> Resource:
    (release,) = (one for one in plan.of_type(RELEASE) if one.inputs["name"] == chart)
    return release


def stand_in(directory: Path, template: str) -> Path:
    """Write a chart of one template."""
    (directory / "templates").mkdir(parents=True)
    (directory / "Chart.yaml").write_text(yaml.safe_dump({"apiVersion": "v2", "name": "stand-in", "version": "1.0.0"}))
    (directory / "templates" / "objects.yaml").write_text(template)
    return directory


def test_everything_with_a_chart_is_released(plan: Plan) -> None:
    assert {release.inputs["name"] for release in plan.of_type(RELEASE)} == CHARTS.keys()


@pytest.mark.parametrize("name", CHARTS)
def test_published_charts(name: str, plan: Plan, helm: Path, tmp_path: Path) -> None:
    folder = os.environ.get(CHARTS_VARIABLE)
    if not folder:
        pytest.skip(f"{CHARTS_VARIABLE} is not set: no folder with the published charts")
    mirror = MirrorSettings(chart_directory=folder)
    chart = CHARTS[name].with_crds_if(False)
    if missing := chart_problems([chart], mirror, PYTHON_NAMES):
        pytest.skip(missing[0])
    release = release_of(plan, name)
    objects = rendered(helm, local_chart(mirror, chart), release.inputs, tmp_path)
    assert problems(plan, release, objects, REGISTRY) == []


@pytest.mark.parametrize("name", CHARTS)
def test_helm_reads_the_values_of_every_release(name: str, plan: Plan, helm: Path, tmp_path: Path) -> None:
    chart = stand_in(tmp_path / "chart", "{kind: Values, values: {{ toJson .Values }}}")
    release = release_of(plan, name)
    (read,) = rendered(helm, chart, release.inputs, tmp_path)
    assert read["values"] == release.inputs["values"]


LABELS = {"app.kubernetes.io/name": "karpenter"}
SOUND: list[dict[str, Any]] = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "{{ .Values.serviceAccount.name }}"}},
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "karpenter"},
        "spec": {
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": "{{ .Values.serviceAccount.name }}",
                    "affinity": apart(LABELS),
                    "containers": [{"name": "c", "image": "{{ .Values.controller.image.repository }}"}],
                },
            }
        },
    },
    {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "karpenter"},
        "spec": {"selector": {"matchLabels": LABELS}},
    },
]
"""Like Karpenter's chart, as far as it is looked at."""


FAULTS = {
    "image": ('"{{ .Values.controller.image.repository }}"', '"quay.io/x"', "image quay.io/x is not from the mirror"),
    "account": ('"serviceAccountName": "{{ .Values.serviceAccount.name }}"', '"automount": false', "there are []"),
    "budget": ('"matchLabels": {"app', '"matchLabels": {"application', "karpenter matches no pod"),
    "affinity": (
        '"labelSelector": {"matchLabels": {"app',
        '"labelSelector": {"matchLabels": {"application',
        "keeps away from pods that are not its own",
    ),
    "namespace": ('{"name": "karpenter"}', '{"name": "karpenter", "namespace": "npd"}', "npd, which nobody makes"),
}


def test_a_sound_chart_passes(plan: Plan, helm: Path, tmp_path: Path) -> None:
    assert _found(json.dumps(SOUND), plan, helm, tmp_path) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_chart_does_not(fault: str, plan: Plan, helm: Path, tmp_path: Path) -> None:
    sound, faulty, problem = FAULTS[fault]
    found = _found(json.dumps(SOUND).replace(sound, faulty), plan, helm, tmp_path)
    assert problem in found[0]


def _found(objects: str, plan: Plan, helm: Path, directory: Path) -> list[str]:
    listed = f'{{"kind": "List", "items": {objects}}}'
    release = release_of(plan, "karpenter")
    (made,) = rendered(helm, stand_in(directory / "chart", listed), release.inputs, directory)
    return problems(plan, release, made["items"], REGISTRY)
