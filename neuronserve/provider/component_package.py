"""What the engine asks of the package: its schema, and components that a program in another language makes."""

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pydantic.alias_generators import to_camel

from neuronserve import __version__, components
from neuronserve.settings import Inputs, InvalidSettingsError
from neuronserve.settings.types import whole_numbers_restored


class ComponentPackage(Provider):
    """Makes components by their type, from inputs that have the names of the schema."""

    def __init__(self) -> None:
        schema = resources.files("neuronserve.provider").joinpath("schema.json").read_text(encoding="utf-8")
        super().__init__(__version__, schema)
        self._resources: dict[str, dict[str, Any]] = json.loads(schema)["resources"]

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component.

        Raises:
            pulumi.InputPropertiesError: the inputs cannot be deployed; it lists everything that is wrong with them.
            pulumi.RunError: there is no such component.
        """
        if resource_type not in self._resources:
            raise pulumi.RunError(f"{resource_type} is not one of {', '.join(self._resources)}.")
        component = getattr(components, resource_type.rpartition(":")[2])
        try:
            made = component(name, Inputs(received(inputs)), options)
        except InvalidSettingsError as error:
            raise error.of_inputs() from None
        outputs = {to_camel(attribute): value for attribute, value in vars(made).items() if value is not None}
        declared = self._resources[resource_type]["properties"]
        return ConstructResult(made.urn, {output: outputs[output] for output in declared if output in outputs})


def received(value: Any) -> Any:
    """Return what came over the wire as a program in Python would have given it: no float that is whole, no Unknown."""
    match value:
        case pulumi.Output():
            return value.apply(whole_numbers_restored)
        case Mapping():
            return {key: received(item) for key, item in value.items()}
        case list():
            return [received(item) for item in value]
        case _ if pulumi.contains_unknowns(value):
            return pulumi.Output.from_input(value)
        case _:
            return whole_numbers_restored(value)
