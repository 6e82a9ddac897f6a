"""What is wrong with the fields that a user gives the pods of an LLM service: their syntax, and what others decide."""

import re
from collections.abc import Iterable
from functools import partial

from neuronserve.components.llm_service.ray_service_spec import WRITABLE_DIRECTORIES
from neuronserve.components.llm_service.settings import LlmServiceSettings, PodSettings
from neuronserve.facts import node_labels
from neuronserve.serving.settings import Accelerator
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.settings.pod_fields import (
    annotation_problems,
    label_problems,
    source_problems,
    toleration_problems,
    variable_problems,
)
from neuronserve.settings.syntax import DNS_1123_SUBDOMAIN

PODS = ("head", "worker")

CORES = "the cores of a worker follow from {instance_type} and {worker.neuron_chips}"
OVERLAY = "the service sets what it and Ray need, and {ray_service_spec} is there for who has to change that"
TOKEN = "set {hugging_face_token}, which is kept in a Secret"  # noqa: S105 (a way to set one)
OWN_VARIABLES = {
    r"NEURON_RT_(VISIBLE|NUM)_CORES": CORES,
    r"VLLM_API_KEY": "set {api_key}, which is kept in a Secret",
    r"HF_TOKEN|HUGGING_FACE_HUB_TOKEN": TOKEN,
    r"(RAY|KUBERAY|FQ_RAY|NEURONSERVE)_.*|no_grpc_proxy|HOME|HF_HOME|HF_TOKEN_PATH": OVERLAY,
}
"""Environment variables that are no user's to set, and what to do instead."""

KUBERAYS_LABELS = "this and KubeRay find the pods by it"
OWN_LABELS = {r"app\.kubernetes\.io/(name|instance|component|part-of|created-by)|ray\.io/.*": KUBERAYS_LABELS}
OWN_ANNOTATIONS = {
    r"karpenter\.sh/do-not-disrupt": "set {do_not_disrupt}",
    r"ray\.io/.*": "it belongs to KubeRay",
}
OWN_NODE_LABELS = {re.escape(node_labels.INSTANCE_TYPE): "set {instance_type}"}

CACHE_VARIABLE = "NEURON_COMPILE_CACHE_URL"
FLAGS_VARIABLE = "NEURON_CC_FLAGS"
CACHE_FLAG = re.compile(r"(?:^|\s)--cache_dir[=\s]\s*(\S+)")
"""https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/arch/neuron-features/neuron-caching.html"""


def _owned(
    group: str, owners: dict[str, str], pod: str, settings: LlmServiceSettings, names: SettingNames
) -> list[str]:
    """Return which keys of a group, such as labels, are not for the user to set."""
    given: Iterable[str] = getattr(_pod(pod, settings), group)
    return [
        f"{names((pod, group, MapKey(key)))} is not yours to set: {_filled(advice, names)}. Remove it."
        for key in given
        for owned, advice in owners.items()
        if re.fullmatch(owned, key)
    ]


def _filled(advice: str, names: SettingNames) -> str:
    return re.sub(r"\{(.*?)\}", lambda found: names(found[1]), advice)


def _pod(pod: str, settings: LlmServiceSettings) -> PodSettings:
    return settings.head if pod == "head" else settings.worker


def _variable_names(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return variable_problems(_pod(pod, settings).env, names((pod, "env")))


def _sources(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return source_problems(known(_pod(pod, settings).env_from), names((pod, "env_from")))


def _labels(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return label_problems(known(_pod(pod, settings).labels), names((pod, "labels")))


def _annotations(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return annotation_problems(_pod(pod, settings).annotations, names((pod, "annotations")))


def _node_selector(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return label_problems(known(_pod(pod, settings).node_selector), names((pod, "node_selector")))


def _tolerations(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return toleration_problems(known(_pod(pod, settings).tolerations), names((pod, "tolerations")))


def _own_instance_type(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    if settings.accelerator is Accelerator.CPU:
        return []
    return _owned("node_selector", OWN_NODE_LABELS, "worker", settings, names)


def _compile_cache(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """A compiler that cannot write its cache, as the root filesystem is read-only, ends when its node is paid for."""
    env = settings.worker.env
    places = [(FLAGS_VARIABLE, place) for place in CACHE_FLAG.findall(env.get(FLAGS_VARIABLE, ""))]
    if place := env.get(CACHE_VARIABLE, "").removeprefix("file://"):
        places.append((CACHE_VARIABLE, place))
    return [
        f"{names(('worker', 'env', MapKey(variable)))} has the compiler's cache in {place}, and pods can write nowhere "
        f"but in {', '.join(WRITABLE_DIRECTORIES)}. Choose a folder in one of them, or leave it out."
        for variable, place in places
        if "://" not in place and not any(f"{place}/".startswith(f"{known}/") for known in WRITABLE_DIRECTORIES)
    ]


def _scheduler_name(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name = settings.worker.scheduler_name
    if name is None or DNS_1123_SUBDOMAIN.fullmatch(name):
        return []
    return [
        f"{names('worker.scheduler_name')} is {name!r}; it should be the name of a scheduler, in lower-case letters, "
        "digits, '-' and '.', such as my-scheduler."
    ]


def _priority_class(pod: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name = known(_pod(pod, settings).priority_class_name)
    if name is None or DNS_1123_SUBDOMAIN.fullmatch(name):
        return []
    return [
        f"{names((pod, 'priority_class_name'))} is {name!r}; it should be the name of a PriorityClass, in lower-case "
        "letters, digits, '-' and '.'."
    ]


def _image_pull_secrets(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return [
        f"{names('image_pull_secrets')} holds {name!r}; it should hold names of Secrets, in lower-case letters, "
        "digits, '-' and '.'."
        for name in known(settings.image_pull_secrets)
        if not DNS_1123_SUBDOMAIN.fullmatch(name)
    ]


POD_RULES: tuple[Rule, ...] = (
    *(
        partial(rule, pod)
        for pod in PODS
        for rule in (
            _variable_names,
            partial(_owned, "env", OWN_VARIABLES),
            _sources,
            _labels,
            partial(_owned, "labels", OWN_LABELS),
            _annotations,
            partial(_owned, "annotations", OWN_ANNOTATIONS),
            _node_selector,
            _tolerations,
            _priority_class,
        )
    ),
    _own_instance_type,
    _compile_cache,
    _scheduler_name,
    _image_pull_secrets,
)
