"""Stand-ins for what programs read more of in AWS than references can stand for, Amazon EKS above all."""

from typing import Any

import pulumi

from neuronserve.plan.fakes import CALLS, FAKES, InnerResource, reference

ACCOUNT = "000000000000"
"""Stands for the account in ARNs, which programs take apart at their colons: a reference has colons of its own."""

REGION = "us-west-2"
"""Stands for the region where the configuration has none."""


def _region() -> str:
    return pulumi.Config("aws").get("region") or REGION


def _arn(name: str) -> str:
    partition = {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(_region().rsplit("-", 2)[0], "aws")
    return f"arn:{partition}:eks:{_region()}:{ACCOUNT}:cluster/{name}"


def eks_cluster(urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the outputs of ``pulumi_eks.Cluster``: one of them is the cluster that the component makes."""
    inner = {
        name: reference(urn, f"eksCluster.{name}") for name in ("id", "name", "endpoint", "version", "platformVersion")
    }
    inner |= {name: inputs[name] for name in ("name", "version") if name in inputs}
    name = inner["name"] if "name" in inputs else urn.rpartition("::")[2]
    return {
        "eksCluster": InnerResource(
            "aws:eks/cluster:Cluster",
            {
                **inner,
                "arn": _arn(name),
                "certificateAuthority": {"data": reference(urn, "eksCluster.certificateAuthority.data")},
                "vpcConfig": {"clusterSecurityGroupId": reference(urn, "eksCluster.vpcConfig.clusterSecurityGroupId")},
            },
        ),
        "kubeconfig": reference(urn, "kubeconfig"),
        "kubeconfigJson": reference(urn, "kubeconfigJson"),
        "clusterSecurityGroupId": reference(urn, "clusterSecurityGroupId"),
        "nodeSecurityGroupId": reference(urn, "nodeSecurityGroupId"),
    }


def get_cluster(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a cluster that exists: its name is known, the rest is made up to look like it."""
    name = arguments["name"]
    return {
        "id": name,
        "name": name,
        "arn": _arn(name),
        "endpoint": f"https://{name}.eks.invalid",
        "version": "1.35",
        "certificateAuthorities": [{"data": ""}],
        "vpcConfig": {"clusterSecurityGroupId": f"sg-of-{name}", "vpcId": f"vpc-of-{name}", "subnetIds": []},
    }


def get_availability_zones(_: dict[str, Any]) -> dict[str, Any]:
    """Return as many zones as a program can want; their letters are an example, not what an account has."""
    names = [f"{_region()}{letter}" for letter in "abcdef"]
    return {"id": _region(), "names": names, "zoneIds": [], "groupNames": []}


def get_log_groups(_: dict[str, Any]) -> dict[str, Any]:
    """Return that no log group is there yet."""
    return {"id": "", "arns": [], "logGroupNames": []}


def get_caller_identity(_: dict[str, Any]) -> dict[str, Any]:
    """Return who plans: nobody in the account that stands for any."""
    return {"id": ACCOUNT, "accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "userId": ACCOUNT}


def launch_template(urn: str, _: dict[str, Any]) -> dict[str, Any]:
    """Return the version of a launch template, a number that node groups read as a text."""
    return {"latestVersion": reference(urn, "latestVersion")}


FAKES["eks:index:Cluster"] = eks_cluster
FAKES["aws:ec2/launchTemplate:LaunchTemplate"] = launch_template
CALLS["aws:eks/getCluster:getCluster"] = get_cluster
CALLS["aws:index/getCallerIdentity:getCallerIdentity"] = get_caller_identity
CALLS["aws:cloudwatch/getLogGroups:getLogGroups"] = get_log_groups
CALLS["aws:index/getAvailabilityZones:getAvailabilityZones"] = get_availability_zones
