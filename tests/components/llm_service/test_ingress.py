"""How a service is exposed: the Ingress of a plan, as the AWS Load Balancer Controller and an API server take it."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.client.exceptions import ApiException

from neuronserve.components import LlmService
from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.ingress import ingress_annotations, ingress_spec
from neuronserve.components.llm_service.settings import ExposeSettings
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.serving.api_keys import OPEN_PATHS
from tests.components.llm_service.deployed import CPU, NEURON, RAY_SERVICE, changed, deploy
from tests.kubernetes_api import KubernetesApi, refusal

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
CERTIFICATE = "arn:aws:acm:us-west-2:111122223333:certificate/a1b2c3d4-5678-90ab-cdef-111122223333"
WEB_ACL = "arn:aws:wafv2:us-west-2:111122223333:regional/webacl/llm/a1b2c3d4-5678-90ab-cdef-111122223333"
EXPOSE: dict[str, Any] = {
    "scheme": "internet-facing",
    "hostname": "llm.example.com",
    "certificate_arn": CERTIFICATE,
    "allowed_cidrs": ["203.0.113.0/24", "198.51.100.7/32"],
}
LET_IN = {"client_cidrs": ["10.1.128.0/23", "10.1.134.0/23"]}


def exposed(service: LlmServiceArgs = CPU, **expose: Any) -> LlmServiceArgs:
    given = {key: value for key, value in (EXPOSE | expose).items() if value is not None}
    return changed(service, expose=given, network_policy=LET_IN)


def annotations_of(plan: Plan) -> dict[str, str]:
    prefix = "alb.ingress.kubernetes.io/"
    annotations = plan.resource(INGRESS).inputs["metadata"]["annotations"]
    return {key.removeprefix(prefix): value for key, value in annotations.items() if key.startswith(prefix)}


def map_of(text: str) -> dict[str, str]:
    """Return what the controller reads in an annotation with entries (``ParseStringMapAnnotation``)."""
    return dict(entry.split("=", 1) for entry in text.split(","))


def test_by_default_nothing_is_exposed() -> None:
    assert not deploy(CPU).of_type(INGRESS)
    assert "http_options" not in deploy(CPU).resource(RAY_SERVICE).inputs["spec"]["serveConfigV2"]


def test_all_of_a_load_balancer_is_said() -> None:
    assert annotations_of(deploy(exposed())) == {
        "scheme": "internet-facing",
        "target-type": "ip",
        "ip-address-type": "ipv4",
        "listen-ports": '[{"HTTPS": 443}]',
        "certificate-arn": CERTIFICATE,
        "ssl-policy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "inbound-cidrs": "203.0.113.0/24,198.51.100.7/32",
        "load-balancer-attributes": "idle_timeout.timeout_seconds=600,"
        "routing.http.drop_invalid_header_fields.enabled=true,deletion_protection.enabled=false,"
        "access_logs.s3.enabled=false",
        "target-group-attributes": "deregistration_delay.timeout_seconds=1930",
        "healthcheck-path": "/health",
        "healthcheck-protocol": "HTTP",
        "healthcheck-port": "traffic-port",
        "success-codes": "200",
        "healthcheck-interval-seconds": "5",
        "healthcheck-timeout-seconds": "4",
        "healthy-threshold-count": "2",
        "unhealthy-threshold-count": "3",
    }


def test_what_is_asked_for_besides_is_said_too() -> None:
    annotations = annotations_of(
        deploy(
            exposed(
                idle_timeout_s=4000,
                access_logs_bucket="logs",
                deletion_protection=True,
                waf_acl_arn=WEB_ACL,
                group="llms",
                ssl_policy="ELBSecurityPolicy-TLS13-1-3-2021-06",
                tags={"team": "search", "note": "a=b"},
            )
        )
    )
    assert map_of(annotations["load-balancer-attributes"]) == {
        "idle_timeout.timeout_seconds": "4000",
        "routing.http.drop_invalid_header_fields.enabled": "true",
        "deletion_protection.enabled": "true",
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "logs",
    }
    assert annotations["wafv2-acl-arn"] == WEB_ACL
    assert annotations["group.name"] == "llms"
    assert annotations["ssl-policy"] == "ELBSecurityPolicy-TLS13-1-3-2021-06"
    assert map_of(annotations["tags"]) == {"team": "search", "note": "a=b"}


@given(st.booleans(), st.integers(1, 4000), st.booleans(), st.sampled_from([None, "logs"]))
def test_nothing_is_listened_to_without_tls_and_no_attribute_is_left_as_it_was(
    internal: bool, idle_timeout_s: int, protected: bool, bucket: str | None
) -> None:
    scheme = "internal" if internal else "internet-facing"
    settings = ExposeSettings.model_validate(
        EXPOSE
        | {
            "scheme": scheme,
            "idle_timeout_s": idle_timeout_s,
            "deletion_protection": protected,
            "access_logs_bucket": bucket,
        }
    )
    annotations: dict[str, Any] = ingress_annotations(settings, 430)
    assert json.loads(annotations["alb.ingress.kubernetes.io/listen-ports"]) == [{"HTTPS": 443}]
    assert annotations["alb.ingress.kubernetes.io/inbound-cidrs"]
    attributes = map_of(annotations["alb.ingress.kubernetes.io/load-balancer-attributes"])
    assert attributes["idle_timeout.timeout_seconds"] == str(idle_timeout_s)
    assert attributes["deletion_protection.enabled"] == str(protected).lower()
    assert attributes["access_logs.s3.enabled"] == str(bucket is not None).lower()


def test_paths_without_a_key_are_not_passed_on_but_for_the_health() -> None:
    (rule,) = deploy(exposed()).resource(INGRESS).inputs["spec"]["rules"]
    assert rule["host"] == "llm.example.com"
    paths = [path["path"] for path in rule["http"]["paths"]]
    assert paths == ["/v1", "/health", "/tokenize", "/detokenize"]
    assert OPEN_PATHS & set(paths) == {"/health"}
    assert {path["backend"]["service"]["name"] for path in rule["http"]["paths"]} == {"llm-serve-svc"}
    spec = ingress_spec(ExposeSettings.model_validate(EXPOSE | {"paths": ["/"]}), "s")
    assert [path["path"] for path in spec["rules"][0]["http"]["paths"]] == ["/"]


def test_it_comes_after_the_service_that_it_leads_to_and_goes_before_it() -> None:
    plan = deploy(exposed())
    assert plan.resource(RAY_SERVICE).urn in plan.resource(INGRESS).dependencies


def test_a_pod_that_leaves_answers_as_long_as_the_load_balancer_waits() -> None:
    def waits(service: LlmServiceArgs) -> tuple[int, int]:
        plan = deploy(service)
        delay = map_of(annotations_of(plan)["target-group-attributes"])["deregistration_delay.timeout_seconds"]
        (group,) = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        return int(delay), group["template"]["spec"]["terminationGracePeriodSeconds"]

    model = {**CPU["model"], "graceful_shutdown_timeout_s": 1200}
    delay, grace = waits(changed(exposed(), model=model))
    assert delay == grace > 1200
    delay, grace = waits(exposed(NEURON))  # with an hour for another engine to start
    assert delay == 3600 < grace


def test_connections_to_pods_outlast_the_load_balancers_patience() -> None:
    config = deploy(exposed(idle_timeout_s=900)).resource(RAY_SERVICE).inputs["spec"]["serveConfigV2"]
    kept = re.search(r"keep_alive_timeout_s: (\d+)", config)
    assert kept
    assert int(kept[1]) > 900


def test_clients_get_the_hostname_and_dns_the_load_balancers_own_name() -> None:
    def program() -> None:
        service = LlmService("llm", exposed())
        pulumi.export("endpoint", service.endpoint)
        pulumi.export("load_balancer", service.load_balancer)
        pulumi.export("services", LlmService.exports({"llm": service})["services"])

    plan = run(program)
    assert plan.outputs["endpoint"] == "https://llm.example.com/v1"
    name = f"${{{plan.resource(INGRESS).urn}.status.loadBalancer.ingress[0].hostname}}"
    assert plan.outputs["load_balancer"] == plan.outputs["services"]["llm"]["loadBalancer"] == name


def test_what_is_known_later_goes_through_and_is_checked() -> None:
    def later(value: Any) -> Any:
        return pulumi.Output.from_input(value)

    def plan_with(make: Callable[[], dict[str, Any]]) -> Plan:
        return run(lambda: LlmService("llm", exposed(**make())))

    plan = plan_with(
        lambda: {
            "hostname": later("other.example.com"),
            "certificate_arn": later(CERTIFICATE),
            "allowed_cidrs": [later("10.0.0.0/8")],
            "access_logs_bucket": later("logs"),
        }
    )
    assert annotations_of(plan)["inbound-cidrs"] == "10.0.0.0/8"
    assert "access_logs.s3.bucket=logs" in annotations_of(plan)["load-balancer-attributes"]
    assert plan.resource(INGRESS).inputs["spec"]["rules"][0]["host"] == "other.example.com"
    with pytest.raises(ProgramError, match="expose.hostname is 'Not A Name'"):
        plan_with(lambda: {"hostname": later("Not A Name")})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"certificate_arn": "arn:aws:acm:us-west-2:1111:certificate/a"},
            "expose.certificate_arn is 'arn:aws:acm:us-west-2:1111:certificate/a', which is not the ARN of a "
            "certificate in AWS Certificate Manager; it should read "
            "arn:aws:acm:<region>:<account>:certificate/<id>, as `aws acm list-certificates` prints it.",
        ),
        (
            {"hostname": "https://llm.example.com"},
            "expose.hostname is 'https://llm.example.com', which is no full name in DNS; it should read "
            "llm.example.com, in lower case, without a scheme, a port or a '*'.",
        ),
        (
            {"allowed_cidrs": None},
            "expose.allowed_cidrs is not set, and expose.scheme is internet-facing. Set it to the networks that may "
            "send requests, such as [203.0.113.0/24]; [0.0.0.0/0] opens it to the world.",
        ),
        (
            {"allowed_cidrs": None, "scheme": "internal"},
            "expose.allowed_cidrs is not set. Set it to the networks that may send requests, such as the VPC's: "
            "[10.1.0.0/16].",
        ),
        (
            {"allowed_cidrs": ["203.0.113.7/24"]},
            "expose.allowed_cidrs has '203.0.113.7/24', which is not a CIDR block: the block of that address is "
            "203.0.113.0/24.",
        ),
        (
            {"allowed_cidrs": ["::/0"]},
            "expose.allowed_cidrs has '::/0', which is not a CIDR block of IPv4: it should read 203.0.113.0/24.",
        ),
        (
            {"paths": ["v1/*"]},
            "expose.paths has 'v1/*', which is no path; one reads /v1, and stands for all that is below it.",
        ),
        (
            {"ssl_policy": "ELBSecurityPolicy-2016-08"},
            "expose.ssl_policy is 'ELBSecurityPolicy-2016-08'; it should be one without TLS 1.1 and older, such as "
            "ELBSecurityPolicy-TLS13-1-2-Res-2021-06, or ELBSecurityPolicy-TLS13-1-3-2021-06 for TLS 1.3 alone.",
        ),
        (
            {"waf_acl_arn": WEB_ACL.replace("regional", "global")},
            f"expose.waf_acl_arn is '{WEB_ACL.replace('regional', 'global')}', which is not the ARN of a regional web "
            "ACL; it should read arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>, as "
            "`aws wafv2 list-web-acls --scope REGIONAL` prints it.",
        ),
        (
            {"group": "LLMs"},
            "expose.group is 'LLMs'; it should hold only lower-case letters, digits, '-' and '.', begin and end with a "
            "letter or digit, and have at most 63 characters.",
        ),
        (
            {"tags": {"team": "a,b"}},
            "expose.tags.team is 'a,b': neither a key with ',' or '=' nor a value with ',' can be a tag of a load "
            "balancer.",
        ),
    ],
)
def test_mistakes(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProgramError) as refused:
        deploy(exposed(**changes))
    assert str(refused.value) == f"LlmService llm cannot be deployed: 1 problem.\n  1. {problem}"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"require_api_key": False},
            "expose is set, and require_api_key is false, so whoever reaches it could use the model. "
            "Remove require_api_key: a key is generated unless api_key sets one.",
        ),
        (
            {"network_policy": {}},
            "expose is set, and network_policy.client_cidrs is not: the NetworkPolicies would keep the load balancer "
            "from the pods. Set it to the blocks of the subnets that it is put into, the public ones with the tag "
            "kubernetes.io/role/elb: [10.1.0.0/20, 10.1.16.0/20].",
        ),
    ],
)
def test_what_an_exposed_service_may_not_lack(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProgramError) as refused:
        deploy(changed(exposed(), **changes))
    assert str(refused.value) == f"LlmService llm cannot be deployed: 1 problem.\n  1. {problem}"


def test_the_world_is_let_in_when_it_is_written() -> None:
    assert annotations_of(deploy(exposed(allowed_cidrs=["0.0.0.0/0"])))["inbound-cidrs"] == "0.0.0.0/0"
    without = changed(exposed(), network_policy={"enabled": False})
    assert deploy(without).of_type(INGRESS), "who has no NetworkPolicies need name no subnets"


def test_the_api_server_takes_it(kubeconfig: str) -> None:
    api, name = KubernetesApi(kubeconfig), f"exposed-{uuid.uuid4().hex[:8]}"
    plan = deploy(changed(exposed(waf_acl_arn=WEB_ACL, group="llms", tags={"team": "a b"}), namespace=name))
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", **plan.resource(INGRESS).inputs}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    with api.applied([namespace, ingress]) as (_, there):
        assert there.spec.to_dict() == ingress["spec"]
        assert there.metadata.annotations.to_dict() == ingress["metadata"]["annotations"]
    ingress["spec"]["rules"][0]["host"] = "Not A Name"
    with api.applied([namespace]), pytest.raises(ApiException) as refused:
        api.apply(ingress)
    assert "host" in refusal(refused.value)
