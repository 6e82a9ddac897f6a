import json
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.karpenter.args import KarpenterArgs
from neuronserve.components.karpenter.karpenter import Karpenter
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
CRDS = "kubernetes:yaml/v2:ConfigGroup"
RELEASE = "kubernetes:helm.sh/v3:Release"
ARGS: dict[str, Any] = {
    "cluster_name": "llm",
    "cluster_arn": "arn:aws:eks:us-west-2:111122223333:cluster/llm",
    "region": "us-west-2",
}


def deploy(**args: Any) -> Plan:
    def program() -> None:
        karpenter = Karpenter("karpenter", cast(KarpenterArgs, ARGS | args))
        pulumi.export("profile", karpenter.instance_profile_name)
        pulumi.export("queue", karpenter.queue_name)

    return run(program)


def test_crds_come_first_and_the_controller_last() -> None:
    plan = deploy()
    controller = plan.resource(RELEASE)
    crds = plan.resource(CRDS)
    assert crds.urn in controller.dependencies
    association = plan.resource(ASSOCIATION)
    assert association.urn in controller.dependencies
    assert controller.inputs["version"] == "1.14.3"
    assert controller.inputs["skipCrds"]
    assert association.inputs["serviceAccount"] == controller.inputs["values"]["serviceAccount"]["name"]


def test_the_controller_starts_with_its_association_and_anew_with_another() -> None:
    plan = deploy()
    association = plan.resource(ASSOCIATION)
    # What EKS takes to heed an association passes while the CRDs are made.
    assert association.urn in plan.resource(CRDS).dependencies
    annotations = plan.resource(RELEASE).inputs["values"]["podAnnotations"]
    assert annotations == {"neuronserve.io/pod-identity-association": f"${{{association.urn}.associationId}}"}


def test_crds_outlive_karpenter_and_may_be_there_before(registrations: dict[str, Any]) -> None:
    # Were they a release, its removal would wait for NodePools of others, whose finalizers nobody is left to remove.
    plan = deploy()
    assert registrations[plan.resource(CRDS).urn].retainOnDelete
    folder = "https://raw.githubusercontent.com/aws/karpenter-provider-aws/v1.14.3/pkg/apis/crds"
    assert f"{folder}/karpenter.sh_nodepools.yaml" in plan.resource(CRDS).inputs["files"]
    assert not deploy(install_crds=False).of_type(CRDS)


def test_the_controller_knows_its_cluster_and_queue_and_runs_on_system_nodes() -> None:
    plan = deploy()
    values = plan.resource(RELEASE).inputs["values"]
    queue = plan.resource("aws:sqs/queue:Queue")
    assert values["settings"]["clusterName"] == "llm"
    assert values["settings"]["interruptionQueue"] == plan.outputs["queue"] == "llm" == queue.inputs["name"]
    assert values["replicas"] == 2
    assert values["nodeSelector"] == {"neuronserve.io/nodes": "system"}
    assert values["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def test_nodes_may_join_the_cluster() -> None:
    plan = deploy()
    entry = plan.resource("aws:eks/accessEntry:AccessEntry").inputs
    role = plan.resource("aws:iam/role:Role", "karpenter-nodes")
    assert entry == {"clusterName": "llm", "principalArn": f"${{{role.urn}.arn}}", "type": "EC2_LINUX"}
    profile = plan.resource("aws:iam/instanceProfile:InstanceProfile")
    assert profile.inputs["role"] == f"${{{role.urn}.name}}"
    assert plan.outputs["profile"] == f"${{{profile.urn}.name}}"
    attached = {
        attachment.inputs["policyArn"].rpartition("/")[2]
        for attachment in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if attachment.name.startswith("karpenter-nodes")
    }
    assert attached == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }


def test_interruptions_are_heard_of() -> None:
    plan = deploy()
    queue = plan.resource("aws:sqs/queue:Queue")
    assert queue.inputs["sqsManagedSseEnabled"]
    assert queue.inputs["messageRetentionSeconds"] == 300
    patterns = [json.loads(rule.inputs["eventPattern"]) for rule in plan.of_type("aws:cloudwatch/eventRule:EventRule")]
    assert sorted(pattern["detail-type"][0] for pattern in patterns) == [
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    ]
    targets = plan.of_type("aws:cloudwatch/eventTarget:EventTarget")
    assert len(targets) == len(patterns)
    assert {target.inputs["arn"] for target in targets} == {f"${{{queue.urn}.arn}}"}
    allow, deny = json.loads(plan.resource("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])["Statement"]
    assert allow["Principal"] == {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]}
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_charts_and_image_can_come_from_a_mirror() -> None:
    plan = deploy(mirror={"registry": "example.com/mirror"})
    assert plan.resource(RELEASE).inputs["chart"] == "oci://example.com/mirror/public.ecr.aws/karpenter/karpenter"
    values = plan.resource(RELEASE).inputs["values"]
    assert values["controller"]["image"]["repository"].startswith("example.com/mirror/public.ecr.aws/karpenter/")


def test_mistakes_are_reported_at_once_and_nothing_is_made() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        Karpenter("karpenter", cast(KarpenterArgs, {"region": "us-west-2", "replicas": 0}))
    assert [problem.split()[0] for problem in caught.value.problems] == ["cluster_name", "cluster_arn", "replicas"]


def test_a_cluster_whose_name_the_queue_cannot_have_is_refused() -> None:
    deploy(cluster_name="a" * 80)
    with pytest.raises(ProgramError) as refused:
        deploy(cluster_name="a" * 81)
    assert str(refused.value).endswith(
        f"1. cluster_name is '{'a' * 81}' (81 characters), and so is Karpenter's queue, whose name SQS limits to 80 "
        "characters: Karpenter cannot be used with it."
    )
