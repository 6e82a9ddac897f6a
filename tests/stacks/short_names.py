"""Short names of a plan's resources: ``cluster/iam.Role cluster-nodes`` is the role of that name in component cluster.

A name is the path of the parents, then kind and name. Of a parent that is a component the name alone is in the path,
unless another component beside it is called the same.
"""

import re
from collections import Counter

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import STACK_TYPE


def kind_of(token: str) -> str:
    """Return the kind that stands for a type: ``Network``, ``ec2.Vpc``, ``Namespace``, ``aws provider``."""
    package, module, name = token.split(":")
    if f"{package}:{module}" == "pulumi:providers":
        return f"{name} provider"
    return f"{module.partition('/')[0]}.{name}" if package == "aws" else name


def usual_type(kind: str, resource: Resource, project: str) -> str:
    """Return the type that a reader takes a resource for, by its kind and the object in its inputs."""
    if kind.endswith(" provider"):
        return f"pulumi:providers:{kind.removesuffix(' provider')}"
    service, _, name = kind.rpartition(".")
    if service:
        return f"aws:{service}/{name[:1].lower()}{name[1:]}:{name}"
    api = resource.inputs.get("apiVersion")
    if api and resource.inputs.get("kind") == kind:
        return f"kubernetes:{api if '/' in api else f'core/{api}'}:{kind}"
    return f"{project}:index:{kind}"


class ShortNames:
    """The short names of a plan's resources, and texts in which they stand for URNs, ``<stack>`` for the stack."""

    def __init__(self, plan: Plan) -> None:
        self._prefix = f"urn:pulumi:{plan.stack}::{plan.project}::"
        self.stack_urn = f"{self._prefix}{STACK_TYPE}::{plan.project}-{plan.stack}"
        # Anywhere else the word could be another's: a stack may be called local, or dev.
        stack = re.escape(plan.stack)
        self._stack = re.compile(rf"(?<=\b{re.escape(plan.project)}-){stack}\b|\A{stack}\Z")
        self._resources = {resource.urn: resource for resource in plan.resources}
        self._components = Counter(
            (resource.parent, resource.name) for resource in plan.resources if not resource.custom
        )
        self._names = {urn: self._name(resource) for urn, resource in self._resources.items()}

    def __getitem__(self, urn: str) -> str:
        """Return a resource's short name; of one that is not in the plan, what tells its URN from others."""
        return self._names.get(urn) or self._without_stack(urn.removeprefix(self._prefix))

    def in_text(self, text: str) -> str:
        """Return a text with short names in its references: ``${network/ec2.Vpc network-vpc.id}``."""
        return self._without_stack(re.sub(r"(?<=\$\{)urn:[^}]*", lambda found: self._reference(found[0]), text))

    def order(self, resource: Resource) -> list[tuple[str, str]]:
        """Return a key by which parents come before their children, and those by name."""
        parent = self._resources.get(resource.parent or "")
        return [*(self.order(parent) if parent else []), (resource.name, resource.type)]

    def references(self, value: object) -> set[str]:
        """Return the URNs to which inputs refer."""
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            return set().union(*(self.references(item) for item in items))
        found = re.findall(r"\$\{(urn:[^}]*)", value) if isinstance(value, str) else []
        return {urn for urn, _ in map(self._split, found) if urn}

    def _name(self, resource: Resource) -> str:
        return self._without_stack(f"{self._path(resource.parent)}{kind_of(resource.type)} {resource.name}")

    def _path(self, urn: str | None) -> str:
        parent = self._resources.get(urn or "")
        if parent is None:
            return ""
        plain = not parent.custom and self._components[parent.parent, parent.name] == 1
        return f"{self._path(parent.parent)}{'' if plain else f'{kind_of(parent.type)} '}{parent.name}/"

    def _reference(self, reference: str) -> str:
        urn, path = self._split(reference)
        return f"{self[urn]}{path}" if urn else reference.removeprefix(self._prefix)

    def _split(self, reference: str) -> tuple[str, str]:
        """Return the URN of a resource of the plan and the property path after it; both may have dots."""
        urn = reference
        while urn and urn not in self._resources:
            urn = urn.rpartition(".")[0]
        return urn, reference[len(urn) :]

    def _without_stack(self, text: str) -> str:
        return self._stack.sub("<stack>", text)
