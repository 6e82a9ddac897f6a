"""What is wrong with services that a stack exposes: who makes the load balancers, where, and what two share."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from neuronserve.components.llm_service.expose_checks import CERTIFICATE, WEB_ACL
from neuronserve.components.llm_service.settings import ExposeSettings
from neuronserve.components.platform.checks import LOAD_BALANCER_CONTROLLER
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.stack.settings import StackSettings

OWN = {"hostname", "certificate_arn", "paths"}
"""What each service in a group has of its own; the rest is the load balancer's, or said of all its services."""


def exposure_rules(stack: StackSettings) -> Iterator[Rule]:
    """Yield the rules of each service that is exposed, and of each two."""
    names = [name for name, service in stack.services.items() if service.expose is not None]
    for name in names:
        yield from (partial(rule, name) for rule in (_on_eks, _controller, _certificate_in_region, _waf))
    for one, other in combinations(names, 2):
        yield partial(_hostnames_apart, one, other)
        yield partial(_group, one, other)


def _expose(stack: StackSettings, name: str) -> ExposeSettings:
    expose = stack.services[name].expose
    assert expose is not None  # noqa: S101 (rules are yielded for those that are exposed)
    return expose


def _below(name: str, names: SettingNames) -> SettingNames:
    return names.below("services", MapKey(name), "expose")


def _on_eks(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.is_on_eks:
        return []
    return [
        f"{names(('services', MapKey(name), 'expose'))} is set, and the cluster is not known to be on EKS: without AWS "
        f"there is no load balancer of AWS. Remove it, or name the EKS cluster by {names('cluster.existing.name')}."
    ]


def _controller(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    wanted, setting = stack.add_ons.load_balancer_controller, names(("add_ons", LOAD_BALANCER_CONTROLLER.name))
    exposes = f"{names(('services', MapKey(name), 'expose'))} is set, and"
    if not stack.is_on_eks or stack.makes(LOAD_BALANCER_CONTROLLER):
        return []
    if stack.has_system_nodes:
        return [f"{exposes} {setting} is false, so nothing would make the load balancer. Remove {setting}."]
    if wanted is None:
        return [
            f"{exposes} whether {stack.cluster_name} has the AWS Load Balancer Controller, which makes the load "
            f"balancer, is not known. Set {setting} to false if it has, or to true to have it made."
        ]
    return []


def _certificate_in_region(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    found = CERTIFICATE.fullmatch(known(_expose(stack, name).certificate_arn))
    if found is None or not stack.region or found["region"] == stack.region:
        return []
    return [
        f"{_below(name, names)('certificate_arn')} is of {found['region']}, and the cluster is in {stack.region}: a "
        "load balancer takes certificates of its own region alone. Request or import it there."
    ]


def _waf(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    setting, arn = _below(name, names)("waf_acl_arn"), _expose(stack, name).waf_acl_arn
    found = None if arn is None else WEB_ACL.fullmatch(known(arn))
    if found is None:
        return []
    if stack.is_isolated:
        return [
            f"{setting} is set, and {names('network.nat_gateways')} is None: AWS WAF has no endpoint in a VPC, so the "
            "controller could not reach it. Remove it, or set a NAT gateway."
        ]
    if not stack.region or found["region"] == stack.region:
        return []
    return [
        f"{setting} is of {found['region']}, and the cluster is in {stack.region}. Set a web ACL of {stack.region}."
    ]


def _hostnames_apart(one: str, other: str, stack: StackSettings, names: SettingNames) -> list[str]:
    hostname = known(_expose(stack, one).hostname)
    if hostname != known(_expose(stack, other).hostname):
        return []
    listed = " and ".join(_below(name, names)("hostname") for name in (one, other))
    return [f"{listed} are both {hostname}. Give each service a name of its own."]


def _group(one: str, other: str, stack: StackSettings, names: SettingNames) -> list[str]:
    first, second = _expose(stack, one), _expose(stack, other)
    if first.group is None or first.group != second.group:
        return []
    different = [
        setting
        for setting in ExposeSettings.model_fields
        if setting not in OWN and known(getattr(first, setting)) != known(getattr(second, setting))
    ]
    if not different:
        return []
    return [
        f"{_below(one, names)('group')} and {_below(other, names)('group')} are both {first.group}, one load balancer, "
        f"and they have other values of {', '.join(map(_below(one, names), different))}. Set the same, or give each "
        "service its own."
    ]
