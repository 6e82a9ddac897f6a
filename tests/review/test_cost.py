from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.components import Cluster, HeadStorage, LlmService, Network
from neuronserve.plan.program import run
from neuronserve.review.cost import CostAtRest, HourlyCost, Span, cost_at_rest, hourly_cost
from tests.spoilt_plan import with_service_like


def at_rest(program: Callable[[], object]) -> dict[str, float]:
    cost = cost_at_rest(run(program))
    return cost.parts if cost else {}


def test_a_cluster_costs_its_control_plane_and_its_nodes() -> None:
    network: dict[str, Any] = {"vpc_id": "vpc-1", "subnet_ids": ["a", "b"], "node_subnet_ids": ["a", "b"]}
    nodes = {"instance_types": ["m7i.xlarge"], "min_size": 3, "disk_gib": 100}
    parts = at_rest(lambda: Cluster("c", {**network, "system_nodes": nodes}))  # type: ignore[typeddict-item]
    assert parts == {
        "EKS": pytest.approx(73),
        "KMS": 1,
        "system nodes": pytest.approx(3 * 0.2016 * 730),
        "disks": pytest.approx(24),
    }


def test_a_network_costs_its_ways_out() -> None:
    parts = at_rest(
        lambda: Network(
            "n",
            {
                "region": "us-west-2",
                "availability_zone_ids": ["usw2-az1", "usw2-az2", "usw2-az3"],
                "nat_gateways": "OnePerZone",  # type: ignore[typeddict-item]
                "interface_endpoints": ["sts", "ec2"],  # type: ignore[list-item]
            },
        )
    )
    assert parts == {
        "NAT": pytest.approx(3 * 32.85),
        "public addresses": pytest.approx(3 * 3.65),
        "endpoints": pytest.approx(6 * 7.3),
    }


def test_a_valkey_costs_its_two_nodes() -> None:
    args: Any = {"vpc_id": "vpc-1", "subnet_ids": ["a", "b"], "client_security_group_id": "sg-1"}
    assert at_rest(lambda: HeadStorage("s", args)) == {"ElastiCache": pytest.approx(18.688)}
    cost = cost_at_rest(run(lambda: HeadStorage("s", args | {"node_type": "cache.m7g.large"})))
    assert cost
    assert cost.unknown == ("2 ElastiCache nodes cache.m7g.large",)


def test_what_is_not_made_costs_nothing() -> None:
    assert cost_at_rest(run(lambda: aws.ec2.Vpc("v", cidr_block="10.0.0.0/16"))) is None


def service(**changes: Any) -> Callable[[], object]:
    model = {
        "name": "NousResearch/Meta-Llama-3-8B-Instruct",
        "tensor_parallel_size": 2,
        "max_model_len": 4096,
        "max_num_seqs": 8,
    }
    args: Any = {"image": "i", "model": model, **changes}
    return lambda: LlmService("llm", args)


def test_workers_cost_their_nodes_or_their_share_of_them() -> None:
    whole = hourly_cost(run(service(instance_type="inf2.8xlarge", replicas={"min": 1, "max": 2})))
    assert whole == HourlyCost({"llm": Span(pytest.approx(1.96786), pytest.approx(2 * 1.96786))})
    share = hourly_cost(run(service(instance_type="inf2.48xlarge", worker={"neuron_chips": 3}, replicas={"min": 3})))
    assert share == HourlyCost({"llm": Span(pytest.approx(12.98127 / 4), pytest.approx(12.98127 / 4))})


def test_the_sum_is_said() -> None:
    assert str(CostAtRest({"EKS": 73.0, "NAT": 32.85})).startswith(
        "at rest, without workers, about $106 a month (EKS $73, NAT $33); on top come traffic"
    )


def test_several_services_are_summed_and_each_is_named() -> None:
    plan = with_service_like(run(service(instance_type="inf2.8xlarge", replicas={"min": 1, "max": 2})), "b", replicas=3)
    cost = hourly_cost(plan)
    assert cost
    assert cost.total == Span(pytest.approx(4 * 1.96786), pytest.approx(5 * 1.96786))
    assert str(cost).startswith(
        "workers $7.87 to $9.84 an hour (llm $1.97 to $3.94, b $5.90) on demand (us-east-1, 2026-01-19)"
    )


def test_one_service_is_not_named() -> None:
    cost = hourly_cost(run(service(instance_type="inf2.8xlarge")))
    assert str(cost) == "workers $1.97 an hour on demand (us-east-1, 2026-01-19)"


def test_a_service_without_accelerators_costs_no_accelerated_workers() -> None:
    model = {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16}
    assert hourly_cost(run(service(accelerator="cpu", model=model))) is None


def test_a_node_whose_price_is_not_known_is_said_and_not_guessed() -> None:
    nodes: dict[str, Any] = {
        "cluster_name": "c",
        "node_role_arn": "arn:aws:iam::1:role/a",
        "subnet_ids": ["subnet-1"],
        "scaling_config": {"desired_size": 2, "min_size": 2, "max_size": 2},
    }
    cost = cost_at_rest(run(lambda: aws.eks.NodeGroup("n", instance_types=["c7i.large"], **nodes)))
    assert cost
    assert cost.unknown == ("2 system nodes c7i.large",)
    assert "system nodes" not in cost.parts
    assert "on top come 2 system nodes c7i.large, whose price is not known here; traffic" in str(cost)


def test_load_balancers_cost_and_one_that_is_shared_costs_once() -> None:
    def ingress(name: str, scheme: str, group: str | None) -> None:
        annotations = {"scheme": scheme, **({"group.name": group} if group else {})}
        prefixed = {f"alb.ingress.kubernetes.io/{key}": value for key, value in annotations.items()}
        kubernetes.networking.v1.Ingress(name, metadata={"annotations": prefixed})

    def program() -> None:
        ingress("own", "internal", None)
        ingress("first", "internet-facing", "shared")
        ingress("second", "internet-facing", "shared")
        kubernetes.networking.v1.Ingress("theirs", metadata={"annotations": {"nginx.ingress.kubernetes.io/x": "y"}})

    assert at_rest(program) == {
        "load balancers": pytest.approx(2 * 16.425),
        "public addresses": pytest.approx(2 * 3.65),  # in the two zones that a load balancer has at least
    }
