import dataclasses
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.helm.charts import Chart, CrdFolder, chart_problems, chart_source, release
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.plan.program import run
from neuronserve.settings import PYTHON_NAMES, SettingNames

OCI = Chart("neuron-helm-chart", "1.9.0", "oci://public.ecr.aws/neuron")
HTTPS = Chart("kuberay-operator", "1.7.0", "https://ray-project.github.io/kuberay-helm/")
REGISTRY = "111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror"


def put(directory: Path, chart: Chart, version: str | None = None) -> Path:
    folder = directory / chart.name
    folder.mkdir()
    (folder / "Chart.yaml").write_text(f"name: {chart.name}\nversion: {version or chart.version}\n")
    return folder


@pytest.mark.parametrize(
    ("chart", "mirror", "source"),
    [
        (OCI, MirrorSettings(), {"chart": "oci://public.ecr.aws/neuron/neuron-helm-chart"}),
        (
            HTTPS,
            MirrorSettings(),
            {
                "chart": "kuberay-operator",
                "repository_opts": {"repo": "https://ray-project.github.io/kuberay-helm/"},
            },
        ),
        (
            OCI,
            MirrorSettings(registry=REGISTRY),
            {"chart": f"oci://{REGISTRY}/public.ecr.aws/neuron/neuron-helm-chart"},
        ),
        (
            HTTPS,
            MirrorSettings(registry=f"{REGISTRY}/"),
            {"chart": f"oci://{REGISTRY}/ray-project.github.io/kuberay-helm/kuberay-operator"},
        ),
    ],
)
def test_charts_come_from_upstream_or_from_the_same_path_in_the_mirror(
    chart: Chart, mirror: MirrorSettings, source: dict[str, Any]
) -> None:
    assert chart_source(mirror, chart) == {**source, "version": chart.version}


def test_a_chart_directory_goes_before_everything_else(tmp_path: Path) -> None:
    mirror = MirrorSettings(registry=REGISTRY, chart_directory=str(tmp_path))
    archive = tmp_path / "kuberay-operator-1.7.0.tgz"
    archive.touch()
    assert chart_source(mirror, HTTPS) == {"chart": str(archive), "version": "1.7.0"}
    folder = put(tmp_path, HTTPS)
    assert chart_source(mirror, HTTPS) == {"chart": str(folder), "version": "1.7.0"}


def test_a_chart_directory_stays_relative_so_that_plans_are_the_same_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "charts").mkdir()
    put(tmp_path / "charts", OCI)
    monkeypatch.chdir(tmp_path)
    assert chart_source(MirrorSettings(chart_directory="./charts"), OCI)["chart"] == "charts/neuron-helm-chart"


@given(
    reference=st.from_regex(r"[a-z]+\.[a-z]+(/[a-z]+){1,3}(:[a-z0-9.]+)?(@sha256:[0-9a-f]{64})?", fullmatch=True),
    registry=st.from_regex(r"[a-z]+(\.[a-z]+)*(:[0-9]+)?(/[a-z]+)*/?", fullmatch=True),
)
def test_images_keep_name_tag_and_digest_in_a_mirror(reference: str, registry: str) -> None:
    assert MirrorSettings().image(reference) == reference
    mirrored = MirrorSettings(registry=registry).image(reference)
    assert mirrored == f"{registry.rstrip('/')}/{reference}"


def test_a_missing_chart_is_one_problem_that_says_how_to_get_it(tmp_path: Path) -> None:
    mirror = MirrorSettings(chart_directory=str(tmp_path))
    names = SettingNames("neuronserve:", camel_case=True)
    assert chart_problems([OCI, HTTPS], mirror, names) == [
        f"neuronserve:mirror.chartDirectory is '{tmp_path}', which has no chart neuron-helm-chart: neither "
        "neuron-helm-chart/Chart.yaml nor neuron-helm-chart-1.9.0.tgz. Put it there with `helm pull "
        "oci://public.ecr.aws/neuron/neuron-helm-chart --version 1.9.0 --untar`, or unset "
        "neuronserve:mirror.chartDirectory.",
        f"neuronserve:mirror.chartDirectory is '{tmp_path}', which has no chart kuberay-operator: neither "
        "kuberay-operator/Chart.yaml nor kuberay-operator-1.7.0.tgz. Put it there with `helm pull kuberay-operator "
        "--repo https://ray-project.github.io/kuberay-helm --version 1.7.0 --untar`, or unset "
        "neuronserve:mirror.chartDirectory.",
    ]
    assert chart_problems([OCI], MirrorSettings(), names) == []


def test_another_version_than_the_pinned_one_is_a_problem(tmp_path: Path) -> None:
    folder = put(tmp_path, HTTPS, version="1.1.0")
    mirror = MirrorSettings(chart_directory=str(tmp_path))
    (problem,) = chart_problems([HTTPS], mirror, PYTHON_NAMES)
    assert "version 1.1.0; it should be 1.7.0" in problem
    for broken in ("", "[", "{"):
        (folder / "Chart.yaml").write_text(broken)
        (problem,) = chart_problems([HTTPS], mirror, PYTHON_NAMES)
        assert "version None" in problem


def test_an_archive_will_not_do_where_its_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "kuberay-operator-1.7.0.tgz").touch()
    mirror = MirrorSettings(chart_directory=str(tmp_path))
    assert chart_problems([HTTPS], mirror, PYTHON_NAMES) == []
    with_crds = dataclasses.replace(HTTPS, crds=CrdFolder(("crd.yaml",), "https://example.com/crds"))
    (problem,) = chart_problems([with_crds], mirror, PYTHON_NAMES)
    assert f"`tar -xzf {tmp_path}/kuberay-operator-1.7.0.tgz -C {tmp_path}`" in problem


def test_a_release_is_pinned_bounded_and_keeps_the_evidence() -> None:
    def program() -> None:
        opts = pulumi.ResourceOptions()
        release("x", HTTPS, namespace="kuberay", values={"replicas": 2}, mirror=MirrorSettings(), opts=opts)

    inputs = run(program).resource("kubernetes:helm.sh/v3:Release", "x").inputs
    assert inputs == {
        "chart": "kuberay-operator",
        "compat": "true",
        "maxHistory": 5,
        "name": "kuberay-operator",
        "namespace": "kuberay",
        "repositoryOpts": {"repo": "https://ray-project.github.io/kuberay-helm/"},
        "skipCrds": True,
        "timeout": 600,
        "values": {"replicas": 2},
        "version": "1.7.0",
    }
