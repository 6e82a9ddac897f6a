"""Whether NetworkPolicies do what a stack file asks for, as far as that hangs on what the stack does not make."""

from collections.abc import Iterator
from functools import partial

from neuronserve.components.add_ons.registry import add_on_named
from neuronserve.settings import MapKey, Rule, SettingNames
from neuronserve.stack.settings import StackSettings

KUBE_RAY = add_on_named("kube_ray")


def network_policy_rules(stack: StackSettings) -> Iterator[Rule]:
    """Yield the rules of each service."""
    for name in stack.services:
        yield partial(_operator_is_let_in, name)


def _operator_is_let_in(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    namespace = stack.services[name].network_policy.operator_namespace
    if not stack.makes(KUBE_RAY) or namespace == KUBE_RAY.namespace:
        return []
    setting = names(("services", MapKey(name), "network_policy", "operator_namespace"))
    return [
        f"{setting} is {namespace!r}, but this stack makes the operator, in namespace {KUBE_RAY.namespace}, which "
        f"would be kept from the service. Remove {setting}, or {names(('add_ons', KUBE_RAY.name))}."
    ]


def doubtful_policies(stack: StackSettings, names: SettingNames) -> Iterator[str]:
    """Yield what NetworkPolicies take for granted of a cluster that was there.

    Args:
        stack: settings with which nothing is wrong.
        names: how the stack file writes settings.
    """
    policies = {name: one.network_policy for name, one in stack.services.items() if one.network_policy.enabled}
    if stack.is_on_eks and not stack.has_system_nodes and policies:
        yield (
            f"The NetworkPolicies of the services have no effect unless {names('cluster.existing.name')}, "
            f"{stack.cluster_name}, enforces them: EKS does so once the add-on vpc-cni is configured with "
            '{"enableNetworkPolicy": "true"}. Without, every pod of the cluster reaches Ray\'s ports.'
        )
    for name, policy in policies.items():
        if stack.makes(KUBE_RAY) or "operator_namespace" in policy.model_fields_set:
            continue
        setting = names(("services", MapKey(name), "network_policy", "operator_namespace"))
        yield (
            f"{setting} is not set, and the KubeRay operator was there before this stack: the service lets in the one "
            f"of namespace {policy.operator_namespace} and no other, and without it never gets ready where the cluster "
            f"enforces NetworkPolicies. Set {setting} to the operator's namespace, which `kubectl get pods "
            "--all-namespaces --selector app.kubernetes.io/name=kuberay-operator` says."
        )
