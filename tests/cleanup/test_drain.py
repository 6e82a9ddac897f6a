"""Before `pulumi destroy`, on a real API server and moto: what is the stack's, in order, as often as it takes."""

import base64
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.cleanup import drain as draining
from neuronserve.cleanup.objects import NODE_CLAIM, RAY_SERVICE, Objects
from neuronserve.cleanup.scope import Scope
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.status.kubeconfig import api_client
from tests.cleanup.command import Command, started
from tests.cleanup.conftest import CLUSTER, STACK, Place, Quiet
from tests.cleanup.controllers import (
    Controllers,
    ingress,
    let_all_go,
    namespace,
    node_claim,
    node_pool,
    ray_service,
    service,
    volume_and_claim,
)
from tests.kubernetes_api import KubernetesApi
from tests.preflight.account import Account
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
DEADLINE_S = 60
OURS, OTHERS = "vllm", "vllm-2"


@dataclasses.dataclass
class Cluster:
    """What is planted in the cluster, and in AWS for it."""

    kubeconfig: str
    api: KubernetesApi
    place: Place
    retained: str
    """Id of a volume that its owner wants to keep."""
    made: dict[str, str]
    plain: list[dict[str, Any]]
    """Objects that keep nothing in AWS."""

    def controllers(self) -> Controllers:
        return Controllers(self.kubeconfig, self.place.garden, self.made)

    def objects(self) -> Objects:
        return Objects(api_client(self.kubeconfig))

    @property
    def has_ray_services(self) -> bool:
        return bool(self.objects().of(RAY_SERVICE))

    @property
    def node_claims(self) -> set[str]:
        return {one["metadata"]["name"] for one in self.objects().of(NODE_CLAIM)}


@pytest.fixture
def cluster(kubeconfig: str, place: Place) -> Iterator[Cluster]:
    """A cluster with services, nodes, load balancers and claims in two namespaces, of two node pools."""
    api, garden = KubernetesApi(kubeconfig), place.garden
    for name in ("nodeclaims.karpenter.sh", "rayservices.ray.io"):
        if api.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name) is None:
            pytest.skip(f"the cluster has no CRD {name}: nothing to drain")
    owned = {f"kubernetes.io/cluster/{CLUSTER}": "owned"}
    claim = {**owned, "CSIVolumeName": "pvc", "kubernetes.io/created-for/pvc/name": "cache"}
    retained = garden.volume(claim | {"kubernetes.io/created-for/pvc/namespace": OURS})
    elsewhere = garden.volume(claim | {"kubernetes.io/created-for/pvc/namespace": OTHERS})
    node = garden.instance(owned | {"karpenter.sh/nodepool": "others"})
    (inf2, m7i), (balancer, *_), (volume,) = place.mine.instances, place.mine.load_balancers, place.mine.volumes
    made = {"node-1": inf2, "node-2": m7i, "node-3": node, "llama": balancer}
    plain = [service("plain", OURS, "ClusterIP"), service("plain", OTHERS, "ClusterIP")]
    objects = [
        *map(namespace, (OURS, OTHERS)),
        *(ray_service("vllm-llama3-inf2", name) for name in (OURS, OTHERS)),
        *map(node_pool, ("inferentia-inf2", "others")),
        *(node_claim(name, "inferentia-inf2") for name in ("node-1", "node-2")),
        node_claim("node-3", "others"),
        ingress("llama", OURS),
        *(service("open", name, "LoadBalancer") for name in (OURS, OTHERS)),
        *plain,
        *volume_and_claim("cache", OURS, volume, "Delete"),
        *volume_and_claim("kept", OURS, retained, "Retain"),
        *volume_and_claim("others", OTHERS, elsewhere, "Retain"),
    ]
    config = yaml.safe_load(Path(kubeconfig).read_text())["clusters"][0]["cluster"]
    garden.cluster(CLUSTER, config["server"], config.get("certificate-authority-data"))
    garden.cluster(f"{CLUSTER}-2")
    place.others |= {retained, elsewhere}
    for one in objects:
        api.apply(one)
    try:
        yield Cluster(kubeconfig, api, place, retained, made, plain)
    finally:
        let_all_go(kubeconfig, api, objects)


@pytest.fixture
def run(aws_account: Account, plan_of: Callable[[str], Plan], monkeypatch: pytest.MonkeyPatch) -> Command:
    return Command(aws_account, plan_of, monkeypatch)


def gone_of(place: Place) -> set[str]:
    """Return what a drain takes away: not what `pulumi destroy`, or a sweep after it, does."""
    mine = place.mine
    return {*mine.instances, *mine.volumes, *mine.load_balancers, *mine.target_groups}


def test_looked_at_then_killed_half_way_then_finished(cluster: Cluster, run: Command) -> None:
    place, garden = cluster.place, cluster.place.garden
    before = garden.there()

    code, output, errors = run("drain", "--kubeconfig", cluster.kubeconfig)
    assert code == 0, errors
    for name in (*place.mine.instances, *place.mine.load_balancers, "RayService vllm/vllm-llama3-inf2", "node-1"):
        assert name in output
    assert "Ingress vllm/llama" in output
    assert f"PersistentVolumeClaim {OURS}/kept" in output
    assert "plain" not in output
    assert output.splitlines()[-1] == f"Nothing was changed. All this goes by: neuronserve drain --stack {STACK} --yes"
    assert garden.there() == before
    assert cluster.has_ray_services

    # Nobody takes away the load balancer of the Ingress: the first step waits for it, and there it is killed.
    process = started(place.account, "drain", "--kubeconfig", cluster.kubeconfig, "--yes")
    wait_until("the services are gone", lambda: not cluster.has_ray_services, DEADLINE_S)
    process.kill()
    process.wait()
    assert garden.there() == before
    assert cluster.node_claims == {"node-1", "node-2", "node-3"}

    with cluster.controllers():
        code, output, errors = run("drain", "--kubeconfig", cluster.kubeconfig, "--yes")
    assert code == 0, output + errors
    assert output.splitlines()[-1] == (
        f"Drained. Next: pulumi destroy --stack {STACK}, then neuronserve sweep --stack {STACK}"
    )
    assert before - garden.there() == {*gone_of(place), cluster.made["node-3"]}
    assert cluster.node_claims == set()
    assert all(cluster.api.current(one) for one in cluster.plain)
    assert place.still_untouched()

    code, output, errors = run("drain", "--kubeconfig", cluster.kubeconfig, "--yes")
    assert code == 0, output + errors


def test_in_a_cluster_of_others_the_rest_stays(cluster: Cluster, scope: Scope, aws: Aws) -> None:
    place, garden = cluster.place, cluster.place.garden
    before = garden.there()
    guest = dataclasses.replace(scope, makes_cluster=False)
    with cluster.controllers():
        outcome = [*draining.drain(draining.steps(aws, guest, cluster.objects()), DEADLINE_S, Quiet())]
    assert [kept for *_, kept in outcome if kept] == []
    assert before - garden.there() == gone_of(place)
    assert cluster.node_claims == {"node-3"}
    assert {one["metadata"]["namespace"] for one in cluster.objects().of(RAY_SERVICE)} == {OTHERS}
    assert cluster.api.get("v1", "PersistentVolumeClaim", "others", OTHERS) is not None
    assert cluster.api.get("v1", "Service", "open", OTHERS) is not None
    assert cluster.api.get("v1", "Service", "open", OURS) is None
    assert cluster.api.get("karpenter.sh/v1", "NodePool", "others") is not None


def test_a_step_that_does_not_end_keeps_those_after_it(cluster: Cluster, scope: Scope, aws: Aws) -> None:
    before = cluster.place.garden.there()
    *_, (step, _, kept) = draining.drain(draining.steps(aws, scope, cluster.objects()), 1, Quiet())
    assert step.name == "services and their load balancers"
    assert kept == {"Ingress vllm/llama": "it has not gone in time, and waits for ingress.k8s.aws/resources"}
    assert cluster.place.garden.there() == before
    assert cluster.node_claims == {"node-1", "node-2", "node-3"}


def test_another_cluster_is_not_touched(cluster: Cluster, run: Command) -> None:
    garden = cluster.place.garden
    garden.eks.delete_cluster(name=CLUSTER)
    garden.cluster(CLUSTER, "https://0123.gr7.us-west-2.eks.amazonaws.com", base64.b64encode(b"another").decode())
    code, output, errors = run("drain", "--kubeconfig", cluster.kubeconfig, "--yes")
    assert code == 2
    assert output == ""
    assert f"and cluster {CLUSTER} is at https://0123.gr7.us-west-2.eks.amazonaws.com: nothing is touched in" in errors
    assert cluster.has_ray_services


def test_once_the_cluster_is_gone_the_rest_goes_all_the_same(place: Place, scope: Scope, aws: Aws) -> None:
    before = place.garden.there()
    outcome = [*draining.drain(draining.steps(aws, scope, None), DEADLINE_S, Quiet())]
    assert [kept for *_, kept in outcome if kept] == []
    assert before - place.garden.there() == gone_of(place)
    assert [*draining.drain(draining.steps(aws, scope, None), DEADLINE_S, Quiet())] == []


def test_machines_of_a_node_group_and_volumes_of_others_are_left_to_pulumi(
    place: Place, scope: Scope, aws: Aws
) -> None:
    owned = {f"kubernetes.io/cluster/{CLUSTER}": "owned"}
    kept = {place.garden.instance(owned | {"eks:cluster-name": CLUSTER}), place.garden.volume(owned)}
    [*draining.drain(draining.steps(aws, scope, None), DEADLINE_S, Quiet())]
    assert kept <= place.garden.there()
