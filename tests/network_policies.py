"""What NetworkPolicies admit, by https://kubernetes.io/docs/concepts/services-networking/network-policies/."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod, or a host outside the cluster, which has no namespace."""

    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def admitted(policies: Iterable[Policy], source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
    """Return whether a connection comes about: its source has to be let out, and let in by its target."""

    def passes(direction: str, key: str, here: Peer, there: Peer) -> bool:
        about = [one for one in policies if _is_about(one, here, direction)]
        rules = [(one, rule) for one in about for rule in one["spec"].get(direction.lower(), [])]
        # Of an end that no policy is about, whoever comes is admitted.
        return not about or any(
            _matches_port(rule, port, protocol)
            and (not rule.get(key) or any(_matches(peer, one["metadata"]["namespace"], there) for peer in rule[key]))
            for one, rule in rules
        )

    policies = list(policies)
    return passes("Egress", "to", source, target) and passes("Ingress", "from", target, source)


def _is_about(policy: Policy, pod: Peer, direction: str) -> bool:
    spec = policy["spec"]
    is_there = policy["metadata"]["namespace"] == pod.namespace
    return is_there and direction in spec["policyTypes"] and _selects(spec["podSelector"], pod.labels)


def _matches_port(rule: Mapping[str, Any], port: int, protocol: str) -> bool:
    ports = rule.get("ports") or []
    return not ports or any(one["port"] == port and one.get("protocol", "TCP") == protocol for one in ports)


def _matches(peer: Mapping[str, Any], namespace: str, other: Peer) -> bool:
    if "ipBlock" in peer:
        address, block = ip_address(other.address), peer["ipBlock"]
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(but) for but in block.get("except", [])
        )
    if other.namespace is None:
        return False
    if "namespaceSelector" in peer:
        is_there = _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace})
    else:
        is_there = other.namespace == namespace
    return is_there and _selects(peer.get("podSelector", {}), other.labels)


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}, "this evaluator knows no other selectors"
    wanted = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items())
