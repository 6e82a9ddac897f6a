"""What is wrong with a stack's tags, which go to all of it in AWS: found before the first call that refuses them."""

import re

from neuronserve.facts.aws import MOST_TAGS, TAG_KEY_LENGTH, TAG_VALUE_LENGTH
from neuronserve.settings import MapKey, Rule, SettingNames
from neuronserve.stack.settings import StackSettings

OWN_TAGS = 10
"""project, stack and Name, those that find subnets, and those that EKS and Karpenter set themselves."""

NOT_IN_TAGS = re.compile(r"[^\w\s.:/=+@-]")
"""https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""

KARPENTERS = re.compile(
    r"kubernetes\.io/cluster/.*|karpenter\.sh/(?:nodepool|nodeclaim)|karpenter\.k8s\.aws/ec2nodeclass|eks:eks-cluster-name"
)
"""From the CRD of EC2NodeClass."""


def _number(stack: StackSettings, names: SettingNames) -> list[str]:
    if len(stack.tags) <= MOST_TAGS - OWN_TAGS:
        return []
    return [
        f"{names('tags')} holds {len(stack.tags)}: AWS admits {MOST_TAGS} to a resource, of which the stack, EKS and "
        f"Karpenter set up to {OWN_TAGS}. Remove some until {MOST_TAGS - OWN_TAGS} are left."
    ]


def _keys(stack: StackSettings, names: SettingNames) -> list[str]:
    problems = []
    for key in stack.tags:
        said = f"A key in {names('tags')} is {key[: TAG_KEY_LENGTH + 1]!r}"
        if key.lower().startswith("aws:"):
            problems.append(f"{said}; those that begin with aws: belong to AWS. Choose another.")
        elif KARPENTERS.fullmatch(key):
            problems.append(f"{said}, which Karpenter sets itself. Choose another.")
        elif not 1 <= len(key) <= TAG_KEY_LENGTH:
            problems.append(f"{said}, of {len(key)} characters; it should have from 1 to {TAG_KEY_LENGTH}.")
        elif wrong := NOT_IN_TAGS.search(key):
            problems.append(f"{said}, with {wrong[0]!r}; it should hold letters, digits, spaces and .:/=+@_-.")
    return problems


def _values(stack: StackSettings, names: SettingNames) -> list[str]:
    problems = []
    for key, value in stack.tags.items():
        setting = names(("tags", MapKey(key)))
        if len(value) > TAG_VALUE_LENGTH:
            problems.append(f"{setting} has {len(value)} characters; it should have at most {TAG_VALUE_LENGTH}.")
        elif wrong := NOT_IN_TAGS.search(value):
            problems.append(
                f"{setting} is {value!r}, with {wrong[0]!r}; it should hold letters, digits, spaces and .:/=+@_-."
            )
    return problems


TAG_RULES: tuple[Rule, ...] = (_number, _keys, _values)
