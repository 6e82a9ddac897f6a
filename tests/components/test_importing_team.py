"""What a team met that imported the components, as far as no test of a single component has it.

The rest of its list: namespaces that stacks share, keys, and a service renamed by an alias in
tests/engine/test_composed.py; two services of defaults in tests/components/llm_service/test_llm_service.py; Outputs in
tests/components/test_later.py; what an output brings in tests/components/test_composed.py; names that have to agree in
tests/components/test_agreement.py; tests of one's own in tests/test_testing.py; types in
tests/packaging/test_installed.py.
"""

from collections.abc import Callable
from pathlib import Path

from neuronserve.codegen.documentation import documented_components
from neuronserve.components import LlmService, ServingNamespace
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from tests.components.every_component import FEWEST

COMPONENTS = Path(__file__).resolve().parents[2] / "components"
NAMESPACE = "kubernetes:core/v1:Namespace"
OF_A_PLATFORM = {
    "clusterArn",
    "clusterCertificateAuthority",
    "clusterEndpoint",
    "clusterName",
    "clusterVersion",
    "discoveryTag",
    "instanceProfileName",
    "instanceTypes",
    "kubeconfig",
    "nodePools",
    "nodeSecurityGroupId",
    "region",
    "systemNodeRoleArn",
    "workerRoleArn",
}
"""What a stack that uses a platform needs of it."""

NOT_ALWAYS_THERE = {
    "CloudWatchMonitoring": {"dashboard_name", "topic_arn"},
    "LlmService": {"api_key", "load_balancer"},
    "NeuronOperator": {"scheduler_name"},
    "NeuronPlatform": {"worker_role_arn", "instance_profile_name"},
    "PrometheusObservability": {"grafana_password"},
}
"""Outputs that may be None: without alarms, a key, a load balancer, a scheduler, Karpenter, Grafana."""


def test_a_stack_exports_what_its_users_need(plan_of: Callable[[str], Plan]) -> None:
    outputs = plan_of("inf2-8xlarge").outputs
    assert outputs.keys() >= OF_A_PLATFORM
    assert "image" in outputs["services"]["vllm-llama3-inf2"]
    assert "nodeRoleArn" not in outputs  # of which nodes?


def test_outputs_that_are_always_there_are_typed_so() -> None:
    found = {
        name: {one.name for one in component.outputs if one.may_be_none}
        for name, component in documented_components(COMPONENTS).items()
    }
    assert {name: names for name, names in found.items() if names} == NOT_ALWAYS_THERE


def test_a_namespace_is_apart_from_the_services_in_it() -> None:
    def program() -> None:
        namespace = ServingNamespace("llms")
        LlmService("llama", {**FEWEST["LlmService"], "namespace": namespace.name})

    plan = run(program)
    assert plan.resource(NAMESPACE).parent == plan.resource("neuronserve:index:ServingNamespace").urn
    assert not run(lambda: LlmService("llama", FEWEST["LlmService"])).of_type(NAMESPACE)
