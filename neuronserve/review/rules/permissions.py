"""Policies allow what is used."""

import re
from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import policies
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import items

READING = re.compile(r"[a-z0-9-]+:(Batch)?(Check|Describe|Get|List|Search|View)", re.IGNORECASE)
"""What an action that changes nothing begins with."""

WHOLE_SERVICE = re.compile(r"[a-z0-9-]*:?\*", re.IGNORECASE)


def _broad(resource: Resource) -> Iterator[str]:
    for name, document in policies(resource.inputs).items():
        for number, statement in enumerate(items(document.get("Statement")), 1):
            if isinstance(statement, dict) and statement.get("Effect") == "Allow":
                place = f"{name}, {statement.get('Sid') or f'statement {number}'}"
                for problem in _statement(statement, is_of_resource="Principal" in statement):
                    yield f"{place}: {problem}"


def _statement(statement: dict[str, Any], *, is_of_resource: bool) -> Iterator[str]:
    actions = [str(action) for action in items(statement.get("Action"))]
    if "NotAction" in statement:
        yield "it allows all but what it names (NotAction)"
    # A key's policy says who may use the key, to which an account's own policies then say what for.
    whole = [action for action in actions if WHOLE_SERVICE.fullmatch(action)]
    if whole and not is_of_resource:
        yield f"it allows {', '.join(whole)}"
    if "*" not in items(statement.get("Resource")) or "Condition" in statement or is_of_resource:
        return
    changing = [action for action in actions if action not in whole and not READING.match(action)]
    if changing:
        yield f"it allows {', '.join(changing)} on every resource, without a condition"


RULE = Rule(
    RuleId.BROAD_PERMISSIONS,
    title="No policy allows a whole service, or changes to every resource without a condition.",
    reason="Whoever gets into the pod or node that has the role gets the rest of the account with it.",
    remedy="Name the actions, and the resources or a condition such as a tag.",
    of_resource=_broad,
)
