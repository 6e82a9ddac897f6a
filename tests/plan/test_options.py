"""What a plan keeps of the options of a resource."""

from typing import Any

import pulumi
from pulumi_aws import ec2

from neuronserve.plan.program import run


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("app:index:Group", name, None, opts)


def options_of_vpc(opts: pulumi.ResourceOptions) -> dict[str, Any]:
    def program() -> None:
        group = Group("group")
        ec2.Vpc(
            "new",
            cidr_block="10.0.0.0/16",
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=group)),
        )

    return run(program).resource("aws:ec2/vpc:Vpc").options


def test_options_that_are_not_set_are_not_there() -> None:
    assert options_of_vpc(pulumi.ResourceOptions()) == {}


def test_options_that_decide_on_a_change_are_kept_by_the_names_of_pulumi() -> None:
    opts = pulumi.ResourceOptions(
        ignore_changes=["tags"], replace_on_changes=["enableDnsSupport"], retain_on_delete=True
    )
    assert options_of_vpc(opts) == {
        "ignoreChanges": ["tags"],
        "replaceOnChanges": ["enableDnsSupport"],
        "retainOnDelete": True,
    }
    assert options_of_vpc(pulumi.ResourceOptions(delete_before_replace=True)) == {"deleteBeforeReplace": True}


def test_where_an_input_comes_from_is_kept_if_its_value_does_not_say_it() -> None:
    def program() -> None:
        vpc = ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
        ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block=vpc.cidr_block)

    subnet = run(program).resource("aws:ec2/subnet:Subnet")
    assert subnet.options == {"propertyDependencies": {"cidrBlock": ["urn:pulumi:dev::project::aws:ec2/vpc:Vpc::vpc"]}}


def test_an_alias_is_the_urn_that_it_stands_for() -> None:
    aliases = [
        pulumi.Alias(name="old"),
        pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE),
        pulumi.Alias(stack="test", project="web", type_="aws:ec2/subnet:Subnet"),
        "urn:pulumi:dev::project::aws:ec2/vpc:Vpc::other",
    ]
    assert options_of_vpc(pulumi.ResourceOptions(aliases=aliases))["aliases"] == [
        "urn:pulumi:dev::project::app:index:Group$aws:ec2/vpc:Vpc::old",
        "urn:pulumi:dev::project::aws:ec2/vpc:Vpc::new",
        "urn:pulumi:test::web::app:index:Group$aws:ec2/subnet:Subnet::new",
        "urn:pulumi:dev::project::aws:ec2/vpc:Vpc::other",
    ]
