import json

import pulumi

from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.plan.program import run


def program() -> None:
    identity = PodIdentity(
        "reader",
        {
            "cluster_name": "c",
            "namespace": "kube-system",
            "service_account": "reader",
            "policies": {"read": policy_document([Statement("Read", ["s3:GetObject"], ["arn:aws:s3:::b/*"])])},
            "managed_policies": {"agent": "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"},
        },
    )
    pulumi.export("role", identity.role_arn)


def test_a_service_account_gets_a_role_with_its_policies() -> None:
    plan = run(program)
    role = plan.resource("aws:iam/role:Role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(trust["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
    attachments = plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {attachment.inputs["policyArn"] for attachment in attachments} == {
        "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy",
        f"${{{plan.resource('aws:iam/policy:Policy').urn}.arn}}",
    }
    association = plan.resource("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    assert association.inputs["roleArn"] == f"${{{role.urn}.arn}}" == plan.outputs["role"]
    assert {attachment.urn for attachment in attachments} <= set(association.dependencies)
