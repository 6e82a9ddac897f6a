"""Every pod has a node that it can run on."""

from collections.abc import Iterator

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.placement import unplaced
from neuronserve.review.rules.rule import Rule
from neuronserve.review.services import services


def _without_place(plan: Plan) -> Iterator[tuple[Resource, str]]:
    found = services(plan)
    for placement in unplaced(plan) if found else ():
        yield found[placement.service], str(placement)


RULE = Rule(
    RuleId.NO_PLACE,
    title="All pods of a service fit on nodes that the pools can make, at a time.",
    reason="A pod that no node admits waits for ever, and requests with it.",
    remedy="Raise the pool's limits or size, or lower what the pods ask for.",
    of_plan=_without_place,
)
