"""What is generated is fresh, and comes from the settings classes alone."""

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import create_model

import neuronserve.components
import neuronserve.stack
from neuronserve.codegen.args import args_module
from neuronserve.codegen.files import ARGUMENTS, generated_files
from neuronserve.codegen.kinds import settings_of
from neuronserve.codegen.pulumi_yaml import with_config_block
from neuronserve.codegen.reference import reference
from neuronserve.codegen.schema import schema
from neuronserve.components.network.settings import NetworkOptions
from neuronserve.settings import PYTHON_NAMES, Later, Required, Settings, Text, read
from neuronserve.settings.base import mark
from neuronserve.stack.settings import StackSettings

ROOT = Path(__file__).parents[2]


def settings_classes() -> list[type[Settings]]:
    """Return every settings class of the package."""
    modules = [
        importlib.import_module(module.name)
        for package in (neuronserve.components, neuronserve.stack)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if module.name.endswith(".settings")
    ]
    return [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Settings) and one.__module__ == module.__name__
    ]


CLASSES = settings_classes()


@pytest.mark.parametrize("file", [str(file.relative_to(ROOT)) for file in generated_files(ROOT)])
def test_a_generated_file_is_fresh(file: str) -> None:
    expected = generated_files(ROOT)[ROOT / file]
    assert (ROOT / file).read_text(encoding="utf-8") == expected, f"{file} is out of date. Run: make generate"


def test_these_are_generated() -> None:
    names = {str(file.relative_to(ROOT)) for file in generated_files(ROOT)}
    assert names >= {"Pulumi.yaml", "stacks/schema.json", "docs/reference.md"}
    assert names >= {str(file.relative_to(ROOT)) for file in (ROOT / "components").glob("*/args.py")}


def test_all_settings_classes_are_looked_at() -> None:
    names = {one.__name__ for one in CLASSES}
    assert {"StackSettings", "LlmServiceSettings", "ModelSettings", "NodePoolOptions", "AddOnsSettings"} <= names
    assert names >= {one.__name__ for settings_types in ARGUMENTS.values() for one in settings_types}


@pytest.mark.parametrize("settings_type", CLASSES, ids=lambda one: one.__name__)
def test_every_setting_says_what_it_means_and_has_a_default_or_is_marked(settings_type: type[Settings]) -> None:
    assert settings_type.__doc__
    settings = settings_of(settings_type)  # raises TypeError where there is no docstring
    for setting, field in zip(settings, settings_type.model_fields.values(), strict=True):
        assert setting.meaning[0].isupper() or setting.meaning[0] == "<", setting.name
        assert setting.meaning.endswith("."), setting.name
        assert field.is_required() == setting.is_required, f"{setting.name} has neither a default nor a mark, or both"


@pytest.mark.parametrize("settings_type", CLASSES, ids=lambda one: one.__name__)
def test_what_is_required_has_a_stand_in_that_is_right(settings_type: type[Settings]) -> None:
    reading = read(settings_type, {}, PYTHON_NAMES)  # raises AssertionError where a stand-in is refused
    required = {name for name, field in settings_type.model_fields.items() if mark(field, Required)}
    assert {path[0] for path in reading.unusable} == required
    assert len(reading.problems) == len(required)


def test_a_setting_without_a_docstring_is_refused() -> None:
    class Undocumented(Settings):
        """Some settings."""

        size: int = 1

    with pytest.raises(TypeError, match=r"Undocumented\.size has no docstring"):
        settings_of(Undocumented)


@pytest.mark.parametrize("annotation", [int | str, set[str], bytes, tuple[int, ...], list[int] | int])
def test_a_kind_that_settings_do_not_have_is_refused(annotation: Any) -> None:
    odd = create_model("Odd", __base__=Settings, size=(annotation, None))
    odd.model_fields["size"].description = "How large."
    with pytest.raises(TypeError, match="kind"):
        settings_of(odd)


class NewNetworkOptions(NetworkOptions):
    """The VPC that is made."""

    carrier_pigeons: int = 7
    """Pigeons, in place of max_nodes."""
    pigeon_names: list[Later[Text]] | None = None
    """What they are called. Default: nothing."""


class NewStackSettings(StackSettings):
    """Everything that a stack can set."""

    network: NewNetworkOptions = NewNetworkOptions()  # type: ignore[assignment]
    """The VPC."""
    pigeons_by_night: bool = False
    """Whether they fly at night."""


def test_a_new_option_needs_no_file_but_its_settings_class() -> None:
    """Arguments, Pulumi.yaml, schema and reference have it, in the names of who reads them."""
    arguments = args_module("components/network", [NewNetworkOptions], {})
    assert (
        '    carrier_pigeons: NotRequired[int | None]\n    """Pigeons, in place of max_nodes. Default: 7."""'
        in arguments
    )
    assert "    pigeon_names: NotRequired[list[pulumi.Input[str]] | None]\n" in arguments
    compile(arguments, "args.py", "exec")

    project = yaml.safe_load(with_config_block((ROOT / "Pulumi.yaml").read_text(), NewStackSettings))
    declared = project["config"]["pigeonsByNight"]
    assert (declared["type"], declared["default"]) == ("boolean", False)
    text = " ".join(project["config"]["network"]["description"].split())
    assert "- carrierPigeons (whole number): Pigeons, in place of maxNodes. Default: 7." in text
    assert "- pigeonNames (list of text): What they are called. Default: nothing." in text

    properties = yaml.safe_load(schema(NewStackSettings))["properties"]["config"]["properties"]
    assert properties["neuronserve:pigeonsByNight"]["type"] == "boolean"
    network = properties["neuronserve:network"]["properties"]
    assert network["carrierPigeons"] == {
        "type": "integer",
        "description": "Pigeons, in place of maxNodes.",
        "default": 7,
    }
    assert network["pigeonNames"]["items"] == {"type": "string"}

    text = reference(NewStackSettings, {"network": [NewNetworkOptions]}, {})
    assert "| `network.carrierPigeons` | whole number | Pigeons, in place of maxNodes. Default: 7. |" in text
    assert "| `carrier_pigeons` | whole number | Pigeons, in place of max_nodes. Default: 7. |" in text
    assert "### pigeonsByNight\n" in text


def test_a_new_option_that_is_required_is_so_everywhere() -> None:
    class Strict(Settings):
        """Something."""

        must: Annotated[Text, Required("what must be", stand_in="x")]
        """What must be."""

    class Holder(StackSettings):
        """Everything that a stack can set."""

        strict: Strict | None = None
        """Something."""

    assert "    must: str\n" in args_module("components/x", [Strict], {})
    held = yaml.safe_load(schema(Holder))["properties"]["config"]["properties"]["neuronserve:strict"]
    assert held["required"] == ["must"]
    assert "| `strict.must*` |" in reference(Holder, {}, {})


def test_settings_are_named_after_their_arguments() -> None:
    for folder, settings_types in ARGUMENTS.items():
        module = importlib.import_module(f"neuronserve.components.{folder}.args")
        for one in settings_types:
            arguments = getattr(module, one.__name__.removesuffix("Settings") + "Args")
            assert inspect.getdoc(arguments)
