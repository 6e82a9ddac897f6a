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
