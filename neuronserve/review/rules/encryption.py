"""Everything that is kept is encrypted."""

from collections.abc import Callable, Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import is_true, items, mapping


def _is_true(*names: str) -> Callable[[dict[str, Any]], Iterator[str]]:
    def problems(inputs: dict[str, Any]) -> Iterator[str]:
        for name in names:
            if not is_true(inputs.get(name)):
                yield f"{name} is not true"

    return problems


def _is_set(*names: str) -> Callable[[dict[str, Any]], Iterator[str]]:
    def problems(inputs: dict[str, Any]) -> Iterator[str]:
        if not any(inputs.get(name) for name in names):
            yield f"{' or '.join(names)} is not set"

    return problems


def _disks(inputs: dict[str, Any]) -> Iterator[str]:
    for disk in map(mapping, items(inputs.get("blockDeviceMappings"))):
        if not is_true(mapping(disk.get("ebs")).get("encrypted")):
            yield f"its disk {disk.get('deviceName', '')} is not encrypted"


def _instance(inputs: dict[str, Any]) -> Iterator[str]:
    if not is_true(mapping(inputs.get("rootBlockDevice")).get("encrypted")):
        yield "its root disk is not encrypted"


def _storage_class(inputs: dict[str, Any]) -> Iterator[str]:
    if inputs.get("provisioner") == "ebs.csi.aws.com" and not is_true(
        mapping(inputs.get("parameters")).get("encrypted")
    ):
        yield "its volumes are not encrypted: the parameter encrypted is not true"


PROBLEMS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "aws:ebs/volume:Volume": _is_true("encrypted"),
    "aws:ec2/instance:Instance": _instance,
    "aws:ec2/launchTemplate:LaunchTemplate": _disks,
    "aws:efs/fileSystem:FileSystem": _is_true("encrypted"),
    "aws:eks/cluster:Cluster": _is_set("encryptionConfig"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _is_true(
        "atRestEncryptionEnabled", "transitEncryptionEnabled"
    ),
    "aws:rds/instance:Instance": _is_true("storageEncrypted"),
    "aws:sns/topic:Topic": _is_set("kmsMasterKeyId"),
    "aws:sqs/queue:Queue": _is_set("sqsManagedSseEnabled", "kmsMasterKeyId"),
    "eks:index:Cluster": _is_set("encryptionConfigKeyArn"),
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": lambda inputs: _disks(mapping(inputs.get("spec"))),
    "kubernetes:storage.k8s.io/v1:StorageClass": _storage_class,
}
"""What to look at, by type. Of what is not here AWS encrypts everything, or nothing is kept in it."""


def _unencrypted(resource: Resource) -> Iterator[str]:
    if resource.type in PROBLEMS:
        yield from PROBLEMS[resource.type](resource.inputs)


RULE = Rule(
    RuleId.UNENCRYPTED,
    title="Disks, volumes, queues, topics and Kubernetes' secrets are encrypted.",
    reason="A snapshot or a disk that gets into other hands can be read; most audits ask for it.",
    remedy="Switch encryption on, with AWS' key or one of your own.",
    of_resource=_unencrypted,
)
