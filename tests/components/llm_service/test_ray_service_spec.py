import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ray.autoscaler._private.kuberay.autoscaling_config import _get_custom_resources
from ray.serve._private.http_util import validate_http_proxy_callback_return
from ray.serve._private.utils import call_function_from_import_path

from neuronserve.components.llm_service.autoscaler import TOKEN_DIRECTORY, TOKEN_VOLUME
from neuronserve.components.llm_service.container_resources import ContainerResources, cpu_quantity, memory_quantity
from neuronserve.components.llm_service.ray_service_spec import (
    API_KEYS_DIRECTORY,
    HUGGING_FACE_TOKEN_FILE,
    RAY_VERSION,
    NeuronNode,
    RayService,
    Workers,
    pod_labels,
    ray_resources,
    ray_service_spec,
)
from neuronserve.components.llm_service.settings import UpgradeStrategy
from neuronserve.facts import node_labels
from neuronserve.serving import leaving
from neuronserve.serving.serve_config import RAY_ENVIRONMENT, Replicas
from neuronserve.serving.settings import Accelerator, EngineSettings, ServingSettings

ROOT = Path(__file__).parents[3]

NEURON = RayService(
    name="llm",
    image="registry.example.com/neuronserve:neuron",
    serving=ServingSettings(
        accelerator=Accelerator.NEURON,
        model="owner/model",
        tensor_parallel_size=2,
        max_model_len=4096,
        max_num_seqs=8,
        graceful_shutdown_timeout_s=100,
    ),
    replicas=Replicas(1, 3),
    head=ContainerResources(2, 2, 8, 8),
    workers=Workers(ContainerResources(28, 28, 105, 105), node=NeuronNode("inf2.8xlarge", chips=1, cores=2)),
    service_account_name="llm",
    api_key_secret_name="llm-api-key",
    ray_token_secret_name="llm-ray-token",
    hugging_face_token_secret_name=None,
    upgrade_strategy=UpgradeStrategy.NEW_CLUSTER,
)
CPU = replace(
    NEURON,
    serving=NEURON.serving.model_copy(update={"accelerator": Accelerator.CPU, "tensor_parallel_size": 1}),
    replicas=Replicas(1, 1),
    workers=Workers(ContainerResources(1, 2, 4, 6)),
)
FIXED = replace(CPU, upgrade_strategy=UpgradeStrategy.NONE)
"""Without a place for one worker more, and so without an autoscaler."""

positive = st.floats(min_value=0.001, max_value=10_000)


def group(service: RayService, component: str) -> dict[str, Any]:
    cluster: dict[str, Any] = ray_service_spec(service)["rayClusterConfig"]
    if component == "head":
        head: dict[str, Any] = cluster["headGroupSpec"]
        return head
    (worker,) = cluster["workerGroupSpecs"]
    return dict(worker)


def pod(service: RayService, component: str) -> dict[str, Any]:
    spec: dict[str, Any] = group(service, component)["template"]["spec"]
    return spec


def container(service: RayService, component: str) -> dict[str, Any]:
    (only,) = pod(service, component)["containers"]
    return dict(only)


def environment(service: RayService, component: str) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(service, component)["env"]}


@given(
    st.dictionaries(
        st.text("abcxyz019_-.", min_size=1),
        st.integers(min_value=1, max_value=1000),
        min_size=1,
    )
)
def test_the_autoscaler_reads_custom_resources_back(resources: dict[str, int]) -> None:
    read = _get_custom_resources({}, {"resources": ray_resources(resources)}, "group")
    assert read == resources
    assert all(type(value) is int for value in read.values())


def test_custom_resources_are_written_as_documented() -> None:
    assert ray_resources({"neuron_cores": 2}) == r'"{\"neuron_cores\": 2}"'


@given(positive)
def test_quantities_are_never_less_than_asked_for_nor_much_more(value: float) -> None:
    cpu = cpu_quantity(value)
    cores = int(cpu[:-1]) / 1000 if cpu.endswith("m") else int(cpu)
    assert value - 1e-6 <= cores < value + 0.001 + 1e-6
    memory = memory_quantity(value)
    gib = int(memory[:-2]) / (1024 if memory.endswith("Mi") else 1)
    assert value - 1e-6 <= gib < value + 1 / 1024 + 1e-6


def test_quantities_are_written_the_shortest_way() -> None:
    assert (cpu_quantity(2), cpu_quantity(0.5)) == ("2", "500m")
    assert (memory_quantity(4), memory_quantity(6 * 2 / 3), memory_quantity(0.5)) == ("4Gi", "4Gi", "512Mi")


def test_ray_version_is_that_of_the_image() -> None:
    (pinned,) = re.findall(r"^ray(?:\[.*\])?==(\S+)", (ROOT / "requirements/serving-cpu.txt").read_text(), re.MULTILINE)
    assert pinned == RAY_VERSION


@given(
    minimum=st.integers(1, 40),
    more=st.integers(0, 40),
    per_worker=st.integers(1, 12),
)
def test_workers_hold_every_replica_and_no_worker_is_spare(minimum: int, more: int, per_worker: int) -> None:
    service = replace(
        NEURON,
        upgrade_strategy=UpgradeStrategy.NONE,
        replicas=Replicas(minimum, minimum + more),
        workers=replace(NEURON.workers, replicas_per_worker=per_worker),
    )
    workers = group(service, "worker")
    assert workers["replicas"] == workers["minReplicas"] <= workers["maxReplicas"]
    for count, wanted in ((workers["minReplicas"], minimum), (workers["maxReplicas"], minimum + more)):
        assert (count - 1) * per_worker < wanted <= count * per_worker
    assert ("enableInTreeAutoscaling" in ray_service_spec(service)["rayClusterConfig"]) == (more > 0)
    beside = group(replace(service, upgrade_strategy=UpgradeStrategy.NEW_CLUSTER), "worker")
    assert beside == workers | {"maxReplicas": workers["maxReplicas"] + 1, "template": beside["template"]}


def test_a_neuron_worker_takes_a_whole_node() -> None:
    workers = group(NEURON, "worker")
    assert workers["groupName"] == "inf2"
    assert workers["rayStartParams"] == {"resources": r'"{\"neuron_cores\": 2}"'}
    resources = container(NEURON, "worker")["resources"]
    assert resources["limits"] == {"cpu": "28", "memory": "105Gi", "aws.amazon.com/neuron": "1"}
    assert resources["requests"] == resources["limits"]
    spec = pod(NEURON, "worker")
    assert spec["nodeSelector"] == {"node.kubernetes.io/instance-type": "inf2.8xlarge"}
    assert spec["tolerations"] == [{"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}]
    assert "schedulerName" not in spec


def test_a_cpu_worker_can_run_on_any_node() -> None:
    workers = group(CPU, "worker")
    assert workers["groupName"] == "cpu"
    assert workers["rayStartParams"] == {"num-cpus": "1"}  # room for one replica, whatever its processors
    spec = pod(CPU, "worker")
    assert "nodeSelector" not in spec
    assert "tolerations" not in spec
    assert container(CPU, "worker")["resources"] == {
        "requests": {"cpu": "1", "memory": "4Gi"},
        "limits": {"cpu": "2", "memory": "6Gi"},
    }


def test_the_head_runs_no_replica_and_has_the_documented_ports() -> None:
    head = group(NEURON, "head")
    assert head["rayStartParams"] == {"num-cpus": "0", "dashboard-host": "0.0.0.0"}
    assert "headService" not in head  # KubeRay refuses its name to be set
    ports = {port["containerPort"] for port in container(NEURON, "head")["ports"]}
    assert ports == {6379, 8265, 10001, 8000}
    assert "aws.amazon.com/neuron" not in container(NEURON, "head")["resources"]["limits"]


@pytest.mark.parametrize("component", ["head", "worker"])
@pytest.mark.parametrize("service", [NEURON, CPU], ids=["neuron", "cpu"])
def test_pods_are_locked_down_and_can_stop_in_peace(service: RayService, component: str) -> None:
    spec = pod(service, component)
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "fsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(service, component)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    writable = {mount["mountPath"] for mount in container(service, component)["volumeMounts"]}
    assert {"/tmp", environment(service, component)["HOME"]} <= writable
    assert spec["shareProcessNamespace"] is (component == "worker")
    assert container(service, component)["imagePullPolicy"] == "IfNotPresent"
    # A Service named vllm would otherwise set VLLM_PORT in every pod, which ends vLLM's start.
    assert spec["enableServiceLinks"] is False
    metadata = group(service, component)["template"]["metadata"]
    assert metadata["annotations"]["karpenter.sh/do-not-disrupt"] == "true"
    assert metadata["labels"] == pod_labels("llm", component)
    mounted = {mount["name"] for mount in container(service, component)["volumeMounts"]}
    assert mounted == {volume["name"] for volume in spec["volumes"]} - {TOKEN_VOLUME}
    assert environment(service, component)["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.mark.parametrize(
    ("service", "wait_s"), [(NEURON, 900 + 2700), (CPU, 900 + 2700), (FIXED, 0)], ids=["loaded", "fixed", "no-room"]
)
def test_a_worker_drains_before_its_pod_is_killed(service: RayService, wait_s: int) -> None:
    """One with room for another goes on until an engine has had all the time there that it may take to start."""
    graceful_s = service.serving.graceful_shutdown_timeout_s
    # Serve stops a replica as long before the end of Ray's time as the replica may take.
    *_, module, drain_s = container(service, "worker")["lifecycle"]["preStop"]["exec"]["command"]
    assert module == "neuronserve.serving.leaving"
    assert int(drain_s) == graceful_s + wait_s
    assert pod(service, "worker")["terminationGracePeriodSeconds"] > int(drain_s) + leaving.TIMEOUT_S


def test_a_head_sends_its_clients_elsewhere_and_has_nothing_to_drain() -> None:
    assert environment(CPU, "head")["RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S"] == "0"
    assert container(CPU, "head")["lifecycle"]["preStop"]["exec"]["command"] == ["python3", "-m", leaving.__name__]
    assert pod(CPU, "head")["terminationGracePeriodSeconds"] > leaving.TIMEOUT_S


@pytest.mark.parametrize("component", ["head", "worker"])
def test_serves_proxies_ask_clients_to_leave(component: str) -> None:
    """By a path that Serve itself follows, to what it takes."""
    path = environment(CPU, component)["RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"]
    (middleware,) = validate_http_proxy_callback_return(call_function_from_import_path(path))
    assert middleware.cls is leaving.LeavingMiddleware


def test_one_slow_probe_takes_no_worker_away() -> None:
    probe = container(CPU, "worker")["readinessProbe"]
    assert probe["failureThreshold"] > 1
    assert probe["timeoutSeconds"] > 2


def test_ray_can_read_which_cores_it_has() -> None:
    assert environment(NEURON, "worker")["NEURON_RT_VISIBLE_CORES"] == "0,1"
    assert "args" not in container(NEURON, "worker")
    shared = replace(NEURON, workers=replace(NEURON.workers, node=replace(NEURON.workers.node, shared=True)))
    assert "NEURON_RT_VISIBLE_CORES" not in environment(shared, "worker")
    assert container(shared, "worker")["args"] == ['eval "$(python3 -m neuronserve.serving.visible_cores)"']
    assert "NEURON_RT_VISIBLE_CORES" not in environment(CPU, "worker")


def test_secrets_are_files_of_the_worker_alone() -> None:
    service = replace(NEURON, hugging_face_token_secret_name="llm-hugging-face-token")
    variables = environment(service, "worker")
    assert variables["NEURONSERVE_API_KEYS"] == API_KEYS_DIRECTORY
    assert variables["HF_TOKEN_PATH"] == HUGGING_FACE_TOKEN_FILE
    volumes = {volume["name"]: volume.get("secret") for volume in pod(service, "worker")["volumes"]}
    assert volumes["api-key"] == {"secretName": "llm-api-key", "defaultMode": 0o440}
    assert volumes["hugging-face-token"] == {"secretName": "llm-hugging-face-token", "defaultMode": 0o440}
    mounts = {mount["name"]: mount for mount in container(service, "worker")["volumeMounts"]}
    for name, directory in (
        ("api-key", API_KEYS_DIRECTORY),
        ("hugging-face-token", str(Path(HUGGING_FACE_TOKEN_FILE).parent)),
    ):
        # As a whole: of a file by itself (subPath) a changed Secret never reaches the pod.
        assert mounts[name] == {"name": name, "mountPath": directory, "readOnly": True}
    assert "secret" not in json.dumps(pod(service, "head"))


def test_without_secrets_there_is_no_trace_of_them() -> None:
    open_service = replace(NEURON, api_key_secret_name=None)
    assert environment(open_service, "worker").keys() == {
        *RAY_ENVIRONMENT,
        "HF_HOME",
        "HOME",
        "NEURON_RT_VISIBLE_CORES",
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH",
        "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S",
    }
    spec = ray_service_spec(open_service)
    assert spec["rayClusterConfig"].pop("authOptions") == {"mode": "token", "secretName": "llm-ray-token"}
    assert "secret" not in json.dumps(spec).replace(TOKEN_DIRECTORY, "")


def test_downloaded_weights_lie_on_a_volume() -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in container(CPU, "worker")["volumeMounts"]}
    volume = mounts[environment(CPU, "worker")["HF_HOME"]]
    assert {"name": volume, "emptyDir": {}} in pod(CPU, "worker")["volumes"]


def test_the_service_as_a_whole() -> None:
    spec = ray_service_spec(NEURON)
    assert "excludeHeadPodFromServeSvc" not in spec  # while there is no worker, requests wait there
    assert spec["upgradeStrategy"] == {"type": "NewCluster"}
    assert spec["rayClusterDeletionDelaySeconds"] == 100
    assert "upgradeStrategy" not in spec["rayClusterConfig"]  # KubeRay refuses it there
    (application,) = yaml.safe_load(spec["serveConfigV2"])["applications"]
    (deployment,) = application["deployments"]
    assert EngineSettings.model_validate(application["args"]).max_model_len == 4096
    assert deployment["graceful_shutdown_timeout_s"] == 100
    assert deployment["autoscaling_config"]["max_replicas"] == 3
    assert deployment["ray_actor_options"]["resources"] == {"neuron_cores": 2}


@pytest.mark.parametrize(
    ("service", "keys"),
    # A node of accelerators is a worker's own, or shared with others because that costs less.
    [(NEURON, [node_labels.ZONE_NAME]), (CPU, [node_labels.ZONE_NAME, node_labels.HOSTNAME])],
)
def test_workers_prefer_different_zones_and_nodes(service: RayService, keys: list[str]) -> None:
    constraints = pod(service, "worker")["topologySpreadConstraints"]
    assert [constraint["topologyKey"] for constraint in constraints] == keys
    for constraint in constraints:
        # There may be capacity in one zone only, and a laptop has one node.
        assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"
        assert constraint["labelSelector"]["matchLabels"] == pod_labels("llm", "worker")


def with_serving(service: RayService, **changes: Any) -> RayService:
    return replace(service, serving=service.serving.model_copy(update=changes))


@pytest.mark.parametrize("strategy", UpgradeStrategy)
@pytest.mark.parametrize("change", [{"max_model_len": 2048}, {"engine_arguments": {"dtype": "float32"}}])
def test_another_engine_is_another_pod_where_kuberay_starts_that_first(
    strategy: UpgradeStrategy, change: dict[str, Any]
) -> None:
    service = replace(CPU, upgrade_strategy=strategy)
    before, after = (ray_service_spec(one)["rayClusterConfig"] for one in (service, with_serving(service, **change)))
    assert (before != after) == (strategy is UpgradeStrategy.NEW_CLUSTER)


def test_what_running_replicas_take_over_starts_no_pod() -> None:
    changed = with_serving(CPU, max_queued_requests=1, served_model_name=["a", "b"])
    before, after = (ray_service_spec(one) for one in (CPU, changed))
    assert before["rayClusterConfig"] == after["rayClusterConfig"]
    assert before["serveConfigV2"] != after["serveConfigV2"]


@pytest.mark.parametrize(("cpu", "threads"), [(0.5, "1"), (2, "1"), (7.5, "6"), (16, "15")])
def test_an_engine_on_processors_has_the_threads_of_its_pod_and_no_places(cpu: float, threads: str) -> None:
    service = replace(CPU, workers=Workers(ContainerResources(cpu / 4, cpu, 4, 6)))
    variables = environment(service, "worker")
    assert (variables["OMP_NUM_THREADS"], variables["VLLM_CPU_OMP_THREADS_BIND"]) == (threads, "nobind")
    assert not {"OMP_NUM_THREADS", "VLLM_CPU_OMP_THREADS_BIND"} & environment(NEURON, "worker").keys()
