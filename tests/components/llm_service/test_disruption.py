"""What keeps the pods of a service where they are, and how they go."""

from typing import Any

from tests.components.llm_service.test_llm_service import NEURON, RAY_SERVICE, changed, deploy

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def test_a_drain_takes_one_worker_at_a_time() -> None:
    # Three replicas of eight cores fit a node, so ten take four workers.
    plan = deploy(changed(NEURON, replicas={"min": 10, "max": 12}))
    budget = plan.resource(BUDGET).inputs["spec"]
    workers = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]
    assert budget["minAvailable"] == workers["minReplicas"] - 1 == 3
    # A percentage or maxUnavailable would need a controller that knows how many there should be.
    assert "maxUnavailable" not in budget
    assert budget["selector"]["matchLabels"].items() <= workers["template"]["metadata"]["labels"].items()
    assert not deploy(NEURON).of_type(BUDGET), "one worker alone could never be moved"


def test_a_program_chooses_whether_karpenter_may_move_pods() -> None:
    def annotations(**changes: Any) -> list[Any]:
        cluster = deploy(changed(NEURON, **changes)).resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
        templates = [group["template"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
        return [template["metadata"].get("annotations") for template in templates]

    assert annotations() == [{"karpenter.sh/do-not-disrupt": "true"}] * 2
    assert annotations(do_not_disrupt=False) == [None] * 2
