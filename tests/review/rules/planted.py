"""Resources that break a rule, each with what is said of it, and others like them that break none."""

import json
from dataclasses import dataclass, field
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Plan, Resource

LATER = "${urn:pulumi:test::test::aws:ec2/vpc:Vpc::vpc.cidrBlock}"
"""What only the cloud knows."""

SECRET = "[secret]"

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
SERVICE = "kubernetes:core/v1:Service"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
GROUP = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
ALB = "alb.ingress.kubernetes.io/"

METADATA = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
TAGS = {"tags": {"project": "x"}}


def allow(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def ingress(**annotations: str) -> dict[str, Any]:
    marks = {f"{ALB}{name.replace('_', '-')}": text for name, text in annotations.items()}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"annotations": marks}}


def pods(*images: str) -> dict[str, Any]:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    template = {"spec": {"containers": containers[:1], "initContainers": containers[1:]}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": template}}


def launch_template(**inputs: Any) -> dict[str, Any]:
    kinds = [{"resourceType": kind, **TAGS} for kind in ("instance", "volume")]
    return {"metadataOptions": METADATA, "tagSpecifications": kinds, **inputs}


def node_class(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": TAGS | spec}


@dataclass(frozen=True)
class Planted:
    """One resource, the rule that it breaks, and a part of what is said of it; both None if it is right."""

    type: str
    inputs: dict[str, Any]
    rule: RuleId | None = None
    says: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    protect: bool = False

    @property
    def resource(self) -> Resource:
        urn = f"urn:pulumi:test::test::{self.type}::planted"
        return Resource(urn, self.type, "planted", None, True, False, self.inputs, [], None, self.protect, self.options)

    @property
    def plan(self) -> Plan:
        return Plan("test", "test", [self.resource], {})


WORLD, BUCKET, BROAD = RuleId.OPEN_TO_THE_WORLD, RuleId.PUBLIC_BUCKET, RuleId.BROAD_PERMISSIONS
METADATA_RULE, UNENCRYPTED, UNPROTECTED = RuleId.INSTANCE_METADATA, RuleId.UNENCRYPTED, RuleId.UNPROTECTED
NO_LIMIT, UNPINNED, UNTAGGED = RuleId.NO_LIMIT, RuleId.UNPINNED, RuleId.UNTAGGED
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
LOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)

WRONG = [
    Planted(GROUP, {"cidrIpv4": "0.0.0.0/0"}, WORLD, "lets in 0.0.0.0/0"),
    Planted(GROUP, {"cidrIpv6": "::/0"}, WORLD, "lets in ::/0"),
    Planted("aws:ec2/securityGroup:SecurityGroup", {"ingress": [{"cidrBlocks": ["0.0.0.0/0"]}]}, WORLD, "lets in"),
    Planted("eks:index:Cluster", {"encryptionConfigKeyArn": "arn"}, WORLD, "answers the whole world"),
    Planted(
        "aws:eks/cluster:Cluster",
        {"encryptionConfig": {"x": 1}, "vpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}},
        WORLD,
        "answers the whole world",
    ),
    Planted(INGRESS, ingress(scheme="internet-facing", listen_ports='[{"HTTPS":443}]'), WORLD, "lets in 0.0.0.0/0"),
    Planted(
        INGRESS,
        ingress(scheme="internet-facing", listen_ports='[{"HTTPS":443}]', inbound_cidrs="192.0.2.0/24, ::/0"),
        WORLD,
        "lets in ::/0",
    ),
    Planted(INGRESS, ingress(scheme="internet-facing", inbound_cidrs="192.0.2.0/24"), WORLD, "without TLS"),
    Planted(SERVICE, {"apiVersion": "v1", "kind": "Service", "spec": {"type": "LoadBalancer"}}, WORLD, "whole world"),
    Planted(BLOCK, LOCKED | {"blockPublicPolicy": False}, BUCKET, "blockPublicPolicy is not true"),
    Planted("aws:s3/bucketAcl:BucketAcl", {"acl": "public-read"}, BUCKET, "acl is public-read"),
    Planted(BUCKET_POLICY, {"policy": allow(Principal="*", Action="s3:GetObject")}, BUCKET, "allows everybody"),
    Planted(BUCKET_POLICY, {"policy": allow(Principal={"AWS": ["*"]}, Action="s3:GetObject")}, BUCKET, "everybody"),
    Planted("aws:iam/policy:Policy", {"policy": allow(Action="*", Resource="arn:x")}, BROAD, "allows *"),
    Planted("aws:iam/policy:Policy", {"policy": allow(Action=["s3:*"], Resource="arn:x")}, BROAD, "allows s3:*"),
    Planted("aws:iam/policy:Policy", {"policy": allow(NotAction="iam:*", Resource="arn:x")}, BROAD, "NotAction"),
    Planted(
        "aws:iam/rolePolicy:RolePolicy",
        {"policy": allow(Sid="Run", Action=["ec2:DescribeImages", "ec2:RunInstances"], Resource=["*"])},
        BROAD,
        "policy, Run: it allows ec2:RunInstances on every resource",
    ),
    Planted(LAUNCH_TEMPLATE, launch_template(metadataOptions={}), METADATA_RULE, "without a token"),
    Planted(
        LAUNCH_TEMPLATE,
        launch_template(metadataOptions=METADATA | {"httpPutResponseHopLimit": 2}),
        METADATA_RULE,
        "httpPutResponseHopLimit is 2",
    ),
    Planted(
        NODE_CLASS, node_class(metadataOptions={"httpTokens": "optional"}), METADATA_RULE, "httpTokens is optional"
    ),
    Planted(
        LAUNCH_TEMPLATE,
        launch_template(blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 5}}]),
        UNENCRYPTED,
        "disk /dev/xvda is not encrypted",
    ),
    Planted(NODE_CLASS, node_class(blockDeviceMappings=[{"ebs": {"encrypted": False}}]), UNENCRYPTED, "not encrypted"),
    Planted("aws:ebs/volume:Volume", {}, UNENCRYPTED, "encrypted is not true", protect=True),
    Planted("aws:ec2/instance:Instance", {"metadataOptions": METADATA}, UNENCRYPTED, "its root disk"),
    Planted("aws:sqs/queue:Queue", {}, UNENCRYPTED, "sqsManagedSseEnabled or kmsMasterKeyId is not set"),
    Planted("aws:sns/topic:Topic", {}, UNENCRYPTED, "kmsMasterKeyId is not set"),
    Planted(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"atRestEncryptionEnabled": True},
        UNENCRYPTED,
        "transitEncryptionEnabled is not true",
    ),
    Planted("eks:index:Cluster", {"endpointPublicAccess": False}, UNENCRYPTED, "is not set", protect=True),
    Planted(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "ebs.csi.aws.com"},
        UNENCRYPTED,
        "the parameter encrypted",
    ),
    Planted("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, UNPROTECTED, "is not protected"),
    Planted("aws:s3/bucket:Bucket", {}, UNPROTECTED, "is not protected"),
    Planted(
        "kubernetes:karpenter.sh/v1:NodePool",
        {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "x"}, "spec": {"template": {}}},
        NO_LIMIT,
        "spec.limits is not set",
    ),
    Planted("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"minSize": 1}}, NO_LIMIT, "maxSize"),
    Planted(
        "kubernetes:ray.io/v1:RayCluster",
        {"apiVersion": "ray.io/v1", "kind": "RayCluster", "spec": {"workerGroupSpecs": [{"groupName": "w"}]}},
        NO_LIMIT,
        "workers w have no maxReplicas",
    ),
    Planted(DEPLOYMENT, pods("example.com:5000/a/b"), UNPINNED, "example.com:5000/a/b has no version"),
    Planted(DEPLOYMENT, pods("b:1", "b:latest"), UNPINNED, "b:latest has no version"),
    Planted("kubernetes:helm.sh/v3:Release", {"chart": "x"}, UNPINNED, "chart is not set"),
    Planted("kubernetes:helm.sh/v3:Release", {"chart": "x", "version": "~1.2.0"}, UNPINNED, "chart is ~1.2.0"),
    Planted("aws:eks/addon:Addon", {"addonName": "x"}, UNPINNED, "addonVersion is not set"),
    Planted(NODE_CLASS, node_class(amiSelectorTerms=[{"alias": "al2023@latest"}]), UNPINNED, "image is al2023@latest"),
    Planted("pulumi:providers:aws", {"region": "us-west-2"}, UNTAGGED, "no defaultTags"),
    Planted(NODE_CLASS, node_class(tags={}), UNTAGGED, "spec.tags is not set"),
    Planted(
        LAUNCH_TEMPLATE,
        launch_template(tagSpecifications=[{"resourceType": "instance", **TAGS}]),
        UNTAGGED,
        "no tags of volumes",
    ),
]

RIGHT = [
    Planted(GROUP, {"cidrIpv4": "10.0.0.0/8"}),
    Planted(GROUP, {"cidrIpv4": LATER}),
    Planted("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", {"cidrIpv4": "0.0.0.0/0"}),
    Planted(
        "eks:index:Cluster",
        {"encryptionConfigKeyArn": LATER, "endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]},
        protect=True,
    ),
    Planted(INGRESS, ingress(scheme="internal", listen_ports='[{"HTTPS":443}]')),
    Planted(INGRESS, ingress(scheme="internet-facing", listen_ports='[{"HTTPS":443}]', inbound_cidrs="192.0.2.0/24")),
    Planted(SERVICE, {"apiVersion": "v1", "kind": "Service", "spec": {"type": "ClusterIP"}}),
    Planted(
        SERVICE,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}},
            "spec": {"type": "LoadBalancer"},
        },
    ),
    Planted(BLOCK, LOCKED),
    Planted(BUCKET_POLICY, {"policy": allow(Principal={"AWS": "arn:x"}, Action="s3:GetObject", Resource="*")}),
    Planted(BUCKET_POLICY, {"policy": json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*"}]})}),
    Planted("aws:iam/policy:Policy", {"policy": allow(Action=["ec2:Describe*", "s3:ListAllMyBuckets"], Resource="*")}),
    Planted("aws:iam/policy:Policy", {"policy": allow(Action="ec2:RunInstances", Resource="*", Condition={"x": {}})}),
    Planted("aws:iam/policy:Policy", {"policy": LATER}),
    Planted(
        "aws:kms/key:Key", {"policy": allow(Principal={"AWS": "arn:x"}, Action="kms:*", Resource="*")}, protect=True
    ),
    Planted(LAUNCH_TEMPLATE, launch_template(blockDeviceMappings=[{"ebs": {"encrypted": "true"}}])),
    Planted(LAUNCH_TEMPLATE, launch_template(metadataOptions={"httpEndpoint": "disabled"})),
    Planted(NODE_CLASS, node_class()),
    Planted("aws:sqs/queue:Queue", {"kmsMasterKeyId": SECRET}),
    Planted("kubernetes:storage.k8s.io/v1:StorageClass", {"apiVersion": "v1", "kind": "x", "provisioner": "nfs"}),
    Planted("aws:s3/bucket:Bucket", {}, options={"retainOnDelete": True}),
    Planted("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"maxSize": 1}}),
    Planted(DEPLOYMENT, pods("example.com:5000/b:1.2", "b@sha256:0123", LATER, f"{LATER}/b:3")),
    Planted("kubernetes:helm.sh/v3:Release", {"chart": "x", "version": "v1.2.0-rc.1"}),
    Planted("kubernetes:helm.sh/v3:Release", {"chart": "x", "version": LATER}),
    Planted("pulumi:providers:aws", {"defaultTags": json.dumps(TAGS)}),
]
