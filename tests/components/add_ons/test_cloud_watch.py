import json
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.add_ons.args import CloudWatchObservabilityArgs
from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

ADD_ON = "aws:eks/addon:Addon"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

# The keys that the schema of v6.6.0-eksbuild.1 admits; every other is refused
# (tests/test_regional_stack_tracing.py of https://github.com/awslabs/global-capacity-orchestrator-on-aws).
SCHEMA = {
    *("admissionWebhooks", "agent", "agents", "applicationSignals", "containerInsights", "containerLogs"),
    *("dcgmExporter", "kubeStateMetrics", "manager", "neuronMonitor", "nodeExporter", "otelContainerInsights"),
    "tolerations",
}
MANAGER_SCHEMA = {"affinity", "nodeSelector", "resources", "tolerations"}


def deploy(**args: Any) -> Plan:
    def program() -> None:
        all_args = {"cluster_name": pulumi.Output.from_input("gpt"), "region": "us-west-2", **args}
        watching = CloudWatchObservability("watch", cast(CloudWatchObservabilityArgs, all_args))
        pulumi.export("role_arn", watching.role_arn)
        pulumi.export("log_groups", watching.log_group_names)
        pulumi.export("metrics", watching.metrics_namespace)

    return run(program)


def configuration(**args: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(deploy(**args).resource(ADD_ON).inputs["configurationValues"])
    return found


def test_log_groups_are_there_before_the_add_on_and_do_not_live_for_ever() -> None:
    plan = deploy()
    groups = plan.of_type(LOG_GROUP)
    assert {group.inputs["name"]: group.inputs["retentionInDays"] for group in groups} == {
        "/aws/containerinsights/gpt/performance": 30,
        "/aws/containerinsights/gpt/application": 30,
        "/aws/containerinsights/gpt/dataplane": 30,
        "/aws/containerinsights/gpt/host": 30,
    }
    add_on = plan.resource(ADD_ON)
    assert {group.urn for group in groups} <= set(add_on.dependencies)
    assert plan.outputs["log_groups"]["host"] == "/aws/containerinsights/gpt/host"
    assert plan.outputs["metrics"] == "ContainerInsights"


def test_the_collectors_get_their_role_by_pod_identity() -> None:
    plan = deploy()
    association = plan.resource(ASSOCIATION)
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == (
        "amazon-cloudwatch",
        "cloudwatch-agent",
    )
    assert association.urn in plan.resource(ADD_ON).dependencies
    assert "serviceAccountRoleArn" not in plan.resource(ADD_ON).inputs
    assert plan.resource(ATTACHMENT).inputs["policyArn"] == "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"
    elsewhere = deploy(region="us-gov-west-1").resource(ATTACHMENT).inputs["policyArn"]
    assert elsewhere == "arn:aws-us-gov:iam::aws:policy/CloudWatchAgentServerPolicy"


def test_the_add_on_is_pinned() -> None:
    inputs = deploy().resource(ADD_ON).inputs
    assert (inputs["addonName"], inputs["addonVersion"]) == ("amazon-cloudwatch-observability", "v6.6.0-eksbuild.1")
    assert deploy(version="v6.2.0-eksbuild.1").resource(ADD_ON).inputs["addonVersion"] == "v6.2.0-eksbuild.1"


def test_neuron_metrics_are_on_and_collected_on_tainted_nodes() -> None:
    found = configuration()
    assert found["containerInsights"]["enabled"]
    assert found["neuronMonitor"]["enabled"]
    assert found["tolerations"] == [{"operator": "Exists"}]  # tolerates aws.amazon.com/neuron, as every taint
    assert "tolerations" not in found["neuronMonitor"]  # it would take the place of the above


def test_nothing_is_measured_or_shipped_twice() -> None:
    found = configuration()
    assert found["containerLogs"] == {"enabled": True}
    assert not found["otelContainerInsights"]["enabled"]
    assert not found["applicationSignals"]["enabled"]
    assert configuration(container_logs=False)["containerLogs"] == {"enabled": False}


def test_the_schema_admits_every_key() -> None:
    found = configuration()
    assert found.keys() <= SCHEMA
    assert found["manager"].keys() <= MANAGER_SCHEMA


def test_the_controller_runs_on_the_system_nodes_or_anywhere() -> None:
    assert configuration()["manager"] == {
        "nodeSelector": {"neuronserve.io/nodes": "system"},
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
    }
    assert "manager" not in configuration(on_system_nodes=False)


def test_further_configuration_wins() -> None:
    found = configuration(configuration={"otelContainerInsights": {"enabled": True}})
    assert found["otelContainerInsights"]["enabled"]
    assert found["containerInsights"]["enabled"]


def test_all_mistakes_are_reported_before_anything_is_made() -> None:
    args = {"region": "us-west-2", "log_retention_in_days": 31, "versoin": "v6"}
    with pytest.raises(InvalidSettingsError) as error:
        CloudWatchObservability("watch", cast(CloudWatchObservabilityArgs, args))
    assert len(error.value.problems) == 3
