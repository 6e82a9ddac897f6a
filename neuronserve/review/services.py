"""The RayServices of a plan, by the names that people call them, and what Ray Serve runs in each."""

from collections import Counter

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan, Resource

RAY_SERVICE = "kubernetes:ray.io/v1:RayService"


def services(plan: Plan) -> dict[str, Resource]:
    """Return the plan's RayServices by name; where several have one name, by ``namespace.name``."""
    candidates = [(*_names(service), service) for service in plan.of_type(RAY_SERVICE)]
    counts = Counter(name for *names, _ in candidates for name in names)
    return {next(name for name in names if counts[name] == 1): service for *names, service in candidates}


def serve_configs(plan: Plan) -> dict[str, str]:
    """Return the ``serveConfigV2`` of each RayService that has one, to the letter, by the service's name."""
    specs = {name: service.inputs["spec"] for name, service in services(plan).items()}
    return {name: spec["serveConfigV2"] for name, spec in specs.items() if "serveConfigV2" in spec}


def serve_config(plan: Plan, service: str | None = None) -> str:
    """Return the Serve configuration of one service, or of the only one.

    Raises:
        PlanError: the plan has no service, none of that name, or several of which none is named.
    """
    configs = serve_configs(plan)
    if not configs:
        raise PlanError(f"Stack {plan.stack} has no service: no model is served there. Choose another stack.")
    if service is None and len(configs) > 1:
        raise PlanError(
            f"Stack {plan.stack} has {len(configs)} services. Choose one with --service: {', '.join(configs)}."
        )
    chosen = next(iter(configs)) if service is None else service
    if chosen not in configs:
        raise PlanError(f"Stack {plan.stack} has no service {chosen}. Choose one with --service: {', '.join(configs)}.")
    return configs[chosen]


def _names(service: Resource) -> tuple[str, str, str]:
    """Return what a service may be called, the shortest first; the last one is no other resource's."""
    metadata = service.inputs.get("metadata") or {}
    name = metadata.get("name") or service.name
    return name, f"{metadata.get('namespace', 'default')}.{name}", service.urn
