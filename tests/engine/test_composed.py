"""Programs of somebody else's through the real engine, where what one component gives is unknown at first."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.components.test_composed import PROGRAM
from tests.engine.conftest import ENGINE_VARIABLE, STAND_IN
from tests.engine.empty_cluster import DEADLINE_S, EmptyCluster
from tests.engine.life import CHARTS, still_in_aws
from tests.engine.pulumi_cli import Project
from tests.engine.stand_in_charts import write_charts
from tests.waiting import wait_until

SERVICE = """\
import pulumi
from neuronserve.components import LlmService, ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider

opts = pulumi.ResourceOptions(providers=[kubernetes_provider("provider", None)])
kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True))
{namespace}
LlmService(
    "{name}",
    {{
        "accelerator": "cpu",
        "image": "localhost/neuronserve:cpu",
        "namespace": "shared",
        "model": {{"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16}},
        "api_key": pulumi.Config().get_secret("apiKey"),
    }},
    opts,
)
"""
RENAMED = """\
import pulumi
from neuronserve.components import LlmService, ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider

opts = pulumi.ResourceOptions(providers=[kubernetes_provider("provider", None)])
namespace = ServingNamespace("shared", opts=opts)
LlmService(
    "{name}",
    {{
        "service_name": "llama",
        "accelerator": "cpu",
        "image": "localhost/neuronserve:cpu",
        "namespace": namespace.name,
        "model": {{"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16}},
    }},
    pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases={aliases})),
)
"""
NAMESPACE = 'ServingNamespace("shared", opts=kept)'
SHARED = "/api/v1/namespaces/shared"
RAY_SERVICES = "/apis/ray.io/v1/namespaces/shared/rayservices"
SECRETS = f"{SHARED}/secrets"


@pytest.fixture
def begun(engine: dict[str, str], tmp_path: Path) -> Callable[..., Project]:
    """Return what makes a project of a program's text, or of a folder."""

    def begin(name: str, program: str | Path) -> Project:
        folder = tmp_path / name / "project"
        if isinstance(program, Path):
            shutil.copytree(program, folder)
        else:
            folder.mkdir(parents=True)
            (folder / "__main__.py").write_text(program)
            (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
        return Project.begun(tmp_path / name, "dev", engine)

    return begin


def test_what_one_component_gives_goes_into_the_next(
    begun: Callable[..., Project], empty_cluster: EmptyCluster, engine: dict[str, str]
) -> None:
    if not shutil.which(STAND_IN, path=os.environ[ENGINE_VARIABLE]) or not engine["STANDIN_TOKEN"]:
        pytest.skip("nothing stands in for AWS")
    project = begun("composed", PROGRAM)
    write_charts(project.project / CHARTS, empty_cluster.crds)
    project.run("config", "set", "charts", CHARTS).succeeded()
    empty_cluster.without_crds()
    before = empty_cluster.contents()
    with empty_cluster.operated(), project.gone_after_failure():
        project.preview()
        project.up().succeeded()
        assert set(project.up().succeeded().changes) == {"same"}
        pool = empty_cluster.call("/apis/karpenter.k8s.aws/v1/ec2nodeclasses/chips")["spec"]
        assert pool["subnetSelectorTerms"] == [{"tags": {"karpenter.sh/discovery": "net"}}]
        assert pool["tags"]["cluster"] == "eks-dev"
        project.destroy().succeeded()
    # CRDs outlive what brought them, and with them go the services of their APIs.
    left = {one for one in empty_cluster.contents() - before if not one.startswith(("CustomResource", "APIService"))}
    assert left == set()
    assert {urn for urn in still_in_aws(project) if "LogGroup" not in urn} == set()


def test_two_stacks_in_one_namespace_do_not_destroy_each_other(
    begun: Callable[..., Project], empty_cluster: EmptyCluster
) -> None:
    empty_cluster.with_crds()
    first = begun("first", SERVICE.format(name="a", namespace=NAMESPACE))
    second = begun("second", SERVICE.format(name="b", namespace=""))
    try:
        with empty_cluster.operated(), first.gone_after_failure(), second.gone_after_failure():
            first.up().succeeded()
            second.up().succeeded()
            first.destroy().succeeded()
            assert names(empty_cluster, RAY_SERVICES) == {"b"}
            assert set(second.refresh().succeeded().changes) == {"same"}
            second.destroy().succeeded()
            assert names(empty_cluster, RAY_SERVICES) == set()
    finally:
        empty_cluster.call(SHARED, "delete")
        wait_until("the namespace is gone", lambda: not empty_cluster.has(SHARED), DEADLINE_S)


def names(cluster: EmptyCluster, path: str) -> set[str]:
    return {item["metadata"]["name"] for item in cluster.call(path)["items"]}


def test_a_key_is_generated_once_changed_in_place_and_not_kept_when_it_is_removed(
    begun: Callable[..., Project], empty_cluster: EmptyCluster
) -> None:
    empty_cluster.with_crds()
    project = begun("keys", SERVICE.format(name="a", namespace='ServingNamespace("shared", opts=opts)'))

    def secret() -> tuple[Any, Any]:
        found = empty_cluster.call(f"{SECRETS}/a-api-key")
        return found["data"]["api-key"], found["metadata"]["uid"]

    with empty_cluster.operated(), project.gone_after_failure():
        project.up().succeeded()
        generated, uid = secret()
        project.up().succeeded()
        assert secret() == (generated, uid)
        project.run("config", "set", "--secret", "apiKey", "own").succeeded()
        project.up().succeeded()
        assert secret() == ("b3du", uid)
        project.run("config", "rm", "apiKey").succeeded()
        project.up().succeeded()
        again, same = secret()
        assert again != "b3du"
        assert same == uid
        project.destroy().succeeded()


def test_a_service_that_is_renamed_by_an_alias_keeps_its_objects(
    begun: Callable[..., Project], empty_cluster: EmptyCluster
) -> None:
    empty_cluster.with_crds()
    project = begun("renamed", RENAMED.format(name="llama", aliases="[]"))
    with empty_cluster.operated(), project.gone_after_failure():
        project.up().succeeded()
        before = {resource.get("id") for resource in project.export().values()}
        (project.project / "__main__.py").write_text(
            RENAMED.format(name="chat", aliases='[pulumi.Alias(name="llama")]')
        )
        assert {step["op"] for step in project.preview().steps} == {"same"}
        project.up().succeeded()
        assert {resource.get("id") for resource in project.export().values()} == before
        assert not [urn for urn in project.export() if "::llama" in urn]
        project.destroy().succeeded()
