"""Network interfaces and security groups, which keep subnets and a VPC from being deleted."""

import time
from collections.abc import Iterator, Sequence

from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, each, tagged, tags_of
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.facts.cluster_tags import (
    INSTANCE_OF_INTERFACE,
    INTERFACE_CLUSTER,
    LOAD_BALANCER_CLUSTER,
    OWNED,
    owner_tag,
)
from neuronserve.preflight.aws import Aws

IN_USE = "DependencyViolation"
"""AWS's name for it: a network interface is still in the group, or a rule of another group names it."""
TRY_AGAIN_S = 5
"""The interfaces of a load balancer go some minutes after it, and nothing can be waited for: they have no tags."""


def _find_interfaces(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    """Yield interfaces that are attached to nothing: the CNI's of a node that went while it took them off."""
    keys = {owner_tag(scope.cluster): OWNED, INTERFACE_CLUSTER: scope.cluster}
    free = {"Name": "status", "Values": ["available"]}
    found = tagged(aws, "ec2:DescribeNetworkInterfaces", "NetworkInterfaces", "NetworkInterfaceId", keys, free)
    for name, one in found.items():
        tags = tags_of({"Tags": one.get("TagSet", ())})
        if scope.has(tags):
            node = f"of node {tags[INSTANCE_OF_INTERFACE]}" if INSTANCE_OF_INTERFACE in tags else one["Description"]
            yield Leftover("network interface", name, node, tags=tags)


def _remove_interfaces(aws: Aws, leftovers: Sequence[Leftover], _: Deadline) -> Kept:
    return each(leftovers, lambda one: aws.call("ec2:DeleteNetworkInterface", NetworkInterfaceId=one.id))


def _find_groups(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    keys = {owner_tag(scope.cluster): OWNED, LOAD_BALANCER_CLUSTER: scope.cluster}
    for name, one in tagged(aws, "ec2:DescribeSecurityGroups", "SecurityGroups", "GroupId", keys).items():
        if scope.has(tags := tags_of(one)):
            yield Leftover("security group", name, one["GroupName"], tags=tags)


def _remove_groups(aws: Aws, leftovers: Sequence[Leftover], deadline: Deadline) -> Kept:
    """Delete groups, which may name each other in their rules: those rules go first."""
    kept = each(leftovers, lambda one: _revoke(aws, one.id))
    left = [one for one in leftovers if one.key not in kept]
    while left:
        refused = each(left, lambda one: aws.call("ec2:DeleteSecurityGroup", GroupId=one.id))
        in_use = {key: said for key, said in refused.items() if IN_USE in said}
        kept |= {key: said for key, said in refused.items() if key not in in_use}
        left = [one for one in left if one.key in in_use]
        if not deadline.left:
            return kept | in_use
        if left:
            time.sleep(min(TRY_AGAIN_S, deadline.left))
    return kept


def _revoke(aws: Aws, group: str) -> None:
    """Take from a group the rules that name groups."""
    (found,) = aws.call("ec2:DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"]
    for action, key in (
        ("ec2:RevokeSecurityGroupIngress", "IpPermissions"),
        ("ec2:RevokeSecurityGroupEgress", "IpPermissionsEgress"),
    ):
        rules = [
            {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort", "UserIdGroupPairs") if name in rule}
            for rule in found[key]
            if rule["UserIdGroupPairs"]
        ]
        if rules:
            aws.call(action, GroupId=group, IpPermissions=rules)


NETWORK_INTERFACES = Kind("network interfaces", _find_interfaces, _remove_interfaces)
SECURITY_GROUPS = Kind("security groups", _find_groups, _remove_groups)
