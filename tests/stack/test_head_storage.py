"""Which storage the heads of a stack have, and what is said of one that cannot be made."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.components.llm_service.settings import HeadStorageKind
from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LOCAL, SMALL, problems_of, settings_of

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
STORAGE = "neuronserve:services.llm.headFaultTolerance.storage"


def kept(storage: str, **further: Any) -> dict[str, Any]:
    return {"headFaultTolerance": {"storage": storage, **further}}


def plan(directory: Path, values: dict[str, Any]) -> Any:
    return synthesise(project_with(directory, values | {"aws:region": "us-west-2"}), "test")


def test_neuron_services_of_a_cluster_of_the_stack_have_elasticache_by_default() -> None:
    def storage(values: dict[str, Any]) -> dict[str, HeadStorageKind | None]:
        services = settings_of(values).services
        return {name: service.head_fault_tolerance.storage for name, service in services.items()}

    both = AWS | {"services": {"llama": LLAMA, "small": SMALL, "alone": LLAMA | kept("None") | {"namespace": "b"}}}
    assert storage(both) == {"llama": "ElastiCache", "small": "None", "alone": "None"}
    assert storage(LOCAL) == {"llm": "None"}
    there = {"cluster": {"existing": {"name": "theirs"}}, "services": {"llama": LLAMA}}
    assert storage(there) == {"llama": "None"}


def test_services_share_one_and_each_has_its_password(tmp_path: Path) -> None:
    services = {"one": LLAMA, "other": LLAMA | {"namespace": "b"}, "embedded": LLAMA | kept("Embedded")}
    made = plan(tmp_path, AWS | {"services": services, "headStorage": {"nodeType": "cache.t4g.small"}})
    group = made.resource(GROUP)
    assert group.inputs["nodeType"] == "cache.t4g.small"
    options = {
        one.inputs["metadata"]["name"]: one.inputs["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]
        for one in made.of_type(RAY_SERVICE)
    }
    for name in ("one", "other"):
        assert options[name]["redisAddress"] == f"rediss://${{{group.urn}.primaryEndpointAddress}}:6379"
        assert options[name]["redisPassword"]["valueFrom"]["secretKeyRef"]["name"] == f"{name}-redis"
    assert options["embedded"] == {"backend": "rocksdb", "storage": {"size": "1Gi"}}
    secrets = {one.inputs["metadata"]["name"]: one.inputs for one in made.of_type("kubernetes:core/v1:Secret")}
    assert secrets["other-redis"]["metadata"]["namespace"] == "b"
    assert secrets["other-redis"]["data"] == {"password": "[secret]"}
    assert "embedded-redis" not in secrets


def test_a_stack_whose_services_keep_nothing_there_makes_none(tmp_path: Path) -> None:
    made = plan(tmp_path, AWS | {"services": {"llama": LLAMA | kept("None")}})
    assert not [one for one in made.resources if "elasticache" in one.type or "HeadStorage" in one.type]


def test_it_starts_beside_the_cluster(tmp_path: Path) -> None:
    made = plan(tmp_path, AWS)
    needed, todo = set(), [made.resource(GROUP).urn]
    dependencies = {one.urn: one.dependencies for one in made.resources}
    while todo:
        for urn in dependencies.get(todo.pop(), []):
            if urn not in needed:
                needed.add(urn)
                todo.append(urn)
    assert made.resource("aws:ec2/vpc:Vpc").urn in needed
    assert made.resource("eks:index:Cluster").urn not in needed


@pytest.mark.parametrize("values", [LOCAL, {"cluster": {"existing": {"name": "theirs"}}, "services": {"llm": LLAMA}}])
def test_in_a_cluster_that_was_there_it_is_not_made(values: dict[str, Any]) -> None:
    services = {name: service | kept("ElastiCache") for name, service in values["services"].items()}
    assert problems_of(values | {"services": services}) == [
        f"{STORAGE} is ElastiCache, which a stack makes in the network of a cluster of its own, and "
        f"neuronserve:cluster.existing was there before. Set {STORAGE} to Redis and "
        "neuronserve:services.llm.headFaultTolerance.redisAddress to that of a Redis or Valkey in its network, or "
        "choose Embedded."
    ]


def test_a_setting_of_what_is_not_made_is_refused() -> None:
    values = AWS | {"services": {"llama": LLAMA | kept("None")}, "headStorage": {"nodeType": "cache.t4g.small"}}
    assert problems_of(values) == [
        "neuronserve:headStorage is set, and no service keeps anything there. Remove it, or set "
        'neuronserve:services["<name>"].headFaultTolerance.storage to ElastiCache.'
    ]


def test_options_of_the_storage_are_checked() -> None:
    assert problems_of(AWS | {"headStorage": {"nodeType": "t4g.micro"}}) == [
        "neuronserve:headStorage.nodeType is 't4g.micro'; it should be a node type of ElastiCache, which starts with "
        "cache., such as cache.t4g.micro."
    ]


def test_a_password_has_to_be_encrypted() -> None:
    tolerance = kept("Redis", redisAddress="redis://redis:6379", redisPassword="hunter2")
    (problem,) = problems_of(LOCAL | {"services": {"llm": SMALL | tolerance}})
    assert problem == (
        "neuronserve:services.llm.headFaultTolerance.redisPassword is in plain text in the stack file. Encrypt it: "
        "pulumi config set --secret --path 'neuronserve:services.llm.headFaultTolerance.redisPassword'"
    )


def test_an_operator_that_was_there_has_to_know_embedded_storage(tmp_path: Path) -> None:
    def warnings(directory: Path, values: dict[str, Any]) -> list[str]:
        directory.mkdir()
        return [one for one in plan(directory, values).diagnostics if "GCSFaultToleranceEmbeddedStorage" in one]

    values = LOCAL | {"services": {"llm": SMALL | kept("Embedded")}}
    assert warnings(tmp_path / "there", values) == [
        f"warning: {STORAGE} is Embedded, an alpha feature of KubeRay 1.7: the operator that was there before this "
        "stack refuses the service unless its feature gate GCSFaultToleranceEmbeddedStorage is on."
    ]
    assert not warnings(tmp_path / "made", values | {"addOns": {"kubeRay": True}})
