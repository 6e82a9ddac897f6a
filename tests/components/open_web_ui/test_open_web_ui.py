"""Open WebUI: what is made, who reaches it and whom it reaches, and that nobody reads its keys."""

import base64
import re
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components import LlmService, OpenWebUi
from neuronserve.components.open_web_ui import pod
from neuronserve.components.open_web_ui.args import OpenWebUiArgs
from neuronserve.components.open_web_ui.environment import ADJUSTABLE, OWN, OWNED
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import FAKES
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from tests.applicable import applicable
from tests.components.llm_service.deployed import (
    CPU,
    NAMESPACE,
    NETWORK_POLICY,
    RAY_SERVICE,
    SECRET,
    SERVICE,
    changed,
    registered,
)
from tests.destroy_order import assert_destroyed_before
from tests.kubernetes_api import KubernetesApi
from tests.network_policies import Peer, admitted
from tests.project import ROOT

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
LLM: dict[str, Any] = {"llm": {"namespace": "vllm", "serve_service": "llm-serve-svc", "api_key": "of-llm"}}

WEB_UI = Peer("10.1.2.1", "openai-webui", pod.LABELS)
LLM_POD = Peer("10.1.1.1", "vllm", {"app.kubernetes.io/part-of": "neuronserve"})
NEIGHBOUR = Peer("10.1.1.2", "vllm", {"app": "database"})
DNS = Peer("10.1.9.2", "kube-system", {"k8s-app": "kube-dns"})
INGRESS = Peer("10.1.9.3", "ingress", {"app": "nginx"})
METADATA, WORLD, BALANCER = Peer("169.254.169.254"), Peer("3.5.7.9"), Peer("10.1.130.2")


def deploy(**args: Any) -> Plan:
    return run(lambda: OpenWebUi("chat", cast(OpenWebUiArgs, {"services": LLM, **args})))


def pod_of(plan: Plan) -> dict[str, Any]:
    return cast(dict[str, Any], plan.resource(DEPLOYMENT).inputs["spec"]["template"]["spec"])


def variables(plan: Plan) -> dict[str, Any]:
    (container,) = pod_of(plan)["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put into Secrets."""
    seen: list[str] = []
    monkeypatch.setitem(FAKES, SECRET, lambda _urn, inputs: seen.append(str(inputs["data"])) or {})
    return seen


def test_it_has_the_names_of_the_tutorial() -> None:
    plan = deploy()
    assert plan.resource(NAMESPACE).inputs["metadata"]["name"] == "openai-webui"
    service, deployment = plan.resource(SERVICE).inputs, plan.resource(DEPLOYMENT).inputs
    assert service["metadata"]["name"] == "open-webui"
    assert [one["port"] for one in service["spec"]["ports"]] == [80]
    (container,) = pod_of(plan)["containers"]
    (listens,) = container["ports"]
    assert [one["targetPort"] for one in service["spec"]["ports"]] == [listens["containerPort"]]
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_urls_and_keys_are_in_one_order(held: list[str]) -> None:
    services = {
        "asks": {"namespace": "vllm", "serve_service": "asks-serve-svc", "api_key": "of-asks"},
        "open": {"namespace": "others", "serve_service": "open-serve-svc"},
        "third": {"namespace": "vllm", "serve_service": "third-serve-svc", "api_key": "of-third"},
    }
    assert variables(deploy(services=services))["OPENAI_API_BASE_URLS"].split(";") == [
        "http://asks-serve-svc.vllm.svc.cluster.local:8000/v1",
        "http://open-serve-svc.others.svc.cluster.local:8000/v1",
        "http://third-serve-svc.vllm.svc.cluster.local:8000/v1",
    ]
    (secret,) = held
    assert in_base64("of-asks;;of-third") in secret


def test_outputs_of_services_go_in_and_these_outlive_it(held: list[str]) -> None:
    def program() -> None:
        services = {
            "mine": LlmService("mine", changed(CPU, api_key=pulumi.Output.secret("of-mine"))),
            "open": LlmService("open", changed(CPU, require_api_key=False)),
        }
        OpenWebUi(
            "chat",
            {
                "services": {
                    name: {
                        "namespace": one.namespace,
                        "serve_service": one.serve_service,
                        **({} if one.api_key is None else {"api_key": one.api_key}),
                    }
                    for name, one in services.items()
                }
            },
        )

    plan = run(program)
    assert any(in_base64("of-mine;") in one for one in held)
    assert variables(plan)["OPENAI_API_BASE_URLS"].count("-serve-svc.vllm.svc") == 2
    assert "of-mine" not in plan.to_json()
    assert_destroyed_before(plan, plan.of_type(DEPLOYMENT), plan.of_type(RAY_SERVICE))


def test_no_key_is_in_the_plan_and_sessions_outlive_an_update(registrations: dict[str, Any]) -> None:
    text = deploy().to_json()
    assert text == deploy().to_json(), "something random shows in it"
    for secret in ("of-llm", in_base64("of-llm")):
        assert secret not in text
    assert list(registered(registrations, "chat-generated-secret-key").ignoreChanges) == ["input"]


def test_another_key_starts_it_anew() -> None:
    """The container reads keys as it starts, and the pod is another when its template is."""
    plan = deploy()
    annotations = plan.resource(DEPLOYMENT).inputs["spec"]["template"]["metadata"]["annotations"]
    assert set(annotations.values()) == {f"${{{plan.resource(SECRET).urn}.metadata.resourceVersion}}"}


@pytest.mark.parametrize("given", [str, pulumi.Output.secret])
def test_a_key_that_open_webui_would_take_for_two_is_refused(given: Callable[[str], Any]) -> None:
    def program() -> None:
        OpenWebUi("chat", {"services": {"llm": LLM["llm"] | {"api_key": given("a;b")}}})

    with pytest.raises(ProgramError, match="The API key of service llm holds ';'") as refused:
        run(program)
    assert "a;b" not in str(refused.value)


def test_only_the_first_who_signs_up_gets_in_and_nothing_is_downloaded_or_reported() -> None:
    given = variables(deploy())
    assert given.items() >= OWN.items() | ADJUSTABLE.items()
    assert given["ENABLE_SIGNUP"] == "false"
    # Or the database would have the last word, which a restart must not change.
    assert given["ENABLE_PERSISTENT_CONFIG"] == "false"
    assert given["ENABLE_OLLAMA_API"] == "false"
    assert given["OFFLINE_MODE"] == "true"
    assert set(given) <= OWNED | set(ADJUSTABLE)


def test_the_users_own_variables_come_last() -> None:
    further = {"ENABLE_TAGS_GENERATION": "true", "WEBUI_NAME": ""}
    sources = [{"secretRef": {"name": "single-sign-on"}}]
    plan = deploy(env=further, env_from=sources)
    assert variables(plan).items() >= further.items()
    assert pod_of(plan)["containers"][0]["envFrom"] == sources


def test_its_pod_is_locked_down() -> None:
    spec = pod_of(deploy())
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"] != 0
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    assert container["resources"]["requests"] == {"cpu": "250m", "memory": "2Gi"}
    assert container["resources"]["limits"] == {"cpu": "1", "memory": "2Gi"}
    # What it writes to is a volume.
    places = [mount["mountPath"] for mount in container["volumeMounts"]]
    for variable in ("DATA_DIR", "STATIC_DIR", "HOME"):
        assert any(f"{OWN[variable]}/".startswith(f"{place}/") for place in places)


def test_its_data_outlive_a_pod_of_which_there_is_never_a_second() -> None:
    plan = deploy(storage_gib=20, storage_class="fast")
    spec = plan.resource(DEPLOYMENT).inputs["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    claim = plan.resource(CLAIM).inputs
    assert claim["spec"]["resources"]["requests"] == {"storage": "20Gi"}
    assert claim["spec"]["storageClassName"] == "fast"
    assert "storageClassName" not in deploy().resource(CLAIM).inputs["spec"]
    claims = [
        one["persistentVolumeClaim"]["claimName"]
        for one in spec["template"]["spec"]["volumes"]
        if len(one) > 1 and "persistentVolumeClaim" in one
    ]
    assert claims == [claim["metadata"]["name"]]


def test_the_image_is_the_tested_version_by_way_of_the_mirror() -> None:
    def image(**args: Any) -> str:
        return str(pod_of(deploy(**args))["containers"][0]["image"])

    tested = re.findall(r"^open-webui==(\S+)$", (ROOT / "requirements" / "open-webui.in").read_text(), re.MULTILINE)
    assert image() == f"ghcr.io/open-webui/open-webui:v{tested[0]}"
    mirror = {"registry": "registry.example.com/mirror"}
    assert image(mirror=mirror) == f"registry.example.com/mirror/{image()}"
    assert image(mirror=mirror, image="example.com/chat:1") == "example.com/chat:1"


def policies(**policy: Any) -> list[Any]:
    return [one.inputs for one in deploy(network_policy=policy).of_type(NETWORK_POLICY)]


def test_it_reaches_services_and_names_and_nothing_else() -> None:
    admits = policies()
    assert admitted(admits, WEB_UI, LLM_POD, 8000)
    assert admitted(admits, WEB_UI, DNS, 53, "UDP")
    for target, port in ((LLM_POD, 8265), (NEIGHBOUR, 8000), (METADATA, 80), (WORLD, 443)):
        assert not admitted(admits, WEB_UI, target, port)
    further = policies(egress=[{"to": [{"ipBlock": {"cidr": "3.5.7.9/32"}}], "ports": [{"port": 443}]}])
    assert admitted(further, WEB_UI, WORLD, 443)


def test_nobody_opens_it_but_who_is_named() -> None:
    admits = policies()
    assert not any(admitted(admits, one, WEB_UI, pod.PORT) for one in (INGRESS, BALANCER, LLM_POD))
    named = policies(client_namespaces=["ingress"], client_cidrs=["10.1.128.0/20"])
    assert admitted(named, INGRESS, WEB_UI, pod.PORT)
    assert admitted(named, BALANCER, WEB_UI, pod.PORT)
    assert not admitted(named, LLM_POD, WEB_UI, pod.PORT)
    assert not admitted(named, INGRESS, WEB_UI, 22)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"services": {}}, "services is empty, so there would be no model to chat with. Name one LLM service or more."),
        ({"services": {"llm": {"namespace": "vllm"}}}, "services.llm.serve_service is not set."),
        ({"namespace": "default"}, "namespace is 'default', which belongs to Kubernetes, and Open WebUI gets a"),
        ({"namespace": "Chat"}, "namespace is 'Chat'; it should start with a lower-case letter or digit"),
        ({"image": "Chat"}, "image is 'Chat', which is not a reference to a container image"),
        ({"storage_gib": 0}, "storage_gib is 0; it should be"),
        ({"storage_class": "GP3"}, "storage_class is 'GP3'; it should be the name of a StorageClass"),
        ({"env": {"ENABLE_SIGNUP": "true"}}, "env.ENABLE_SIGNUP is not yours to set: it says who gets in"),
        ({"env": {"OPENAI_API_KEY": "x"}}, "env.OPENAI_API_KEY is not yours to set"),
        ({"env": {"1": "x"}}, "env has the name '1'; it should hold only letters"),
        ({"env_from": [{"secret": "x"}]}, "env_from has {secret: x}; it should be like"),
        (
            {"network_policy": {"client_namespaces": ["A"]}},
            "network_policy.client_namespaces has 'A', which is no name of a namespace",
        ),
        (
            {"network_policy": {"client_cidrs": ["10.1.1.1/20"]}},
            "network_policy.client_cidrs has '10.1.1.1/20', which is not a CIDR block: the block of that address is",
        ),
        ({"network_policy": {"egress": [{"from": []}]}}, "network_policy.egress has a rule with from; a rule has"),
    ],
)
def test_what_cannot_be_is_said_before(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ProgramError, match=re.escape(message)):
        deploy(**args)


def test_an_api_server_takes_it(kubeconfig: str) -> None:
    api = KubernetesApi(kubeconfig)
    objects = applicable(deploy(namespace="neuronserve-test-webui"))
    with api.applied(objects):
        for manifest in objects:
            before = api.current(manifest)
            assert before is not None
            assert api.apply(manifest).metadata.generation == before.metadata.generation, manifest["kind"]
