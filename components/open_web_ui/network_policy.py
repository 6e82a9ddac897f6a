"""The NetworkPolicy of Open WebUI: the services it reaches, and who opens it."""

from typing import Any

from neuronserve.components.llm_service.network_policies import block, dns_rule, pods_of, ports
from neuronserve.components.llm_service.ray_service_spec import HEAD_PORTS
from neuronserve.components.open_web_ui.pod import LABELS, PORT
from neuronserve.components.open_web_ui.settings import OpenWebUiSettings

LLM_PODS = {"matchLabels": {"app.kubernetes.io/part-of": LABELS["app.kubernetes.io/part-of"]}}
"""The pods of services, as far as it can be told by their labels."""


def network_policy_spec(settings: OpenWebUiSettings) -> Any:
    """Return the ``spec`` of the NetworkPolicy (``networking.k8s.io/v1``).

    What ``kubectl port-forward`` brings comes from the pod's own node, which no policy shuts out.
    """
    policy = settings.network_policy
    clients = [*pods_of(policy.client_namespaces), *map(block, policy.client_cidrs)]
    services = [
        peer | {"podSelector": LLM_PODS}
        for peer in pods_of([service.namespace for service in settings.services.values()])
    ]
    distinct = [peer for place, peer in enumerate(services) if peer not in services[:place]]
    return {
        "podSelector": {"matchLabels": LABELS},
        "policyTypes": ["Ingress", "Egress"],
        # A rule without peers would admit everybody, and an empty list is what the API server drops.
        **({"ingress": [{"from": clients, "ports": ports(PORT)}]} if clients else {}),
        "egress": [{"to": distinct, "ports": ports(HEAD_PORTS["serve"])}, dns_rule(), *policy.egress],
    }
