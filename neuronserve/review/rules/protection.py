"""What cannot be made again is not deleted by mistake."""

from collections.abc import Iterator

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule

LASTING = (
    "aws:dynamodb/table:Table",
    "aws:ebs/volume:Volume",
    "aws:ec2/vpc:Vpc",
    "aws:efs/fileSystem:FileSystem",
    "aws:eks/cluster:Cluster",
    "aws:kms/key:Key",
    "aws:rds/instance:Instance",
    "aws:s3/bucket:Bucket",
    "eks:index:Cluster",
)
"""What holds data, or without which nothing of an environment answers."""


def _unprotected(resource: Resource) -> Iterator[str]:
    if resource.type in LASTING and not resource.protect and not resource.options.get("retainOnDelete"):
        yield "it is not protected, so a plan that deletes or replaces it is carried out"


RULE = Rule(
    RuleId.UNPROTECTED,
    title="Networks, clusters, keys and what holds data are protected from being deleted.",
    reason="One wrong line in a pull request, or `pulumi destroy` in the wrong terminal, and it is gone.",
    remedy="pulumi config set protect true; for a resource of your own, the resource option protect.",
    of_resource=_unprotected,
)
