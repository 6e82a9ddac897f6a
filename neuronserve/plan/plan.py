"""A plan: the resources that a program would make, with their inputs and dependencies, and the stack's outputs."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from neuronserve.plan.errors import PlanError


@dataclass(frozen=True)
class Resource:
    """One resource, as the program registered it.

    ``inputs`` hold ``[secret]`` for secrets and ``${<urn>.<property>}`` for what only the cloud knows; ``provider`` is
    the URN of an explicit provider, or None. ``options`` are those that decide what a change does, by Pulumi's names
    for them, of which :mod:`~neuronserve.plan.options` has the list; none that is not set.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    custom: bool
    remote: bool
    inputs: dict[str, Any]
    dependencies: list[str]
    provider: str | None
    protect: bool
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def is_kubernetes_object(self) -> bool:
        """Whether it is one object of a cluster: not a Helm release, and not a list of objects or a patch of one."""
        return (
            self.custom
            and self.type.startswith("kubernetes:")
            and {"apiVersion", "kind"} <= self.inputs.keys()
            and not self.type.endswith(("List", "Patch"))
        )


@dataclass(frozen=True)
class Plan:
    """All resources of a stack, sorted by URN, and its outputs; ``diagnostics`` are the program's log messages."""

    project: str
    stack: str
    resources: list[Resource]
    outputs: dict[str, Any]
    diagnostics: tuple[str, ...] = ()

    def of_type(self, token: str) -> list[Resource]:
        """Return the resources of one type."""
        return [resource for resource in self.resources if resource.type == token]

    def resource(self, token: str, name: str | None = None) -> Resource:
        """Return the one resource of a type, or of a type and name.

        Raises:
            LookupError: there is none, or more than one.
        """
        found = [resource for resource in self.of_type(token) if name in (None, resource.name)]
        if len(found) != 1:
            there = ", ".join(sorted(f"{resource.type} {resource.name}" for resource in self.resources))
            raise LookupError(f"{len(found)} resources are {token} {name or ''}; there are: {there}")
        return found[0]

    def to_json(self) -> str:
        """Return ``plan.json``: the same plan gives the same bytes."""
        document = {
            "project": self.project,
            "stack": self.stack,
            "resources": [asdict(resource) for resource in self.resources],
            "outputs": self.outputs,
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Return the plan that a ``plan.json`` holds, also one of an earlier version.

        Raises:
            PlanError: it is something else.
        """
        known = {field.name for field in fields(Resource)}
        try:
            document = json.loads(text)
            resources = [
                Resource(**{key: value for key, value in resource.items() if key in known})
                for resource in document["resources"]
            ]
            return cls(document["project"], document["stack"], resources, document["outputs"])
        except (AttributeError, KeyError, TypeError, ValueError):
            raise PlanError("no plan, as `neuronserve synth --json` prints it") from None
