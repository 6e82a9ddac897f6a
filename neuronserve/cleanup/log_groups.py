"""Log groups, which stay on purpose when a stack goes."""

from collections.abc import Iterator, Sequence

from neuronserve.cleanup.costs import of_log_group
from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, each
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.preflight.aws import Aws

UNTAGGED = (
    "it has not the stack's tags, as AWS made it anew after the end of the stack, or somebody else did: "
    "aws logs delete-log-group --region {region} --log-group-name {name}"
)


def _find(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    for prefix in scope.log_groups:
        for group in aws.pages("logs:DescribeLogGroups", "logGroups", logGroupNamePrefix=prefix):
            name, arn = group["logGroupName"], group["arn"].removesuffix(":*")
            tags = aws.call("logs:ListTagsForResource", resourceArn=arn)["tags"]
            is_tagged = scope.made_by_stack(tags)
            # In a cluster of others, a group without the stack's tags is theirs.
            if is_tagged or (scope.makes_cluster and not tags and f"/{scope.cluster}/" in name):
                stored = group.get("storedBytes", 0)
                yield Leftover(
                    "log group",
                    name,
                    f"{stored / 2**30:.1f} GiB, kept for {group.get('retentionInDays', 'ever')}"
                    + (" days" if "retentionInDays" in group else ""),
                    of_log_group(stored),
                    holds_data=True,
                    is_held=None if is_tagged else UNTAGGED.format(region=aws.region, name=name),
                    tags=tags,
                )


def _remove(aws: Aws, leftovers: Sequence[Leftover], _: Deadline) -> Kept:
    return each(leftovers, lambda one: aws.call("logs:DeleteLogGroup", logGroupName=one.id))


LOG_GROUPS = Kind("log groups", _find, _remove)
