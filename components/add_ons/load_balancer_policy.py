"""What the AWS Load Balancer Controller may do: the policy that its project publishes for each version."""

from neuronserve.components.identity.policy import Statement

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
"""The controller's tag on everything that it makes."""

TAGGED = {"Null": {f"aws:ResourceTag/{CLUSTER_TAG}": "false"}}
TAGGED_BY_REQUEST = {"Null": {f"aws:RequestTag/{CLUSTER_TAG}": "false"}}
KEEPS_TAG = {"Null": {f"aws:RequestTag/{CLUSTER_TAG}": "true", f"aws:ResourceTag/{CLUSTER_TAG}": "false"}}
"""The resource has the tag, and the request leaves it alone."""


def load_balancer_statements(partition: str) -> list[Statement]:
    """Return all statements of docs/install/iam_policy.json at v3.5.0, in its order.

    In https://github.com/kubernetes-sigs/aws-load-balancer-controller; read from two published copies, of v2.13.4 and
    of a later version than v3.5.0, which are the same. The document has no statement ids; these are ours.

    Args:
        partition: of the ARNs. The project publishes a file for each partition; that of China leaves more out.
    """
    load_balancing = f"arn:{partition}:elasticloadbalancing:*:*"
    load_balancers = [
        f"{load_balancing}:targetgroup/*/*",
        f"{load_balancing}:loadbalancer/net/*/*",
        f"{load_balancing}:loadbalancer/app/*/*",
    ]
    security_groups = [f"arn:{partition}:ec2:*:*:security-group/*"]
    everything = ["*"]
    return [
        Statement(
            "CreateServiceLinkedRole",
            ("iam:CreateServiceLinkedRole",),
            everything,
            {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
        ),
        Statement(
            "Describe",
            (
                "ec2:DescribeAccountAttributes",
                "ec2:DescribeAddresses",
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInternetGateways",
                "ec2:DescribeVpcs",
                "ec2:DescribeVpcPeeringConnections",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeTags",
                "ec2:GetCoipPoolUsage",
                "ec2:DescribeCoipPools",
                "ec2:GetSecurityGroupsForVpc",
                "ec2:DescribeIpamPools",
                "ec2:DescribeRouteTables",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeLoadBalancerAttributes",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeListenerCertificates",
                "elasticloadbalancing:DescribeSSLPolicies",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetHealth",
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTrustStores",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeCapacityReservation",
            ),
            everything,
        ),
        Statement(
            "CertificatesAndFirewalls",
            (
                "cognito-idp:DescribeUserPoolClient",
                "acm:ListCertificates",
                "acm:DescribeCertificate",
                "iam:ListServerCertificates",
                "iam:GetServerCertificate",
                "waf-regional:GetWebACL",
                "waf-regional:GetWebACLForResource",
                "waf-regional:AssociateWebACL",
                "waf-regional:DisassociateWebACL",
                "wafv2:GetWebACL",
                "wafv2:GetWebACLForResource",
                "wafv2:AssociateWebACL",
                "wafv2:DisassociateWebACL",
                "shield:GetSubscriptionState",
                "shield:DescribeProtection",
                "shield:CreateProtection",
                "shield:DeleteProtection",
            ),
            everything,
        ),
        Statement(
            "SecurityGroupRules",
            ("ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"),
            everything,
        ),
        Statement("CreateSecurityGroup", ("ec2:CreateSecurityGroup",), everything),
        Statement(
            "TagNewSecurityGroups",
            ("ec2:CreateTags",),
            security_groups,
            {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}, **TAGGED_BY_REQUEST},
        ),
        Statement("TagSecurityGroups", ("ec2:CreateTags", "ec2:DeleteTags"), security_groups, KEEPS_TAG),
        Statement(
            "OwnSecurityGroups",
            (
                "ec2:AuthorizeSecurityGroupIngress",
                "ec2:RevokeSecurityGroupIngress",
                "ec2:DeleteSecurityGroup",
            ),
            everything,
            TAGGED,
        ),
        Statement(
            "CreateLoadBalancers",
            ("elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"),
            everything,
            TAGGED_BY_REQUEST,
        ),
        Statement(
            "ListenersAndRules",
            (
                "elasticloadbalancing:CreateListener",
                "elasticloadbalancing:DeleteListener",
                "elasticloadbalancing:CreateRule",
                "elasticloadbalancing:DeleteRule",
            ),
            everything,
        ),
        Statement(
            "TagLoadBalancers",
            ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
            load_balancers,
            KEEPS_TAG,
        ),
        Statement(
            "TagListenersAndRules",
            ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
            [
                f"{load_balancing}:listener/net/*/*/*",
                f"{load_balancing}:listener/app/*/*/*",
                f"{load_balancing}:listener-rule/net/*/*/*",
                f"{load_balancing}:listener-rule/app/*/*/*",
            ],
        ),
        Statement(
            "OwnLoadBalancers",
            (
                "elasticloadbalancing:ModifyLoadBalancerAttributes",
                "elasticloadbalancing:SetIpAddressType",
                "elasticloadbalancing:SetSecurityGroups",
                "elasticloadbalancing:SetSubnets",
                "elasticloadbalancing:DeleteLoadBalancer",
                "elasticloadbalancing:ModifyTargetGroup",
                "elasticloadbalancing:ModifyTargetGroupAttributes",
                "elasticloadbalancing:DeleteTargetGroup",
                "elasticloadbalancing:ModifyListenerAttributes",
                "elasticloadbalancing:ModifyCapacityReservation",
                "elasticloadbalancing:ModifyIpPools",
            ),
            everything,
            TAGGED,
        ),
        Statement(
            "TagNewLoadBalancers",
            ("elasticloadbalancing:AddTags",),
            load_balancers,
            {
                "StringEquals": {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]},
                **TAGGED_BY_REQUEST,
            },
        ),
        Statement(
            "Targets",
            ("elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"),
            [f"{load_balancing}:targetgroup/*/*"],
        ),
        Statement(
            "ModifyListenersAndRules",
            (
                "elasticloadbalancing:SetWebAcl",
                "elasticloadbalancing:ModifyListener",
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:RemoveListenerCertificates",
                "elasticloadbalancing:ModifyRule",
                "elasticloadbalancing:SetRulePriorities",
            ),
            everything,
        ),
    ]
