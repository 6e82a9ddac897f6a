import json
from typing import Any

import pulumi
import pytest

from neuronserve.components.cluster.args import ExistingClusterArgs
from neuronserve.components.cluster.existing_cluster import ExistingCluster
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

OUTPUTS = ("name", "arn", "endpoint", "version", "vpc_id", "kubeconfig", "node_security_group_id")


def deploy(*, known_later: bool = False, **args: Any) -> Plan:
    def program() -> None:
        name: Any = pulumi.Output.from_input("theirs") if known_later else "theirs"
        cluster = ExistingCluster("llm", {"name": name, **args})  # type: ignore[typeddict-item]
        for output in OUTPUTS:
            pulumi.export(output, getattr(cluster, output))
        pulumi.export("readable", pulumi.Output.unsecret(cluster.kubeconfig))

    return run(program, config={"aws:region": "eu-west-1"})


@pytest.mark.parametrize("known_later", [False, True])
def test_of_a_cluster_that_is_there_nothing_is_made(known_later: bool) -> None:
    plan = deploy(known_later=known_later)
    assert [resource.type for resource in plan.resources] == ["neuronserve:index:ExistingCluster"]
    outputs = dict(plan.outputs)
    assert json.loads(outputs.pop("readable"))["current-context"] == "theirs"
    assert outputs == {
        "arn": "arn:aws:eks:eu-west-1:000000000000:cluster/theirs",
        "endpoint": "https://theirs.eks.invalid",
        "kubeconfig": "[secret]",
        "name": "theirs",
        "node_security_group_id": "sg-of-theirs",
        "version": "1.35",
        "vpc_id": "vpc-of-theirs",
    }


def test_tokens_come_from_the_clusters_region_by_the_profile() -> None:
    (user,) = json.loads(deploy(aws_profile="work").outputs["readable"])["users"]
    token = user["user"]["exec"]
    assert token["args"][:4] == ["--profile", "work", "--region", "eu-west-1"]


def test_nothing_else_can_be_set_of_it() -> None:
    args: ExistingClusterArgs = {"name": "", "log_retention_in_days": 30}  # type: ignore[typeddict-unknown-key]
    with pytest.raises(InvalidSettingsError) as caught:
        ExistingCluster("llm", args)
    assert sorted(problem.split()[0] for problem in caught.value.problems) == ["log_retention_in_days", "name"]
