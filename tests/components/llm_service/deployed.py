"""LLM services that the tests deploy, and the types of what these are made of."""

from typing import Any, cast

import pulumi

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.serving.settings import Accelerator

NAMESPACE = "kubernetes:core/v1:Namespace"
SECRET = "kubernetes:core/v1:Secret"
SERVICE = "kubernetes:core/v1:Service"
STASH = "pulumi:index:Stash"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"

CPU: LlmServiceArgs = {
    "accelerator": Accelerator.CPU,
    "image": "localhost/neuronserve:cpu",
    "model": {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16},
}
NEURON: LlmServiceArgs = {
    "instance_type": "inf2.48xlarge",
    "image": "registry.example.com/neuronserve:neuron",
    "model": {
        "name": "NousResearch/Meta-Llama-3-8B-Instruct",
        "tensor_parallel_size": 8,
        "max_model_len": 8192,
        "max_num_seqs": 32,
    },
    "replicas": {"min": 3, "max": 6},
}


def changed(args: LlmServiceArgs, **changes: Any) -> LlmServiceArgs:
    return cast(LlmServiceArgs, {**args, **changes})


def deploy(args: LlmServiceArgs) -> Plan:
    def program() -> None:
        service = LlmService("llm", args)
        for output in (
            "namespace",
            "name",
            "head_service",
            "serve_service",
            "endpoint",
            "model_name",
            "api_key",
        ):
            pulumi.export(output, getattr(service, output))

    return run(program)


def registered(registrations: dict[str, Any], name: str) -> Any:
    """Return what a program registers under a name."""
    (request,) = (request for urn, request in registrations.items() if urn.endswith(f"::{name}"))
    return request
