"""Which resource is which, when names change."""

import pulumi
from pulumi_aws import ec2

from neuronserve.review.diff.resources import Action
from tests.review.diff.plans import actions, compared, in_group


def test_a_name_without_an_alias_is_another_resource() -> None:
    found = actions(lambda: in_group("old"), lambda: in_group("new"))
    assert (found["old-vpc"], found["new-vpc"]) == (Action.DELETED, Action.CREATED)
    assert found["subnet"] is Action.REPLACED


def test_an_alias_keeps_a_component_and_what_is_in_it() -> None:
    found = compared(lambda: in_group("old"), lambda: in_group("new", [pulumi.Alias(name="old")]))
    assert {diff.action for diff in found.values()} == {Action.SAME}
    assert found["new-vpc"].former_urn == "urn:pulumi:dev::project::app:index:Group$aws:ec2/vpc:Vpc::old-vpc"
    assert found["subnet"].former_urn is None


def test_a_resource_that_moves_into_a_component_stays_with_an_alias() -> None:
    def before() -> None:
        ec2.Vpc("group-vpc", cidr_block="10.0.0.0/16")

    moved = pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
    found = compared(before, lambda: in_group("group", child=moved))
    assert found["group-vpc"].action is Action.SAME
    assert found["group-vpc"].former_urn == "urn:pulumi:dev::project::aws:ec2/vpc:Vpc::group-vpc"
