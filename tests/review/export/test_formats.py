"""The files of both formats, and the folder that they are written to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.review.export import argocd, kubectl
from neuronserve.review.export.exported import RELEASE, Export, exported
from neuronserve.review.export.folder import write
from neuronserve.review.export.state import State
from tests.review.export.states import state_of
from tests.spoilt_plan import spoilt

REPOSITORY = "https://git.example.com/platform.git"


@pytest.fixture
def export(plan_of: Callable[[str], Plan]) -> Export:
    plan = plan_of("inf2-8xlarge")
    return exported(plan, State.from_json(state_of(plan), plan, "state.json"))


def applications(files: dict[str, str]) -> dict[str, Any]:
    found = [yaml.safe_load(text) for path, text in files.items() if path.startswith("applications/")]
    return {one["metadata"]["name"]: one for one in found}


def test_kubectl_names_every_file_in_order(export: Export) -> None:
    files = kubectl.files(export)
    readme = files["README.md"]
    lines = [line.strip() for line in readme.splitlines() if line.startswith("    ")]
    assert lines[0] == "kubectl apply --server-side --filename 1-base/"
    helm = [line for line in lines if line.startswith("helm ")]
    assert [line.split()[3] for line in helm] == [chart.release for chart in export.charts]
    assert (
        "helm upgrade --install kuberay-operator kuberay-operator --repo https://ray-project.github.io/kuberay-helm/ "
        "--version 1.7.0 --namespace kuberay-operator --skip-crds --values 2-charts/"
    ) in readme
    for chart, line in zip(export.charts, helm, strict=True):
        assert yaml.safe_load(files[line.split("--values ")[1].split()[0]]) == chart.values
    assert lines.index("kubectl apply --server-side --filename 3-objects/") > lines.index(helm[-1])
    assert all(f"kubectl apply --server-side --filename {crds}" in lines for crds in export.crds)
    secrets = [line for line in lines if "create secret" in line]
    assert len(secrets) == len(export.secrets)
    shown = [yaml.safe_load(text) for path, text in sorted(files.items()) if path.startswith(("1-", "3-"))]
    assert shown == [*export.base, *export.objects]


def test_argo_cd_has_an_application_for_each_chart_at_its_version(export: Export) -> None:
    files = argocd.files(export, REPOSITORY, "llm/prod/", "main")
    found = applications(files)
    assert [*found] == [
        "inf2-8xlarge-base",
        *(f"inf2-8xlarge-{chart.release}" for chart in export.charts),
        "inf2-8xlarge-objects",
    ]
    waves = [int(one["metadata"]["annotations"][argocd.WAVE]) for one in found.values()]
    assert waves == [*range(len(found))]
    assert found["inf2-8xlarge-karpenter"]["spec"]["source"] == {
        "repoURL": "public.ecr.aws/karpenter",
        "chart": "karpenter",
        "targetRevision": "1.14.3",
        "helm": {
            "releaseName": "karpenter",
            "skipCrds": False,
            "valuesObject": next(one.values for one in export.charts if one.release == "karpenter"),
        },
    }
    assert found["inf2-8xlarge-neuron-helm-chart"]["spec"]["source"]["helm"]["skipCrds"]
    assert found["inf2-8xlarge-objects"]["spec"]["source"] == {
        "repoURL": REPOSITORY,
        "path": "llm/prod/3-objects",
        "targetRevision": "main",
    }
    assert found["inf2-8xlarge-karpenter"]["spec"]["destination"]["namespace"] == "kube-system"


def test_argo_cd_at_the_root_of_a_repository(plan_of: Callable[[str], Plan]) -> None:
    (only,) = applications(argocd.files(exported(plan_of("local")), REPOSITORY, "", "HEAD")).values()
    assert only["spec"]["source"]["path"] == "1-base"


def test_argo_cd_reaches_no_folder_of_charts(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of("inf2-8xlarge")
    state = State.from_json(state_of(plan), plan, "state.json")
    local = spoilt(plan, RELEASE, lambda inputs: inputs.update(chart="charts/karpenter"), "platform-karpenter-chart")
    with pytest.raises(PlanError, match=r"Chart karpenter comes from the folder charts/karpenter \(mirror.chartDir"):
        argocd.files(exported(local, state), REPOSITORY, "", "HEAD")


def tree(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def test_a_later_export_takes_the_place_of_an_earlier_one(export: Export, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write(kubectl.files(export), tmp_path)
    assert tree(tmp_path) == {*kubectl.files(export), "notes.txt"}
    files = argocd.files(export, REPOSITORY, "", "HEAD")
    write(files, tmp_path)
    assert tree(tmp_path) == {*files, "notes.txt"}


@pytest.mark.parametrize("name", ["README.md", "1-base/mine.yaml"])
def test_what_no_export_made_is_not_replaced(export: Export, tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("# My notes\n")
    with pytest.raises(PlanError, match="which no earlier export made, and it would be replaced"):
        write(kubectl.files(export), tmp_path)
    assert tree(tmp_path) == {name}


def test_a_folder_that_cannot_be_written(export: Export, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PlanError, match=r"The export cannot be written to .*/file: "):
        write(kubectl.files(export), tmp_path / "file")
