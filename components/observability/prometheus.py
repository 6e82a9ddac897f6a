"""The component that runs a Prometheus with Grafana, dashboards and alerts for LLM services, in the cluster."""

import base64
import functools
import json
import secrets
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.component import Component, waiting_for
from neuronserve.components.generated_secret import generated_secret
from neuronserve.components.helm.charts import release
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.components.observability.args import PrometheusObservabilityArgs
from neuronserve.components.observability.grafana import grafana_dashboard
from neuronserve.components.observability.panels import ACCELERATORS, PAGES
from neuronserve.components.observability.pod_monitors import pod_monitors
from neuronserve.components.observability.prometheus_chart import (
    DASHBOARD_LABEL,
    DASHBOARD_VALUE,
    GRAFANA_SECRET,
    GRAFANA_USER,
    PROMETHEUS_CHART,
    chart_values,
)
from neuronserve.components.observability.prometheus_checks import RULES
from neuronserve.components.observability.rules import rule_groups
from neuronserve.components.observability.settings import PrometheusObservabilitySettings
from neuronserve.settings import read_arguments, when_known

API_VERSION = "monitoring.coreos.com/v1"
PASSWORD_BYTES = 24
"""Random bytes in Grafana's password, in hexadecimal."""

LABELS = {"app.kubernetes.io/part-of": "neuronserve"}


class PrometheusObservability(Component[PrometheusObservabilitySettings]):
    """A Prometheus, an Alertmanager and a Grafana by the chart kube-prometheus-stack, for LLM services.

    PodMonitors find the Ray heads and workers of all services, KubeRay's operator, Karpenter and neuron-monitor, which
    is the CloudWatch add-on's. Rules record what the alerts ask for; each alert leads to what to do about it, in
    docs/observability.md. Grafana has three dashboards; its password is generated, and nothing leads to it from
    outside: ``kubectl --namespace monitoring port-forward service/kube-prometheus-stack-grafana 3000:80``.

    A service lets Prometheus in by ``network_policy.monitoring_namespaces``. The namespace admits privileged pods, as
    the exporter of nodes is one. The CRDs are objects of their own, and stay when the component goes.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """Its namespace: one of network_policy.monitoring_namespaces of an LlmService."""
    grafana_password: pulumi.Output[str] | None
    """The password of Grafana's user admin, a secret; None without Grafana."""

    def __init__(
        self, name: str, args: PrometheusObservabilityArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(PrometheusObservabilitySettings, args, *RULES, of=f"PrometheusObservability {name}")
        super().__init__("neuronserve:index:PrometheusObservability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=settings.namespace, labels={**LABELS, "pod-security.kubernetes.io/enforce": "privileged"}
            ),
            opts=child,
        )
        before: list[pulumi.Resource] = [namespace]
        chart = PROMETHEUS_CHART.with_crds_if(settings.install_crds)
        if chart.crds:
            before.append(
                custom_resource_definitions(f"{name}-crds", chart, chart.crds, mirror=settings.mirror, opts=child)
            )
        in_namespace = pulumi.ResourceOptions(parent=self, depends_on=[namespace])
        self.grafana_password = None
        if settings.grafana:
            self.grafana_password = generated_secret(
                f"{name}-grafana-password", secrets.token_hex(PASSWORD_BYTES), child
            )
            before.append(_grafana_secret(name, settings.namespace, self.grafana_password, in_namespace))
            _dashboards(name, settings, in_namespace)
        after = pulumi.ResourceOptions(parent=self, depends_on=before)
        stack = release(
            f"{name}-chart",
            PROMETHEUS_CHART,
            namespace=settings.namespace,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=after,
        )
        in_monitoring = functools.partial(_custom_resource, namespace=settings.namespace, opts=after)
        for monitor, spec in pod_monitors(neuron=settings.neuron).items():
            in_monitoring(f"{name}-{monitor}", kind="PodMonitor", name=monitor, spec=spec)
        groups = when_known(
            lambda first_token_s, most: {
                "groups": rule_groups(
                    neuron=settings.neuron, time_to_first_token_s=first_token_s, spend_usd_per_hour=most
                )
            },
            settings.time_to_first_token_s,
            settings.spend_usd_per_hour,
        )
        in_monitoring(f"{name}-rules", kind="PrometheusRule", name="neuronserve", spec=groups)
        self.namespace = waiting_for(settings.namespace, stack)
        self.register_outputs({"namespace": self.namespace, "grafanaPassword": self.grafana_password})


def _grafana_secret(
    name: str, namespace: str, password: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Secret:
    return kubernetes.core.v1.Secret(
        f"{name}-grafana-admin",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=GRAFANA_SECRET, namespace=namespace, labels=LABELS),
        data={"user": _in_base64(GRAFANA_USER), "password": password.apply(_in_base64)},
        opts=opts,
    )


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _dashboards(name: str, settings: PrometheusObservabilitySettings, opts: pulumi.ResourceOptions) -> None:
    for page in PAGES:
        if page is ACCELERATORS and not settings.neuron:
            continue
        kubernetes.core.v1.ConfigMap(
            f"{name}-dashboard-{page.key}",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=f"neuronserve-{page.key}",
                namespace=settings.namespace,
                labels={**LABELS, DASHBOARD_LABEL: DASHBOARD_VALUE},
            ),
            data={f"neuronserve-{page.key}.json": json.dumps(grafana_dashboard(page), indent=1)},
            opts=opts,
        )


def _custom_resource(  # noqa: PLR0913 (all but the first by name)
    resource: str, *, kind: str, name: str, namespace: str, spec: Any, opts: pulumi.ResourceOptions
) -> None:
    kubernetes.apiextensions.CustomResource(
        resource,
        api_version=API_VERSION,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=LABELS),
        spec=spec,
        opts=opts,
    )
