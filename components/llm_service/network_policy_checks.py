"""What is wrong with whom a user lets reach the pods of an LLM service, and with whom these are to reach."""

from collections.abc import Iterable, Mapping
from functools import partial
from ipaddress import ip_network
from typing import Any

from neuronserve.components.llm_service.settings import LlmServiceSettings, NetworkPolicySettings
from neuronserve.settings import Rule, SettingNames, known
from neuronserve.settings.syntax import DNS_1123_LABEL

EGRESS_KEYS = {"to", "ports"}
"""https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/"""


def _switched_off(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    policy, below = settings.network_policy, names.below("network_policy")
    others = sorted(policy.model_fields_set - {"enabled"})
    if policy.enabled or not others:
        return []
    listed = ", ".join(map(below, others))
    return [
        f"{below('enabled')} is false, so there are no NetworkPolicies, and {listed} would do nothing. "
        f"Remove {listed}, or {below('enabled')}."
    ]


def _namespaces(setting: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    value = known(getattr(settings.network_policy, setting))
    verb, namespaces = ("has", value) if isinstance(value, list) else ("is", [value])
    return not_namespaces(namespaces, f"{names(('network_policy', setting))} {verb}")


def not_namespaces(namespaces: Iterable[str], said: str) -> list[str]:
    """Return which texts are no names of namespaces; ``said`` is what a message begins with: the setting and a verb."""
    return [
        f"{said} {namespace!r}, which is no name of a namespace; that should hold "
        "only lower-case letters, digits and '-', neither start nor end with '-', and have at most 63 characters."
        for namespace in namespaces
        if not DNS_1123_LABEL.fullmatch(namespace)
    ]


def _client_cidrs(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return not_blocks(known(settings.network_policy.client_cidrs), names("network_policy.client_cidrs"))


def not_blocks(cidrs: Iterable[str], setting: str) -> list[str]:
    """Return which texts are no CIDR blocks; ``setting`` is where the user wrote them."""
    return [
        f"{setting} has {cidr!r}, which is not a CIDR block: {right}."
        for cidr in cidrs
        if (right := _right_block(cidr))
    ]


def _right_block(cidr: str) -> str | None:
    """Return what should be there instead; None for what is right."""
    try:
        block = ip_network(cidr, strict=False)
    except ValueError:
        return "it should be a range of addresses such as 10.1.0.0/20"
    return None if str(block) == cidr else f"the block of that address is {block}"


def _egress(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return not_egress(settings.network_policy.egress, names("network_policy.egress"))


def not_egress(rules: Iterable[Mapping[str, Any]], setting: str) -> list[str]:
    """Return which rules have keys that Kubernetes does not know; ``setting`` is where the user wrote them."""
    return [
        f"{setting} has a rule with {', '.join(sorted(unknown))}; a rule has `to`, `ports` or "
        "both, as Kubernetes writes them: {to: [{ipBlock: {cidr: 10.1.2.3/32}}], ports: [{port: 6379}]}."
        for rule in rules
        if (unknown := rule.keys() - EGRESS_KEYS)
    ]


NETWORK_POLICY_RULES: tuple[Rule, ...] = (
    _switched_off,
    *(
        partial(_namespaces, setting)
        for setting in NetworkPolicySettings.model_fields
        if setting.endswith(("_namespace", "_namespaces"))
    ),
    _client_cidrs,
    _egress,
)
