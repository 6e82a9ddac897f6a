import json
from collections.abc import Callable
from typing import Any

import pulumi

from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.plan.program import run


def document(statement: Callable[[], Statement]) -> dict[str, Any]:
    plan = run(lambda: pulumi.export("policy", policy_document([statement()])))
    return json.loads(plan.outputs["policy"])


def test_a_statement_becomes_a_policy() -> None:
    def statement() -> Statement:
        later = pulumi.Output.from_input("arn:aws:sqs:eu-west-1:111122223333:queue")
        here = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
        return Statement("Read", ["sqs:ReceiveMessage"], [later], here)

    assert document(statement) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["sqs:ReceiveMessage"],
                "Resource": ["arn:aws:sqs:eu-west-1:111122223333:queue"],
                "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
            }
        ],
    }


def test_the_policy_of_a_resource_names_its_principals() -> None:
    policy = document(lambda: Statement("Deny", ["sqs:*"], ["*"], effect="Deny", principals="*"))
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
