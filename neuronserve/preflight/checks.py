"""All checks of a stack, each apart from the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from neuronserve.plan.plan import Plan
from neuronserve.preflight import ami, hub, network, offerings, quotas, registry, reservations, tools
from neuronserve.preflight.aws import ACTIONS, Aws
from neuronserve.preflight.credentials import credentials
from neuronserve.preflight.finding import Finding, attempt

AWS_PROVIDER = "pulumi:providers:aws"


@dataclass(frozen=True)
class Preflight:
    """What was found for a stack; ``account`` and ``region`` are None where it has nothing in AWS."""

    stack: str
    account: str | None
    region: str | None
    findings: tuple[Finding, ...]

    @property
    def is_clear(self) -> bool:
        """Whether nothing found is in the way of `pulumi up`."""
        return not any(finding.is_in_the_way for finding in self.findings)


def preflight(plan: Plan, project: Path) -> Preflight:
    """Check what a stack needs; where it has nothing in AWS, the rest.

    Raises:
        NoAccountError: there are no credentials that AWS takes.
    """
    aws = account_of(plan)
    identity = aws.identity["Account"] if aws else None
    looks: list[tuple[str, Callable[[], Iterator[Finding]]]] = []
    if aws:
        looks = [
            ("credentials", partial(credentials, plan, aws)),
            (quotas.SUBJECT, partial(quotas.vcpu_quotas, plan, aws)),
            (offerings.SUBJECT, partial(offerings.offerings, plan, aws)),
            (ami.SUBJECT, partial(ami.machine_images, plan, aws)),
            (reservations.SUBJECT, partial(reservations.reservations, plan, aws)),
            (network.SUBJECT, partial(network.network_quotas, plan, aws)),
            (registry.SUBJECT, partial(registry.container_images, plan, aws)),
            (tools.SUBJECT, tools.aws_cli),
        ]
    looks += [
        (tools.SUBJECT, partial(tools.pulumi_cli, project)),
        (hub.SUBJECT, partial(hub.hub_models, plan, project)),
    ]
    findings = tuple(finding for subject, ask in looks for finding in attempt(subject, "all", ask))
    return Preflight(plan.stack, identity, aws.region if aws else None, findings)


def account_of(plan: Plan, actions: Sequence[str] = ACTIONS) -> Aws | None:
    """Return the account that a plan is for, to call these actions in; None where it has nothing in AWS.

    Raises:
        NoAccountError: what the plan says of it cannot be followed.
    """
    for provider in plan.of_type(AWS_PROVIDER):
        region = str(provider.inputs.get("region", ""))
        return Aws(None if "${" in region else region or None, provider.inputs.get("profile"), actions)
    return None
