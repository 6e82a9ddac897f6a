"""The golden plans' texts: one plan on AWS in full, the others there as their difference from it, the rest in full."""

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

from neuronserve.plan.plan import Plan
from tests.stacks.plan_difference import difference
from tests.stacks.readable_plan import Unfolded, readable

BASE = "inf2-8xlarge"
"""From this stack the others are told apart; if it is gone, from the first one on AWS."""

EKS_CLUSTERS = ("eks:index:Cluster", "aws:eks/cluster:Cluster")

IN_FULL = """\
# Stack {stack}, whole. Written by `make golden`; CONTRIBUTING.md says how to read it.

"""

AS_DIFFERENCE = """\
# Stack {stack}, where it is not like {base}. Written by `make golden`; CONTRIBUTING.md says how to read it.

"""


def bases(plans: Mapping[str, Plan]) -> dict[str, str | None]:
    """Return for each stack the one from which it is told apart; None for what is written in full."""
    on_aws = sorted(stack for stack, plan in plans.items() if any(map(plan.of_type, EKS_CLUSTERS)))
    base = BASE if BASE in on_aws else next(iter(on_aws), None)
    return {stack: base if stack in on_aws and stack != base else None for stack in plans}


def file_name(stack: str, base: str | None) -> str:
    """Return the name of a stack's golden file."""
    return f"{stack}.diff.yaml" if base else f"{stack}.yaml"


def golden_texts(plans: Mapping[str, Plan]) -> dict[str, str]:
    """Return the text of each golden file by its name."""
    return {
        file_name(stack, base): golden_text(plans[stack], plans[base] if base else None)
        for stack, base in bases(plans).items()
    }


def golden_text(plan: Plan, base: Plan | None) -> str:
    """Return the text of a plan, or of what is different in it."""
    if base is None:
        return IN_FULL.format(stack=plan.stack) + "\n".join(_entries(readable(plan)))
    parts = [_part(title, part) for title, part in difference(readable(base), readable(plan)).items()]
    return AS_DIFFERENCE.format(stack=plan.stack, base=base.stack) + "\n".join(parts)


def _part(title: str, part: Any) -> str:
    if isinstance(part, list):
        return to_yaml({title: part})
    return f"{title}:\n" + textwrap.indent("\n".join(_entries(part, indent=2)), "  ")


def _entries(document: dict[str, Any], indent: int = 0) -> list[str]:
    return [to_yaml({name: body}, indent) for name, body in document.items()]


def to_yaml(document: Any, indent: int = 0) -> str:
    """Return a document as YAML that fits 120 columns below an indentation of so many."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120 - indent, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _unfolded(dumper: _Dumper, unfolded: Unfolded) -> yaml.Node:
    node = dumper.represent_data(unfolded.content)
    node.tag = f"!{unfolded.language}"
    return node


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Unfolded, _unfolded)
