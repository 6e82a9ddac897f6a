"""The schema of the component package says of inputs and outputs what settings and components say."""

import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from neuronserve import __version__
from neuronserve.codegen.documentation import ComponentDocumentation, Output
from neuronserve.codegen.kinds import settings_of
from neuronserve.codegen.package_schema import package_schema
from neuronserve.components.karpenter.settings import CapacityType
from neuronserve.settings import Json, Later, Required, Secret, Settings, Text, WholeNumber
from tests.components.every_component import NAMES, settings_type
from tests.project import ROOT

SCHEMA = json.loads((ROOT / "neuronserve" / "provider" / "schema.json").read_text())
RESOURCES = SCHEMA["resources"]
SECRETS = {"LlmService.apiKey", "LlmService.huggingFaceToken"}
SECRET_OUTPUTS = {
    "Cluster.kubeconfig",
    "ExistingCluster.kubeconfig",
    "HeadStorage.authToken",
    "LlmService.apiKey",
    "PrometheusObservability.grafanaPassword",
}


class PartSettings(Settings):
    """A part, with some_words."""

    size: WholeNumber = 3
    """How large, as some_words say."""


class ThingSettings(Settings):
    """The arguments of Thing."""

    image: Annotated[Later[Text], Required("the image", stand_in="x")]
    """The image."""
    names: list[Later[Text]] | None = None
    """Names."""
    parts: dict[str, PartSettings] = Field(default_factory=dict)
    """Parts by name."""
    part: PartSettings = PartSettings()
    """A part."""
    capacity_types: list[CapacityType] = Field(default_factory=list)
    """How it is bought."""
    values: Later[Json] = Field(default_factory=dict)
    """Values."""
    token: Annotated[Later[Text] | None, Secret()] = None
    """A token."""


@pytest.fixture(scope="module")
def thing() -> Any:
    outputs = [
        Output("its_url", "str", "Where it is, a secret.", may_be_none=False),
        Output("by_pool", "dict[str, list[str]]", "Names by pool_name.", may_be_none=True),
    ]
    documentation = ComponentDocumentation("A thing.", outputs)
    return json.loads(package_schema("1.2.3", [ThingSettings, PartSettings], {"Thing": documentation}))


def test_inputs(thing: Any) -> None:
    part = {"type": "object", "$ref": "#/types/neuronserve:index:Part"}
    bought = {"type": "string", "$ref": "#/types/neuronserve:index:CapacityType", "plain": True}
    made = thing["resources"]["neuronserve:index:Thing"]
    assert made["isComponent"]
    assert made["description"] == "A thing."
    assert made["requiredInputs"] == ["image"]
    assert made["inputProperties"] == {
        "image": {"description": "The image.", "type": "string"},
        "names": {"description": "Names.", "type": "array", "items": {"type": "string"}, "plain": True},
        "parts": {
            "description": "Parts by name.",
            "type": "object",
            "additionalProperties": part | {"plain": True},
            "plain": True,
        },
        "part": {"description": "A part.", **part, "plain": True},
        "capacityTypes": {"description": "How it is bought.", "type": "array", "items": bought, "plain": True},
        "values": {
            "description": "Values.",
            "type": "object",
            "additionalProperties": {"$ref": "pulumi.json#/Any"},
        },
        "token": {"description": "A token.", "type": "string", "secret": True},
    }


def test_types(thing: Any) -> None:
    assert thing["types"].keys() == {"neuronserve:index:CapacityType", "neuronserve:index:Part"}
    part = thing["types"]["neuronserve:index:Part"]
    assert part["description"] == "A part, with someWords."
    # A default is told, and not set by the SDKs: the component would take it for the user's own.
    description = "How large, as someWords say. Default: 3."
    assert part["properties"]["size"] == {"description": description, "type": "integer", "plain": True}
    values = {one["name"]: one["value"] for one in thing["types"]["neuronserve:index:CapacityType"]["enum"]}
    assert values == {"OnDemand": "on-demand", "Spot": "spot", "Reserved": "reserved"}


def test_outputs(thing: Any) -> None:
    made = thing["resources"]["neuronserve:index:Thing"]
    assert made["required"] == ["itsUrl"]
    assert made["properties"] == {
        "itsUrl": {"description": "Where it is, a secret.", "type": "string", "secret": True},
        "byPool": {
            "description": "Names by poolName.",
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    }
    assert thing["version"] == "1.2.3"


def test_all_components_are_in_the_package() -> None:
    assert RESOURCES.keys() == {f"neuronserve:index:{name}" for name in NAMES}
    assert SCHEMA["version"] == __version__


@pytest.mark.parametrize("name", NAMES)
def test_a_component_has_the_inputs_of_its_settings(name: str) -> None:
    made = RESOURCES[f"neuronserve:index:{name}"]
    assert made["inputProperties"].keys() == {setting.alias for setting in settings_of(settings_type(name))}
    assert made["description"]
    assert "Raises" not in made["description"]


def test_what_is_secret_is_marked() -> None:
    found = {
        kind: {
            f"{token.rpartition(':')[2]}.{name}"
            for token, made in RESOURCES.items()
            for name, described in made[kind].items()
            if described.get("secret")
        }
        for kind in ("inputProperties", "properties")
    }
    assert found == {"inputProperties": SECRETS, "properties": SECRET_OUTPUTS}


def test_nothing_is_both_plain_and_a_secret() -> None:
    # An SDK makes an output of a secret, which nothing plain can be: Go's does not compile then.
    inputs = [one for resource in RESOURCES.values() for one in resource["inputProperties"].values()]
    assert len(inputs) > 100
    assert not [one for one in inputs if one.get("plain") and one.get("secret")]


def test_everything_says_what_it_is_in_the_names_of_other_languages() -> None:
    properties = [
        described
        for one in (*SCHEMA["types"].values(), *RESOURCES.values())
        for kind in ("properties", "inputProperties")
        for described in one.get(kind, {}).values()
    ]
    assert len(properties) > 200
    assert all(described["description"] for described in properties)
    assert not [described for described in properties if "min_size" in described["description"]]


def test_no_type_is_called_like_a_component() -> None:
    assert not SCHEMA["types"].keys() & RESOURCES.keys()
