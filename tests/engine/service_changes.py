"""What a change of a service's settings does to what runs: a table in docs/changes.md, by comparing RayServices."""

import copy
from collections.abc import Iterator
from typing import Any

from neuronserve.codegen.stack_keys import StackKey, stack_keys
from neuronserve.components.llm_service.ingress import ingress_annotations, ingress_spec
from neuronserve.components.llm_service.ray_service_spec import ray_service_spec
from neuronserve.components.llm_service.settings import ExposeSettings, LlmServiceSettings, UpgradeStrategy
from neuronserve.components.llm_service.sizes import ray_service
from neuronserve.review.diff import ingress_changes
from neuronserve.review.diff.ray_service_changes import taken, touched, upgrades_beside

SERVICE = {
    "serviceName": "llama",
    "instanceType": "inf2.48xlarge",
    "image": "registry.example.com/neuronserve:neuron",
    "model": {"name": "owner/model", "maxModelLen": 4096, "maxNumSeqs": 8},
    "replicas": {"min": 1, "max": 3},
    "expose": {
        "scheme": "internal",
        "hostname": "llm.example.com",
        "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/a1b2",
    },
    "headFaultTolerance": {"storage": "Redis", "redisAddress": "redis://redis:6379", "redisPassword": "password"},
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
    "worker.priorityClassName": "high",
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
    "head.priorityClassName": "high",
    "head.cpu": 4,
    "head.memoryGib": 16,
    "headFaultTolerance.storage": "Embedded",
    "headFaultTolerance.redisAddress": "redis://other:6379",
    "headFaultTolerance.redisUsername": "ray",
    "headFaultTolerance.redisPassword": "other",
    "apiKey": "other",
    "apiKeys": {"team-a": "key"},
    "requireApiKey": False,
    "huggingFaceToken": "token",
    "doNotDisrupt": False,
    "networkPolicy.enabled": False,
    "networkPolicy.clientNamespaces": ["chat"],
    "networkPolicy.clientCidrs": ["10.1.0.0/20"],
    "networkPolicy.monitoringNamespaces": ["monitoring"],
    "networkPolicy.operatorNamespace": "ray-system",
    "networkPolicy.egress": [{"to": [{"ipBlock": {"cidr": "10.1.2.3/32"}}]}],
    "expose.scheme": "internet-facing",
    "expose.hostname": "other.example.com",
    "expose.certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/c3d4",
    "expose.allowedCidrs": ["10.0.0.0/8"],
    "expose.paths": ["/v1"],
    "expose.idleTimeoutS": 60,
    "expose.sslPolicy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "expose.accessLogsBucket": "logs",
    "expose.wafAclArn": "arn:aws:wafv2:us-west-2:111122223333:regional/webacl/llm/a1b2",
    "expose.deletionProtection": True,
    "expose.group": "llms",
    "expose.ingressClass": "internal-alb",
    "expose.tags": {"team": "search"},
    "rayServiceSpec": {"rayClusterConfig": {"headGroupSpec": {"serviceType": "NodePort"}}},
}
"""Another value for each setting."""


def settings_in_table() -> Iterator[StackKey]:
    """Yield the settings that a service may change and stay the same service."""
    for key in stack_keys(LlmServiceSettings):
        if key.setting.kind.settings_type is None and key.path not in {"serviceName", "namespace", "upgradeStrategy"}:
            yield key


def taken_up(key: str, strategy: UpgradeStrategy) -> str:
    """Return how another value of a setting is taken up."""
    services = [service | {"upgradeStrategy": strategy.value} for service in (SERVICE, _changed(key))]
    if key.startswith("expose."):
        return ingress_changes.taken(*map(_ingress, services))[0]
    before, after = map(_spec, services)
    return taken(touched(before, after), upgrades_beside(after))


def _changed(key: str) -> dict[str, Any]:
    service = copy.deepcopy(SERVICE)
    *parents, last = key.split(".")
    section = service
    for parent in parents:
        section = section.setdefault(parent, {})
    section[last] = OTHERWISE[key]
    return service


def _ingress(service: dict[str, Any]) -> dict[str, Any]:
    expose = ExposeSettings.model_validate(service["expose"])
    return {"metadata": {"annotations": ingress_annotations(expose, 0)}, "spec": ingress_spec(expose, "llama")}


def _spec(service: dict[str, Any]) -> dict[str, Any]:
    return ray_service_spec(ray_service(LlmServiceSettings.model_validate(service)))
