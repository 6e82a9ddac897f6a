"""Which inputs of a resource make another one of it when they change, and which one goes first then."""

from neuronserve.facts.kubernetes_replacing_inputs import (
    KUBERNETES_REPLACING_FIELDS,
    RELEASE_REPLACING_INPUTS,
    REPLACING_METADATA,
    UNLESS_MUTABLE,
)
from neuronserve.facts.replacing_inputs import (
    AWS_REPLACING_INPUTS,
    DELETED_FIRST,
    DELETED_FIRST_WHEN_NAMED,
    EKS_REPLACING_INPUTS,
)
from neuronserve.plan.plan import Resource

RELEASE = "kubernetes:helm.sh/v3:Release"
CLUSTERS = ("eks:index:Cluster", "aws:eks/cluster:Cluster")
KUBERNETES_PROVIDER = "pulumi:providers:kubernetes"

BY_TYPE: dict[str, tuple[str, ...]] = {
    **AWS_REPLACING_INPUTS,
    **EKS_REPLACING_INPUTS,
    RELEASE: RELEASE_REPLACING_INPUTS,
    "pulumi:index:Stash": (),
    "kubernetes:yaml/v2:ConfigGroup": (),
}


def replacing_inputs(new: Resource, provider: Resource | None) -> tuple[str, ...] | None:
    """Return the inputs of which another value makes another resource; None if nothing is known of the type.

    Args:
        new: the resource as it will be.
        provider: its provider, if that is one of the plan's.
    """
    further = tuple(new.options.get("replaceOnChanges", ()))
    if new.type.startswith("pulumi:providers:") or not (new.custom or new.remote):
        return further
    if new.is_kubernetes_object:
        return (*REPLACING_METADATA, *_of_kind(new, provider), *further)
    known = BY_TYPE.get(new.type)
    return None if known is None else (*known, *further)


def goes_first(old: Resource, new: Resource) -> bool:
    """Tell whether the old resource is deleted before the new one is there, when it is replaced by itself."""
    if new.options.get("deleteBeforeReplace"):
        return True
    if new.is_kubernetes_object:
        before, after = (resource.inputs.get("metadata") or {} for resource in (old, new))
        return bool(after.get("name")) and all(before.get(key) == after.get(key) for key in ("name", "namespace"))
    named = DELETED_FIRST_WHEN_NAMED.get(new.type)
    return new.type in DELETED_FIRST or bool(named and new.inputs.get(named))


def _of_kind(new: Resource, provider: Resource | None) -> tuple[str, ...]:
    group, _, _ = str(new.inputs["apiVersion"]).rpartition("/")
    kind = str(new.inputs["kind"])
    if group == "" and kind in UNLESS_MUTABLE:
        switch, fields = UNLESS_MUTABLE[kind]
        mutable = provider is not None and str(provider.inputs.get(switch)).lower() == "true"
        if not mutable or new.inputs.get("immutable"):
            return fields
    return KUBERNETES_REPLACING_FIELDS.get((group, kind), ())
