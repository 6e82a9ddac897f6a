"""A stack whose service comes to be exposed, by the real engine: it waits for the load balancer, both ways."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.changes import CHANGES_STACK, EXPOSE, SERVICE
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import RETAINED_IN_AWS, prepared, still_in_aws
from tests.engine.load_balancer_controller import LoadBalancerController
from tests.engine.pulumi_cli import Project, Run
from tests.engine.test_life import RETAINED


@dataclass
class Exposed:
    """What was said of the stack, and what it left."""

    exposing: Run
    outputs: dict[str, Any]
    second_up: Run
    refresh: Run
    destroy: Run
    deleted: list[str]
    state_left: dict[str, dict[str, Any]]
    left_in_cluster: set[str]
    left_in_aws: set[str]


@pytest.fixture(scope="module")
def exposed(engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path_factory: pytest.TempPathFactory) -> Exposed:
    if not engine["STANDIN_TOKEN"]:
        pytest.skip("the kubeconfig's user has no token, as a user of EKS has")
    project = prepared(Project.copied(tmp_path_factory.mktemp("exposed"), CHANGES_STACK, engine), empty_cluster)
    before = empty_cluster.contents()
    with (
        empty_cluster.operated(),
        LoadBalancerController(empty_cluster) as controller,
        project.gone_after_failure(),
    ):
        project.up().succeeded()
        config = project.config
        config["neuronserve:services"][SERVICE]["expose"] = EXPOSE
        project.config = config
        exposing = project.up().succeeded()
        (stack,) = (one for one in project.export().values() if one["type"] == "pulumi:pulumi:Stack")
        second_up, refresh = project.up().succeeded(), project.refresh().succeeded()
        destroy = project.destroy().succeeded()
    return Exposed(
        exposing,
        stack["outputs"],
        second_up,
        refresh,
        destroy,
        controller.deleted,
        project.export(),
        empty_cluster.contents() - before,
        still_in_aws(project),
    )


def test_a_service_that_runs_is_exposed_as_it_is(exposed: Exposed) -> None:
    changed = {urn.rpartition("::")[2]: operation for operation, urn in exposed.exposing.steps}
    assert changed[f"{SERVICE}-ingress"] == "create"
    assert changed[f"{SERVICE}-ray-service"] == "update"
    assert not {"replace", "create-replacement", "delete"} & set(changed.values())


def test_up_ends_with_the_name_of_the_load_balancer(exposed: Exposed) -> None:
    service = exposed.outputs["services"][SERVICE]
    assert service["endpoint"] == "https://llm.example.com/v1"
    assert service["loadBalancer"] == f"k8s-{SERVICE}.us-west-2.elb.amazonaws.com"


def test_what_the_controller_writes_is_no_change(exposed: Exposed) -> None:
    assert set(exposed.second_up.changes) == {"same"}, exposed.second_up.steps
    assert set(exposed.refresh.changes) == {"same"}, exposed.refresh.steps


def test_destroy_waits_until_the_controller_has_deleted_the_load_balancer(exposed: Exposed) -> None:
    """The controller acts only as long as its release is there, and without it the Ingress would never go."""
    assert exposed.deleted == [SERVICE]
    order = [urn.rpartition("::")[2] for operation, urn in exposed.destroy.steps if operation == "delete"]
    ingress, release, policy, bucket = (
        order.index(name)
        for name in (
            f"{SERVICE}-ingress",
            "platform-load-balancer-controller-chart",
            "platform-load-balancer-controller-identity-policy",
            "access-logs-bucket",
        )
    )
    assert ingress < min(release, policy, bucket)


def test_destroy_leaves_nothing(exposed: Exposed) -> None:
    assert exposed.state_left == {}
    assert {left for left in exposed.left_in_cluster if not left.startswith(RETAINED)} == set()
    assert {left for left in exposed.left_in_aws if RETAINED_IN_AWS not in left} == set()
