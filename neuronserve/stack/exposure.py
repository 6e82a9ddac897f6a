"""What a stack gives services that it exposes: the addresses of its network, its tags, and a bucket for logs."""

from ipaddress import IPv4Network

import pulumi

from neuronserve.components.llm_service.access_log_bucket import AccessLogBucket
from neuronserve.components.llm_service.settings import LlmServiceSettings, LoadBalancerScheme
from neuronserve.components.network.checks import parse_cidr
from neuronserve.components.network.subnets import PREFIXES, ZONE_PLACES, zone_subnets
from neuronserve.facts.zones import is_zone_id, is_zone_name, zone_number
from neuronserve.settings import known
from neuronserve.stack.settings import StackNetworkSettings, StackSettings

STAND_IN = IPv4Network("10.1.0.0/16")
"""For addresses that are wrong, as another rule says."""


def exposed(stack: StackSettings, service: LlmServiceSettings) -> LlmServiceSettings:
    """Return a service with what the stack knows of its load balancer: its network, and the stack's tags."""
    expose, policy = service.expose, service.network_policy
    if expose is None:
        return service
    expose = expose.changed(tags={**stack.all_tags, **expose.tags})
    if stack.is_on_eks and not (stack.has_system_nodes and stack.network.existing is None):
        return service.changed(expose=expose)
    vpc, subnets = _addresses(stack.network, expose.scheme)
    if expose.scheme is LoadBalancerScheme.INTERNAL and not known(expose.allowed_cidrs):
        expose = expose.changed(allowed_cidrs=[vpc])
    if policy.enabled:
        policy = policy.changed(client_cidrs=[*policy.client_cidrs, *subnets])
    return service.changed(expose=expose, network_policy=policy)


def with_access_logs(
    services: dict[str, LlmServiceSettings], opts: pulumi.ResourceOptions
) -> dict[str, LlmServiceSettings]:
    """Return the services; those that are exposed with a bucket for access logs, one for all that name none.

    Args:
        services: those of a stack, by name.
        opts: with the provider for AWS.
    """
    unlogged = {name: one.expose for name, one in services.items() if one.expose and not _names_bucket(one)}
    if not unlogged:
        return services
    bucket = AccessLogBucket("access-logs", {}, opts).bucket_name
    return services | {
        name: services[name].changed(expose=expose.changed(access_logs_bucket=bucket))
        for name, expose in unlogged.items()
    }


def _names_bucket(service: LlmServiceSettings) -> bool:
    return service.expose is not None and service.expose.access_logs_bucket is not None


def _addresses(network: StackNetworkSettings, scheme: LoadBalancerScheme) -> tuple[str, list[str]]:
    """Return the addresses of a VPC that the stack makes, and of the subnets that a load balancer is put into."""
    vpc = parse_cidr(known(network.cidr_block))
    if vpc is None or vpc.prefixlen not in PREFIXES:
        vpc = STAND_IN
    zones = network.availability_zones
    places = (
        range(network.number_of_availability_zones)
        if zones is None
        else sorted({zone_number(zone) - 1 for zone in zones if is_zone_id(zone) or is_zone_name(zone)})
    )
    subnets = [zone_subnets(vpc, place) for place in places if place < ZONE_PLACES]
    public = scheme is LoadBalancerScheme.INTERNET_FACING
    return str(vpc), [str(zone.public if public else zone.private) for zone in subnets]
