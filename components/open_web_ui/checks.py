"""What is wrong with the settings of Open WebUI, found before anything is made."""

from neuronserve.components.llm_service.checks import image_problems, namespace_problems
from neuronserve.components.llm_service.network_policy_checks import not_blocks, not_egress, not_namespaces
from neuronserve.components.open_web_ui.environment import OWNED
from neuronserve.components.open_web_ui.settings import NAMESPACE, OpenWebUiOptions, OpenWebUiSettings
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.settings.pod_fields import source_problems, variable_problems
from neuronserve.settings.syntax import DNS_1123_SUBDOMAIN


def _namespace(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    return namespace_problems(options.namespace, names("namespace"), "Open WebUI gets", NAMESPACE)


def _image(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    return image_problems(options.image, names("image"))


def _storage_class(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    storage_class = known(options.storage_class)
    if storage_class is None or DNS_1123_SUBDOMAIN.fullmatch(storage_class):
        return []
    return [
        f"{names('storage_class')} is {storage_class!r}; it should be the name of a StorageClass, in lower-case "
        "letters, digits, '-' and '.', such as gp3."
    ]


def _variables(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    owned = [
        f"{names(('env', MapKey(name)))} is not yours to set: it says who gets in, what leaves or where things are, "
        "and the component does. Remove it."
        for name in options.env
        if name in OWNED
    ]
    return [*owned, *variable_problems(options.env, names("env"))]


def _sources(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    return source_problems(known(options.env_from), names("env_from"))


def _client_namespaces(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    setting = names("network_policy.client_namespaces")
    return not_namespaces(known(options.network_policy.client_namespaces), f"{setting} has")


def _client_cidrs(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    return not_blocks(known(options.network_policy.client_cidrs), names("network_policy.client_cidrs"))


def _egress(options: OpenWebUiOptions, names: SettingNames) -> list[str]:
    return not_egress(options.network_policy.egress, names("network_policy.egress"))


def _services(settings: OpenWebUiSettings, names: SettingNames) -> list[str]:
    if settings.services:
        return []
    return [f"{names('services')} is empty, so there would be no model to chat with. Name one LLM service or more."]


OPTION_RULES: tuple[Rule, ...] = (
    _namespace,
    _image,
    _storage_class,
    _variables,
    _sources,
    _client_namespaces,
    _client_cidrs,
    _egress,
)
RULES: tuple[Rule, ...] = (*OPTION_RULES, _services)
