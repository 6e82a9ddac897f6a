"""The config block of Pulumi.yaml, which the CLI reads, and the settings of a stack, which the program reads."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from neuronserve.codegen.kinds import settings_of
from neuronserve.codegen.stack_keys import stack_keys
from neuronserve.plan.program import run
from neuronserve.stack import StackSettings, load

ROOT = Path(__file__).parents[2]
TYPES: dict[type, str] = {str: "string", bool: "boolean", dict: "object"}


def declared() -> dict[str, dict[str, Any]]:
    config: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return config


def loaded(values: dict[str, Any]) -> StackSettings:
    """Load what Pulumi's CLI would hand over."""
    texts = {
        f"neuronserve:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }
    stacks: list[StackSettings] = []
    config = texts | {"aws:region": "us-west-2"}
    run(lambda: stacks.append(load()), project="neuronserve", stack="test", config=config)
    return stacks[0]


def test_it_declares_what_the_model_reads() -> None:
    assert declared().keys() == {field.alias for field in StackSettings.model_fields.values()}
    assert all(declaration["description"] for declaration in declared().values())


def test_it_has_the_defaults_of_the_model() -> None:
    defaults = {key: declaration["default"] for key, declaration in declared().items()}
    # What the CLI fills in, and what the model would without it, are the same.
    assert loaded(defaults) == loaded({}) == StackSettings()
    for setting in settings_of(StackSettings):
        if setting.default is not None:
            assert defaults[setting.alias] == setting.default


def test_it_has_the_types_of_the_model() -> None:
    for setting in settings_of(StackSettings):
        declaration = declared()[setting.alias]
        assert declaration["type"] == TYPES.get(setting.kind.of, "object")
        assert declaration["type"] == TYPES[type(declaration["default"])]
        # Pulumi's CLI refuses a default, which is plain text, for a key declared secret.
        assert "secret" not in declaration


def test_it_tells_every_nested_setting_with_its_default() -> None:
    texts = {key: " ".join(declaration["description"].split()) for key, declaration in declared().items()}
    for key in stack_keys(StackSettings):
        top, _, rest = key.path.partition(".")
        if rest:
            assert f"- {rest} (" in texts[top], key.path
        if key.setting.default is not None and not key.setting.kind.settings_type:
            assert re.search(r"Default: \S", key.meaning), key.path
    assert "worker.neuronChips (whole number): Chips of its node. Default: all, so" in texts["services"]
    assert "<name>.amiAlias (text)" in texts["nodePools"]
    assert "<name>.model.maxQueuedRequests (whole number)" in texts["services"]
