from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.network.args import ExistingNetworkArgs
from neuronserve.components.network.existing_network import ExistingNetwork
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

OUTPUTS = ("vpc_id", "private_subnet_ids", "public_subnet_ids", "intra_subnet_ids")
ARGS: dict[str, Any] = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}


def deploy(**args: Any) -> Plan:
    def program() -> None:
        later = {name: value() if callable(value) else value for name, value in (ARGS | args).items()}
        network = ExistingNetwork("net", cast(ExistingNetworkArgs, later))
        for output in OUTPUTS:
            pulumi.export(output, getattr(network, output))

    return run(program)


def test_a_network_that_is_there_is_taken_as_it_is() -> None:
    plan = deploy()
    assert [resource.type for resource in plan.resources] == ["neuronserve:index:ExistingNetwork"]
    assert plan.outputs == {
        "vpc_id": "vpc-1",
        "private_subnet_ids": ["subnet-1", "subnet-2"],
        "intra_subnet_ids": ["subnet-1", "subnet-2"],
        "public_subnet_ids": [],
    }


def test_each_kind_of_subnet_can_be_named() -> None:
    kinds = {f"{kind}_subnet_ids": [f"{kind}-1", f"{kind}-2"] for kind in ("private", "intra", "public")}
    assert deploy(**kinds).outputs == {"vpc_id": "vpc-1"} | kinds


def output(value: Any) -> Any:
    return lambda: pulumi.Output.from_input(value)


@pytest.mark.parametrize(
    "subnets",
    [
        output(["subnet-1", "subnet-2"]),
        lambda: [pulumi.Output.from_input("subnet-1"), pulumi.Output.from_input("subnet-2")],
        lambda: ["subnet-1", pulumi.Output.from_input("subnet-2")],
    ],
    ids=["all of them", "each of them", "one of them"],
)
def test_ids_may_be_outputs_of_another_stack(subnets: Any) -> None:
    plan = deploy(vpc_id=output("vpc-9"), private_subnet_ids=subnets, public_subnet_ids=subnets)
    known = ["subnet-1", "subnet-2"]
    assert plan.outputs == {
        "vpc_id": "vpc-9",
        "private_subnet_ids": known,
        "intra_subnet_ids": known,
        "public_subnet_ids": known,
    }


def test_nothing_of_a_network_that_is_there_can_be_set() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        ExistingNetwork("net", cast(ExistingNetworkArgs, ARGS | {"cidr_block": "10.2.0.0/16"}))
    assert [problem.split()[0] for problem in caught.value.problems] == ["cidr_block"]
