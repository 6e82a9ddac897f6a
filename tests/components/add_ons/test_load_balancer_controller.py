import json
import re
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from parliament import analyze_policy_string

from neuronserve.components.add_ons.args import LoadBalancerControllerArgs
from neuronserve.components.add_ons.load_balancer_controller import LoadBalancerController
from neuronserve.components.add_ons.load_balancer_policy import load_balancer_statements
from neuronserve.facts.system_nodes import apart
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

RELEASE = "kubernetes:helm.sh/v3:Release"
CRDS = "kubernetes:yaml/v2:ConfigGroup"
POLICY = "aws:iam/policy:Policy"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ARGS: dict[str, Any] = {"cluster_name": "gpt", "region": "us-west-2", "vpc_id": "vpc-1"}

# Findings that remain, as the project publishes the policy; by issue, the actions or conditions concerned.
EXPLAINED = {
    # Rules of load balancers and security groups whose names nobody knows before; what can be tied to the
    # controller's tag is. Certificates and firewalls are the user's, named in annotations.
    "RESOURCE_STAR": {
        "acm:DescribeCertificate",
        "cognito-idp:DescribeUserPoolClient",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:GetCoipPoolUsage",
        "ec2:GetSecurityGroupsForVpc",
        "ec2:RevokeSecurityGroupIngress",
        "elasticloadbalancing:AddListenerCertificates",
        "elasticloadbalancing:CreateRule",
        "elasticloadbalancing:CreateTargetGroup",
        "elasticloadbalancing:DeleteListener",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:RemoveListenerCertificates",
        "elasticloadbalancing:SetRulePriorities",
        "iam:CreateServiceLinkedRole",
        "iam:GetServerCertificate",
        "shield:DeleteProtection",
        "shield:DescribeProtection",
        "waf-regional:AssociateWebACL",
        "waf-regional:DisassociateWebACL",
        "waf-regional:GetWebACL",
        "waf-regional:GetWebACLForResource",
        "wafv2:AssociateWebACL",
        "wafv2:GetWebACL",
        "wafv2:GetWebACLForResource",
    },
    # Newer than the linter's table (https://docs.aws.amazon.com/service-authorization/latest/reference/
    # list_awselasticloadbalancingv2.html has both).
    "UNKNOWN_ACTION": {"Unknown action elasticloadbalancing:ModifyIpPools"},
    "UNKNOWN_CONDITION_FOR_ACTION": {
        "Unknown condition elasticloadbalancing:CreateAction for action elasticloadbalancing:AddTags"
    },
}


def deploy(**args: Any) -> Plan:
    def program() -> None:
        controller = LoadBalancerController("lb", cast(LoadBalancerControllerArgs, {**ARGS, **args}))
        pulumi.export("role_arn", controller.role_arn)

    return run(program)


def test_permissions_and_crds_come_before_the_controller(registrations: dict[str, Any]) -> None:
    plan = deploy()
    release = plan.resource(RELEASE)
    association = plan.resource(ASSOCIATION)
    assert {association.urn, plan.resource(CRDS).urn} <= set(release.dependencies)
    assert association.urn in plan.resource(CRDS).dependencies
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "kube-system",
        "aws-load-balancer-controller",
    )
    # The chart makes a certificate whenever it is rendered: without this each `up` would upgrade it.
    assert list(registrations[release.urn].ignoreChanges) == ["checksum"]
    assert registrations[plan.resource(CRDS).urn].retainOnDelete
    assert plan.outputs["role_arn"].endswith("lb-identity-role.arn}")


# Keys in helm/aws-load-balancer-controller/values.yaml of kubernetes-sigs/aws-load-balancer-controller.
def test_values() -> None:
    plan = deploy()
    inputs, association = plan.resource(RELEASE).inputs, plan.resource(ASSOCIATION)
    assert (inputs["chart"], inputs["version"]) == ("aws-load-balancer-controller", "3.5.0")
    assert inputs["values"] == {
        "clusterName": "gpt",
        "region": "us-west-2",
        "vpcId": "vpc-1",
        "replicaCount": 2,
        "affinity": apart({"app.kubernetes.io/name": "aws-load-balancer-controller"}),
        "podAnnotations": {"neuronserve.io/pod-identity-association": f"${{{association.urn}.associationId}}"},
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": {"create": True, "name": "aws-load-balancer-controller"},
        "enableServiceMutatorWebhook": False,
        "image": {"repository": "public.ecr.aws/eks/aws-load-balancer-controller", "tag": "v3.5.0"},
        "nodeSelector": {"neuronserve.io/nodes": "system"},
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
    }


# Statements of docs/install/iam_policy.json: actions in each, and what it is restricted by.
@pytest.mark.parametrize(
    ("sid", "actions", "resources", "operators"),
    [
        ("CreateServiceLinkedRole", 1, 1, {"StringEquals"}),
        ("Describe", 29, 1, set()),
        ("CertificatesAndFirewalls", 17, 1, set()),
        ("SecurityGroupRules", 2, 1, set()),
        ("CreateSecurityGroup", 1, 1, set()),
        ("TagNewSecurityGroups", 1, 1, {"StringEquals", "Null"}),
        ("TagSecurityGroups", 2, 1, {"Null"}),
        ("OwnSecurityGroups", 3, 1, {"Null"}),
        ("CreateLoadBalancers", 2, 1, {"Null"}),
        ("ListenersAndRules", 4, 1, set()),
        ("TagLoadBalancers", 2, 3, {"Null"}),
        ("TagListenersAndRules", 2, 4, set()),
        ("OwnLoadBalancers", 11, 1, {"Null"}),
        ("TagNewLoadBalancers", 1, 3, {"StringEquals", "Null"}),
        ("Targets", 2, 1, set()),
        ("ModifyListenersAndRules", 6, 1, set()),
    ],
)
def test_each_statement_of_the_published_policy_is_there(
    sid: str, actions: int, resources: int, operators: set[str]
) -> None:
    statements = {statement.sid: statement for statement in load_balancer_statements("aws")}
    assert len(statements) == 16
    statement = statements[sid]
    assert len(set(statement.actions)) == actions
    assert len(statement.resources) == resources
    assert set(statement.conditions) == operators


def test_the_policy_passes_the_lint_but_for_what_is_explained() -> None:
    analyzed = analyze_policy_string(deploy().resource(POLICY).inputs["policy"])
    found: dict[str, set[str]] = {}
    for finding in analyzed.findings:
        details = finding.detail if isinstance(finding.detail, list) else [finding.detail]
        found.setdefault(finding.issue, set()).update(details)
    assert found == EXPLAINED


@pytest.mark.parametrize(("region", "partition"), [("us-west-2", "aws"), ("us-gov-west-1", "aws-us-gov")])
def test_the_policy_fits_and_names_the_partition(region: str, partition: str) -> None:
    document = deploy(region=region).resource(POLICY).inputs["policy"]
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html; white space does not count.
    assert len(re.sub(r"\s", "", document)) <= 6144
    resources = {arn for statement in json.loads(document)["Statement"] for arn in statement["Resource"]}
    assert {arn.split(":")[1] for arn in resources - {"*"}} == {partition}


def test_all_mistakes_are_reported_before_anything_is_made(tmp_path: Path) -> None:
    args = {"cluster_name": "", "mirror": {"chart_directory": str(tmp_path)}}
    with pytest.raises(InvalidSettingsError) as error:
        LoadBalancerController("lb", cast(LoadBalancerControllerArgs, args))
    assert len(error.value.problems) == 4
