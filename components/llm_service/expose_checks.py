"""What is wrong with how an LLM service is exposed, found before anything is deployed."""

import re
from ipaddress import IPv4Network

from neuronserve.components.llm_service.settings import (
    SSL_POLICY,
    ExposeSettings,
    LlmServiceSettings,
    LoadBalancerScheme,
)
from neuronserve.facts.aws import PRIVATE_SUBNET_TAG, PUBLIC_SUBNET_TAG, arn_of
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.settings.syntax import DNS_1123_SUBDOMAIN

CERTIFICATE = arn_of("acm", r"certificate/[\w-]+")
WEB_ACL = arn_of("wafv2", r"regional/webacl/[\w-]+/[\w-]+")

TLS_POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-[23]-[\w-]+")
"""Those of which neither the name nor the protocols are older than TLS 1.2
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""

GROUP = re.compile(r"[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?")
PATH = re.compile(r"/[\w./~-]*", re.ASCII)
NOT_IN_AN_ANNOTATION = re.compile("[,=]")
"""Of what an annotation has as ``key=value,key=value``: an ``=`` is one too many in a key alone."""


def _keyless(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    if settings.expose is None or settings.require_api_key:
        return []
    return [
        f"{names('expose')} is set, and {names('require_api_key')} is false, so whoever reaches it could use the "
        f"model. Remove {names('require_api_key')}: a key is generated unless {names('api_key')} sets one."
    ]


def _is_let_in(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    expose, policy = settings.expose, settings.network_policy
    if expose is None or not policy.enabled or policy.client_cidrs:
        return []
    public = expose.scheme is LoadBalancerScheme.INTERNET_FACING
    kind, tag = ("public", PUBLIC_SUBNET_TAG) if public else ("private", PRIVATE_SUBNET_TAG)
    return [
        f"{names('expose')} is set, and {names('network_policy.client_cidrs')} is not: the NetworkPolicies would keep "
        f"the load balancer from the pods. Set it to the blocks of the subnets that it is put into, the {kind} ones "
        f"with the tag {tag}: [10.1.0.0/20, 10.1.16.0/20]."
    ]


def _hostname(expose: ExposeSettings, names: SettingNames) -> list[str]:
    hostname = known(expose.hostname)
    if DNS_1123_SUBDOMAIN.fullmatch(hostname) and "." in hostname:
        return []
    return [
        f"{names('hostname')} is {hostname!r}, which is no full name in DNS; it should read llm.example.com, in lower "
        "case, without a scheme, a port or a '*'."
    ]


def _certificate(expose: ExposeSettings, names: SettingNames) -> list[str]:
    arn = known(expose.certificate_arn)
    if CERTIFICATE.fullmatch(arn):
        return []
    return [
        f"{names('certificate_arn')} is {arn!r}, which is not the ARN of a certificate in AWS Certificate Manager; it "
        "should read arn:aws:acm:<region>:<account>:certificate/<id>, as `aws acm list-certificates` prints it."
    ]


def _allowed_cidrs(expose: ExposeSettings, names: SettingNames) -> list[str]:
    name, cidrs = names("allowed_cidrs"), known(expose.allowed_cidrs)
    if cidrs:
        return [problem for cidr in cidrs for problem in _wrong_block(cidr, name)]
    if expose.scheme is LoadBalancerScheme.INTERNAL:
        return [f"{name} is not set. Set it to the networks that may send requests, such as the VPC's: [10.1.0.0/16]."]
    return [
        f"{name} is not set, and {names('scheme')} is {expose.scheme}. Set it to the networks that may send requests, "
        "such as [203.0.113.0/24]; [0.0.0.0/0] opens it to the world."
    ]


def _wrong_block(cidr: str, name: str) -> list[str]:
    try:
        block = IPv4Network(cidr, strict=False)
    except ValueError:
        return [f"{name} has {cidr!r}, which is not a CIDR block of IPv4: it should read 203.0.113.0/24."]
    if str(block) == cidr:
        return []
    return [f"{name} has {cidr!r}, which is not a CIDR block: the block of that address is {block}."]


def _paths(expose: ExposeSettings, names: SettingNames) -> list[str]:
    return [
        f"{names('paths')} has {path!r}, which is no path; one reads /v1, and stands for all that is below it."
        for path in expose.paths
        if not PATH.fullmatch(path)
    ]


def _ssl_policy(expose: ExposeSettings, names: SettingNames) -> list[str]:
    policy = known(expose.ssl_policy)
    if TLS_POLICY.fullmatch(policy):
        return []
    return [
        f"{names('ssl_policy')} is {policy!r}; it should be one without TLS 1.1 and older, such as {SSL_POLICY}, or "
        "ELBSecurityPolicy-TLS13-1-3-2021-06 for TLS 1.3 alone."
    ]


def _waf(expose: ExposeSettings, names: SettingNames) -> list[str]:
    if expose.waf_acl_arn is None or WEB_ACL.fullmatch(arn := known(expose.waf_acl_arn)):
        return []
    return [
        f"{names('waf_acl_arn')} is {arn!r}, which is not the ARN of a regional web ACL; it should read "
        "arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>, as `aws wafv2 list-web-acls --scope REGIONAL` "
        "prints it."
    ]


def _group(expose: ExposeSettings, names: SettingNames) -> list[str]:
    if expose.group is None or GROUP.fullmatch(expose.group):
        return []
    return [
        f"{names('group')} is {expose.group!r}; it should hold only lower-case letters, digits, '-' and '.', begin and "
        "end with a letter or digit, and have at most 63 characters."
    ]


def _tags(expose: ExposeSettings, names: SettingNames) -> list[str]:
    return [
        f"{names(('tags', MapKey(key)))} is {value!r}: neither a key with ',' or '=' nor a value with ',' can be a tag "
        "of a load balancer."
        for key, value in known(expose.tags).items()
        if NOT_IN_AN_ANNOTATION.search(key) or "," in value
    ]


def _of(rule: Rule) -> Rule:
    """Return a rule of a service that is one of how it is exposed."""

    def applied(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
        return [] if settings.expose is None else rule(settings.expose, names.below("expose"))

    return applied


EXPOSE_RULES: tuple[Rule, ...] = (
    _keyless,
    _is_let_in,
    *map(_of, (_hostname, _certificate, _allowed_cidrs, _paths, _ssl_policy, _waf, _group, _tags)),
)
