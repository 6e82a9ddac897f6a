"""Quotas of vCPUs against all machines that a stack can come to have."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

from neuronserve.facts.quantities import quantity
from neuronserve.facts.quotas import SPOT, VCPUS, Quota, console_page, quota_class
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.machines import Machines, is_of_stack, machines
from neuronserve.preflight.refusals import AwsError
from neuronserve.review.node_sizes import whole
from neuronserve.review.placement import nodes

SUBJECT = "vCPU quota"
RUNNING = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]


def vcpu_quotas(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Compare what runs and what can come with the quotas that it counts in."""
    there = machines(plan)
    for bought, kind in VCPUS:
        counted = [
            one for one in there if bought in one.capacity_types and kind in map(quota_class, one.instance_types)
        ]
        if counted:
            about = f"{bought} {kind}"
            yield from attempt(SUBJECT, about, partial(_compared, plan, aws, bought, kind, counted))
    for one in there:
        if unknown := [name for name in one.instance_types if quota_class(name) is None]:
            yield Finding(
                SUBJECT,
                one.name,
                Verdict.UNCHECKED,
                need=f"vCPUs of {', '.join(unknown)}",
                have="in which quota they count is not known here",
                remedies=("Look it up in Service Quotas.",),
                link=f"https://{aws.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas",
            )


def quota_value(aws: Aws, quota: Quota) -> int:
    """Return how much of something the account may have: AWS's default where nobody has asked for more.

    Raises:
        RefusedError: AWS does not say.
    """
    code = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        answer = aws.call("servicequotas:GetServiceQuota", **code)
    except AwsError as error:
        if error.code != "NoSuchResourceException":
            raise
        answer = aws.call("servicequotas:GetAWSDefaultServiceQuota", **code)
    return int(answer["Quota"]["Value"])


def _compared(plan: Plan, aws: Aws, bought: str, kind: str, counted: list[Machines]) -> Iterator[Finding]:
    sums = [_most(one, kind) for one in counted]
    unlimited = [one for one, most in zip(counted, sums, strict=True) if most is None]
    need = sum(vcpus for most in sums if most for vcpus, _ in [most])
    arithmetic = [f"{one.name}: {most[1]}" for one, most in zip(counted, sums, strict=True) if most]
    arithmetic += [f"{one.name}: nothing limits it" for one in unlimited]
    services = sum(
        count * int(whole(name)["cpu"])
        for pool, made in nodes(plan).items()
        if f"node pool {pool}" in {one.name for one in counted}
        for name, count in made.items()
        if quota_class(name) == kind
    )
    if services and services != need:
        arithmetic.append(
            f"of these the services take {services} at a time; the rest is for a second set of nodes during an update"
        )
    quota = VCPUS[bought, kind]
    value, others = quota_value(aws, quota), _in_use_by_others(plan, aws)[bought == SPOT, kind]
    if others:
        arithmetic.append(f"{others} are in use by others: {need} + {others} = {need + others}")
    enough = need + others <= value and not unlimited
    settings = " or ".join(f"{one.setting}.{'maxNodes' if one.most_nodes is None else 'maxSize'}" for one in counted)
    yield Finding(
        SUBJECT,
        f"{bought} {kind}",
        Verdict.FINE if enough else Verdict.PROBLEM,
        need=f"{need + others} vCPUs" + (" and any number more" if unlimited else ""),
        have=f"{value} vCPUs ({quota.name})",
        arithmetic=tuple(arithmetic),
        remedies=()
        if enough
        else (f"Ask AWS for at least {need + others} vCPUs.", f"Lower {settings}, or what the services ask for."),
        link=console_page(quota, aws.region),
    )


def _most(one: Machines, kind: str) -> tuple[int, str] | None:
    """Return the most vCPUs of one kind, and how they come about; None where nothing limits them."""
    found: list[tuple[int, str]] = []
    for name in one.instance_types:
        if quota_class(name) != kind:
            continue
        size, most = int(whole(name)["cpu"]), one.most(name)
        if size and most is not None:
            found.append((most * size, f"{most} {name} of {size} vCPUs = {most * size}"))
        elif "cpu" in one.limits:
            found.append((int(quantity(one.limits["cpu"])), f"its limit of cpu {one.limits['cpu']}"))
        else:
            return None
    return max(found)


def _in_use_by_others(plan: Plan, aws: Aws) -> Counter[tuple[bool, str | None]]:
    """Return how many vCPUs run that are not the stack's own, by whether they are on spot, and by class."""
    found: Counter[tuple[bool, str | None]] = Counter()
    for reservation in aws.pages("ec2:DescribeInstances", "Reservations", Filters=RUNNING):
        for instance in reservation["Instances"]:
            lifecycle = instance.get("InstanceLifecycle")
            if lifecycle == "capacity-block" or is_of_stack(plan, instance):
                continue
            processor = instance.get("CpuOptions", {})
            vcpus = processor.get("CoreCount", 0) * processor.get("ThreadsPerCore", 1)
            kind = quota_class(instance["InstanceType"])
            found[lifecycle == "spot", kind] += int(whole(instance["InstanceType"])["cpu"]) or vcpus
    return found
