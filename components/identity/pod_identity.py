"""The component that lets the pods of one service account act in AWS."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from neuronserve.components.identity.policy import Statement, policy_document

TRUST = Statement(
    "AllowEksPodIdentity",
    ("sts:AssumeRole", "sts:TagSession"),
    principals={"Service": "pods.eks.amazonaws.com"},
)
"""Without TagSession EKS cannot give the session its tags, and refuses
(https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html)."""


class PodIdentityArgs(TypedDict):
    """The arguments of PodIdentity."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    namespace: pulumi.Input[str]
    """The service account's namespace."""
    service_account: pulumi.Input[str]
    """The service account, which need not exist yet."""
    policies: NotRequired[dict[str, pulumi.Input[str]]]
    """Policies as JSON, by a suffix for their names. At most 6,144 characters each."""
    managed_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """Policies that exist already."""


class PodIdentity(pulumi.ComponentResource):
    """A role, its policies, and the association that gives it to a service account's pods: EKS Pod Identity.

    Neither an OIDC provider nor an annotation on the service account is needed.
    """

    role_arn: pulumi.Output[str]
    """The role's ARN."""
    role_name: pulumi.Output[str]
    """The role's name."""
    association_id: pulumi.Output[str]
    """The association's id."""

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("neuronserve:index:PodIdentity", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(f"{name}-role", assume_role_policy=policy_document([TRUST]), opts=child)
        attachments: list[pulumi.Resource] = []
        for suffix, document in args.get("policies", {}).items():
            policy = aws.iam.Policy(f"{name}-{suffix}", policy=document, opts=child)
            attachments.append(
                aws.iam.RolePolicyAttachment(f"{name}-{suffix}", role=role.name, policy_arn=policy.arn, opts=child)
            )
        attachments += [
            aws.iam.RolePolicyAttachment(f"{name}-managed-{index}", role=role.name, policy_arn=arn, opts=child)
            for index, arn in enumerate(args.get("managed_policy_arns", []))
        ]
        association = aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args["cluster_name"],
            namespace=args["namespace"],
            service_account=args["service_account"],
            role_arn=role.arn,
            # Pods that start with the association must find the permissions in place.
            opts=pulumi.ResourceOptions(parent=self, depends_on=attachments),
        )
        self.role_arn = role.arn
        self.role_name = role.name
        self.association_id = association.association_id
        self.register_outputs(
            {"roleArn": self.role_arn, "roleName": self.role_name, "associationId": self.association_id}
        )
