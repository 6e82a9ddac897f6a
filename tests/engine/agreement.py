"""Where the offline plan and the engine's state say different things of a stack, other than is explained here."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.aws_fakes import ACCOUNT
from neuronserve.plan.plan import Plan, Resource

State = dict[str, dict[str, Any]]
"""Resources as the engine exports them, by URN."""

SIGNATURE, IS_SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
REFERENCE = re.compile(r"\$\{(urn:[^}]*?::[^}:]*?)\.([^}:]*)\}")
STAND_INS_ACCOUNT = "123456789012"

INSIDE_REMOTE = re.compile(r"(eks:index:Cluster|kubernetes:yaml/v2:ConfigGroup)\$")
"""What a component makes in another process: of it the plan knows the component alone."""

NOT_REGISTERED = ("pulumi:pulumi:Stack", "pulumi:providers:eks", "pulumi:providers:pulumi")
"""What the engine makes by itself: the stack's root, and default providers of remote components."""

ADDED_BY_PROVIDER: dict[str, Callable[[str, Any], bool]] = {
    # The release's defaults; `compat` is for programs that were written for the first version of the resource.
    "kubernetes:helm.sh/v3:Release": lambda path, value: path == "compat" or value in (False, ""),
    # Until discovery has heard of a kind the provider takes it for a namespaced one; the API server knows better.
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass": lambda path, value: (
        (path, value) == ("metadata.namespace", "default")
    ),
    "kubernetes:karpenter.sh/v1:NodePool": lambda path, value: (path, value) == ("metadata.namespace", "default"),
    "pulumi:providers:aws": lambda path, _: path in ("version", "__internal"),
    "pulumi:providers:kubernetes": lambda path, _: path in ("version", "__internal"),
}
"""By type, which inputs the engine or a provider adds to those of the program, or takes away: by path and value."""

NOT_OF_THE_STAND_IN = ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "associationId")
"""Type and name of an output that AWS gives and its stand-in does not: what is made of it is unset in the engine."""

MISSING = object()


def disagreements(plan: Plan, state: State) -> list[str]:
    """Return what only one of them has, or what they tell differently, one line each."""
    planned = {resource.urn: resource for resource in plan.resources}
    made = {urn: resource for urn, resource in state.items() if _is_registered(urn, resource)}
    found = [f"only the plan has {urn}" for urn in planned.keys() - made.keys()]
    found += [f"only the engine has {urn}" for urn in made.keys() - planned.keys()]
    for urn in sorted(planned.keys() & made.keys()):
        found += (f"{urn}: {one}" for one in _differences(planned[urn], made[urn], state))
    return sorted(found)


def _is_registered(urn: str, resource: dict[str, Any]) -> bool:
    return not INSIDE_REMOTE.search(urn) and resource["type"] not in NOT_REGISTERED


def _differences(planned: Resource, made: dict[str, Any], state: State) -> Iterator[str]:
    said: dict[str, tuple[Any, Any]] = {
        "custom": (planned.custom, made["custom"]),
        "parent": (planned.parent, made.get("parent")),
        "protect": (planned.protect, made.get("protect", False)),
        "dependencies": (
            set(planned.dependencies),
            {one for one in made.get("dependencies", []) if not INSIDE_REMOTE.search(one)},
        ),
    }
    if not planned.remote:  # those of a remote component go to the other process, and not into the state
        provider = made.get("provider", "").rpartition("::")[0]
        said["provider"] = (
            planned.provider,
            provider if provider and _is_registered(provider, state[provider]) else None,
        )
    for what, (in_plan, in_engine) in said.items():
        if in_plan != in_engine:
            yield f"{what} is {in_plan} in the plan, {in_engine} in the engine"
    if not planned.remote:
        is_added = ADDED_BY_PROVIDER.get(planned.type, lambda *_: False)
        for path, in_plan, in_engine in _unequal(planned.inputs, made.get("inputs", {}), state):
            one_sided = MISSING in (in_plan, in_engine)
            if not (one_sided and is_added(path, in_engine if in_plan is MISSING else in_plan)):
                yield f"{path} is {_shown(in_plan)} in the plan, {_shown(in_engine)} in the engine"


def _shown(value: Any) -> str:
    return "unset" if value is MISSING else repr(value)


def _unequal(in_plan: Any, in_engine: Any, state: State, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(in_engine, dict) and in_engine.get(SIGNATURE) == IS_SECRET:
        if not _all_secret(in_plan):
            yield path, in_plan, SECRET
    elif isinstance(in_plan, dict) and isinstance(in_engine, dict):
        for key in sorted(in_plan.keys() | in_engine.keys()):
            below = f"{path}.{key}" if path else key
            yield from _unequal(in_plan.get(key, MISSING), in_engine.get(key, MISSING), state, below)
    elif isinstance(in_plan, list) and isinstance(in_engine, list) and len(in_plan) == len(in_engine):
        for index, (one, other) in enumerate(zip(in_plan, in_engine, strict=True)):
            yield from _unequal(one, other, state, f"{path}[{index}]")
    else:
        if in_engine in (None, MISSING) and _is_not_of_the_stand_in(in_plan, state):
            return
        known = _resolved(in_plan, state) if isinstance(in_plan, str) else in_plan
        told = in_engine.replace(STAND_INS_ACCOUNT, ACCOUNT) if isinstance(in_engine, str) else in_engine
        if known != told:
            yield path, in_plan, in_engine


def _all_secret(in_plan: Any) -> bool:
    """Tell what is secret in the plan; of a mapping the plan shows the keys."""
    return all(map(_all_secret, in_plan.values())) if isinstance(in_plan, dict) else in_plan == SECRET


def _is_not_of_the_stand_in(in_plan: Any, state: State) -> bool:
    match = REFERENCE.fullmatch(in_plan) if isinstance(in_plan, str) else None
    return match is not None and (state[match[1]]["type"], match[2]) == NOT_OF_THE_STAND_IN


def _resolved(text: str, state: State) -> str:
    """Return a text of the plan with the engine's values in place of its references."""

    def value(match: re.Match[str]) -> str:
        found: Any = state[match[1]] | state[match[1]].get("outputs", {})
        for key in re.findall(r"[^.\[\]]+", match[2]):
            found = found[int(key)] if isinstance(found, list) else found[key]
            if isinstance(found, dict) and SIGNATURE in found and "urn" in found:  # a resource in a remote component
                found = state[found["urn"]] | state[found["urn"]]["outputs"]
        return str(found)

    return REFERENCE.sub(value, text).replace(STAND_INS_ACCOUNT, ACCOUNT)
