from typing import Any

import pulumi
import pytest

from neuronserve.components.llm_service.serving_namespace import ServingNamespace
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.program import run

NAMESPACE = "kubernetes:core/v1:Namespace"


def test_a_namespace_admits_only_restricted_pods() -> None:
    def program() -> None:
        ServingNamespace("llms", {"labels": {"team": "search"}})
        ServingNamespace("others", {"namespace_name": "llms-of-others"})

    plan = run(program)
    metadata = plan.resource(NAMESPACE, "llms-namespace").inputs["metadata"]
    assert metadata["name"] == "llms"
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert metadata["labels"]["team"] == "search"
    assert plan.resource(NAMESPACE, "others-namespace").inputs["metadata"]["name"] == "llms-of-others"


@pytest.mark.parametrize("name", ["kube-system", "default", "My_Namespace"])
def test_a_namespace_that_cannot_be_had_is_refused(name: str) -> None:
    with pytest.raises(ProgramError, match=rf"^ServingNamespace {name} cannot be deployed: 1 problem\.\n  1\. "):
        run(lambda: ServingNamespace(name, {}))


PRIORITY_CLASS = "kubernetes:scheduling.k8s.io/v1:PriorityClass"


def priority_classes() -> dict[str, Any]:
    def program() -> None:
        for name in ("llms", "others"):
            namespace = ServingNamespace(name)
            pulumi.export(f"{name}-head", namespace.head_priority_class)
            pulumi.export(f"{name}-batch", namespace.batch_priority_class)

    plan = run(program)
    found = {one.inputs["metadata"]["name"]: one.inputs for one in plan.of_type(PRIORITY_CLASS)}
    assert found.keys() == set(plan.outputs.values())
    return found


def test_namespaces_of_one_cluster_have_priority_classes_of_their_own() -> None:
    assert priority_classes().keys() == {"llms-ray-head", "llms-batch", "others-ray-head", "others-batch"}


def test_heads_go_before_workers_and_these_before_jobs_and_nobody_is_pushed_aside() -> None:
    workers = 0  # as whatever has no class
    classes = priority_classes()
    assert classes["llms-ray-head"]["value"] > workers > classes["llms-batch"]["value"]
    for one in classes.values():
        # A higher value alone would end pods of others where a node is full.
        assert one["preemptionPolicy"] == "Never"
        assert not one.get("globalDefault")
        # Larger ones are Kubernetes' own.
        assert abs(one["value"]) < 1_000_000_000


def test_a_namespace_that_is_known_later_gives_its_classes_their_names() -> None:
    def program() -> None:
        namespace = ServingNamespace("llms", {"namespace_name": pulumi.Output.from_input("later")})
        pulumi.export("head", namespace.head_priority_class)

    assert run(program).outputs == {"head": "later-ray-head"}
