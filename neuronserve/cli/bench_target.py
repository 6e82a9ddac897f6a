"""What ``neuronserve bench`` measures of a stack: the service, its price, and the way to it."""

from dataclasses import dataclass, replace

from neuronserve.bench.job import TOKENIZER, Place
from neuronserve.bench.served import HUB_ID, Served
from neuronserve.cli.errors import fail
from neuronserve.components.llm_service.ray_service_spec import HUGGING_FACE_TOKEN_FILE
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.review.cost import hourly_cost
from neuronserve.review.services import serve_config, services
from neuronserve.serving.api_keys import ONLY_KEY

SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 (a type)
HUGGING_FACE_ENTRY = HUGGING_FACE_TOKEN_FILE.rpartition("/")[2]


@dataclass(frozen=True)
class Target:
    """One service of a stack."""

    name: str
    endpoint: str
    """The base URL for clients."""
    is_exposed: bool
    """Whether one can ask it from outside the cluster."""
    usd_per_hour: tuple[float, float] | None
    """Of its workers, the fewest and the most; None where they cost nothing that is known."""
    place: Place
    """Where a Job measures it."""
    in_cluster: str
    """The base URL inside the cluster."""


def target_of(plan: Plan, service: str | None) -> Target:
    """Return what to measure; end the command if that is not one service."""
    try:
        serve_config(plan, service)  # says what is wrong with the name
    except PlanError as error:
        fail(str(error))
    known = services(plan)
    name = service or next(iter(known))
    metadata = known[name].inputs["metadata"]
    namespace, called = metadata["namespace"], metadata["name"]
    cost = hourly_cost(plan)
    span = cost.services.get(name) if cost else None
    inside = f"http://{called}-serve-svc.{namespace}.svc.cluster.local:8000/v1"
    endpoint = _endpoint(plan, f"{called}-serve-svc") or inside
    place = Place(
        namespace,
        called,
        _entry(plan, namespace, f"{called}-api-key", ONLY_KEY),
        _entry(plan, namespace, f"{called}-hugging-face-token", HUGGING_FACE_ENTRY),
    )
    return Target(name, endpoint, endpoint != inside, (span.least, span.most) if span else None, place, inside)


def served_in_cluster(plan: Plan, target: Target, model: str | None, tokenizer: str | None) -> tuple[Served, Place]:
    """Return the model that a Job asks, its tokenizer, and where the Job goes; end the command where that cannot be.

    A model that is no Hugging Face id is in the service's image, and its tokenizer comes from there.

    Args:
        plan: the stack's plan.
        target: the service.
        model: one of its names; None for the first.
        tokenizer: another one than the model's own.
    """
    import yaml  # noqa: PLC0415 (not needed to start the command)

    (application,) = yaml.safe_load(serve_config(plan, target.name))["applications"]
    (deployment,) = application["deployments"]
    names = deployment["user_config"]["served_model_name"]
    if model is not None and model not in names:
        fail(f"Service {target.name} has no model {model!r}. Choose one with --model: {', '.join(names)}.")
    # A folder of this machine, ./x as well, is not in the pod.
    if tokenizer and not tokenizer.startswith("/") and (tokenizer.startswith(".") or not HUB_ID.fullmatch(tokenizer)):
        fail(
            f"--tokenizer is {tokenizer}; with --in-cluster it is a Hugging Face id (owner/model) that a Job can "
            "download, or the whole path of a folder in the --image (/…)."
        )
    asked, loaded = model or names[0], application["args"]["model"]
    if tokenizer or HUB_ID.fullmatch(loaded):
        return Served(asked, tokenizer or loaded), target.place
    return Served(asked, TOKENIZER), replace(target.place, model=(_image(plan, target.name), loaded))


def _image(plan: Plan, service: str) -> str:
    """Return the image of a service's workers."""
    (group,) = services(plan)[service].inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    return str(group["template"]["spec"]["containers"][0]["image"])


def _endpoint(plan: Plan, serve_service: str) -> str | None:
    """Return what a stack exports of a service; a program of one's own need not."""
    for outputs in (plan.outputs.get("services") or {}).values():
        if outputs.get("serveService") == serve_service:
            return str(outputs["endpoint"])
    return None


def _entry(plan: Plan, namespace: str, secret: str, key: str) -> tuple[str, str] | None:
    """Return a Secret and a key of it if the plan makes it."""
    for resource in plan.of_type(SECRET):
        metadata = resource.inputs.get("metadata") or {}
        if (metadata.get("namespace"), metadata.get("name")) == (namespace, secret):
            return secret, key
    return None
