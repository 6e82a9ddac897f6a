"""IAM policies from typed statements, whose resources and conditions may be known only later."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from neuronserve.settings import when_known


@dataclass(frozen=True)
class Statement:
    """One statement of a policy; ``principals`` only where the policy belongs to a resource, such as a queue."""

    sid: str
    actions: Sequence[str]
    resources: Sequence[pulumi.Input[str]] = ()
    conditions: Mapping[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]] = field(
        default_factory=dict
    )
    """By operator, such as ``StringEquals``: condition keys and their values."""
    effect: str = "Allow"
    principals: str | Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]] | None = None
    """``"*"``, or by kind, such as ``Service``: who is meant."""

    def to_document(self) -> dict[str, Any]:
        """Return the statement as IAM writes it."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            document["Principal"] = self.principals
        document["Action"] = list(self.actions)
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.conditions:
            document["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return document


def policy_document(statements: pulumi.Input[Iterable[Statement]]) -> pulumi.Output[str]:
    """Return a policy as JSON, for ``aws.iam.Policy`` and its like."""
    document = when_known(_document, statements)
    return pulumi.Output.from_input(document).apply(json.dumps)


def _document(statements: Iterable[Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement.to_document() for statement in statements]}
