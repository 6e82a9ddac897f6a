"""The component that lets the pods of one service account act in AWS."""

import pulumi
import pulumi_aws as aws

from neuronserve.components.agreement import Agreed, ask
from neuronserve.components.component import Component
from neuronserve.components.identity.args import PodIdentityArgs
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.identity.settings import PodIdentitySettings
from neuronserve.settings import read_arguments

TRUST = Statement(
    "AllowEksPodIdentity",
    ("sts:AssumeRole", "sts:TagSession"),
    principals={"Service": "pods.eks.amazonaws.com"},
)
"""Without TagSession EKS cannot give the session its tags, and refuses
(https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html)."""


class PodIdentity(Component[PodIdentitySettings]):
    """A role, its policies, and the association that gives it to a service account's pods: EKS Pod Identity.

    Neither an OIDC provider nor an annotation on the service account is needed.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    role_arn: pulumi.Output[str]
    """The role's ARN."""
    role_name: pulumi.Output[str]
    """The role's name."""
    association_id: pulumi.Output[str]
    """The association's id."""

    @property
    def pod_annotations(self) -> dict[str, pulumi.Input[str]]:
        """What pods have to be annotated with, to start after the association and anew with another.

        A pod gets its credentials, or not, when it is made: one that was there before never has any.
        """
        return {"neuronserve.io/pod-identity-association": self.association_id}

    def __init__(self, name: str, args: PodIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(PodIdentitySettings, args, of=f"PodIdentity {name}")
        super().__init__("neuronserve:index:PodIdentity", name, {}, opts)
        ask(Agreed.CLUSTER_NAME, settings.cluster_name, "cluster_name", f"PodIdentity {name}")
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(f"{name}-role", assume_role_policy=policy_document([TRUST]), opts=child)
        arns: dict[str, pulumi.Input[str]] = {
            suffix: aws.iam.Policy(f"{name}-{suffix}", policy=document, opts=child).arn
            for suffix, document in settings.policies.items()
        }
        attachments = [
            aws.iam.RolePolicyAttachment(f"{name}-{suffix}", role=role.name, policy_arn=arn, opts=child)
            for suffix, arn in (arns | settings.managed_policies).items()
        ]
        association = aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=settings.cluster_name,
            namespace=settings.namespace,
            service_account=settings.service_account,
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
