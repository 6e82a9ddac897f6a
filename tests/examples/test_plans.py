"""The programs in ``examples/`` can be planned as they stand there, with the configuration beside them."""

from pathlib import Path

import pytest

from neuronserve.plan.program import synthesise
from tests.examples.planning import OTHER_STACKS, planned, programs

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = programs(EXAMPLES)
MADE = {
    "batch": {"RayJob": 1, "PodIdentity": 1, "ServingNamespace": 1, "ServiceAccount": 1},
    "capacity-reservation": {"NodePool": 2},
    "client": {"Deployment": 1, "Secret": 1},
    "existing-cluster": {"LlmService": 1},
    "kind": {"KubeRayOperator": 1, "LlmService": 1},
    "own-vpc": {"Cluster": 2, "Karpenter": 1},
    "platform": {"Network": 1, "NeuronPlatform": 1, "LlmService": 1},
    "two-models": {"LlmService": 2, "ServingNamespace": 1},
    "two-stacks/namespace": {"ServingNamespace": 1},
    "two-stacks/service": {"LlmService": 1, "ServingNamespace": 0},
}
"""How many resources of a type, by the last word of its token, each example makes."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_can_be_planned(name: str) -> None:
    plan = planned(PROGRAMS[name])
    words = [resource.type.rpartition(":")[2] for resource in plan.resources]
    assert {word: words.count(word) for word in MADE[name]} == MADE[name]
    assert not plan.diagnostics


@pytest.mark.parametrize("name", [name for name in OTHER_STACKS if name.startswith("org/neuronserve/")])
def test_stacks_have_the_outputs_that_examples_read(name: str) -> None:
    outputs = synthesise(EXAMPLES.parent, name.rpartition("/")[2]).outputs
    assert OTHER_STACKS[name].keys() <= outputs.keys()
    assert OTHER_STACKS[name].get("services", {}).keys() <= outputs["services"].keys()
