"""What becomes of each resource of a plan."""

import json
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2, eks, iam

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.plan import Resource
from neuronserve.plan.program import run
from neuronserve.review.diff.properties import Change
from neuronserve.review.diff.resources import Action, Force, resource_diffs
from tests.review.diff.plans import actions, compared, kubernetes_object, network, plan_with

POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
VPC_URN = "urn:pulumi:dev::project::aws:ec2/vpc:Vpc::vpc"


def test_the_same_plan_is_no_difference() -> None:
    assert set(actions(network, network).values()) == {Action.SAME}


def test_what_comes_and_what_goes() -> None:
    both = actions(lambda: ec2.Vpc("old", cidr_block="10.0.0.0/16"), lambda: ec2.Vpc("new", cidr_block="10.0.0.0/16"))
    assert both == {"old": Action.DELETED, "new": Action.CREATED}


def test_an_input_that_may_change_is_an_update() -> None:
    found = compared(network, lambda: network(map_public_ip_on_launch=True))
    assert found["subnet"].action is Action.UPDATED
    assert found["subnet"].changes == (Change("mapPublicIpOnLaunch", found["subnet"].changes[0].old, True),)
    assert found["vpc"].action is Action.SAME


def test_what_is_replaced_replaces_those_that_need_it_and_says_why() -> None:
    found = compared(network, lambda: network("10.1.0.0/16"))
    assert found["vpc"].forced_by == (Force("cidrBlock"),)
    assert found["subnet"].forced_by == (Force("vpcId", VPC_URN),)
    assert found["subnet"].changes[0].because == VPC_URN
    assert not found["vpc"].deleted_first


def test_another_value_of_an_input_that_may_change_is_an_update() -> None:
    def program(cidr: str) -> None:
        vpc = ec2.Vpc("vpc", cidr_block=cidr)
        ec2.Eip("address", tags={"vpc": vpc.id})

    assert actions(lambda: program("10.0.0.0/16"), lambda: program("10.1.0.0/16"))["address"] is Action.UPDATED


def test_options_of_the_new_program_count() -> None:
    ignored = pulumi.ResourceOptions(ignore_changes=["cidrBlock"])
    assert actions(network, lambda: network("10.1.0.0/16", ignored))["vpc"] is Action.SAME

    def tagged(team: str) -> None:
        opts = pulumi.ResourceOptions(replace_on_changes=["tags"], delete_before_replace=True)
        ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags={"team": team}, opts=opts)

    vpc = compared(lambda: tagged("a"), lambda: tagged("b"))["vpc"]
    assert vpc.action is Action.REPLACED
    assert vpc.deleted_first


def test_a_type_of_which_nothing_is_known_says_so() -> None:
    def program(name: str) -> None:
        ec2.KeyPair("pair", public_key="ssh-ed25519 AAAA", key_name=name)

    pair = compared(lambda: program("a"), lambda: program("b"))["pair"]
    assert pair.action is Action.UPDATED
    assert pair.unknown_type


def test_another_region_of_the_provider_makes_all_of_it_anew_but_what_has_no_region() -> None:
    import pulumi_aws as aws

    def program(region: str) -> None:
        opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region))
        ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=opts)
        iam.Role("role", assume_role_policy=POLICY, opts=opts)

    found = actions(lambda: program("us-west-2"), lambda: program("us-east-1"))
    assert (found["vpc"], found["role"]) == (Action.REPLACED, Action.SAME)


def test_a_launch_template_that_changes_has_a_next_version_unless_its_tags_alone_do() -> None:
    def program(image: str, team: str) -> None:
        template = ec2.LaunchTemplate("template", image_id=image, tags={"team": team})
        eks.NodeGroup(
            "nodes",
            cluster_name="c",
            node_role_arn="arn:aws:iam::111122223333:role/nodes",
            subnet_ids=["subnet-1"],
            scaling_config={"desired_size": 1, "max_size": 1, "min_size": 1},
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        )

    assert actions(lambda: program("a", "x"), lambda: program("b", "x"))["nodes"] is Action.UPDATED
    assert actions(lambda: program("a", "x"), lambda: program("a", "y"))["nodes"] is Action.SAME


def test_what_goes_first_takes_along_what_others_have_of_its_name() -> None:
    def program(role_path: str) -> None:
        role = iam.Role("role", name="fixed", path=role_path, assume_role_policy=POLICY)
        policy = iam.RolePolicy("policy", role=role.name, policy=POLICY)
        ec2.Eip("address", opts=pulumi.ResourceOptions(depends_on=[policy]))

    found = compared(lambda: program("/a/"), lambda: program("/b/"))
    assert found["role"].deleted_first
    assert found["policy"].action is Action.REPLACED
    assert found["policy"].deleted_first
    assert found["address"].action is Action.SAME


def kubernetes_change(old: Resource, new: Resource, **provider: str) -> Any:
    others = []
    if provider:
        others = [a_provider(**provider)]
        old, new = (replace(one, provider=others[0].urn) for one in (old, new))
    (found,) = (
        diff
        for diff in resource_diffs(plan_with(old, *others), plan_with(new, *others))
        if diff.resource.type == new.type
    )
    return found


def a_provider(clusters: tuple[str, ...] = (), **inputs: str) -> Resource:
    token = "pulumi:providers:kubernetes"
    urn = f"urn:pulumi:dev::project::{token}::k8s"
    options = {"propertyDependencies": {"kubeconfig": list(clusters)}}
    return Resource(urn, token, "k8s", None, True, False, inputs, list(clusters), None, False, options)


@pytest.mark.parametrize(
    ("kind", "api", "before", "after"),
    [
        ("Deployment", "apps/v1", {"spec": {"selector": {"a": "b"}}}, {"spec": {"selector": {"a": "c"}}}),
        ("Service", "v1", {"spec": {"clusterIP": "10.0.0.1"}}, {"spec": {"clusterIP": "10.0.0.2"}}),
        ("StorageClass", "storage.k8s.io/v1", {"parameters": {"type": "gp2"}}, {"parameters": {"type": "gp3"}}),
        ("Job", "batch/v1", {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}),
        ("PersistentVolumeClaim", "v1", {"spec": {"storageClassName": "a"}}, {"spec": {"storageClassName": "b"}}),
    ],
)
def test_fields_that_no_object_can_change(kind: str, api: str, before: Any, after: Any) -> None:
    found = kubernetes_change(kubernetes_object(kind, api, **before), kubernetes_object(kind, api, **after))
    assert found.action is Action.REPLACED
    assert found.deleted_first


def test_an_object_of_another_namespace_is_there_before_the_old_one_goes() -> None:
    old, new = (kubernetes_object("RayService", "ray.io/v1", metadata={"namespace": name}) for name in ("a", "b"))
    found = kubernetes_change(old, new)
    assert found.forced_by == (Force("metadata.namespace"),)
    assert not found.deleted_first


@pytest.mark.parametrize(
    ("provider", "immutable", "action"),
    [
        ({}, False, Action.REPLACED),
        ({"enableSecretMutable": "true"}, False, Action.UPDATED),
        ({"enableSecretMutable": "true"}, True, Action.REPLACED),
    ],
)
def test_a_secret_changes_where_the_provider_lets_it(provider: Any, immutable: bool, action: Action) -> None:
    old, new = (kubernetes_object("Secret", data={key: SECRET}, immutable=immutable) for key in ("a", "b"))
    assert kubernetes_change(old, new, **provider).action is action


def test_a_secret_that_comes_from_elsewhere_may_be_another() -> None:
    def program(source: str) -> None:
        names = {name: ec2.Vpc(name, cidr_block="10.0.0.0/16") for name in ("a", "b")}
        ec2.Eip("address", tags=pulumi.Output.secret(names[source].id.apply(lambda vpc: {"vpc": vpc})))

    found = compared(lambda: program("a"), lambda: program("b"))["address"]
    assert found.changes == (Change("tags", SECRET, SECRET),)
    of_an_earlier_version = replace(run(lambda: program("a")), resources=[])
    of_an_earlier_version.resources.extend(replace(one, options={}) for one in run(lambda: program("a")).resources)
    found = {one.resource.name: one for one in resource_diffs(of_an_earlier_version, run(lambda: program("b")))}[
        "address"
    ]
    assert found.action is Action.SAME


def test_another_cluster_replaces_all_that_is_in_it() -> None:
    token = "eks:index:Cluster"
    cluster = Resource(
        f"urn:pulumi:dev::project::{token}::c", token, "c", None, False, True, {"name": "one"}, [], None, False
    )
    provider = a_provider((cluster.urn,), kubeconfig=SECRET)
    inside = replace(kubernetes_object("Namespace"), provider=provider.urn)
    other = replace(cluster, inputs={"name": "two"})
    found = resource_diffs(plan_with(cluster, provider, inside), plan_with(other, provider, inside))
    assert {diff.action for diff in found} == {Action.REPLACED}
    assert all(diff.deleted_first for diff in found)
    named = replace(provider, inputs={"kubeconfig": SECRET, "clusterIdentifier": "mine"})
    found = resource_diffs(plan_with(cluster, named, inside), plan_with(other, named, inside))
    assert [diff.resource.type for diff in found if diff.action is Action.REPLACED] == [token]
