"""Mistakes in the inputs of AWS resources that are of the right type, and that AWS would refuse or nobody wants."""

import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Any

from neuronserve.plan.annotations import SECRET

REFERENCE = re.compile(r"\$\{urn:[^}]*\}")
"""What a plan says for a value that only the cloud knows."""

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
POLICY_KEYS = {"Version", "Statement", "Id"}
STATEMENT_KEYS = {
    *("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal"),
}
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html"""

WORLD = {"0.0.0.0/0", "::/0"}


def check_aws_inputs(token: str, inputs: dict[str, Any]) -> list[str]:
    """Return what is wrong with the values of an AWS resource's inputs.

    Looked at are CIDRs, ARNs and policies wherever a property's name says that it holds one, and rules of security
    groups that let the world in. References and secrets are taken for right.

    Args:
        token: the resource's type.
        inputs: as registered, by the provider's names.
    """
    if not token.startswith("aws:"):
        return []
    return [*_check(inputs, ""), *open_to_the_world(token, inputs)]


def policies(inputs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the policies among a resource's inputs that are JSON, by property."""
    found = {}
    for name, value in inputs.items():
        if _is_policy(name) and isinstance(value, str):
            try:
                document = json.loads(value)
            except ValueError:
                continue
            if isinstance(document, dict):
                found[name] = document
    return found


def _is_policy(name: str) -> bool:
    return name.lower().endswith("policy") and not name.lower().endswith("upgradepolicy")


def _check(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _check(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _check(item, f"{path}[{index}]")
    elif isinstance(value, str) and not is_unknown(value):
        name = re.sub(r"\[\d+\]$", "", path.rpartition(".")[2]).lower()
        if "cidr" in name:
            yield from _check_cidr(value, path)
        elif name.endswith(("arn", "arns")):
            yield from _check_arn(value, path)
        elif _is_policy(name):
            yield from _check_policy(value, path)


def is_unknown(value: Any) -> bool:
    """Return whether only the cloud knows a value, or nobody may."""
    return isinstance(value, str) and (value == SECRET or REFERENCE.fullmatch(value) is not None)


def _check_cidr(value: str, path: str) -> Iterator[str]:
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        yield f"{path} is {value!r}, which is not a CIDR block: {error}"


def _check_arn(value: str, path: str) -> Iterator[str]:
    if REFERENCE.match(value):  # an ARN itself, with something after it
        return
    parts = REFERENCE.sub("known-later", value).split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        yield f"{path} is {value!r}, which is not an ARN: arn:partition:service:region:account:resource"
    elif parts[1] not in PARTITIONS:
        yield f"{path} is {value!r}, whose partition is not one of {', '.join(PARTITIONS)}"


def _check_policy(value: str, path: str) -> Iterator[str]:
    try:
        document = json.loads(value)
    except ValueError as error:
        yield f"{path} is not JSON: {error}"
        return
    if not isinstance(document, dict) or "Statement" not in document:
        yield f"{path} is not a policy: it has no Statement"
        return
    if document.get("Version") != "2012-10-17":
        yield f"{path} has Version {document.get('Version')!r}, which should be '2012-10-17'"
    for key in sorted(document.keys() - POLICY_KEYS):
        yield f"{path} has {key}, which is not part of a policy"
    statements = document["Statement"]
    for index, statement in enumerate(statements if isinstance(statements, list) else [statements]):
        yield from _check_statement(statement, f"{path}, statement {index + 1}")


def _check_statement(statement: Any, path: str) -> Iterator[str]:
    if not isinstance(statement, dict):
        yield f"{path} is not a mapping"
        return
    for key in sorted(statement.keys() - STATEMENT_KEYS):
        yield f"{path} has {key}, which is not part of a statement"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"{path} has Effect {statement.get('Effect')!r}, which should be Allow or Deny"
    if ("Action" in statement) == ("NotAction" in statement):
        yield f"{path} should have either Action or NotAction"
    resources = statement.get("Resource", [])
    for resource in resources if isinstance(resources, list) else [resources]:
        if resource != "*" and isinstance(resource, str) and not is_unknown(resource):
            yield from _check_arn(resource, f"{path}, Resource")


def open_to_the_world(token: str, inputs: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the rules of a security group that let the world in.

    Args:
        token: the resource's type.
        inputs: as registered, by the provider's names.
    """
    rules: list[Any] = []
    if token.endswith((":SecurityGroup", ":DefaultSecurityGroup")):
        rules = inputs.get("ingress") or []
    elif token.endswith(":SecurityGroupIngressRule") or inputs.get("type") == "ingress":
        rules = [inputs]
    for rule in rules if isinstance(rules, list) else []:
        sources = list(rule.values()) if isinstance(rule, dict) else []
        sources += [item for source in sources if isinstance(source, list) for item in source]
        for source in sorted(WORLD.intersection(source for source in sources if isinstance(source, str))):
            yield f"it lets in {source}, the whole world; name the networks that may come in"
