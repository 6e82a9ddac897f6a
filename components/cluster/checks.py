"""What is wrong with the settings of a cluster, found before anything is deployed."""

import difflib
import ipaddress
import re
from collections.abc import Collection

from neuronserve.components.cluster.eks_add_ons import ADD_ON_NAMES
from neuronserve.components.cluster.settings import ClusterSettings, NewClusterSettings
from neuronserve.facts.kubernetes_versions import KUBERNETES_VERSIONS
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.settings import SettingNames

CLUSTER_NAME = re.compile(r"[0-9A-Za-z][-_0-9A-Za-z]{0,99}")
"""https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html"""

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

INSTANCE_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
GRAVITON = re.compile(r"[a-z]+[0-9]+[a-z]*g[a-z]*\.")
"""Instance types with Arm processors, such as m7g.large: a ``g`` after the generation."""

IAM_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+")


def find_problems(
    settings: NewClusterSettings, names: SettingNames, unusable: Collection[str] = frozenset()
) -> list[str]:
    """Return everything that is wrong with settings; the arguments are those of :func:`broken_rules`."""
    return broken_rules(RULES, settings, names, unusable)


def _existing(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    existing = settings.existing
    if existing is None:
        return []
    problems = []
    others = sorted(settings.model_fields_set - {"existing", "aws_profile", "version"})
    if others:
        listed = ", ".join(names(setting) for setting in others)
        problems.append(
            f"{names('existing')} is set, so no cluster is made, and {listed} would do nothing. "
            f"Remove {listed}, or {names('existing')}."
        )
    if existing.name is not None and existing.kubeconfig is not None:
        problems.append(
            f"{names('existing.name')} is {existing.name}, an EKS cluster, and {names('existing.kubeconfig')} is set "
            "as well. Keep the one that is meant."
        )
    if existing.name is not None and existing.context is not None:
        problems.append(
            f"{names('existing.context')} is {existing.context}, a context of a kubeconfig, but the cluster is found "
            f"by {names('existing.name')}. Remove one of the two."
        )
    return problems


def _network(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    if not isinstance(settings, ClusterSettings) or settings.existing is not None:
        return []
    missing = {
        "vpc_id": "the VPC of the new cluster",
        "subnet_ids": "the subnets of its control plane, in at least two zones",
        "node_subnet_ids": "the subnets of its system nodes",
    }
    return [
        f"{names(setting)} is not set. Set it to {meaning}, or set {names('existing')} to a cluster that is there."
        for setting, meaning in missing.items()
        if getattr(settings, setting) is None
    ]


def _cluster_name(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    name = settings.cluster_name
    if name is None or CLUSTER_NAME.fullmatch(name):
        return []
    return [
        f"{names('cluster_name')} is {name!r}; it should start with a letter or digit, hold only letters, digits, '-' "
        "and '_', and have at most 100 characters."
    ]


def _version(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    if settings.version in KUBERNETES_VERSIONS:
        return []
    known = ", ".join(
        f"{version} (until {kubernetes.end_of_standard_support})" for version, kubernetes in KUBERNETES_VERSIONS.items()
    )
    return [
        f"{names('version')} is {settings.version!r}, which is no version of Kubernetes that EKS has in standard "
        f"support and that is known here. Set it to one of {known}."
    ]


def _public_access(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    public, cidrs = settings.endpoint_public_access, settings.public_access_cidrs
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
    for cidr in cidrs:
        try:
            network = ipaddress.IPv4Network(cidr)
        except ValueError:
            problems.append(_bad_cidr(names("public_access_cidrs"), cidr))
            continue
        if network.prefixlen == 0 and not settings.allow_public_access_from_anywhere:
            problems.append(
                f"{names('public_access_cidrs')} holds {cidr}, the whole world. Name the networks that you come from, "
                f"or set {names('allow_public_access_from_anywhere')} to true if the world is what you mean."
            )
    return problems


def _bad_cidr(name: str, cidr: str) -> str:
    try:
        right = f"; the network of that address is {ipaddress.IPv4Network(cidr, strict=False)}"
    except ValueError:
        right = ""
    return f"{name} holds {cidr!r}, which is no IPv4 network such as 203.0.113.0/24 or 203.0.113.7/32{right}."


def _administrators(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    return [
        f"{names('administrators')} holds {arn!r}, which is no ARN of a role or user. It should read "
        "arn:aws:iam::<account>:role/<name>; a person's role of IAM Identity Center is below role/aws-reserved/."
        for arn in settings.administrators
        if isinstance(arn, str) and not IAM_PRINCIPAL.fullmatch(arn)
    ]


def _log_retention(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    days = settings.log_retention_days
    if days in LOG_RETENTION_DAYS:
        return []
    nearest = min(LOG_RETENTION_DAYS, key=lambda allowed: (abs(allowed - days), -allowed))
    return [
        f"{names('log_retention_days')} is {days}, which CloudWatch does not offer. Set it to {nearest}, or another of "
        f"{', '.join(map(str, LOG_RETENTION_DAYS))}."
    ]


def _system_nodes(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    nodes = settings.system_nodes
    problems = []
    if not nodes.min_size <= nodes.desired <= nodes.max_size:
        problems.append(
            f"{names('system_nodes.min_size')} is {nodes.min_size}, {names('system_nodes.desired_size')} "
            f"{nodes.desired} and {names('system_nodes.max_size')} {nodes.max_size}. They should not decrease."
        )
    for instance_type in nodes.instance_types:
        name = names("system_nodes.instance_types")
        if not INSTANCE_TYPE.fullmatch(instance_type):
            problems.append(f"{name} holds {instance_type!r}, which is no EC2 instance type such as m7i.large.")
        elif GRAVITON.match(instance_type):
            problems.append(
                f"{name} holds {instance_type}, which has an Arm processor; the nodes' image is for x86-64. "
                "Set it to such as m7i.large."
            )
    return problems


def _add_on_versions(settings: NewClusterSettings, names: SettingNames) -> list[str]:
    problems = []
    for add_on in sorted(settings.add_on_versions.keys() - ADD_ON_NAMES):
        near = difflib.get_close_matches(add_on, ADD_ON_NAMES, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(ADD_ON_NAMES))}."
        problems.append(f"{names('add_on_versions')} holds {add_on}, which is no add-on of the cluster. {hint}")
    return problems


RULES = (
    Rule(("existing",), _existing),
    Rule(("existing", "vpc_id", "subnet_ids", "node_subnet_ids"), _network),
    Rule(("cluster_name",), _cluster_name),
    Rule(("version",), _version),
    Rule(("endpoint_public_access", "public_access_cidrs", "allow_public_access_from_anywhere"), _public_access),
    Rule(("administrators",), _administrators),
    Rule(("log_retention_days",), _log_retention),
    Rule(("system_nodes",), _system_nodes),
    Rule(("add_on_versions",), _add_on_versions),
)
