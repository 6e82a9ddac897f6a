"""What controllers of a cluster make in an account, planted in moto: of several clusters, and of nobody."""

import functools
import json
from dataclasses import dataclass, field
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.eks.models import eks_backends

from tests.preflight.account import REGION, Account

Tags = dict[str, str]
ROOT_DEVICE = "/dev/sda1"
SERVICES = ("ec2", "elbv2", "elb", "logs", "eks")


@functools.cache
def client(url: str, service: str) -> Any:
    """Return a client, of which each takes a fifth of a second to make."""
    return Account(url).client(service)


def as_list(tags: Tags) -> list[dict[str, str]]:
    """Return tags as AWS takes them; where there are none, one that says nothing."""
    return [{"Key": key, "Value": value} for key, value in (tags or {"purpose": "any"}).items()]


def specification(kind: str, tags: Tags) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": as_list(tags)}]


@dataclass
class Planted:
    """The ids of what was planted, by kind."""

    instances: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    load_balancers: list[str] = field(default_factory=list)
    target_groups: list[str] = field(default_factory=list)
    interfaces: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    log_groups: list[str] = field(default_factory=list)

    @property
    def all(self) -> set[str]:
        return {one for ids in vars(self).values() for one in ids}

    @property
    def data(self) -> set[str]:
        return {*self.volumes, *self.log_groups}


class Garden:
    """Where things are planted: a VPC with two subnets."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.ec2, self.elbv2, self.elb, self.logs, self.eks = (client(account.url, name) for name in SERVICES)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.3.{place}.0/24", AvailabilityZone=f"{REGION}{zone}")[
                "Subnet"
            ]["SubnetId"]
            for place, zone in enumerate("ab")
        ]
        self.image = self.ec2.describe_images()["Images"][0]["ImageId"]
        self._number = 0

    def instance(self, tags: Tags, instance_type: str = "m7i.large") -> str:
        made = self.ec2.run_instances(
            ImageId=self.image,
            InstanceType=instance_type,
            SubnetId=self.subnets[0],
            MinCount=1,
            MaxCount=1,
            TagSpecifications=specification("instance", tags),
        )
        return str(made["Instances"][0]["InstanceId"])

    def volume(self, tags: Tags, size: int = 20) -> str:
        made = self.ec2.create_volume(
            AvailabilityZone=f"{REGION}a", Size=size, VolumeType="gp3", TagSpecifications=specification("volume", tags)
        )
        return str(made["VolumeId"])

    def interface(self, tags: Tags, groups: list[str] | None = None) -> str:
        made = self.ec2.create_network_interface(
            SubnetId=self.subnets[0],
            Description="aws-K8S-i-0123456789abcdef0",
            TagSpecifications=specification("network-interface", tags),
            **({"Groups": groups} if groups else {}),
        )
        return str(made["NetworkInterface"]["NetworkInterfaceId"])

    def group(self, tags: Tags) -> str:
        made = self.ec2.create_security_group(
            GroupName=self._name("group"),
            Description="a group",
            VpcId=self.vpc,
            TagSpecifications=specification("security-group", tags),
        )
        return str(made["GroupId"])

    def template(self, tags: Tags) -> str:
        made = self.ec2.create_launch_template(
            LaunchTemplateName=self._name("karpenter.k8s.aws"),
            LaunchTemplateData={"InstanceType": "m7i.large"},
            TagSpecifications=specification("launch-template", tags),
        )
        return str(made["LaunchTemplate"]["LaunchTemplateId"])

    def load_balancer(self, tags: Tags, kind: str = "application") -> str:
        made = self.elbv2.create_load_balancer(
            Name=self._name("k8s"), Subnets=self.subnets, Type=kind, Scheme="internet-facing", Tags=as_list(tags)
        )
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def classic(self, tags: Tags) -> str:
        name = self._name("classic")
        self.elb.create_load_balancer(
            LoadBalancerName=name,
            Listeners=[{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}],
            Subnets=self.subnets,
            Tags=as_list(tags),
        )
        return name

    def target_group(self, tags: Tags) -> str:
        made = self.elbv2.create_target_group(
            Name=self._name("k8s-targets"), Protocol="HTTP", Port=8000, VpcId=self.vpc, Tags=as_list(tags)
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def log_group(self, name: str, tags: Tags) -> str:
        self.logs.create_log_group(logGroupName=name, **({"tags": tags} if tags else {}))
        return name

    def cluster(self, name: str, endpoint: str | None = None, authority: str | None = None) -> None:
        self.eks.create_cluster(name=name, roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={})
        made = eks_backends[DEFAULT_ACCOUNT_ID][REGION].clusters[name]
        made.endpoint = endpoint or made.endpoint
        made.certificate_authority = {"data": authority or "of-moto"}

    def of_cluster(self, cluster: str, stack: Tags, namespace: str = "vllm", pool: str = "inferentia-inf2") -> Planted:
        """Plant what the controllers of a cluster leave, each with the tags that it sets."""
        owned = {f"kubernetes.io/cluster/{cluster}": "owned"}
        karpenter = {**owned, "eks:eks-cluster-name": cluster, "karpenter.sh/nodepool": pool}
        balancer = {"elbv2.k8s.aws/cluster": cluster, "ingress.k8s.aws/stack": f"{namespace}/llama"}
        claim = {
            **owned,
            "KubernetesCluster": cluster,
            "CSIVolumeName": "pvc-1",
            "ebs.csi.aws.com/cluster": "true",
            "kubernetes.io/created-for/pvc/namespace": namespace,
            "kubernetes.io/created-for/pvc/name": "cache",
        }
        service = {**owned, "kubernetes.io/service-name": f"{namespace}/web"}
        cni = {**owned, "eks:eni:owner": "amazon-vpc-cni", "node.k8s.amazonaws.com/instance_id": "i-0123456789abcdef0"}
        old_cni = {"cluster.k8s.amazonaws.com/name": cluster, "node.k8s.amazonaws.com/instance_id": "i-0"}
        groups = [
            self.group({"elbv2.k8s.aws/cluster": cluster, "elbv2.k8s.aws/resource": "backend-sg"}),
            self.group(owned),
        ]
        for one, other in (groups, groups[::-1]):
            pairs = [{"GroupId": other}]
            rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": pairs}
            self.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[rule])
        return Planted(
            instances=[self.instance(karpenter, "inf2.8xlarge"), self.instance(karpenter)],
            volumes=[self.volume(claim)],
            load_balancers=[
                self.load_balancer(balancer),
                self.load_balancer(service, "network"),
                self.classic(service),
            ],
            target_groups=[self.target_group(balancer)],
            interfaces=[self.interface(cni, groups[:1]), self.interface(old_cni)],
            groups=groups,
            templates=[self.template(karpenter), self.template({"eks:eks-cluster-name": cluster})],
            log_groups=[
                self.log_group(f"/aws/eks/{cluster}/cluster", stack),
                self.log_group(f"/aws/containerinsights/{cluster}/host", stack),
            ],
        )

    def of_nobody(self, cluster: str) -> Planted:
        """Plant what looks like a cluster's and is not: without tags, shared, and of two clusters at once."""
        shared = {f"kubernetes.io/cluster/{cluster}": "shared"}
        both = {f"kubernetes.io/cluster/{cluster}": "owned", "kubernetes.io/cluster/another": "owned"}
        contradicting = {f"kubernetes.io/cluster/{cluster}": "owned", "elbv2.k8s.aws/cluster": "another"}
        looks = [{}, {"Name": cluster, "cluster": cluster}, shared, both, contradicting]
        return Planted(
            instances=[self.instance(tags) for tags in looks],
            volumes=[self.volume(tags) for tags in looks],
            load_balancers=[self.load_balancer(tags) for tags in looks] + [self.classic({})],
            target_groups=[self.target_group(tags) for tags in looks],
            interfaces=[self.interface(tags) for tags in looks],
            groups=[self.group(tags) for tags in looks],
            templates=[self.template(tags) for tags in looks],
            log_groups=[
                self.log_group(f"/aws/eks/{cluster}/other", {"project": "another", "stack": "another"}),
                self.log_group(f"/aws/lambda/{cluster}", {}),
            ],
        )

    def there(self) -> set[str]:
        """Return the ids of all that is in the account."""
        reservations = self.ec2.describe_instances()["Reservations"]
        instances = [one for reservation in reservations for one in reservation["Instances"]]
        pages = self.logs.get_paginator("describe_log_groups").paginate()
        return {
            *(one["InstanceId"] for one in instances if one["State"]["Name"] != "terminated"),
            *(one["VolumeId"] for one in self.ec2.describe_volumes()["Volumes"] if not _goes_with_instance(one)),
            *(one["NetworkInterfaceId"] for one in self.ec2.describe_network_interfaces()["NetworkInterfaces"]),
            *(one["GroupId"] for one in self.ec2.describe_security_groups()["SecurityGroups"]),
            *(one["LaunchTemplateId"] for one in self.templates()),
            *(one["LoadBalancerArn"] for one in self.elbv2.describe_load_balancers()["LoadBalancers"]),
            *(one["TargetGroupArn"] for one in self.elbv2.describe_target_groups()["TargetGroups"]),
            *(one["LoadBalancerName"] for one in self.elb.describe_load_balancers()["LoadBalancerDescriptions"]),
            *(one["logGroupName"] for page in pages for one in page["logGroups"]),
        }

    def templates(self) -> list[dict[str, Any]]:
        return list(self.ec2.describe_launch_templates(MaxResults=200)["LaunchTemplates"])

    def _name(self, start: str) -> str:
        self._number += 1
        return f"{start}-{self._number}"


def _goes_with_instance(volume: dict[str, Any]) -> bool:
    """Tell whether moto made a volume with its instance, and deletes it with that."""
    return any(one["Device"] == ROOT_DEVICE for one in volume["Attachments"])


def refuse_groups_in_use(monkeypatch: Any) -> None:
    """Have moto refuse what AWS refuses: to delete a group that an interface is in, or that a rule of another names."""
    delete = SecurityGroupBackend._delete_security_group

    def checked(backend: SecurityGroupBackend, vpc_id: str | None, group_id: str) -> None:
        ec2 = ec2_backends[DEFAULT_ACCOUNT_ID][REGION]
        used = any(group_id in [group.id for group in eni.group_set] for eni in ec2.enis.values())
        others = [one for groups in ec2.groups.values() for one in groups.values() if one.id != group_id]
        rules = [rule for one in others for rule in (*one.ingress_rules, *one.egress_rules)]
        named = group_id in json.dumps([rule.source_group for rule in rules])
        if used or named:
            raise DependencyViolationError(f"resource {group_id} has a dependent object")
        delete(backend, vpc_id, group_id)

    monkeypatch.setattr(SecurityGroupBackend, "_delete_security_group", checked)
