"""What the real KubeRay operator makes of our RayService, in a throw-away cluster."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from kubernetes import client, config

from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.ray_service_spec import (
    ENGINE_ANNOTATION,
    NeuronNode,
    RayService,
    Workers,
    pod_labels,
    ray_service_spec,
)
from neuronserve.components.llm_service.settings import PodSettings, UpgradeStrategy
from neuronserve.serving.serve_config import Replicas
from neuronserve.serving.settings import Accelerator, ServingSettings

OPERATOR_DEADLINE_S = 15
"""Until the first sign of an operator."""
DEADLINE_S = 60
"""Until it has made the pods."""

SERVICE = RayService(
    name="llm",
    image="localhost/neuronserve:cpu",
    serving=ServingSettings(
        accelerator=Accelerator.CPU, model="smollm2-135m-instruct", max_model_len=2048, max_num_seqs=16
    ),
    replicas=Replicas(1, 1),
    head=ContainerResources(0.5, 1, 2, 3),
    workers=Workers(ContainerResources(1, 2, 4, 6)),
    service_account_name="default",
    api_key_secret_name="llm-api-key",
    ray_token_secret_name="llm-ray-token",
    hugging_face_token_secret_name="llm-hugging-face-token",
    upgrade_strategy=UpgradeStrategy.NEW_CLUSTER,
)
NEURON = replace(
    SERVICE,
    serving=SERVICE.serving.model_copy(update={"accelerator": Accelerator.NEURON, "tensor_parallel_size": 2}),
    replicas=Replicas(2, 3),
    workers=Workers(ContainerResources(28, 28, 100, 100), node=NeuronNode("inf2.8xlarge", chips=1, cores=2)),
)
FIELDS = PodSettings(
    env={"OMP_NUM_THREADS": "4"},
    env_from=[{"secretRef": {"name": "more"}}],
    labels={"example.com/team": "search"},
    annotations={"example.com/note": "any text"},
    node_selector={"example.com/disk": "fast"},
    tolerations=[{"key": "team", "operator": "Exists"}],
)
FURTHER = replace(
    NEURON,
    head_pod=FIELDS,
    workers=replace(NEURON.workers, pod=FIELDS, scheduler_name="neuron-scheduler"),
    image_pull_secrets=("registry",),
)


@pytest.fixture
def api(kubeconfig: str) -> client.ApiClient:
    made: client.ApiClient = config.new_client_from_config(kubeconfig)  # type: ignore[no-untyped-call]
    return made


@pytest.fixture
def namespace(api: client.ApiClient) -> Iterator[str]:
    """Make a namespace that lets in only pods of the restricted Pod Security Standard."""
    try:
        client.CustomObjectsApi(api).get_api_resources("ray.io", "v1")
    except client.ApiException as error:
        if error.status == 404:
            pytest.skip("this cluster has no RayServices")
        raise
    core = client.CoreV1Api(api)
    name = f"kuberay-{uuid.uuid4().hex[:8]}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=name, labels=labels)))
    yield name
    core.delete_namespace(name)


def apply(api: client.ApiClient, namespace: str, service: RayService) -> None:
    """Apply the RayService as Pulumi does: on the server's side, checked strictly."""
    client.CustomObjectsApi(api).patch_namespaced_custom_object(
        "ray.io",
        "v1",
        namespace,
        "rayservices",
        service.name,
        {
            "apiVersion": "ray.io/v1",
            "kind": "RayService",
            "metadata": {"name": service.name},
            "spec": ray_service_spec(service),
        },
        field_manager="neuronserve",
        force=True,
        field_validation="Strict",
        _content_type="application/apply-patch+yaml",
    )


def cluster_with(api: client.ApiClient, namespace: str, engine: str) -> str:
    """Wait for the Ray cluster of an engine, by its digest; return its name."""
    custom, start = client.CustomObjectsApi(api), time.monotonic()
    while True:
        listed = custom.list_namespaced_custom_object("ray.io", "v1", namespace, "rayclusters")["items"]
        for cluster in listed:
            if _engine(cluster["spec"]) == engine:
                name: str = cluster["metadata"]["name"]
                return name
        waited_s = time.monotonic() - start
        if waited_s > OPERATOR_DEADLINE_S and not listed:
            pytest.skip("no KubeRay operator runs in this cluster")
        assert waited_s < DEADLINE_S, listed
        time.sleep(0.5)


def _engine(cluster: dict[str, Any]) -> str:
    (workers,) = cluster["workerGroupSpecs"]
    digest: str = workers["template"]["metadata"]["annotations"][ENGINE_ANNOTATION]
    return digest


def test_another_engine_takes_another_cluster(api: client.ApiClient, namespace: str) -> None:
    names = []
    for longest in (2048, 1024):
        service = replace(SERVICE, serving=SERVICE.serving.model_copy(update={"max_model_len": longest}))
        apply(api, namespace, service)
        names.append(cluster_with(api, namespace, _engine(ray_service_spec(service)["rayClusterConfig"])))
    assert names[0] != names[1]


@pytest.mark.parametrize("service", [SERVICE, NEURON, FURTHER], ids=["cpu", "neuron-autoscaled", "further-fields"])
def test_kuberay_makes_the_pods(service: RayService, api: client.ApiClient, namespace: str) -> None:
    core = client.CoreV1Api(api)
    apply(api, namespace, service)
    wanted = 1 + service.replicas.minimum
    start = time.monotonic()
    while len(pods := core.list_namespaced_pod(namespace).items) < wanted:
        events = [f"{event.reason}: {event.message}" for event in core.list_namespaced_event(namespace).items]
        waited_s = time.monotonic() - start
        if waited_s > OPERATOR_DEADLINE_S and not events:
            pytest.skip("no KubeRay operator runs in this cluster")
        assert waited_s < DEADLINE_S, "\n".join(events)
        time.sleep(0.5)

    def selected(component: str) -> list[Any]:
        selector = ",".join(f"{key}={value}" for key, value in pod_labels(service.name, component).items())
        found: list[Any] = core.list_namespaced_pod(namespace, label_selector=selector).items
        return found

    # Our labels, by which the head Service selects, tell head and workers apart.
    assert len(pods) == wanted
    (head,) = selected("head")
    workers = selected("worker")
    assert head.metadata.labels["ray.io/node-type"] == "head"
    assert {pod.metadata.labels["ray.io/node-type"] for pod in workers} == {"worker"}
    assert len(workers) == service.replicas.minimum

    # KubeRay adds the port for metrics, and the autoscaler beside the head only where it is wanted.
    assert {port.container_port for port in head.spec.containers[0].ports} == {6379, 8265, 10001, 8000, 8080}
    containers = [container.name for container in head.spec.containers]
    assert containers == (["ray-head", "autoscaler"] if service.is_autoscaled else ["ray-head"])
    assert "--num-cpus=0" in head.spec.containers[0].args[0]

    # Everything of Ray's has the token, by which its parts know each other: the init container waits for the head.
    for pod in pods:
        for container in [*pod.spec.containers, *(pod.spec.init_containers or [])]:
            env = {variable.name: variable for variable in container.env}
            assert env["RAY_AUTH_MODE"].value == "token", container.name
            source = env["RAY_AUTH_TOKEN"].value_from.secret_key_ref
            assert (source.name, source.key) == ("llm-ray-token", "auth_token"), container.name

    for worker in workers:
        ray = worker.spec.containers[0]
        command = ray.args[0]
        if service.workers.node:
            assert r'--resources="{\"neuron_cores\": 2}"' in command
            selector = {"node.kubernetes.io/instance-type": "inf2.8xlarge"}
            assert worker.spec.node_selector == selector | service.workers.pod.node_selector
            assert ray.resources.limits["aws.amazon.com/neuron"] == "1"
        else:
            assert "neuron_cores" not in command
        names = {variable.name for variable in ray.env}
        assert {"NEURONSERVE_API_KEYS", "HF_TOKEN_PATH"} <= names

    if service is FURTHER:
        assert {worker.spec.scheduler_name for worker in workers} == {"neuron-scheduler"}
        for pod in pods:
            ray = pod.spec.containers[0]
            assert {variable.name: variable.value for variable in ray.env}["OMP_NUM_THREADS"] == "4"
            assert [source.secret_ref.name for source in ray.env_from] == ["more"]
            assert pod.metadata.labels["example.com/team"] == "search"
            assert pod.metadata.annotations["example.com/note"] == "any text"
            assert pod.spec.node_selector["example.com/disk"] == "fast"
            assert "team" in {toleration.key for toleration in pod.spec.tolerations}
            assert [secret.name for secret in pod.spec.image_pull_secrets] == ["registry"]
