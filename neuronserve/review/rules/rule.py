"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Plan, Resource


@dataclass(frozen=True)
class Finding:
    """A resource that breaks a rule, and how."""

    rule: "Rule"
    resource: Resource
    message: str


@dataclass(frozen=True)
class Rule:
    """What holds for each resource, or for the plan as a whole.

    ``of_resource`` yields what is wrong with a resource, ``of_plan`` what is wrong with which; a rule has one of them.
    Values that only the cloud knows are taken for right.
    """

    id: RuleId
    title: str
    """What should hold, in a sentence."""
    reason: str
    """What happens otherwise."""
    remedy: str
    """What to change."""
    of_resource: Callable[[Resource], Iterable[str]] | None = None
    of_plan: Callable[[Plan], Iterable[tuple[Resource, str]]] | None = None

    def findings(self, plan: Plan) -> Iterator[Finding]:
        """Yield what of a plan breaks the rule, in the plan's order."""
        if self.of_resource:
            for resource in plan.resources:
                for message in self.of_resource(resource):
                    yield Finding(self, resource, message)
        if self.of_plan:
            for resource, message in self.of_plan(plan):
                yield Finding(self, resource, message)
