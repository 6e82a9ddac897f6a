"""Open WebUI in a stack: it lists the models of all services, and each lets it in."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LOCAL, LONG, SMALL, problems_of, settings_of

ON: dict[str, Any] = {"openWebUi": {"enabled": True}}
TWO: dict[str, Any] = AWS | {"services": {"llama": LLAMA, "long": LONG | {"namespace": "long-prompts"}}}
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def plan(directory: Path, values: dict[str, Any]) -> Plan:
    return synthesise(project_with(directory, values | {"aws:region": "us-west-2"}), "test")


def test_it_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    made = plan(tmp_path, LOCAL)
    assert not made.of_type(DEPLOYMENT)
    assert "openWebUi" not in made.outputs


def test_it_lists_the_models_of_services_in_all_namespaces(tmp_path: Path) -> None:
    made = plan(tmp_path, TWO | ON)
    (container,) = made.resource(DEPLOYMENT).inputs["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert variables["OPENAI_API_BASE_URLS"].split(";") == [
        "http://llama-serve-svc.vllm.svc.cluster.local:8000/v1",
        "http://long-serve-svc.long-prompts.svc.cluster.local:8000/v1",
    ]
    image = container["image"]
    assert made.outputs["openWebUi"] == {"namespace": "openai-webui", "service": "open-webui", "image": image}


def test_its_image_comes_by_way_of_the_mirror(tmp_path: Path) -> None:
    made = plan(tmp_path, LOCAL | ON | {"mirror": {"registry": "registry.example.com/x"}})
    assert made.outputs["openWebUi"]["image"].startswith("registry.example.com/x/ghcr.io/open-webui/open-webui:v")


def test_each_service_lets_it_in() -> None:
    def clients(values: dict[str, Any]) -> dict[str, Any]:
        return {name: one.network_policy.client_namespaces for name, one in settings_of(values).services.items()}

    assert clients(TWO) == {"llama": [], "long": []}
    assert clients(TWO | ON) == {"llama": ["openai-webui"], "long": ["openai-webui"]}
    named = {"openWebUi": {"enabled": True, "namespace": "chat"}}
    services = {
        "named": SMALL | {"networkPolicy": {"clientNamespaces": ["apps", "chat"]}},
        "open": SMALL | {"serviceName": "open", "networkPolicy": {"enabled": False}},
        "other": SMALL | {"serviceName": "other", "networkPolicy": {"clientNamespaces": ["apps"]}},
    }
    assert clients(LOCAL | named | {"services": services}) == {
        "named": ["apps", "chat"],
        "open": [],
        "other": ["apps", "chat"],
    }


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            LOCAL | {"openWebUi": {"storageGib": 20, "namespace": "chat"}},
            "neuronserve:openWebUi.enabled is not true, so there is no Open WebUI, and "
            "neuronserve:openWebUi.namespace, neuronserve:openWebUi.storageGib would do nothing. Set "
            "neuronserve:openWebUi.enabled to true, or remove neuronserve:openWebUi.namespace, "
            "neuronserve:openWebUi.storageGib.",
        ),
        (
            {"cluster": {"existing": {}}} | ON,
            "neuronserve:openWebUi.enabled is true, and the stack has no service whose model could be chatted with. "
            "Add one below neuronserve:services, or remove neuronserve:openWebUi.",
        ),
        (
            LOCAL | {"openWebUi": {"enabled": True, "namespace": "vllm"}},
            "neuronserve:openWebUi.namespace is 'vllm', which belongs to neuronserve:services.llm; Open WebUI gets one "
            "of its own. Set it to another name, such as openai-webui.",
        ),
        (
            LOCAL | {"openWebUi": {"enabled": True, "namespace": "kuberay-operator"}},
            "neuronserve:openWebUi.namespace is 'kuberay-operator', which belongs to neuronserve:addOns.kubeRay; Open "
            "WebUI gets one of its own. Set it to another name, such as openai-webui.",
        ),
        (
            LOCAL | {"openWebUi": {"enabled": True, "env": {"DATA_DIR": "/x"}}},
            "neuronserve:openWebUi.env.DATA_DIR is not yours to set: it says who gets in, what leaves or where things "
            "are, and the component does. Remove it.",
        ),
    ],
)
def test_what_cannot_be_is_one_message(values: dict[str, Any], problem: str) -> None:
    assert problems_of(values) == [problem]


def test_it_has_a_place_on_a_node_or_says_so() -> None:
    (problem,) = problems_of(AWS | {"openWebUi": {"enabled": True, "memoryGib": 30}})
    assert problem.startswith("neuronserve:openWebUi comes to 0.25 CPU and 30.0 GiB, and the largest node of pool")
