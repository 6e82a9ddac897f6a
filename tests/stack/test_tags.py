from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from tests.stack.reading import AWS, problems_of


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ({"aws:team": "a"}, "A key in neuronserve:tags is 'aws:team'; those that begin with aws: belong to AWS."),
        ({"AWS:team": "a"}, "belong to AWS"),
        ({"kubernetes.io/cluster/a": "owned"}, "which Karpenter sets itself"),
        ({"karpenter.sh/nodepool": "a"}, "which Karpenter sets itself"),
        ({"eks:eks-cluster-name": "a"}, "which Karpenter sets itself"),
        ({"a" * 129: "a"}, "of 129 characters; it should have from 1 to 128"),
        ({"": "a"}, "of 0 characters"),
        ({"a*": "a"}, "with '*'; it should hold letters"),
        ({"team": "a" * 257}, "neuronserve:tags.team has 257 characters; it should have at most 256"),
        ({"team": "a;b"}, "neuronserve:tags.team is 'a;b', with ';'"),
        ({f"tag-{number}": "a" for number in range(41)}, "neuronserve:tags holds 41: AWS admits 50 to a resource"),
    ],
)
def test_tags_that_aws_or_karpenter_refuses(tags: dict[str, str], says: str) -> None:
    (problem,) = problems_of(AWS | {"tags": tags})
    assert says in problem


def test_tags_at_their_limits_are_admitted() -> None:
    tags: dict[str, Any] = {f"tag-{number}": "a" for number in range(38)}
    assert not problems_of(AWS | {"tags": tags | {"ä" * 128: "é" * 256, "example.com/a:b@c =+": "a b_c"}})


def test_system_nodes_carry_the_tags_of_the_stack(plan_of: Any) -> None:
    plan: Plan = plan_of("inf2-8xlarge")
    template = plan.resource("aws:ec2/launchTemplate:LaunchTemplate")
    specifications = template.inputs["tagSpecifications"]
    assert {one["resourceType"] for one in specifications} == {"instance", "volume"}
    for one in specifications:
        assert {"project": "neuronserve", "stack": "inf2-8xlarge"}.items() <= one["tags"].items()
