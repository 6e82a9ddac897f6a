"""The Valkey in ElastiCache: what is made, who reaches it, and that nobody reads its token."""

import re
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components import HeadStorage, LlmService
from neuronserve.components.head_storage.args import HeadStorageArgs
from neuronserve.components.head_storage.checks import WEEKLY_WINDOW
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import FAKES
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from tests.components.llm_service.deployed import NETWORK_POLICY, RAY_SERVICE, SECRET, STASH, changed
from tests.components.llm_service.deployed import NEURON as SERVICE
from tests.destroy_order import assert_destroyed_before

ARGS: HeadStorageArgs = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "client_security_group_id": "sg-1"}
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OF_AUTH = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")
"""https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"""


def deploy(**args: Any) -> Plan:
    return run(lambda: HeadStorage("storage", cast(HeadStorageArgs, {**ARGS, **args})))


def test_it_is_encrypted_everywhere_and_outlives_a_zone() -> None:
    inputs = deploy().resource(GROUP).inputs
    assert inputs["engine"] == "valkey"
    assert inputs["atRestEncryptionEnabled"] is inputs["transitEncryptionEnabled"] is True
    assert inputs["transitEncryptionMode"] == "required"
    assert inputs["authToken"] == "[secret]"
    assert inputs["numCacheClusters"] == 2
    assert inputs["multiAzEnabled"] is inputs["automaticFailoverEnabled"] is True
    assert "numNodeGroups" not in inputs, "Ray takes a single shard"


def test_nothing_is_forgotten_to_make_room() -> None:
    plan = deploy()
    parameters = plan.resource("aws:elasticache/parameterGroup:ParameterGroup")
    assert parameters.inputs["parameters"] == [{"name": "maxmemory-policy", "value": "noeviction"}]
    inputs = plan.resource(GROUP).inputs
    assert inputs["parameterGroupName"] == f"${{{parameters.urn}.name}}"
    assert parameters.inputs["family"].removeprefix("valkey") == inputs["engineVersion"].partition(".")[0]


def test_the_nodes_of_the_cluster_reach_it_and_nobody_else() -> None:
    plan = deploy()
    rule, group = plan.resource(RULE).inputs, plan.resource("aws:ec2/securityGroup:SecurityGroup")
    assert (rule["fromPort"], rule["toPort"], rule["ipProtocol"]) == (6379, 6379, "tcp")
    assert rule["referencedSecurityGroupId"] == "sg-1"
    assert not {"cidrIpv4", "cidrIpv6", "prefixListId"} & rule.keys()
    assert not {"ingress", "egress"} & group.inputs.keys()
    assert plan.resource(GROUP).inputs["securityGroupIds"] == [f"${{{group.urn}.id}}"]


def test_the_token_is_generated_once_and_one_that_elasticache_takes(registrations: dict[str, Any]) -> None:
    tokens: list[str] = []

    def program() -> None:
        storage = HeadStorage("storage", ARGS)
        storage.auth_token.apply(tokens.append)
        pulumi.export("token", storage.auth_token)

    for _ in range(2):
        plan = run(program)
        assert plan.outputs == {"token": "[secret]"}
        assert not any(token in plan.to_json() for token in tokens)
    assert len(set(tokens)) == 2
    assert all(OF_AUTH.fullmatch(token) for token in tokens)
    (kept,) = (request for urn, request in registrations.items() if urn.endswith("::storage-generated-token"))
    assert list(kept.ignoreChanges) == ["input"]


def test_two_services_share_it_and_go_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAKES, STASH, lambda _urn, _inputs: {"output": "of-valkey-alone"})

    def program() -> None:
        storage = HeadStorage("storage", ARGS)
        for name in ("one", "other"):
            tolerance = {"storage": "Redis", "redis_address": storage.address, "redis_password": storage.auth_token}
            LlmService(name, changed(SERVICE, head_fault_tolerance=tolerance))

    plan = run(program)
    group = plan.resource(GROUP)
    assert "of-valkey-alone" not in plan.to_json()
    services = plan.of_type(RAY_SERVICE)
    assert len(services) == 2
    for service in services:
        options = service.inputs["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]
        assert options["redisAddress"] == f"rediss://${{{group.urn}.primaryEndpointAddress}}:6379"
        assert "externalStorageNamespace" not in options, "two Ray clusters of an upgrade would share one"
    # KubeRay's clean-up Job, for which the RayService waits, needs the Valkey, the way in and the password.
    needed = [group, plan.resource(RULE), *(one for one in plan.of_type(SECRET) if one.name.endswith("-redis"))]
    assert len(needed) == 4
    assert_destroyed_before(plan, services, needed[:2])
    for service in services:
        name = service.name.removesuffix("-ray-service")
        assert_destroyed_before(plan, [service], [plan.resource(SECRET, f"{name}-redis")])
        assert_destroyed_before(plan, [service], [plan.resource(NETWORK_POLICY, f"{name}-head-storage-network-policy")])


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"node_type": "t4g.micro"}, "node_type is 't4g.micro'; it should be a node type of ElastiCache, which starts"),
        ({"maintenance_window": "Sun:08:00-Sun:09:00"}, "maintenance_window is 'Sun:08:00-Sun:09:00'; it should be an"),
        ({"maintenance_window": "sun:24:00-mon:01:00"}, "maintenance_window is 'sun:24:00-mon:01:00'; it should be an"),
        ({"vpc_id": None}, "vpc_id is not set. Set it to the VPC of the cluster."),
    ],
)
def test_what_elasticache_would_refuse_is_said_before(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ProgramError, match=re.escape(message)):
        deploy(**args)


DAYS, HOURS, MINUTES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat"), range(24), range(60)
TIMES = st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS), st.sampled_from(MINUTES))


@given(TIMES, TIMES)
def test_every_hour_of_the_week_is_a_window(start: tuple[str, int, int], end: tuple[str, int, int]) -> None:
    window = "-".join(f"{day}:{hour:02}:{minute:02}" for day, hour, minute in (start, end))
    assert WEEKLY_WINDOW.fullmatch(window)
    assert not WEEKLY_WINDOW.fullmatch(f"{window}-{window}")
    assert not WEEKLY_WINDOW.fullmatch(window.upper())
