"""Where a head keeps what it knows: in the RayService, in NetworkPolicies, and what is said of mistakes."""

import base64
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.head_storage import CA_CERTIFICATES
from neuronserve.components.llm_service.job_cluster import job_cluster_spec
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.program import run
from tests.components.llm_service.deployed import CPU, NETWORK_POLICY, RAY_SERVICE, SECRET, changed, deploy
from tests.components.llm_service.test_checks import CPU as READ
from tests.components.llm_service.test_checks import problems
from tests.network_policies import Peer, admitted

VALKEY = Peer("10.1.32.7")
HUB = Peer("3.5.7.9")
STORAGE_POLICY = "llm-head-storage-network-policy"
ADDRESS = "head_fault_tolerance.redis_address"


def tolerant(**tolerance: Any) -> LlmServiceArgs:
    return changed(CPU, head_fault_tolerance=tolerance)


def redis(address: str = "rediss://valkey.example.com:6380", **further: Any) -> LlmServiceArgs:
    return tolerant(storage="Redis", redis_address=address, **further)


def cluster_of(args: LlmServiceArgs) -> dict[str, Any]:
    cluster: dict[str, Any] = deploy(args).resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    return cluster


def environment(group: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in group["template"]["spec"]["containers"][0]["env"]}


def test_a_head_has_no_storage_by_itself() -> None:
    for args in (CPU, tolerant(storage="None"), tolerant()):
        assert "gcsFaultToleranceOptions" not in cluster_of(args)


def test_a_redis_is_named_with_its_password_by_reference() -> None:
    plan = deploy(redis(redis_username="ray", redis_password="hunter2"))
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    assert cluster["gcsFaultToleranceOptions"] == {
        "redisAddress": "rediss://valkey.example.com:6380",
        "redisUsername": {"value": "ray"},
        "redisPassword": {"valueFrom": {"secretKeyRef": {"name": "llm-redis", "key": "password"}}},
    }
    assert plan.resource(SECRET, "llm-redis").inputs["data"] == {"password": "[secret]"}
    text = plan.to_json()
    assert "hunter2" not in text
    assert base64.b64encode(b"hunter2").decode() not in text


def test_without_a_password_there_is_no_secret() -> None:
    plan = deploy(redis())
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    assert cluster["gcsFaultToleranceOptions"] == {"redisAddress": "rediss://valkey.example.com:6380"}
    assert not [secret for secret in plan.of_type(SECRET) if secret.name == "llm-redis"]


def test_ray_gets_authorities_for_tls_alone_and_in_the_head_alone() -> None:
    encrypted, plain = cluster_of(redis()), cluster_of(redis("redis://redis:6379"))
    assert environment(encrypted["headGroupSpec"])["RAY_REDIS_CA_CERT"] == CA_CERTIFICATES
    assert "RAY_REDIS_CA_CERT" not in environment(plain["headGroupSpec"])
    assert "RAY_REDIS_CA_CERT" not in environment(encrypted["workerGroupSpecs"][0])


@pytest.mark.parametrize(("scheme", "authorities"), [("redis", ""), ("rediss", CA_CERTIFICATES)])
def test_an_address_may_be_known_later(scheme: str, authorities: str) -> None:
    def program() -> None:
        address = pulumi.Output.from_input(f"{scheme}://later.example.com:6390")
        LlmService("llm", tolerant(storage="Redis", redis_address=address))

    plan = run(program)
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    assert cluster["gcsFaultToleranceOptions"] == {"redisAddress": f"{scheme}://later.example.com:6390"}
    assert environment(cluster["headGroupSpec"])["RAY_REDIS_CA_CERT"] == authorities
    (rule,) = plan.resource(NETWORK_POLICY, STORAGE_POLICY).inputs["spec"]["egress"]
    assert [port["port"] for port in rule["ports"]] == [6390]


def test_kuberay_makes_a_volume_for_each_ray_cluster() -> None:
    """One of a name would be that of two clusters, of which RocksDB lets one in (KubeRay 1.7)."""
    options = cluster_of(tolerant(storage="Embedded"))["gcsFaultToleranceOptions"]
    assert options == {"backend": "rocksdb", "storage": {"size": "1Gi"}}


def test_heads_are_let_out_to_the_redis_of_their_own_networks_and_no_other_port() -> None:
    def reaches(args: LlmServiceArgs, component: str, peer: Peer, port: int) -> bool:
        plan = deploy(args)
        labels = {"app.kubernetes.io/instance": "llm", "app.kubernetes.io/part-of": "neuronserve"}
        pod = Peer("10.1.1.1", "vllm", labels | {"app.kubernetes.io/component": component})
        return admitted([one.inputs for one in plan.of_type(NETWORK_POLICY)], pod, peer, port)

    assert reaches(redis(), "head", VALKEY, 6380)
    assert not reaches(redis(), "head", VALKEY, 6379)
    assert not reaches(redis(), "head", HUB, 6380)
    assert not reaches(redis(), "worker", VALKEY, 6380)
    for storage in ("None", "Embedded"):
        assert not reaches(tolerant(storage=storage), "head", VALKEY, 6379), storage


def test_the_way_to_the_old_storage_stays_until_the_new_head_answers() -> None:
    """An update of a policy comes before that of the RayService, and only a deletion after it."""
    before, after = deploy(redis()), deploy(tolerant(storage="Embedded"))
    policies = [{one.name: one.inputs for one in plan.of_type(NETWORK_POLICY)} for plan in (before, after)]
    assert policies[0].keys() - policies[1].keys() == {STORAGE_POLICY}
    assert policies[1].items() <= policies[0].items()
    assert before.resource(NETWORK_POLICY, STORAGE_POLICY).urn in before.resource(RAY_SERVICE).dependencies


def test_a_batch_job_has_a_head_without_storage() -> None:
    with_storage = job_cluster_spec("job", redis(redis_password="hunter2"))
    assert with_storage == job_cluster_spec("job", CPU)


@pytest.mark.parametrize(
    ("tolerance", "message"),
    [
        (
            {"storage": "Redis"},
            f"head_fault_tolerance.storage is Redis, and {ADDRESS} is not set. Set it to redis://<host>:<port>.",
        ),
        (
            {"storage": "Embedded", "redis_address": "redis://redis:6379", "redis_password": "hunter2"},
            f"head_fault_tolerance.storage is Embedded, and {ADDRESS}, head_fault_tolerance.redis_password would do "
            f"nothing. Set it to Redis, or remove {ADDRESS}, head_fault_tolerance.redis_password.",
        ),
        (
            {"redis_address": "redis://redis:6379"},
            f"head_fault_tolerance.storage is not set, and {ADDRESS} would do nothing. Set it to Redis, or remove "
            f"{ADDRESS}.",
        ),
        (
            {"storage": "Redis", "redis_address": "redis://redis:6379", "redis_username": "ray"},
            "head_fault_tolerance.redis_username is set, and head_fault_tolerance.redis_password is not. Set it as "
            "well, or remove head_fault_tolerance.redis_username.",
        ),
        (
            {"storage": "Redis", "redis_address": "redis://ray:hunter2@redis:6379"},
            f"{ADDRESS} holds a user or a password, which would stand in the pods' definition. Put them into "
            "head_fault_tolerance.redis_username and head_fault_tolerance.redis_password.",
        ),
        *(
            (
                {"storage": "Redis", "redis_address": address},
                f"{ADDRESS} is {address!r}; it should read redis://<host>:<port>, or rediss://<host>:<port> for TLS.",
            )
            for address in (
                "redis",
                "redis:6379",
                "redis://redis",
                "redis://redis:6379/0",
                "redis://a:6379,b:6379",
                "https://redis:6379",
                "redis://redis:66000",
                "redis://:6379",
            )
        ),
    ],
)
def test_mistakes_are_said_before_a_head_ends_of_them(tolerance: dict[str, Any], message: str) -> None:
    assert problems(READ, head_fault_tolerance=tolerance) == [message]
    assert "hunter2" not in message


@given(
    st.sampled_from(["redis", "rediss"]),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]{1,10}){0,3}", fullmatch=True),
    st.integers(1, 65535),
)
def test_every_host_and_port_is_an_address(scheme: str, host: str, port: int) -> None:
    right = {"storage": "Redis", "redis_address": f"{scheme}://{host}:{port}"}
    assert problems(READ, head_fault_tolerance=right) == []
    assert problems(READ, head_fault_tolerance=right | {"redis_address": f"{host}:{port}"})


def test_the_way_out_and_the_setting_are_not_mixed() -> None:
    spec = {"rayClusterConfig": {"gcsFaultToleranceOptions": {"redisAddress": "redis:6379"}}}
    (problem,) = problems(READ, ray_service_spec=spec, head_fault_tolerance={"storage": "Embedded"})
    assert problem == (
        "ray_service_spec has rayClusterConfig.gcsFaultToleranceOptions, and head_fault_tolerance.storage is Embedded: "
        "the two would be mixed. Say it by head_fault_tolerance, with storage Redis, or set "
        "head_fault_tolerance.storage to None."
    )
    assert problems(READ, ray_service_spec=spec) == []


def test_a_program_makes_the_storage_itself() -> None:
    with pytest.raises(ProgramError) as refused:
        deploy(tolerant(storage="ElastiCache"))
    assert (
        "head_fault_tolerance.storage is ElastiCache, which a stack makes. In a program make a HeadStorage, set "
        f"head_fault_tolerance.storage to Redis, and {ADDRESS} and head_fault_tolerance.redis_password to its outputs."
    ) in str(refused.value)


def test_a_wrong_address_that_is_known_later_ends_the_program_without_its_password() -> None:
    def program() -> None:
        LlmService(
            "llm",
            tolerant(
                storage="Redis",
                redis_address=pulumi.Output.from_input("https://redis:6379"),
                redis_password=pulumi.Output.secret("hunter2"),
            ),
        )

    with pytest.raises(ProgramError, match="redis_address is 'https://redis:6379'; it should read redis://") as refused:
        run(program)
    assert "hunter2" not in str(refused.value)
