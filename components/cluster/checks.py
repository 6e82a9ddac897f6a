"""What is wrong with the settings of a cluster, found before anything is deployed."""

import difflib
import ipaddress
import re
from collections import Counter

from neuronserve.components.cluster.eks_add_ons import EKS_ADD_ON_NAMES
from neuronserve.components.cluster.settings import ClusterOptions, ClusterSettings
from neuronserve.components.log_group import adoption_problems
from neuronserve.facts.aws import LOG_RETENTION_DAYS
from neuronserve.facts.kubernetes_versions import KUBERNETES_VERSIONS
from neuronserve.settings import Rule, SettingNames, known

CLUSTER_NAME = re.compile(r"[0-9A-Za-z][-_0-9A-Za-z]{0,99}")
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html"""

NOT_PUBLIC = [
    ipaddress.IPv4Network(cidr)
    for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16")
]
"""Addresses that only mean something inside a network (RFC 1918, 6598, 1122, 3927)."""

INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
GRAVITON = re.compile(r"[a-z]+[0-9]+[a-z]*g[a-z]*\.")
"""Instance types with Arm processors, such as m7g.large: a ``g`` after the generation."""

A1 = "a1."
ACCELERATED = re.compile(r"(?:inf|trn|p|g|gr|dl|vt|f)[0-9]+[a-z]*\.")
"""Families with chips or graphics, of which nothing on a system node makes use."""
TOO_SMALL = re.compile(r".*\.(?:nano|micro|small)")
"""Up to 2 GiB of memory: a replica of Karpenter and what runs on every node ask for more."""

IAM_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+")


def _cluster_name(settings: ClusterOptions, names: SettingNames) -> list[str]:
    name = known(settings.cluster_name)
    if name is None or CLUSTER_NAME.fullmatch(name):
        return []
    return [
        f"{names('cluster_name')} is {name!r}; it should start with a letter or digit, hold only letters, digits, '-' "
        "and '_', and have at most 100 characters."
    ]


def _version(settings: ClusterOptions, names: SettingNames) -> list[str]:
    if known(settings.version) in KUBERNETES_VERSIONS:
        return []
    there = ", ".join(
        f"{version} (until {kubernetes.end_of_standard_support})" for version, kubernetes in KUBERNETES_VERSIONS.items()
    )
    return [
        f"{names('version')} is {settings.version!r}, which is not a version of Kubernetes that EKS has in standard "
        f"support and that is known here. Set it to one of {there}."
    ]


def _public_access(settings: ClusterOptions, names: SettingNames) -> list[str]:
    public, cidrs = known(settings.endpoint_public_access), known(settings.public_access_cidrs)
    problems = []
    if public and not cidrs:
        problems.append(
            f"{names('endpoint_public_access')} is true, and {names('public_access_cidrs')} is not set. Set it to the "
            "networks from which you reach the API server, such as 203.0.113.7/32."
        )
    if cidrs and not public:
        problems.append(
            f"{names('public_access_cidrs')} is {', '.join(cidrs)}, but {names('endpoint_public_access')} is false, so "
            f"nobody would be let in from there. Set {names('endpoint_public_access')} to true, or remove the networks."
        )
    return problems


def _reachable_cidrs(settings: ClusterOptions, names: SettingNames) -> list[str]:
    """EKS refuses these when it makes the cluster, minutes after a VPC and a NAT gateway are paid for."""
    found = {
        cidr: inside
        for cidr in known(settings.public_access_cidrs)
        if (network := _network(cidr))
        for inside in NOT_PUBLIC
        if network.subnet_of(inside)
    }
    return [
        f"{names('public_access_cidrs')} holds {cidr}, which is in {inside}: nobody on the internet comes from there, "
        "and EKS refuses it. Name public addresses (curl https://checkip.amazonaws.com); from inside the VPC the API "
        "server can be reached anyway."
        for cidr, inside in found.items()
    ]


def _network(cidr: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(cidr)
    except ValueError:
        return None


def _public_access_cidrs(settings: ClusterOptions, names: SettingNames) -> list[str]:
    problems = []
    for cidr in known(settings.public_access_cidrs):
        network = _network(cidr)
        if network is None:
            problems.append(_bad_cidr(names("public_access_cidrs"), cidr))
        elif network.prefixlen == 0 and not settings.allow_public_access_from_anywhere:
            problems.append(
                f"{names('public_access_cidrs')} holds {cidr}, the whole world. Name the networks that you come from, "
                f"or set {names('allow_public_access_from_anywhere')} to true if the world is what you mean."
            )
    return problems


def _bad_cidr(name: str, cidr: str) -> str:
    try:
        right = f"; the block of that address is {ipaddress.IPv4Network(cidr, strict=False)}"
    except ValueError:
        right = ""
    return f"{name} holds {cidr!r}, which is not a CIDR block such as 203.0.113.0/24 or 203.0.113.7/32{right}."


def _administrators(settings: ClusterOptions, names: SettingNames) -> list[str]:
    return [
        f"{names('administrators')} holds {arn!r}, which is not the ARN of a role or user. It should read "
        "arn:aws:iam::<account>:role/<name>; a person's role of IAM Identity Center is below role/aws-reserved/."
        for arn in settings.administrators
        if isinstance(arn, str) and not IAM_PRINCIPAL.fullmatch(arn)
    ]


def _log_retention(settings: ClusterOptions, names: SettingNames) -> list[str]:
    days = known(settings.log_retention_in_days)
    if days in LOG_RETENTION_DAYS:
        return []
    nearest = min(LOG_RETENTION_DAYS, key=lambda allowed: (abs(allowed - days), -allowed))
    return [
        f"{names('log_retention_in_days')} is {days}, which CloudWatch does not offer. Set it to {nearest}, or another "
        f"of {', '.join(map(str, LOG_RETENTION_DAYS))}."
    ]


def _system_node_sizes(settings: ClusterOptions, names: SettingNames) -> list[str]:
    nodes = settings.system_nodes
    if known(nodes.min_size) <= known(nodes.desired) <= known(nodes.max_size):
        return []
    return [
        f"{names('system_nodes.min_size')} is {nodes.min_size}, {names('system_nodes.desired_size')} "
        f"{nodes.desired} and {names('system_nodes.max_size')} {nodes.max_size}. They should not decrease."
    ]


def _system_node_types(settings: ClusterOptions, names: SettingNames) -> list[str]:
    problems, name = [], names("system_nodes.instance_types")
    for instance_type in known(settings.system_nodes.instance_types):
        if not INSTANCE_TYPE.fullmatch(instance_type):
            problems.append(f"{name} holds {instance_type!r}, which is not an EC2 instance type such as m7i.large.")
        elif GRAVITON.match(instance_type) or instance_type.startswith(A1):
            problems.append(
                f"{name} holds {instance_type}, which has an Arm processor; the nodes' image is for x86-64. "
                "Set it to such as m7i.large."
            )
        elif ACCELERATED.match(instance_type):
            problems.append(
                f"{name} holds {instance_type}, whose chips nothing on a system node uses; services get nodes of their "
                "own. Set it to such as m7i.large."
            )
        elif TOO_SMALL.fullmatch(instance_type):
            problems.append(
                f"{name} holds {instance_type}, which has too little memory for Karpenter and what runs on every "
                "node. Set it to such as m7i.large."
            )
    return problems


def _eks_add_on_versions(settings: ClusterOptions, names: SettingNames) -> list[str]:
    problems = []
    for add_on in sorted(settings.eks_add_on_versions.keys() - EKS_ADD_ON_NAMES):
        near = difflib.get_close_matches(add_on, EKS_ADD_ON_NAMES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(EKS_ADD_ON_NAMES))}."
        problems.append(
            f"{names('eks_add_on_versions')} holds {add_on}, which is not an EKS add-on of the cluster. {hint}"
        )
    return problems


def _administrators_once(settings: ClusterOptions, names: SettingNames) -> list[str]:
    twice = [
        arn
        for arn, count in Counter(arn for arn in settings.administrators if isinstance(arn, str)).items()
        if count > 1
    ]
    return [f"{names('administrators')} holds {arn} more than once. Name each once." for arn in twice]


def adoption(settings: ClusterSettings, names: SettingNames) -> list[str]:
    """What has the log group of the control plane taken over."""
    return adoption_problems("adopt_log_group", settings.name, names) if settings.adopt_log_group else []


RULES: tuple[Rule, ...] = (
    _cluster_name,
    _version,
    _public_access,
    _public_access_cidrs,
    _reachable_cidrs,
    _administrators,
    _administrators_once,
    _log_retention,
    _system_node_sizes,
    _system_node_types,
    _eks_add_on_versions,
)
