"""Exceptions from rules, which a stack file makes with a reason."""

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.errors import PlanError
from neuronserve.review.rules.rule import Finding

KEY = "policyExceptions"
"""What a stack file has them under, in the namespace of its project."""


@dataclass(frozen=True)
class PolicyException:
    """A rule that does not hold for resources of some names, in which * stands for anything, and why."""

    name: str
    rule: RuleId
    resources: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is one that is let pass."""
        return finding.rule.id == self.rule and any(
            fnmatchcase(finding.resource.name, pattern) for pattern in self.resources
        )


@dataclass(frozen=True)
class Judged:
    """What of a plan breaks rules: for no reason, and for one; and exceptions that nothing needs."""

    findings: list[Finding] = field(default_factory=list)
    excepted: list[tuple[Finding, PolicyException]] = field(default_factory=list)
    unused: list[PolicyException] = field(default_factory=list)


def judge(findings: list[Finding], exceptions: list[PolicyException]) -> Judged:
    """Tell findings that stand from those that an exception covers."""
    judged = Judged()
    for finding in findings:
        covering = next((one for one in exceptions if one.covers(finding)), None)
        if covering:
            judged.excepted.append((finding, covering))
        else:
            judged.findings.append(finding)
    judged.unused.extend(one for one in exceptions if not any(one.covers(finding) for finding in findings))
    return judged


def read_exceptions(text: str | None) -> list[PolicyException]:
    """Return the exceptions of a stack, whose setting is JSON by the time that it reaches a program.

    Raises:
        PlanError: it is something else, as can be in a project whose program does not read it.
    """
    try:
        exceptions = json.loads(text or "{}")
        return [
            PolicyException(name, RuleId(one["rule"]), _texts(one["resources"]), *_texts([one["reason"]]))
            for name, one in exceptions.items()
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        rules = ", ".join(RuleId)
        raise PlanError(
            f"{KEY} is {text}, and should be like {{<name>: {{rule: …, resources: [<name>, …], reason: …}}}}, with "
            f"rules out of {rules}."
        ) from None


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise TypeError
    return tuple(values)
