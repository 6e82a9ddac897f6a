from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.plan.errors import ResourceError
from neuronserve.plan.program import run

ROOT = "urn:pulumi:dev::project::"
CONFIG_MAP = f"{ROOT}kubernetes:core/v1:ConfigMap::"


def config_map(resource: str, metadata: Any, **options: Any) -> kubernetes.core.v1.ConfigMap:
    return kubernetes.core.v1.ConfigMap(resource, metadata=metadata, opts=pulumi.ResourceOptions(**options))


def custom(resource: str, api_version: str, kind: str, metadata: Any) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        resource, api_version=api_version, kind=kind, metadata=metadata, spec={}
    )


def release(resource: str, **inputs: Any) -> kubernetes.helm.v3.Release:
    return kubernetes.helm.v3.Release(resource, chart="chart", **inputs)


def collisions(program: Callable[[], object]) -> list[str]:
    with pytest.raises(ResourceError) as refused:
        run(program)
    return refused.value.problems


def test_two_objects_of_one_name_are_refused_with_both_urns_and_the_way_out() -> None:
    def program() -> None:
        config_map("a", {"name": "settings", "namespace": "vllm"})
        config_map("b", {"name": "settings", "namespace": "vllm"})

    assert collisions(program) == [
        f"{CONFIG_MAP}a and {CONFIG_MAP}b are the same ConfigMap settings in namespace vllm. "
        "Give each a metadata.name of its own, or another namespace."
    ]


def test_all_collisions_come_together_and_with_other_mistakes() -> None:
    def program() -> None:
        for name in ("a", "b", "c"):
            config_map(name, {"name": "settings", "namespace": "vllm"})
        for name in ("d", "e"):
            kubernetes.core.v1.Namespace(name, metadata={"name": "vllm"})
        kubernetes.core.v1.Service("wrong", spec={"ports": [{"port": "eighty"}]})

    wrong, objects, namespaces = collisions(program)
    assert "::wrong: spec.ports[0].port is 'eighty'" in wrong
    assert objects.startswith(f"{CONFIG_MAP}a, {CONFIG_MAP}b and {CONFIG_MAP}c are the same ConfigMap settings")
    assert namespaces.endswith("are the same Namespace vllm. Give each a metadata.name of its own.")


def test_versions_of_a_group_are_views_of_the_same_object() -> None:
    def program() -> None:
        metadata = {"name": "web", "namespace": "apps"}
        kubernetes.apps.v1.Deployment(
            "a", metadata=metadata, spec={"selector": {}, "template": {"metadata": {"labels": {"app": "a"}}}}
        )
        custom("b", "apps/v1beta1", "Deployment", metadata)

    (problem,) = collisions(program)
    assert "are the same Deployment.apps web in namespace apps" in problem


def test_a_namespace_of_which_only_the_cloud_knows_the_name_is_one_all_the_same() -> None:
    def program() -> None:
        namespace = kubernetes.core.v1.Namespace("made-up").metadata.name
        for name in ("a", "b"):
            config_map(name, {"name": "settings", "namespace": namespace})

    (problem,) = collisions(program)
    assert "Namespace::made-up.metadata.name}. Give" in problem


def test_the_providers_namespace_counts_where_an_object_has_none() -> None:
    def program() -> None:
        provider = kubernetes.Provider("cluster", namespace="vllm")
        config_map("a", {"name": "settings"}, provider=provider)
        config_map("b", {"name": "settings", "namespace": "vllm"}, provider=provider)

    (problem,) = collisions(program)
    assert "the same ConfigMap settings in namespace vllm" in problem


def test_two_helm_releases_of_one_name_in_one_namespace_are_refused() -> None:
    def program() -> None:
        release("a", name="operator", namespace="ray")
        release("b", name="operator", namespace="ray")
        release("c", name="operator", namespace="other")
        release("d", namespace="ray")
        release("e", namespace="ray")

    (problem,) = collisions(program)
    assert problem.endswith(
        "Release::b are the same Helm release operator in namespace ray. "
        "Give each a name of its own, or another namespace."
    )


def test_what_only_looks_alike_passes() -> None:
    def program() -> None:
        config_map("a", {"name": "settings", "namespace": "vllm"})
        config_map("other-namespace", {"name": "settings", "namespace": "ray"})
        config_map("other-cluster", {"name": "settings", "namespace": "vllm"}, provider=kubernetes.Provider("other"))
        kubernetes.core.v1.Secret("other-kind", metadata={"name": "settings", "namespace": "vllm"})
        custom("one-group", "networking.k8s.io/v1", "Gateway", {"name": "door", "namespace": "vllm"})
        custom("other-group", "gateway.networking.k8s.io/v1", "Gateway", {"name": "door", "namespace": "vllm"})
        kubernetes.core.v1.ConfigMapPatch("patch", metadata={"name": "settings", "namespace": "vllm"})
        for name in ("made-up-1", "made-up-2"):
            config_map(name, {"namespace": "vllm"})
        for name in ("secret-1", "secret-2"):
            config_map(name, {"name": pulumi.Output.secret(name), "namespace": "vllm"})

    run(program)
