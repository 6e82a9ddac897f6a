"""What watches a stack: a dashboard and alarms, a Prometheus, and how both get to the services' metrics."""

from collections.abc import Mapping
from typing import Any

import pulumi

from neuronserve.components.add_ons.registry import add_on_named
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.components.observability.cloud_watch_monitoring import CloudWatchMonitoring
from neuronserve.components.observability.prometheus import PrometheusObservability
from neuronserve.components.observability.settings import (
    CloudWatchMonitoringSettings,
    PrometheusObservabilitySettings,
    WatchedServiceSettings,
)
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.stack.base import Base
from neuronserve.stack.settings import StackSettings

CLOUD_WATCH = add_on_named("cloud_watch")


def watched(stack: StackSettings, service: LlmServiceSettings) -> LlmServiceSettings:
    """Return a service that lets those in who scrape its metrics."""
    scrapers = [CLOUD_WATCH.namespace] if stack.wants_service_metrics else []
    if stack.observability.prometheus:
        scrapers.append(stack.observability.prometheus.namespace)
    policy = service.network_policy
    there = [one for one in policy.monitoring_namespaces if isinstance(one, str)]
    missing = [one for one in scrapers if one not in there]
    if not missing or not policy.enabled:
        return service
    namespaces = [*policy.monitoring_namespaces, *missing]
    return service.changed(network_policy=policy.changed(monitoring_namespaces=namespaces))


def observe(
    stack: StackSettings, base: Base, in_cluster: pulumi.ResourceOptions, services: Mapping[str, LlmService]
) -> dict[str, Any]:
    """Make what watches the stack, and return what the stack exports of it.

    Args:
        stack: the stack's settings.
        base: what it stands on.
        in_cluster: the options of what is in the cluster.
        services: those of the stack: alarms of a service are made once it answers.
    """
    exports: dict[str, Any] = {}
    if options := stack.observability.cloud_watch:
        after = pulumi.ResourceOptions(depends_on=[*services.values()])
        monitoring = CloudWatchMonitoring.from_settings(
            "monitoring",
            options.completed(
                CloudWatchMonitoringSettings,
                cluster_name=stack.cluster_name,
                region=stack.region,
                services={service.name: _watched_service(service) for service in stack.services.values()},
                neuron=stack.uses_neuron,
            ),
            pulumi.ResourceOptions.merge(base.options, after),
        )
        exports |= {"alarmTopicArn": monitoring.topic_arn, "dashboardName": monitoring.dashboard_name}
    if prometheus := stack.observability.prometheus:
        made = PrometheusObservability.from_settings(
            "prometheus",
            prometheus.completed(
                PrometheusObservabilitySettings,
                install_crds=stack.install_crds,
                neuron=stack.uses_neuron,
                mirror=stack.mirror,
            ),
            in_cluster,
        )
        exports |= {"prometheusNamespace": made.namespace, "grafanaPassword": made.grafana_password}
    return {name: output for name, output in exports.items() if output is not None}


def _watched_service(service: LlmServiceSettings) -> WatchedServiceSettings:
    return WatchedServiceSettings.model_construct(
        namespace=service.namespace,
        max_queued_requests=service.model.max_queued_requests,
        worker_usd_per_hour=_worker_usd_per_hour(service),
    )


def _worker_usd_per_hour(service: LlmServiceSettings) -> float | None:
    node = INSTANCE_TYPES.get(service.instance_type or "")
    if node is None:
        return None
    return node.part(min(service.worker.neuron_chips or node.chips, node.chips)).on_demand_usd_per_hour
