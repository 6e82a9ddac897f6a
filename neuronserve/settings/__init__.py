"""How raw settings, of a program or of a stack file, become typed values or messages."""

from neuronserve.settings.arguments import Inputs, read_arguments
from neuronserve.settings.base import Required, Secret, Settings
from neuronserve.settings.errors import InvalidSettingsError
from neuronserve.settings.later import known, when_known
from neuronserve.settings.names import PYTHON_NAMES, MapKey, Path, SettingNames
from neuronserve.settings.reading import read
from neuronserve.settings.rules import Rule, below, broken_rules
from neuronserve.settings.types import Json, Later, MaybeEmpty, Number, OneOrMore, Text, WholeNumber

__all__ = [
    "PYTHON_NAMES",
    "Inputs",
    "InvalidSettingsError",
    "Json",
    "Later",
    "MapKey",
    "MaybeEmpty",
    "Number",
    "OneOrMore",
    "Path",
    "Required",
    "Rule",
    "Secret",
    "SettingNames",
    "Settings",
    "Text",
    "WholeNumber",
    "below",
    "broken_rules",
    "known",
    "read",
    "read_arguments",
    "when_known",
]
