"""What a stack lacks whose network has no way to the internet: found before nodes wait for images in vain."""

from collections.abc import Iterator
from functools import partial

from neuronserve.components.add_ons.registry import ADD_ONS, AddOn
from neuronserve.serving.models import HUB_ID
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.stack.settings import StackSettings


def isolation_rules(stack: StackSettings) -> Iterator[Rule]:
    """Yield the rules for the add-ons and services of a stack."""
    yield _mirror
    for add_on in ADD_ONS:
        if add_on.endpoints:
            yield partial(_endpoints, add_on)
    for name in stack.services:
        yield partial(_model, name)


def _mirror(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.is_isolated or stack.mirror.registry is not None:
        return []
    return [
        f"{names('network.nat_gateways')} is None, and {names('mirror.registry')} is not set, so nodes could get no "
        "image of what runs on them. Set it to a registry that the endpoints lead to, such as ECR's in the region, or "
        "set a NAT gateway."
    ]


def _endpoints(add_on: AddOn, stack: StackSettings, names: SettingNames) -> list[str]:
    there = {endpoint.value for endpoint in stack.network.interface_endpoints}
    missing = [endpoint for endpoint in add_on.endpoints if endpoint not in there]
    if not stack.is_isolated or not stack.makes(add_on) or not missing:
        return []
    setting = names(("add_ons", add_on.name))
    return [
        f"{names('network.nat_gateways')} is None, and {names('network.interface_endpoints')} lacks "
        f"{', '.join(missing)}, which {setting} calls. Add them, set a NAT gateway, or set {setting} to false."
    ]


def _model(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    model = known(stack.services[name].model.name)
    if not stack.is_isolated or not HUB_ID.fullmatch(model):
        return []
    return [
        f"{names('network.nat_gateways')} is None, and {names(('services', MapKey(name), 'model', 'name'))} is "
        f"{model}, which is downloaded from Hugging Face. Put the model into the image and set its directory, such as "
        "/models/llama, with model.architecture, or set a NAT gateway."
    ]
