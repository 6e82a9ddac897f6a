"""A plan as a tree: what a person reads."""

from rich.markup import escape
from rich.tree import Tree

from neuronserve.plan.plan import Plan, Resource


def plan_tree(plan: Plan) -> Tree:
    """Return the resources of a plan below their parents, by type and name."""
    tree = Tree(f"[bold]{escape(plan.project)}[/] [dim]stack[/] [bold]{escape(plan.stack)}[/]")
    children: dict[str | None, list[Resource]] = {}
    known = {resource.urn for resource in plan.resources}
    for resource in plan.resources:
        children.setdefault(resource.parent if resource.parent in known else None, []).append(resource)
    _grow(tree, None, children)
    return tree


def _grow(tree: Tree, parent: str | None, children: dict[str | None, list[Resource]]) -> None:
    for resource in sorted(children.get(parent, []), key=lambda resource: (resource.type, resource.name)):
        branch = tree.add(f"[cyan]{escape(kind_of(resource))}[/]  {escape(name_of(resource))}")
        if resource.remote:
            branch.add("[dim]more, which the engine's component provider makes[/]")
        _grow(branch, resource.urn, children)


def kind_of(resource: Resource) -> str:
    """Return the last word of the type token: ``kubernetes:core/v1:Namespace`` is a Namespace."""
    package, _, kind = resource.type.rpartition(":")
    return f"{kind} provider" if package == "pulumi:providers" else kind


def name_of(resource: Resource) -> str:
    """Return the name that people know: that of a Kubernetes object in the cluster, of any other the one in Pulumi."""
    metadata = resource.inputs.get("metadata")
    named = metadata.get("name") if isinstance(metadata, dict) else None
    return str(named or resource.name)
