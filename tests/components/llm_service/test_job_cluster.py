import copy
import json
from typing import Any

import pulumi
import pytest
import yaml

from neuronserve.components import LlmService
from neuronserve.components.llm_service.job_cluster import ENGINES_VARIABLE, job_cluster_spec
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.program import run
from neuronserve.serving.settings import EngineSettings
from neuronserve.settings import InvalidSettingsError

ARGS: dict[str, Any] = {
    "instance_type": "inf2.8xlarge",
    "image": "registry.example.com/neuronserve:neuron",
    "model": {
        "name": "meta-llama/Llama-3.1-8B-Instruct",
        "tensor_parallel_size": 2,
        "max_model_len": 4096,
        "max_num_seqs": 8,
    },
    "replicas": {"min": 2},
    "upgrade_strategy": "None",
    "require_api_key": False,
}


def job(**args: Any) -> dict[str, Any]:
    spec = job_cluster_spec("batch", {**ARGS, **args})
    assert isinstance(spec, dict)
    return spec


def service(**args: Any) -> dict[str, Any]:
    plan = run(lambda: LlmService("batch", {**ARGS, **args}))
    spec: dict[str, Any] = plan.resource("kubernetes:ray.io/v1:RayService").inputs["spec"]
    return spec


def engines(cluster: dict[str, Any]) -> dict[str, Any]:
    (container,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    (text,) = (variable["value"] for variable in container["env"] if variable["name"] == ENGINES_VARIABLE)
    known: dict[str, Any] = json.loads(text)
    return known


def without_what_differs(cluster: dict[str, Any]) -> dict[str, Any]:
    cluster = copy.deepcopy(cluster)
    cluster["authOptions"].pop("secretName", None)
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        pod.pop("terminationGracePeriodSeconds", None)
        for field in ("readinessProbe", "lifecycle"):
            pod["containers"][0].pop(field, None)
    container = cluster["headGroupSpec"]["template"]["spec"]["containers"][0]
    container["env"] = [variable for variable in container["env"] if variable["name"] != ENGINES_VARIABLE]
    return cluster


@pytest.mark.parametrize("further", [{}, {"instance_type": "inf2.48xlarge", "replicas": {"min": 12}}])
def test_its_pods_are_those_of_a_service_short_of_what_serves(further: dict[str, Any]) -> None:
    assert without_what_differs(job(**further)) == without_what_differs(service(**further)["rayClusterConfig"])


def test_rays_token_is_one_that_kuberay_makes() -> None:
    assert job()["authOptions"] == {"mode": "token"}


def test_kuberay_does_not_wait_for_proxies_that_no_job_starts() -> None:
    spec = job()
    for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        assert "terminationGracePeriodSeconds" not in pod
        assert not {"readinessProbe", "lifecycle"} & pod["containers"][0].keys()


def test_its_program_is_told_what_a_replica_of_a_service_is_told() -> None:
    told = engines(job())
    (application,) = yaml.safe_load(service()["serveConfigV2"])["applications"]
    assert told == {
        "settings": application["args"],
        "actorOptions": application["deployments"][0]["ray_actor_options"],
        "number": 2,
    }
    EngineSettings.model_validate(told["settings"])


def test_all_its_workers_are_there_from_the_start() -> None:
    spec = job(replicas={"min": 1, "max": 3})
    (group,) = spec["workerGroupSpecs"]
    assert (group["replicas"], group["minReplicas"], group["maxReplicas"]) == (3, 3, 3)
    assert "enableInTreeAutoscaling" not in spec
    assert engines(spec)["number"] == 3


def test_further_fields_are_laid_over_it() -> None:
    probe = {"exec": {"command": ["true"]}}
    container = {"name": "ray-worker", "readinessProbe": probe}
    groups = [{"groupName": "inf2", "template": {"spec": {"containers": [container]}}}]
    (group,) = job(ray_service_spec={"rayClusterConfig": {"workerGroupSpecs": groups}})["workerGroupSpecs"]
    assert group["template"]["spec"]["containers"][0]["readinessProbe"] == probe


def test_its_model_may_be_known_later() -> None:
    def program() -> None:
        model = {**ARGS["model"], "name": pulumi.Output.from_input(ARGS["model"]["name"])}
        pulumi.export("spec", job_cluster_spec("batch", {**ARGS, "model": model}))

    assert run(program).outputs["spec"] == job()


def test_a_mistake_gets_the_message_that_a_service_would_get() -> None:
    model = {**ARGS["model"], "max_num_seqs": 64}
    with pytest.raises(InvalidSettingsError) as of_job:
        job(model=model)
    with pytest.raises(ProgramError) as of_service:
        service(model=model)
    assert str(of_job.value) == str(of_service.value).replace("LlmService batch", "job_cluster_spec batch")


def test_a_key_is_refused_for_which_nobody_would_be_asked() -> None:
    with pytest.raises(InvalidSettingsError, match="api_key is set, but require_api_key is false"):
        job(api_key="a-key")
