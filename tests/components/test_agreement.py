"""Names that two components of a program have to say alike: another one is warned of, as nothing would fail by it."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from neuronserve.components import Cluster, ExistingCluster, Karpenter, Network, NodePool, PodIdentity
from neuronserve.plan.program import run
from tests.components.every_component import FEWEST

OF_KARPENTER = FEWEST["Karpenter"]


def network(**args: Any) -> Network:
    return Network("net", {"region": "us-west-2", **args})


def pool(name: str, tag: Any) -> None:
    NodePool(name, {**FEWEST["NodePool"], "discovery_tag": tag})


def cluster(**args: Any) -> Cluster:
    return Cluster("eks", {**FEWEST["Cluster"], **args})


def karpenter(cluster_name: Any) -> None:
    Karpenter("karpenter", {**OF_KARPENTER, "cluster_name": cluster_name})


def warnings(*made: Callable[[], object]) -> tuple[str, ...]:
    return run(lambda: [make() for make in made]).diagnostics


def test_a_pool_that_would_find_no_subnet_is_told_once() -> None:
    (warning,) = warnings(network, lambda: pool("chips", "e"), lambda: pool("heads", "e"))
    assert warning == (
        "warning: NodePool chips: discovery_tag is 'e', a discovery tag that nothing in this program has: that of "
        "Network net is 'net'. Karpenter would find no subnet for the nodes, and none would ever start. Set "
        "discovery_tag to the output discovery_tag of the Network, unless another program makes what is meant."
    )


@pytest.mark.parametrize("of", [str, pulumi.Output.from_input], ids=["plain", "known later"])
def test_karpenter_for_another_cluster_is_told_once(of: Callable[[str], Any]) -> None:
    (warning,) = warnings(lambda: cluster(cluster_name=of("e")), lambda: karpenter("f"))
    assert warning.startswith(
        "warning: Karpenter karpenter: cluster_name is 'f', a cluster name that nothing in this program has: that of "
        "Cluster eks is 'e'."
    )


def test_so_is_whatever_acts_in_aws_for_it() -> None:
    identity = {**FEWEST["PodIdentity"], "cluster_name": "f"}
    (warning,) = warnings(lambda: ExistingCluster("there", {"name": "e"}), lambda: PodIdentity("reader", identity))
    assert "PodIdentity reader: cluster_name is 'f'" in warning
    assert "ExistingCluster there is 'e'" in warning


@pytest.mark.parametrize(
    "made",
    [
        [network, lambda: pool("chips", "net")],
        [lambda: pool("chips", network().discovery_tag)],
        [network, lambda: Network("other", {"region": "us-west-2"}), lambda: pool("chips", "other")],
        [lambda: pool("chips", "e")],
        [network, lambda: NodePool("chips", {**FEWEST["NodePool"], "discovery_tag": None, "subnet_ids": ["subnet-1"]})],
        [cluster, lambda: karpenter("eks-dev")],
        [lambda: karpenter(cluster().name)],
    ],
)
def test_nothing_is_said_of_what_is_right_or_somebody_elses(made: list[Callable[[], object]]) -> None:
    assert warnings(*made) == ()


def test_one_program_knows_nothing_of_another() -> None:
    assert warnings(network) == ()
    assert warnings(lambda: pool("chips", "e")) == ()
