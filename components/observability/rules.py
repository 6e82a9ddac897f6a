"""What Prometheus records and warns of: groups of rules, in its own format."""

from dataclasses import dataclass
from typing import Any

from neuronserve.components.observability.alarms import RUNBOOKS

OF_SERVICE = "namespace, service"
"""Labels that say whose a series is."""

WINDOW = "5m"
"""Over which rates are taken: twenty scrapes, and as many reports of Ray's processes."""

RECORDED = {
    "neuronserve:time_to_first_token_seconds_bucket:rate5m": (
        f"sum by ({OF_SERVICE}, le) (rate(ray_vllm_time_to_first_token_seconds_bucket[{WINDOW}]))"
    ),
    "neuronserve:inter_token_latency_seconds_bucket:rate5m": (
        f"sum by ({OF_SERVICE}, le) (rate(ray_vllm_inter_token_latency_seconds_bucket[{WINDOW}]))"
    ),
    "neuronserve:generation_tokens:rate5m": (
        f"sum by ({OF_SERVICE}) (rate(ray_vllm_generation_tokens_total[{WINDOW}]))"
    ),
    "neuronserve:requests_running:sum": f"sum by ({OF_SERVICE}) (ray_vllm_num_requests_running)",
    "neuronserve:requests_waiting:sum": f"sum by ({OF_SERVICE}) (ray_vllm_num_requests_waiting)",
    "neuronserve:replicas_healthy:sum": f"sum by ({OF_SERVICE}) (ray_serve_deployment_replica_healthy)",
}
"""By what each is recorded as."""


@dataclass(frozen=True)
class Alert:
    """When Prometheus warns."""

    name: str
    key: str
    """What it is about, as the runbooks call it."""
    expression: str
    lasts: str
    """How long it has to hold."""
    severity: str
    says: str
    """With values of labels, as Prometheus' templates write them."""

    def to_rule(self) -> dict[str, Any]:
        """Return it as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.lasts,
            "labels": {"severity": self.severity},
            "annotations": {"summary": self.says, "runbook_url": f"{RUNBOOKS}#{self.key}"},
        }


SERVICE = "{{ $labels.service }} in namespace {{ $labels.namespace }}"


def service_alerts(time_to_first_token_s: float) -> list[Alert]:
    """Return the alerts of services.

    Args:
        time_to_first_token_s: within which 95 of 100 requests are to have their first token.
    """
    return [
        Alert(
            "NeuronserveQueueGrowth",
            "queue-growth",
            "neuronserve:requests_waiting:sum > neuronserve:requests_running:sum",
            "5m",
            "warning",
            f"More requests wait in {SERVICE} than its engines work on.",
        ),
        Alert(
            "NeuronserveNoReplicaReady",
            "no-replica-ready",
            "neuronserve:replicas_healthy:sum < 1",
            "5m",
            "critical",
            f"No replica of {SERVICE} is ready.",
        ),
        Alert(
            "NeuronserveServiceNotReady",
            "no-replica-ready",
            'kuberay_service_condition_ready{condition="false"} == 1',
            "45m",  # a first start compiles the model, in 15 to 30 minutes
            "critical",
            "KubeRay says that {{ $labels.name }} in namespace {{ $labels.namespace }} is not ready.",
        ),
        Alert(
            "NeuronserveTimeToFirstToken",
            "time-to-first-token",
            "histogram_quantile(0.95, neuronserve:time_to_first_token_seconds_bucket:rate5m) > "
            f"{time_to_first_token_s:g}",
            "10m",
            "warning",
            f"Of 100 requests to {SERVICE}, 5 wait longer than {time_to_first_token_s:g} s for their first token.",
        ),
        Alert(
            "NeuronservePodSilent",
            "pod-silent",
            'up{service!="", component=~"head|worker"} == 0',
            "10m",
            "warning",
            f"{{{{ $labels.pod }}}} of {SERVICE} does not answer who asks for its metrics.",
        ),
    ]


NEURON_ALERTS = (
    Alert(
        "NeuronExecutionErrors",
        "execution-errors",
        f"sum by (node, error_type) (increase(execution_errors_total[{WINDOW}])) > 0",
        "0m",
        "warning",
        "Steps of a model failed on the NeuronCores of {{ $labels.node }}: {{ $labels.error_type }}.",
    ),
    Alert(
        "NeuronEccEvents",
        "ecc-events",
        f'sum by (node, event_type) (increase(hardware_ecc_events_total{{event_type=~".*_uncorrected"}}[{WINDOW}])) '
        "> 0",
        "0m",
        "critical",
        "Bits were lost in the memory of a Neuron chip of {{ $labels.node }}: {{ $labels.event_type }}.",
    ),
)


def spend_alert(usd_per_hour: float) -> Alert:
    """Return the alert of what nodes cost, in US dollars an hour."""
    return Alert(
        "NeuronserveSpend",
        "spend",
        f"sum(karpenter_nodepools_cost_total) > {usd_per_hour:g}",
        "15m",
        "warning",
        f"The nodes that Karpenter made cost more than ${usd_per_hour:g} an hour: ${{{{ $value | humanize }}}}.",
    )


def rule_groups(
    *, neuron: bool, time_to_first_token_s: float, spend_usd_per_hour: float | None
) -> list[dict[str, Any]]:
    """Return all groups of rules: the ``groups`` of a PrometheusRule, and of a rule file.

    Args:
        neuron: whether there are Neuron chips.
        time_to_first_token_s: within which 95 of 100 requests are to have their first token.
        spend_usd_per_hour: dollars above which nodes are an alert; None for no such alert.
    """
    alerts = service_alerts(time_to_first_token_s)
    if neuron:
        alerts += NEURON_ALERTS
    if spend_usd_per_hour is not None:
        alerts.append(spend_alert(spend_usd_per_hour))
    recordings = [{"record": name, "expr": expression} for name, expression in RECORDED.items()]
    return [
        {"name": "neuronserve.recordings", "rules": recordings},
        {"name": "neuronserve.alerts", "rules": [alert.to_rule() for alert in alerts]},
    ]
