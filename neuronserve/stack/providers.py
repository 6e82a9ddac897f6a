"""What a stack file says to Pulumi's providers: passed on where it says whose account is meant, refused elsewhere.

The providers of a stack are made with arguments of their own and read no configuration: a key that nobody passes on
would be without effect, and ``up`` might go to another account or cluster than the file says.
"""

import difflib
import json
import re
from typing import Any

import pulumi
from pulumi.runtime import get_config_env

from neuronserve.facts.zones import is_region
from neuronserve.settings import SettingNames
from neuronserve.stack.settings import StackSettings

ACCOUNT_KEYS = ("allowedAccountIds", "forbiddenAccountIds")
AWS_KEYS = ("region", "profile", *ACCOUNT_KEYS)
ACCOUNT = re.compile(r"[0-9]{12}")

ROLES = (
    "the kubeconfig has to get its tokens as the same role. Take it on with a profile (role_arn and source_profile in "
    "~/.aws/config), and name that: pulumi config set aws:profile <profile>"
)
ELSEWHERE = {
    "aws:assumeRole": ROLES,
    "aws:assumeRoles": ROLES,
    "aws:assumeRoleWithWebIdentity": ROLES,
    "aws:defaultTags": "set tags instead",
    "kubernetes:context": "set cluster.existing.context instead",
    "kubernetes:kubeconfig": "set cluster.existing.kubeconfig instead",
}


def account_ids(key: str) -> Any:
    """Return the accounts of one of :data:`ACCOUNT_KEYS`, a list once :func:`accounts` has nothing to say; or None."""
    text = pulumi.Config("aws").get(key)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def provider_keys(_stack: StackSettings, _names: SettingNames) -> list[str]:
    """Return which keys of providers would be without effect."""
    problems = []
    for key in sorted(get_config_env()):
        namespace, _, name = key.partition(":")
        if namespace not in ("aws", "kubernetes", "eks") or (namespace == "aws" and name in AWS_KEYS):
            continue
        near = difflib.get_close_matches(name, AWS_KEYS, n=1) if namespace == "aws" else []
        if key in ELSEWHERE:
            hint = f"Remove it: {ELSEWHERE[key]}."
        elif near:
            hint = f"Did you mean aws:{near[0]}?"
        else:
            hint = f"Remove it. Read are {', '.join(f'aws:{one}' for one in AWS_KEYS)}."
        problems.append(f"{key} is set, and would be without effect. {hint}")
    return problems


def accounts(_stack: StackSettings, _names: SettingNames) -> list[str]:
    """Return what is wrong with the accounts that are meant."""
    problems = []
    for key in ACCOUNT_KEYS:
        ids = account_ids(key)
        if ids is not None and not (
            isinstance(ids, list) and ids and all(isinstance(one, str) and ACCOUNT.fullmatch(one) for one in ids)
        ):
            problems.append(
                f'aws:{key} is {json.dumps(ids)}; it should be a list of accounts such as ["111122223333"].'
            )
    return problems


def region(stack: StackSettings, _: SettingNames) -> list[str]:
    """Return why nothing can be deployed to the region."""
    if not stack.is_on_eks:
        return []
    if not stack.region:
        return ["aws:region is not set. Set it to the region to deploy to: pulumi config set aws:region us-west-2"]
    if is_region(stack.region):
        return []
    without_letter = stack.region.rstrip("abcdefgh")
    hint = f", and {stack.region} a zone. Set it to {without_letter}" if is_region(without_letter) else ""
    return [f"aws:region is {stack.region!r}, which is not a region. A region is such as us-west-2{hint}."]
