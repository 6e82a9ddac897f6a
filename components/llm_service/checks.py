"""What is wrong with the settings of an LLM service, found before anything is deployed."""

import re

import pulumi

from neuronserve.components.llm_service.expose_checks import EXPOSE_RULES
from neuronserve.components.llm_service.fit_checks import FIT_RULES, node_of, shape_of
from neuronserve.components.llm_service.head_storage_checks import HEAD_STORAGE_RULES
from neuronserve.components.llm_service.network_policy_checks import NETWORK_POLICY_RULES
from neuronserve.components.llm_service.pod_checks import POD_RULES
from neuronserve.components.llm_service.settings import LlmServiceSettings, ServingNamespaceSettings
from neuronserve.facts import pod_security
from neuronserve.facts.instance_types import INSTANCE_TYPES, UnknownInstanceTypeError, instance_type
from neuronserve.serving.api_keys import ONLY_KEY
from neuronserve.serving.embedded_model import NAME as EMBEDDED_MODEL
from neuronserve.serving.models import HUB_ID
from neuronserve.serving.settings import Accelerator, refused_engine_arguments
from neuronserve.settings import Rule, SettingNames, known
from neuronserve.settings.syntax import DNS_1035_LABEL, DNS_1123_LABEL, IMAGE
from neuronserve.sizing import InvalidModelConfigError

LONGEST_NAME = 47
"""KubeRay's limit for a RayService, whose name gets suffixes (``controllers/ray/utils/validation.go``)."""

KEY_HOLDER = re.compile(r"[A-Za-z0-9][-._A-Za-z0-9]{0,62}")
"""The name of an entry in a Secret, short enough for a metric's label."""


def _name(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name = settings.name
    if DNS_1035_LABEL.fullmatch(name) and len(name) <= LONGEST_NAME:
        return []
    return [
        f"{names('service_name')} is {name!r} ({len(name)} characters); it should start with a lower-case letter, "
        f"hold only lower-case letters, digits and '-', not end with '-', and have at most {LONGEST_NAME} "
        "characters."
    ]


def _namespace(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return namespace_problems(settings.namespace, names("namespace"))


def _namespace_name(settings: ServingNamespaceSettings, names: SettingNames) -> list[str]:
    return namespace_problems(settings.name, names("namespace_name"))


def namespace_problems(namespace: object, setting: str, of: str = "services get", such_as: str = "vllm") -> list[str]:
    """Return why nothing of ours can have a namespace of a name.

    Args:
        namespace: its name.
        setting: where the user wrote it.
        of: who it is for, and a verb.
        such_as: a name that would do.
    """
    if isinstance(namespace, str) and (namespace == "default" or namespace.startswith("kube-")):
        return [
            f"{setting} is {namespace!r}, which belongs to Kubernetes, and {of} a namespace with Pod Security of "
            f"its own. Set it to another name, such as {such_as}."
        ]
    return _not_a_label(namespace, setting, DNS_1123_LABEL, "a lower-case letter or digit")


def _head_service_name(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name, setting = settings.head_service_name, names("head_service_name")
    if name is None:
        return []
    if name in (taken := (f"{settings.name}-head-svc", f"{settings.name}-serve-svc")):
        return [
            f"{setting} is {name!r}, which KubeRay gives a Service of its own. "
            f"Set it to anything but {taken[0]} and {taken[1]}."
        ]
    return _not_a_label(name, setting, DNS_1035_LABEL, "a lower-case letter")


def _not_a_label(value: object, name: str, label: re.Pattern[str], start: str) -> list[str]:
    if not isinstance(value, str) or label.fullmatch(value):
        return []
    return [
        f"{name} is {value!r}; it should start with {start}, hold only lower-case letters, digits and '-', "
        "not end with '-', and have at most 63 characters."
    ]


def image_problems(image: object, setting: str) -> list[str]:
    """Return why a setting, if it is known, is no reference to a container image."""
    if not isinstance(image, str) or IMAGE.fullmatch(image):
        return []
    return [
        f"{setting} is {image!r}, which is not a reference to a container image; "
        "it should read registry/repository:tag, in lower case up to the tag."
    ]


def _image(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    return image_problems(settings.image, names("image"))


def _model_name(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name = known(settings.model.name)
    if name == EMBEDDED_MODEL or name.startswith("/") or HUB_ID.fullmatch(name):
        return []
    return [
        f"{names('model.name')} is {name!r}; it should be a Hugging Face id (owner/model), an absolute "
        f"directory in the image, or {EMBEDDED_MODEL}, the embedded model."
    ]


def _served_names(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    served = known(settings.model.served_model_name)
    twice = sorted({name for name in served if served.count(name) > 1})
    return [f"{names('model.served_model_name')} has {', '.join(twice)} twice. Name it once."] if twice else []


def _engine_arguments(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    arguments = settings.model.engine_arguments
    refused = refused_engine_arguments(known(arguments) if isinstance(arguments, pulumi.Output) else arguments)
    return [f"{names('model.engine_arguments')}: {'; '.join(refused)}."] if refused else []


def _api_key(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    if settings.require_api_key:
        return []
    given = {"api_key": settings.api_key is not None, "api_keys": bool(settings.api_keys)}
    return [
        f"{names(setting)} is set, but {names('require_api_key')} is false, so nobody would be asked "
        "for it. Remove one of the two."
        for setting, is_given in given.items()
        if is_given
    ]


def _key_holders(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    problems = []
    for holder in settings.api_keys:
        if holder == ONLY_KEY:
            problems.append(f"{names('api_keys')}.{holder} is what {names('api_key')} is called. Set that one instead.")
        elif not KEY_HOLDER.fullmatch(holder):
            problems.append(
                f"{names('api_keys')} has {holder!r}, which cannot be the name of an entry in a Secret. Use up to 63 "
                "letters, digits, hyphens, underscores and dots, the first of them a letter or a digit."
            )
    return problems


def _replica_order(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """Those of Neuron nodes have to fill these besides, as the fit rules say."""
    if settings.replicas.min <= settings.replicas.maximum or node_of(settings):
        return []
    return [
        f"{names('replicas.min')} is {settings.replicas.min}, more than {names('replicas.max')}, which is "
        f"{settings.replicas.max}. Set {names('replicas.max')} to {settings.replicas.min} or more."
    ]


def _instance_type(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    name, instance = names("instance_type"), settings.instance_type
    if settings.accelerator is Accelerator.CPU:
        if instance is None:
            return []
        return [
            f"{name} is {instance}, but {names('accelerator')} is cpu. "
            f"Remove {name}, or set {names('accelerator')} to neuron."
        ]
    if instance is None:
        return [
            f"{name} is not set, and {names('accelerator')} is neuron. Set it to one of "
            f"{', '.join(INSTANCE_TYPES)}, or set {names('accelerator')} to cpu."
        ]
    try:
        instance_type(instance)
    except UnknownInstanceTypeError as error:
        return [f"{name}: {error}"]
    return []


def _cores_without_accelerator(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    size = settings.model.tensor_parallel_size
    if settings.accelerator is not Accelerator.CPU or size == 1:
        return []
    return [
        f"{names('model.tensor_parallel_size')} is {size}, but {names('accelerator')} is cpu, which has no "
        f"NeuronCores to spread a model over. Set it to 1, or {names('accelerator')} to neuron."
    ]


def _chips_without_accelerator(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    chips, name = settings.worker.neuron_chips, names("worker.neuron_chips")
    if settings.accelerator is not Accelerator.CPU or chips is None:
        return []
    return [
        f"{name} is {chips}, but {names('accelerator')} is cpu. Remove {name}, or set {names('accelerator')} to neuron."
    ]


def _known_model(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """Return why it cannot be told whether the model fits."""
    if node_of(settings) is None:
        return []
    try:
        if shape_of(settings) is not None:
            return []
    except InvalidModelConfigError as error:
        return [f"{names('model.architecture')}: {error}"]
    model = known(settings.model.name)
    where = f", https://huggingface.co/{model}/blob/main/config.json" if HUB_ID.fullmatch(model) else ""
    return [
        f"{names('model.name')} is {model}, whose size is not known here, so whether it fits cannot be told. Set "
        f"{names('model.architecture')} to what its config.json holds{where}."
    ]


def _capability_names(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    setting = names("worker.security_context.capabilities.add")
    return [
        f"{setting} has {name!r}, which is no Linux capability. {_right_capability(name)}"
        for name in settings.worker.security_context.capabilities.add
        if name not in pod_security.CAPABILITIES
    ]


def _right_capability(name: str) -> str:
    right = name.upper().removeprefix("CAP_")
    if right in pod_security.CAPABILITIES:
        return f"Set it to {right}."
    return "Name them as Kubernetes does, such as IPC_LOCK (capabilities(7), without CAP_)."


def _capabilities_of_root(settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    """Kubernetes gives nobody ambient capabilities (https://github.com/kubernetes/kubernetes/issues/56374)."""
    context, user = settings.worker.security_context, names("worker.security_context.run_as_user")
    if not context.capabilities.add or context.run_as_user == pod_security.ROOT:
        return []
    added = names("worker.security_context.capabilities.add")
    return [
        f"{added} is {', '.join(context.capabilities.add)}, and {user} is {context.run_as_user}: programs of a user "
        f"other than root do not get the capabilities of their container. Set {user} to 0, or remove {added}."
    ]


RULES: tuple[Rule, ...] = (
    _name,
    _namespace,
    _head_service_name,
    _image,
    _instance_type,
    _model_name,
    _served_names,
    _engine_arguments,
    _cores_without_accelerator,
    _chips_without_accelerator,
    _known_model,
    *FIT_RULES,
    _replica_order,
    _capability_names,
    _capabilities_of_root,
    *POD_RULES,
    *NETWORK_POLICY_RULES,
    *EXPOSE_RULES,
    *HEAD_STORAGE_RULES,
    _api_key,
    _key_holders,
)
NAMESPACE_RULES: tuple[Rule, ...] = (_namespace_name,)
