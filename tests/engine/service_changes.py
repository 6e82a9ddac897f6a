"""What a change of a service's settings does to what runs: a table in docs/changes.md, by comparing RayServices."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from neuronserve.codegen.stack_keys import StackKey, stack_keys
from neuronserve.components.llm_service.ray_service_spec import ray_service_spec
from neuronserve.components.llm_service.settings import LlmServiceSettings, UpgradeStrategy
from neuronserve.components.llm_service.sizes import ray_service

SERVICE = {
    "serviceName": "llama",
    "instanceType": "inf2.48xlarge",
    "image": "registry.example.com/neuronserve:neuron",
    "model": {"name": "owner/model", "maxModelLen": 4096, "maxNumSeqs": 8},
    "replicas": {"min": 1, "max": 3},
}

OTHERWISE: dict[str, Any] = {
    "accelerator": "cpu",
    "instanceType": "inf2.8xlarge",
    "image": "registry.example.com/neuronserve:next",
    "headServiceName": "other",
    "model.name": "owner/other",
    "model.revision": "v2",
    "model.servedModelName": ["llama", "gpt-4o"],
    "model.tensorParallelSize": 2,
    "model.maxModelLen": 2048,
    "model.maxNumSeqs": 4,
    "model.maxQueuedRequests": 8,
    "model.gracefulShutdownTimeoutS": 600,
    "model.engineArguments": {"dtype": "float32"},
    "model.architecture": {"model_type": "llama"},
    "replicas.min": 2,
    "replicas.max": 4,
    "worker.cpu": 4,
    "worker.memoryGib": 64,
    "worker.neuronChips": 1,
    "worker.env": {"NEURON_CC_FLAGS": "--model-type=transformer"},
    "worker.envFrom": [{"secretRef": {"name": "further"}}],
    "worker.labels": {"team": "search"},
    "worker.annotations": {"team": "search"},
    "worker.nodeSelector": {"team": "search"},
    "worker.tolerations": [{"key": "team", "operator": "Exists"}],
    "worker.schedulerName": "neuron-scheduler",
    "worker.securityContext.runAsUser": 0,
    "worker.securityContext.capabilities.add": ["IPC_LOCK"],
    "imagePullSecrets": ["registry"],
    "head.env": {"RAY_LOG_TO_STDERR": "1"},
    "head.envFrom": [{"secretRef": {"name": "further"}}],
    "head.labels": {"team": "search"},
    "head.annotations": {"team": "search"},
    "head.nodeSelector": {"team": "search"},
    "head.tolerations": [{"key": "team", "operator": "Exists"}],
    "head.cpu": 4,
    "head.memoryGib": 16,
    "apiKey": "other",
    "requireApiKey": False,
    "huggingFaceToken": "token",
    "doNotDisrupt": False,
    "rayServiceSpec": {"rayClusterConfig": {"headGroupSpec": {"serviceType": "NodePort"}}},
}
"""Another value for each setting."""


@dataclass(frozen=True)
class Touched:
    """What a change touches."""

    engine: bool
    """What engines are started with."""
    pods: bool
    """Their definition, whatever the number of workers."""
    configuration: bool
    """What replicas take over while they run."""


def settings_in_table() -> Iterator[StackKey]:
    """Yield the settings that a service may change and stay the same service."""
    for key in stack_keys(LlmServiceSettings):
        if key.setting.kind.settings_type is None and key.path not in {"serviceName", "namespace", "upgradeStrategy"}:
            yield key


def touched(key: str, strategy: UpgradeStrategy) -> Touched:
    """Return what another value of a setting touches."""
    before, after = (_spec(service | {"upgradeStrategy": strategy.value}) for service in (SERVICE, _changed(key)))
    old, new = (yaml.safe_load(spec["serveConfigV2"])["applications"][0] for spec in (before, after))
    return Touched(
        engine=old["args"] != new["args"],
        pods=_pods(before["rayClusterConfig"]) != _pods(after["rayClusterConfig"]),
        configuration=old["deployments"] != new["deployments"],
    )


def _changed(key: str) -> dict[str, Any]:
    service = copy.deepcopy(SERVICE)
    *parents, last = key.split(".")
    section = service
    for parent in parents:
        section = section.setdefault(parent, {})
    section[last] = OTHERWISE[key]
    return service


def _spec(service: dict[str, Any]) -> dict[str, Any]:
    return ray_service_spec(ray_service(LlmServiceSettings.model_validate(service)))


def _pods(cluster: dict[str, Any]) -> dict[str, Any]:
    """Return a Ray cluster without its numbers of workers, which KubeRay changes in place."""
    numbers = {"replicas", "minReplicas", "maxReplicas"}
    (group,) = cluster["workerGroupSpecs"]
    return cluster | {"workerGroupSpecs": [{key: value for key, value in group.items() if key not in numbers}]}
