"""Whether the credentials are of an account that the stack may go to."""

import json
from collections.abc import Iterator

from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict

LINK = "https://www.pulumi.com/registry/packages/aws/installation-configuration/"


def credentials(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Look whose credentials there are, against the accounts that the stack file allows and forbids."""
    account, arn = aws.identity["Account"], aws.identity["Arn"]
    provider = plan.of_type("pulumi:providers:aws")[0].inputs
    allowed, forbidden = (json.loads(provider.get(f"{kind}AccountIds", "[]")) for kind in ("allowed", "forbidden"))
    right = account not in forbidden and (not allowed or account in allowed)
    limits = [f"one of {', '.join(allowed)}"] if allowed else []
    limits += [f"none of {', '.join(forbidden)}"] if forbidden else []
    yield Finding(
        "credentials",
        "account and region",
        Verdict.FINE if right else Verdict.PROBLEM,
        need=f"an account{': ' if limits else ''}{' and '.join(limits)}",
        have=f"{account} in {aws.region}, as {arn}",
        remedies=()
        if right
        else ("Use a profile of the right account: pulumi config set aws:profile <profile>, or AWS_PROFILE.",),
        link=LINK,
    )
