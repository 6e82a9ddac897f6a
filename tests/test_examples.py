"""The programs in ``examples/`` can be planned as they stand there, with the configuration beside them."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.plan.program import synthesise
from neuronserve.testing import Plan, plan_of

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROGRAMS = {str(program.parent.relative_to(EXAMPLES)): program for program in sorted(EXAMPLES.rglob("__main__.py"))}
OTHER_STACKS = {
    "org/two-stacks-namespace/dev": {"namespace": "llms"},
    "org/neuronserve/inf2-8xlarge": {
        "services": {
            "vllm-llama3-inf2": {"endpoint": "http://vllm-llama3-inf2-serve-svc.vllm.svc.cluster.local:8000/v1"}
        },
        "apiKeys": {"vllm-llama3-inf2": "the-key"},
        "kubeconfig": "{}",
    },
    "org/neuronserve/trn1-32xlarge": {
        "kubeconfig": "{}",
        "instanceProfileName": "profile",
        "nodeSecurityGroupId": "sg-0a1b2c3d4e5f60718",
        "discoveryTag": "neuronserve-trn1-32xlarge",
    },
}
"""What the examples read of other stacks."""
CLUSTER = {
    "aws:eks/getCluster:getCluster": {
        "name": "shared",
        "arn": "arn:aws:eks:us-west-2:123456789012:cluster/shared",
        "endpoint": "https://example.com",
        "version": "1.35",
        "vpcConfig": {"vpcId": "vpc-1", "clusterSecurityGroupId": "sg-1"},
        "certificateAuthorities": [{"data": "Y2E="}],
    }
}
MADE = {
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


def planned(name: str) -> Plan:
    directory = PROGRAMS[name].parent
    config: dict[str, Any] = yaml.safe_load((directory / "Pulumi.dev.yaml").read_text())["config"]
    return plan_of(
        lambda: runpy.run_path(str(PROGRAMS[name])),
        project=yaml.safe_load((directory / "Pulumi.yaml").read_text())["name"],
        config={key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()},
        stack_outputs=OTHER_STACKS,
        answers=CLUSTER,
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_can_be_planned(name: str) -> None:
    plan = planned(name)
    words = [resource.type.rpartition(":")[2] for resource in plan.resources]
    assert {word: words.count(word) for word in MADE[name]} == MADE[name]
    assert not plan.diagnostics


@pytest.mark.parametrize("name", [name for name in OTHER_STACKS if name.startswith("org/neuronserve/")])
def test_stacks_have_the_outputs_that_examples_read(name: str) -> None:
    outputs = synthesise(EXAMPLES.parent, name.rpartition("/")[2]).outputs
    assert OTHER_STACKS[name].keys() <= outputs.keys()
    assert OTHER_STACKS[name].get("services", {}).keys() <= outputs["services"].keys()
