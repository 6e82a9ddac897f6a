import json
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.cluster.args import ClusterArgs
from neuronserve.components.cluster.cluster import Cluster
from neuronserve.components.cluster.default_storage_class import DefaultStorageClass
from neuronserve.components.cluster.eks_add_ons import EKS_ADD_ONS
from neuronserve.facts.kubernetes_versions import KUBERNETES_VERSIONS
from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

EKS_CLUSTER = "eks:index:Cluster"
ADD_ON = "aws:eks/addon:Addon"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "node_subnet_ids": ["subnet-3", "subnet-4"]}
OUTPUTS = (
    *("name", "arn", "endpoint", "version", "vpc_id", "kubeconfig", "node_security_group_id"),
    *("system_node_role_arn", "system_node_role_name"),
)
ADMINISTRATORS = ["arn:aws:iam::111122223333:role/admin", "arn:aws:iam::444455556666:role/admin"]


def deploy(**args: Any) -> Plan:
    def program() -> None:
        cluster = Cluster(
            "llm",
            cast(ClusterArgs, NETWORK | {name: value() if callable(value) else value for name, value in args.items()}),
        )
        for output in OUTPUTS:
            pulumi.export(output, getattr(cluster, output))

    return run(program, config={"aws:region": "eu-west-1"})


def add_on(plan: Plan, name: str) -> Resource:
    return plan.resource(ADD_ON, f"llm-{name}")


def test_the_control_plane_is_private_encrypted_and_logged() -> None:
    inputs = deploy().resource(EKS_CLUSTER).inputs
    assert inputs["version"] == "1.35"
    assert inputs["upgradePolicy"] == {"supportType": "STANDARD"}
    assert inputs["authenticationMode"] == "API"
    assert (inputs["endpointPrivateAccess"], inputs["endpointPublicAccess"]) == (True, False)
    assert "publicAccessCidrs" not in inputs
    assert inputs["encryptionConfigKeyArn"].endswith("kms/key:Key::llm-secrets.arn}")
    assert set(inputs["enabledClusterLogTypes"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    assert not inputs["createOidcProvider"]


def test_whoever_may_ask_the_api_server_is_named() -> None:
    inputs = deploy(endpoint_public_access=True, public_access_cidrs=["203.0.113.7/32"]).resource(EKS_CLUSTER).inputs
    assert inputs["endpointPublicAccess"]
    assert inputs["publicAccessCidrs"] == ["203.0.113.7/32"]


def test_pulumi_eks_makes_nothing_that_is_not_pinned() -> None:
    inputs = deploy().resource(EKS_CLUSTER).inputs
    assert inputs["skipDefaultNodeGroup"]
    assert inputs["useDefaultVpcCni"]
    assert not inputs["bootstrapSelfManagedAddons"]
    assert not inputs["kubeProxyAddonOptions"]["enabled"]
    assert not inputs["corednsAddonOptions"]["enabled"]


def test_logs_are_kept_for_as_long_as_set() -> None:
    plan = deploy(log_retention_in_days=30, cluster_name="production")
    group = plan.resource("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs == {"name": "/aws/eks/production/cluster", "retentionInDays": 30}
    assert group.urn in plan.resource(EKS_CLUSTER).dependencies


def test_administrators_have_access_entries() -> None:
    arn = "arn:aws-us-gov:iam::111122223333:role/admin"
    (entry,) = deploy(administrators=[arn]).resource(EKS_CLUSTER).inputs["accessEntries"].values()
    assert entry["principalArn"] == arn
    assert entry["accessPolicies"] == {
        "administrator": {
            "policyArn": "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
            "accessScope": {"type": "cluster"},
        }
    }


def access_entries(*administrators: Any) -> dict[str, Any]:
    plan = deploy(administrators=lambda: [one() if callable(one) else one for one in administrators])
    entries: dict[str, Any] = plan.resource(EKS_CLUSTER).inputs["accessEntries"]
    return entries


def test_an_administrator_less_changes_nothing_of_the_others() -> None:
    first, second = ADMINISTRATORS
    assert len(access_entries(first, second)) == 2
    assert access_entries(second).items() < access_entries(first, second).items()
    assert access_entries(second, first) == access_entries(first, second)


def test_an_administrator_may_be_known_later() -> None:
    def later() -> Any:
        return pulumi.Output.from_input("arn:aws-us-gov:iam::111122223333:role/later")

    entries = access_entries(ADMINISTRATORS[0], later)
    assert len(entries) == 2
    assert access_entries(later).items() < entries.items()
    (entry,) = access_entries(later).values()
    assert entry["principalArn"] == "arn:aws-us-gov:iam::111122223333:role/later"
    policy = entry["accessPolicies"]["administrator"]["policyArn"]
    assert policy == "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_every_add_on_is_pinned(version: str) -> None:
    plan = deploy(version=version)
    versions = {resource.inputs["addonName"]: resource.inputs["addonVersion"] for resource in plan.of_type(ADD_ON)}
    assert versions == KUBERNETES_VERSIONS[version].add_ons
    assert versions["kube-proxy"].startswith(f"v{version}.")
    assert versions.keys() == {item.name for item in EKS_ADD_ONS}


def test_a_version_of_an_add_on_can_be_chosen() -> None:
    plan = deploy(eks_add_on_versions={"coredns": "v9.9.9-eksbuild.1"})
    assert add_on(plan, "coredns").inputs["addonVersion"] == "v9.9.9-eksbuild.1"


def test_add_ons_do_not_wait_for_nodes_and_nodes_do_not_wait_for_deployments() -> None:
    plan = deploy()
    nodes = plan.resource(NODE_GROUP)
    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "eks-node-monitoring-agent"):
        assert add_on(plan, name).urn in nodes.dependencies
        assert nodes.urn not in add_on(plan, name).dependencies
    for name in ("coredns", "aws-ebs-csi-driver", "metrics-server"):
        assert nodes.urn in add_on(plan, name).dependencies


def test_pods_get_prefixes_in_the_subnet_of_their_node() -> None:
    environment = json.loads(add_on(deploy(), "vpc-cni").inputs["configurationValues"])["env"]
    assert (environment["ENABLE_PREFIX_DELEGATION"], environment["ENABLE_SUBNET_DISCOVERY"]) == ("true", "false")


def test_permissions_come_by_pod_identity_alone() -> None:
    plan = deploy()
    service_accounts = {
        association.inputs["serviceAccount"]
        for association in plan.of_type("aws:eks/podIdentityAssociation:PodIdentityAssociation")
    }
    assert service_accounts == {"aws-node", "ebs-csi-controller-sa"}
    assert not any("serviceAccountRoleArn" in resource.inputs for resource in plan.of_type(ADD_ON))
    attached = {
        attachment.inputs["policyArn"].rpartition("/")[2]
        for attachment in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if "system-nodes" in attachment.name
    }
    assert "AmazonEKS_CNI_Policy" not in attached
    assert "AmazonEKSWorkerNodePolicy" in attached


def test_system_nodes_are_on_demand_tainted_and_hardened() -> None:
    plan = deploy(system_nodes={"disk_gib": 80})
    nodes = plan.resource(NODE_GROUP).inputs
    assert nodes["capacityType"] == "ON_DEMAND"
    assert nodes["subnetIds"] == ["subnet-3", "subnet-4"]
    assert nodes["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    assert nodes["labels"] == {"neuronserve.io/nodes": "system"}
    assert nodes["scalingConfig"] == {"minSize": 2, "maxSize": 4, "desiredSize": 2}
    template = plan.resource("aws:ec2/launchTemplate:LaunchTemplate").inputs
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = template["blockDeviceMappings"]
    assert disk["ebs"] == {"volumeType": "gp3", "volumeSize": 80, "encrypted": "true", "deleteOnTermination": "true"}


def test_deployments_of_add_ons_tolerate_the_system_nodes() -> None:
    plan = deploy()
    for name in ("coredns", "metrics-server", "aws-ebs-csi-driver"):
        values = json.loads(add_on(plan, name).inputs["configurationValues"])
        place = values.get("controller", values)
        assert place["nodeSelector"] == plan.resource(NODE_GROUP).inputs["labels"]
        assert place["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def test_outputs_are_those_of_the_cluster() -> None:
    plan = deploy()
    urn = plan.resource(EKS_CLUSTER).urn
    role = plan.resource("aws:iam/role:Role", "llm-system-nodes").urn
    assert plan.outputs == {
        "arn": "arn:aws:eks:eu-west-1:000000000000:cluster/llm-dev",
        "endpoint": f"${{{urn}.eksCluster.endpoint}}",
        "kubeconfig": "[secret]",
        "name": "llm-dev",
        "node_security_group_id": f"${{{urn}.eksCluster.vpcConfig.clusterSecurityGroupId}}",
        "system_node_role_arn": f"${{{role}.arn}}",
        "system_node_role_name": f"${{{role}.name}}",
        "version": "1.35",
        "vpc_id": "vpc-1",
    }


def test_all_mistakes_are_reported_at_once_and_nothing_is_made() -> None:
    wrong = {"version": "1.0", "endpoint_public_access": True, "log_retention_in_days": 2, "logs": True}
    with pytest.raises(InvalidSettingsError) as caught:
        Cluster("llm", cast(ClusterArgs, NETWORK | wrong))
    named = [problem.split()[0] for problem in caught.value.problems]
    assert named == ["logs", "version", "endpoint_public_access", "log_retention_in_days"]


def test_gp3_is_the_default_class_of_volumes() -> None:
    plan = run(lambda: DefaultStorageClass("storage", {}))
    inputs = plan.resource("kubernetes:storage.k8s.io/v1:StorageClass").inputs
    assert inputs["metadata"]["name"] == "gp3"
    assert inputs["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert inputs["provisioner"] == "ebs.csi.aws.com"
    assert inputs["parameters"] == {"type": "gp3", "encrypted": "true"}


@pytest.mark.parametrize(("profile", "first"), [("work", ["--profile", "work"]), (None, ["--region", "eu-west-1"])])
def test_the_kubeconfig_has_the_profile_that_pulumi_eks_leaves_out(profile: str | None, first: list[str]) -> None:
    def program() -> None:
        cluster = Cluster("llm", cast(ClusterArgs, NETWORK | {"aws_profile": profile}))
        pulumi.export("readable", pulumi.Output.unsecret(cluster.kubeconfig))

    (user,) = json.loads(run(program, config={"aws:region": "eu-west-1"}).outputs["readable"])["users"]
    assert user["user"]["exec"]["args"][:2] == first
