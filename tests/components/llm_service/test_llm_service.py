import json
from typing import Any, cast

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.components.llm_service.serving_namespace import ServingNamespace
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.plan.program import run
from neuronserve.serving.settings import EngineSettings
from tests.components.llm_service.deployed import (
    BUDGET,
    CPU,
    NAMESPACE,
    NETWORK_POLICY,
    NEURON,
    RAY_SERVICE,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    STASH,
    changed,
    deploy,
    registered,
)
from tests.destroy_order import assert_destroyed_before


def test_it_makes_these_objects_and_no_others() -> None:
    plan = deploy(NEURON)
    component = plan.resource("neuronserve:index:LlmService").urn
    children = {resource.name: resource for resource in plan.resources if resource.urn != component}
    assert {name: child.type for name, child in children.items()} == {
        "llm-service-account": SERVICE_ACCOUNT,
        "llm-ray-token": SECRET,
        "llm-generated-ray-token": STASH,
        "llm-api-key": SECRET,
        "vllm/llm": SERVICE,
        "llm-head-network-policy": NETWORK_POLICY,
        "llm-worker-network-policy": NETWORK_POLICY,
        "llm-head-budget": BUDGET,
        "llm-ray-service": RAY_SERVICE,
        "llm-generated-api-key": STASH,
    }
    assert {child.parent for child in children.values()} == {component}
    objects = {name: child.inputs["metadata"] for name, child in children.items() if child.type != STASH}
    assert {name: metadata["name"] for name, metadata in objects.items()} == {
        "llm-service-account": "llm",
        "llm-ray-token": "llm-ray-token",
        "llm-api-key": "llm-api-key",
        "vllm/llm": "llm",
        "llm-head-network-policy": "llm-head",
        "llm-worker-network-policy": "llm-worker",
        "llm-head-budget": "llm-head",
        "llm-ray-service": "llm",
    }
    assert {metadata["namespace"] for metadata in objects.values()} == {"vllm"}


def test_pods_come_last_so_that_they_find_all_they_need() -> None:
    plan = deploy(changed(NEURON, hugging_face_token="hf_hunter2"))
    urns = {resource.name: resource.urn for resource in plan.resources}
    assert set(plan.resource(RAY_SERVICE).dependencies) == {
        urns["llm-service-account"],
        urns["llm-ray-token"],
        urns["llm-api-key"],
        urns["llm-hugging-face-token"],
        urns["llm-head-network-policy"],
        urns["llm-worker-network-policy"],
    }


def test_everything_waits_for_what_the_component_depends_on() -> None:
    def program() -> None:
        namespace = ServingNamespace("vllm", {})
        LlmService("llm", NEURON, pulumi.ResourceOptions(depends_on=[namespace]))

    plan = run(program)
    children = [resource for resource in plan.resources if "LlmService$" in resource.urn]
    assert len(children) == 10
    assert_destroyed_before(plan, children, [plan.resource(NAMESPACE)])


def test_outputs_say_where_it_answers() -> None:
    assert deploy(NEURON).outputs == {
        "namespace": "vllm",
        "name": "llm",
        "head_service": "llm",
        "serve_service": "llm-serve-svc",
        "endpoint": "http://llm-serve-svc.vllm.svc.cluster.local:8000/v1",
        "model_name": "NousResearch/Meta-Llama-3-8B-Instruct",
        "api_key": "[secret]",
    }


def test_names_can_be_chosen() -> None:
    def program() -> None:
        names = {
            "service_name": "llama",
            "namespace": pulumi.Output.from_input("elsewhere"),
            "head_service_name": "head",
            "image": pulumi.Output.from_input("built/just:now"),
        }
        service = LlmService("llm", changed(CPU, **names))
        pulumi.export("endpoint", service.endpoint)

    plan = run(program)
    assert not plan.of_type(NAMESPACE)
    assert plan.outputs["endpoint"] == "http://llama-serve-svc.elsewhere.svc.cluster.local:8000/v1"
    # The namespace is known only later, so the resource cannot be called after it.
    assert plan.resource(SERVICE, "llm-head-service").inputs["metadata"]["name"] == "head"
    assert plan.resource(SECRET, "llm-api-key").inputs["metadata"]["name"] == "llama-api-key"
    ray_service = plan.resource(RAY_SERVICE, "llm-ray-service").inputs
    assert ray_service["metadata"]["name"] == "llama"
    assert ray_service["metadata"]["namespace"] == "elsewhere"
    head = ray_service["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]["spec"]["containers"][0]
    assert head["image"] == "built/just:now"


def test_two_services_of_defaults_are_side_by_side() -> None:
    def program() -> None:
        LlmService("first", CPU)
        LlmService("second", CPU)

    plan = run(program)
    objects = [resource for resource in plan.resources if resource.type.startswith("kubernetes:")]
    places = {(one.type, one.inputs["metadata"]["namespace"], one.inputs["metadata"]["name"]) for one in objects}
    assert len(objects) == len(places) == 16


def test_fields_that_have_no_setting_can_be_laid_over_the_spec() -> None:
    further = {
        "serviceUnhealthySecondThreshold": 60,
        "rayClusterConfig": {
            "workerGroupSpecs": [
                {
                    "groupName": "cpu",
                    "template": {
                        "spec": {
                            "priorityClassName": "high",
                            "containers": [
                                {"name": "ray-worker", "env": [{"name": "VLLM_LOGGING_LEVEL", "value": "DEBUG"}]}
                            ],
                        }
                    },
                }
            ]
        },
    }
    before = deploy(CPU).resource(RAY_SERVICE).inputs["spec"]
    spec = deploy(changed(CPU, ray_service_spec=further)).resource(RAY_SERVICE).inputs["spec"]
    assert spec["serviceUnhealthySecondThreshold"] == 60
    (was,), (workers,) = (one["rayClusterConfig"]["workerGroupSpecs"] for one in (before, spec))
    pod, container = workers["template"]["spec"], workers["template"]["spec"]["containers"][0]
    assert pod.pop("priorityClassName") == "high"
    assert {"name": "VLLM_LOGGING_LEVEL", "value": "DEBUG"} in container["env"]
    container["env"] = [variable for variable in container["env"] if variable["name"] != "VLLM_LOGGING_LEVEL"]
    assert workers == was


def test_settings_take_the_place_of_arguments() -> None:
    settings = LlmServiceSettings(**NEURON)

    def program() -> None:
        LlmService.from_settings("llm", settings)

    assert run(program).resources == run(lambda: LlmService("llm", NEURON)).resources


def test_the_head_service_has_the_documented_ports_and_finds_the_head() -> None:
    plan = deploy(CPU)
    spec = plan.resource(SERVICE).inputs["spec"]
    assert {port["port"] for port in spec["ports"]} == {8080, 6379, 8265, 10001, 8000}
    assert all(port["port"] == port["targetPort"] for port in spec["ports"])
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    assert spec["selector"].items() <= cluster["headGroupSpec"]["template"]["metadata"]["labels"].items()
    worker = cluster["workerGroupSpecs"][0]["template"]["metadata"]["labels"]
    assert not spec["selector"].items() <= worker.items()


def test_the_settings_reach_the_application() -> None:
    plan = deploy(NEURON)
    spec = plan.resource(RAY_SERVICE).inputs["spec"]
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]
    settings = EngineSettings.model_validate(application["args"])
    assert (settings.tensor_parallel_size, settings.max_model_len, settings.max_num_seqs) == (8, 8192, 32)
    (workers,) = spec["rayClusterConfig"]["workerGroupSpecs"]
    # Three replicas of eight cores fit a node, and there is a place for a worker that moves.
    assert (workers["groupName"], workers["minReplicas"], workers["maxReplicas"]) == ("inf2", 1, 2 + 1)
    assert workers["rayStartParams"] == {"resources": r'"{\"neuron_cores\": 24}"'}
    limits = workers["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits["aws.amazon.com/neuron"] == "12"


def test_pods_wait_for_running_requests_as_long_as_they_are_told() -> None:
    model = {**NEURON["model"], "graceful_shutdown_timeout_s": 600}
    spec = deploy(changed(NEURON, model=model)).resource(RAY_SERVICE).inputs["spec"]
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]
    assert application["deployments"][0]["graceful_shutdown_timeout_s"] == 600
    (workers,) = spec["rayClusterConfig"]["workerGroupSpecs"]
    assert workers["template"]["spec"]["terminationGracePeriodSeconds"] > 600


def test_a_worker_that_shares_its_node_is_placed_by_the_neuron_scheduler() -> None:
    plan = deploy(changed(NEURON, worker={"neuron_chips": 4}, replicas={"min": 1}))
    (workers,) = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    pod = workers["template"]["spec"]
    assert pod["schedulerName"] == "my-scheduler"
    limits = pod["containers"][0]["resources"]["limits"]
    assert limits["aws.amazon.com/neuron"] == "4"
    assert workers["rayStartParams"] == {"resources": r'"{\"neuron_cores\": 8}"'}
    whole = deploy(NEURON).resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]
    assert "schedulerName" not in whole["template"]["spec"]
    all_cpus = int(whole["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    assert 0 < 3 * int(limits["cpu"]) <= all_cpus


def test_resources_can_be_chosen() -> None:
    plan = deploy(changed(CPU, head={"memory_gib": 6}, worker={"cpu": 8.0}))
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    head = cluster["headGroupSpec"]["template"]["spec"]["containers"][0]["resources"]
    worker = cluster["workerGroupSpecs"][0]["template"]["spec"]["containers"][0]["resources"]
    assert head == {
        "requests": {"cpu": "250m", "memory": "3Gi"},
        "limits": {"cpu": "1", "memory": "6Gi"},
    }
    assert worker == {
        "requests": {"cpu": "2", "memory": "3Gi"},
        "limits": {"cpu": "8", "memory": "6Gi"},
    }


@pytest.mark.parametrize(("args", "least_s", "most_s"), [(NEURON, 3000, 4500), (CPU, 900, 1800)])
def test_pulumi_waits_until_the_model_answers(
    args: LlmServiceArgs, least_s: int, most_s: int, registrations: dict[str, Any]
) -> None:
    metadata = deploy(args).resource(RAY_SERVICE).inputs["metadata"]
    assert metadata["annotations"].keys() == {"pulumi.com/waitFor", "pulumi.com/patchForce"}
    waits_for = json.loads(metadata["annotations"]["pulumi.com/waitFor"])
    # Ready is also what an old Ray cluster keeps the service, while the new one starts or never does.
    assert waits_for == ["condition=Ready", "condition=UpgradeInProgress=False"]
    timeouts = registered(registrations, "llm-ray-service").customTimeouts
    assert timeouts.create == timeouts.update
    assert least_s <= int(timeouts.create.removesuffix("s")) <= most_s


def test_only_the_autoscaler_may_ask_the_api_server() -> None:
    plan = deploy(NEURON)
    account = plan.resource(SERVICE_ACCOUNT).inputs
    assert account["automountServiceAccountToken"] is False
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        assert pod["serviceAccountName"] == account["metadata"]["name"]
        assert pod["automountServiceAccountToken"] is False


def test_all_mistakes_are_reported_at_once_and_nothing_is_made() -> None:
    wrong: dict[str, Any] = {
        "instance_typ": "inf2.8xlarge",
        "instance_type": "inf2.8xlarge",
        "image": "No Image",
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "max_model_len": 8192,
            "max_num_seqs": "8",
        },
        "replicas": {"min": 0},
    }
    caught: list[ValueError] = []

    def program() -> None:
        try:
            LlmService("Llm", cast(LlmServiceArgs, wrong))
        except ValueError as error:
            caught.append(error)

    plan = run(program)
    assert not plan.resources
    (error,) = caught
    assert isinstance(error, pulumi.RunError)
    lines = str(error).splitlines()
    assert lines[0] == "LlmService Llm cannot be deployed: 5 problems."
    for line, setting in zip(
        lines[1:],
        ("model.max_num_seqs", "replicas.min", "instance_typ", "service_name", "image"),
        strict=True,
    ):
        assert line.split(". ")[1].startswith(f"{setting} is ")


def test_children_use_the_provider_of_the_component() -> None:
    def program() -> None:
        provider = kubernetes.Provider("somewhere")
        LlmService("llm", CPU, pulumi.ResourceOptions(provider=provider))

    plan = run(program)
    kubernetes_objects = [resource for resource in plan.resources if resource.type.startswith("kubernetes:")]
    assert len(kubernetes_objects) == 8
    assert all("::somewhere" in (resource.provider or "") for resource in kubernetes_objects)
