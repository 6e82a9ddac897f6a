"""A policy pack with the rules of ``neuronserve check``: ``pulumi preview --policy-pack policy``.

What a stack file makes exceptions for (``policyExceptions``) passes here too.
"""

import functools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_policy.policy
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UnknownValueError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the checkout: its rules need nothing installed

from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.rules.catalogue import RULES
from neuronserve.review.rules.exceptions import KEY, judge, read_exceptions
from neuronserve.review.rules.rule import Finding, Rule

KNOWN_LATER = "${urn:known-later}"
"""What a plan says, likewise, for a value that only the cloud knows."""

REMOTE = "eks:index:Cluster"
"""A component of another package: the engine tells what is in it, resource by resource, and of itself no inputs."""

INPUTS: dict[str, Resource] = {}
"""Resources by URN, as they were asked for: of the whole stack the engine tells outputs, which a preview has few of."""


class Analyzer(_PolicyAnalyzerServicer):
    """What the engine asks, with the stack's configuration.

    The engine gives it by a message, of which version 1.21 of the policies' SDK takes only the tags. Older engines put
    it into the environment, which the SDK reads.
    """

    configuration: Mapping[str, str] = {}
    """Values as text, by the names that they have in the stack file."""

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: N802 (the protocol's name)
        """Take a stack's configuration."""
        Analyzer.configuration = {
            name.removeprefix(f"{request.project}:"): value for name, value in request.config.items()
        }
        return super().ConfigureStack(request, context)


pulumi_policy.policy._PolicyAnalyzerServicer = Analyzer


def main() -> None:
    """Serve the policies to the engine until it ends."""
    PolicyPack("neuronserve", [_policy(rule) for rule in RULES], EnforcementLevel.MANDATORY)


def _policy(rule: Rule) -> Policy:
    description = f"{rule.title} {rule.reason}"
    if rule.of_resource:
        return ResourceValidationPolicy(rule.id.value, description, functools.partial(_hold_resource, rule))
    return StackValidationPolicy(rule.id.value, description, functools.partial(_hold_stack, rule))


def _hold_resource(rule: Rule, args: ResourceValidationArgs, report: ReportViolation) -> None:
    resource = INPUTS[args.urn] = _resource(args)
    _report(rule.findings(_plan([resource])), report)


def _hold_stack(rule: Rule, args: StackValidationArgs, report: ReportViolation) -> None:
    resources = [INPUTS.get(resource.urn) or _resource(resource) for resource in args.resources]
    _report(rule.findings(_plan(resources)), report)


def _report(findings: Any, report: ReportViolation) -> None:
    found = list(findings)
    exceptions = read_exceptions(Analyzer.configuration.get(KEY) or pulumi.Config().get(KEY)) if found else []
    for finding in judge(found, exceptions).findings:
        report(_message(finding), finding.resource.urn)


def _message(finding: Finding) -> str:
    return f"{finding.resource.name}: {finding.message}. {finding.rule.remedy}"


def _plan(resources: Sequence[Resource]) -> Plan:
    return Plan("", "", [resource for resource in resources if resource.type != REMOTE], {})


def _resource(seen: ResourceValidationArgs | PolicyResource) -> Resource:
    return Resource(
        urn=seen.urn,
        type=seen.resource_type,
        name=seen.name,
        parent=None,
        custom=True,
        remote=False,
        inputs=_known(seen.props),
        dependencies=[],
        provider=None,
        protect=seen.opts.protect,
    )


def _known(value: Any) -> Any:
    """Return a value of a resource, of which the SDK raises an error where a preview does not know a part."""
    if isinstance(value, Mapping):
        return {key: _part(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_part(value, place) for place in range(len(value))]
    # On their way here all numbers have become floating.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _part(whole: Any, key: Any) -> Any:
    try:
        return _known(whole[key])
    except UnknownValueError:
        return KNOWN_LATER


if __name__ == "__main__":
    main()
